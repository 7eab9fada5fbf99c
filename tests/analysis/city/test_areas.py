"""Names of areas: roads, shared names, or directions from the middle."""

import numpy as np
import pytest

from analysis.city.areas import area_kind, area_names, has_several_roads
from himnet.data.info import Sensors

COUNT = 45
RNG = np.random.default_rng(0)
# nine groups of five sensors, in a square of three by three
MIDDLES = np.array([(east, north) for north in (-1, 0, 1) for east in (-1, 0, 1)], dtype=float)
NAMES = (
    "south-west", "south", "south-east", "west", "centre", "east", "north-west", "north",
    "north-east",
)  # fmt: skip
PLACES = np.repeat(MIDDLES, 5, axis=0) * 0.02 + RNG.normal(0, 0.0005, (COUNT, 2))


def sensors(**more):
    ids = tuple(str(number) for number in range(COUNT))
    return Sensors(ids, 10 + PLACES[:, 1], 20 + PLACES[:, 0], **more)


def test_places_are_named_by_their_direction_from_the_middle():
    assert area_names(sensors()) == tuple(np.repeat(NAMES, 5))
    assert area_kind(sensors()) == "area"


def test_names_that_sensors_share_are_those_of_areas():
    streets = tuple(f"street {number % 6}" for number in range(COUNT))
    assert area_names(sensors(name=streets)) == streets
    alone = tuple(f"corner {number}" for number in range(COUNT))
    assert area_names(sensors(name=alone)) == tuple(np.repeat(NAMES, 5))


def test_roads_come_first():
    found = sensors(freeway=("A1",) * COUNT, direction=("N",) * COUNT, name=("x",) * COUNT)
    assert area_names(found) == ("A1 N",) * COUNT
    assert area_kind(found) == "road"
    assert not has_several_roads(found)
    both = ("N", "S", *"N" * (COUNT - 2))
    assert has_several_roads(sensors(freeway=("A1",) * COUNT, direction=both))


@pytest.mark.parametrize("places", [{}, {"latitude": np.ones(COUNT), "longitude": np.ones(COUNT)}])
def test_nothing_is_named_where_nothing_is_known(places):
    found = Sensors(tuple(map(str, range(COUNT))), **places)
    assert area_names(found) == ("",) * COUNT
    assert area_kind(found) == ""
