"""Figures of the tour for a class."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from analysis.figures.colours import DIFFERENCES, with_alpha
from analysis.figures.style import colour_bar, styled, values_title
from analysis.figures.tour_matrix import BINS
from himnet import texts


def distributions(
    values: Mapping[str, NDArray[np.floating]],
    colours: tuple[str, ...],
    *,
    quantity: str,
    unit: str,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the distribution of values of some sensors on one axis.

    Args:
        values: names to numbers; NaN is left out.
        colours: ``#rrggbb``, one for each.
        quantity, unit: for the axis.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    known = {name: one[np.isfinite(one)] for name, one in values.items()}
    every = np.concatenate(list(known.values())) if known else np.zeros(1)
    low, high = float(every.min()), float(every.max())
    wide = max(high - low, 1e-9) / BINS
    # an empty bin at each end, so that a curve does not stop inside a peak
    edges = np.linspace(low - wide, high + 2 * wide, BINS + 4)
    for (name, numbers), colour in zip(known.items(), colours, strict=True):
        counts, _ = np.histogram(numbers, edges)
        figure.add_scatter(
            x=(edges[:-1] + edges[1:]) / 2,
            y=np.round(100 * counts / max(len(numbers), 1), 3),
            mode="lines",
            line={"color": colour, "width": 2.5},
            fill="tozeroy",
            fillcolor=with_alpha(colour, 0.25),
            name=texts.plotly(name),
            hovertemplate=f"%{{x:.0f}} {texts.plotly(unit)}: %{{y:.1f}} %",
        )
    figure.update_layout(legend={"orientation": "h", "y": 1.1, "x": 0}, hovermode="x unified")
    figure.update_xaxes(title=values_title(quantity, unit))
    figure.update_yaxes(title="share of values (%)", rangemode="tozero")
    return styled(figure, height=420, meta=meta)


def two_matrices(
    matrices: Mapping[str, NDArray[np.floating]], *, meta: Mapping[str, Any] | None = None
) -> go.Figure:
    """Draw matrices of weights side by side on one scale.

    Args:
        matrices: titles to (r, c), all of the same shape.
        meta: choices to store with the figure.
    """
    every = np.stack(list(matrices.values()))
    end = max(float(np.quantile(np.abs(every), 0.99)), 1e-6)
    titles = texts.plotlies(matrices)
    figure = make_subplots(1, len(matrices), subplot_titles=titles, horizontal_spacing=0.05)
    for place, matrix in enumerate(matrices.values(), start=1):
        figure.add_heatmap(
            z=np.round(matrix, 3).astype(np.float32), coloraxis="coloraxis", row=1, col=place,
            hovertemplate="row %{y}, column %{x}: %{z:.2f}<extra></extra>",
        )  # fmt: skip
    figure.update_layout(
        coloraxis={
            "colorscale": DIFFERENCES,
            "cmin": -end,
            "cmax": end,
            "colorbar": colour_bar("weight"),
        }
    )
    styled(figure, height=420, meta=meta)
    figure.update_xaxes(title="output channel", showgrid=False)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    figure.update_yaxes(title="input channel", col=1)
    return figure
