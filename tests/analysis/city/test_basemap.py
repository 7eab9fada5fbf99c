"""Base maps: METR-LA lies on its own, other cities on none, and strangers' files are checked."""

import copy
import json

import geopandas as gpd
import numpy as np
import pytest
from shapely.geometry import LineString

from analysis.city import basemap
from analysis.city.basemap import (
    BUNDLED,
    FILE_NAME,
    MOST_BYTES,
    MOST_FEATURES,
    MOST_LETTERS,
    MOST_POINTS,
    basemap_in,
    basemap_state,
    choose_basemap,
    ground_in,
    load_basemap,
)
from analysis.city.carriageways import degrees
from analysis.city.roads import WGS84, sensor_frame
from analysis.errors import AnalysisError
from himnet.checkpoints import load_arrays
from himnet.data.info import Sensors
from himnet.data.registry import DATASETS

FARTHEST = 250.0  # metres of a sensor from its freeway's curve
SMALL = {
    "type": "FeatureCollection",
    "source": "made up",
    "features": [
        {
            "type": "Feature",
            "properties": {"kind": "land"},
            "geometry": {
                "type": "Polygon",
                "coordinates": [[[144.0, -38.0], [146.0, -38.0], [146.0, -37.0], [144.0, -38.0]]],
            },
        },
        {
            "type": "Feature",
            "properties": {"kind": "road", "name": "M1", "direction": "N"},
            "geometry": {"type": "LineString", "coordinates": [[144.9, -37.9], [145.0, -37.7]]},
        },
        {
            "type": "Feature",
            "properties": {"kind": "place", "name": "Melbourne"},
            "geometry": {"type": "Point", "coordinates": [144.96, -37.81]},
        },
    ],
}


def changed(*keys, to):
    """The small base map with one part of it replaced."""
    content = copy.deepcopy(SMALL)
    part = content
    for key in keys[:-1]:
        part = part[key]
    part[keys[-1]] = to
    return content


def melbourne(count=4):
    place = np.linspace(-37.85, -37.75, count), np.linspace(144.91, 144.98, count)
    return Sensors(tuple(map(str, range(count))), *place)


@pytest.fixture(scope="module")
def los_angeles():
    return DATASETS["METRLA"].info().sensors


def test_every_sensor_of_metr_la_is_on_the_curve_of_its_freeway(los_angeles):
    ground, problem = choose_basemap(los_angeles)
    assert problem == ""
    frame = sensor_frame(los_angeles)
    curves = gpd.GeoDataFrame(
        {"name": [road.name for road in ground.roads]},
        geometry=[LineString(road.line) for road in ground.roads],
        crs=WGS84,
    ).to_crs(frame.crs)
    away = np.array(
        [
            curves.geometry[curves["name"] == freeway].distance(point).min()
            for freeway, point in zip(los_angeles.freeway, frame.geometry, strict=True)
        ]
    )
    assert away.max() < FARTHEST
    assert np.median(away) < 20


def test_the_bundled_map_is_small_and_says_who_made_it():
    (file,) = BUNDLED
    assert file.stat().st_size < 150_000
    ground = load_basemap(file)
    assert "Caltrans" in ground.credit
    assert "Census" in ground.credit
    assert {"I-5", "US-101", "SR-134"} <= {road.name for road in ground.roads}
    assert {"Downtown", "Hollywood", "Pasadena"} <= {place.name for place in ground.places}
    assert len(ground.places) >= 10


def test_the_bay_is_sea_and_downtown_is_land():
    from shapely.geometry import Point, Polygon

    ground = load_basemap(BUNDLED[0])
    land = [Polygon(rings[0], rings[1:]) for rings in ground.land]
    assert any(part.contains(Point(-118.2437, 34.0522)) for part in land)
    assert not any(part.contains(Point(-118.60, 33.95)) for part in land)
    assert Polygon(ground.sea).contains(Point(-118.60, 33.95))


@pytest.mark.parametrize("name", ["synthetic-city", "melbourne"])
def test_cities_elsewhere_have_no_base_map(name):
    assert choose_basemap(load_arrays(f"checkpoints/{name}").dataset.sensors) == (None, "")


def test_it_is_decided_by_where_most_sensors_are(los_angeles):
    def moved(share):
        latitude = los_angeles.latitude.copy()
        latitude[: int(share * len(latitude))] += 5
        return Sensors(los_angeles.ids, latitude, los_angeles.longitude)

    assert choose_basemap(moved(0.05))[0] is not None
    assert choose_basemap(moved(0.2))[0] is None
    assert choose_basemap(Sensors(("a",))) == (None, "")


def test_a_city_brings_its_own(tmp_path):
    assert basemap_in(tmp_path) is None
    assert basemap_in(None) is None
    (tmp_path / FILE_NAME).write_text(json.dumps(SMALL), encoding="utf-8")
    ground, problem = choose_basemap(melbourne(), basemap_in(tmp_path))
    assert problem == ""
    assert [road.name for road in ground.roads] == ["M1"]
    assert ground.credit == "made up"
    assert ground.bounds == (144.0, -38.0, 146.0, -37.0)


def test_it_is_read_once_until_it_changes(tmp_path, monkeypatch):
    file = tmp_path / FILE_NAME
    file.write_text(json.dumps(SMALL), encoding="utf-8")
    first = load_basemap(file)
    monkeypatch.setattr(basemap, "parse_json", lambda text: pytest.fail("it was read again"))
    assert load_basemap(file) is first
    before = basemap_state(file)
    monkeypatch.undo()
    file.write_text(json.dumps(changed("source", to="another")), encoding="utf-8")
    assert basemap_state(file) != before
    assert load_basemap(file).credit == "another"
    assert basemap_state(None) == basemap_state(tmp_path / "missing") == ()


def test_one_that_is_elsewhere_is_told_and_the_bundled_one_is_drawn(tmp_path, los_angeles):
    file = tmp_path / FILE_NAME
    file.write_text(json.dumps(SMALL), encoding="utf-8")
    ground, problem = choose_basemap(los_angeles, file)
    assert "does not cover the sensors" in problem
    assert str(file) in problem
    assert "Caltrans" in ground.credit


def geometry(kind, coordinates):
    return {"type": kind, "coordinates": coordinates}


LINE = ("features", 1, "geometry")
NAN_PLACE = json.dumps(SMALL).replace("144.96", "NaN")
BAD = {
    "no json": "{",
    "not a number": NAN_PLACE,
    "infinite": json.dumps(SMALL).replace("144.96", "1e999"),
    "twice": json.dumps(SMALL)[:-1] + ',"features":[]}',
    "too large": " " * (MOST_BYTES + 1),
    "deep": "[" * 100_000 + "]" * 100_000,
    "another type": json.dumps({"type": "Feature"}),
    "a list": "[1]",
    "no features": json.dumps(changed("features", to=[])),
    "features of another type": json.dumps(changed("features", to={"a": 1})),
    "too many features": json.dumps(changed("features", to=[1] * (MOST_FEATURES + 1))),
    "no feature": json.dumps(changed("features", 1, to=None)),
    "no geometry": json.dumps(changed("features", 1, "geometry", to=None)),
    "no kind": json.dumps(changed("features", 1, "properties", to={})),
    "a kind that is a list": json.dumps(changed("features", 1, "properties", "kind", to=[])),
    "a road of points": json.dumps(changed(*LINE, to=geometry("Point", [1, 2]))),
    "a list as type": json.dumps(changed(*LINE, to=geometry(["LineString"], [[1, 2], [1, 3]]))),
    "one point": json.dumps(changed(*LINE, to=geometry("LineString", [[1, 2]]))),
    "no points": json.dumps(changed(*LINE, to=geometry("LineString", None))),
    "flat": json.dumps(changed(*LINE, to=geometry("LineString", [1, 2, 3]))),
    "texts": json.dumps(changed(*LINE, to=geometry("LineString", [["1", "2"], ["3", "4"]]))),
    "booleans": json.dumps(changed(*LINE, to=geometry("LineString", [[True, 1], [2, 3]]))),
    "beyond the pole": json.dumps(changed(*LINE, to=geometry("LineString", [[1, 91], [2, 3]]))),
    "beyond the line": json.dumps(changed(*LINE, to=geometry("LineString", [[181, 1], [2, 3]]))),
    "huge": json.dumps(changed(*LINE, to=geometry("LineString", [[1e300, 1], [2, 3]]))),
    "too many points": json.dumps(
        changed(*LINE, to=geometry("LineString", [[1, 2]] * (MOST_POINTS + 1)))
    ),
    "a long name": json.dumps(
        changed("features", 2, "properties", "name", to="x" * (MOST_LETTERS + 1))
    ),
    "two lines": json.dumps(changed("features", 2, "properties", "name", to="a\nb")),
    "a name that steers": json.dumps(changed("features", 2, "properties", "name", to="\u202eb")),
    "a number as name": json.dumps(changed("features", 2, "properties", "name", to=5)),
    "a list as source": json.dumps(changed("source", to=["x"])),
    "bounds of three": json.dumps({**SMALL, "bbox": [1, 2, 3]}),
    "bounds of texts": json.dumps({**SMALL, "bbox": ["1", 2, 3, 4]}),
    "bounds in another order": json.dumps({**SMALL, "bbox": [3, 2, 1, 4]}),
}


@pytest.mark.parametrize("what", BAD)
def test_what_is_no_base_map_is_a_sentence_and_leaves_the_city_as_it_is(tmp_path, what):
    file = tmp_path / FILE_NAME
    file.write_text(BAD[what], encoding="utf-8")
    with pytest.raises(AnalysisError) as told:
        load_basemap(file)
    sentence = str(told.value)
    assert sentence.startswith(f"the base map {file} cannot be used: ")
    assert sentence.endswith("mend it or remove it")
    assert "\n" not in sentence
    assert len(sentence) < 500
    assert choose_basemap(melbourne(), file) == (None, sentence)


def test_bytes_that_are_no_text_and_files_that_are_gone_are_sentences(tmp_path):
    file = tmp_path / FILE_NAME
    file.write_bytes(b"\xff\xfe\x00")
    for path in (file, tmp_path / "gone.geojson"):
        with pytest.raises(AnalysisError, match="cannot be used"):
            load_basemap(path)


def test_holes_bounds_and_heights_are_read():
    lake = [[144.9, -37.95], [144.95, -37.95], [144.95, -37.9], [144.9, -37.95]]
    content = copy.deepcopy(SMALL)
    content["features"][0]["geometry"]["coordinates"].append(lake)
    content["features"][2]["geometry"]["coordinates"].append(31.0)  # metres above the sea
    content["bbox"] = [140, -40, 150, -30]
    ground = ground_in(content)
    (rings,) = ground.land
    assert [len(ring) for ring in rings] == [4, 4]
    assert ground.bounds == (140, -40, 150, -30)
    assert (ground.places[0].longitude, ground.places[0].latitude) == (144.96, -37.81)


def test_its_longitudes_are_near_those_of_the_sensors(tmp_path):
    content = copy.deepcopy(SMALL)
    content["features"] = [content["features"][1]]
    line = [[179.8, -17.0], [179.9, -17.1]]
    content["features"][0]["geometry"] = geometry("LineString", line)
    content["bbox"] = [179, -18, 180, -16]
    file = tmp_path / FILE_NAME
    file.write_text(json.dumps(content), encoding="utf-8")
    # most are west of the line, and some beyond it
    longitude = np.append(np.full(10, 179.85), -179.99)
    sensors = Sensors(tuple(map(str, range(11))), np.full(11, -17.05), longitude)
    ground, _ = choose_basemap(sensors, file)
    _, drawn = degrees(sensor_frame(sensors))
    assert np.abs(ground.roads[0].line[:, 0] - drawn[0]).max() < 1
