"""Figures of forecasts beside readings, and of their errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from analysis.colouring import VALUE_SCALE, Colouring
from analysis.colours import NEUTRAL, with_alpha
from analysis.figures.style import colour_bar, styled
from analysis.forecasts import BandErrors

FORECAST, SELECTED, BASELINE = "#0072b2", "#d55e00", NEUTRAL
_LEGEND = {"orientation": "h", "y": 1.1, "x": 0}


def forecast_and_truth(
    times: NDArray[Any],
    truth: NDArray[np.floating],
    forecast: NDArray[np.floating],
    *,
    quantity: str,
    unit: str,
    x_title: str,
    cursor: Any = None,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw one sensor's forecast on its readings, and the error below.

    Args:
        times: (T,) moments that are forecast, or minutes.
        truth: (T,) readings, NaN for none: a gap.
        forecast: (T,), NaN where there is none.
        quantity, unit: for the axis.
        x_title: of the axis of time.
        cursor: a place on that axis to mark, or None.
        meta: choices to store with the figure.
    """
    known = bool(np.isfinite(truth).any())
    rows = 2 if known else 1
    figure = make_subplots(
        rows, 1, shared_xaxes=True, vertical_spacing=0.07, row_heights=[0.7, 0.3][:rows]
    )
    hover = f"%{{y:.1f}} {unit}"
    markers = "lines+markers" if len(times) <= 48 else "lines"
    lines = (("read", truth, NEUTRAL), ("forecast", forecast, FORECAST))
    for name, values, colour in lines[0 if known else 1 :]:
        figure.add_scatter(
            x=times,
            y=np.round(values, 2),
            mode=markers,
            name=name,
            line={"color": colour, "width": 2},
            hovertemplate=hover,
            row=1,
            col=1,
        )
    if known:
        figure.add_bar(
            x=times,
            y=np.round(forecast - truth, 2),
            marker={"color": with_alpha(SELECTED, 0.75), "line": {"width": 0}},
            name="error",
            hovertemplate=hover,
            row=2,
            col=1,
        )
        figure.update_yaxes(title=f"error ({unit})" if unit else "error", row=2, col=1)
    if cursor is not None:
        figure.add_vline(x=cursor, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    figure.update_layout(legend=_LEGEND, hovermode="x unified", bargap=0)
    styled(figure, height=430 if known else 330, meta=meta)
    figure.update_yaxes(title=f"{quantity} ({unit})" if unit else quantity, row=1, col=1)
    figure.update_xaxes(title=x_title, row=rows, col=1)
    return figure


def error_curves(
    minutes: Sequence[float],
    curves: Mapping[str, NDArray[np.floating]],
    *,
    label: str,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw errors by how far ahead a forecast looks.

    Args:
        minutes: (h,) of the horizons.
        curves: names to (h,) errors; of all sensors first, of the baseline last.
        label: of the error, with its unit.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    colours = dict(zip(curves, (FORECAST, SELECTED, BASELINE), strict=False))
    colours[list(curves)[-1]] = BASELINE if len(curves) > 1 else FORECAST
    dashes = ("solid", "dash", "dot")
    for (name, values), dash in zip(curves.items(), dashes, strict=False):
        figure.add_scatter(
            x=list(minutes),
            y=np.round(values, 3),
            mode="lines+markers",
            name=name,
            line={"color": colours[name], "width": 2.2, "dash": dash},
            marker={"size": 7},
        )
    figure.update_layout(legend=_LEGEND, hovermode="x unified")
    figure.update_xaxes(title="minutes ahead", rangemode="tozero", dtick=15)
    figure.update_yaxes(title=label, rangemode="tozero")
    return styled(figure, height=360, meta=meta)


def band_errors(
    found: BandErrors, *, quantity: str, unit: str, meta: Mapping[str, Any] | None = None
) -> go.Figure:
    """Draw the error in each band of readings, with intervals and counts.

    Args:
        found: of `analysis.forecasts.errors_by_reading`.
        quantity, unit: of the readings.
        meta: choices to store with the figure.
    """
    middles = (found.edges[:-1] + found.edges[1:]) / 2
    arms = np.nan_to_num(np.stack([found.high - found.mae, found.mae - found.low]))
    figure = go.Figure(
        go.Bar(
            x=middles,
            y=np.round(found.mae, 3),
            width=np.diff(found.edges) * 0.92,
            marker={"color": FORECAST, "line": {"width": 0}},
            error_y={"type": "data", "array": arms[0], "arrayminus": arms[1], "color": NEUTRAL},
            customdata=np.stack([found.edges[:-1], found.edges[1:], found.bias, found.counts], 1),
            hovertemplate=(
                f"read %{{customdata[0]:.0f}} to %{{customdata[1]:.0f}} {unit}<br>error %{{y:.2f}} "
                f"{unit}, forecast less read %{{customdata[2]:+.2f}}<br>%{{customdata[3]:,}} "
                "readings<extra></extra>"
            ),
            showlegend=False,
        )
    )
    figure.update_xaxes(title=f"{quantity} that was read ({unit})" if unit else quantity)
    figure.update_yaxes(title=f"mean absolute error ({unit})" if unit else "mean absolute error")
    return styled(figure, height=340, meta=meta)


def hourly_errors(
    errors: NDArray[np.floating],
    *,
    unit: str,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the error by the hour in which a forecast was made.

    Args:
        errors: (24,), NaN for an hour without forecasts.
        unit: of the readings.
        meta: choices to store with the figure.
    """
    figure = go.Figure(
        go.Bar(
            x=list(range(24)),
            y=np.round(errors, 3),
            marker={"color": FORECAST, "line": {"width": 0}},
            hovertemplate=f"%{{x}} h: %{{y:.2f}} {unit}<extra></extra>",
        )
    )
    figure.update_layout(bargap=0.12)
    figure.update_xaxes(title="hour of day", dtick=3, range=[-0.6, 23.6])
    figure.update_yaxes(title=f"mean absolute error ({unit})" if unit else "mean absolute error")
    return styled(figure, height=340, meta=meta)


def cluster_error_boxes(
    errors: NDArray[np.floating],
    colouring: Colouring,
    names: Sequence[str],
    *,
    ids: Sequence[str],
    unit: str,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw each sensor's error by cluster, with the spread of each cluster.

    Args:
        errors: (N,) NaN for none.
        colouring: of the N sensors, by group.
        names: N groups' names.
        ids: N sensor ids.
        unit: of the readings.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    of_group: dict[str, list[int]] = {}
    for place, name in enumerate(names):
        of_group.setdefault(name, []).append(place)
    medians = {name: np.nanmedian([*errors[members], np.inf]) for name, members in of_group.items()}
    for name in sorted(of_group, key=lambda name: medians[name]):
        members = of_group[name]
        figure.add_box(
            y=np.round(errors[members], 3),
            name=name,
            boxpoints="all",
            jitter=0.4,
            pointpos=0,
            customdata=[ids[member] for member in members],
            hovertemplate=f"%{{customdata}}: %{{y:.2f}} {unit}<extra>{name}</extra>",
            marker={"color": colouring.colours[members[0]], "size": 5},
            line={"width": 1.2},
            showlegend=False,
        )
    figure.update_xaxes(type="category", tickangle=-40)
    figure.update_yaxes(
        title=f"mean absolute error ({unit})" if unit else "mean absolute error",
        rangemode="tozero",
    )
    return styled(figure, height=400, meta=meta)


def error_map(figure: go.Figure, errors: NDArray[np.floating], *, unit: str) -> go.Figure:
    """Colour the sensors of a map by their error, in place, with a colour bar.

    Args:
        figure: of `analysis.figures.city.city_scatter`, its sensors the last trace.
        errors: (N,) NaN for none: such sensors are left out.
        unit: of the errors.
    """
    known = errors[np.isfinite(errors)]
    ends = np.quantile(known, (0, 0.98)) if known.size else (0.0, 1.0)
    title = f"mean absolute error ({unit})" if unit else "mean absolute error"
    sensors = figure.data[-1]
    told = [
        (*row, "nothing was read" if np.isnan(value) else f"{value:.2f} {unit}")
        for row, value in zip(sensors.customdata, errors, strict=True)
    ]
    sensors.update(
        marker={
            "color": np.round(errors, 3),
            "colorscale": VALUE_SCALE,
            "cmin": float(ends[0]),
            "cmax": float(max(ends[1], ends[0] + 1e-6)),
            "colorbar": colour_bar(title),
        },
        customdata=told,
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<br>%{customdata[2]}<extra></extra>",
    )
    return figure
