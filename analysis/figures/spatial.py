"""Figures of the sensors: their projection, their similarity, and their clusters' readings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.figures.brackets import runs
from analysis.figures.colouring import Colouring, group_texts
from analysis.figures.colours import NEUTRAL, readable_on
from analysis.figures.cosines import scale_options
from analysis.figures.style import (
    bare_axes,
    block_starts,
    colour_bar,
    fills_half,
    styled,
    styled_series,
    table_of,
    values_title,
)
from analysis.limits import points_drawn
from himnet import texts

MAX_CELLS = 400  # per side; larger heatmaps are slow to send and finer than a screen
_ABOVE = 15  # pixels, so that a number does not hide its sensor
_TITLE_SHARE = 0.025  # of the sensors: smaller blocks of a heatmap have no room for a name


def sensor_scatter(
    points: NDArray[np.floating],
    colouring: Colouring,
    *,
    ids: Sequence[str],
    roads: Sequence[str],
    labels: NDArray[np.int64],
    emphasised: NDArray[np.bool_] | None = None,
    selected: NDArray[np.bool_] | None = None,
    height: int | None = None,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the sensors in two dimensions, one point each, with cluster numbers at the centres.

    In a large city, a random sample is drawn; see `analysis.limits`.

    Args:
        points: (N, 2) of a projection; NaN for those not to be drawn.
        colouring: of the N points.
        ids, roads: N texts for the tooltip; ids are the first column of `customdata`, unescaped.
        labels: (N,) cluster numbers.
        emphasised: (N,) which points to draw strongly, the others faintly. None: all the same.
        selected: (N,) which points to draw with a ring.
        height: in pixels, of half a page; the axes are equal as long as the points then fill half
            of it. None: equal axes and a height that fits the points.
        meta: choices to store with the figure.
    """
    kept = points_drawn(np.isfinite(points).all(axis=1))
    if len(kept) < len(points):
        points, labels, colouring = points[kept], labels[kept], colouring.at(kept)
        ids, roads = [ids[place] for place in kept], [roads[place] for place in kept]
        emphasised = None if emphasised is None else emphasised[kept]
        selected = None if selected is None else selected[kept]
    about = [f"{texts.plotly(road)}<br>" if road else "" for road in roads]
    value = "" if colouring.name == "cluster" else "<br>%{customdata[3]}"
    figure = go.Figure(
        go.Scatter(
            x=np.round(points[:, 0], 3),
            y=np.round(points[:, 1], 3),
            mode="markers",
            marker=_marks(colouring, emphasised, selected),
            customdata=table_of(
                ids, about, map(int, labels), group_texts(colouring), texts.plotlies(ids)
            ),
            hovertemplate="<b>%{customdata[4]}</b><br>%{customdata[1]}cluster %{customdata[2]}"
            + value
            + "<extra></extra>",
            showlegend=False,
        )
    )
    if colouring.name == "cluster":
        _number_clusters(figure, points, labels, colouring)
    else:
        _add_legend(figure, colouring)
    bare_axes(styled(figure, meta=meta), points)
    if height is not None:
        figure.update_layout(height=height)
        if not fills_half(points, height):
            figure.update_yaxes(scaleanchor=None, scaleratio=None)
    return figure


def _marks(
    colouring: Colouring,
    emphasised: NDArray[np.bool_] | None,
    selected: NDArray[np.bool_] | None,
) -> dict[str, Any]:
    """Return how the points of `sensor_scatter` look."""
    marks: dict[str, Any] = {
        "color": list(colouring.colours),
        "size": 9,
        "opacity": 0.95,
        "line": {"width": 1, "color": NEUTRAL},  # seen on light and dark pages
    }
    if selected is not None:
        marks["size"] = np.where(selected, 14, 9).tolist()
        marks["line"]["width"] = np.where(selected, 2.5, 1).tolist()
    if emphasised is not None:
        strong = emphasised if selected is None else emphasised | selected
        marks["opacity"] = np.where(strong, 0.95, 0.2).tolist()
    return marks


def _add_legend(figure: go.Figure, colouring: Colouring) -> None:
    """Add a legend of groups or values; clusters need none, since they are numbered."""
    for name, colour in colouring.legend:
        figure.add_scatter(
            x=[None], y=[None], mode="markers", name=texts.plotly(name),
            marker={"color": colour, "size": 9},
        )  # fmt: skip
    figure.update_layout(
        showlegend=bool(colouring.legend),
        legend={"title": texts.plotly(colouring.name), "itemclick": False},
    )


def _number_clusters(
    figure: go.Figure,
    points: NDArray[np.floating],
    labels: NDArray[np.int64],
    colouring: Colouring,
) -> None:
    """Write each cluster's number above the member nearest to the cluster's centre."""
    colours = dict(zip(labels.tolist(), colouring.colours, strict=True))
    drawn = np.isfinite(points).all(axis=1)
    figure.update_layout(
        annotations=[
            {
                "x": float(middle[0]),
                "y": float(middle[1]),
                "text": f"<b>{number}</b>",
                "showarrow": False,
                "yshift": _ABOVE,
                "bgcolor": colours[number],
                "font": {"size": 12, "color": readable_on(colours[number])},
                "borderpad": 2,
            }
            for number, middle in cluster_middles(points[drawn], labels[drawn]).items()
        ]
    )


def cluster_middles(
    points: NDArray[np.floating], labels: NDArray[np.int64]
) -> dict[int, NDArray[np.floating]]:
    """Return for each cluster number the point (2,) of the member nearest to its centre.

    Args:
        points: (N, 2).
        labels: (N,).
    """
    middles = {}
    for number in np.unique(labels):
        own = points[labels == number]
        nearest = np.linalg.norm(own - np.median(own, axis=0), axis=1).argmin()
        middles[int(number)] = own[nearest]
    return middles


def cluster_series(
    times: NDArray[Any],
    means: NDArray[np.floating],
    chosen: Sequence[int],
    *,
    colours: Sequence[str],
    names: Mapping[int, str] | None = None,
    quantity: str,
    unit: str,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the mean readings of some clusters over time, with gaps if missing.

    Args:
        times: (T,) datetime64, or days from the first step without a calendar.
        means: (T, k), NaN if missing.
        chosen: cluster numbers to draw.
        colours: k ``#rrggbb`` colours of the clusters.
        names: of the clusters; None numbers them.
        quantity, unit: for the axis.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    has_calendar = np.issubdtype(times.dtype, np.datetime64)
    for number in chosen:
        figure.add_scatter(
            x=times,
            y=np.round(means[:, number], 2).astype(np.float32),
            mode="lines",
            connectgaps=False,
            name=f"cluster {number}" if names is None else texts.plotly(names[number]),
            line={"color": colours[number], "width": 1.6},
            hovertemplate=f"%{{y:.1f}} {texts.plotly(unit)}",
        )
    day = 24 * 3600 * 1000 if has_calendar else 1
    figure.update_xaxes(dtick=day, title=None if has_calendar else "day")
    if has_calendar:
        figure.update_xaxes(tickformat="%a %d %b")
    styled_series(figure, values_title(quantity, unit))
    return styled(figure, height=340, meta=meta)


def sensor_heatmap(
    cosine: NDArray[np.floating],
    order: NDArray[np.int64],
    groups: Sequence[str],
    *,
    ids: Sequence[str],
    title: str,
    most_cells: int = MAX_CELLS,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the cosine similarities of all sensors, ordered so that groups are blocks.

    Above `most_cells` sensors, consecutive sensors in the order are averaged.

    Args:
        cosine: (N, N).
        order: (N,) sensors from top to bottom and left to right.
        groups: N group names; consecutive sensors of one group are framed and named.
        ids: N sensor ids.
        title: of the colour bar.
        most_cells: per side.
        meta: choices to store with the figure.
    """
    starts = block_starts(len(order), most_cells)
    cells = _block_means(cosine[np.ix_(order, order)], starts)
    # names that are not numeric, or Plotly would take ids for positions on the axis
    cells_of = ([ids[n] for n in block] for block in np.split(order, starts[1:]))
    names = texts.plotlies(map(cell_name, cells_of))
    scale = scale_options(cells, "sign")
    figure = go.Figure(
        go.Heatmap(
            z=np.round(cells, 3).astype(np.float32),
            x=names,
            y=names,
            colorscale=scale["colorscale"],
            zmin=scale["cmin"],
            zmax=scale["cmax"],
            colorbar=colour_bar(title),
            hovertemplate="%{y}<br>%{x}<br>cosine %{z:.2f}<extra></extra>",
        )
    )
    frame_blocks(figure, [groups[n] for n in order], len(starts))
    styled(figure, height=620, meta=meta)
    figure.update_xaxes(type="category", tickangle=-90, ticklen=0, showgrid=False)
    figure.update_yaxes(
        type="category", autorange="reversed", ticklen=0, showgrid=False, scaleanchor="x"
    )
    figure.update_xaxes(constrain="domain")
    figure.update_yaxes(constrain="domain")
    return figure


def cell_name(ids: Sequence[str]) -> str:
    """Return the name of a heatmap's row of one or several consecutive sensors."""
    return f"sensor {ids[0]}" if len(ids) == 1 else f"sensors {ids[0]} to {ids[-1]}"


def _block_means(matrix: NDArray[np.floating], starts: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the means of the blocks of a matrix that start at the given rows and columns."""
    sizes = np.diff(np.append(starts, len(matrix))).astype(np.float64)
    sums = np.add.reduceat(np.add.reduceat(matrix, starts, axis=0), starts, axis=1)
    return np.asarray(sums / np.outer(sizes, sizes), dtype=np.float64)


def frame_blocks(figure: go.Figure, groups: Sequence[str], cells: int) -> None:
    """Separate blocks of equal groups by thin lines, and name those that are large enough."""
    stride = -(-len(groups) // cells)
    shapes, ticks = [], []
    line = {"width": 0.6, "color": NEUTRAL}
    low, high = -0.5, cells - 0.5
    for start, end, _, name in runs(groups, groups):
        if start:
            at = start / stride - 0.5
            shapes.append({"type": "line", "x0": at, "x1": at, "y0": low, "y1": high})
            shapes.append({"type": "line", "y0": at, "y1": at, "x0": low, "x1": high})
        if end - start >= _TITLE_SHARE * len(groups):
            ticks.append(((start + end - 1) / 2 / stride, name))
    figure.update_layout(shapes=[shape | {"line": line} for shape in shapes])
    named = {
        "tickmode": "array",
        "tickvals": [round(place) for place, _ in ticks],
        "ticktext": texts.plotlies(name for _, name in ticks),
    }
    figure.update_xaxes(named)
    figure.update_yaxes(named)
