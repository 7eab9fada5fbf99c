"""Why: what moved one forecast, by sensor and step, and what moves forecasts on average."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import streamlit as st

from analysis.attribution.baselines import WORDS, Named
from analysis.limits import is_large, left_out
from analysis.material import Material
from analysis.readings.days import duration_text
from analysis.readings.source import liveliest, readings_of
from app.choices.chosen import choose
from app.choices.links import named_one
from app.choices.shared import WIDTH
from app.choices.what_if import choose_sensor
from app.clock.moment import moment_widget
from app.messages import fragment, said, shown_as_message
from app.selection.linked import link_charts
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.session.what_if import on_own_series
from app.session.why import (
    Asked,
    attribute_now,
    base_lines,
    forecast_of,
    known_attribution,
    known_occlusion,
    most_unusual,
    occlude_now,
)
from app.views.components import missing_note, page_header_with_settings, section
from app.views.own_series import say_missing_series, say_own_forecasts
from app.why.average import draw_on_average
from app.why.forecast import (
    WHY_MAP,
    Shown,
    about,
    draw_agreement,
    draw_why_map,
    draw_why_matrix,
    draw_why_table,
    say_answer,
    say_forecast,
)

if TYPE_CHECKING:
    from himnet.forecasting.attribution import Attribution

_ONE, _OCCLUDED = "why_one", "why_occluded"  # session keys: what is being computed
_HORIZON = 6  # steps ahead, if the model has as many
_DIFFERENCE = (
    "Its forecasts are smoother than readings, so attributions are those of this series, not of "
    "what was read."
)
_HOW = """
**Integrated gradients** divide the difference between this forecast and the forecast from the base
line among the readings. All readings move from the base line to what they were, in small steps; at
each, the gradient says how much the forecast changes with each reading. What a reading gets is the
sum of these changes. All together add up to the difference, up to the gap that is stated.

- Only readings move. Time of day and day of the week stay those of the moment, so attributions do
  not say what the calendar does.
- A reading that is missing gets no attribution.
- The answer depends on the base line: a reading that equals it gets nothing, however much the
  model looks at it. *Settings* has other base lines.
- Shares are of the sizes of all attributions, whatever their signs. On the map, size and colour
  end at the largest attribution of the other sensors; the sensor that is forecast is ringed.
- Attributions say what this model used, not what caused the readings. They are of one training
  (single seed); another may use other sensors.
"""
_SIDES = "- **Upstream** is where traffic on the same road comes from, by the road's direction.\n"


def _settings(material: Material) -> Named:
    """Draw the settings of the page and return the base line."""
    return named_one(
        "Base line", base_lines(material).kinds, name_of=WORDS.__getitem__, key="baseline",
        width=WIDTH,
        help="The page shows what moved the forecast away from the one that the model makes of "
        "these values. A mean by time of the week needs at least two weeks.",
    )  # fmt: skip


def _choose(checkpoint: OpenCheckpoint, material: Material, baseline: Named) -> Asked:
    """Draw the widgets for the forecast and return it."""
    info, model = material.info, material.model
    source = readings_of(material.required_dataset())
    with st.container(horizontal=True, vertical_alignment="bottom"):
        first = st.container(width="content")
        step = moment_widget(material, source, least=model.in_steps - 1)
        unusual = most_unusual(material, step, baseline)
        if unusual is None:
            unusual = liveliest(source, info.num_nodes)
        with first:
            sensor = choose_sensor(checkpoint, otherwise=unusual)
        horizon = named_one(
            "Horizon", range(1, model.out_steps + 1), default=min(_HORIZON, model.out_steps),
            name_of=lambda ahead: duration_text(ahead * info.step_minutes), key="ahead", width=110,
        )  # fmt: skip
    return Asked(sensor, step, horizon, baseline)


def _attributed(material: Material, asked: Asked) -> Attribution | None:
    """Return the attribution of a forecast; until it is known, draw the button that computes it."""
    found = known_attribution(material, asked)
    if found is not None:
        return found
    wanted = (material.sums, asked)
    if st.session_state.get(_ONE) != wanted:
        say_forecast(material, asked)

        def want() -> None:
            st.session_state[_ONE] = wanted
            # it stays this sensor when others are selected on the map
            choose("sensor", [material.info.sensors.ids[asked.sensor]])

        st.button(
            "What moved it?", type="primary", icon=":material/play_arrow:", key="y-go",
            on_click=said(want),
        )  # fmt: skip
        return None
    with _computing(_ONE, "y-stop"):
        return attribute_now(material, asked)


@contextmanager
def _computing(key: str, widget: str) -> Iterator[None]:
    """Draw a button that stops a computation: a click reruns the page.

    Args:
        key: in the session, of what is being computed; removed if that fails.
        widget: key of the button.
    """
    stop = st.empty()
    stop.button(
        "Stop", icon=":material/stop:", key=widget,
        on_click=said(lambda: st.session_state.pop(key, None)),
    )  # fmt: skip
    try:
        yield
    except Exception:
        st.session_state.pop(key, None)
        stop.empty()
        raise
    stop.empty()


@fragment
def _draw_found(shown: Shown) -> None:
    """Draw the views of an attribution; only they run again when the selection changes."""
    link_charts(shown.checkpoint, [WHY_MAP])
    left, right = st.columns(2, gap="medium")
    with left:
        draw_why_map(shown)
    with right:
        draw_why_matrix(shown)
    draw_why_table(shown)


@shown_as_message()
def _draw_occlusion(shown: Shown) -> None:
    """Draw the button that computes the occlusion, and how it agrees with the attribution."""
    section(
        "Does occlusion say the same?",
        "By how much does the forecast fall when the readings of one sensor are replaced by the "
        "base line?",
    )
    material, asked = shown.material, shown.asked
    falls, wanted = known_occlusion(material, asked), (material.sums, asked)
    if falls is None and st.session_state.get(_OCCLUDED) != wanted:
        st.button(
            f"Occlude {material.info.num_nodes:,} sensors one by one", key="y-occlude",
            icon=":material/play_arrow:",
            on_click=said(lambda: st.session_state.update({_OCCLUDED: wanted})),
        )  # fmt: skip
        told = about(forecast_of(material, asked.step).occlusion)
        st.caption(f"This takes about {told} on this computer, and can be stopped.")
        return
    if falls is None:
        with _computing(_OCCLUDED, "y-halt"):
            occlude_now(material, asked)
        st.rerun()  # its column of the table above
    draw_agreement(shown, falls)


@shown_as_message()
def _draw_one(checkpoint: OpenCheckpoint, material: Material, baseline: Named) -> None:
    """Draw what moved one forecast."""
    asked = _choose(checkpoint, material, baseline)
    found = _attributed(material, asked)
    if found is None:
        return
    shown = Shown(checkpoint, material, asked, found)
    say_answer(shown)
    _draw_found(shown)
    _draw_occlusion(shown)


@shown_as_message()
def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    behind = page_header_with_settings(
        "What moved this forecast?",
        "Which sensors' readings moved it away from the forecast for a base line, and how long "
        "before.",
    )
    material = open_material(checkpoint)
    running = _running(material)
    if running is not None:
        with behind:
            baseline = _settings(running)
        _draw_one(checkpoint, running, baseline)
    draw_on_average(checkpoint, material)
    with st.expander("How to read this page"):
        st.markdown(_HOW + (_SIDES if material.info.sensors.has_roads else ""))


def _running(material: Material) -> Material | None:
    """Return the model with what it is run on; say why not and return None if it cannot be run."""
    if material.dataset is not None:
        return material
    if material.track is None:
        say_missing_series(material)
        return None
    if is_large(material.info.num_nodes):
        missing_note(f"{left_out('Running the model')}.")
        return None
    material = on_own_series(material)
    say_own_forecasts(material, _DIFFERENCE)
    return material


draw(current_checkpoint())
