"""The learnt graph: a figure of this project, not of the paper.

Shares of rows, trained and untrained (a); the largest excesses on the map (b); all excesses, in the
order of roads or clusters (c).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.collections import LineCollection
from matplotlib.colors import LinearSegmentedColormap, Normalize
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.graphs.edges import Edges, largest_edges
from analysis.graphs.learnt import Floats, LearntGraph
from analysis.graphs.of_model import decoder_graph, encoder_graph
from analysis.graphs.order import Group, sensor_order
from analysis.graphs.over_time import most_moments
from analysis.graphs.shares import Shares, shares_of, shares_of_rows, stacked
from analysis.graphs.stored import GraphFindings, stored_graph
from analysis.limits import evenly
from analysis.material import Material
from analysis.paper.arrange import Cell
from analysis.paper.canvas import (
    GREY,
    INK,
    PALE,
    Width,
    beside,
    cut_to,
    laid_out,
    legend_below,
    letter,
    place_mm,
)
from analysis.paper.captions import caption_of, panel_letters
from analysis.paper.city import (
    WITHOUT_PLACES,
    City,
    city_if_known,
    draw_city,
    draw_sensors,
    name_freeways,
)
from analysis.paper.panels import colour_bar
from analysis.paper.save import Drawn
from analysis.paper.settings import TITLES, FigureSettings

FIGURE = "graph"
EDGES = 200  # of the map
_UNTRAINED, _SEED = 5, 2_000_000
_PARTS = {"floor": "floor", "own": "self", "others": "others"}
_MOST_CELLS = 300  # of the matrix, in each direction
_LEAST_NAME_MM = 2.3  # of a group in the matrix, beside which its name has room
_SHADES = LinearSegmentedColormap.from_list("excess", ("white", "#9aa4b2", INK), N=256)
_TOP = 0.99  # quantile of the cells at which the shades end


@dataclass(frozen=True)
class _Bar:
    """The shares of one kind of graph.

    Attributes:
        name: of the kind.
        marker: its shape.
        filled: whether the model is trained.
        spans: by part: 5 % quantile, median and 95 % quantile.
    """

    name: str
    marker: str
    filled: bool
    spans: Mapping[str, tuple[float, float, float]]


def learnt_graph_figure(
    material: Material, settings: FigureSettings | None = None, *, width: Width
) -> Drawn:
    """Draw the shares of rows (a), the largest excesses on the map (b), and all excesses (c).

    What was stored by `python -m analysis graph --save` is used where it is there.

    Args:
        material: the checkpoint; the map needs the places of the sensors.
        settings: may choose panels.
        width: of the column.

    Raises:
        AnalysisError: for a model without an encoders' graph, or if no chosen panel can be drawn.
    """
    graph, sensors = encoder_graph(material.model), material.info.sensors
    city = city_if_known(sensors, material.basemap)
    asked = (settings or FigureSettings()).panels_of(FIGURE)
    chosen = [name for name in asked if name != "b" or city is not None]
    if not chosen:
        raise AnalysisError(f"{WITHOUT_PLACES}, so there is no map")
    cells = {name: _cell(name, width) for name in chosen}
    figure, panels = laid_out(cells, width)
    letters, captions = panel_letters(chosen), {}
    for name, axes in panels.items():
        letter(axes, letters[name], _TITLES[name], left_mm=cells[name].left - 1)
    if "a" in panels:
        bars = _bars(material, graph)
        _shares(panels["a"], bars)
        captions["a"] = _said_of_shares(bars)
    if "b" in panels and city is not None:
        edges = largest_edges(graph, min(EDGES, len(graph) ** 2))
        _map(panels["b"], city, edges)
        captions["b"] = _said_of_map(edges, len(graph))
    if "c" in panels:
        groups, by = sensor_order(material)
        captions["c"] = _matrix(panels["c"], graph, groups, by)
    own = "Not a figure of the paper: the graphs of one trained model (single seed). "
    left_out = f" The map is omitted because {WITHOUT_PLACES}." if chosen != list(asked) else ""
    return Drawn(figure, own + caption_of(letters, captions) + left_out, title=TITLES[FIGURE])


_TITLES = {
    "a": "shares of a row's weight",
    "b": "largest excesses",
    "c": "excess over the floor, times N",
}


def _cell(name: str, width: Width) -> Cell:
    """Return what a panel needs; at the width of a column, each has a row."""
    alone = width == "single"
    if name == "a":
        ratio = 0.28 if alone else 0.7
        return Cell(left=10, right=4, top=6, bottom=11, ratio=ratio, alone=alone)
    if name == "b":
        return Cell(left=1, right=1, top=6, bottom=2, ratio=0.8, alone=alone)
    return Cell(left=14, right=11, top=6, bottom=3, square=True, alone=alone)


# Shares of rows.


def _bars(material: Material, graph: LearntGraph) -> list[_Bar]:
    """Return what is known of trained and untrained graphs, from the stored findings if any."""
    model = material.model
    found = _stored(material)
    if found is not None:
        untrained = found.untrained
    else:
        fresh = (encoder_graph(model.untrained(seed=_SEED + n)) for n in range(_UNTRAINED))
        untrained = stacked(shares_of([one]) for one in fresh)
    trained = Shares(shares_of_rows(graph.rows).quantiles[None])
    bars = [
        _bar("encoders, trained", "o", trained, filled=True),
        _bar("encoders, untrained", "o", untrained, filled=False),
    ]
    if found is not None and found.decoder is not None:
        decoder = found.decoder
        bars.append(_bar("decoder, trained", "s", decoder.by_hour, filled=True))
        if len(decoder.untrained.quantiles):
            bars.append(_bar("decoder, untrained", "s", decoder.untrained, filled=False))
    elif material.track is not None and not model.why_not("moment", generated=False):
        rows = evenly(len(material.track), min(24, most_moments(model.num_nodes)))
        embedding = material.track.st_embedding[rows]
        shares = stacked(shares_of([decoder_graph(model, one)]) for one in embedding)
        bars.append(_bar("decoder, trained", "s", shares, filled=True))
    return bars


def _stored(material: Material) -> GraphFindings | None:
    """Return what was measured before; None if that was not done, or cannot be read."""
    try:
        found = stored_graph(material.arrays)
    except AnalysisError:
        return None
    return None if found is None else found[0]


def _bar(name: str, marker: str, shares: Shares, *, filled: bool) -> _Bar:
    spans = {
        part: (
            float(shares.of(part, 0.05).min()),
            float(np.median(shares.of(part))),
            float(shares.of(part, 0.95).max()),
        )
        for part in _PARTS
    }
    return _Bar(name, marker, filled, spans)


def _shares(axes: Axes, bars: Sequence[_Bar]) -> None:
    """Draw medians and ranges: circles and squares, full and hollow, so that grey is enough."""
    step = 0.8 / len(bars)
    for number, bar in enumerate(bars):
        colour = INK if bar.filled else GREY
        for row, part in enumerate(_PARTS):
            low, middle, high = bar.spans[part]
            place = row + (number - (len(bars) - 1) / 2) * step
            axes.plot([low, high], [place, place], color=colour, lw=0.8, zorder=2)
            axes.plot(
                [middle], [place], bar.marker, color=colour, markersize=3.2, zorder=3,
                markerfacecolor=colour if bar.filled else "white", markeredgewidth=0.7,
                label=bar.name if row == 0 else None,
            )  # fmt: skip
    axes.set_yticks(range(len(_PARTS)), list(_PARTS.values()))
    axes.set_ylim(len(_PARTS) - 0.5, -0.5)
    axes.set_xlim(-0.02, 1.02)
    axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=GREY, alpha=0.2, lw=0.4)
    legend_below(axes, 2, gap=10.0)


def _said_of_shares(bars: Sequence[_Bar]) -> str:
    told = "; ".join(
        f"{bar.name}: {', '.join(f'{_PARTS[part]} {bar.spans[part][1]:.1%}' for part in _PARTS)}"
        for bar in bars
    )
    known = any(bar.marker == "s" and not bar.filled for bar in bars)
    missing = (
        "" if known else " Untrained decoders are not shown: python -m analysis graph --save "
        "measures them on the readings."
    )  # fmt: skip
    return (
        "What a row of the graph softmax(relu(S)) consists of: the floor that each sensor gets "
        "where scores are not positive, and the excess over it on the sensor itself and on "
        "others. Markers: medians over sensors (of the decoder, over the hours too); lines: 5 to "
        f"95 % of sensors, the widest of hours or untrained models. Medians: {told}.{missing}"
    )


# The map.


def _map(axes: Axes, city: City, edges: Edges) -> None:
    draw_city(axes, city)
    top = float(edges.excess.max()) if len(edges) else 1.0
    strength = edges.excess / top
    weakest_first = np.argsort(strength, kind="stable")
    lines = np.stack([city.places[edges.readers], city.places[edges.read]], axis=1)
    axes.add_collection(
        LineCollection(
            list(lines[weakest_first]), colors=INK, linewidths=0.3 + 0.9 * strength[weakest_first],
            alpha=0.45, zorder=3, capstyle="round",
        ),
        autolim=False,
    )  # fmt: skip
    draw_sensors(axes, city.places, GREY, size=4.0)
    name_freeways(axes, city)


def _said_of_map(edges: Edges, count: int) -> str:
    share = float(edges.shares[-1]) if len(edges) else 0.0
    return (
        f"The {len(edges):,} largest excesses of the encoders' graph on other sensors, out of "
        f"{count * (count - 1):,}: together {share:.1%} of all excess, wider lines for larger ones."
    )


# The matrix.


def _matrix(axes: Axes, graph: LearntGraph, groups: Sequence[Group], by: str) -> str:
    """Draw the excesses in the order of groups; return what the caption says."""
    order = np.concatenate([group.members for group in groups])
    cells, size = _in_cells(graph, order)
    ends = Normalize(0, float(np.quantile(cells, _TOP)) or 1.0)
    count = len(order)
    image = axes.imshow(
        cells, cmap=_SHADES, norm=ends, interpolation="nearest", extent=(0, count, count, 0)
    )
    borders = np.cumsum([len(group.members) for group in groups])
    for border in borders[:-1]:
        axes.axhline(border, color=PALE, lw=0.3)
        axes.axvline(border, color=PALE, lw=0.3)
    _name_groups(axes, groups, borders)
    for side in axes.spines.values():
        side.set_visible(True)
        side.set_color(PALE)
    colour_bar(beside(axes), ScalarMappable(image.norm, _SHADES), "")
    mean = "" if size == 1 else f" A cell is the mean of {size} by {size} sensors."
    return (
        f"Excess of the encoders' graph, times N (1 is a uniform row's weight), sensors in the "
        f"order of {by}; row: who reads, column: who is read.{mean} The diagonal is left out, and "
        f"the shades end at the {_TOP:.0%} quantile."
    )


def _in_cells(graph: LearntGraph, order: NDArray[np.int64]) -> tuple[Floats, int]:
    """Return mean excesses times N in cells (m, m) without the diagonal, and a cell's width."""
    count = len(order)
    size = -(-count // _MOST_CELLS)
    starts = np.arange(0, count, size)
    widths = np.diff(np.append(starts, count))
    cells = np.empty((len(starts), len(starts)))
    for place, start in enumerate(starts):
        rows = order[start : start + size]
        excess = graph.excess(rows)
        excess[np.arange(len(rows)), rows] = 0
        cells[place] = np.add.reduceat(excess[:, order].sum(axis=0), starts)
    pairs = np.outer(widths, widths) - np.diag(widths)
    return count * cells / np.maximum(pairs, 1), size


def _name_groups(axes: Axes, groups: Sequence[Group], borders: NDArray[np.int64]) -> None:
    """Write the names of the groups that are high enough beside the rows."""
    left, _, _, high = place_mm(axes)
    count = borders[-1]
    named = [
        (border - len(group.members) / 2, group.name)
        for group, border in zip(groups, borders, strict=True)
        if group.name and len(group.members) / count * high >= _LEAST_NAME_MM
    ]
    axes.set_xticks([])
    axes.set_yticks([place for place, _ in named], [name for _, name in named])
    axes.tick_params(axis="y", length=0)
    labels = axes.get_yticklabels()
    for label in labels:
        cut_to(label, axes.get_window_extent().x0 * (1 - 2.0 / left))
    axes.set_yticks([place for place, _ in named], [label.get_text() for label in labels])
