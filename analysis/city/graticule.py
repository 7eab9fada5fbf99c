"""The ground of a city of which no freeways and no base map are known: a graticule and names."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.city.ground import Ground, Place
from analysis.city.scale_bar import degree_text

_STEPS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 45.0)  # degrees
_LINES = 4  # of each kind that cross the sensors, about
_BEYOND = 12  # lines beyond the sensors, so that a map can be moved
_HIGHEST = 85.0  # degrees of latitude; maps end there
_NAMED = 14  # sensors whose names are written, if there is room


def graticule(
    latitude: NDArray[np.floating], longitude: NDArray[np.floating], names: tuple[str, ...] = ()
) -> Ground:
    """Return a ground that says where sensors are: lines of round degrees, and sensors' names.

    Args:
        latitude, longitude: (N,) degrees, as `analysis.city.carriageways.degrees` returns them.
        names: (N,) of the sensors, "" if unknown; or none.
    """
    north, east = (np.asarray(one, dtype=float) for one in (latitude, longitude))
    span = max(np.ptp(north), np.ptp(east), _STEPS[0])
    step = next((size for size in _STEPS if span / size <= _LINES), _STEPS[-1])
    digits = max(0, -int(np.floor(np.log10(step))))
    across = _round_degrees(float(north.min()), float(north.max()), step)
    across = across[np.abs(across) <= _HIGHEST]
    up = _round_degrees(float(east.min()), float(east.max()), step)
    if not len(across):
        return Ground()
    lines = [np.array([[up[0], parallel], [up[-1], parallel]]) for parallel in across]
    lines += [np.array([[meridian, across[0]], [meridian, across[-1]]]) for meridian in up]
    inside = (_within(across, north), _within(up, east))
    told = [
        *(Place(degree_text(at, "N", "S", digits), float(east.min()), at) for at in inside[0]),
        *(
            Place(degree_text(_turned(at), "E", "W", digits), at, float(north.min()))
            for at in inside[1]
        ),
        *_named_sensors(north, east, names),
    ]
    return Ground(borders=tuple(lines), places=tuple(told))


def _round_degrees(low: float, high: float, step: float) -> NDArray[np.float64]:
    """Return multiples of a step around a range and beyond."""
    first, last = np.floor(low / step) - _BEYOND, np.ceil(high / step) + _BEYOND
    return np.round(np.arange(first, last + 1) * step, 6)


def _within(degrees: NDArray[np.float64], of: NDArray[np.float64]) -> list[float]:
    return [float(at) for at in degrees if of.min() <= at <= of.max()]


def _turned(longitude: float) -> float:
    return (longitude + 180) % 360 - 180


def _named_sensors(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], names: tuple[str, ...]
) -> list[Place]:
    """Return names of sensors, each as far as possible from those before it."""
    known = np.array([place for place, name in enumerate(names) if name.strip()], dtype=np.int64)
    if not len(known):
        return []
    points = np.column_stack([longitude, latitude])[known]
    chosen = [int(np.linalg.norm(points - points.mean(axis=0), axis=1).argmin())]
    away = np.linalg.norm(points - points[chosen[0]], axis=1)
    while len(chosen) < min(_NAMED, len(known)):
        chosen.append(int(away.argmax()))
        away = np.minimum(away, np.linalg.norm(points - points[chosen[-1]], axis=1))
    return [Place(names[known[place]].strip(), *map(float, points[place])) for place in chosen]
