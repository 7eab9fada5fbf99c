"""The largest excesses of a graph as a table, with distances."""

from __future__ import annotations

import numpy as np

from analysis.city.roads import find_roads, positions, sensor_frame
from analysis.graphs.edges import Edges
from analysis.graphs.learnt import Floats, LearntGraph
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
    along, straight = edge_distances(sensors, edges)
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


def edge_distances(sensors: Sensors, edges: Edges) -> tuple[Floats, Floats]:
    """Return metres (m,) along the road, and in a straight line; NaN where there are none.

    The first are known for two sensors of one road and direction.
    """
    unknown = np.full(len(edges), np.nan)
    if not sensors.has_coordinates:
        return unknown, unknown
    frame = sensor_frame(sensors)
    points = positions(frame)
    road, along = np.full(len(sensors), -1), np.zeros(len(sensors))
    for number, one in enumerate(find_roads(frame)):
        road[one.members], along[one.members] = number, one.along
    same = (road[edges.readers] == road[edges.read]) & (road[edges.read] >= 0)
    metres = np.abs(along[edges.readers] - along[edges.read])
    straight = np.linalg.norm(points[edges.readers] - points[edges.read], axis=1)
    return np.where(same, metres, np.nan), straight


def _weights(graph: LearntGraph, edges: Edges) -> Floats:
    """Return the weights (m,), which are the excesses over the floors of the readers."""
    found: Floats = edges.excess + graph.rows.floor[edges.readers] / len(graph)
    return found
