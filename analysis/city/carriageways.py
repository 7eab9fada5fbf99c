"""The two carriageways of a freeway: opposite sensors, and drawing them side by side.

Opposite sensors are 40 to 60 m apart, one pixel on a map of a city.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree
from scipy.spatial.distance import cdist

from analysis.city.roads import Road, in_degrees, positions
from himnet.data.info import Sensors

SAME_SITE_METRES = 60.0
APART_SHARE = 0.011  # of the diagonal of the sensors on a map: half a sensor's mark or more
LEAST_APART = 15.0  # metres
MOST_OF_A_FREEWAY, NEAREST_FACING = 1_000, 32  # sensors

Carriageway = Literal["both", "north and east", "south and west"]
_KEPT_DIRECTIONS = {"north and east": ("N", "E"), "south and west": ("S", "W")}


def carriageway_pairs(
    frame: gpd.GeoDataFrame, *, within: float = SAME_SITE_METRES
) -> NDArray[np.int64]:
    """Return the opposite pairs (m, 2): sensors at one location on both carriageways of a freeway.

    Both are each other's nearest sensor on the freeway in another direction, at most `within`
    metres away; a sensor is in at most one pair. On a freeway of more than `MOST_OF_A_FREEWAY`
    sensors, only the `NEAREST_FACING` nearest sensors of each are considered.

    Args:
        frame: from `analysis.city.roads.sensor_frame`.
    """
    points, roads = positions(frame), frame["road"].to_numpy()
    nearest = np.full(len(frame), -1)
    for freeway, rows in frame.reset_index().groupby("freeway").indices.items():
        if freeway:
            place, metres = _nearest_opposite(points[rows], roads[rows])
            close = metres <= within
            nearest[rows[close]] = rows[place[close]]
    here = np.arange(len(frame))
    paired = (nearest >= 0) & (nearest[nearest] == here) & (here < nearest)
    return np.column_stack([here[paired], nearest[paired]])


def _nearest_opposite(
    points: NDArray[np.float64], roads: NDArray[Any]
) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Return the nearest sensor of another road for sensors (n, 2) of a freeway, and the metres."""
    here = np.arange(len(points))
    if len(points) <= MOST_OF_A_FREEWAY:
        distance = np.where(roads[:, None] != roads, cdist(points, points), np.inf)
        nearest = distance.argmin(axis=1)
        return nearest, distance[here, nearest]
    count = min(NEAREST_FACING, len(points))
    metres, places = cKDTree(points).query(points, k=[*range(1, count + 1)])
    metres = np.where(roads[places] != roads[:, None], metres, np.inf)
    first = metres.argmin(axis=1)
    return places[here, first], metres[here, first]


def one_carriageway(sensors: Sensors, keep: Carriageway) -> NDArray[np.bool_]:
    """Select the sensors (N,) to draw so that one carriageway of each freeway remains.

    Freeways with one known direction and sensors of unknown road are kept. If neither direction of
    a freeway is a compass direction, the first in alphabetical order counts as north or east.

    Args:
        sensors: the N sensors.
        keep: ``"both"`` (all of them), ``"north and east"`` or ``"south and west"``.
    """
    kept = np.ones(len(sensors), dtype=bool)
    if keep == "both" or sensors.freeway is None or sensors.direction is None:
        return kept
    freeways, directions = np.asarray(sensors.freeway), np.asarray(sensors.direction)
    for freeway in set(sensors.freeway) - {""}:
        here = (freeways == freeway) & (directions != "")
        known = sorted(set(directions[here]))
        wanted = [way for way in known if way[:1].upper() in _KEPT_DIRECTIONS[keep]]
        if len(known) > 1:
            fallback = known[:1] if keep == "north and east" else known[-1:]
            kept[here] = np.isin(directions[here], wanted or fallback)
    return kept


def metres_apart(frame: gpd.GeoDataFrame, shown: NDArray[np.bool_] | None = None) -> float:
    """Return by how many metres to move sensors so that a map shows both carriageways; see below.

    Without opposite pairs there is nothing to separate, and it is 0.

    Args:
        frame: from `analysis.city.roads.sensor_frame`.
        shown: (N,) which sensors the map is of; None for all.
    """
    if not len(carriageway_pairs(frame)):
        return 0.0
    points = positions(frame)
    extent = np.ptp(points if shown is None else points[shown], axis=0)
    return max(APART_SHARE * float(np.hypot(*extent)), LEAST_APART)


def drawn_apart(frame: gpd.GeoDataFrame, roads: Iterable[Road], metres: float) -> gpd.GeoDataFrame:
    """Move sensors sideways, each road to its own side of the freeway.

    The side is determined from the opposite pairs, so that it is correct for left-hand traffic too;
    without any pair, right-hand traffic is assumed. Sensors of unknown road, and roads of one
    sensor, are not moved.

    Args:
        frame: from `analysis.city.roads.sensor_frame`.
        roads: from `analysis.city.roads.find_roads` for that frame.
        metres: the distance by which each sensor moves.
    """
    points = positions(frame)
    rightwards = np.zeros_like(points)
    for road in roads:
        if len(road.members) > 1:
            ahead = np.gradient(points[road.members], axis=0)
            length = np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
            rightwards[road.members] = np.column_stack([ahead[:, 1], -ahead[:, 0]]) / length
    first, second = carriageway_pairs(frame).T
    towards = points[second] - points[first]
    opposite_on_right = (towards * (rightwards[first] - rightwards[second])).sum()
    side = -1.0 if opposite_on_right > 0 else 1.0
    moved = points + side * metres * rightwards
    return frame.set_geometry(gpd.points_from_xy(*moved.T, crs=frame.crs))


def degrees(frame: gpd.GeoDataFrame) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return latitude and longitude (N,) of a frame's points (`analysis.city.roads.in_degrees`)."""
    points = in_degrees(frame.geometry)
    return points.y.to_numpy(), points.x.to_numpy()
