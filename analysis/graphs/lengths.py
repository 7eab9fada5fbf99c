"""How far apart two connected sensors are: along their road if they share one, else straight."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from analysis.city.roads import Road, positions


class Lengths(NamedTuple):
    """Distances of m pairs of sensors.

    Attributes:
        metres: (m,).
        along: (m,) whether both lie on one road in one direction, and the distance is along it.
    """

    metres: NDArray[np.float64]
    along: NDArray[np.bool_]


def lengths_of(
    frame: gpd.GeoDataFrame,
    roads: Iterable[Road],
    first: NDArray[np.int64],
    second: NDArray[np.int64],
) -> Lengths:
    """Return the distances of pairs of sensors.

    Args:
        frame: from `analysis.city.roads.sensor_frame`.
        roads: from `analysis.city.roads.find_roads` for that frame.
        first, second: (m,) rows of the frame.
    """
    points = positions(frame)
    road, place = np.full(len(frame), -1), np.zeros(len(frame))
    for number, one in enumerate(roads):
        road[one.members], place[one.members] = number, one.along
    along = (road[first] >= 0) & (road[first] == road[second])
    straight = np.linalg.norm(points[first] - points[second], axis=1)
    return Lengths(np.where(along, np.abs(place[first] - place[second]), straight), along)
