"""Maps in a browser: names stand apart at any size, and only what is seen is credited."""

import base64

import pytest

from benchmarks.app_server import AppServer
from tests.app.browsing import is_outside, map_of, note_outside, visit

pytestmark = pytest.mark.browser
NAMES = ".shield span, .place span"
CREDITS = ".leaflet-control-attribution"
DOT = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg=="
)
_BOXES = """marks => marks.filter(mark => mark.style.visibility !== "hidden").map(mark => {
  const { left, top, right, bottom } = mark.getBoundingClientRect();
  return [mark.textContent, left, top, right, bottom];
})"""


def visible_names(page):
    """Return the boxes of the names, once they have stayed where they are for half a second."""
    names, before, found = map_of(page).locator(NAMES), [], []
    while not found or found != before:
        page.wait_for_timeout(500)
        before, found = found, names.evaluate_all(_BOXES)
    return found


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720), (390, 844)])
def test_no_name_on_the_map_covers_another(page, app_server, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    found = visible_names(visit(page, app_server, "spatial"))
    assert len(found) > (10 if size[0] > 1000 else 3)
    assert len({name for name, *_ in found}) == len(found)
    for number, (_, left, top, right, bottom) in enumerate(found):
        for _, west, north, east, south in found[:number]:
            assert left >= east or west >= right or top >= south or north >= bottom


def test_names_that_would_overlap_are_hidden_and_come_back(page, app_server):
    before = visible_names(visit(page, app_server, "spatial"))
    frame = map_of(page)
    for sign, fewer in (("out", True), ("in", False)):
        for _ in range(4):
            frame.locator(f".leaflet-control-zoom-{sign}").click()
            page.wait_for_timeout(400)
        assert (len(visible_names(page)) < len(before)) == fewer


@pytest.mark.parametrize("arrives", [True, False])
def test_what_is_seen_is_credited(page, checkpoints, tmp_path, arrives):
    environment = {
        "HIMNET_CHECKPOINTS": str(checkpoints),
        "HIMNET_DATA_DIR": str(tmp_path),
        "HIMNET_TILES": "on",
    }
    tile = {"body": DOT, "content_type": "image/png"}
    page.route(is_outside, lambda route: route.fulfill(**tile) if arrives else route.abort())
    with AppServer(tmp_path, environment) as server:
        server.wait()
        frame = map_of(visit(page, server.url, "spatial", checkpoint="metr-la"))
        page.wait_for_timeout(1500)
        told = frame.locator(CREDITS).inner_text()
    assert ("OpenStreetMap" in told) == arrives
    assert ("Caltrans" in told) != arrives


def test_plotly_draws_land_roads_and_names_without_a_request(page, app_server):
    asked = note_outside(page)
    page.route(is_outside, lambda route: route.abort())
    visit(page, app_server, "explore", checkpoint="metr-la")
    seen = """() => {
      const chart = document.querySelector('[class*=st-key-e-map-] .js-plotly-plot');
      const map = chart && chart._fullLayout.map._subplot.map;
      if (!map || !map.isStyleLoaded()) return null;
      const drawn = (layer) => map.queryRenderedFeatures({ layers: [layer] });
      const names = drawn("names-symbol").map((one) => one.properties.text);
      return names.length ? [names, drawn("areas-fill").length, drawn("roads-line").length] : null;
    }"""
    names, areas, roads = page.wait_for_function(seen).json_value()
    assert {"US-101", "I-405", "Hollywood"} <= set(names)
    assert areas > 1
    assert roads
    assert asked == []
