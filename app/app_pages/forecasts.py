"""Forecasts: beside what was read, by horizon, on the map, and in congestion."""

from __future__ import annotations

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.agreement import majority_names
from analysis.colouring import by_cluster, by_name
from analysis.figures.city import city_scatter
from analysis.figures.forecasts import (
    band_errors,
    cluster_error_boxes,
    error_curves,
    error_map,
    forecast_and_truth,
    hourly_errors,
)
from analysis.forecasts import (
    Forecasts,
    errors_by_horizon,
    errors_by_reading,
    errors_by_sensor,
    errors_by_time,
    last_value,
)
from analysis.maps import DARK, LIGHT
from analysis.selection import positions_of
from analysis.windows import window_steps
from app.cached import spatial_clusters, why_not
from app.choices import cluster_form, one_of
from app.city import drawn_places, placing_command
from app.components import (
    WHERE_UNKNOWN,
    chart,
    missing_note,
    named_rows,
    page_header,
    section,
)
from app.forecasts import forecast_anew, tracked
from app.keep import keep
from app.linked import hear_clicks, linked_chart
from app.messages import shown_as_message
from app.moment import moment_widget
from app.printed import current_material
from app.readings import current_source, say_what_is_drawn
from app.selection import selected_ids
from app.session import current_checkpoint
from app.what_if_choices import choose_sensor

_TRACK, _TEST = "the days of the track", "the test split"
_COUNTS = ("32", "64", "128", "256")
_MEASURES = {"mae": "mean absolute error", "rmse": "root mean squared error", "mape": "MAPE (%)"}
_RUN = "forecasts_run"


def _draw_moment(sensor: int, step: int, shown: Forecasts) -> None:
    """Draw one sensor's forecast at one moment."""
    place = int(np.abs(shown.steps - step).argmin())
    section(
        "What was forecast at this moment?",
        f"The next hour at sensor {info.sensors.ids[sensor]}, as the model saw it from the chosen "
        "moment, on what was then read; gaps where nothing was.",
    )
    minutes = info.step_minutes * np.array(shown.horizons)
    truth, forecast = shown.truth[place, :, sensor], shown.forecast[place, :, sensor]
    figure = forecast_and_truth(
        minutes, truth, forecast, quantity=info.quantity, unit=info.unit,
        x_title="minutes ahead", meta={"checkpoint": sha256, "step": int(shown.steps[place])},
    )  # fmt: skip
    chart(figure, key="f-moment", alt="Forecast and readings of one sensor over the next hour")
    table = np.stack([truth, forecast], axis=1)
    keep(
        figure, key="f-moment", header=("minutes ahead", "read", f"forecast ({info.unit})"),
        rows=lambda: named_rows(minutes.tolist(), table),
    )  # fmt: skip


def _draw_day(sensor: int, step: int, shown: Forecasts) -> None:
    """Draw one sensor's forecasts of one horizon over the day of a moment."""
    section(
        "How do forecasts run over the day?",
        "Each point was forecast as long before as is chosen; below, forecast less read.",
    )
    minutes = [f"{info.step_minutes * ahead:g} min" for ahead in shown.horizons]
    ahead = minutes.index(one_of("Forecast ahead", minutes, key="ahead"))
    days = shown.days
    on_day = np.flatnonzero(days == days[np.abs(shown.steps - step).argmin()])
    hours = (
        (shown.tod_index[on_day] + shown.horizons[ahead])
        * 24
        / checkpoint.arrays.config.steps_per_day
    )
    truth = shown.truth[on_day, ahead, sensor]
    forecast = shown.forecast[on_day, ahead, sensor]
    figure = forecast_and_truth(
        hours, truth, forecast, quantity=info.quantity, unit=info.unit, x_title="hour of day",
        meta={"checkpoint": sha256, "ahead": minutes[ahead]},
    )  # fmt: skip
    figure.update_xaxes(dtick=3)
    chart(figure, key="f-day", alt="Forecasts and readings of one sensor over a day")
    table = np.stack([truth, forecast], axis=1)
    keep(
        figure, key="f-day", header=("hour", "read", f"forecast ({info.unit})"),
        rows=lambda: named_rows(hours.round(4).tolist(), table),
    )  # fmt: skip


def _draw_horizons(shown: Forecasts, places: NDArray[np.int64]) -> None:
    section(
        "How does the error grow with the horizon?",
        "Error of the forecasts by how far ahead they look, beside the guess that nothing changes.",
    )
    measure = one_of("Error", list(_MEASURES), key="measure", format_func=str.upper)
    unit = "" if measure == "mape" or not info.unit else f" ({info.unit})"
    curves = {"all sensors": errors_by_horizon(shown)[measure]}
    if len(places):
        curves["selected sensors"] = errors_by_horizon(shown, places.tolist())[measure]
    if material.dataset is not None:
        curves["last value"] = errors_by_horizon(last_value(shown, material.dataset))[measure]
    minutes = [info.step_minutes * ahead for ahead in shown.horizons]
    figure = error_curves(
        minutes, curves, label=f"{_MEASURES[measure]}{unit}", meta={"checkpoint": sha256}
    )
    chart(figure, key="f-horizons", alt="Error of forecasts by how far ahead they look")
    table = np.stack(list(curves.values()), axis=1)
    keep(
        figure, key="f-horizons", header=("minutes ahead", *curves),
        rows=lambda: named_rows(minutes, table),
    )  # fmt: skip


def _draw_map(errors: NDArray[np.float64]) -> None:
    section(
        "Where is it wrong?", "Each sensor's mean absolute error; lasso sensors to select them."
    )
    if not info.sensors.has_coordinates:
        missing_note(WHERE_UNKNOWN, placing_command(checkpoint))
        return
    (latitude, longitude), paths = drawn_places(sha256, _sensors=info.sensors)
    dark = st.context.theme.type == "dark"
    figure = city_scatter(
        latitude, longitude, paths, by_name(roads, name="road"), ids=info.sensors.ids,
        about=roads, style=DARK if dark else LIGHT, meta={"checkpoint": sha256},
    )  # fmt: skip
    error_map(figure, errors, unit=info.unit)
    linked_chart(
        checkpoint, figure, view="f-map", trace=len(figure.data) - 1,
        about=(sha256, dark, float(np.nansum(errors))),
        alt="Map of the sensors, coloured by the error of their forecasts",
    )  # fmt: skip
    table = np.stack([latitude, longitude, errors], axis=1)
    keep(
        figure, key="f-map", header=("sensor", "latitude", "longitude", f"error ({info.unit})"),
        rows=lambda: named_rows(info.sensors.ids, table),
    )  # fmt: skip


def _draw_clusters(errors: NDArray[np.float64]) -> None:
    section("Which groups is it wrong about?", "Each point is a sensor; groups in rising order.")
    if labels is None:
        names, colouring = roads, by_name(roads, name="road")
    else:
        majority = majority_names(labels, roads)
        names = tuple(f"{number} {majority[number]}".strip() for number in labels)
        colouring = by_cluster(labels)
    figure = cluster_error_boxes(
        errors, colouring, names, ids=info.sensors.ids, unit=info.unit, meta={"checkpoint": sha256}
    )
    chart(figure, key="f-clusters", alt="Errors of the sensors by group")
    keep(
        figure, key="f-clusters", header=("sensor", "group", f"error ({info.unit})"),
        rows=lambda: zip(info.sensors.ids, names, errors.round(4).tolist(), strict=True),
    )  # fmt: skip


def _draw_when(shown: Forecasts) -> None:
    section(
        "When is it wrong?",
        f"Left, the error by the {info.quantity} that was then read, with 95 % intervals of a "
        "bootstrap over days; right, by the hour in which the forecast was made.",
    )
    left, right = st.columns(2, gap="large")
    with left:
        found = errors_by_reading(shown)
        figure = band_errors(
            found, quantity=info.quantity, unit=info.unit, meta={"checkpoint": sha256}
        )
        chart(figure, key="f-bands", alt="Error of forecasts by what was read")
        table = np.stack([found.edges[1:], found.mae, found.low, found.high, found.counts], axis=1)
        keep(
            figure, key="f-bands", header=("from", "to", "error", "low", "high", "readings"),
            rows=lambda: named_rows(found.edges[:-1].round(2).tolist(), table),
        )  # fmt: skip
    with right:
        errors, means = errors_by_time(shown, checkpoint.arrays.config.steps_per_day)
        figure = hourly_errors(errors, unit=info.unit, meta={"checkpoint": sha256})
        chart(figure, key="f-hours", alt="Error of forecasts by hour of day")
        table = np.stack([errors, means], axis=1)
        keep(
            figure, key="f-hours", header=("hour", f"error ({info.unit})", "mean reading"),
            rows=lambda: named_rows(range(24), table),
        )  # fmt: skip


@st.fragment
@shown_as_message()
def _draw_errors(shown: Forecasts) -> None:
    """Draw all that is told of errors; the selection runs it again."""
    hear_clicks(checkpoint, ["f-map"])
    places = positions_of(info.sensors, selected_ids(checkpoint))
    st.caption(
        f"Over {len(shown.steps):,} moments of {len(np.unique(shown.days))} days, "
        f"{len(shown.horizons)} horizons and {info.num_nodes:,} sensors: {shown.readings:,} "
        "readings; missing ones count for nothing."
    )
    errors = errors_by_sensor(shown)
    left, right = st.columns(2, gap="large")
    with left:
        _draw_horizons(shown, places)
    with right:
        _draw_map(errors)
    _draw_when(shown)
    _draw_clusters(errors)


def _errors_of() -> Forecasts | None:
    """Draw the choice of moments and return their forecasts; None before they are asked for."""
    kinds = [_TRACK, _TEST] if material.track is not None else [_TEST]
    with st.container(horizontal=True, vertical_alignment="bottom"):
        kind = one_of(
            "Errors over", kinds, key="over",
            help="The track may lie in the training split, where errors are smaller; the test "
            "split was never trained on, and its forecasts are made anew.",
        )  # fmt: skip
        if kind == _TRACK:
            return tracked(material)
        count = int(one_of("Moments", _COUNTS, key="moments"))
        if st.button("Forecast", type="primary", icon=":material/play_arrow:"):
            st.session_state[_RUN] = (sha256, count)
        if st.session_state.get(_RUN) != (sha256, count):
            return None
        stop = st.empty()
    stop.button("Stop", icon=":material/stop:", on_click=lambda: st.session_state.pop(_RUN, None))
    shown = forecast_anew(material, window_steps(material, most=count))
    stop.empty()
    return shown


checkpoint = current_checkpoint()
sha256, info = checkpoint.sha256, checkpoint.arrays.dataset
roads = info.sensors.roads or ("",) * len(info.sensors)
page_header(
    "How good are its forecasts, and where not?",
    "What was forecast beside what was read, and the error by horizon, place, group and traffic.",
)
material = current_material(checkpoint)
with shown_as_message():
    source = current_source(checkpoint)
    say_what_is_drawn(checkpoint, source)
    if source is None:
        st.stop()
    labels = None
    if (problem := why_not("spatial", checkpoint)) is None:
        with st.expander("How are sensors clustered?", icon=":material/tune:"):
            settings = cluster_form(checkpoint.arrays.config)
        labels = spatial_clusters(sha256, settings, _arrays=checkpoint.arrays)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        sensor, step = choose_sensor(checkpoint), moment_widget(checkpoint, source)
    if material.dataset is not None:
        step = max(step, checkpoint.arrays.config.in_steps - 1)
        _draw_moment(sensor, step, forecast_anew(material, np.array([step])))
    elif material.track is not None:
        _draw_moment(sensor, step, tracked(material))
    if material.track is not None:
        _draw_day(sensor, step, tracked(material))
    if material.dataset is None:
        st.caption("With the readings, errors by horizon, place, group and traffic follow here.")
        st.stop()
    if (shown := _errors_of()) is not None:
        _draw_errors(shown)
