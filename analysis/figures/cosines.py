"""Heatmaps of cosine similarities, with colour scales that show the sign or not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.figures.colours import BLUES, COSINES

ScaleName = Literal["sign", "paper", "spread"]


def scale_options(values: NDArray[np.floating], scale: ScaleName) -> dict[str, Any]:
    """Return colour scale and limits for cosines, as options of Plotly's colour axes.

    Args:
        values: all cosines that share the scale.
        scale: ``"sign"`` runs from -1 to 1 with grey at zero; ``"paper"`` from 0 to 1 in Blues,
            as the paper's figures do, where negative values look like zero; ``"spread"``
            from the smallest to the largest value off the diagonal, in Blues.
    """
    if scale == "sign":
        return {"colorscale": COSINES, "cmin": -1.0, "cmax": 1.0}
    if scale == "paper":
        return {"colorscale": BLUES, "cmin": 0.0, "cmax": 1.0}
    known = values[np.isfinite(values) & (values < 1 - 1e-9)]
    low, high = (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)
    return {"colorscale": BLUES, "cmin": low, "cmax": max(high, low + 1e-6)}


def cosine_trace(matrix: NDArray[np.floating], names: Sequence[str], hover: str) -> go.Heatmap:
    """Return a square heatmap on the figure's shared colour axis.

    Args:
        matrix: (n, n).
        names: n texts for rows and columns, all different.
        hover: Plotly's hover template.
    """
    return go.Heatmap(
        z=np.round(matrix, 4).astype(np.float32),
        x=list(names),
        y=list(names),
        coloraxis="coloraxis",
        hovertemplate=hover,
        xgap=0.6,
        ygap=0.6,
    )


def negative_marks(
    matrix: NDArray[np.floating], names: Sequence[str], *, size: float
) -> go.Scatter | None:
    """Return strokes over the negative cells, which a scale from 0 cannot show; None for none.

    Args:
        matrix: (n, n).
        names: as in `cosine_trace`.
        size: of a stroke, in pixels.
    """
    cells = np.argwhere(matrix < 0).tolist()
    if not cells:
        return None
    return go.Scatter(
        x=[names[column] for _, column in cells],
        y=[names[row] for row, _ in cells],
        mode="markers",
        marker={
            "symbol": "line-ne-open",
            "size": size,
            "color": "#b2182b",
            "line": {"width": 1.2, "color": "#b2182b"},
        },
        hoverinfo="skip",
        showlegend=False,
    )


def square(figure: go.Figure, **options: Any) -> None:
    """Make cells square, first row on top, in all subplots of a figure."""
    figure.update_xaxes(
        type="category", showgrid=False, constrain="domain", zeroline=False, **options
    )
    figure.update_yaxes(
        type="category",
        showgrid=False,
        constrain="domain",
        constraintoward="top",
        autorange="reversed",
        zeroline=False,
        **options,
    )
    for axis in figure.select_yaxes():
        axis.scaleanchor = axis.anchor or "x"
