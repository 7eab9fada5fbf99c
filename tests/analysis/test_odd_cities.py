"""Places and roads of cities of which little is known, or which lie oddly on the globe."""

import warnings

import numpy as np
import pytest

from analysis.city.carriageways import carriageway_pairs, degrees, drawn_apart, one_carriageway
from analysis.city.ground import ground_through
from analysis.city.maps import bounds_of, city_data, city_map
from analysis.city.roads import distance_matrix, find_roads, freeway_lines, positions, sensor_frame
from analysis.cli import main
from analysis.figures.city import city_scatter
from analysis.figures.colouring import by_name
from analysis.figures.places import in_a_rectangle
from himnet.data.info import Sensors
from tests.app import odd_cities

PLACED = [name for name, told in odd_cities.CITIES.items() if "latitude" in told]
WITHOUT_LINES = (
    "no-roads", "no-freeway", "blank-names", "spaces", "roads-of-one", "one-road-of-one",
    "one-place-no-roads", "antipodes", "two-sensors",
)  # fmt: skip


@pytest.mark.parametrize("name", PLACED)
def test_everything_about_places_can_be_worked_out(name):
    sensors = odd_cities.sensors(name)
    frame = sensor_frame(sensors)
    roads = find_roads(frame)
    lines = freeway_lines(frame, roads)
    assert np.isfinite(positions(frame)).all()
    assert np.isfinite(distance_matrix(frame)).all()
    assert bool(len(lines)) == (name not in WITHOUT_LINES)
    members = np.concatenate([road.members for road in roads]) if roads else np.empty(0)
    assert len(members) == len(set(members.tolist())) == sum(frame["road"] != "")
    assert len(carriageway_pairs(frame)) <= len(sensors) / 2
    for side in ("north and east", "south and west"):
        assert one_carriageway(sensors, side).any()
    assert np.isfinite(positions(drawn_apart(frame, roads, 15.0))).all()
    assert len(ground_through(lines).roads) == len(lines)


@pytest.mark.parametrize("name", PLACED)
def test_every_map_of_it_can_be_drawn(name):
    sensors = odd_cities.sensors(name)
    frame = sensor_frame(sensors)
    lines = freeway_lines(frame, find_roads(frame))
    (latitude, longitude), ground = degrees(frame), ground_through(lines)
    bounds = bounds_of(latitude, longitude)
    assert np.isfinite(bounds).all()
    assert (bounds[0] < bounds[1]).all()
    colouring = by_name(sensors.roads or ("",) * len(sensors), name="road")
    figure = city_scatter(
        latitude, longitude, ground, colouring, ids=sensors.ids, about=sensors.ids
    )
    assert 1 <= figure.layout.map.zoom <= 15
    city_map(ground, bounds, leaflet_url="/leaflet")
    places = in_a_rectangle(latitude, longitude, ground)
    shares = np.array([*places.x, *places.y])
    assert ((shares >= 0) & (shares <= 1)).all()
    assert np.isfinite([places.aspect, places.north]).all()


def test_a_table_of_no_roads_is_one_of_shapes_with_its_types():
    frame = sensor_frame(odd_cities.sensors("no-roads"))
    lines = freeway_lines(frame, [])
    assert lines.crs == frame.crs
    assert lines["gap"].dtype == bool
    assert len(lines.geometry[~lines["gap"]]) == 0


def test_sensors_on_both_sides_of_the_antimeridian_are_near_and_drawn_in_one_piece():
    sensors = Sensors(
        ("a", "b"), np.array([0.0, 0.0]), np.array([179.9, -179.9]), ("A1", "A1"), ("E", "E")
    )
    frame = sensor_frame(sensors)
    assert distance_matrix(frame)[0, 1] == pytest.approx(0.2 * 111_320, rel=1e-3)
    latitude, longitude = degrees(frame)
    assert longitude == pytest.approx([179.9, 180.1])
    (road,) = find_roads(frame)
    assert road.members.tolist() == [0, 1]  # eastwards, across the line
    south_west, north_east = bounds_of(latitude, longitude, margin=0)
    assert north_east[1] - south_west[1] == pytest.approx(0.2)
    lines = freeway_lines(frame, [road], long_gap=1e6)
    ground = ground_through(lines)
    assert ground.roads[0].line[:, 0] == pytest.approx([179.9, 180.1])
    (name,) = city_data(ground, bounds_of(latitude, longitude))["names"]
    assert 179.9 < name["spots"][0]["place"][1] < 180.1
    figure = city_scatter(
        latitude, longitude, ground, by_name(("", ""), name="road"),
        ids=sensors.ids, about=sensors.ids,
    )  # fmt: skip
    assert figure.layout.map.center.lon == pytest.approx(180)
    assert figure.layout.map.zoom > 9  # a city, not the earth


def test_longitudes_elsewhere_are_those_of_the_file():
    sensors = odd_cities.sensors("no-roads")
    latitude, longitude = degrees(sensor_frame(sensors))
    assert latitude == pytest.approx(sensors.latitude, abs=1e-9)
    assert longitude == pytest.approx(sensors.longitude, abs=1e-9)


def test_a_map_of_the_pole_ends_where_mercators_does():
    bounds = bounds_of(np.full(3, 90.0), np.array([-180.0, 0.0, 180.0]))
    assert np.abs(bounds[:, 0]).max() < 85.06


@pytest.mark.parametrize(
    ("freeway", "direction", "roads", "comparable"),
    [
        (None, None, None, False),
        (("A", "B"), None, None, False),
        (None, ("N", "S"), None, False),
        (("", " "), ("N", ""), None, False),
        (("A", ""), ("N", "S"), ("A N", ""), False),
        ((" A ", "B"), (" ", "S"), ("A", "B S"), True),
    ],
)
def test_roads_are_known_where_freeways_are_named(freeway, direction, roads, comparable):
    sensors = Sensors(("a", "b"), freeway=freeway, direction=direction)
    assert sensors.roads == roads
    assert sensors.has_roads == comparable


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["no-roads", "one-place", "antimeridian", "two-sensors", "two-sensors-no-place"]
)
@pytest.mark.parametrize("command", ["figures", "claims", "export"])
def test_every_command_ends_well_or_says_in_a_sentence_what_is_missing(
    name, command, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path / "no-data"))
    checkpoint = str(odd_cities.save(tmp_path, name))
    words = {
        "figures": ["figures", "--checkpoint", checkpoint, "--out", "out"],
        "claims": ["claims", "--checkpoint", checkpoint, "--untrained", "20"],
        "export": ["export", "--checkpoint", checkpoint, "--out", "out.npz"],
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        status = main(words[command])
    said = capsys.readouterr()
    assert "Traceback" not in said.err
    assert status == 0 or said.err.strip()
