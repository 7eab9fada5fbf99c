"""Figures for a projector: the same picture in larger type."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import plotly.graph_objects as go

_FACTOR = 1.3
_USUAL, _OF_AXIS, _OF_TITLE = 13, 12, 14  # pixels; sizes of texts that no figure sets itself


def enlarged(figure: go.Figure) -> go.Figure:
    """Enlarge the texts of a figure in the project's style, in place, and return it.

    Args:
        figure: from any figure function.
    """
    layout = figure.layout
    for font, usual in (
        (layout.font, _USUAL), (layout.legend.font, _OF_AXIS), (layout.hoverlabel.font, _USUAL),
    ):  # fmt: skip
        font.size = _larger(font.size, usual)
    # a theme gives axes and bars their own sizes, which the figure's does not reach
    for axis in (*figure.select_xaxes(), *figure.select_yaxes()):
        axis.tickfont.size = _larger(axis.tickfont.size, _OF_AXIS)
        axis.title.font.size = _larger(axis.title.font.size, _OF_TITLE)
    for colours in figure.select_coloraxes():
        bar = colours.colorbar
        bar.tickfont.size = _larger(bar.tickfont.size, _OF_AXIS)
        bar.title.font.size = _larger(bar.title.font.size, _OF_TITLE)
    for note in layout.annotations:
        note.font.size = _larger(note.font.size, _OF_TITLE)
    return figure


def _larger(size: float | None, usual: int) -> int:
    return round(_FACTOR * (size or usual))
