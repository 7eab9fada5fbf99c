"""The two carriageways of a freeway: sensors that face each other, and drawing them apart.

Opposite sensors are 40 to 60 m from each other, one pixel on a map of a city.
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
MOST_OF_A_FREEWAY, NEAREST_FACING = 1_000, 32  # sensors

Carriageway = Literal["both", "north and east", "south and west"]
_KEPT_DIRECTIONS = {"north and east": ("N", "E"), "south and west": ("S", "W")}


def carriageway_pairs(
    frame: gpd.GeoDataFrame, *, within: float = SAME_SITE_METRES
) -> NDArray[np.int64]:
    """Return pairs (m, 2) of sensors at one place on opposite carriageways of one freeway.

    Each is the other's nearest on that freeway in another direction, at most `within` metres off;
    a sensor is in at most one pair. Of a freeway of more than `MOST_OF_A_FREEWAY` sensors, only
    the `NEAREST_FACING` of it that are nearest to each count.

    Args:
        frame: what `analysis.city.roads.sensor_frame` returns.
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
    """Return for sensors (n, 2) of a freeway the nearest one of another road, and the metres."""
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
    """Return which sensors (N,) to draw so that one carriageway of each freeway remains.

    Freeways that are known in one direction only, and sensors of unknown road, stay. Where
    neither direction of a freeway is a compass point, the first by name counts as north or east.

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


def drawn_apart(frame: gpd.GeoDataFrame, roads: Iterable[Road], metres: float) -> gpd.GeoDataFrame:
    """Return the sensors moved sideways, each road to its own side of the freeway.

    Which side that is, is measured on the carriageway pairs, so that it holds where people drive
    on the left too; with no pair to tell, right-hand traffic is assumed. Sensors of unknown road,
    and roads of one sensor, stay.

    Args:
        frame: what `analysis.city.roads.sensor_frame` returns.
        roads: what `analysis.city.roads.find_roads` returns for it.
        metres: how far each sensor moves.
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
