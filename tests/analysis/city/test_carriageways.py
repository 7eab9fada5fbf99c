"""Opposite carriageways: found by place and name, switched off, and drawn apart."""

import numpy as np
import pytest

from analysis.city.carriageways import (
    LEAST_APART,
    carriageway_pairs,
    degrees,
    drawn_apart,
    metres_apart,
    one_carriageway,
)
from analysis.city.roads import distance_matrix, find_roads, positions, sensor_frame
from himnet.data.info import Sensors
from himnet.data.registry import DATASETS

METRE = 1 / 111_195  # degrees of latitude


@pytest.fixture(scope="module")
def los_angeles():
    return DATASETS["METRLA"].info().sensors


def freeway(*, lanes_apart=50, right_hand=True):
    """Five sensors northbound and five southbound, facing each other; the first is northbound."""
    north = np.arange(5) * 1_000 * METRE
    half = lanes_apart / 2 * METRE * (1 if right_hand else -1)
    return Sensors(
        ids=tuple(map(str, range(10))),
        latitude=np.concatenate([north, north]),
        longitude=np.concatenate([np.full(5, half), np.full(5, -half)]),
        freeway=("A",) * 10,
        direction=("N",) * 5 + ("S",) * 5,
    )


def test_sensors_that_face_each_other_are_pairs():
    assert carriageway_pairs(sensor_frame(freeway())).tolist() == [[n, n + 5] for n in range(5)]


def test_carriageways_far_apart_are_no_pairs():
    frame = sensor_frame(freeway(lanes_apart=80))
    assert carriageway_pairs(frame).shape == (0, 2)
    assert len(carriageway_pairs(frame, within=100)) == 5


def test_sensors_of_unknown_road_or_of_another_freeway_are_no_pairs():
    near = dict(latitude=np.zeros(3), longitude=np.zeros(3))
    unknown = Sensors(("a", "b", "c"), **near)
    crossing = Sensors(("a", "b", "c"), **near, freeway=("A", "B", ""), direction=("N", "S", ""))
    assert carriageway_pairs(sensor_frame(unknown)).shape == (0, 2)
    assert carriageway_pairs(sensor_frame(crossing)).shape == (0, 2)


def test_metrla_pairs_are_opposite_mutual_and_close(los_angeles):
    frame = sensor_frame(los_angeles)
    pairs = carriageway_pairs(frame)
    assert 40 <= len(pairs) <= 50
    assert len(np.unique(pairs)) == pairs.size
    assert (distance_matrix(frame)[pairs[:, 0], pairs[:, 1]] <= 60).all()
    freeways, ways = np.asarray(los_angeles.freeway), np.asarray(los_angeles.direction)
    assert (freeways[pairs[:, 0]] == freeways[pairs[:, 1]]).all()
    assert (ways[pairs[:, 0]] != ways[pairs[:, 1]]).all()


def test_one_carriageway_of_metrla(los_angeles):
    first = one_carriageway(los_angeles, "north and east")
    second = one_carriageway(los_angeles, "south and west")
    assert one_carriageway(los_angeles, "both").all()
    assert np.array_equal(first, ~second)
    assert {los_angeles.direction[n] for n in np.flatnonzero(first)} == {"N", "E"}


def test_one_carriageway_keeps_what_has_no_opposite():
    sensors = Sensors(
        ids=tuple("abcdef"),
        freeway=("A", "", "B", "B", "C", "C"),
        direction=("S", "N", "inner", "outer", "N", ""),
    )
    kept = one_carriageway(sensors, "north and east").tolist()
    assert kept == [True, True, True, False, True, True]
    kept = one_carriageway(sensors, "south and west").tolist()
    assert kept == [True, True, False, True, True, True]
    assert one_carriageway(Sensors.numbered(2), "north and east").all()


@pytest.mark.parametrize("right_hand", [True, False])
def test_carriageways_drawn_apart_move_away_from_each_other(right_hand):
    frame = sensor_frame(freeway(right_hand=right_hand))
    apart = drawn_apart(frame, find_roads(frame), 200)
    between = np.diagonal(distance_matrix(apart)[:5, 5:])
    assert between == pytest.approx(np.full(5, 450), abs=2)


def test_drawing_apart_moves_every_sensor_of_a_road_as_far_as_asked(los_angeles):
    frame = sensor_frame(los_angeles)
    moved = positions(drawn_apart(frame, find_roads(frame), 150)) - positions(frame)
    assert np.linalg.norm(moved, axis=1) == pytest.approx(np.full(207, 150))


def test_sensors_move_far_enough_to_be_seen_and_only_where_carriageways_face_each_other(
    los_angeles,
):
    frame = sensor_frame(los_angeles)
    extent = np.ptp(positions(frame), axis=0)
    pixels = 400 / extent[0]  # per metre, of a map in half of a page
    assert 4 < metres_apart(frame) * pixels < 8  # sensors are 10 wide
    some = np.arange(len(frame)) < 20
    assert LEAST_APART <= metres_apart(frame, some) < metres_apart(frame)
    assert metres_apart(sensor_frame(freeway(lanes_apart=80))) == 0


def test_drawing_apart_leaves_alone_what_has_no_direction():
    alone = Sensors(("a", "b"), np.zeros(2), np.array([0, 0.1]), ("A", ""), ("N", ""))
    frame = sensor_frame(alone)
    assert np.array_equal(positions(drawn_apart(frame, find_roads(frame), 100)), positions(frame))


def test_degrees_are_those_of_the_sensors(los_angeles):
    latitude, longitude = degrees(sensor_frame(los_angeles))
    assert latitude == pytest.approx(los_angeles.latitude, abs=1e-9)
    assert longitude == pytest.approx(los_angeles.longitude, abs=1e-9)
