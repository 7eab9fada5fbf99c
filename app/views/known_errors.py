"""What was measured on the test split: one sentence, and where, when and how far ahead it errs."""

from __future__ import annotations

import streamlit as st

from analysis.figures.forecasts import ErrorCurve, error_curves, hour_errors
from analysis.figures.style import with_unit
from analysis.readings.days import duration_text
from analysis.selection import positions_of
from app.export import exported_chart
from app.messages import fragment, shown_as_message
from app.selection.linked import link_charts
from app.selection.selection import selected_ids
from app.session.errors import KnownErrors
from app.views.components import named_rows
from app.views.forecasts import ERROR_MAP, Look, draw_error_map, draw_groups
from himnet import texts
from himnet.forecasting.split_errors import pooled

_CHART_HEIGHT, _MAP_HEIGHT = 165, 400  # pixels; the map is whole on a page that is 720 high
_TOLD_MINUTES = (15, 30, 60, 180, 360, 720)


def sentence(look: Look, known: KnownErrors) -> str:
    """Return how large the errors are, and when that was measured, in Markdown."""
    info, errors = look.material.info, known.errors
    unit = texts.markdown(info.unit)
    mean = float(pooled(errors.by_sensor, errors.sensor_readings))
    steps = {round(minutes / info.step_minutes): minutes for minutes in _TOLD_MINUTES}
    told = ", ".join(
        f"**{errors.horizons[step - 1]:.2f}** at {duration_text(minutes)}"
        for step, minutes in steps.items()
        if 1 <= step <= len(errors.horizons) and step * info.step_minutes == minutes
    )
    windows = known.metrics.get("windows")
    over = f"{windows:,} windows" if isinstance(windows, int) else "all windows"
    return (
        f"On the test split, forecasts are off by **{mean:.2f} {unit}** on average over all "
        f"horizons (MAE){f': {told}' if told else ''}. Measured {texts.markdown(known.measured)}, "
        f"on {over}."
    )


@fragment
def draw_known_errors(look: Look, known: KnownErrors) -> None:
    """Draw the errors; only they run again when the selection changes."""
    errors = known.errors
    readings = errors.sensor_readings.sum(axis=1)
    left, right = st.columns([5, 6], gap="medium")
    with left:
        _draw_horizons(look, known)
        _draw_hours(look, known)
    with right:
        draw_error_map(
            look, errors.sensors, readings, title="Where are the errors large?", height=_MAP_HEIGHT,
        )  # fmt: skip
    draw_groups(look, errors.sensors, readings)
    link_charts(look.checkpoint, [ERROR_MAP])


@shown_as_message()
def _draw_horizons(look: Look, known: KnownErrors) -> None:
    info, errors = look.material.info, known.errors
    st.subheader("How does the error grow with the horizon?", anchor=False)
    minutes = [info.step_minutes * (step + 1) for step in range(errors.by_sensor.shape[1])]
    curves = [ErrorCurve("all sensors", errors.horizons)]
    places = positions_of(info.sensors, selected_ids(look.checkpoint))
    if len(places):
        chosen = pooled(errors.by_sensor[places], errors.sensor_readings[places], axis=0)
        curves.append(ErrorCurve(f"selected ({len(places)})", chosen, of_selected=True))
    label = with_unit("MAE", info.unit)
    figure = error_curves(minutes, curves, label=label, height=_CHART_HEIGHT, meta=look.meta)
    table = [curve.values.round(4).tolist() for curve in curves]
    exported_chart(
        figure, key="f-horizons", alt="Error of forecasts by horizon",
        header=("minutes ahead", *(f"{curve.name}: {label}" for curve in curves)),
        rows=lambda: zip(minutes, *table, strict=True),
    )  # fmt: skip


@shown_as_message()
def _draw_hours(look: Look, known: KnownErrors) -> None:
    info, errors = look.material.info, known.errors
    st.subheader("At what times of day are the errors large?", anchor=False)
    readings = errors.hour_readings.sum(axis=1)
    figure = hour_errors(
        errors.hours, readings, label="MAE", unit=info.unit, height=_CHART_HEIGHT,
        meta=look.meta,
    )  # fmt: skip
    label = with_unit("MAE", info.unit)
    minutes = [duration_text(info.step_minutes * (n + 1)) for n in range(errors.by_hour.shape[1])]
    exported_chart(
        figure, key="f-hours", alt="Error of forecasts by hour of the day",
        header=("hour", *(f"{label}, {ahead} ahead" for ahead in minutes)),
        rows=lambda: named_rows(range(24), errors.by_hour),
    )  # fmt: skip
