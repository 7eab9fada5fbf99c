"""Maps: every sensor drawn, nothing asked from the network, strangers' names harmless."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from streamlit_folium import generate_leaflet_string

import analysis
from analysis.city.basemap import BUNDLED, choose_basemap
from analysis.city.ground import Ground, Place, ground_through
from analysis.city.maps import (
    DARK,
    LIGHT,
    MOST_VECTORS,
    SensorMarks,
    bounds_of,
    city_data,
    city_map,
    sensor_circles,
    standalone_html,
)
from analysis.city.roads import find_roads, freeway_lines, sensor_frame
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


def lines_of(sensors):
    frame = sensor_frame(sensors)
    return ground_through(freeway_lines(frame, find_roads(frame)))


def bounds(sensors):
    return bounds_of(sensors.latitude, sensors.longitude)


def mapped(sensors, marks=None, legend=(), ground=None, **options):
    marks, ground = marks or marks_of(sensors), ground or lines_of(sensors)
    return city_map(ground, bounds(sensors), marks, legend, leaflet_url="/files", **options)


def drawn_data(page):
    """The data that a page hands to its script."""
    (told,) = re.findall(r"(?m)^drawCity\(\w+, (.*)\);$", page)
    return json.loads(told)


def named(circles):
    """The sensors' ids of some circles, in drawing order."""
    return [dict(circle["told"])["sensor"] for circle in circles]


def addresses(page):
    """Every address in a page that a browser would fetch by itself."""
    loaded = re.findall(r'(?:src|href)="([^"]*)"', page) + re.findall(r"url\(([^)]*)\)", page)
    return [address for address in loaded if not address.startswith(("#", "data:"))]


def test_every_sensor_is_a_circle_with_its_colour_and_names(los_angeles):
    drawn = sensor_circles(marks_of(los_angeles))
    assert len(drawn) == 207
    first = drawn[named(drawn).index("773869")]
    assert first["place"] == [34.15497, -118.31829]
    assert dict(first["told"]) == {"sensor": "773869", "cluster": "0", "road": "SR-134 E"}
    assert first["paint"]["fillColor"] == "#4477aa"


def test_hidden_sensors_are_not_drawn_and_an_empty_layer_is_fine(los_angeles):
    shown = np.zeros(207, dtype=bool)
    assert sensor_circles(marks_of(los_angeles, shown=shown)) == []
    shown[[3, 5]] = True
    kept = sensor_circles(marks_of(los_angeles, shown=shown))
    assert named(kept) == [los_angeles.ids[place] for place in (3, 5)]


def test_selected_sensors_are_on_top_and_the_others_fade(los_angeles):
    selected, strong = np.zeros(207, dtype=bool), np.zeros(207, dtype=bool)
    selected[7], strong[[8, 9]] = True, True
    marks = marks_of(los_angeles, selected=selected, emphasised=strong)
    drawn = sensor_circles(marks, style=DARK)
    assert named(drawn[-3:]) == [los_angeles.ids[place] for place in (8, 9, 7)]
    faint, clear, ringed = (drawn[k]["paint"] for k in (0, -2, -1))
    assert faint["fillOpacity"] < 0.5 < clear["fillOpacity"]
    assert ringed["radius"] > clear["radius"]
    assert ringed["color"] == DARK.text != clear["color"]


def test_the_map_loads_leaflet_from_the_given_place_and_nothing_else(los_angeles):
    page = mapped(los_angeles).get_root().render()
    assert sorted(addresses(page)) == ["/files/leaflet.css", "/files/leaflet.js"]
    assert "//" not in re.sub(r"(?m)^\s*//.*$", "", page)


def test_tiles_are_there_only_when_asked_for_and_above_the_ground(los_angeles):
    page = mapped(los_angeles, tiles=True, style=DARK).get_root().render()
    tiles = drawn_data(page)["tiles"]
    assert tiles["url"] == "https://{s}.basemaps.cartocdn.com/dark_all/{z}/{x}/{y}{r}.png"
    assert "OpenStreetMap" in tiles["credit"]
    for pane in ("land", "local", "places"):
        depth = re.search(rf'createPane\(\s*"{pane}"\);\s*\w+\.style\.zIndex = (\d+)', page)
        assert int(depth[1]) < 200
    light = city_data(Ground(), bounds(los_angeles), tiles=True, style=LIGHT)
    assert "light_all" in light["tiles"]["url"]
    assert city_data(Ground(), bounds(los_angeles))["tiles"] is None


def test_each_freeway_is_named_once_and_long_gaps_are_dashed(los_angeles):
    ground = lines_of(los_angeles)
    data = city_data(ground, bounds(los_angeles), marks_of(los_angeles))
    assert sorted(one["name"] for one in data["names"]) == sorted(set(los_angeles.freeway))
    dashed = [road for road in data["roads"] if road["dashes"] == "2 8"]
    assert 0 < len(dashed) < len(data["roads"])
    assert sum(len(road["paths"]) for road in data["roads"]) == len(ground.roads)


def test_the_base_map_is_drawn_and_credited(los_angeles):
    ground, _ = choose_basemap(los_angeles)
    data = city_data(ground, bounds(los_angeles), marks_of(los_angeles))
    assert BUNDLED
    assert data["sea"]
    assert data["land"]
    assert "Caltrans" in data["credit"]
    kinds = {one["kind"] for one in data["names"]}
    assert kinds == {"road", "place"}
    assert city_data(lines_of(los_angeles), bounds(los_angeles))["credit"] == ""
    assert len(json.dumps(data["roads"])) < 60_000


def test_sensors_without_roads_make_a_map_too():
    sensors = Sensors(("a", "b"), np.array([34.0, 34.1]), np.array([-118.0, -118.2]))
    data = city_data(lines_of(sensors), bounds(sensors), marks_of(sensors))
    assert (data["roads"], data["names"]) == ([], [])
    assert [title for title, _ in data["sensors"][0]["told"]] == ["sensor", "cluster"]
    assert mapped(sensors).get_root().render()


def test_many_sensors_are_painted_on_one_canvas(los_angeles):
    assert city_data(Ground(), bounds(los_angeles))["mostVectors"] == MOST_VECTORS


def test_texts_of_a_strangers_base_map_are_text_not_markup(los_angeles):
    ground, _ = choose_basemap(los_angeles)
    places = (Place(HOSTILE, -118.3, 34.12), Place("{{7*191}}", -118.35, 34.2))
    hostile = replace(ground, places=places, credit=HOSTILE)
    page = standalone_html(mapped(los_angeles, ground=hostile), script="", style_sheet="")
    assert "<img" not in page
    assert page.count("</script>") == page.count("<script")
    data = drawn_data(page)
    assert data["credit"] == HOSTILE
    assert {one["name"] for one in data["names"] if one["kind"] == "place"} == {
        HOSTILE, "{{7*191}}"
    }  # fmt: skip


def test_names_from_strangers_files_are_text_not_markup():
    sensors = Sensors(
        ids=(HOSTILE, "b", "c"),
        latitude=np.array([34.0, 34.1, 34.2]),
        longitude=np.full(3, -118.0),
        freeway=(HOSTILE,) * 3,
        direction=("N",) * 3,
    )
    marks = marks_of(sensors, groups=[HOSTILE] * 3, group_name=HOSTILE)
    drawn = mapped(sensors, marks, [(HOSTILE, "red")])
    page = standalone_html(drawn, script="", style_sheet="")
    assert "onerror" in page
    assert "<img" not in page
    assert page.count("</script>") == page.count("<script")


@pytest.mark.parametrize("text", ["{{7*191}}", "{% for i in [] %}", "{# note", "{{'x'}}", "}}{{"])
def test_no_name_is_taken_for_a_template(text):
    place = {"latitude": np.array([34.0, 34.01]), "longitude": np.full(2, -118.0)}
    sensors = Sensors((text, f"{text} 2"), **place, freeway=(text,) * 2, direction=("N", "N"))
    marks = marks_of(sensors, groups=[text] * 2, group_name=text)
    drawn = mapped(sensors, marks, [(text, "red")])
    for page in (standalone_html(drawn, script="", style_sheet=""), generate_leaflet_string(drawn)):
        data = drawn_data(page)
        assert data["legend"] == [[text, "red"]]
        assert named(data["sensors"]) == list(sensors.ids)
        assert {one["name"] for one in data["names"]} == {text}
        assert "1337" not in page


def test_the_standalone_page_holds_leaflet_and_needs_no_file(los_angeles):
    drawn = mapped(los_angeles, legend=[("0", "#4477aa"), ("1", "#ee6677")])
    script = (LEAFLET / "leaflet.js").read_text(encoding="utf-8")
    style = (LEAFLET / "leaflet.css").read_text(encoding="utf-8")
    page = standalone_html(drawn, script=script, style_sheet=style)
    assert script in page
    assert style in page
    assert addresses(page.replace(style, "").replace(script, "")) == []
    assert '"legend":[["0","#4477aa"],["1","#ee6677"]]' in page


def test_leaflet_is_complete_and_licensed():
    assert "Leaflet 1.9.4" in (LEAFLET / "leaflet.js").read_text(encoding="utf-8")[:200]
    assert "BSD 2-Clause" in (LEAFLET / "LICENSE").read_text(encoding="utf-8")
    wanted = re.findall(r"url\((images/[^)]+)\)", (LEAFLET / "leaflet.css").read_text("utf-8"))
    assert wanted
    assert all((LEAFLET / name).is_file() for name in wanted)


def test_bounds_hold_all_points_with_a_margin():
    around = bounds_of(np.array([34.0, 34.2]), np.array([-118.5, -118.1]), margin=0.01)
    assert around == pytest.approx(np.array([[33.99, -118.51], [34.21, -118.09]]))
