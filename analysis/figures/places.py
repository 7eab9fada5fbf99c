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
_SHEET = (380.0, 320.0)  # pixels of the rectangle, for which names are placed
_MARGIN = 0.06  # of the sensors' extent, around them
_BEYOND = 0.5  # of the rectangle's sides: lines and areas end there, outside of what is seen


@dataclass(frozen=True)
class Places:
    """Sensors and ground in a rectangle with sides from 0 to 1, north up.

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
    sheet = View.of(bounds, *_SHEET)

    def scaled(points: Line) -> Floats:
        share = sheet.pixels(points) / np.array([sheet.width, sheet.height])
        return np.column_stack([share[:, 0], 1 - share[:, 1]])

    places = scaled(np.column_stack([longitude, latitude]))
    tall = float(np.ptp(sheet.degrees(np.array([[0.0, 0.0], [0.0, sheet.height]]))[:, 1]))
    sensors = np.column_stack([longitude, latitude])
    wide, high = _SHEET
    return Places(places[:, 0], places[:, 1], wide / high, tall, {
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
            for one in names_on(ground, sheet, sensors, free=((0.0, high - 22.0, wide, high),))
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
