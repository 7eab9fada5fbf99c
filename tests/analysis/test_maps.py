"""Maps: every sensor drawn, nothing asked from the network, strangers' names harmless."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

import analysis
from analysis.maps import (
    DARK,
    LIGHT,
    Legend,
    SensorMarks,
    bounds_of,
    city_map,
    sensor_layer,
    standalone_html,
)
from analysis.roads import find_roads, freeway_lines, sensor_frame
from analysis.shields import shield_features
from himnet.data.info import Sensors
from himnet.data.registry import DATASETS

LEAFLET = Path(analysis.__file__).parents[1] / "app" / "static" / "leaflet"
HOSTILE = '</script><img src=x onerror="alert(1)">'


@pytest.fixture(scope="module")
def los_angeles():
    return DATASETS["METRLA"].info().sensors


def marks_of(sensors, **changes):
    count = len(sensors)
    settings = dict(
        ids=sensors.ids,
        roads=sensors.roads or ("",) * count,
        groups=[str(number % 3) for number in range(count)],
        latitude=sensors.latitude,
        longitude=sensors.longitude,
        colours=[("#4477aa", "#ee6677", "#228833")[number % 3] for number in range(count)],
        group_name="cluster",
        shown=np.ones(count, dtype=bool),
    )
    return SensorMarks(**settings | changes)


def mapped(sensors, marks=None, **options):
    frame = sensor_frame(sensors)
    lines = freeway_lines(frame, find_roads(frame))
    bounds = bounds_of(sensors.latitude, sensors.longitude)
    drawn = city_map(lines, bounds, leaflet_url="/files", **options)
    sensor_layer(marks or marks_of(sensors)).add_to(drawn)
    return drawn


def features(layer):
    """The GeoJSON features of a layer, in drawing order."""
    return [f for child in layer._children.values() for f in child.data["features"]]


def addresses(page):
    """Every address in a page that a browser would fetch by itself."""
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page) + re.findall(r"url\(([^)]*)\)", page)
    return [address for address in loaded if not address.startswith(("#", "data:"))]


def test_every_sensor_is_a_circle_with_its_colour_and_names(los_angeles):
    drawn = features(sensor_layer(marks_of(los_angeles)))
    assert len(drawn) == 207
    first = next(f for f in drawn if f["properties"]["sensor"] == "773869")
    assert first["geometry"]["coordinates"] == [-118.31829, 34.15497]
    assert first["properties"]["road"] == "SR-134 E"
    assert first["properties"]["cluster"] == "0"
    assert first["properties"]["paint"]["fillColor"] == "#4477aa"


def test_hidden_sensors_are_not_drawn_and_an_empty_layer_is_fine(los_angeles):
    shown = np.zeros(207, dtype=bool)
    assert features(sensor_layer(marks_of(los_angeles, shown=shown))) == []
    shown[[3, 5]] = True
    kept = features(sensor_layer(marks_of(los_angeles, shown=shown)))
    assert [f["id"] for f in kept] == ["3", "5"]


def test_selected_sensors_are_on_top_and_the_others_fade(los_angeles):
    selected, strong = np.zeros(207, dtype=bool), np.zeros(207, dtype=bool)
    selected[7], strong[[8, 9]] = True, True
    marks = marks_of(los_angeles, selected=selected, emphasised=strong)
    drawn = features(sensor_layer(marks, style=DARK))
    assert [f["id"] for f in drawn[-3:]] == ["8", "9", "7"]
    faint, clear, ringed = (drawn[k]["properties"]["paint"] for k in (0, -2, -1))
    assert faint["fillOpacity"] < 0.5 < clear["fillOpacity"]
    assert ringed["radius"] > clear["radius"]
    assert ringed["color"] == DARK.text != clear["color"]


def test_the_map_loads_leaflet_from_the_given_place_and_nothing_else(los_angeles):
    page = mapped(los_angeles).get_root().render()
    assert sorted(addresses(page)) == ["/files/leaflet.css", "/files/leaflet.js"]
    assert "//" not in re.sub(r"(?m)^\s*//.*$", "", page)


def test_tiles_are_there_only_when_asked_for_and_above_the_local_layer(los_angeles):
    page = mapped(los_angeles, tiles=True, style=DARK).get_root().render()
    assert "basemaps.cartocdn.com/dark_all/{z}/{x}/{y}{r}.png" in page
    assert "OpenStreetMap" in page
    assert re.search(r'createPane\(\s*"local"\);\s*\w+\.style\.zIndex = 150', page)
    light = mapped(los_angeles, tiles=True, style=LIGHT).get_root().render()
    assert "light_all" in light


def test_each_freeway_is_named_once_and_long_gaps_are_dashed(los_angeles):
    page = mapped(los_angeles).get_root().render()
    for freeway in set(los_angeles.freeway):
        assert page.count(f"\\u003e{freeway}\\u003c/span") == 1, freeway
    assert page.count('"dashArray": "2 8"') == 1


def test_names_do_not_lie_on_each_other_or_on_roads(los_angeles):
    frame = sensor_frame(los_angeles)
    shields = shield_features(freeway_lines(frame, find_roads(frame)))
    places = np.array([s["geometry"]["coordinates"] for s in shields])
    assert len(shields) == 8
    assert np.ptp(places, axis=0).min() > 0.05
    styles = [s["properties"]["icon"]["html"] for s in shields]
    offsets = [[int(n) for n in re.findall(r"(-?\d+)px", text)] for text in styles]
    assert all(np.hypot(*offset) >= 18 for offset in offsets)


def test_sensors_without_roads_make_a_map_too():
    sensors = Sensors(("a", "b"), np.array([34.0, 34.1]), np.array([-118.0, -118.2]))
    page = mapped(sensors).get_root().render()
    assert "pointToLayer" in page
    assert '"className": "shield"' not in page
    assert 'let fields = ["sensor", "cluster"];' in page


def test_names_from_strangers_files_are_text_not_markup():
    sensors = Sensors(
        ids=(HOSTILE, "b", "c"),
        latitude=np.array([34.0, 34.1, 34.2]),
        longitude=np.full(3, -118.0),
        freeway=(HOSTILE,) * 3,
        direction=("N",) * 3,
    )
    drawn = mapped(sensors, marks_of(sensors, groups=[HOSTILE] * 3))
    Legend([(HOSTILE, "red")]).add_to(drawn)
    page = standalone_html(drawn, script="", style_sheet="")
    assert "onerror" in page
    assert "<img" not in page
    assert page.count("</script>") == page.count("<script")


def test_the_standalone_page_holds_leaflet_and_needs_no_file(los_angeles):
    drawn = mapped(los_angeles)
    Legend([("0", "#4477aa"), ("1", "#ee6677")]).add_to(drawn)
    script = (LEAFLET / "leaflet.js").read_text(encoding="utf-8")
    style = (LEAFLET / "leaflet.css").read_text(encoding="utf-8")
    page = standalone_html(drawn, script=script, style_sheet=style)
    assert script in page
    assert style in page
    assert addresses(page.replace(style, "").replace(script, "")) == []
    assert "background:#ee6677" in json.loads(re.search(r"innerHTML = (\".*?\");", page)[1])


def test_leaflet_is_complete_and_licensed():
    assert "Leaflet 1.9.4" in (LEAFLET / "leaflet.js").read_text(encoding="utf-8")[:200]
    assert "BSD 2-Clause" in (LEAFLET / "LICENSE").read_text(encoding="utf-8")
    wanted = re.findall(r"url\((images/[^)]+)\)", (LEAFLET / "leaflet.css").read_text("utf-8"))
    assert wanted
    assert all((LEAFLET / name).is_file() for name in wanted)


def test_bounds_hold_all_points_with_a_margin():
    bounds = bounds_of(np.array([34.0, 34.2]), np.array([-118.5, -118.1]), margin=0.01)
    assert bounds == pytest.approx(np.array([[33.99, -118.51], [34.21, -118.09]]))
