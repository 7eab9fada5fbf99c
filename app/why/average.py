"""What moves forecasts on average, as it was measured before."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
import streamlit as st

from analysis.attribution.average import MeanAttribution
from analysis.attribution.baselines import base_line_words
from analysis.attribution.lags import FAR, NEAR
from analysis.attribution.reach import BANDS, QUANTITIES
from analysis.attribution.sample import RULE_WORDS
from analysis.attribution.stored import stored_attribution
from analysis.attribution.table import agree, verdict
from analysis.evidence.intervals import Interval
from analysis.figures.why import shares_by_distance, shares_by_step
from analysis.material import Material
from app.export import export, exported_chart
from app.messages import shown_as_message
from app.pages import page_named
from app.session.measured import when
from app.session.opened import OpenCheckpoint
from app.views.components import link_to, missing_note, named_rows, picture_title, section
from himnet import texts
from himnet.checkpoints.measured import Part
from himnet.metrics import error_text

_EVEN = (
    "In brackets: the same if forecasts depended equally on all readings, so that the difference "
    "is what the model does. Intervals are 95 %, from a bootstrap over days."
)


@shown_as_message()
def draw_on_average(checkpoint: OpenCheckpoint, material: Material) -> None:
    """Draw what moves forecasts on average, or the command that measures it."""
    section(
        "What moves forecasts on average?",
        "How far away and how old the readings are that move forecasts, and whether they are "
        "upstream or downstream, over many forecasts of the test split.",
    )
    stored = stored_attribution(material.arrays)
    if stored is None:
        missing_note(
            "This has not been measured for this model. This command measures it, which takes "
            "minutes, and this page then opens with it:",
            texts.command(
                "python", "-m", "analysis", "why", "--checkpoint", checkpoint.argument,
                "--average", "--save",
            ),
        )  # fmt: skip
        return
    found, part = stored
    left, right = st.columns(2, gap="large")
    with left:
        _draw_bands(material, found)
    with right:
        _draw_steps(material, found)
    _say_averages(material, found, part)
    _draw_quantities(found)
    _draw_sides(found)
    _say_checks(found)


def _say_averages(material: Material, found: MeanAttribution, part: Part) -> None:
    """Say what was found, and over what."""
    unit = texts.markdown(material.info.unit)
    first, second = found.groups[1:]
    st.markdown("\n".join(f"- {line}" for line in verdict(found)))
    gap = f"largest gap {found.largest_gap:.2g} {unit}, {found.incomplete} above the tolerance"
    st.caption(
        f"{found.forecasts} forecasts on {found.days} days ({found.counts[0]} {first}, "
        f"{found.counts[1]} {second}; {RULE_WORDS[found.rule]}), which differ by "
        f"{error_text(found.moved, 2)} {unit} on average from those of the base line, "
        f"{texts.markdown(base_line_words(found.baseline, material.info.unit))}; {gap}. Measured "
        f"{texts.markdown(when(part))}."
    )


@shown_as_message()
def _draw_bands(material: Material, found: MeanAttribution) -> None:
    picture_title("How far away?")
    if not np.isfinite(found.by_band[1:]).any():
        st.caption("The places of the sensors are not known, or no other sensor moves a forecast.")
        return
    names, rows = found.groups[1:], found.by_band[1:]
    figure = shares_by_distance(BANDS, rows, names, meta={"checkpoint": material.arrays.sha256})
    exported_chart(
        figure, key="y-bands", alt="Share of the attribution by distance",
        header=("km from", *names), rows=lambda: named_rows(BANDS, rows.T),
    )  # fmt: skip


@shown_as_message()
def _draw_steps(material: Material, found: MeanAttribution) -> None:
    picture_title("How long before?")
    names, rows = found.groups[1:], found.by_step[1:]
    minutes = material.info.step_minutes * np.arange(rows.shape[1], dtype=np.float64)[::-1]
    figure = shares_by_step(minutes, rows, names, meta={"checkpoint": material.arrays.sha256})
    exported_chart(
        figure, key="y-steps", alt="Share of the attribution by input step",
        header=("minutes before", *names), rows=lambda: named_rows(minutes.tolist(), rows.T),
    )  # fmt: skip


def _draw_quantities(found: MeanAttribution) -> None:
    """Draw the table of averages."""
    known = [key for key in QUANTITIES if np.isfinite(found.quantities[key][0].found.value)]
    table = pd.DataFrame(
        {
            "on average": [QUANTITIES[key] for key in known],
            **{
                name: [_cell(found, key, place) for key in known]
                for place, name in enumerate(found.groups)
            },
        }
    )
    st.dataframe(table, hide_index=True, key="y-quantities")
    st.caption(_EVEN)
    export(None, key="y-quantities", header=list(table), rows=table.to_numpy().tolist)


def _cell(found: MeanAttribution, key: str, place: int) -> str:
    one = found.quantities[key][place]
    return f"{_between(one.found)} [{one.even:.2f}]" if np.isfinite(one.found.value) else "–"


def _between(interval: Interval) -> str:
    known = np.isfinite(interval.low)
    more = f" ({interval.low:.2f} to {interval.high:.2f})" if known else ""
    return f"{interval.value:.2f}{more}"


def _draw_sides(found: MeanAttribution) -> None:
    """Draw the table of both sides of the road, and of what the readings say."""
    picture_title("Upstream or downstream?")
    if not found.sides:
        st.caption("Roads and directions are not known, so nothing is upstream or downstream.")
        return
    rows = []
    for name, one, lag in zip(
        found.groups, found.sides, found.lags or (None,) * len(found.sides), strict=True
    ):
        row = {
            "forecasts": f"{name} ({one.forecasts})",
            "share upstream": f"{_between(one.upstream)} [{one.even:.2f}]",
            "null": f"{one.null_low:.2f} to {one.null_high:.2f}",
            "p": f"{one.p_value:.2g}",
            "p, against [ ]": f"{one.p_even:.2g}",
        }
        if lag is not None:
            row |= {
                "lag of the readings (min)": _between(lag.minutes),
                "over km": f"{lag.km:.1f}",
                "do both agree?": agree(one, lag),
            }
        rows.append(row)
    table = pd.DataFrame(rows)
    st.dataframe(table, hide_index=True, key="y-sides")
    st.caption(
        "Share upstream of the attribution along the road, at equal distances. Null model: "
        f"{texts.markdown(found.sides[0].null)}. Beside it what the readings say without a model: "
        f"the lag at which those of two sensors {NEAR:g} to {FAR:g} km apart correlate best; "
        "positive if the upstream one is first, so that changes travel with the traffic. They "
        "agree if both say the same side. In brackets, and p against it: as above."
    )
    export(None, key="y-sides", header=list(table), rows=table.to_numpy().tolist)


def _say_checks(found: MeanAttribution) -> None:
    picture_title("What agrees with it?")
    st.markdown("\n".join(f"- {line}" for line in _checks(found)))
    link_to(page_named("graph"), "Graph: which sensors the model connects")


def _checks(found: MeanAttribution) -> Iterator[str]:
    """Yield sentences on occlusion, the graph, and similar meta-parameters, in Markdown."""
    both, similar = found.occlusion, found.similar
    if np.isfinite(both.mean):
        yield (
            f"**Occlusion**: rank correlation with attribution over sensors {both.mean:.2f} on "
            f"average ({both.least:.2f} to {both.most:.2f}, {both.forecasts} forecasts)."
        )
    if np.isfinite(found.graph):
        yield (
            "**The learnt graph** of the encoders, a check and not a finding, since information "
            f"flows along it: rank correlation {found.graph:.2f} with mean attribution."
        )
    if similar is None:
        yield (
            "**Similar meta-parameters**: not tested, since "
            f"{texts.markdown(found.similar_problem)}."
        )
        return
    yield (
        "**Do sensors of similar meta-parameters move each other's forecasts?** Partial Mantel "
        f"correlation of mean attribution and cosine {similar.shares:.3f} (p = "
        f"{similar.p_shares:.2g}), of ranks {similar.ranks:.3f} (p = {similar.p_ranks:.2g}), over "
        f"{similar.pairs:,} pairs; held fixed: {texts.markdown(', '.join(similar.held))}. Null "
        f"model: {texts.markdown(similar.null)}. Single seed."
    )
