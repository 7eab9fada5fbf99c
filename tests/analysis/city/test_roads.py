"""Roads: a sensor's neighbours along its freeway are those that a driver passes next."""

import numpy as np
import pytest

from analysis.city.roads import (
    WGS84,
    distance_matrix,
    find_roads,
    freeway_lines,
    order_along,
    positions,
    sensor_frame,
)
from analysis.errors import AnalysisError
from himnet.data.info import Sensors
from himnet.data.registry import DATASETS


@pytest.fixture(scope="module")
def los_angeles():
    return DATASETS["METRLA"].info().sensors


def sensors_at(latitude, longitude, freeway=None, direction=None):
    count = len(latitude)
    return Sensors(
        ids=tuple(f"s{number}" for number in range(count)),
        latitude=np.asarray(latitude, dtype=float),
        longitude=np.asarray(longitude, dtype=float),
        freeway=freeway if freeway is None else tuple(freeway),
        direction=direction if direction is None else tuple(direction),
    )


def arc(count, bend):
    """Points along 10 km of a road that turns by a given angle."""
    angle = np.linspace(0, bend, count)
    return 10_000 / bend * np.column_stack([np.cos(angle), np.sin(angle)])


@pytest.mark.parametrize("bend", [0.1, 1.5, np.pi, 5.5])
def test_sensors_of_a_bending_road_are_ordered_along_it(bend):
    rng = np.random.default_rng(3)
    points = arc(40, bend) + rng.normal(0, 15, (40, 2))
    shuffled = rng.permutation(40)
    order = shuffled[order_along(points[shuffled])]
    assert order.tolist() in (list(range(40)), list(range(39, -1, -1)))


def test_a_road_that_folds_back_on_itself_is_followed_around():
    x = np.concatenate([np.linspace(0, 5000, 12), [5400, 5400], np.linspace(5000, 0, 12)])
    y = np.concatenate([np.zeros(12), [300, 700], np.full(12, 1000)])
    points = np.column_stack([x, y])
    shuffled = np.random.default_rng(0).permutation(len(points))
    order = shuffled[order_along(points[shuffled])]
    assert order.tolist() in (list(range(26)), list(range(25, -1, -1)))


def test_a_sensor_off_the_line_and_twins_at_one_site_make_no_detour():
    points = np.array([[0, 0], [1000, 0], [1010, 90], [2000, 0], [2000, 0], [3000, 0]], float)
    order = order_along(points)
    path = points[order]
    assert sorted(order) == [0, 1, 2, 3, 4, 5]
    assert np.linalg.norm(np.diff(path, axis=0), axis=1).sum() < 3_200


@pytest.mark.parametrize("count", [1, 2])
def test_one_or_two_sensors_are_a_road(count):
    sensors = sensors_at([34.0, 34.1][:count], [-118, -118][:count], ["A"] * count, ["S"] * count)
    frame = sensor_frame(sensors)
    (road,) = find_roads(frame)
    assert road.label == "A S"
    assert road.members.tolist() == [[0], [1, 0]][count - 1]
    assert road.length == pytest.approx([0, 11_100][count - 1], rel=0.01)
    assert len(freeway_lines(frame, [road])) == count - 1


@pytest.mark.parametrize(
    ("direction", "first"),
    [
        ("N", 0),
        ("S", 9),
        ("E", 0),
        ("W", 9),
        ("", 0),
        ("inner", 0),
        ("sb", 9),
        ("Westbound", 9),
        ("Stadteinwärts", 0),
        ("Wien", 0),
    ],
)
def test_the_order_is_that_of_travel(direction, first):
    along = np.linspace(0, 0.1, 10)
    sensors = sensors_at(34 + along, -118 + along, ["R"] * 10, [direction] * 10)
    (road,) = find_roads(sensor_frame(sensors))
    assert road.members[0] == first
    assert (road.gaps > 0).all()


def test_sensors_of_unknown_road_are_in_no_road():
    sensors = sensors_at([34, 34.1, 34.2], [-118, -118, -118], ["A", "", "A"], ["N", "N", "N"])
    frame = sensor_frame(sensors)
    assert frame["road"].tolist() == ["A N", "", "A N"]
    assert [road.members.tolist() for road in find_roads(frame)] == [[0, 2]]


def test_without_roads_there_are_distances_but_no_lines():
    frame = sensor_frame(sensors_at([34, 34.1], [-118, -118.1]))
    assert find_roads(frame) == []
    assert len(freeway_lines(frame, [])) == 0
    assert distance_matrix(frame)[0, 1] == pytest.approx(14_440, rel=0.01)


def test_no_coordinates_is_an_error_that_names_the_command():
    with pytest.raises(AnalysisError, match=r"no coordinates.*himnet convert --sensors"):
        sensor_frame(Sensors.numbered(3))


@pytest.mark.parametrize(("latitude", "longitude"), [(0, 0), (-33.9, 151.2), (64, -21), (-17, 180)])
def test_distances_are_metres_anywhere_on_the_globe(latitude, longitude):
    west = [longitude - 0.05, (longitude + 0.05 + 180) % 360 - 180]
    frame = sensor_frame(sensors_at([latitude, latitude], west))
    expected = np.radians(0.1) * 6_378_137 * np.cos(np.radians(latitude))
    assert distance_matrix(frame)[0, 1] == pytest.approx(expected, rel=0.004)


def test_distances_are_a_metric_matrix(los_angeles):
    distance = distance_matrix(sensor_frame(los_angeles))
    assert distance.shape == (207, 207)
    assert np.array_equal(distance, distance.T)
    assert not distance.diagonal().any()
    assert distance.max() < 50_000


def test_metrla_has_sixteen_roads_of_plausible_length(los_angeles):
    roads = {road.label: road for road in find_roads(sensor_frame(los_angeles))}
    assert len(roads) == 16
    assert sum(len(road.members) for road in roads.values()) == 207
    assert len(np.unique(np.concatenate([road.members for road in roads.values()]))) == 207
    assert next(iter(roads)) == "US-101 N"  # longest first
    assert roads["US-101 N"].length == pytest.approx(32_000, rel=0.02)
    assert roads["SR-134 E"].length == pytest.approx(16_900, rel=0.02)


def test_metrla_neighbours_along_a_road_are_near_each_other(los_angeles):
    roads = find_roads(sensor_frame(los_angeles))
    gaps = np.concatenate([road.gaps for road in roads])
    assert np.median(gaps) < 1_000
    # one stretch of I-405 has no sensor for 8.6 km; nothing else is far from its neighbour
    assert (gaps > 4_000).sum() == 1
    assert np.sort(gaps)[-2] < 3_500


def test_metrla_roads_do_not_double_back(los_angeles):
    frame = sensor_frame(los_angeles)
    points = positions(frame)
    for road in find_roads(frame):
        steps = np.diff(points[road.members], axis=0)
        turns = (steps[1:] * steps[:-1]).sum(axis=1)
        assert (turns > 0).all(), road.label


def test_opposite_carriageways_run_against_each_other(los_angeles):
    frame = sensor_frame(los_angeles)
    points = positions(frame)
    ends = {r.label: points[r.members[-1]] - points[r.members[0]] for r in find_roads(frame)}
    for label, ahead in ends.items():
        freeway, way = label.rsplit(" ", 1)
        assert ahead @ ends[f"{freeway} {dict(N='S', S='N', E='W', W='E')[way]}"] < 0


def test_lines_pass_through_their_sensors_and_mark_long_gaps(los_angeles):
    frame = sensor_frame(los_angeles)
    roads = find_roads(frame)
    lines = freeway_lines(frame, roads)
    assert lines["gap"].sum() == 1
    assert lines.loc[lines["gap"], "road"].tolist() == ["I-405 N"]
    for road in roads:
        own = lines.geometry[lines["road"] == road.label].union_all()
        assert frame.geometry[road.members].distance(own).max() < 1e-6


def test_lines_can_be_put_on_a_map(los_angeles):
    frame = sensor_frame(los_angeles)
    west, south, east, north = freeway_lines(frame, find_roads(frame)).to_crs(WGS84).total_bounds
    assert (south, north) == (
        pytest.approx(los_angeles.latitude.min()),
        pytest.approx(los_angeles.latitude.max()),
    )
    assert (west, east) == (
        pytest.approx(los_angeles.longitude.min()),
        pytest.approx(los_angeles.longitude.max()),
    )
