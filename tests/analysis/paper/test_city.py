"""The map panel in print: a thin ground, a scale bar that is true, and names that stand apart."""

import json

import numpy as np
import pytest
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.transforms import Bbox
from shapely.geometry import MultiLineString, Point

from analysis.city.basemap import FILE_NAME
from analysis.city.carriageways import degrees
from analysis.paper.canvas import panel, sheet
from analysis.paper.city import (
    city_of,
    credit_in,
    draw_city,
    name_freeways,
    places_apart,
    said_apart,
)
from analysis.paper.labels import text_boxes
from himnet.data.info import Sensors
from himnet.data.registry import DATASETS
from tests.analysis.paper import places

SIZES = {"wide": (3, 8, 120, 80), "small": (3, 8, 54, 44), "flat": (3, 8, 80, 36)}


@pytest.fixture(scope="module")
def sensors():
    return DATASETS["METRLA"].info().sensors


def drawn(city, size, **options):
    figure = sheet("double", 100)
    axes = panel(figure, SIZES[size])
    draw_city(axes, city, **options)
    name_freeways(axes, city)
    return figure, axes


@pytest.mark.parametrize("size", SIZES)
def test_no_name_overlaps_another_text(sensors, size):
    figure, axes = drawn(city_of(sensors), size)
    boxes = text_boxes(figure)
    shown = {text.get_text() for text in axes.texts}
    assert set(sensors.freeway) <= shown
    assert {"Hollywood", "Burbank"} & shown
    for number, box in enumerate(boxes):
        assert not [other for other in boxes[:number] if Bbox.intersection(box, other)]


def test_the_freeways_are_thin_and_the_sea_is_pale(sensors):
    _, axes = drawn(city_of(sensors), "wide")
    (roads,) = [part for part in axes.collections if isinstance(part, LineCollection)]
    assert max(roads.get_linewidths()) < 1
    assert len(roads.get_segments()) > 10
    areas = [part for part in axes.collections if isinstance(part, PolyCollection)]
    sea, land = areas[:2]
    assert len(sea.get_paths()) == 1
    assert land.get_paths()
    assert 0.8 < sea.get_facecolor()[0, :3].min() < land.get_facecolor()[0, :3].min() == 1


def test_who_made_the_ground_is_named_where_it_is_drawn(sensors):
    figure, _ = drawn(city_of(sensors), "small")
    assert credit_in(figure) == " Base map: Caltrans PeMS; US Census Bureau."
    alone, _ = drawn(places.city(places.crossroads()), "small")
    assert credit_in(alone) == credit_in(sheet("double", 20)) == ""


def test_sensors_lie_on_their_freeways(sensors):
    city = city_of(sensors)
    _, axes = drawn(city, "wide")
    (roads,) = [part for part in axes.collections if isinstance(part, LineCollection)]
    lines = MultiLineString(roads.get_segments())
    assert max(lines.distance(Point(place)) for place in city.places) < 250


def test_a_citys_own_base_map_is_drawn_and_followed_when_it_changes(tmp_path):
    town = places.city(places.crossroads())
    line = {"type": "LineString", "coordinates": [[-0.01, -0.01], [0.01, 0.01]]}

    def write(source):
        road = {"type": "Feature", "properties": {"kind": "road", "name": "R-9"}, "geometry": line}
        content = {"type": "FeatureCollection", "source": source, "features": [road]}
        (tmp_path / FILE_NAME).write_text(json.dumps(content), encoding="utf-8")

    sensors = places_sensors(town)
    for source in ("one", "the other"):
        write(source)
        city = city_of(sensors, tmp_path / FILE_NAME)
        assert city.ground.credit == source
        assert [road.name for road in city.ground.roads] == ["R-9"]
    (tmp_path / FILE_NAME).write_text("no map", encoding="utf-8")
    assert city_of(sensors, tmp_path / FILE_NAME).ground.sensed == {"R-1", "R-2"}


def places_sensors(town):
    latitude, longitude = degrees(town.frame)
    columns = (tuple(town.frame[name]) for name in ("freeway", "direction"))
    return Sensors(tuple(town.frame["id"]), latitude, longitude, *columns)


def test_carriageways_are_apart_by_what_shows_and_only_where_two_face_each_other(sensors):
    city = city_of(sensors)
    _, axes = drawn(city, "small")
    (west, east), millimetres = axes.get_xlim(), SIZES["small"][2]
    moved = np.linalg.norm(places_apart(axes, city) - city.places, axis=1)
    assert moved * millimetres / (east - west) == pytest.approx(np.full(len(moved), 0.55))
    assert "own side" in said_apart(city)
    crossing = places.city(places.crossroads())
    _, axes = drawn(crossing, "small")
    assert np.array_equal(places_apart(axes, crossing), crossing.places)
    assert said_apart(crossing) == ""
