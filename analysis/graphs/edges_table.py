"""The largest excesses of a graph as a table, with distances."""

from __future__ import annotations

import numpy as np

from analysis.city.roads import find_roads, sensor_frame
from analysis.graphs.edges import Edges
from analysis.graphs.learnt import Floats, LearntGraph
from analysis.graphs.lengths import Lengths, lengths_of
from himnet.data.info import Sensors

HEADER = (
    "reader", "read", "excess", "weight", "share of all excess up to here",
    "distance along the road (m)", "straight distance (m)",
)  # fmt: skip


def edge_rows(sensors: Sensors, graph: LearntGraph, edges: Edges) -> list[tuple[object, ...]]:
    """Return a row for each edge, in their order, for `himnet.texts.csv_text`.

    Args:
        sensors: of the graph.
        graph: whose edges they are.
        edges: from `analysis.graphs.edges.largest_edges`.
    """
    weights = _weights(graph, edges)
    along, straight = _distances(sensors, edges)
    return [
        (
            sensors.ids[reader],
            sensors.ids[read],
            *(float(f"{number:.6g}") for number in numbers),
            *("" if np.isnan(metres) else round(float(metres)) for metres in distances),
        )
        for reader, read, numbers, distances in zip(
            edges.readers,
            edges.read,
            zip(edges.excess, weights, edges.shares, strict=True),
            zip(along, straight, strict=True),
            strict=True,
        )
    ]


def _distances(sensors: Sensors, edges: Edges) -> Lengths:
    """Return the distances of the edges' sensors; NaN without coordinates."""
    if not sensors.has_coordinates:
        unknown = np.full(len(edges), np.nan)
        return Lengths(unknown, unknown)
    frame = sensor_frame(sensors)
    return lengths_of(frame, find_roads(frame), edges.readers, edges.read)


def _weights(graph: LearntGraph, edges: Edges) -> Floats:
    """Return the weights (m,), which are the excesses over the floors of the readers."""
    found: Floats = edges.excess + graph.rows.floor[edges.readers] / len(graph)
    return found
