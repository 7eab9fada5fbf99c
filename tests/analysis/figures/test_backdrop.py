"""The ground of a Plotly map: plain data, no requests, and a scale bar that is true."""

import json

import numpy as np
import pytest

from analysis.city.basemap import choose_basemap
from analysis.city.ground import Ground, Place
from analysis.city.maps import DARK, LIGHT, bounds_of
from analysis.city.view import View
from analysis.figures.backdrop import backdrop, credit
from himnet.data.registry import DATASETS

HOSTILE = "<img src=x onerror=alert(1)>{name}%{y}"


@pytest.fixture(scope="module")
def sensors():
    return DATASETS["METRLA"].info().sensors


def view_of(sensors):
    return View.of(bounds_of(sensors.latitude, sensors.longitude), 400, 460)


def style_of(sensors, ground=None, style=LIGHT):
    places = np.column_stack([sensors.longitude, sensors.latitude])
    return backdrop(ground or choose_basemap(sensors)[0], view_of(sensors), places, style)


def features(style, source):
    return style["sources"][source]["data"]["features"]


def test_it_asks_for_nothing(sensors):
    style = style_of(sensors)
    told = json.dumps(style, allow_nan=False)
    assert not style.keys() & {"glyphs", "sprite"}
    assert {source["type"] for source in style["sources"].values()} == {"geojson"}
    assert "//" not in told
    assert len(told) < 60_000


def test_land_sea_roads_and_names_are_there(sensors):
    style = style_of(sensors)
    inks = [one["properties"]["ink"] for one in features(style, "areas")]
    assert inks[0] == "sea"
    assert set(inks[1:]) == {"land"}
    names = {one["properties"]["text"] for one in features(style, "names")}
    assert {"US-101", "I-5", "Hollywood", "Downtown"} <= names
    (roads,) = features(style, "roads")
    assert len(roads["geometry"]["coordinates"]) > 40


def test_it_follows_the_theme_and_needs_no_base_map(sensors):
    light, dark = (json.dumps(style_of(sensors, style=style)["layers"]) for style in (LIGHT, DARK))
    assert light != dark
    assert DARK.road in dark
    style = style_of(sensors, Ground())
    assert not features(style, "areas") + features(style, "names") + features(style, "roads")
    assert credit(Ground(), LIGHT) == []


def test_a_scale_bar_is_as_long_as_it_says(sensors):
    line, text = features(style_of(sensors), "scale")
    (west, south), (east, north) = line["geometry"]["coordinates"]
    assert south == north
    metres = (east - west) * 111_320 * np.cos(np.radians(south))
    number, unit = text["properties"]["text"].split()
    assert metres == pytest.approx(float(number) * {"km": 1000, "m": 1}[unit], rel=0.02)


def test_names_are_values_and_never_templates(sensors):
    ground = Ground(places=(Place(HOSTILE, -118.36, 34.2),), credit=HOSTILE)
    style = style_of(sensors, ground)
    (name,) = features(style, "names")
    assert name["properties"]["text"] == HOSTILE
    fields = [one["layout"]["text-field"] for one in style["layers"] if one["type"] == "symbol"]
    assert all(field == ["get", "text"] for field in fields)
    assert HOSTILE not in json.dumps(style["layers"])
    (note,) = credit(ground, LIGHT)
    assert "<" not in note["text"]
