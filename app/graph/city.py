"""The map of the largest excesses."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import streamlit as st

from analysis.figures.city import city_scatter
from analysis.figures.graph import Places, with_edges, with_values
from analysis.graphs.edges import Edges
from analysis.limits import is_large, sample
from app.graph.shown import MOST_DRAWN, GraphShown
from app.messages import shown_as_message
from app.selection.legend import group_legend
from app.selection.linked import linked_chart
from app.session.city_map import apart_note, drawn_places, map_style
from app.session.graph import edge_lengths, edges_of
from app.session.opened import OpenCheckpoint
from app.views.components import picture_title

if TYPE_CHECKING:
    import plotly.graph_objects as go

MAP = "g-map"


@shown_as_message()
def draw_map(checkpoint: OpenCheckpoint, shown: GraphShown, *, height: int) -> None:
    """Draw the sensors and the largest excesses; one that is clicked is selected.

    Args:
        checkpoint: with places.
        shown: what to show.
        height: in pixels.
    """
    arrays, sensors, style = checkpoint.arrays, checkpoint.arrays.dataset.sensors, map_style()
    picture_title(f"Where is the excess?{apart_note(arrays)}")
    group_legend(shown.colouring, key="g-legend")
    edges, told = _drawn_edges(shown)
    ids = sensors.ids

    def figure() -> go.Figure:
        (latitude, longitude), ground = drawn_places(arrays)
        drawn = city_scatter(
            latitude, longitude, ground, shown.colouring, ids=ids, about=sensors.labels,
            always=np.union1d(edges.readers, edges.read), style=style, height=height,
            meta={"checkpoint": arrays.sha256, "graph": shown.name, "step": shown.step},
        )  # fmt: skip
        with_edges(drawn, edges, Places(latitude, longitude), _edge_texts(shown, edges))
        return with_values(drawn, shown.colouring)

    linked_chart(
        checkpoint, figure, view=MAP, trace=-1,
        about=(
            arrays.sha256, shown.name, shown.step, shown.share, shown.readers, shown.settings,
            shown.colouring, style, height,
        ),
        alt="Map of the sensors, with the largest excesses of the graph as lines",
        header=("reads", "is read", "excess", "share of all up to this one"),
        rows=lambda: [
            (ids[reader], ids[read], excess, part)
            for reader, read, excess, part in zip(
                edges.readers, edges.read, edges.excess, edges.shares, strict=True
            )
        ],
    )  # fmt: skip
    st.caption(
        f"{told} A line bends to the right on its way from the sensor that reads, and its dot is "
        "nearer to the one that is read."
    )


def _drawn_edges(shown: GraphShown) -> tuple[Edges, str]:
    """Return the edges to draw, and in words how many they are of how many."""
    every, count = edges_of(shown.graph, shown.readers), len(shown.graph)
    wanted = every.up_to_share(shown.share / 100)
    drawn = wanted.first(MOST_DRAWN)
    if not len(drawn):
        return drawn, "There is no excess over others to draw: no score is positive."
    of_whom = "of the selected sensors" if shown.readers else ""
    if not shown.readers and is_large(count):
        of_whom = "of a random sample of sensors"
    rows = len(shown.readers) or len(sample(count))
    of_all = f"{rows * (count - 1):,} entries in the rows {of_whom}".rstrip()
    of_all = of_all if of_whom else f"{rows * (count - 1):,} entries"
    held = f"{100 * float(drawn.shares[-1]):.2g} % of the excess over others"
    if len(drawn) == len(wanted) < MOST_DRAWN:
        return drawn, f"Drawn: the {len(drawn):,} largest of {of_all}, with {held}."
    is_known = len(wanted) < len(every) or float(every.shares[-1]) >= shown.share / 100
    needed = f"{len(wanted):,}" if is_known else f"more than {len(every):,}"
    return drawn, (
        f"Drawn: the {len(drawn):,} largest of {of_all}, with {held}; {shown.share} % of it are "
        f"in the {needed} largest."
    )


def _edge_texts(shown: GraphShown, edges: Edges) -> list[str]:
    """Return what is said of each edge."""
    sensors, count = shown.material.info.sensors, len(shown.graph)
    whose = "of the selected sensors" if shown.readers else "in all"
    lengths = edge_lengths(shown.material.arrays, edges.readers, edges.read)
    named = [
        f"{name} ({road})" if road else name
        for name, road in zip(sensors.ids, sensors.road_names, strict=True)
    ]
    return [
        f"{named[reader]} reads {named[read]}\n"
        f"excess {100 * excess:.3g} % of the row ({count * excess:.2g} / N)\n"
        f"{100 * excess / edges.total:.2g} % of the excess over others {whose}\n"
        f"{far / 1000:.1f} km {'along the road' if on_road else 'in a straight line'}"
        for reader, read, excess, far, on_road in zip(
            edges.readers, edges.read, edges.excess, lengths.metres, lengths.on_road, strict=True
        )
    ]
