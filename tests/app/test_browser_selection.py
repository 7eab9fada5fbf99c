"""One selection, in a browser: after each of a fixed list of actions all views show the same."""

import json
import re
from math import dist
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from analysis.selection_link import decoded, encoded, fingerprint
from benchmarks.linked_views import chart_box, click, lasso, shown
from himnet import load_arrays
from himnet.data.info import Sensors
from tests.app.browsing import CIRCLES, map_of, messages, settled, visit

pytestmark = pytest.mark.browser
CHARTS = {"explore": ("e-projection", "e-map"), "spatial": ("sensors", "leaflet")}
HEADINGS = {
    "Explore": "What is special",
    "Spatial": "Which sensors",
    "ST-mixed": "How does similarity",
}
CITY = [f"S{number:03d}" for number in range(24)]
SENSORS = Sensors(ids=tuple(CITY))
TABLES = {"e-projection": "e-table", "sensors": "sensor-table"}
PATIENCE = 20


@pytest.fixture
def explore(page, app_server):
    page.set_viewport_size({"width": 1440, "height": 2400})
    return visit(page, app_server, "explore", checkpoint="city")


def selected(page):
    """Return what the projection shows, after a check that every other view shows the same."""
    page.wait_for_timeout(700)  # a gesture takes a moment to be one
    for _ in range(PATIENCE):  # tables tell what they show some time after they are drawn
        settled(page)
        ids, views = in_each_view(page)
        if all(sorted(found) == sorted(wanted) for found, wanted in views.values()):
            break
    for name, (found, wanted) in views.items():
        assert sorted(found) == sorted(wanted), name
    assert messages(page) == []
    return ids


def in_each_view(page):
    """Return what the projection shows, and what every view shows and should show, by its name."""
    views, path = shown(page), urlsplit(page.url)
    first, second = CHARTS[path.path.strip("/")]
    ids = views.get(first, [])
    table = views.get(TABLES[first], {"rows": [], "ticked": ["none is there yet"]})
    drawn = {
        "link": (list(linked(page)), ids),
        "chip": ([page.locator(".count").inner_text()], [f"{len(ids)} of 24 selected"]),
        "table": (table["ticked"], set(table["rows"]) & set(ids)),
        second: (views.get(second, []), ids),
    }
    if first == "sensors":
        return ids, drawn | {"series": ([views.get("cluster-series", 0)], [len(ids)])}
    told = page.get_by_text(f"{len(ids)} of 24 sensors selected").count()
    return ids, drawn | {
        "count": ([told], [int(bool(ids))]),
        "series": ([views.get("e-series", 0)], [len(ids)]),
        "heatmap": (views.get("e-cosines", []), ids if len(ids) > 1 else CITY),
    }


def linked(page):
    """Return the ids of the selection in the link."""
    return decoded(SENSORS, parse_qs(urlsplit(page.url).query).get("selection", []))


def press(page, name):
    page.get_by_role("button", name=name, exact=True).click()


def switch(page, name):
    page.get_by_test_id("stCheckbox").filter(has_text=name).click()


def find(page, words):
    box = page.get_by_role("combobox", name="Find sensors")
    box.click()
    box.fill(words)
    box.press("Enter")


def go_to(page, name):
    page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
    page.get_by_role("heading", name=HEADINGS[name]).wait_for()
    settled(page)


def tick(page, row):
    """Click on the box before a row of the table."""
    box = page.get_by_test_id("stDataFrame").first.bounding_box()
    page.mouse.click(box["x"] + 18, box["y"] + 35 * (row + 1.5))


def empty_corner(page, view):
    """Return the lower corner of a chart that is farthest from points: a click near one is its."""
    chart, inset = f"[class*=st-key-{view}-]", 12
    box = page.locator(f"{chart} .nsewdrag").bounding_box()
    marks = page.locator(f"{chart} path.point").evaluate_all(
        "marks => marks.map(mark => mark.getBoundingClientRect()).map(({x, y}) => [x, y])"
    )
    low, left = box["y"] + box["height"] - inset, box["x"] + inset
    corners = ((left, low), (left + box["width"] - 2 * inset, low))
    return max(corners, key=lambda corner: min(dist(corner, mark) for mark in marks))


def test_every_view_stays_in_step_through_a_fixed_list_of_actions(explore):
    page = explore
    assert selected(page) == []
    lasso(page, "e-projection", (0.05, 0.15, 0.6, 0.95))  # 1
    assert 1 < len(selected(page)) < 24
    click(page, "e-map", "S011")  # 2
    assert selected(page) == ["S011"]
    find(page, "S003, s00")  # 3: a prefix
    assert selected(page) == CITY[:10]
    click(page, "e-projection", "S004")  # 4: on a selection that was drawn for the chart
    assert selected(page) == ["S004"]
    press(page, "Invert")  # 5
    assert selected(page) == [name for name in CITY if name != "S004"]
    lasso(page, "e-map", (0.02, 0.02, 0.5, 0.98))  # 6
    west = selected(page)
    assert 1 < len(west) < 24
    switch(page, "Add")  # 7
    assert selected(page) == west
    lasso(page, "e-map", (0.5, 0.02, 0.98, 0.98))  # 8: adds the other half
    assert set(west) < set(selected(page)) == set(CITY)
    click(page, "e-projection", "S007")  # 9: takes one out
    assert selected(page) == [name for name in CITY if name != "S007"]
    switch(page, "Add")  # 10
    find(page, "cluster 0")  # 11
    assert 0 < len(selected(page)) < 24
    find(page, "S003, S010, S021")
    assert selected(page) == ["S003", "S010", "S021"]
    tick(page, 3)  # 12: a row more, the first of those that are not selected
    assert selected(page) == ["S000", "S003", "S010", "S021"]
    tick(page, 1)  # 13: a row less
    fewer = selected(page)
    assert fewer == ["S000", "S003", "S021"]
    switch(page, "Isolate")  # 14
    assert selected(page) == fewer
    go_to(page, "Spatial")  # 15
    assert selected(page) == fewer
    lasso(page, "sensors", (0.02, 0.15, 0.55, 0.95))  # 16
    elsewhere = selected(page)
    assert 1 < len(elsewhere) < 24
    go_to(page, "ST-mixed")  # 17
    page.get_by_test_id("stButtonGroup").get_by_text("any sensors").click()
    settled(page)
    chosen = page.locator(".st-key-sensors").inner_text()
    assert re.findall(r"S\d{3}", chosen) == elsewhere
    go_to(page, "Explore")  # 18
    assert selected(page) == elsewhere
    page.get_by_role("button", name="Saved").click()  # 19: keep under a name
    page.get_by_role("textbox", name="Name of this selection").fill("mine")
    press(page, "Save under this name")
    assert selected(page) == elsewhere
    page.keyboard.press("Escape")
    press(page, "Clear")  # 20
    assert selected(page) == []
    page.get_by_role("button", name="Saved").click()  # 21: take it again
    page.get_by_role("button", name=f"mine ({len(elsewhere)})").click()
    page.keyboard.press("Escape")
    assert selected(page) == elsewhere
    page.reload()  # 22: by its link
    settled(page)
    assert selected(page) == elsewhere
    page.mouse.dblclick(*empty_corner(page, "e-projection"))  # 23: a double click clears
    assert selected(page) == []


def test_selections_go_to_a_file_and_come_back_in_another_visit(explore, app_server, tmp_path):
    page = explore
    find(page, "S00")
    selected(page)
    page.get_by_role("button", name="Saved").click()
    page.get_by_role("textbox", name="Name of this selection").fill("first ten")
    press(page, "Save under this name")
    settled(page)
    with page.expect_download() as started:
        page.get_by_role("button", name="Save all to a file").click()
    file = tmp_path / "selections.json"
    file.write_bytes(Path(started.value.path()).read_bytes())
    assert json.loads(file.read_text())["selections"] == {"first ten": CITY[:10]}
    visit(page, app_server, "explore", checkpoint="city")
    page.get_by_role("button", name="Saved").click()
    page.locator(".st-key-selection_file input[type=file]").set_input_files(file)
    page.get_by_role("button", name="first ten (10)").click()
    page.keyboard.press("Escape")
    assert selected(page) == CITY[:10]


def test_a_selection_belongs_to_one_visitor(explore, browser, app_server):
    find(explore, "S00")
    with browser.new_context() as context:
        other = visit(context.new_page(), app_server, "explore", checkpoint="city")
        assert "e-projection" not in shown(other)
        find(other, "S012")
        assert selected(other) == ["S012"]
    assert selected(explore) == CITY[:10]


def test_a_map_stays_where_it_was_moved_to(explore):
    page = explore
    view = "() => document.querySelector('[class*=st-key-e-map-] .js-plotly-plot')._fullLayout.map"
    box = chart_box(page, "e-map")
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    before = page.evaluate(f"{view.replace('=> ', '=> (')}.zoom)")
    page.mouse.wheel(0, -400)
    page.wait_for_timeout(800)
    moved = page.evaluate(f"{view.replace('=> ', '=> (')}.zoom)")
    assert moved > before
    find(page, "S00")
    selected(page)
    assert page.evaluate(f"{view.replace('=> ', '=> (')}._subplot.map.getZoom())") == pytest.approx(
        moved, abs=0.01
    )


def test_the_time_of_day_goes_along_to_the_next_page_and_its_link(page, app_server):
    visit(page, app_server, "explore", checkpoint="city", time="17:00")
    go_to(page, "ST-mixed")
    page.wait_for_url("**/st_mixed?*time=17%3A00*")
    page.locator('.player[data-time="17:00"]').wait_for()


def handles(page):
    """Return how many lines and handles of lassos the charts show."""
    return page.locator(".selectionlayer > *, .outline-controllers *").count()


def test_no_handle_of_a_lasso_stays_after_the_selection_is_cleared(explore):
    page = explore
    lasso(page, "e-projection", (0.05, 0.15, 0.6, 0.95))
    assert selected(page)
    assert handles(page)
    press(page, "Clear")
    assert selected(page) == []
    assert handles(page) == 0
    press(page, "Undo")
    assert selected(page)
    assert handles(page) == 0


def test_the_chip_counts_at_once_what_a_chart_selects(explore):
    page = explore
    click(page, "e-projection", "S004")
    page.get_by_text("1 of 24 selected").wait_for(timeout=5_000)


def click_circle(page, frame, number):
    """Click a circle of a map by Leaflet, once the map has come to rest."""
    circle, before = frame.locator(CIRCLES).nth(number), None
    while (box := circle.bounding_box()) != before:
        before = box
        page.wait_for_timeout(500)
    circle.click(force=True)


@pytest.mark.parametrize("path", ["spatial", "st_mixed"])
def test_a_map_by_leaflet_selects_and_stays_as_it_is(page, app_server, path):
    page.set_viewport_size({"width": 1440, "height": 2400})
    visit(page, app_server, path, checkpoint="city")
    frame = map_of(page)
    page.evaluate(
        "() => { document.querySelector('iframe[title*=folium]').contentWindow.same = 1 }"
    )
    click_circle(page, frame, 5)
    page.get_by_text("1 of 24 selected").wait_for()
    settled(page)
    ringed = shown(page)["leaflet"]
    assert len(ringed) == 1
    assert list(linked(page)) == ringed
    assert page.evaluate("() => document.querySelector('iframe[title*=folium]').contentWindow.same")
    switch(page, "Add")
    settled(page)
    click_circle(page, frame, 9)
    page.get_by_text("2 of 24 selected").wait_for()
    settled(page)
    assert sorted(shown(page)["leaflet"]) == sorted(linked(page))
    press(page, "Clear")
    page.get_by_text("0 of 24 selected").wait_for()
    settled(page)
    assert shown(page)["leaflet"] == []


def test_named_selections_survive_a_reload_and_belong_to_their_sensors(explore, app_server):
    page = explore
    find(page, "S00")
    selected(page)
    page.get_by_role("button", name="Saved").click()
    page.get_by_role("textbox", name="Name of this selection").fill("first ten")
    press(page, "Save under this name")
    page.get_by_role("button", name="first ten (10)").wait_for()
    settled(page)
    visit(page, app_server, "temporal", checkpoint="city")  # a new visit in the same browser
    page.get_by_role("button", name="Saved").click()
    page.get_by_role("button", name="first ten (10)").click()
    page.get_by_text("10 of 24 selected").wait_for()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="first ten (10)").wait_for(state="detached")
    settled(page)
    visit(page, app_server, "temporal", checkpoint="city")
    page.wait_for_timeout(1_000)
    page.get_by_role("button", name="Saved").click()
    assert not page.get_by_role("button", name="first ten (10)").count()


def test_nonsense_that_the_browser_keeps_does_no_harm(explore, app_server):
    page = explore
    key = f"himnet-selections-{fingerprint(SENSORS)}"
    for text in ("{", "[]", json.dumps({"selections": 3}), "<b>"):
        page.evaluate("([key, text]) => localStorage.setItem(key, text)", [key, text])
        visit(page, app_server, "temporal", checkpoint="city")
        page.wait_for_timeout(800)
        settled(page)
        assert messages(page) == []
        assert not page.get_by_test_id("stAlertContentWarning").count()


def test_a_link_with_200_sensors_selects_exactly_these(page, app_server):
    sensors = load_arrays("metr-la").dataset.sensors
    wanted = sensors.ids[3:203]
    page.set_viewport_size({"width": 1440, "height": 2400})
    visit(page, app_server, "explore", checkpoint="metr-la", selection=encoded(sensors, wanted))
    assert len(page.url) < 200
    assert sorted(shown(page)["e-map"]) == sorted(wanted)
    press(page, "Invert")
    page.get_by_text("7 of 207 selected").wait_for()
    press(page, "Invert")
    page.get_by_text("200 of 207 selected").wait_for()
    settled(page)
    page.reload()
    settled(page)
    assert sorted(shown(page)["e-map"]) == sorted(wanted)
