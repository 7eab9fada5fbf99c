"""Structure or name tag: the stored identity curve, its verdict, and its nulls."""

from __future__ import annotations

from collections.abc import Iterator

import streamlit as st

from analysis.figures.identity import identity_curve
from analysis.identity.curve import Comparison, Identity
from analysis.identity.partners import SENSOR_CLASSES
from analysis.identity.stored import stored_identity
from analysis.identity.table import (
    CLASS_WORDS,
    REACH_WORDS,
    decimals,
    graph_cost,
    main_association,
    verdict,
)
from analysis.material import Material
from app.export import exported_chart
from app.messages import shown_as_message
from app.session.measured import when
from app.session.opened import OpenCheckpoint
from app.views.components import missing_note, section, statistic_box
from himnet import texts

_HEADER = (
    "class", "exchanged", "draws", "sensors or windows", "own MAE", "MAE", "increase", "low",
    "high", "below any other",
)  # fmt: skip


@shown_as_message()
def draw_identity(checkpoint: OpenCheckpoint, material: Material) -> None:
    """Draw what was measured before, or the command that measures it.

    Args:
        checkpoint: for the command.
        material: the opened model.
    """
    section(
        "Structure or name tag?",
        "An embedding could be a mere name of its sensor. Here all sensors take the embedding of a "
        "partner at once, and all windows that of another moment.",
    )
    stored = stored_identity(material.arrays)
    if stored is None:
        words = ("analysis", "identity", "--checkpoint", checkpoint.argument, "--save")
        missing_note(
            "This has not been measured for this model. This command does so; it takes long, shows "
            "the time left, and goes on where it was stopped:",
            texts.command("python", "-m", *words),
        )
        return
    found, part = stored
    unit = texts.markdown(material.info.unit)
    st.markdown(verdict(found, unit, bold="**"))
    if on_graph := graph_cost(found, unit):
        st.markdown(on_graph)
    figure = identity_curve(
        found, unit=material.info.unit, meta={"checkpoint": material.arrays.sha256}
    )
    exported_chart(
        figure,
        key="wi-identity",
        alt="Increase of the error with the embeddings of partners, by class",
        caption="Increase of the error over that with the own embeddings, with 95 % intervals over "
        f"days. Hollow: sensors elsewhere that are matched to the partners of the class above, by "
        f"correlation of the series and mean reading. {found.windows} windows of the test split "
        f"from {found.days} days, measured {texts.markdown(when(part))}.",
        header=_HEADER,
        rows=lambda: _rows(found),
    )
    _draw_nulls(found, unit)


def _draw_nulls(found: Identity, unit: str) -> None:
    """Draw the comparisons with matches, and the partial Mantel correlation."""
    compared, association = found.comparison(), main_association(found)
    boxes = st.columns(2, gap="large")
    with boxes[0]:
        for one in found.comparisons:
            if compared is not None and one.reach == compared.reach:
                _say_comparison(one, unit, decimals(found.own))
    with boxes[1]:
        if association is not None:
            statistic_box(
                "Partial Mantel correlation of distance and cost",
                association.statistic,
                f"Over {association.pairs:,} pairs of sensors: whether a sensor with more distant "
                "meta-parameters costs more as a partner, with these held fixed: "
                f"{', '.join(association.fixed)}.",
            )


def _say_comparison(one: Comparison, unit: str, places: int) -> None:
    edges = one.difference
    st.markdown(
        f"**{SENSOR_CLASSES[one.name].capitalize()}:** the error grows by "
        f"{one.cost:.{places}f} {unit}, with matches elsewhere by "
        f"{one.matched:.{places}f} {unit}. The difference is "
        f"{edges.value:+.{places}f} {unit} (95 % over days and sensors: {edges.low:+.{places}f} to "
        f"{edges.high:+.{places}f}), over {one.sensors} sensors and {one.pairs} pairs; the matches "
        f"differ by {one.correlation_gap:+.3f} in correlation and {one.level_gap:+.2f} {unit} in "
        "mean reading."
    )


def _rows(found: Identity) -> Iterator[tuple[object, ...]]:
    for one in found.costs:
        exchanged = "moment" if one.reach is None else REACH_WORDS[one.reach]
        share = None if one.share is None else round(one.share.value, 5)
        numbers = (one.own, one.mae, one.difference.value, one.difference.low, one.difference.high)
        rounded = (round(number, 5) for number in numbers)
        yield CLASS_WORDS[one.name], exchanged, one.draws, one.counted, *rounded, share
