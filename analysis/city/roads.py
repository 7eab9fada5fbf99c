"""Locations of sensors: distances in metres, and their order along a road.

A *road* is one freeway in one direction of travel, as in sensor labels (``"US-101 N"``). All
distances are straight lines in metres; no road network is needed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from scipy.sparse.csgraph import dijkstra, minimum_spanning_tree
from scipy.spatial.distance import cdist
from shapely import line_locate_point
from shapely import points as shapely_points
from shapely.geometry import LineString, Point

from analysis.errors import AnalysisError
from analysis.limits import check_pairs, evenly, is_large
from himnet.data.info import Sensors, road_label

WGS84 = "EPSG:4326"
MOST_ORDERED = 60  # sensors of a road in a large city that are ordered by all pairs
# N, NB, north, north-bound, northbound and so on
_COMPASS = re.compile(
    r"(n(?:orth)?|s(?:outh)?|e(?:ast)?|w(?:est)?)[- ]?(?:b|bd|bound)?\.?", re.IGNORECASE
)
LONG_GAP_METRES = 4_000.0  # between neighbours; a straight line over more would be misleading


@dataclass(frozen=True)
class Road:
    """The sensors of one freeway and direction, in the order of travel.

    Attributes:
        label: ``"US-101 N"``.
        freeway, direction: the label's two parts; direction is "" if unknown.
        members: (n,) positions of the sensors in the data set's columns, in order of travel.
        along: (n,) metres from the first sensor, along the sensors.
    """

    label: str
    freeway: str
    direction: str
    members: NDArray[np.int64]
    along: NDArray[np.float64]

    @property
    def length(self) -> float:
        """Metres from the first to the last sensor."""
        return float(self.along[-1])

    @property
    def gaps(self) -> NDArray[np.float64]:
        """Metres (n - 1,) from each sensor to the next."""
        return np.diff(self.along)


def sensor_frame(sensors: Sensors) -> gpd.GeoDataFrame:
    """Return the sensors as points in metres, one row per sensor in column order.

    The coordinate system is azimuthal equidistant around the centre of the sensors: within a city,
    distances are accurate to a few centimetres, anywhere on the globe and across UTM zones.

    Returns:
        Columns id, freeway, direction, road ("" if unknown) and geometry.

    Raises:
        AnalysisError: if the sensors have no coordinates.
    """
    if sensors.latitude is None or sensors.longitude is None:
        raise AnalysisError(
            f"the {len(sensors)} sensors have no coordinates; add latitude and longitude to the "
            f"data set's sensors.csv, or use python -m himnet convert --sensors FILE.csv"
        )
    unknown = ("",) * len(sensors)
    frame = gpd.GeoDataFrame(
        {
            "id": sensors.ids,
            "freeway": [name.strip() for name in sensors.freeway or unknown],
            "direction": [name.strip() for name in sensors.direction or unknown],
        },
        geometry=gpd.points_from_xy(sensors.longitude, sensors.latitude),
        crs=WGS84,
    )
    frame["road"] = [
        road_label(freeway, way)
        for freeway, way in zip(frame["freeway"], frame["direction"], strict=True)
    ]
    return frame.to_crs(_local_metres(sensors.latitude, sensors.longitude))


def _local_metres(latitude: NDArray[np.float64], longitude: NDArray[np.float64]) -> str:
    """Return a metric coordinate system around points; longitudes may cross the antimeridian."""
    around = np.exp(1j * np.radians(longitude)).mean()
    return f"+proj=aeqd +lat_0={latitude.mean()} +lon_0={np.degrees(np.angle(around))} +units=m"


def in_degrees(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """Convert shapes of a local coordinate system to degrees (WGS 84), for maps.

    In a city across the antimeridian, longitudes continue from 179.9 to 180.1: maps accept that,
    whereas they would draw a line from 179.9 to -179.9 around the whole earth.

    Args:
        shapes: in the coordinate system of `sensor_frame`.
    """
    origin = gpd.GeoSeries([Point(0, 0)], crs=shapes.crs).to_crs(WGS84).x[0]

    def near_origin(degrees: NDArray[np.float64]) -> NDArray[np.float64]:
        turns = np.round((degrees[:, 0] - origin) / 360)
        return np.column_stack([degrees[:, 0] - 360 * turns, degrees[:, 1]])

    return shapes.to_crs(WGS84).transform(near_origin)


def positions(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return metres east and north (N, 2) of the rows of `sensor_frame`."""
    return np.column_stack([frame.geometry.x.to_numpy(), frame.geometry.y.to_numpy()])


def distance_matrix(frame: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """Return the distances in metres (N, N) of all sensors: symmetric, zero on the diagonal.

    Raises:
        AnalysisError: for more than `analysis.limits.MOST_QUADRATIC` sensors.
    """
    points = positions(frame)
    check_pairs(len(points), len(points))
    return np.asarray(cdist(points, points))


def find_roads(frame: gpd.GeoDataFrame) -> list[Road]:
    """Return the roads of `sensor_frame`, longest first; sensors without a road are left out.

    In a city of more than `analysis.limits.MOST_QUADRATIC` sensors, `MOST_ORDERED` sensors of each
    road determine the order of the others.
    """
    points = positions(frame)
    freeways, directions = frame["freeway"].to_numpy(), frame["direction"].to_numpy()
    most = MOST_ORDERED if is_large(len(frame)) else None
    known = frame[frame["road"] != ""]
    roads = []
    for label, rows in sorted(known.groupby("road").indices.items()):
        members = known.index.to_numpy()[rows]
        freeway, direction = freeways[members[0]], directions[members[0]]
        order = order_along(points[members], most=most)
        if _against_travel(points[members[order]], direction):
            order = order[::-1]
        steps = np.linalg.norm(np.diff(points[members[order]], axis=0), axis=1)
        along = np.concatenate([[0.0], np.cumsum(steps)])
        roads.append(Road(str(label), freeway, direction, members[order], along))
    return sorted(roads, key=lambda road: -road.length)


def compass(direction: str) -> str:
    """Return which of N, S, E and W a direction of travel is, "" if it is none of them.

    >>> compass("NB"), compass("Southbound"), compass("e"), compass("Nottingham")
    ('N', 'S', 'E', '')
    """
    found = _COMPASS.fullmatch(direction.strip())
    return found[1][0].upper() if found else ""


def _against_travel(points: NDArray[np.float64], direction: str) -> bool:
    """Whether points (n, 2) run against N, S, E or W; otherwise, west to east is forwards."""
    east, north = points[-1] - points[0]
    forward = {"N": north, "S": -north, "W": -east}.get(compass(direction), east)
    return bool(forward < 0)


def order_along(points: NDArray[np.float64], *, most: int | None = None) -> NDArray[np.int64]:
    """Return the order (n,) of points (n, 2) along a curve, as a short path through them.

    The longest path through the minimum spanning tree follows the curve whatever its bends, where
    a projection on one axis would fold it. Points off that path are inserted where they lengthen
    it least, and parts are reversed while that shortens it.

    Args:
        points: (n, 2).
        most: for more points, that many of them, from west to east or from south to north, are
            ordered, and the others are inserted at the nearest part of that path; None orders all.
    """
    if len(points) < 3:
        return np.arange(len(points))
    if most is not None and len(points) > most:
        return _order_of_many(points, most)
    distance = cdist(points, points)
    path = _spine(distance)
    for point in sorted(set(range(len(points))) - set(path)):
        path.insert(_cheapest_place(path, point, distance), point)
    return _without_detours(np.asarray(path), distance)


def _order_of_many(points: NDArray[np.float64], most: int) -> NDArray[np.int64]:
    """Return the order (n,) of many points (n, 2) along a path through some of them."""
    across = np.argsort(points[:, np.ptp(points, axis=0).argmax()], kind="stable")
    some = across[evenly(len(across), most, ends=True)]
    path = points[some[order_along(points[some])]]
    line = LineString(path)
    return np.argsort(line_locate_point(line, shapely_points(points)), kind="stable")


def _spine(distance: NDArray[np.float64]) -> list[int]:
    """Return the longest path through the minimum spanning tree of a distance matrix (n, n)."""
    # csgraph reads values below 1e-8 as "no edge", but several detectors may share one location
    tree = minimum_spanning_tree(np.maximum(distance, 1e-6))
    lengths, before = dijkstra(tree, directed=False, return_predecessors=True)
    start, end = np.unravel_index(np.argmax(lengths), lengths.shape)
    path = [int(end)]
    while path[-1] != start:
        path.append(int(before[start, path[-1]]))
    return path[::-1]


def _cheapest_place(path: list[int], point: int, distance: NDArray[np.float64]) -> int:
    """Return the index at which a point lengthens a path least, including both ends."""
    to_path = distance[point, path]
    between = to_path[:-1] + to_path[1:] - distance[path[:-1], path[1:]]
    return int(np.argmin(np.concatenate([to_path[:1], between, to_path[-1:]])))


def _without_detours(path: NDArray[np.int64], distance: NDArray[np.float64]) -> NDArray[np.int64]:
    """Shorten an open path (n,) by reversing parts of it until no reversal helps (2-opt)."""
    count = len(path)
    first, last = np.triu_indices(count, 1)
    # a border of zeros at both ends lets a reversal include the end of the path at no cost
    for _ in range(count * count):
        hops = np.zeros((count + 2, count + 2))
        hops[1:-1, 1:-1] = distance[np.ix_(path, path)]
        before, after = first, last + 2  # neighbours of path[first:last + 1], in the padded array
        gain = hops[before, before + 1] + hops[after - 1, after]
        gain -= hops[before, after - 1] + hops[before + 1, after]
        best = int(np.argmax(gain))
        if gain[best] <= 1e-6:
            break
        span = slice(first[best], last[best] + 1)
        path[span] = path[span][::-1]
    return path


def freeway_lines(
    frame: gpd.GeoDataFrame, roads: Iterable[Road], *, long_gap: float = LONG_GAP_METRES
) -> gpd.GeoDataFrame:
    """Return lines through the sensors of each road, split where neighbours are far apart.

    Returns:
        Columns road, freeway, direction, gap (True for a straight line across more than `long_gap`
        metres without a sensor) and geometry, in the frame's coordinate system.
        A road of one sensor has no line.
    """
    points = positions(frame)
    cut = [(road, piece, is_gap) for road in roads for piece, is_gap in _pieces(road, long_gap)]
    # types are explicit, since they cannot be inferred if no road has a line
    columns = {
        "road": np.array([road.label for road, _, _ in cut], dtype=object),
        "freeway": np.array([road.freeway for road, _, _ in cut], dtype=object),
        "direction": np.array([road.direction for road, _, _ in cut], dtype=object),
        "gap": np.array([is_gap for _, _, is_gap in cut], dtype=bool),
    }
    lines = gpd.GeoSeries([LineString(points[piece]) for _, piece, _ in cut], crs=frame.crs)
    return gpd.GeoDataFrame(columns, geometry=lines)


def _pieces(road: Road, long_gap: float) -> list[tuple[NDArray[np.int64], bool]]:
    """Return the runs of a road's members without a long gap, and the pairs at each gap."""
    cuts = np.flatnonzero(road.gaps > long_gap) + 1
    runs = [(run, False) for run in np.split(road.members, cuts) if len(run) > 1]
    return runs + [(road.members[cut - 1 : cut + 1], True) for cut in cuts]
