"""No request leaves the machine, and the map needs none; in a real browser."""

import pytest

from benchmarks.app_server import AppServer
from tests.app.browsing import CIRCLES, FREEWAYS, is_outside, map_of, note_outside, settled, visit

pytestmark = pytest.mark.browser
PAGES = ("", "temporal", "spatial", "st_mixed")


@pytest.mark.parametrize("path", PAGES)
def test_no_request_leaves_the_machine(page, app_server, path):
    asked = note_outside(page)
    visit(page, app_server, path)
    if path in ("spatial", "st_mixed"):
        map_of(page)
    page.wait_for_load_state("networkidle")
    assert asked == []


def test_no_request_leaves_the_machine_on_a_walk_through_the_pages(page, app_server):
    asked = note_outside(page)
    visit(page, app_server)
    for name in ("Temporal", "Spatial", "ST-mixed", "Overview"):
        page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
        settled(page)
    page.wait_for_load_state("networkidle")
    assert asked == []


@pytest.mark.parametrize("path", ["spatial", "st_mixed"])
def test_the_map_shows_207_sensors_on_their_freeways_without_network(page, app_server, path):
    page.route(is_outside, lambda route: route.abort())
    frame = map_of(visit(page, app_server, path))
    assert frame.locator(CIRCLES).count() == 207
    assert frame.locator(FREEWAYS).count() > 10
    drawn = frame.locator(FREEWAYS).evaluate_all(
        "paths => paths.filter(path => path.getBoundingClientRect().width > 0).length"
    )
    assert drawn > 10
    assert frame.locator("img.leaflet-tile").count() == 0


def test_tiles_that_never_come_leave_the_map_as_it_is(page, checkpoints, tmp_path):
    environment = {
        "HIMNET_CHECKPOINTS": str(checkpoints),
        "HIMNET_DATA_DIR": str(tmp_path),
        "HIMNET_TILES": "on",
    }
    asked = note_outside(page)
    page.route(is_outside, lambda route: route.abort())
    with AppServer(tmp_path, environment) as server:
        server.wait()
        frame = map_of(visit(page, server.url, "spatial"))
        assert frame.locator(CIRCLES).count() == 207
        assert frame.locator(FREEWAYS).count() > 10
    assert asked
    assert all(".basemaps.cartocdn.com/" in url for url in asked)


def test_the_map_is_there_below_a_base_path(page, checkpoints, tmp_path):
    environment = {"HIMNET_CHECKPOINTS": str(checkpoints), "HIMNET_TILES": "off"}
    missing = []
    page.on("response", lambda got: got.status >= 400 and missing.append(got.url))
    with AppServer(tmp_path, environment, base_path="lab/himnet") as running:
        running.wait()
        frame = map_of(visit(page, running.url, "spatial", checkpoint="metr-la"))
        assert frame.locator(CIRCLES).count() == 207
    assert not [url for url in missing if "leaflet" in url]
