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
        along: (m,) metres along the road; NaN unless both lie on one road in one direction.
        straight: (m,) metres in a straight line.
    """

    along: NDArray[np.float64]
    straight: NDArray[np.float64]

    @property
    def on_road(self) -> NDArray[np.bool_]:
        """Which pairs (m,) lie on one road in one direction."""
        return np.isfinite(self.along)

    @property
    def metres(self) -> NDArray[np.float64]:
        """Metres (m,) along the road where there is one, else in a straight line."""
        return np.where(self.on_road, self.along, self.straight)


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
    same = (road[first] >= 0) & (road[first] == road[second])
    along = np.where(same, np.abs(place[first] - place[second]), np.nan)
    return Lengths(along, np.linalg.norm(points[first] - points[second], axis=1))
