"""Figures of the temporal meta-parameters: the paper's 4a and 4b, and distances between days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.colors import sample_colorscale

from analysis.figures.colours import (
    BLUES,
    DAY_COLOURS,
    HOURS,
    NEUTRAL,
    readable_on,
    sampled,
    with_alpha,
)
from analysis.figures.cosines import (
    ScaleName,
    cosine_trace,
    negative_marks,
    scale_options,
    square,
)
from analysis.figures.style import bare_axes, colour_bar, styled
from analysis.readings.days import clock_time, short_day

_PLOT_PIXELS = 640  # width of a projection on a page
_LETTER_PIXELS, _LINE_PIXELS = 4.6, 10.0  # half the width of a letter, half the height of a name
_NAME_WEIGHT = 20  # covering another name counts as much as covering this many points
HOUR_NAMES = tuple(clock_time(hour, 24) for hour in range(24))


def lag_curve(
    lags: NDArray[np.floating],
    cosines: NDArray[np.floating],
    *,
    within: float,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the mean cosine of two times of day by the hours between them.

    Args:
        lags: (L,) hours.
        cosines: (L,).
        within: hours up to which a rank correlation is computed; the rest is shaded.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=np.round(lags, 4),
        y=np.round(cosines, 4),
        mode="lines",
        line={"color": "#2f6db3", "width": 2.4},
        hovertemplate="%{x:.3g} h apart: %{y:.3f}<extra></extra>",
    )
    figure.add_hline(y=0, line={"color": NEUTRAL, "width": 1})
    figure.add_vrect(
        x0=within, x1=12, fillcolor=with_alpha(NEUTRAL, 0.15), line_width=0, layer="below"
    )
    figure.update_xaxes(title="hours between two times of day", range=[0, 12], dtick=1)
    figure.update_yaxes(title="mean cosine similarity")
    return styled(figure, height=260, meta=meta)


def hour_scatter(
    points: NDArray[np.floating],
    hours: NDArray[np.int64],
    days: NDArray[np.int64],
    *,
    day_names: Sequence[str],
    colour_by: Literal["day", "hour"] = "day",
    height: int = 460,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the hours of a week in two dimensions, with the days named in the plot.

    Both axes are stretched to fill the figure: t-SNE of a week is often a narrow strip.

    Args:
        points: (n, 2) of a projection.
        hours, days: (n,) hour 0 to 23 and day-of-week number 0 to 6 of each point.
        day_names: seven names.
        colour_by: one colour per day, or a cyclic scale over the hours.
        height: in pixels.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    for day in np.unique(days):
        own = np.flatnonzero(days == day)
        own = own[np.argsort(hours[own])]
        figure.add_scatter(  # the hours of a day as a faint path, in order
            x=np.round(points[own, 0], 3),
            y=np.round(points[own, 1], 3),
            mode="lines",
            line={"color": with_alpha(DAY_COLOURS[day], 0.6), "width": 1.6, "shape": "spline"},
            hoverinfo="skip",
            showlegend=False,
        )
    by_day = [DAY_COLOURS[day] for day in days]
    by_hour = sample_colorscale([colour for _, colour in HOURS], [hour / 24 for hour in hours])
    figure.add_scatter(
        x=np.round(points[:, 0], 3),
        y=np.round(points[:, 1], 3),
        mode="markers",
        marker={
            "color": by_day if colour_by == "day" else by_hour,
            "size": 8,
            "line": {"width": 0.6, "color": NEUTRAL},
        },
        customdata=[
            (day_names[day], HOUR_NAMES[hour]) for day, hour in zip(days, hours, strict=True)
        ],
        hovertemplate="<b>%{customdata[0]}</b> %{customdata[1]}<extra></extra>",
        showlegend=False,
    )
    _name_days(figure, points, days, day_names, height)
    if colour_by == "hour":
        _add_hour_bar(figure)
    return bare_axes(styled(figure, meta=meta), points, fills=height)


def _name_days(
    figure: go.Figure,
    points: NDArray[np.floating],
    days: NDArray[np.int64],
    day_names: Sequence[str],
    height: int,
) -> None:
    """Write each day's name on the side of its points where it covers fewest points and names."""
    # of the projection, per pixel
    unit = np.maximum(np.ptp(points, axis=0), 1e-9) / np.array([_PLOT_PIXELS, height])
    taken: list[tuple[float, float, float, float]] = []
    for day in np.unique(days):
        own = points[days == day]
        reach = np.array([_LETTER_PIXELS * len(day_names[day]), _LINE_PIXELS]) * unit
        boxes = [(*centre, *reach) for centre in _beside(own, reach)]
        best = min(boxes, key=lambda box: _covered(box, points, taken))
        taken.append(best)
        figure.add_annotation(
            x=best[0],
            y=best[1],
            text=f"<b>{day_names[day]}</b>",
            bgcolor=DAY_COLOURS[day],
            borderpad=2,
            font={"size": 13, "color": readable_on(DAY_COLOURS[day])},
            showarrow=False,
        )


def _beside(own: NDArray[np.floating], reach: NDArray[np.floating]) -> list[tuple[float, float]]:
    """Return positions of a name of half size (2,): outside all of (n, 2), then beside each.

    Days that lie on each other have the same four places outside.
    """
    x, y = np.median(own, axis=0)
    low, high = own.min(axis=0) - 1.3 * reach, own.max(axis=0) + 1.3 * reach
    places = [(x, high[1]), (x, low[1]), (high[0], y), (low[0], y)]
    for side in ((0, 2), (0, -2), (1.5, 0), (-1.5, 0)):
        places += [(across, up) for across, up in own + np.array(side) * reach]
    return [(float(across), float(up)) for across, up in places]


def _covered(
    box: tuple[float, float, float, float],
    points: NDArray[np.floating],
    taken: Sequence[tuple[float, float, float, float]],
) -> int:
    """Count what a name in a box (centre and half size) would cover; names have a higher weight."""
    middle, reach = np.array(box[:2]), np.array(box[2:])
    hidden = int((np.abs(points - middle) < 1.2 * reach).all(axis=1).sum())
    others = sum(
        abs(box[0] - x) < box[2] + width and abs(box[1] - y) < box[3] + height
        for x, y, width, height in taken
    )
    return hidden + _NAME_WEIGHT * others


def _add_hour_bar(figure: go.Figure) -> None:
    figure.add_scatter(
        x=[None],
        y=[None],
        mode="markers",
        hoverinfo="skip",
        showlegend=False,
        marker={
            "color": [0],
            "colorscale": HOURS,
            "cmin": 0,
            "cmax": 24,
            "showscale": True,
            "colorbar": colour_bar("hour of day", tickvals=list(range(0, 25, 4))),
        },
    )


def hour_heatmap(
    cosine: NDArray[np.floating],
    *,
    scale: ScaleName = "sign",
    height: int = 520,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the cosines (24, 24) between the hours of a day; row 0 is midnight.

    Args:
        cosine: (24, 24).
        scale: see `analysis.figures.cosines.scale_options`; negative cells are struck through if
            the scale starts at zero.
        height: in pixels.
        meta: choices to store with the figure.
    """
    figure = go.Figure(
        cosine_trace(cosine, HOUR_NAMES, "%{y} and %{x}<br>cosine %{z:.2f}<extra></extra>")
    )
    marks = negative_marks(cosine, HOUR_NAMES, size=9) if scale == "paper" else None
    if marks is not None:
        figure.add_trace(marks)
    figure.update_layout(
        coloraxis=scale_options(cosine, scale) | {"colorbar": colour_bar("cosine similarity")}
    )
    styled(figure, height=height, meta=meta)
    square(figure, tickvals=list(HOUR_NAMES[::3]), tickangle=0, title="hour of day")
    return figure


def day_heatmap(
    distances: NDArray[np.floating],
    *,
    day_names: Sequence[str],
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the distances (7, 7) between days, written into the cells.

    Args:
        distances: (7, 7), zero on the diagonal.
        day_names: seven names.
        meta: choices to store with the figure.
    """
    short = list(map(short_day, day_names))
    shown = np.where(np.eye(len(distances), dtype=bool), np.nan, distances)
    figure = go.Figure(
        go.Heatmap(
            z=np.round(shown, 4).astype(np.float32),
            x=short,
            y=short,
            colorscale=BLUES,
            colorbar=colour_bar("distance"),
            hovertemplate="%{y} and %{x}<br>distance %{z:.3f}<extra></extra>",
            hoverongaps=False,
            xgap=1,
            ygap=1,
        )
    )
    _write_distances(figure, shown, short)
    styled(figure, height=430, meta=meta)
    square(figure)
    return figure


def _write_distances(figure: go.Figure, shown: NDArray[np.floating], names: Sequence[str]) -> None:
    """Write the known distances into their cells, in black or white as their colours need."""
    cells = np.argwhere(np.isfinite(shown)).tolist()
    known = shown[np.isfinite(shown)]
    low, span = (known.min(), max(np.ptp(known), 1e-9)) if cells else (0.0, 1.0)
    figure.update_layout(
        annotations=[
            {
                "x": names[column], "y": names[row], "text": f"{value:.2f}", "showarrow": False,
                "font": {"size": 12, "color": readable_on(colour)},
            }
            for (row, column), value, colour in zip(
                cells, known, sampled(BLUES, (known - low) / span), strict=True
            )
        ]
    )  # fmt: skip
