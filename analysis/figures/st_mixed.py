"""Figures of the ST-mixed meta-parameters over a day: the paper's figures 5 and 6."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from analysis.figures.colours import NEUTRAL, PERIOD_COLOURS, with_alpha
from analysis.figures.cosines import (
    ScaleName,
    cosine_trace,
    negative_marks,
    scale_options,
    square,
)
from analysis.figures.style import colour_bar, styled, values_title
from analysis.readings.days import clock_time
from himnet import texts

_TICK_HOURS = tuple(range(0, 25, 2))


@dataclass(frozen=True)
class Group:
    """A group of the compared sensors, with its name and colour.

    Attributes:
        name: such as ``"cluster 3"``.
        colour: ``#rrggbb``.
        members: positions of the group's sensors among the drawn ones.
    """

    name: str
    colour: str
    members: tuple[int, ...]


def speed_series(
    hours: NDArray[np.floating],
    values: NDArray[np.floating],
    groups: Sequence[Group],
    *,
    label: str,
    unit: str,
    periods: Mapping[str, tuple[float, float]],
    cursor: float | None = None,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw one day of readings: each sensor faintly, each group's mean strongly.

    The sensors of a group are one line with gaps, since hundreds of lines take seconds to draw.

    Args:
        hours: (T,) hours since midnight.
        values: (T, n) in the data's unit, NaN if missing.
        groups: of the n sensors.
        label: of the axis, such as ``"speed"``.
        unit: of the axis.
        periods: name to first and last hour, shaded.
        cursor: hour to mark.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    gap = np.full((1, values.shape[1]), np.nan)
    rounded = np.vstack([np.round(values, 1), gap]).astype(np.float32)
    for group in groups:
        figure.add_scatter(
            x=np.tile(np.append(hours, hours[-1]), len(group.members)),
            y=rounded[:, list(group.members)].T.ravel(),
            mode="lines",
            line={"color": with_alpha(group.colour, 0.35), "width": 1},
            name=texts.plotly(f"sensors of {group.name}"),
            hoverinfo="skip",
            showlegend=False,
        )
    for group in groups:
        figure.add_scatter(
            x=hours,
            y=np.round(_mean_over(values[:, list(group.members)]), 1).astype(np.float32),
            mode="lines",
            line={"color": group.colour, "width": 2.6},
            name=texts.plotly(group.name),
            hovertemplate=f"%{{y:.1f}} {texts.plotly(unit)}",
        )
    _mark_day(figure, periods, cursor)
    figure.update_yaxes(title=values_title(label, unit), rangemode="tozero")
    return _styled_day(figure, height=330, meta=meta)


def _mean_over(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the mean of (T, n) over the sensors with a reading, NaN if there are none."""
    known = np.isfinite(values)
    counts = known.sum(axis=1)
    sums = np.where(known, values, 0.0).sum(axis=1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def similarity_curves(
    hours: NDArray[np.floating],
    curves: Sequence[tuple[str, str, NDArray[np.floating]]],
    *,
    periods: Mapping[str, tuple[float, float]],
    cursor: float | None = None,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw mean similarities within and across groups over a day.

    Args:
        hours: (T,) hours since midnight.
        curves: name, colour and values (T,) of each; the neutral colour is drawn dashed.
        periods, cursor: as in `speed_series`.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    for name, colour, values in curves:
        figure.add_scatter(
            x=hours,
            y=np.round(values, 4).astype(np.float32),
            mode="lines",
            name=texts.plotly(name),
            line={"color": colour, "width": 2.4, "dash": "dash" if colour == NEUTRAL else "solid"},
            hovertemplate="%{y:.3f}",
        )
    _mark_day(figure, periods, cursor)
    figure.update_yaxes(title="mean cosine similarity")
    return _styled_day(figure, height=300, meta=meta)


def _mark_day(
    figure: go.Figure, periods: Mapping[str, tuple[float, float]], cursor: float | None
) -> None:
    """Shade the periods, name them, and mark the chosen moment."""
    for name, (start, end) in periods.items():
        figure.add_vrect(
            x0=start,
            x1=end,
            fillcolor=PERIOD_COLOURS.get(name, with_alpha(NEUTRAL, 0.2)),
            line_width=0,
            layer="below",
            annotation={"text": name, "font": {"size": 12}, "yanchor": "bottom", "y": 1},
            annotation_position="top",
        )
    if cursor is not None:
        figure.add_vline(x=cursor, line={"color": "#d62246", "width": 2})


def _styled_day(figure: go.Figure, *, height: int, meta: Mapping[str, Any] | None) -> go.Figure:
    styled(figure, height=height, meta=meta)
    figure.update_xaxes(
        range=[0, 24],
        tickvals=list(_TICK_HOURS),
        ticktext=[clock_time(hour, 24) for hour in _TICK_HOURS],
        title="time of day",
        showgrid=False,
        hoverformat=".2f",
    )
    figure.update_layout(
        hovermode="x unified",
        legend={"orientation": "h", "x": 1, "xanchor": "right", "y": 1.1, "yanchor": "bottom"},
        margin={"t": 52},
    )
    return figure


def similarity_panels(
    panels: Sequence[tuple[str, NDArray[np.floating]]],
    groups: Sequence[Group],
    *,
    names: Sequence[str],
    ids: Sequence[str],
    scale: ScaleName,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw heatmaps of the same sensors side by side, with one colour scale for all of them.

    Args:
        panels: title and cosines (n, n) of each; NaN cells stay empty.
        groups: of the n sensors, bracketed in their colours.
        names: n short names for rows and columns, such as ``"1"``, all different.
        ids: n sensor ids for the tooltips.
        scale: see `analysis.figures.cosines.scale_options`.
        meta: choices to store with the figure.
    """
    figure = make_subplots(
        rows=1,
        cols=len(panels),
        subplot_titles=texts.plotlies(name for name, _ in panels),
        horizontal_spacing=0.16 / len(panels),
    )
    shown = texts.plotlies(ids)
    about = [[f"{row} and {column}" for column in shown] for row in shown]
    for place, (_, matrix) in enumerate(panels, start=1):
        trace = cosine_trace(matrix, names, "%{customdata}<br>cosine %{z:.3f}<extra></extra>")
        figure.add_trace(trace.update(customdata=about), row=1, col=place)
        marks = negative_marks(matrix, names, size=12) if scale == "paper" else None
        if marks is not None:
            figure.add_trace(marks, row=1, col=place)
    values = np.stack([matrix for _, matrix in panels])
    figure.update_layout(
        coloraxis=scale_options(values, scale) | {"colorbar": colour_bar("cosine similarity")}
    )
    styled(figure, height=330, meta=meta)
    square(figure, tickangle=0, ticks="", tickfont={"size": 11})
    for place in range(1, len(panels) + 1):
        suffix = "" if place == 1 else str(place)
        _bracket(figure, groups, f"x{suffix}", f"y{suffix}")
    return figure


def _bracket(figure: go.Figure, groups: Sequence[Group], x_axis: str, y_axis: str) -> None:
    """Draw a frame in each group's colour around the blocks of its consecutive sensors."""
    for group in groups:
        for start, end in _runs(group.members):
            low, high = start - 0.5, end + 0.5
            frame = {"xref": x_axis, "yref": y_axis, "line": {"color": group.colour, "width": 2}}
            figure.add_shape(type="rect", x0=low, x1=high, y0=low, y1=high, **frame)


def _runs(members: Sequence[int]) -> list[tuple[int, int]]:
    """Return first and last of each run of consecutive positions."""
    runs = []
    for _, run in groupby(enumerate(sorted(members)), key=lambda pair: pair[1] - pair[0]):
        listed = [member for _, member in run]
        runs.append((listed[0], listed[-1]))
    return runs
