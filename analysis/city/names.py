"""Positions of the names of freeways and places on a map, such that none covers another.

A name is anchored to the ground and drawn a fixed number of pixels beside its anchor. Positions are
worked out for one view, in which no two names overlap; maps that zoom hide those that would.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from analysis.city.ground import Ground, Line, Place
from analysis.city.view import Pixels, View
from analysis.limits import evenly

MOST_NAMES = 60  # of places, and of freeways
_PLACE_LETTER, _ROAD_LETTER = 6.4, 7.2  # widest mean width of a letter, in pixels
_PLACE_HEIGHT, _ROAD_HEIGHT, _FRAME = 15.0, 19.0, 12.0
_MOST_WIDE = 132.0  # longer names are cut
_STEP, _MOST_SPOTS = 30.0, 48  # pixels between candidate positions along a freeway
_BESIDE = (0.0, 17.0, 24.0, 32.0)  # distances of a freeway's name from it
_NEARBY = ((0, 0), (0, -14), (0, 14), (-24, 0), (24, 0), (-24, -14), (24, -14), (-24, 14), (24, 14))
_AIR = 4.0  # pixels around a name
_DOT = 5.0  # pixels around a sensor
_MOST_DOTS, _MOST_POINTS = 1_500, 6_000  # sensors and points of roads that names are kept off
_MOST_COVERED = 3  # sensors beneath the name of a place
_SENSOR_COST, _ROAD_COST, _AWAY_COST = 4.0, 0.5, 0.12  # for each sensor, point of a road, pixel
_LONELY_COST, _MOST_LONELY = 0.02, 3.0  # for each pixel to the nearest sensor, and at most
_SPARE, _SPARE_APART = 10, 60.0  # other positions of a freeway's name, and pixels between them

Box = tuple[float, float, float, float]  # left, top, right and bottom


class Spot(NamedTuple):
    """A position of a name.

    Attributes:
        longitude, latitude: of its anchor, in degrees.
        right, down: offset of the name's centre from the anchor, in pixels.
    """

    longitude: float
    latitude: float
    right: int
    down: int


class Name(NamedTuple):
    """A name and its position.

    Attributes:
        text: the name.
        kind: ``"road"`` or ``"place"``.
        spot: where it is in the view.
        box: the room that it takes there, in pixels.
        spare: other positions for maps that zoom, the best first; in the view, some are taken.
    """

    text: str
    kind: Literal["road", "place"]
    spot: Spot
    box: Box
    spare: tuple[Spot, ...] = ()


def names_on(
    ground: Ground, view: View, sensors: Line, *, free: tuple[Box, ...] = ()
) -> list[Name]:
    """Return the names to draw in a view, the most important first.

    The freeways of the sensors come first, then the places, then other freeways. Those for which
    there is no room are left out.

    Args:
        ground: whose names.
        view: what is seen of it.
        sensors: (n, 2) longitude and latitude of what the names should not cover.
        free: parts of the view, in pixels, in which nothing is to be written.
    """
    seen = _some(sensors[np.isfinite(sensors).all(axis=1)].astype(float), _MOST_DOTS)
    return list(_names(ground, view, seen.tobytes(), free))


@lru_cache(maxsize=32)
def _names(ground: Ground, view: View, sensors: bytes, free: tuple[Box, ...]) -> tuple[Name, ...]:
    paths = _visible_roads(ground, view)
    room = _Room(view, view.pixels(np.frombuffer(sensors).reshape(-1, 2)), paths)
    room.taken = np.array(free, dtype=float).reshape(-1, 4)
    places = [name for place in ground.places[:MOST_NAMES] if (name := room.place(place))]
    # the shortest first: they have the fewest positions
    order = sorted(paths, key=lambda text: (text not in ground.sensed, sum(map(len, paths[text]))))
    roads = [name for text in order[:MOST_NAMES] if (name := room.road(text, paths[text]))]
    first = [name for name in roads if name.text in ground.sensed]
    return (*first, *places, *(name for name in roads if name.text not in ground.sensed))


def _visible_roads(ground: Ground, view: View) -> dict[str, list[Pixels]]:
    """Return the visible parts of each freeway as points that are some pixels apart."""
    found: dict[str, list[Pixels]] = {}
    frame = np.array([view.width, view.height])
    for road in ground.roads:
        if road.gap or not road.name or len(road.line) < 2:
            continue
        path = _even(view.pixels(road.line))
        inside = ((path > 0) & (path < frame)).all(axis=1)
        if inside.any():
            found.setdefault(road.name, []).append(path[inside])
    return found


def _some(points: Pixels, most: int) -> Pixels:
    """Return points (n, 2), or so many of them, evenly chosen."""
    return points if len(points) <= most else points[evenly(len(points), most, ends=True)]


def _even(path: Pixels) -> Pixels:
    """Return points (n, 2) along a path at equal distances, no more than there is use for."""
    along = np.append(0.0, np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1)))
    count = int(np.clip(along[-1] / 10.0, 2, 2_000))
    steps = np.linspace(0.0, along[-1], count)
    return np.column_stack([np.interp(steps, along, path[:, axis]) for axis in (0, 1)])


class _Room:
    """The room for names in a view.

    Attributes:
        view: what is seen.
        dots: (n, 2) pixels of the sensors.
        roads: (m, 2) pixels along all freeways.
        taken: (k, 4) boxes in which nothing can be written any more.
    """

    def __init__(self, view: View, dots: Pixels, paths: dict[str, list[Pixels]]) -> None:
        self.view, self.dots = view, dots
        lines = [one for each in paths.values() for one in each]
        self.roads = _some(np.concatenate([np.empty((0, 2)), *lines]), _MOST_POINTS)
        self.taken = np.empty((0, 4))

    def place(self, place: Place) -> Name | None:
        """Return the name of a place at or near it; None without room."""
        at = self.view.pixels(np.array([[place.longitude, place.latitude]]))
        size = np.array([_wide(place.name, _PLACE_LETTER), _PLACE_HEIGHT])
        offsets = np.array(_NEARBY, dtype=float)
        boxes = _boxes(at + offsets, size)
        covered = _count(boxes, self.dots, _DOT)
        cost = covered * _SENSOR_COST + np.linalg.norm(offsets, axis=1) * _AWAY_COST
        # the name of a sensor says which point it names, so it must not hide another
        is_sensor = len(self.dots) > 0 and np.abs(self.dots - at).sum(axis=1).min() < 1.0
        most = 0 if is_sensor else _MOST_COVERED
        best = self._best(boxes, np.where(covered > most, np.inf, cost))
        if best is None:
            return None
        self.taken = np.vstack([self.taken, boxes[best]])
        return Name(place.name, "place", self._spot(at[0], offsets[best]), _box(boxes[best]))

    def road(self, text: str, paths: list[Pixels]) -> Name | None:
        """Return the name of a freeway on or beside it; None without room."""
        at, offsets = _spots(paths)
        size = np.array([_wide(text, _ROAD_LETTER) + _FRAME, _ROAD_HEIGHT])
        boxes = _boxes(at + offsets, size)
        cost = _count(boxes, self.dots, _DOT) * _SENSOR_COST
        own = np.concatenate(paths)
        crossed = _count(boxes, self.roads, 0.0) - _count(boxes, own, 0.0)
        cost += np.maximum(crossed, 0.0) * _ROAD_COST
        cost += np.linalg.norm(offsets, axis=1) * _AWAY_COST
        if len(self.dots):
            away, _ = cKDTree(self.dots).query(at)
            cost += np.minimum(away * _LONELY_COST, _MOST_LONELY)
        best = self._best(boxes, cost)
        if best is None:
            return None
        spare = tuple(self._spot(at[one], offsets[one]) for one in _spare(at, cost, best))
        self.taken = np.vstack([self.taken, boxes[best]])
        return Name(text, "road", self._spot(at[best], offsets[best]), _box(boxes[best]), spare)

    def _best(self, boxes: NDArray[np.float64], cost: NDArray[np.float64]) -> int | None:
        """Return the cheapest box that is inside and overlaps no other; None if there is none."""
        inside = (boxes[:, :2] >= 0).all(axis=1)
        inside &= (boxes[:, 2] <= self.view.width) & (boxes[:, 3] <= self.view.height)
        grown = boxes + np.array([-_AIR, -_AIR, _AIR, _AIR])
        free = inside & ~(
            (grown[:, None, 0] < self.taken[:, 2]) & (grown[:, None, 2] > self.taken[:, 0])
            & (grown[:, None, 1] < self.taken[:, 3]) & (grown[:, None, 3] > self.taken[:, 1])
        ).any(axis=1)  # fmt: skip
        price = np.where(free, cost, np.inf)
        best = int(price.argmin())
        return best if np.isfinite(price[best]) else None

    def _spot(self, anchor: Pixels, offset: Pixels) -> Spot:
        ((longitude, latitude),) = self.view.degrees(anchor[None])
        return Spot(float(longitude), float(latitude), round(offset[0]), round(offset[1]))


def _spare(at: Pixels, cost: NDArray[np.float64], first: int) -> list[int]:
    """Return the cheapest candidates that are apart from each other and from the first one."""
    chosen = [first]
    for _ in range(_SPARE):
        apart = np.linalg.norm(at[:, None] - at[chosen], axis=-1).min(axis=1) >= _SPARE_APART
        if not apart.any():
            break
        chosen.append(int(np.where(apart, cost, np.inf).argmin()))
    return chosen[1:]


def _box(edges: NDArray[np.float64]) -> Box:
    left, top, right, bottom = map(float, edges)
    return left, top, right, bottom


def _wide(text: str, letter: float) -> float:
    return min(len(text) * letter, _MOST_WIDE)


def _boxes(centres: Pixels, size: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.hstack([centres - size / 2, centres + size / 2])


def _count(boxes: NDArray[np.float64], points: Pixels, around: float) -> NDArray[np.float64]:
    """Return how many points are in each box, or within some pixels of it."""
    left, top, right, bottom = (boxes + np.array([-around, -around, around, around])).T[:, :, None]
    x, y = points.T
    within: NDArray[np.bool_] = (x > left) & (x < right) & (y > top) & (y < bottom)
    counts: NDArray[np.float64] = within.sum(axis=1).astype(float)
    return counts


def _spots(paths: list[Pixels]) -> tuple[Pixels, Pixels]:
    """Return anchors along a freeway (k, 2), and offsets (k, 2) on it and to both of its sides."""
    total = sum(map(len, paths))
    every = max(int(_STEP / 10), -(-total // _MOST_SPOTS))
    anchors, across = [], []
    for path in paths:
        chosen = np.arange(min(len(path) // 2, every // 2), len(path), every)
        ahead = np.gradient(path, axis=0)[chosen] if len(path) > 1 else np.array([[1.0, 0.0]])
        length = np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
        anchors.append(path[chosen])
        across.append(np.column_stack([-ahead[:, 1], ahead[:, 0]]) / length)
    at, side = np.concatenate(anchors), np.concatenate(across)
    # names are wider than high: beside a road that runs up, they are farther away
    reach = side * np.array([1.5, 1.0])
    offsets = [sign * away * reach for away in _BESIDE for sign in ((1, -1) if away else (1,))]
    return np.tile(at, (len(offsets), 1)), np.concatenate(offsets)
