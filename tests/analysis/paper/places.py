"""Hand-made places for the tests of print figures: cities, models of them, and no t-SNE."""

from dataclasses import replace

import numpy as np

from analysis.geometry.projection import pca
from analysis.material import load_material
from analysis.paper.city import city_of
from himnet.data.info import Sensors
from tests.app import made_up

_DEGREE = 111_200.0  # metres


def city(rows):
    """A `City` of sensors given as (metres east, metres north, freeway, direction)."""
    east, north, freeway, direction = zip(*rows, strict=True)
    return city_of(
        Sensors(
            tuple(f"s{number}" for number in range(len(rows))),
            np.array(north) / _DEGREE,
            np.array(east) / _DEGREE,
            tuple(freeway),
            tuple(direction),
        )
    )


def two_carriageways(freeway, count, *, north=0.0):
    """Rows of `count` places with a sensor on each side: E, W, E, W, ..."""
    return [
        (900.0 * place, north + side, freeway, way)
        for place in range(count)
        for side, way in ((0.0, "E"), (40.0, "W"))
    ]


def crossroads(count=4):
    """Rows of two freeways that cross at (0, 0), `count` sensors on each, 500 m apart."""
    along = [(place - (count - 1) / 2) * 500 for place in range(count)]
    return [(x, 0.0, "R-1", "E") for x in along] + [(0.0, y, "R-2", "N") for y in along]


def material(folder, name, *, track=True, info=None, config=made_up.CONFIG):
    """An untrained model of a made-up city."""
    saved = made_up.save(folder, name, config, info)
    if track:
        made_up.add_track(saved, calendar=(info or made_up.city_info()).start is not None)
    return load_material(saved, data_dir=folder)


def without_roads():
    """The made-up city, of whose roads and calendar nothing is known."""
    info = made_up.city_info()
    bare = Sensors(info.sensors.ids, info.sensors.latitude, info.sensors.longitude)
    return replace(info, sensors=bare, start=None, first_weekday=None, unit="")


def quick_projection(coordinates, **_):
    """Principal components, which do for tests of how a figure is laid out."""
    return pca(coordinates).points
