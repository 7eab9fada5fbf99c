"""Figures of selected sensors and all others: linked scatter plots, and series with ranges."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.figures.colours import NEUTRAL, with_alpha
from analysis.figures.style import styled, styled_series, values_title
from himnet import texts

SELECTED = "#d62246"
EDGE = "edge"  # in the `meta` of a trace of the edges of all points, drawn beneath them
EDGE_PIXELS = 1.5
# opacities of points that are not selected; colours sink into a dark ground sooner
_FAINT, _FAINT_ON_DARK, _FAINT_EDGE = 0.3, 0.5, 0.15
_SIZE = 13  # of a selected point
_TICKS = [
    {"dtickrange": [None, 43_200_000], "value": "%H:%M\n%a %d %b"},
    {"dtickrange": [43_200_000, None], "value": "%a %d %b"},
]
_LOW, _HIGH = 0.1, 0.9  # quantiles at the ends of a range


def with_selection(
    figure: go.Figure,
    ids: Collection[str],
    *,
    trace: int,
    on_dark: bool = False,
    fades: bool = True,
) -> go.Figure:
    """Show a selection in a figure, in place, so that lasso and box selection extend it.

    Args:
        figure: with one trace of sensors, whose `customdata` starts with the id.
        ids: of the selected sensors; all are drawn the same if there are none.
        trace: index of that trace.
        on_dark: whether the page is dark.
        fades: whether the others are drawn faintly. In a figure whose sizes and colours are what
            it shows, they stay as they are, and only the edges of the selected points change.
    """
    wanted = set(ids)
    rows = [place for place, row in enumerate(figure.data[trace].customdata) if row[0] in wanted]
    places, edge_size = rows if wanted else None, _SIZE + 2 * EDGE_PIXELS if fades else None
    faint, faint_edge = (_FAINT_ON_DARK if on_dark else _FAINT, _FAINT_EDGE) if fades else (1, 1)
    _emphasise(figure, trace, places, size=_SIZE if fades else None, faint=faint)
    for edge in [place for place, one in enumerate(figure.data) if one.meta == EDGE]:
        _emphasise(figure, edge, places, size=edge_size, faint=faint_edge)
    figure.update_layout(dragmode="lasso", clickmode="event")
    return figure


def _emphasise(
    figure: go.Figure, trace: int, places: list[int] | None, *, size: float | None, faint: float
) -> None:
    # always set, so that a selection drawn in the browser looks like one set by the server
    figure.data[trace].update(
        selectedpoints=places,
        selected={"marker": {"opacity": 1.0, "size": size}},
        unselected={"marker": {"opacity": faint}},
    )


def spread(values: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return mean, 10th and 90th percentile over sensors at each step, (3, T).

    Args:
        values: (T, n), NaN if missing; a step without any value gives NaN.
    """
    ordered = np.sort(values, axis=1)  # NaN comes last
    counts = np.isfinite(ordered).sum(axis=1)
    found = np.full((3, len(values)), np.nan)
    known = np.flatnonzero(counts)
    if known.size:
        totals = np.nansum(ordered[known], axis=1, dtype=np.float64)
        found[0, known] = totals / counts[known]
        for row, share in enumerate((_LOW, _HIGH), start=1):
            place = share * (counts[known] - 1)
            below = np.floor(place).astype(np.int64)
            low = ordered[known, below].astype(np.float64)
            high = ordered[known, np.ceil(place).astype(np.int64)]
            found[row, known] = low + (place - below) * (high - low)
    return found


def spread_series(
    times: NDArray[Any],
    groups: Mapping[str, NDArray[np.floating]],
    *,
    quantity: str,
    unit: str,
    cursor: Any = None,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw mean and range of groups of sensors over time.

    Args:
        times: (T,) datetime64, or days from the first step.
        groups: names to (3, T) from `spread`; the last is emphasised, on top.
        quantity, unit: for the axis.
        cursor: a moment among `times` to mark, or None.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    colours = (NEUTRAL, SELECTED)[-len(groups) :]
    for (name, found), colour in zip(groups.items(), colours, strict=True):
        mean, low, high = np.round(found, 2).astype(np.float32)
        edge = {"mode": "lines", "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}
        figure.add_scatter(x=times, y=high, **edge)
        figure.add_scatter(
            x=times, y=low, fill="tonexty", fillcolor=with_alpha(colour, 0.16), **edge
        )
        figure.add_scatter(
            x=times,
            y=mean,
            mode="lines",
            name=texts.plotly(name),
            line={"color": colour, "width": 1.8},
            hovertemplate=f"%{{y:.1f}} {texts.plotly(unit)}",
        )
    if cursor is not None:
        figure.add_shape(
            type="line", yref="paper", y0=0, y1=1, x0=cursor, x1=cursor,
            line={"color": NEUTRAL, "width": 1.5, "dash": "dash"},
        )  # fmt: skip
    if np.issubdtype(times.dtype, np.datetime64):
        figure.update_xaxes(tickformatstops=_TICKS)
    else:
        figure.update_xaxes(title="day")
    styled_series(figure, values_title(quantity, unit))
    return styled(figure, height=300, meta=meta)


def with_selected_mean(
    figure: go.Figure, times: NDArray[Any], values: NDArray[np.floating], *, unit: str
) -> go.Figure:
    """Add the mean of the selected sensors to series over time, in place.

    Args:
        figure: of the series.
        times: (T,) of the figure.
        values: (T, n) of the selected sensors, NaN if missing.
        unit: of the values.
    """
    return figure.add_scatter(
        x=times, y=spread(values)[0].round(2).astype(np.float32), mode="lines",
        name=f"selected ({values.shape[1]})", line={"color": SELECTED, "width": 2.4},
        hovertemplate=f"%{{y:.1f}} {texts.plotly(unit)}",
    )  # fmt: skip
