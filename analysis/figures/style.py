"""The style of all Plotly figures: fonts, margins, grids and metadata.

Colours of data are set on the traces. Text colours are left to the page, so that a figure is
readable on light and dark pages; grids are half transparent for the same reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.figures.colours import GRID, NEUTRAL
from himnet import texts

FONT = "'Source Sans', 'Source Sans 3', 'Source Sans Pro', Arial, sans-serif"
_USUAL_WIDTH, _HEIGHTS = 640, (360, 560)  # pixels of a projection on a page
_PANEL_WIDTH = 500  # pixels of a projection in half a page
_MOST_MINUTES, _MOST_TICKS = 180, 9  # on an axis of minutes; longer ones are in hours
_TICK_HOURS = (1, 2, 3, 6, 12, 24, 48, 96, 168, 336, 1_000, 10_000, 100_000)
_MARGIN_SHARE = 0.06  # of a projection's extent, around it
TRANSPARENT = "rgba(0, 0, 0, 0)"

_AXIS = {
    "gridcolor": GRID,
    "zerolinecolor": GRID,
    "linecolor": NEUTRAL,
    "ticks": "outside",
    "tickcolor": NEUTRAL,
    "ticklen": 4,
    "automargin": True,
}


def table_of(*columns: Iterable[object]) -> NDArray[np.object_]:
    """Return texts and numbers (n, columns) for `customdata`, as an array, which is fast."""
    rows = list(zip(*columns, strict=True))
    table = np.empty((len(rows), len(columns)), dtype=object)
    table[:] = rows
    return table


def styled(
    figure: go.Figure,
    *,
    height: int | None = None,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Apply the project's style to a figure, in place, and return it.

    Args:
        figure: with its traces.
        height: in pixels.
        meta: the choices that are needed to draw it again (pool, perplexity, seed, ...), stored
            with the figure.
    """
    figure.update_layout(
        font={"family": FONT, "size": 13},
        paper_bgcolor=TRANSPARENT,
        plot_bgcolor=TRANSPARENT,
        margin={"l": 8, "r": 8, "t": 36, "b": 8},
        hoverlabel={"font": {"family": FONT, "size": 13}},
        height=height,
        meta=dict(meta or {}),
    )
    figure.update_xaxes(_AXIS)
    figure.update_yaxes(_AXIS)
    return figure


def styled_series(figure: go.Figure, title: str) -> None:
    """Give a chart of values over time an axis from zero with a title, and a legend above."""
    figure.update_yaxes(title=title, rangemode="tozero")
    figure.update_layout(
        hovermode="x unified",
        showlegend=True,
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
    )


def fills_half(points: NDArray[np.floating], height: int) -> bool:
    """Whether a projection (n, 2) with equal axes takes half or more of a panel on a page.

    Args:
        points: NaN for those not drawn.
        height: of the panel in pixels.
    """
    drawn = points[np.isfinite(points).all(axis=1)]
    spans = np.ptp(drawn, axis=0) if len(drawn) else np.ones(2)
    across, up = np.maximum(spans, 1e-9) / (_PANEL_WIDTH, height)
    return bool(min(across / up, up / across) >= 0.5)


def bare_axes(
    figure: go.Figure, points: NDArray[np.floating], *, fills: int | None = None
) -> go.Figure:
    """Hide the axes of a projection, whose coordinates have no meaning.

    Args:
        figure: of the projection.
        points: (n, 2) all points, NaN for those not drawn; a flat layout gets a flat figure.
        fills: height in pixels of a figure in which both axes are stretched to fill it; None keeps
            their ratio.
    """
    drawn = points[np.isfinite(points).all(axis=1)]
    spans = np.ptp(drawn, axis=0) if len(drawn) else np.ones(2)
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_xaxes(hidden)
    figure.update_yaxes(hidden)
    if fills is not None:
        figure.update_layout(height=fills)
        return figure
    height = _USUAL_WIDTH * spans[1] / max(float(spans[0]), 1e-9)
    figure.update_layout(height=int(np.clip(height + 110, *_HEIGHTS)))
    figure.update_yaxes(scaleanchor="x", scaleratio=1)
    return figure


def shared_ranges(figure: go.Figure, points: NDArray[np.floating]) -> go.Figure:
    """Fix the axes to all points of all frames or subplots of projections, with a margin.

    Args:
        figure: of the projections.
        points: (n, 2), all of them.
    """
    low, high = points.min(axis=0), points.max(axis=0)
    margin = _MARGIN_SHARE * np.maximum(high - low, 1e-9)
    across, up = np.column_stack([low - margin, high + margin]).tolist()
    figure.update_xaxes(range=across)
    figure.update_yaxes(range=up)
    return figure


def block_starts(rows: int, cells: int) -> NDArray[np.int64]:
    """Return the first row of each cell of a heatmap with a limited number of cells."""
    return np.arange(0, rows, -(-rows // cells))


def ticks_of_minutes(minutes: Iterable[float]) -> tuple[str, dict[str, Any]]:
    """Return the unit of an axis of minutes, hours if it is long, and how its ticks are set.

    Args:
        minutes: positions on it, which stay minutes.
    """
    every = [float(one) for one in minutes]
    low, high = min(every), max(every)
    if high - low <= _MOST_MINUTES:
        return "minutes", {"dtick": 15}
    step = next(size for size in _TICK_HOURS if (high - low) / 60 / size <= _MOST_TICKS) * 60
    ticks = np.arange(np.ceil(low / step) * step, high + 1, step)
    return "hours", {"tickvals": ticks.tolist(), "ticktext": [f"{at / 60:g}" for at in ticks]}


def with_unit(text: str, unit: str) -> str:
    """Return a title with its unit in brackets, if there is one."""
    return f"{text} ({unit})" if unit else text


def values_title(quantity: str, unit: str) -> str:
    """Return the title of an axis of readings, whose names come from a data set."""
    return texts.plotly(with_unit(quantity, unit))


def colour_bar(title: str, **options: Any) -> dict[str, Any]:
    """Return a narrow colour bar with its title along it."""
    return {
        "title": {"text": title, "side": "right"},
        "thickness": 12,
        "outlinewidth": 0,
        "ticks": "outside",
        "ticklen": 3,
        "len": 1.0,
    } | options
