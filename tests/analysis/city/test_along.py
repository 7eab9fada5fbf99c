"""Sensors as seen from one: upstream is where the traffic comes from, whichever way it goes."""

import numpy as np
import pytest

from analysis.city.along import nowhere, seen_from
from analysis.city.roads import find_roads, sensor_frame
from himnet.data.info import Sensors

EAST = np.linspace(0, 0.04, 5)  # degrees of longitude; at 40 degrees north, 0.01 is 854 m
COUNT = len(EAST)


def seen(directions, *, sensor=2, freeway="A1", east=EAST):
    sensors = Sensors(
        tuple(f"s{n}" for n in range(COUNT)), np.full(COUNT, 40.0), east,
        (freeway,) * COUNT, tuple(directions),
    )  # fmt: skip
    frame = sensor_frame(sensors)
    return seen_from(sensor, frame, find_roads(frame))


def test_upstream_is_the_side_that_traffic_comes_from():
    eastwards, westwards = seen("EEEEE"), seen("WWWWW")
    assert eastwards.upstream.tolist() == [True, True, False, False, False]
    assert eastwards.downstream.tolist() == [False, False, False, True, True]
    assert westwards.upstream.tolist() == eastwards.downstream.tolist()
    assert westwards.downstream.tolist() == eastwards.upstream.tolist()


def test_distances_are_symmetric_and_along_a_straight_road_those_of_the_crow():
    found = seen("EEEEE")
    assert np.abs(found.along) == pytest.approx(found.km, rel=1e-3)
    assert found.km[2] == found.along[2] == 0
    assert found.km[0] == pytest.approx(seen("EEEEE", sensor=0).km[2])


def test_the_other_carriageway_is_on_neither_side():
    found = seen("EWEWE")
    assert np.isnan(found.along[[1, 3]]).all()
    assert found.upstream.tolist() == [True, False, False, False, False]
    assert found.words(1) == "0.9 km away"


@pytest.mark.parametrize("direction", ["", "Inner", "Eindhoven", "Stadteinwärts", "NS"])
def test_where_traffic_goes_is_not_guessed(direction):
    found = seen([direction] * COUNT)
    assert not found.knows_road
    assert not (found.upstream | found.downstream).any()


def test_words_say_side_and_distance():
    found = seen("EEEEE", east=np.array([0.0, 0.01, 0.02, 0.02, 0.03]))
    assert found.words(2) == "itself"
    assert found.words(3) == "at the same place"
    assert found.words(0) == "1.7 km upstream"
    assert found.words(4) == "0.9 km downstream"


def test_a_sensor_alone_on_its_road_knows_no_sides():
    assert not seen("EWWWW", sensor=0).knows_road


def test_without_places_nothing_is_known():
    found = nowhere(1, 3)
    assert np.isnan(found.km).all()
    assert not found.knows_road
    assert [found.words(place) for place in range(3)] == ["", "itself", ""]
