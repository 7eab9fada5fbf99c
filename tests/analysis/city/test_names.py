"""Names on a map: none covers another in any view, and the sensors remain visible."""

import numpy as np
import pytest

from analysis.city.basemap import choose_basemap
from analysis.city.ground import Curve, Ground, Place, ground_through
from analysis.city.maps import bounds_of
from analysis.city.names import names_on
from analysis.city.roads import find_roads, freeway_lines, sensor_frame
from analysis.city.view import View, latitude_of, mercator
from himnet.data.registry import DATASETS

SIZES = [(640, 600), (400, 400), (380, 320), (900, 500), (200, 150)]


@pytest.fixture(scope="module")
def sensors():
    return DATASETS["METRLA"].info().sensors


@pytest.fixture(scope="module", params=["base map", "lines through the sensors"])
def ground(request, sensors):
    if request.param == "base map":
        return choose_basemap(sensors)[0]
    frame = sensor_frame(sensors)
    return ground_through(freeway_lines(frame, find_roads(frame)))


def places_of(sensors):
    return np.column_stack([sensors.longitude, sensors.latitude])


def view_of(sensors, size):
    return View.of(bounds_of(sensors.latitude, sensors.longitude), *size, padding=20)


def overlap(one, other):
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


@pytest.mark.parametrize("size", SIZES)
def test_no_name_covers_another_and_all_are_inside(ground, sensors, size):
    found = names_on(ground, view_of(sensors, size), places_of(sensors))
    for number, one in enumerate(found):
        left, top, right, bottom = one.box
        assert 0 <= left < right <= size[0]
        assert 0 <= top < bottom <= size[1]
        assert not [other for other in found[:number] if overlap(one.box, other.box)]


@pytest.mark.parametrize("size", SIZES[:4])
def test_all_freeways_of_the_sensors_are_named_once_and_first(ground, sensors, size):
    found = names_on(ground, view_of(sensors, size), places_of(sensors))
    roads = [one.text for one in found if one.kind == "road"]
    assert len(roads) == len(set(roads))
    assert set(roads[: len(ground.sensed)]) == ground.sensed == set(sensors.freeway)


def test_names_hide_few_sensors(ground, sensors):
    view = view_of(sensors, SIZES[0])
    dots = view.pixels(places_of(sensors))
    for one in names_on(ground, view, places_of(sensors)):
        left, top, right, bottom = one.box
        inside = (dots[:, 0] > left) & (dots[:, 0] < right)
        inside &= (dots[:, 1] > top) & (dots[:, 1] < bottom)
        assert inside.sum() <= 3


def test_the_name_of_a_sensor_hides_no_sensor():
    rng = np.random.default_rng(0)
    places = np.column_stack([rng.normal(144.96, 0.01, 60), rng.normal(-37.81, 0.01, 60)])
    ground = Ground(places=tuple(Place(f"Street {n}", *places[n]) for n in range(40)))
    view = View.of(bounds_of(places[:, 1], places[:, 0]), 400, 300, padding=20)
    dots = view.pixels(places)
    found = names_on(ground, view, places)
    assert len(found) > 3
    for one in found:
        left, top, right, bottom = one.box
        inside = (dots[:, 0] > left) & (dots[:, 0] < right)
        assert not (inside & (dots[:, 1] > top) & (dots[:, 1] < bottom)).any()


def test_a_name_is_anchored_to_its_road_and_offset_by_pixels(ground, sensors):
    view = view_of(sensors, SIZES[0])
    for one in names_on(ground, view, places_of(sensors)):
        ((x, y),) = view.pixels(np.array([one.spot[:2]]))
        middle = (one.box[0] + one.box[2]) / 2, (one.box[1] + one.box[3]) / 2
        assert middle == pytest.approx((x + one.spot.right, y + one.spot.down), abs=1)
        if one.kind == "road":
            paths = [view.pixels(road.line) for road in ground.roads if road.name == one.text]
            away = min(np.linalg.norm(path - [x, y], axis=1).min() for path in paths)
            assert away < 60  # of the nearest point that is stored


def test_other_positions_of_a_name_are_apart_from_each_other_and_on_its_road(ground, sensors):
    view = view_of(sensors, SIZES[0])
    found = names_on(ground, view, places_of(sensors))
    assert any(one.spare for one in found)
    for one in found:
        at = view.pixels(np.array([spot[:2] for spot in (one.spot, *one.spare)]))
        apart = np.linalg.norm(at[:, None] - at, axis=-1)[~np.eye(len(at), dtype=bool)]
        assert (apart > 55).all()
        assert not (one.kind == "place" and one.spare)


def test_nothing_is_written_where_room_is_kept_free(ground, sensors):
    kept = (0.0, 300.0, 640.0, 600.0)
    found = names_on(ground, view_of(sensors, SIZES[0]), places_of(sensors), free=(kept,))
    assert found
    assert not [one for one in found if overlap(one.box, kept)]


def test_a_ground_without_names_has_none():
    view = View.of(np.array([[0.0, 0.0], [1.0, 1.0]]), 300, 300)
    nothing = np.empty((0, 2))
    assert names_on(Ground(), view, nothing) == []
    unnamed = Curve("", "", np.array([[0.1, 0.1], [0.9, 0.9]]))
    elsewhere = Curve("R", "N", np.array([[5.0, 5.0], [6.0, 6.0]]))
    assert names_on(Ground((unnamed, elsewhere), places=(Place("P", 9, 9),)), view, nothing) == []


def test_a_view_shows_its_bounds_and_pixels_turn_into_degrees_again(sensors):
    bounds = bounds_of(sensors.latitude, sensors.longitude)
    for size in SIZES:
        view = View.of(bounds, *size, padding=10)
        corners = view.pixels(bounds[:, ::-1])
        assert (corners > 9.99).all()
        assert (corners < np.array(size) - 9.99).all()
        np.testing.assert_allclose(view.degrees(corners), bounds[:, ::-1], atol=1e-9)
    angles = np.array([-85.0, -34.0, 0.0, 60.0])
    np.testing.assert_allclose(latitude_of(mercator(angles)), angles)
    assert np.isfinite(mercator(np.array([90.0, -90.0]))).all()
