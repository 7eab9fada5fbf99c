"""A city as the player of a day draws it: sensors and ground in a rectangle, as plain numbers."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.city.ground import Ground, Line
from analysis.city.maps import bounds_of
from analysis.city.names import names_on
from analysis.city.view import View

Floats = NDArray[np.float64]
_SHEET = (380.0, 280.0)  # pixels of the map for which names are placed
_MARGIN = 0.06  # of the sensors' extent, around them
_NARROWEST, _WIDEST = 0.2, 5.0  # ratios of width to height
_BEYOND = 1.0  # of the rectangle's sides: as much of the roads around it is sent


@dataclass(frozen=True)
class Places:
    """Sensors in a rectangle with sides from 0 to 1, north up, and the ground in and around it.

    Attributes:
        x, y: (N,) of the sensors, from west to east and from south to north.
        aspect: the ratio of width to height of the rectangle.
        north: its height in degrees of latitude.
        ground: `sea`, a ring or None; `land`, polygons as their rings; `roads`, lines; `names` with
            `text`, `kind`, `at` (x, y) and `offset` in pixels; `credit`. Points are pairs of x, y.
    """

    x: Floats
    y: Floats
    aspect: float
    north: float
    ground: dict[str, Any]


def in_a_rectangle(latitude: Floats, longitude: Floats, ground: Ground) -> Places:
    """Scale a city to a rectangle around its sensors.

    Args:
        latitude, longitude: (N,) of the sensors, in degrees.
        ground: what is beneath them.
    """
    bounds = bounds_of(latitude, longitude)
    bounds += _MARGIN * np.ptp(bounds, axis=0) * np.array([[-1.0], [1.0]])
    wide, high = np.ptp(View.of(bounds, *_SHEET).pixels(bounds[:, ::-1]), axis=0)
    aspect = float(np.clip(wide / high, _NARROWEST, _WIDEST))
    rectangle = View.of(bounds, _SHEET[0], _SHEET[0] / aspect)

    def scaled(points: Line) -> Floats:
        share = rectangle.pixels(points) / np.array([rectangle.width, rectangle.height])
        return np.column_stack([share[:, 0], 1 - share[:, 1]])

    sensors = np.column_stack([longitude, latitude])
    x, y = scaled(sensors).T
    ends = rectangle.degrees(np.array([[0.0, 0.0], [0.0, rectangle.height]]))
    return Places(x, y, aspect, float(np.ptp(ends[:, 1])), {
        "sea": None if ground.sea is None else _pairs(scaled(ground.sea)),
        "land": [[_pairs(scaled(ring)) for ring in rings] for rings in ground.land],
        "roads": _near(scaled(road.line) for road in ground.roads if not road.gap),
        "names": [
            {
                "text": one.text,
                "kind": one.kind,
                "at": _pairs(scaled(np.array([one.spot[:2]])))[0],
                "offset": list(one.spot[2:]),
            }
            for one in names_on(ground, View.of(bounds, *_SHEET), sensors)
        ],
        "credit": ground.credit,
    })  # fmt: skip


def _near(lines: Iterable[Floats]) -> list[list[list[float]]]:
    """Return the lines of which a part is in the rectangle or not far from it."""
    low, high = -_BEYOND, 1 + _BEYOND
    return [
        _pairs(line)
        for line in lines
        if (line.min(axis=0) <= high).all() and (line.max(axis=0) >= low).all()
    ]


def _pairs(points: Floats) -> list[list[float]]:
    pairs: list[list[float]] = np.round(points, 4).tolist()
    return pairs
