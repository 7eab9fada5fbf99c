"""Texts that cover neither each other nor what they name, at the size at which they are printed."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from matplotlib.transforms import Bbox
from numpy.typing import NDArray

_DISTANCES = (0.0, 5.0, 8.0, 11.0, 15.0, 20.0, 26.0)  # points from the anchor
_DIRECTIONS = 16
_LEADER_POINTS = 7.0  # from here on a line leads from the text to what it names
_POINT_WEIGHT, _TEXT_WEIGHT, _OUTSIDE_WEIGHT = 1.0, 200.0, 400.0


def place_labels(
    axes: Axes,
    anchors: NDArray[np.floating],
    texts: Sequence[str],
    *,
    colours: Sequence[str],
    points: NDArray[np.floating],
    boxed: bool = True,
    start: float = 0.0,
    **style: Any,
) -> list[Text]:
    """Write a text near each anchor where it covers no other text and fewest points.

    Args:
        axes: with its final limits and size.
        anchors: (n, 2) in data coordinates.
        texts: n.
        colours: n of the texts, or of the boxes behind them.
        points: (m, 2) in data coordinates, to be left visible.
        boxed: whether each text stands in a box of its colour, white or black.
        start: points between an anchor and the nearest place of its text.
        style: of the texts.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    seen = axes.transData.transform(np.asarray(points)) if len(points) else np.empty((0, 2))
    taken = [_grown(box, 1.0) for box in text_boxes(figure)]
    placed: list[Text] = []
    for anchor, text, colour in zip(anchors, texts, colours, strict=True):
        label = axes.annotate(
            text, anchor, xytext=(0, 0), textcoords="offset points", ha="center", va="center",
            zorder=8, annotation_clip=False, **_look(colour, boxed=boxed), **style,
        )  # fmt: skip
        box = label.get_window_extent()
        best = min(
            _offsets(start),
            key=lambda offset: _cost(offset, box, figure, axes.bbox, seen, taken),
        )
        label.set_position(best)
        if math.hypot(*best) >= _LEADER_POINTS:
            _lead(axes, anchor, best, colour)
        taken.append(_grown(label.get_window_extent(), 1.0))
        placed.append(label)
    return placed


def text_boxes(figure: Figure) -> list[Bbox]:
    """Return the extents, in pixels, of all texts that are seen in a figure."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    found = []
    for text in figure.findobj(Text):
        if text.get_visible() and text.get_text().strip():
            found.append(text.get_window_extent(renderer))
    return found


def readable_on(colour: str) -> str:
    """Return black or white, whichever stands out more on a ``#rrggbb`` colour."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return "#000000" if 0.299 * red + 0.587 * green + 0.114 * blue > 140 else "#ffffff"


def _look(colour: str, *, boxed: bool) -> dict[str, Any]:
    if not boxed:
        return {"color": colour}
    box = {"boxstyle": "round,pad=0.15", "facecolor": colour, "edgecolor": "white", "lw": 0.4}
    return {"color": readable_on(colour), "bbox": box, "fontweight": "bold"}


def _offsets(start: float) -> list[tuple[float, float]]:
    """Return the places that are tried, in points from the anchor, the nearest first."""
    turns = np.arange(_DIRECTIONS) * 2 * math.pi / _DIRECTIONS
    return [
        (round(distance * math.cos(turn), 3), round(distance * math.sin(turn), 3))
        for distance in (start + further for further in _DISTANCES)
        for turn in (turns if distance else turns[:1])
    ]


def _cost(
    offset: tuple[float, float],
    box: Bbox,
    figure: Figure,
    inside: Any,
    seen: NDArray[np.floating],
    taken: Sequence[Bbox],
) -> float:
    scale = figure.dpi / 72
    moved = _grown(box.translated(offset[0] * scale, offset[1] * scale), 1.0)
    hidden = (
        (seen[:, 0] > moved.x0)
        & (seen[:, 0] < moved.x1)
        & (seen[:, 1] > moved.y0)
        & (seen[:, 1] < moved.y1)
    )
    crossed = sum(moved.overlaps(other) for other in taken)
    outside = not (
        inside.x0 <= moved.x0 and moved.x1 <= inside.x1
        and inside.y0 <= moved.y0 and moved.y1 <= inside.y1
    )  # fmt: skip
    return (
        math.hypot(*offset) / 10
        + _POINT_WEIGHT * float(hidden.sum())
        + _TEXT_WEIGHT * crossed
        + _OUTSIDE_WEIGHT * outside
    )


def _grown(box: Bbox, points: float) -> Bbox:
    return Bbox.from_extents(box.x0 - points, box.y0 - points, box.x1 + points, box.y1 + points)


def _lead(axes: Axes, anchor: Any, offset: tuple[float, float], colour: str) -> None:
    """Draw a thin line from an anchor to its text."""
    axes.annotate(
        "", anchor, xytext=offset, textcoords="offset points", zorder=7, annotation_clip=False,
        arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.6, "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip
