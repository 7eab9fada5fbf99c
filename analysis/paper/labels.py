"""Labels that do not overlap each other or what they name, at their printed size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.path import Path
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox, BboxBase
from numpy.typing import NDArray

from analysis.figures.colours import readable_on

_DISTANCES = (0.0, 5.0, 8.0, 11.0, 15.0, 20.0, 26.0, 34.0, 44.0, 56.0)  # points from the anchor
_DIRECTIONS = 16
_LEADER_POINTS = 7.0  # from this distance on, a leader line connects the text with its anchor
# near an anchor, without a leader line
_NEAR = ((0.0, 0.0), (0.0, 6.0), (0.0, -6.0), (6.0, 0.0), (-6.0, 0.0), (4.0, 5.0), (-4.0, -5.0))
_AIR_POINTS = 0.7  # around each text
_POINT_WEIGHT, _LINE_WEIGHT, _TEXT_WEIGHT, _OUTSIDE_WEIGHT = 1.0, 3.0, 200.0, 400.0


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
    """Write a text near each anchor, at the place with the least overlap.

    Args:
        axes: with its final limits and size.
        anchors: (n, 2) in data coordinates.
        texts: n.
        colours: n, of the texts or of the boxes behind them.
        points: (m, 2) in data coordinates, to keep visible.
        boxed: whether each text is in a box of its colour, written in white or black.
        start: distance in points between an anchor and the nearest place for its text.
        style: of the texts.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    seen = axes.transData.transform(np.asarray(points)) if len(points) else np.empty((0, 2))
    dots = figure.dpi / 72
    room = _Room(axes.bbox, seen, _occupied(figure, _AIR_POINTS * dots))
    placed: list[Text] = []
    for anchor, text, colour in zip(anchors, texts, colours, strict=True):
        look = _look(colour, boxed=boxed) | style
        trial = _write(axes, text, anchor, (0.0, 0.0), look)
        box = _grown(_extent(trial, figure), _AIR_POINTS * dots)
        trial.remove()
        at = axes.transData.transform(anchor)
        best = room.best(_offsets(start), box, at, dots)
        label = _write(axes, text, anchor, best, look, leader=_leader(best, colour))
        # the extent of an annotation includes its leader line
        room.take(best, box, at, dots)
        placed.append(label)
    return placed


def place_free(
    axes: Axes,
    anchors: NDArray[np.floating],
    texts: Sequence[str],
    *,
    points: NDArray[np.floating],
    most: int = 2,
    **style: Any,
) -> list[Text]:
    """Write a text on or near each anchor where it covers no other text; elsewhere, leave it out.

    Args:
        axes: with its final limits and size, and with all other texts.
        anchors: (n, 2) in data coordinates.
        texts: n.
        points: (m, 2) in data coordinates, to keep visible.
        most: points that a text may cover.
        style: of the texts.
    """
    figure = axes.get_figure(root=True)
    assert figure is not None
    dots = figure.dpi / 72
    seen = axes.transData.transform(np.asarray(points)) if len(points) else np.empty((0, 2))
    room = _Room(axes.bbox, seen, _occupied(figure, _AIR_POINTS * dots))
    limit = most * _POINT_WEIGHT + _length_cost(_NEAR[-1]) + 1e-6
    placed = []
    for anchor, text in zip(anchors, texts, strict=True):
        trial = _write(axes, text, anchor, (0.0, 0.0), style)
        box = _grown(_extent(trial, figure), _AIR_POINTS * dots)
        trial.remove()
        at = axes.transData.transform(anchor)
        costs = [room.cost(offset, box, at, dots) for offset in _NEAR]
        best = _NEAR[int(np.argmin(costs))]
        if min(costs) <= limit:
            placed.append(_write(axes, text, anchor, best, style))
            room.take(best, box, at, dots)
    return placed


def _occupied(figure: Figure, air: float) -> list[Bbox]:
    """Return the extents, in pixels, of all texts and of arrows that are fixed to their panel."""
    fixed = (
        note.arrow_patch.get_window_extent()
        for note in figure.findobj(Annotation)
        if note.arrow_patch is not None and note.xycoords == "axes fraction"
    )
    return [_grown(box, air) for box in (*text_boxes(figure), *fixed)]


def text_boxes(figure: Figure) -> list[Bbox]:
    """Return the extents, in pixels, of all visible texts of a figure, with their boxes."""
    beyond = _beyond_limits(figure)
    return [
        _extent(text, figure)
        for text in figure.findobj(Text)
        if text.get_visible()
        and text.get_text().strip()
        and text not in beyond
        and _is_on(text, figure)
    ]


def _beyond_limits(figure: Figure) -> set[Text]:
    """Return the tick labels beyond the axis limits, which matplotlib keeps but does not draw."""
    found: set[Text] = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            slack = 1e-9 * (high - low)
            for tick in (*axis.get_major_ticks(), *axis.get_minor_ticks()):
                if not low - slack <= tick.get_loc() <= high + slack:
                    found |= {tick.label1, tick.label2}
    return found


def _is_on(text: Text, figure: Figure) -> bool:
    """Whether a text belongs to axes that are drawn, not to a hidden axis."""
    axes = text.axes
    return axes is None or (axes.get_visible() and (axes.axison or text in axes.texts))


def _extent(text: Text, figure: Figure) -> Bbox:
    """Return the extent of a text, or of its box if it has one, without its leader line."""
    renderer = figure.canvas.get_renderer()  # type: ignore[attr-defined]
    if isinstance(text, Annotation):
        text.update_positions(renderer)
    frame = text.get_bbox_patch()
    if frame is None:
        return Text.get_window_extent(text, renderer)
    text.update_bbox_position_size(renderer)
    return frame.get_window_extent(renderer)


def _look(colour: str, *, boxed: bool) -> dict[str, Any]:
    if not boxed:
        return {"color": colour}
    box = {"boxstyle": "round,pad=0.15", "facecolor": colour, "edgecolor": "white", "lw": 0.4}
    return {"color": readable_on(colour), "bbox": box, "fontweight": "bold"}


def _offsets(start: float) -> list[tuple[float, float]]:
    """Return the candidate places, in points from the anchor, the nearest first."""
    turns = np.arange(_DIRECTIONS) * 2 * math.pi / _DIRECTIONS
    return [
        (round(distance * math.cos(turn), 3), round(distance * math.sin(turn), 3))
        for distance in (start + further for further in _DISTANCES)
        for turn in (turns if distance else turns[:1])
    ]


@dataclass
class _Room:
    """The occupied parts of a panel, in pixels.

    Attributes:
        inside: the panel.
        seen: (m, 2) points to keep visible.
        taken: boxes of texts.
        lines: (k, 2) ends of each leader line.
    """

    inside: BboxBase
    seen: NDArray[np.floating]
    taken: list[Bbox]
    lines: list[NDArray[np.floating]] = field(default_factory=list)

    def best(
        self,
        offsets: Sequence[tuple[float, float]],
        box: Bbox,
        at: NDArray[np.floating],
        dots: float,
    ) -> tuple[float, float]:
        """Return the cheapest offset, the first if several are equal; `offsets` rise in length."""
        found, least = offsets[0], math.inf
        for offset in offsets:
            if _length_cost(offset) >= least:
                break  # all that follow are farther away and cost at least as much
            cost = self.cost(offset, box, at, dots, below=least)
            if cost < least:
                found, least = offset, cost
        return found

    def cost(
        self,
        offset: tuple[float, float],
        box: Bbox,
        at: NDArray[np.floating],
        dots: float,
        *,
        below: float = math.inf,
    ) -> float:
        """Return the cost of writing a text at this offset from its anchor `at`, in points.

        Where it is not below `below`, it may be understated.
        """
        moved = box.translated(offset[0] * dots, offset[1] * dots)
        hidden = (
            (self.seen[:, 0] > moved.x0)
            & (self.seen[:, 0] < moved.x1)
            & (self.seen[:, 1] > moved.y0)
            & (self.seen[:, 1] < moved.y1)
        )
        outside = not (
            self.inside.x0 <= moved.x0 and moved.x1 <= self.inside.x1
            and self.inside.y0 <= moved.y0 and moved.y1 <= self.inside.y1
        )  # fmt: skip
        cost = (
            _length_cost(offset)
            + _POINT_WEIGHT * float(hidden.sum())
            + _TEXT_WEIGHT * moved.count_overlaps(self.taken)
            + _OUTSIDE_WEIGHT * outside
        )
        if cost >= below:
            return cost
        lines = sum(_meets(line, moved) for line in self.lines)
        if _is_far(offset):
            own = _ends(offset, at, dots)
            lines += sum(_meets(own, other) for other in self.taken)
        return cost + _LINE_WEIGHT * lines

    def take(
        self, offset: tuple[float, float], box: Bbox, at: NDArray[np.floating], dots: float
    ) -> None:
        """Record the place of a text and its leader line."""
        self.taken.append(box.translated(offset[0] * dots, offset[1] * dots))
        if _is_far(offset):
            self.lines.append(_ends(offset, at, dots))


def _length_cost(offset: tuple[float, float]) -> float:
    return math.hypot(*offset) / 10


def _is_far(offset: tuple[float, float]) -> bool:
    return math.hypot(*offset) >= _LEADER_POINTS


def _ends(
    offset: tuple[float, float], at: NDArray[np.floating], dots: float
) -> NDArray[np.floating]:
    """Return both ends (2, 2) of a text's leader line."""
    return np.array([at, at + np.asarray(offset) * dots])


def _meets(line: NDArray[np.floating], box: Bbox) -> bool:
    return bool(Path(line).intersects_bbox(box, filled=False))


def _grown(box: Bbox, by: float) -> Bbox:
    return Bbox.from_extents(box.x0 - by, box.y0 - by, box.x1 + by, box.y1 + by)


def _leader(offset: tuple[float, float], colour: str) -> dict[str, Any] | None:
    """Return the style of the leader line from a text to its anchor; None if it is near."""
    if not _is_far(offset):
        return None
    return {"arrowstyle": "-", "color": colour, "lw": 0.6, "shrinkA": 0, "shrinkB": 1.5}


def _write(
    axes: Axes,
    text: str,
    anchor: Any,
    offset: tuple[float, float],
    look: dict[str, Any],
    *,
    leader: dict[str, Any] | None = None,
) -> Text:
    return axes.annotate(
        text, anchor, xytext=offset, textcoords="offset points", ha="center", va="center",
        zorder=8, annotation_clip=False, arrowprops=leader, **look,
    )  # fmt: skip
