"""Where the sensors of a city are, as seen from one: how far, and upstream or downstream."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from analysis.city.roads import Road, compass, positions


@dataclass(frozen=True)
class Seen:
    """All sensors as seen from one of them.

    Attributes:
        sensor: position of that one.
        km: (N,) kilometres in a straight line; NaN without coordinates.
        along: (N,) kilometres along its own road and direction, negative upstream, where the
            traffic comes from; NaN for sensors that are not on it.
    """

    sensor: int
    km: NDArray[np.float64]
    along: NDArray[np.float64]

    @property
    def knows_road(self) -> bool:
        """Whether other sensors on the same road and direction are known."""
        return int(np.isfinite(self.along).sum()) > 1

    @property
    def upstream(self) -> NDArray[np.bool_]:
        """Which sensors (N,) the traffic passes before this one, on the same road."""
        return self.along < 0

    @property
    def downstream(self) -> NDArray[np.bool_]:
        """Which sensors (N,) the traffic passes after this one, on the same road."""
        return self.along > 0

    def words(self, place: int) -> str:
        """Return where a sensor is, such as ``0.8 km upstream``; "" if that is not known."""
        if place == self.sensor:
            return "itself"
        if self.along[place] == 0:
            return "at the same place"
        if np.isfinite(self.along[place]):
            side = "upstream" if self.along[place] < 0 else "downstream"
            return f"{abs(self.along[place]):.1f} km {side}"
        return f"{self.km[place]:.1f} km away" if np.isfinite(self.km[place]) else ""


def knows_travel(road: Road) -> bool:
    """Whether the direction of travel along a road is known; with other names, only the order."""
    return bool(compass(road.direction))


def seen_from(sensor: int, frame: gpd.GeoDataFrame, roads: Iterable[Road]) -> Seen:
    """Return all sensors as seen from one.

    Args:
        sensor: position of that one.
        frame: from `analysis.city.roads.sensor_frame`.
        roads: from `analysis.city.roads.find_roads`.
    """
    points = positions(frame)
    km = np.hypot(*(points - points[sensor]).T) / 1000
    along = np.full(len(points), np.nan)
    for road in roads:
        place = np.flatnonzero(road.members == sensor)
        if len(place) and knows_travel(road):
            along[road.members] = (road.along - road.along[place[0]]) / 1000
    return Seen(sensor, km, along)


def nowhere(sensor: int, count: int) -> Seen:
    """Return the same for sensors whose places are not known.

    Args:
        sensor: position of the one.
        count: of all sensors, N.
    """
    unknown = np.full(count, np.nan)
    return Seen(sensor, unknown, unknown)
