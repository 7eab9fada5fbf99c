"""Figures of selected sensors beside all others: linked scatter, series with their spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.colours import NEUTRAL, with_alpha
from analysis.figures.style import styled

SELECTED = "#d62246"
_FAINT = {"marker": {"opacity": 0.25}}
_STRONG = {"marker": {"opacity": 1.0}}


def with_selection(
    figure: go.Figure, positions: NDArray[np.int64], *, trace: int, isolated: bool = False
) -> go.Figure:
    """Show a selection in a figure, in place, so that lasso and box go on from it.

    Args:
        figure: with one trace of all N sensors.
        positions: (n,) selected ones; none shows all alike.
        trace: number of that trace.
        isolated: whether the others vanish instead of fading.
    """
    points = figure.data[trace]
    if len(positions):
        rest = {"marker": {"opacity": 0.0}} if isolated else _FAINT
        points.update(selectedpoints=positions.tolist(), selected=_STRONG, unselected=rest)
    figure.update_layout(dragmode="lasso", clickmode="event+select")
    return figure


def spread(values: NDArray[np.floating]) -> tuple[NDArray[np.float64], ...]:
    """Return mean, 10th and 90th percentile over sensors at each step, each (T,).

    Args:
        values: (T, n), NaN where there is none; a step without any value is NaN.
    """
    known = np.isfinite(values).any(axis=1)
    found = np.full((3, len(values)), np.nan)
    if known.any():
        own = np.asarray(values[known], dtype=np.float64)
        found[0, known] = np.nanmean(own, axis=1)
        found[1:, known] = np.nanpercentile(own, [10, 90], axis=1)
    return tuple(found)


def spread_series(
    times: NDArray[Any],
    groups: Mapping[str, NDArray[np.floating]],
    *,
    quantity: str,
    unit: str,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw mean and spread of groups of sensors over time; the first group strongly.

    Args:
        times: (T,) datetime64, or days from the first step.
        groups: name to values (T, n), NaN where there is none.
        quantity, unit: for the axis.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    for (name, values), colour in zip(groups.items(), (SELECTED, NEUTRAL), strict=False):
        mean, low, high = (np.round(part, 2).astype(np.float32) for part in spread(values))
        edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
        figure.add_scatter(x=times, y=high, **edge)
        figure.add_scatter(
            x=times, y=low, fill="tonexty", fillcolor=with_alpha(colour, 0.16), **edge
        )
        figure.add_scatter(
            x=times,
            y=mean,
            mode="lines",
            name=name,
            line={"color": colour, "width": 1.8},
            hovertemplate=f"%{{y:.1f}} {unit}",
        )
    if np.issubdtype(times.dtype, np.datetime64):
        figure.update_xaxes(tickformat="%a %d %b")
    else:
        figure.update_xaxes(title="day")
    figure.update_yaxes(title=f"{quantity} ({unit})" if unit else quantity, rangemode="tozero")
    figure.update_layout(
        hovermode="x unified",
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )
    return styled(figure, height=300, meta=meta)
