"""How every Plotly figure looks: fonts, margins, grids, and what it says about itself.

Colours of data are set on the traces themselves. Text colours are left to the page, so that a
figure is readable on a light and on a dark one; grids are half transparent for the same reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import plotly.graph_objects as go

from analysis.colours import GRID, NEUTRAL

FONT = "'Source Sans', 'Source Sans 3', 'Source Sans Pro', Arial, sans-serif"
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


def styled(
    figure: go.Figure,
    *,
    height: int | None = None,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Give a figure the project's look, in place, and return it.

    Args:
        figure: with its traces.
        height: in pixels.
        meta: the choices that a reader needs to draw it again (pool, perplexity, seed, ...); they
            travel with the figure.
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


def bare_axes(figure: go.Figure) -> go.Figure:
    """Hide the axes of a projection, whose coordinates mean nothing by themselves."""
    hidden = {"visible": False, "showgrid": False, "zeroline": False}
    figure.update_xaxes(hidden)
    figure.update_yaxes(**hidden, scaleanchor="x", scaleratio=1)
    return figure


def colour_bar(title: str, **options: Any) -> dict[str, Any]:
    """Return a slim colour bar with its title written along it."""
    return {
        "title": {"text": title, "side": "right"},
        "thickness": 12,
        "outlinewidth": 0,
        "ticks": "outside",
        "ticklen": 3,
        "len": 1.0,
    } | options
