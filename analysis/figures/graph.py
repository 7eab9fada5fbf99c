"""Figures of a learnt graph: the parts of its rows, its edges on a map, and its matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.city.maps import LIGHT
from analysis.figures.colouring import Colouring
from analysis.figures.colours import BLUES, DIFFERENCES, NEUTRAL, Scale, readable_on
from analysis.figures.film import add_controls
from analysis.figures.spatial import cell_name, frame_blocks
from analysis.figures.style import colour_bar, styled
from analysis.graphs.average import AverageRow
from analysis.graphs.edges import Edges
from analysis.graphs.learnt import Floats
from himnet import texts

PARTS: dict[str, str] = {  # part of a row, and its colour
    "floor": "#b9c0c8",
    "self": "#8b74d6",
    "others": "#e15a00",
}
EDGE_COLOUR = PARTS["others"]
_WIDTHS = (0.8, 1.3, 2.0, 3.0)  # pixels of the edges, from the smallest to the largest drawn
_OPACITIES = (0.35, 0.5, 0.65, 0.85)
_BEND = 0.12  # of an edge's length, to the right of the way from the reader to what it reads
_BENT = np.linspace(0, 1, 9)
_DOT = 6  # its place in that list: nearer to the sensor that is read
_TOP = 99.0  # percentile of the cells at which a matrix's colours end
_BAR = 30  # pixels of a bar
_SLIDER = 0.45  # share of an animation's width, left of its slider
_SMALLER = 3  # pixels by which sensors shrink between edges


@dataclass(frozen=True)
class Places:
    """Where the sensors of a map are drawn.

    Attributes:
        latitude, longitude: (N,) degrees.
    """

    latitude: Floats
    longitude: Floats


def row_parts(
    bars: Mapping[str, AverageRow], *, meta: Mapping[str, Any] | None = None
) -> go.Figure:
    """Draw what an average row of some graphs consists of, a bar for each.

    Args:
        bars: names to parts, from top to bottom.
        meta: choices to store with the figure.
    """
    figure, names = go.Figure(), texts.plotlies(bars)
    shares = np.array([(one.floor, one.own, one.others) for one in bars.values()])
    for (part, colour), share in zip(PARTS.items(), shares.T, strict=True):
        figure.add_bar(
            y=names, x=np.round(100 * share, 3), orientation="h", name=part,
            marker={"color": colour, "line": {"width": 0}},
            text=[f"{part} {100 * value:.1f} %" if value > 0.14 else "" for value in share],
            textposition="inside", insidetextanchor="middle",
            insidetextfont={"color": readable_on(colour)}, constraintext="none",
            hovertemplate=f"%{{y}}: {part} %{{x:.2f}} %<extra></extra>",
        )  # fmt: skip
    figure.update_layout(
        barmode="stack", bargap=0.22, showlegend=True,
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    )  # fmt: skip
    styled(figure, height=44 + _BAR * len(bars), meta=meta)
    figure.update_layout(margin={"t": 26, "b": 4})
    figure.update_xaxes(range=[0, 100], ticksuffix=" %", dtick=25, ticklen=0)
    figure.update_yaxes(autorange="reversed", ticks="", type="category")
    return figure


def with_edges(figure: go.Figure, edges: Edges, places: Places, about: Sequence[str]) -> go.Figure:
    r"""Draw edges below the sensors of a map, in place.

    Each edge is bent to the right of the way from the sensor that reads to the one that it reads,
    so that both directions of a pair are seen, and its dot lies nearer to the latter. The sensors
    become smaller, so that short edges are seen.

    Args:
        figure: of `analysis.figures.city.city_scatter`.
        edges: the edges.
        places: where the sensors are drawn.
        about: a text for each edge, with lines separated by ``\n``.
    """
    for trace in figure.data:
        trace.marker.size -= _SMALLER
    if not len(edges):
        return figure
    longitude, latitude = _bent(edges, places)
    low, high = float(edges.excess.min()), float(edges.excess.max())
    strength = (edges.excess - low) / (high - low) if high > low else np.ones(len(edges))
    number = np.minimum((strength * len(_WIDTHS)).astype(int), len(_WIDTHS) - 1)
    lines = [
        go.Scattermap(
            lon=_joined(longitude[number == step]), lat=_joined(latitude[number == step]),
            mode="lines", line={"width": _WIDTHS[step], "color": EDGE_COLOUR},
            opacity=_OPACITIES[step], hoverinfo="skip", showlegend=False,
        )
        for step in np.unique(number).tolist()
    ]  # fmt: skip
    told = ["<br>".join(texts.plotlies(text.split("\n"))) for text in about]
    # no customdata: by that, the browser finds the trace of the sensors
    dots = go.Scattermap(
        lon=np.round(longitude[:, _DOT], 6), lat=np.round(latitude[:, _DOT], 6), mode="markers",
        marker={"size": 5, "color": EDGE_COLOUR}, opacity=0.75, text=told,
        hovertemplate="%{text}<extra></extra>", showlegend=False,
    )  # fmt: skip
    figure.add_traces([*lines, dots])
    added = len(lines) + 1
    figure.data = (*figure.data[-added:], *figure.data[:-added])
    return figure


def with_values(figure: go.Figure, colouring: Colouring) -> go.Figure:
    """Write in a corner of a map what the colours of a number mean, in place; nothing for groups.

    The corner is light on a dark map too, or the darkest colours would not be seen there.

    Args:
        figure: of `analysis.figures.city.city_scatter`.
        colouring: of its sensors.
    """
    if colouring.kinds or not colouring.legend:
        return figure
    marks = "  ".join(
        f'<span style="color:{colour}">●</span> {texts.plotly(name)}'
        for name, colour in colouring.legend
    )
    return figure.add_annotation(
        text=f"{texts.plotly(colouring.name)}<br>{marks}", x=0, y=1, xref="paper", yref="paper",
        xanchor="left", yanchor="top", align="left", showarrow=False,
        bgcolor=LIGHT.background, opacity=0.9, borderpad=3, font={"size": 11, "color": LIGHT.text},
    )  # fmt: skip


def _bent(edges: Edges, places: Places) -> tuple[Floats, Floats]:
    """Return longitude and latitude (m, k) along each edge, a parabola from reader to read."""
    points = np.column_stack([places.longitude, places.latitude])
    squeeze = np.cos(np.radians(float(np.nanmean(places.latitude))))
    start, end = points[edges.readers], points[edges.read]
    way = (end - start) * np.array([squeeze, 1.0])
    aside = np.column_stack([way[:, 1] / squeeze, -way[:, 0]])  # to the right, on the ground
    bulge = 4 * _BEND * _BENT * (1 - _BENT)
    line = (
        start[:, None, :]
        + _BENT[None, :, None] * (end - start)[:, None, :]
        + bulge[None, :, None] * aside[:, None, :]
    )
    return line[..., 0], line[..., 1]


def _joined(lines: Floats) -> list[float | None]:
    """Return the coordinates of several lines (m, k) one after another, with None between."""
    ends = np.full((len(lines), 1), np.nan)
    flat = np.round(np.concatenate([lines, ends], axis=1), 6).ravel().tolist()
    return [None if place != place else place for place in flat]


def excess_heatmap(
    cells: Floats,
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    groups: Sequence[str],
    **look: Any,
) -> go.Figure:
    """Draw the mean excesses of a graph in units of 1 / N, the rows that read from top to bottom.

    The colours end at the 99th percentile of the cells.

    Args:
        cells: (m, m) of `analysis.graphs.matrix.mean_cells`, times N.
        order: (n,) sensors from top to bottom and left to right.
        starts: (m,) where the cells begin in that order.
        groups: N group names; consecutive sensors of one group are framed and named.
        look: `ids`, the N sensor ids; `height` in pixels; `meta`, choices to store with the figure.
    """
    top = _top(cells)
    return _matrix(cells, order, starts, groups, BLUES, (0.0, top), "excess (units of 1/N)", **look)


def change_heatmap(
    cells: Floats,
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    groups: Sequence[str],
    **look: Any,
) -> go.Figure:
    """Draw how the weights of a graph differ from their mean over a day; as `excess_heatmap`."""
    top, title = _top(np.abs(cells)), "change (units of 1/N)"
    return _matrix(cells, order, starts, groups, DIFFERENCES, (-top, top), title, **look)


def _top(cells: Floats) -> float:
    """Return where the colours of a matrix end."""
    known = cells[np.isfinite(cells)]
    top = float(np.percentile(known, _TOP)) if len(known) else 0.0
    return top or float(known.max(initial=0.0)) or 1e-9


def _matrix(
    cells: Floats,
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    groups: Sequence[str],
    scale: Scale,
    ends: tuple[float, float],
    title: str,
    *,
    ids: Sequence[str],
    height: int,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    of_cells = ([ids[n] for n in block] for block in np.split(order, starts[1:]))
    names = texts.plotlies(map(cell_name, of_cells))
    figure = go.Figure(
        go.Heatmap(
            z=_rounded(cells),
            x=names,
            y=names,
            colorscale=scale,
            zmin=ends[0],
            zmax=ends[1],
            colorbar=colour_bar(title),
            hovertemplate="%{y} reads<br>%{x}<br>%{z:.3g} / N<extra></extra>",
            hoverongaps=False,
        )
    )
    frame_blocks(figure, [groups[n] for n in order], len(starts))
    styled(figure, height=height, meta=meta)
    figure.update_layout(margin={"t": 8, "b": 8, "l": 4, "r": 4})
    bare = {"type": "category", "ticklen": 0, "showgrid": False, "constrain": "domain"}
    figure.update_xaxes(bare, tickangle=-90, title={"text": "is read", "standoff": 4})
    figure.update_yaxes(
        bare, autorange="reversed", scaleanchor="x", title={"text": "reads", "standoff": 4}
    )
    return figure


def parts_over_day(
    hours: NDArray[np.floating],
    parts: Mapping[str, NDArray[np.floating]],
    *,
    cursor: float | None = None,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw what the average row consists of over a day, as stacked areas.

    Args:
        hours: (M,) hours since midnight.
        parts: the names in `PARTS` to shares (M,), 0 to 1.
        cursor: an hour to mark; None for none.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    for name, colour in PARTS.items():
        figure.add_scatter(
            x=hours, y=np.round(100 * parts[name], 3), name=name, mode="lines", stackgroup="row",
            line={"width": 0.5, "color": colour}, fillcolor=colour,
            hovertemplate="%{y:.1f} %",
        )  # fmt: skip
    if cursor is not None:
        figure.add_vline(x=cursor, line={"color": "#d62246", "width": 2})
    styled(figure, height=250, meta=meta)
    figure.update_layout(
        hovermode="x unified", margin={"t": 30, "b": 8},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
    )  # fmt: skip
    figure.update_xaxes(title="hour of day", dtick=3, range=[0, 24])
    figure.update_yaxes(range=[0, 100], ticksuffix=" %", title="of an average row")
    return figure


def growth(
    steps: Sequence[str],
    parts: Sequence[AverageRow],
    auc: Sequence[float | None],
    *,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw how a graph grows over the steps of a training run.

    Args:
        steps: a label for each snapshot, the trained model last.
        parts: of the average row, one each.
        auc: of the score for the same road and direction, one each; None where it is not defined.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    figure.add_scatter(
        x=list(steps), y=[round(100 * one.others, 3) for one in parts], name="excess over others",
        mode="lines+markers", line={"color": PARTS["others"], "width": 2.4},
        hovertemplate="%{y:.2f} % of an average row",
    )  # fmt: skip
    if any(one is not None for one in auc):
        figure.add_scatter(
            x=list(steps), y=[None if one is None else round(one, 4) for one in auc],
            name="AUC, same road and direction (right axis)", mode="lines+markers", yaxis="y2",
            line={"color": "#005a87", "width": 2.4, "dash": "dash"}, hovertemplate="%{y:.3f}",
        )  # fmt: skip
        figure.update_layout(
            yaxis2={
                "overlaying": "y", "side": "right", "title": "AUC", "range": [0.4, 1.0],
                "dtick": 0.1, "tickmode": "linear", "showgrid": False, "tickcolor": NEUTRAL,
            }
        )  # fmt: skip
    styled(figure, height=300, meta=meta)
    figure.update_layout(
        hovermode="x unified", margin={"t": 34, "b": 8, "r": 60},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    )  # fmt: skip
    figure.update_xaxes(title="training step", type="category")
    figure.update_yaxes(rangemode="tozero", ticksuffix=" %", selector={"side": None})
    figure.update_layout(yaxis={"ticksuffix": " %", "title": "excess over others"})
    return figure


@dataclass(frozen=True, eq=False)
class Frame:
    """A graph at one moment or step of a training.

    Attributes:
        label: on the slider.
        told: written above its matrix.
        cells: (m, m) its mean excesses, times N.
    """

    label: str
    told: str
    cells: Floats


def graph_film(
    frames: Sequence[Frame],
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
    groups: Sequence[str],
    **look: Any,
) -> go.Figure:
    """Draw an animation of a graph's matrix, on the colour scale of the frame with the most.

    Args:
        frames: at least one.
        order, starts, groups, look: as for `excess_heatmap`, the same in all frames.
    """
    widest = max(frames, key=lambda frame: _top(frame.cells))
    figure = excess_heatmap(widest.cells, order, starts, groups, **look)
    names = [f"frame-{place}" for place in range(len(frames))]
    figure.update_traces(z=_rounded(frames[0].cells))
    figure.frames = [
        go.Frame(
            name=name, traces=[0], data=[go.Heatmap(z=_rounded(frame.cells))],
            layout={"annotations": [_caption(frame)]},
        )
        for name, frame in zip(names, frames, strict=True)
    ]  # fmt: skip
    figure.update_layout(annotations=[_caption(frames[0])], margin={"t": 30})
    figure.update_xaxes(title=None, showticklabels=False)  # the controls are there
    if len(frames) > 1:
        add_controls(figure, names, [frame.label for frame in frames], left=_SLIDER)
    return figure


def _rounded(cells: Floats) -> NDArray[np.float32]:
    return np.round(cells, 4).astype(np.float32)


def _caption(frame: Frame) -> dict[str, Any]:
    return {
        "text": texts.plotly(frame.told), "xref": "paper", "yref": "paper", "x": 0, "y": 1,
        "yanchor": "bottom", "align": "left", "showarrow": False, "font": {"size": 13},
    }  # fmt: skip
