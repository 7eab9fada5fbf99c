"""The matrix of a graph, ordered by cluster or road."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.figures.brackets import with_marked_rows
from analysis.figures.graph import change_heatmap, excess_heatmap
from analysis.limits import is_large, sample
from app.choices.shared import one_of
from app.export import exported_chart
from app.graph.shown import GraphShown
from app.messages import shown_as_message
from app.session.cached import spatial_clusters
from app.session.graph import MOST_CELLS, change_cells, excess_cells, starts_of
from app.views.components import named_rows, picture_title, sample_note
from app.views.sensors import road_order

_EXCESS, _CHANGE = "excess", "minus the day's mean"


class Arranged(NamedTuple):
    """The rows and columns of a matrix.

    Attributes:
        order: (n,) sensors from top to bottom and left to right, all or a random sample.
        groups: N names; consecutive sensors of one group are framed.
    """

    order: NDArray[np.int64]
    groups: list[str]


@shown_as_message()
def draw_matrix(shown: GraphShown, *, height: int) -> None:
    """Draw the matrix of the graph.

    Args:
        shown: what to show.
        height: in pixels.
    """
    arrays, sensors = shown.material.arrays, shown.material.info.sensors
    what = _what_widget(shown)
    order, groups = arranged(shown)
    starts = starts_of(order, MOST_CELLS)
    if what == _EXCESS or shown.day is None:
        cells, draw = excess_cells(shown.graph, order, MOST_CELLS), excess_heatmap
    else:
        cells = change_cells(shown.material, shown.day, shown.at, order)
        draw = change_heatmap
    figure = draw(
        cells, order, starts, groups, ids=sensors.ids, height=height,
        meta={"checkpoint": arrays.sha256, "graph": shown.name, "step": shown.step},
    )  # fmt: skip
    chosen = np.isin(order, shown.readers)
    if chosen.any():
        with_marked_rows(figure, chosen)
    names = list(figure.data[0].x)
    exported_chart(
        figure, key="g-matrix", alt="Matrix of the excess with which each sensor reads the others",
        header=("reads", *names), rows=lambda: named_rows(names, cells),
    )  # fmt: skip
    sample_note(len(order), len(sensors))
    if len(starts) < len(order):
        st.caption(f"A cell is the mean over up to {-(-len(order) // len(starts))} sensors a side.")


def _what_widget(shown: GraphShown) -> str:
    """Draw the title, and the widget for what the matrix shows if there is a choice."""
    with st.container(horizontal=True, vertical_alignment="center"):
        picture_title("Who reads whom?")
        if not shown.is_decoder or is_large(len(shown.graph)):
            return _EXCESS
        return one_of("Shown", [_EXCESS, _CHANGE], key="matrix", label_visibility="collapsed")


def arranged(shown: GraphShown) -> Arranged:
    """Return the rows and columns of the matrix."""
    arrays, sensors = shown.material.arrays, shown.material.info.sensors
    whole, groups = np.arange(len(sensors)), [""] * len(sensors)
    if shown.order == "road":
        whole, groups = road_order(arrays), list(sensors.road_names)
    elif shown.settings is not None:
        labels = spatial_clusters(arrays, shown.settings)
        whole, groups = np.argsort(labels, kind="stable"), [str(label) for label in labels]
    return Arranged(whole[np.isin(whole, sample(len(sensors)))], groups)
