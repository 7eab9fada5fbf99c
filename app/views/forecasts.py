"""Views of forecast errors: by horizon, on the map, by group, and in congestion."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.figures.city import city_scatter
from analysis.figures.colouring import by_cluster, by_name
from analysis.figures.forecasts import (
    BAR_HEIGHT,
    ErrorCurve,
    cell_errors,
    cluster_error_boxes,
    error_curves,
    error_map,
)
from analysis.figures.style import with_unit
from analysis.forecasts.errors import CellErrors, errors_by_horizon
from analysis.forecasts.forecasts import Forecasts, splits_of
from analysis.limits import is_large, left_out
from analysis.material import Material
from analysis.readings.days import duration_text
from analysis.selection import positions_of
from app.choices.shared import cluster_names, one_of
from app.export import exported_chart
from app.messages import fragment, shown_as_message
from app.selection.linked import link_charts, linked_chart
from app.selection.selection import selected_ids
from app.session.city_map import apart_note, drawn_places, map_style, placing_command
from app.session.forecasts import Summary, baseline_errors, summary
from app.session.opened import OpenCheckpoint
from app.views.components import WHERE_UNKNOWN, missing_note, named_rows, section
from himnet import texts

if TYPE_CHECKING:
    import plotly.graph_objects as go

ERROR_MAP = "f-map"
_MEASURES = {"MAE": "mean absolute {}", "RMSE": "root mean squared {}", "MAPE": "mean {} in %"}
_BASELINES = {
    "last value": "last-value",
    "historical inertia": "HI",
    "weekly mean": "weekly-mean",
}


@dataclass(frozen=True)
class Look:
    """The model whose forecasts are shown, and what they are compared with.

    Attributes:
        checkpoint: the model's checkpoint.
        material: the checkpoint with its track and data set.
        labels: (N,) clusters, or None for a model without clusters.
        colours: of the clusters, by number.
        is_measured: whether errors are shown that were measured before, which needs no readings.
    """

    checkpoint: OpenCheckpoint
    material: Material = field(repr=False)
    labels: NDArray[np.int64] | None = field(repr=False)
    colours: tuple[str, ...] = ()
    is_measured: bool = False

    @property
    def has_truth(self) -> bool:
        """Whether forecasts are compared with readings, not with the latest forecasts."""
        return self.is_measured or self.material.dataset is not None

    @property
    def names(self) -> tuple[str, str, str]:
        """Names of the reference, of a forecast, and of their difference."""
        if self.has_truth:
            return "reading", "forecast", "error"
        track = self.material.track
        minutes = 0.0 if track is None else track.horizons[0] * track.step_minutes
        return f"latest forecast ({duration_text(minutes)} ahead)", "forecast", "change"

    @property
    def mean_error(self) -> str:
        """Name of the mean absolute difference."""
        return f"mean absolute {self.names[2]}"

    @property
    def meta(self) -> dict[str, str]:
        """Metadata of every figure."""
        return {"checkpoint": self.checkpoint.sha256, "beside": self.names[0]}


@fragment
def draw_errors(look: Look, shown: Forecasts) -> None:
    """Draw the views of errors; only they run again when the selection changes."""
    link_charts(look.checkpoint, [ERROR_MAP])
    found = summary(look.material, shown)
    _say_counts(look, shown)
    left, right = st.columns(2, gap="large")
    with left:
        _draw_horizons(look, shown, found)
    with right:
        draw_error_map(
            look, found.by_sensor, found.readings,
            title="Where are the errors large?" if look.has_truth else "Where do they change?",
        )  # fmt: skip
    draw_groups(look, found.by_sensor, found.readings)
    _draw_when(look, found)


def _say_counts(look: Look, shown: Forecasts) -> None:
    days, missing = len(np.unique(shown.days)), shown.truth.size - shown.readings
    kind = "a reading" if look.has_truth else "a newer forecast"
    told = (
        f"Over {len(shown.steps):,} moments of {days} {'day' if days == 1 else 'days'}, "
        f"{len(shown.horizons)} horizons and {look.material.info.num_nodes:,} sensors: "
        f"**{shown.readings:,} forecasts with {kind}**; {missing:,} without one are ignored."
    )
    if look.material.dataset is not None:
        counts = splits_of(look.material.dataset, shown.steps)
        listed = ", ".join(f"{count:,} are in the {name} split" for name, count in counts.items())
        told += f" Of these moments, {listed}." if counts else ""
        if "train" in counts:
            told += " The model was trained on those in the train split."
    st.markdown(told)


@shown_as_message()
def _draw_horizons(look: Look, shown: Forecasts, found: Summary) -> None:
    info = look.material.info
    section(
        "How does the error grow with the horizon?"
        if look.has_truth
        else "How much do forecasts change?",
        "Error of the forecasts at each horizon, compared with a simple baseline."
        if look.has_truth
        else "Difference from the latest forecast for the same moment, at each horizon.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        measure = one_of("Measure", list(_MEASURES), key="measure")
        baseline = one_of("Baseline", list(_BASELINES), key="beside") if look.has_truth else None
    places = positions_of(info.sensors, selected_ids(look.checkpoint)).tolist()
    curves = [ErrorCurve("all sensors", found.by_horizon[measure.lower()])]
    groups: list[tuple[str, tuple[int, ...] | None]] = [("all sensors", None)]
    if places:
        name, chosen = f"selected ({len(places)})", tuple(places)
        groups.append((name, chosen))
        values = errors_by_horizon(shown, chosen)[measure.lower()]
        curves.append(ErrorCurve(name, values, of_selected=True))
    with shown_as_message():  # a baseline may need more history than the model
        for name, which in groups if baseline else []:
            values = baseline_errors(look.material, shown, _BASELINES[str(baseline)], which)[
                measure.lower()
            ]
            curves.append(ErrorCurve(f"{baseline}, {name}", values, which is not None, True))
    _draw_curves(look, shown, curves, measure)


def _draw_curves(look: Look, shown: Forecasts, curves: list[ErrorCurve], measure: str) -> None:
    info = look.material.info
    minutes = [info.step_minutes * ahead for ahead in shown.horizons]
    name = _MEASURES[measure].format(look.names[2])
    label = name if measure == "MAPE" else with_unit(name, info.unit)
    figure = error_curves(minutes, curves, label=label, meta=look.meta)
    table = np.stack([curve.values for curve in curves], axis=1)
    exported_chart(
        figure, key="f-horizons", alt="Error of forecasts by horizon",
        header=("minutes ahead", *(f"{curve.name}: {label}" for curve in curves)),
        rows=lambda: named_rows(minutes, table),
    )  # fmt: skip


@shown_as_message()
def draw_error_map(
    look: Look,
    by_sensor: NDArray[np.floating],
    readings: NDArray[np.integer],
    *,
    title: str,
    height: int = 524,
) -> None:
    """Draw the error of each sensor on the map, which shows and changes the selection.

    Args:
        look: what is shown.
        by_sensor: (N,) errors over all horizons, NaN without readings.
        readings: (N,) number of readings.
        title: of the chart.
        height: of the chart in pixels, with its colour bar.
    """
    info, sha256 = look.material.info, look.checkpoint.sha256
    section(
        title,
        f"Each sensor's {look.mean_error}{apart_note(look.material.arrays)}. Colours span at least "
        "half of its mean, so small differences look small. Selected sensors are ringed.",
    )
    if info.sensors.latitude is None or info.sensors.longitude is None:
        missing_note(WHERE_UNKNOWN, placing_command(look.checkpoint))
        return
    roads = info.sensors.labels
    style = map_style()

    def figure() -> go.Figure:
        (latitude, longitude), ground = drawn_places(look.material.arrays)
        drawn = city_scatter(
            latitude, longitude, ground, by_name(roads, name="road"), ids=info.sensors.ids,
            about=roads, style=style, meta=look.meta, height=height - BAR_HEIGHT,
        )  # fmt: skip
        return error_map(drawn, by_sensor, label=look.mean_error, unit=info.unit)

    places = (info.sensors.latitude, info.sensors.longitude)
    table = np.stack([*places, by_sensor, readings], axis=1)
    linked_chart(
        look.checkpoint, figure, view=ERROR_MAP, trace=-1,
        about=(sha256, style, by_sensor.tobytes(), height, look.mean_error, str(look.meta)),
        alt="Map of the sensors, coloured by the error of their forecasts",
        header=(
            "sensor", "latitude", "longitude", with_unit(look.mean_error, info.unit), "values"
        ),
        rows=lambda: named_rows(info.sensors.ids, table),
    )  # fmt: skip


@shown_as_message()
def draw_groups(look: Look, by_sensor: NDArray[np.floating], readings: NDArray[np.integer]) -> None:
    """Draw the errors of the sensors by cluster, or by road; arguments as for `draw_error_map`."""
    info, labels = look.material.info, look.labels
    kind = "cluster" if labels is not None else "road"
    section(
        f"Which {kind}s have large errors?" if look.has_truth else f"Which {kind}s change most?",
        f"Each point is a sensor's {look.mean_error}; boxes span the middle 50 % of each {kind}, "
        "in ascending order of their medians.",
    )
    roads = info.sensors.roads or ("all sensors",) * len(info.sensors)
    if labels is None:
        names, colouring = tuple(road or "no road" for road in roads), by_name(roads, name="road")
    else:
        named = cluster_names(labels, info.sensors)
        names = tuple(named[number] for number in labels)
        colouring = by_cluster(labels, look.colours)
    figure = cluster_error_boxes(
        by_sensor, colouring, names, ids=info.sensors.ids, label=look.mean_error,
        unit=info.unit, meta=look.meta,
    )  # fmt: skip
    if is_large(len(names)):
        st.caption(left_out("The point of each sensor", "only outliers are drawn") + ".")
    table = (names, by_sensor.round(4).tolist(), readings.tolist())
    exported_chart(
        figure, key="f-clusters", alt=f"Errors of the sensors by {kind}",
        header=("sensor", kind, with_unit(look.mean_error, info.unit), "values"),
        rows=lambda: zip(info.sensors.ids, *table, strict=True),
    )  # fmt: skip


@shown_as_message()
def _draw_when(look: Look, found: Summary) -> None:
    info = look.material.info
    quantity = texts.markdown(info.quantity)
    truth = f"the {quantity} at that time" if look.has_truth else "the latest forecast"
    drawn = found.by_reading.drawn
    section(
        "When are the errors large?" if look.has_truth else "When do they change?",
        f"Left: by {truth}; right: by the hour that is forecast. Whiskers: 95 % "
        f"intervals from a bootstrap over {drawn}; grey bars: number of values.",
    )
    left, right = st.columns(2, gap="large")
    with left:
        what = info.quantity if look.has_truth else f"latest forecast of {info.quantity}"
        title = with_unit(what, info.unit)
        _draw_cells(look, found.by_reading, "f-bands", title, info.unit)
    with right:
        _draw_cells(look, found.by_hour, "f-hours", "hour of day", "h")
    if look.has_truth:
        st.caption(
            "Forecasts of rare readings have larger errors and are biased towards common ones; the "
            "tooltip of a bar shows by how much the forecasts were too high."
        )


def _draw_cells(look: Look, found: CellErrors, key: str, x_title: str, of_cell: str) -> None:
    unit = look.material.info.unit
    figure = cell_errors(
        found, x_title=x_title, label=look.mean_error, unit=unit, of_cell=of_cell, meta=look.meta
    )
    figure.update_xaxes(dtick=3 if key == "f-hours" else None)
    columns = (found.edges[1:], found.mae, found.low, found.high, found.bias, found.counts)
    table = np.stack(columns, axis=1)
    exported_chart(
        figure, key=key, alt=f"Error of forecasts by {x_title}",
        header=(
            "from", "to", with_unit(look.mean_error, unit), "95 % from", "95 % to",
            with_unit("forecast too high by", unit), "values",
        ),
        rows=lambda: named_rows(found.edges[:-1].tolist(), table),
    )  # fmt: skip
