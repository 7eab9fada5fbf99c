"""Figures of two models side by side: aligned projections, and their differences."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from analysis.figures.colouring import Colouring
from analysis.figures.colours import DIFFERENCES
from analysis.figures.spatial import sensor_heatmap, sensor_scatter
from analysis.figures.style import bare_axes, shared_ranges, styled
from himnet import texts

_TITLE_PIXELS = 44


def side_by_side(
    layouts: tuple[NDArray[np.floating], NDArray[np.floating]],
    colourings: tuple[Colouring, Colouring],
    labels: tuple[NDArray[np.int64], NDArray[np.int64]],
    *,
    titles: tuple[str, str],
    ids: Sequence[str],
    roads: Sequence[str],
    selected: NDArray[np.bool_] | None = None,
    height: int = 430,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the projections of two models side by side on linked axes that fill the figure.

    Args:
        layouts: (n, 2) of the first and second model, aligned, of the same sensors in the same
            order (`analysis.patterns.compare.aligned_layouts`).
        colourings: of both; the same to compare sensors, or each model's own clusters after
            `analysis.geometry.clustering.renumbered_like`.
        labels: (n,) cluster numbers of both.
        titles: of both models.
        ids, roads: n texts for the tooltip; the ids are in `customdata` too.
        selected, meta: as for `analysis.figures.spatial.sensor_scatter`.
        height: in pixels.
    """
    figure = make_subplots(1, 2, subplot_titles=texts.plotlies(titles), horizontal_spacing=0.03)
    for place, one in enumerate(zip(layouts, colourings, labels, strict=True)):
        points, colouring, own = one
        drawn = sensor_scatter(
            points,
            colouring,
            ids=ids,
            roads=roads,
            labels=own,
            selected=selected,
        )
        # one legend is enough if both are equal
        shown = drawn.data[:1] if place and colourings[0].legend == colouring.legend else drawn.data
        figure.add_traces(shown, rows=1, cols=place + 1)
        number = place + 1 if place else ""
        for note in drawn.layout.annotations:
            figure.add_annotation(note, xref=f"x{number}", yref=f"y{number}")
        if drawn.layout.showlegend:
            figure.update_layout(showlegend=True, legend=drawn.layout.legend)
    everything = np.concatenate(layouts)
    # distances in a projection have no scale of their own, so both axes may be stretched
    filled = bare_axes(styled(figure, meta=meta), everything, fills=height)
    shared_ranges(filled, everything)
    figure.update_xaxes(matches="x", col=2)
    figure.update_yaxes(matches="y", col=2)
    figure.update_layout(margin={"t": _TITLE_PIXELS})
    return figure


def difference_heatmap(
    difference: NDArray[np.floating],
    order: NDArray[np.int64],
    groups: Sequence[str],
    *,
    ids: Sequence[str],
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw how much more or less similar all pairs of sensors are in the second model.

    Args:
        difference: (n, n) from `analysis.patterns.compare.cosine_difference`; purple where the
            second model's cosine is higher, green where it is lower, grey where both are equal.
        order, groups, ids, meta: as for `analysis.figures.spatial.sensor_heatmap`.
    """
    title = "difference in cosine"
    figure = sensor_heatmap(difference, order, groups, ids=ids, title=title, meta=meta)
    cells = np.asarray(figure.data[0].z)
    reach = symmetric_reach(cells[~np.eye(len(cells), dtype=bool)])
    figure.update_traces(
        colorscale=DIFFERENCES,
        zmin=-reach,
        zmax=reach,
        hovertemplate="%{y}<br>%{x}<br>second minus first %{z:.2f}<extra></extra>",
    )
    return figure


def symmetric_reach(values: NDArray[np.floating]) -> float:
    """Return the end of a symmetric scale that contains all but a few of some differences."""
    known = np.abs(values[np.isfinite(values)])
    return max(float(np.percentile(known, 99.5)) if known.size else 0.0, 1e-3)
