"""Strips along the sides of a heatmap: brackets for its groups, and marks at selected rows."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.figures.selection import SELECTED
from analysis.figures.style import block_starts
from himnet import texts

MOST_NAMED = 32  # rows of a heatmap for which there is room for ids
_WIDTH, _GAP = 0.025, 0.012  # of a heatmap's side
_BEYOND_IDS = 1.2  # of a heatmap's width: position of its colour bar, beyond the ids
_NAMED_SHARE = 0.05  # of the rows: shorter brackets have no room for a name


class Bracket(NamedTuple):
    """Consecutive rows of a heatmap.

    Attributes:
        start, end: the first row, and the row after the last.
        colour: ``#rrggbb``.
        name: written beside it; may be empty.
    """

    start: int
    end: int
    colour: str
    name: str = ""


def runs(groups: Sequence[str], colours: Sequence[str]) -> list[Bracket]:
    """Return a bracket for each run of equal groups, in the colour of its first row.

    Args:
        groups, colours: of each row, from top to bottom.
    """
    found, start = [], 0
    for name, rows in groupby(groups):
        end = start + len(list(rows))
        found.append(Bracket(start, end, colours[start], name))
        start = end
    return found


def with_brackets(figure: go.Figure, brackets: Sequence[Bracket], rows: int) -> go.Figure:
    """Draw brackets left of a square heatmap and above it, in place.

    Args:
        figure: of one heatmap on category axes, its rows from top to bottom.
        brackets: to draw.
        rows: number of rows, and of columns.
    """
    far, near = -0.5 - rows * (_GAP + _WIDTH), -0.5 - rows * _GAP
    shapes, notes = list(figure.layout.shapes), list(figure.layout.annotations)
    for bracket in brackets:
        paint = {"type": "rect", "fillcolor": bracket.colour, "line": {"width": 0}}
        along = (bracket.start - 0.4, bracket.end - 0.6)
        shapes.append(paint | {"x0": far, "x1": near, "y0": along[0], "y1": along[1]})
        shapes.append(paint | {"y0": far, "y1": near, "x0": along[0], "x1": along[1]})
        if bracket.name and bracket.end - bracket.start >= _NAMED_SHARE * rows:
            middle = (bracket.start + bracket.end - 1) / 2
            text = {"text": texts.plotly(bracket.name), "showarrow": False, "font": {"size": 11}}
            notes.append(text | {"x": far, "y": middle, "xanchor": "right"})
            notes.append(text | {"y": far, "x": middle, "yanchor": "bottom"})
    figure.update_layout(shapes=shapes, annotations=notes)
    room = far - rows * _WIDTH
    figure.update_xaxes(range=[room, rows - 0.5])
    figure.update_yaxes(range=[rows - 0.5, room], autorange=False)
    return figure


def with_marked_rows(figure: go.Figure, marked: NDArray[np.bool_]) -> go.Figure:
    """Mark rows and columns of a square heatmap along its left and upper sides, in place.

    Args:
        figure: of one heatmap, whose cells may stand for several consecutive rows.
        marked: (n,) which rows to mark.
    """
    cells = len(figure.data[0].x)
    starts = block_starts(len(marked), cells)
    chosen = np.logical_or.reduceat(marked, starts)
    names = ["x" if mark else "" for mark in chosen]
    found = [run for run in runs(names, [SELECTED] * cells) if run.name]
    return with_brackets(figure, [run._replace(name="") for run in found], cells)


def with_ids(figure: go.Figure, ids: Sequence[str]) -> go.Figure:
    """Name the rows and columns of a heatmap by ids, in place; none if there is no room.

    Args:
        figure: of one heatmap on category axes.
        ids: of its rows, from top to bottom.
    """
    shown = len(ids) <= MOST_NAMED
    named = {
        "tickmode": "array",
        "tickvals": list(range(len(ids))) if shown else [],
        "ticktext": texts.plotlies(ids) if shown else [],
    }
    figure.update_xaxes(named, side="bottom")
    figure.update_yaxes(named, side="right")
    figure.update_traces(
        colorbar={"x": _BEYOND_IDS if shown else 1.02}, selector={"type": "heatmap"}
    )
    return figure
