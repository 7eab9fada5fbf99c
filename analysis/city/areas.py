"""Names of where sensors are, by which clusters can be named: roads, districts or directions."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from analysis.city.roads import positions, sensor_frame
from himnet.data.info import Sensors

_SHARED = 0.5  # of the sensors: names of at most so many kinds are those of streets or districts
_PLACES = 9  # groups of places that are found by k-means
_CENTRAL = 0.5  # of the root mean square distance from the middle; within is the centre
_WAYS = (
    "east", "north-east", "north", "north-west", "west", "south-west", "south", "south-east"
)  # fmt: skip


def area_names(sensors: Sensors) -> tuple[str, ...]:
    """Return the name (N,) of the area of each sensor, "" if unknown.

    That is its road (freeway and direction) where any is known, else its name where sensors share
    names, as those of one street do, else where it is in the city, such as ``"north-west"`` or
    ``"centre"``: the direction of its group of places (k-means) from the middle.
    """
    if any(sensors.road_names):
        return sensors.road_names
    names = tuple(name.strip() for name in sensors.name or ())
    kinds = Counter(filter(None, names))
    if kinds and len(kinds) <= _SHARED * len(sensors):
        return names
    return _directions(sensors) if sensors.has_coordinates else ("",) * len(sensors)


def has_several_roads(sensors: Sensors) -> bool:
    """Whether roads (freeway and direction) can be told apart."""
    return len(set(filter(None, sensors.road_names))) > 1


def area_kind(sensors: Sensors) -> str:
    """Return what `area_names` are: ``"road"``, ``"area"``, or "" without any."""
    if any(sensors.road_names):
        return "road"
    return "area" if any(area_names(sensors)) else ""


@lru_cache(maxsize=8)
def _directions(sensors: Sensors) -> tuple[str, ...]:
    from sklearn.cluster import KMeans

    places = positions(sensor_frame(sensors))
    kinds = min(_PLACES, len(np.unique(places, axis=0)))
    if kinds < 2:
        return ("",) * len(sensors)
    fitted = KMeans(n_clusters=kinds, n_init=4, random_state=0).fit(places)
    names = _named(fitted.cluster_centers_ - places.mean(axis=0), places)
    return tuple(names[group] for group in fitted.labels_.tolist())


def _named(middles: NDArray[np.float64], places: NDArray[np.float64]) -> list[str]:
    """Return the name of each group (k, 2) by its metres east and north of the middle of places."""
    spread = np.sqrt(places.var(axis=0).sum())
    eighths = np.round(np.arctan2(middles[:, 1], middles[:, 0]) / (np.pi / 4)).astype(np.int64)
    away = np.linalg.norm(middles, axis=1)
    return [
        "centre" if metres < _CENTRAL * spread else _WAYS[eighth % len(_WAYS)]
        for metres, eighth in zip(away.tolist(), eighths.tolist(), strict=True)
    ]
