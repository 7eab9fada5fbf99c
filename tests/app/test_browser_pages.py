"""What only a real browser tells: links, uploads, downloads, the dark map, and the process."""

import csv
import io
import sys
from pathlib import Path

import pytest

from analysis.city.maps import DARK, LIGHT
from tests.app.browsing import (
    CIRCLES,
    FREEWAYS,
    chosen_checkpoint,
    clusters_slider,
    is_outside,
    map_of,
    messages,
    note_outside,
    settled,
    visit,
)

pytestmark = pytest.mark.browser
HEADERS = {  # by page and chart: some columns, and the number of rows
    "temporal": {
        "hours": (["day", "hour", "t-SNE 1", "t-SNE 2"], 168),
        "hour-cosines": (["hour", "00:00"], 24),
        "day-distances": (["day", "Monday"], 7),
    },
    "spatial": {
        "sensors": (["sensor", "cluster", "t-SNE 1", "t-SNE 2"], 207),
        "sensor-table": (["sensor", "cluster", "freeway", "direction"], 207),
        "cluster-series": (["time", "cluster 0 (mph)"], 2005),
        "sensor-cosines": (["sensor", "773869"], 207),
    },
    "st_mixed": {
        "speeds": (["time"], 277),
        "st-cosines": (["when", "sensor"], 4 * 10),
        "st-curves": (["time"], 277),
    },
    "neighbours": {"n-hours": (["day", "8"], 7), "n-map": (["sensor", "cosine"], 207)},
    "compare": {"c-layouts": (["sensor", "cluster 1", "x 2"], 207)},
}


def rgb(colour):
    """Return a ``#rrggbb`` colour as browsers compute it."""
    red, green, blue = (int(colour[place : place + 2], 16) for place in (1, 3, 5))
    return f"rgb({red}, {green}, {blue})"


def download(page, label):
    """Click on a download button and return the file."""
    with page.expect_download() as started:
        page.get_by_test_id("stDownloadButton").filter(has_text=label).get_by_role("button").click()
    return Path(started.value.path())


def exported(page, key, label):
    """Return the file that a chart's Export offers under a label."""
    page.locator(f".st-key-keep-{key}").get_by_role("button").click()
    found = download(page, label)
    page.keyboard.press("Escape")
    return found


@pytest.mark.parametrize("path", ["", *HEADERS])
def test_every_page_is_drawn_without_an_error_in_the_browser(page, app_server, path):
    failures = []
    page.on("pageerror", lambda error: failures.append(str(error)))
    visit(page, app_server, path)
    assert failures == []
    assert messages(page) == []
    assert page.locator("[data-testid=stException]").count() == 0
    assert page.locator(".js-plotly-plot").count() > 0


@pytest.mark.skipif(sys.platform != "linux", reason="reads what a process has mapped from /proc")
def test_looking_at_all_pages_wakes_no_torch(page, server):
    for path in ("", *HEADERS):
        visit(page, server.url, path)
    mapped = Path(f"/proc/{server.process.pid}/maps").read_text()
    assert "numpy" in mapped
    assert "libtorch" not in mapped


def test_a_link_restores_page_checkpoint_and_settings(page, app_server):
    link = {"checkpoint": "city", "clusters": "5", "carriageway": "north- and eastbound"}
    visit(page, app_server, "spatial", **link)
    assert page.locator("h1").inner_text() == "Which sensors are similar?"
    assert chosen_checkpoint(page) == "city"
    assert clusters_slider(page).input_value() == "5"
    assert map_of(page).locator(CIRCLES).count() == 12  # of 24


def test_what_is_set_is_in_the_address_and_a_second_visitor_sees_the_same(page, app_server):
    visit(page, app_server, "spatial", checkpoint="city")
    chosen = one_cluster_more(page)
    page.get_by_test_id("stButtonGroup").get_by_text("south- and westbound").click()
    settled(page)
    assert f"clusters={chosen}" in page.url
    assert "carriageway=south" in page.url
    with page.context.browser.new_context() as other:
        second = other.new_page()
        second.goto(page.url)
        settled(second)
        assert chosen_checkpoint(second) == "city"
        assert clusters_slider(second).input_value() == chosen


def test_clusters_go_along_to_the_next_page(page, app_server):
    visit(page, app_server, "spatial", checkpoint="city")
    chosen = one_cluster_more(page)
    page.get_by_test_id("stSidebarNavLink").filter(has_text="ST-mixed").click()
    page.get_by_role("heading", name="How does similarity change over a day?").wait_for()
    settled(page)
    assert clusters_slider(page).input_value() == chosen
    page.wait_for_url(f"**/st_mixed?*clusters={chosen}*")
    assert chosen_checkpoint(page) == "city"


def one_cluster_more(page):
    """Ask for one cluster more and return how many there are now."""
    clusters_slider(page).focus()
    page.keyboard.press("ArrowRight")
    return clusters_slider(settled(page)).input_value()


def give(page, file):
    """Give a file to the sidebar."""
    page.get_by_test_id("stSidebar").get_by_text("Open your own").click()
    page.get_by_test_id("stFileUploaderDropzoneInput").set_input_files(file)
    return settled(page)


def test_a_checkpoint_of_ones_own_is_opened_in_the_page(page, app_server, checkpoints, tmp_path):
    file = tmp_path / "mine.safetensors"
    file.write_bytes((checkpoints / "layered" / "model.safetensors").read_bytes())
    visit(page, app_server)
    give(page, file)
    page.get_by_text("smallville").first.wait_for()
    assert chosen_checkpoint(page) == "mine (opened)"
    assert messages(page) == []


def test_a_pickle_is_answered_with_the_command_that_converts_it(page, app_server, tmp_path):
    file = tmp_path / "model.pt"
    file.write_bytes(b"not even a pickle")
    visit(page, app_server)
    give(page, file)
    page.get_by_test_id("stAlertContentError").wait_for()
    (told,) = messages(page)
    assert "python -m himnet convert model.pt model.safetensors" in told
    assert chosen_checkpoint(page) == "metr-la"


@pytest.mark.parametrize(("scheme", "style"), [("light", LIGHT), ("dark", DARK)])
def test_the_map_is_as_light_or_dark_as_the_page(browser, app_server, scheme, style):
    with browser.new_context(color_scheme=scheme) as context:
        page = context.new_page()
        frame = map_of(visit(page, app_server, "spatial"))
        background = frame.locator(".leaflet-container").evaluate(
            "map => getComputedStyle(map).backgroundColor"
        )
        road = frame.locator(FREEWAYS).first.get_attribute("stroke")
    assert background == rgb(style.background)
    assert road == style.road


@pytest.mark.parametrize("path", HEADERS)
def test_numbers_are_kept_as_csv(page, app_server, path):
    visit(page, app_server, path)
    for key, (columns, length) in HEADERS[path].items():
        text = exported(page, key, "Numbers (CSV)").read_text(encoding="utf-8")
        header, *rows = csv.reader(io.StringIO(text))
        assert set(columns) <= set(header)
        assert len(rows) == length
        assert {len(row) for row in rows} == {len(header)}


def test_a_chart_is_exported_as_a_page_that_draws_it_alone(page, browser, app_server, tmp_path):
    visit(page, app_server, "temporal")
    saved = tmp_path / "hours.html"
    saved.write_bytes(exported(page, "hours", "Chart (HTML)").read_bytes())
    with browser.new_context() as context:
        alone = context.new_page()
        asked = note_outside(alone)
        alone.goto(saved.as_uri())
        alone.locator(".scatterlayer .point").first.wait_for()
        assert alone.locator(".scatterlayer .point").count() >= 168
        assert asked == []


def test_a_link_restores_page_checkpoint_selection_time_and_settings(page, app_server):
    visit(page, app_server, "spatial", clusters=7, selection=["717446", "773869"])
    page.get_by_role("link", name="ST-mixed").click()
    settled(page)
    page.wait_for_function("() => new URL(location).searchParams.get('clusters') === '7'")
    page.locator(".st-key-keep-st-now").get_by_role("button").click()
    link = page.get_by_test_id("stPopoverBody").get_by_test_id("stCode").first.inner_text().strip()
    assert "clusters=7" in link
    assert "selection=773869" in link
    page.goto(link)
    settled(page)
    assert clusters_slider(page).get_attribute("aria-valuenow") in ("7", None)
    assert page.locator("h1").inner_text() == "How does similarity change over a day?"


def test_the_map_is_saved_as_a_page_that_needs_nothing_else(page, browser, app_server, tmp_path):
    visit(page, app_server, "spatial")
    map_of(page)
    saved = tmp_path / "map.html"
    saved.write_bytes(download(page, "Map as an HTML page").read_bytes())
    with browser.new_context() as context:
        alone = context.new_page()
        asked = note_outside(alone)
        alone.route(lambda url: is_outside(url) or "127.0.0.1" in url, lambda route: route.abort())
        alone.goto(saved.as_uri())
        alone.locator(CIRCLES).first.wait_for()
        assert alone.locator(CIRCLES).count() == 207
        assert alone.locator(FREEWAYS).count() > 10
        assert asked == []
