"""Positions of freeway names on a map, such that they cover neither roads nor other names."""

from __future__ import annotations

from typing import NamedTuple

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from shapely import STRtree
from shapely.geometry import LineString, Point

from analysis.city.roads import in_degrees

_PLACES = np.linspace(0.15, 0.85, 8)  # candidate positions along a line, on both sides
_CLEARANCE = 0.03  # of the map's diagonal: distance from the road at which a name is tested
_RIGHT_PIXELS, _UP_PIXELS = 30, 20  # distance from the road at which it is drawn


class FreewayName(NamedTuple):
    """The position of a freeway's name.

    Attributes:
        name: of the freeway.
        latitude, longitude: of the nearest point of the road, in degrees.
        right, down: offset of the name's centre from that point, in pixels.
    """

    name: str
    latitude: float
    longitude: float
    right: int
    down: int


def freeway_names(lines: gpd.GeoDataFrame) -> list[FreewayName]:
    """Return the position of each freeway's name.

    Args:
        lines: from `analysis.city.roads.freeway_lines`.
    """
    solid = lines[~lines["gap"]]
    if not len(solid):
        return []
    longest = solid.assign(length=solid.length).sort_values("length").groupby("freeway").tail(1)
    left, bottom, right, top = lines.total_bounds
    clearance = _CLEARANCE * float(np.hypot(right - left, top - bottom))
    places = [_places(line, clearance) for line in longest.geometry]
    roads = STRtree(lines.geometry.to_numpy())
    names = np.empty((0, 2))  # positions of the names so far
    anchors, sides = [], []
    for place in places:
        chosen = int(np.argmax(_room(place.names, roads, names, clearance / 2)))
        names = np.vstack([names, place.names[chosen]])
        anchors.append(Point(place.anchors[chosen]))
        sides.append(place.sides[chosen])
    degrees = in_degrees(gpd.GeoSeries(anchors, crs=lines.crs))
    return [
        FreewayName(
            str(freeway), point.y, point.x,
            round(_RIGHT_PIXELS * side[0]), round(-_UP_PIXELS * side[1]),
        )
        for freeway, point, side in zip(longest["freeway"], degrees, sides, strict=True)
    ]  # fmt: skip


class _Places(NamedTuple):
    """P candidate positions of a freeway's name, in the projection's metres.

    Attributes:
        anchors: (P, 2) points of the road.
        sides: (P, 2) unit vectors to the side of the road.
        names: (P, 2) centres of the name.
    """

    anchors: NDArray[np.float64]
    sides: NDArray[np.float64]
    names: NDArray[np.float64]


def _places(line: LineString, clearance: float) -> _Places:
    """Return the candidate positions of a line's name, on both sides of it."""
    points = shapely.line_interpolate_point(
        line, np.append(_PLACES, _PLACES + 0.01), normalized=True
    )
    here, ahead = np.split(shapely.get_coordinates(points), 2)
    along = ahead - here
    length = np.maximum(np.linalg.norm(along, axis=1, keepdims=True), 1e-9)
    across = np.column_stack([-along[:, 1], along[:, 0]]) / length
    anchors, sides = np.repeat(here, 2, axis=0), np.stack([across, -across], axis=1).reshape(-1, 2)
    return _Places(anchors, sides, anchors + clearance * sides)


def _room(
    points: NDArray[np.float64], roads: STRtree, names: NDArray[np.float64], radius: float
) -> NDArray[np.float64]:
    """Return the distance of points (P, 2) from every road and every name (M, 2), as circles."""
    shapes = shapely.points(points)
    (index, _), distance = roads.query_nearest(shapes, return_distance=True, all_matches=False)
    room = np.zeros(len(points))
    room[index] = distance
    if len(names):
        apart = np.linalg.norm(points[:, None] - names, axis=-1).min(axis=1) - radius
        room = np.minimum(room, np.maximum(apart, 0.0))
    return room
