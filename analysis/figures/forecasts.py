"""Figures of forecasts with readings, and of their errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from analysis.figures.colouring import VALUE_SCALE, Colouring
from analysis.figures.colours import NEUTRAL, with_alpha
from analysis.figures.selection import SELECTED
from analysis.figures.style import colour_bar, styled, table_of, ticks_of_minutes, values_title
from analysis.forecasts.errors import CellErrors
from analysis.limits import is_large, points_drawn
from himnet import texts

FORECAST, ERROR = "#0072b2", "#d55e00"
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}
_MOST_MARKED = 48  # moments up to which points are marked on a line
LEAST_COLOUR_SPAN = 0.5  # of the map's colour scale, as a share of the mean error
_LEAST_SHARE, _MOST_SHARE = 0.0, 0.98  # quantiles at the ends of the map's colour scale
_LEAST_ERROR_SPAN = 0.1  # of the largest value: errors below it look small
_MARGIN = 0.05  # of an axis, above and below
BAR_HEIGHT = 64  # pixels below a map for its colour bar


class ErrorCurve(NamedTuple):
    """Errors by horizon.

    Attributes:
        name: for the legend.
        values: (h,) errors.
        of_selected: whether of the selected sensors; otherwise, of all.
        of_baseline: whether of a baseline; otherwise, of the model.
    """

    name: str
    values: NDArray[np.floating]
    of_selected: bool = False
    of_baseline: bool = False


def forecast_and_truth(
    times: NDArray[Any],
    truth: NDArray[np.floating],
    forecast: NDArray[np.floating],
    *,
    names: tuple[str, str, str] = ("read", "forecast", "error"),
    quantity: str,
    unit: str,
    x_title: str,
    cursor: Any = None,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw one sensor's forecast with its readings, and the error below.

    Args:
        times: (T,) forecast times, or minutes.
        truth: (T,) readings, NaN if missing: a gap.
        forecast: (T,), NaN if missing; points on either side are connected.
        names: of truth, forecast and their difference.
        quantity, unit: for the axis.
        x_title: of the axis of time.
        cursor: a position on that axis to mark, or None.
        meta: choices to store with the figure.
    """
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.07, row_heights=[0.7, 0.3])
    hover = f"%{{y:.1f}} {texts.plotly(unit)}"
    lines = ((truth, NEUTRAL, False), (forecast, FORECAST, True))
    for name, (values, colour, connected) in zip(names, lines, strict=False):
        figure.add_scatter(
            x=times,
            y=np.round(values, 2),
            mode="lines+markers" if len(times) <= _MOST_MARKED else "lines",
            name=texts.plotly(name),
            line={"color": colour, "width": 2},
            connectgaps=connected,
            hovertemplate=hover,
            row=1,
            col=1,
        )
    figure.add_bar(
        x=times,
        y=np.round(forecast - truth, 2),
        marker={"color": with_alpha(ERROR, 0.75), "line": {"width": 0}},
        name=texts.plotly(names[2]),
        hovertemplate=hover,
        row=2,
        col=1,
    )
    if cursor is not None:
        figure.add_vline(x=cursor, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    figure.update_layout(legend=_LEGEND, hovermode="x unified", bargap=0.1)
    styled(figure, height=430, meta=meta)
    values = np.concatenate([truth, forecast])
    figure.update_yaxes(title=values_title(quantity, unit), range=wide_range(values), row=1, col=1)
    span = _LEAST_ERROR_SPAN * _largest(values)
    around = np.append(np.asarray(forecast - truth, dtype=np.float64), (-span, span))
    figure.update_yaxes(
        title=values_title(names[2], unit), range=wide_range(around, least=0), row=2, col=1
    )
    figure.update_xaxes(title=texts.plotly(x_title), row=2, col=1)
    return figure


def wide_range(values: NDArray[np.floating], *, least: float = 0.3) -> list[float] | None:
    """Return the ends of an axis that does not make small differences look large.

    Args:
        values: any shape, NaN if missing.
        least: the smallest span, as a share of the largest value; 20 of 67 mph.

    Returns:
        None without values. The axis of values that are all positive does not go below 0.
    """
    known = values[np.isfinite(values)].astype(np.float64)
    if not known.size:
        return None
    low, high = float(known.min()), float(known.max())
    missing = max(least * _largest(values) - (high - low), 0.0) / 2
    margin = _MARGIN * (high - low + 2 * missing)
    floor = 0.0 if low >= 0 else -np.inf
    bottom = max(low - missing - margin, floor)
    return [bottom, max(high + missing + margin, bottom + 1e-9)]


def _largest(values: NDArray[np.floating]) -> float:
    known = np.abs(values[np.isfinite(values)])
    return float(known.max()) if known.size else 0.0


def error_curves(
    minutes: Sequence[float],
    curves: Sequence[ErrorCurve],
    *,
    label: str,
    height: int = 400,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw errors by horizon; baselines are dashed.

    Args:
        minutes: (h,) of the horizons.
        curves: of all and of the selected sensors, of the model and of a baseline.
        label: of the error, with its unit.
        height: in pixels.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    for curve in curves:
        colour = SELECTED if curve.of_selected else FORECAST
        figure.add_scatter(
            x=list(minutes),
            y=np.round(curve.values, 3),
            mode="lines+markers",
            name=texts.plotly(curve.name),
            line={"color": colour, "width": 2.2, "dash": "dash" if curve.of_baseline else "solid"},
            marker={"size": 7, "symbol": "circle-open" if curve.of_baseline else "circle"},
        )
    figure.update_layout(legend=_LEGEND, hovermode="x unified", showlegend=len(curves) > 1)
    unit, ticks = ticks_of_minutes([0.0, *minutes])
    figure.update_xaxes(title=f"{unit} ahead", rangemode="tozero", **ticks)
    figure.update_yaxes(title=texts.plotly(label), rangemode="tozero")
    styled(figure, height=height, meta=meta)
    if len(curves) == 1:  # no legend above
        figure.update_layout(margin={"t": 12})
    return figure


def hour_errors(
    errors: NDArray[np.floating],
    readings: NDArray[np.integer],
    *,
    label: str,
    unit: str,
    height: int = 400,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the error in each hour of the day as bars.

    Args:
        errors: (24,) NaN for an hour without readings.
        readings: (24,) number of readings.
        label: of the error, without unit.
        unit: of the error.
        height: in pixels.
        meta: choices to store with the figure.
    """
    told, each = map(texts.plotly, (label, unit))
    figure = go.Figure()
    figure.add_bar(
        x=np.arange(24) + 0.5,
        y=np.round(errors, 3),
        width=0.9,
        marker={"color": FORECAST, "line": {"width": 0}},
        customdata=table_of(range(24), range(1, 25), readings.tolist()),
        hovertemplate=f"%{{customdata[0]}} to %{{customdata[1]}} h<br>{told} %{{y:.2f}} {each}"
        "<br>%{customdata[2]:,} values<extra></extra>",
    )
    figure.update_xaxes(title="hour of day", dtick=3, range=[0, 24])
    figure.update_yaxes(title=values_title(label, unit), rangemode="tozero")
    styled(figure, height=height, meta=meta)
    figure.update_layout(margin={"t": 12})
    return figure


def cell_errors(
    found: CellErrors,
    *,
    x_title: str,
    label: str,
    unit: str,
    of_cell: str = "",
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the error in each cell with its interval, and below it the number of readings.

    Args:
        found: from `analysis.forecasts.errors`.
        x_title: name of the axis of cells, with its unit.
        label: of the error, without unit.
        unit: of the error.
        of_cell: unit of the axis of cells.
        meta: choices to store with the figure.
    """
    figure = make_subplots(2, 1, shared_xaxes=True, vertical_spacing=0.06, row_heights=[0.75, 0.25])
    middles, widths = (found.edges[:-1] + found.edges[1:]) / 2, np.diff(found.edges) * 0.9
    arms = np.nan_to_num(np.stack([found.high - found.mae, found.mae - found.low]))
    columns = (found.edges[:-1], found.edges[1:], found.low, found.high, found.bias, found.counts)
    told, each, of = map(texts.plotly, (label, unit, of_cell))
    figure.add_bar(
        x=middles,
        y=np.round(found.mae, 3),
        width=widths,
        marker={"color": FORECAST, "line": {"width": 0}},
        error_y={"type": "data", "array": arms[0], "arrayminus": arms[1], "color": NEUTRAL},
        customdata=np.stack(columns, axis=1),
        hovertemplate=(
            f"%{{customdata[0]:g}} to %{{customdata[1]:g}} {of}<br>{told} %{{y:.2f}} {each}"
            "<br>95 % within %{customdata[2]:.2f} to %{customdata[3]:.2f}<br>forecast too high by "
            f"%{{customdata[4]:+.2f}} {each}<br>%{{customdata[5]:,}} values<extra></extra>"
        ),
        row=1,
        col=1,
    )
    figure.add_bar(
        x=middles,
        y=found.counts,
        width=widths,
        marker={"color": with_alpha(NEUTRAL, 0.6), "line": {"width": 0}},
        hovertemplate="%{y:,} values<extra></extra>",
        row=2,
        col=1,
    )
    styled(figure, height=400, meta=meta)
    figure.update_layout(showlegend=False, margin={"t": 12})
    figure.update_yaxes(title=values_title(label, unit), row=1, col=1)
    figure.update_yaxes(title="values", nticks=4, row=2, col=1)
    figure.update_xaxes(title=texts.plotly(x_title), row=2, col=1)
    return figure


def cluster_error_boxes(
    errors: NDArray[np.floating],
    colouring: Colouring,
    names: Sequence[str],
    *,
    ids: Sequence[str],
    label: str,
    unit: str,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw each sensor's error by cluster, with the distribution of each cluster.

    Args:
        errors: (N,) NaN if missing.
        colouring: of the N sensors, by group.
        names: N group names.
        ids: N sensor ids.
        label: of the error, without unit.
        unit: of the error.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    of_group: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        of_group.setdefault(name, []).append(place)
    for name in sorted(of_group, key=lambda name: _median(errors[of_group[name]])):
        members = of_group[name]
        figure.add_box(
            y=np.round(errors[members], 3),
            name=texts.plotly(name),
            boxpoints="outliers" if is_large(len(errors)) else "all",
            jitter=0.4,
            pointpos=0,
            customdata=texts.plotlies(ids[member] for member in members),
            hovertemplate=f"%{{customdata}}: %{{y:.2f}} {texts.plotly(unit)}"
            f"<extra>{texts.plotly(name)}</extra>",
            marker={"color": colouring.colours[members[0]], "size": 5},
            line={"width": 1.2},
            showlegend=False,
        )
    figure.update_xaxes(type="category", tickangle=-40)
    figure.update_yaxes(title=values_title(label, unit), rangemode="tozero")
    return styled(figure, height=400, meta=meta)


def _median(values: NDArray[np.floating]) -> float:
    """Return the median of the known values; groups without any come last."""
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("inf")


def _ends(known: NDArray[np.floating]) -> tuple[float, float]:
    """Return the ends of a scale for errors (n,); see `LEAST_COLOUR_SPAN`."""
    if not known.size:
        return 0.0, 1.0
    low, high = np.quantile(known, (_LEAST_SHARE, _MOST_SHARE)).tolist()
    wanted = max(LEAST_COLOUR_SPAN * float(np.abs(known).mean()), 1e-6)
    missing = max(wanted - (high - low), 0.0)
    below = min(missing / 2, max(low, 0.0))  # errors are not negative
    return low - below, high + missing - below


def error_map(
    figure: go.Figure, errors: NDArray[np.floating], *, label: str, unit: str
) -> go.Figure:
    """Colour the sensors of a map by their error, in place, with a colour bar below.

    Args:
        figure: from `analysis.figures.city.city_scatter`, with the sensors as its last trace.
        errors: (N,); sensors with NaN are left out.
        label: of the error, without unit.
        unit: of the errors.
    """
    low, high = _ends(errors[np.isfinite(errors)])
    sensors = figure.data[-1]
    errors = errors[points_drawn(np.ones(len(errors), dtype=bool))]
    told = [
        "no readings" if np.isnan(value) else texts.plotly(f"{label} {value:.2f} {unit}")
        for value in errors
    ]
    sensors.update(
        marker={
            "color": np.round(errors, 3),
            "colorscale": VALUE_SCALE,
            "cmin": low,
            "cmax": high,
            "colorbar": colour_bar("")
            | {"title": {"text": values_title(label, unit), "side": "bottom"}}
            | {"orientation": "h", "y": -0.01, "yanchor": "top"},
        },
        customdata=table_of(*zip(*sensors.customdata, strict=True), told),
        hovertemplate="<b>%{customdata[2]}</b><br>%{customdata[1]}<br>%{customdata[4]}<extra></extra>",
    )
    # a bar beside the map would take width, of which half a page has little
    figure.update_layout(height=(figure.layout.height or 0) + BAR_HEIGHT)
    figure.update_layout(margin={"b": BAR_HEIGHT})
    return figure
