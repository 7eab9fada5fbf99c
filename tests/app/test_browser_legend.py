"""The legend in a browser: an entry lights its sensors in all charts, and changes no selection."""

import pytest

from benchmarks.linked_views import click, shown
from tests.app.browsing import CIRCLES, map_of, messages, settled, visit

pytestmark = pytest.mark.browser
# ids by the text of their group, as the charts of a view know them
GROUPS = """(view) => {
  const chart = document.querySelector(`[class*="st-key-${view}-"] .js-plotly-plot`);
  const trace = chart._fullData.find((one) => one.customdata), found = {};
  trace.customdata.forEach((about) => (found[about[3]] ??= []).push(about[0]));
  return found;
}"""
SIZES = """(view) => {
  const chart = document.querySelector(`[class*="st-key-${view}-"] .js-plotly-plot`);
  return [...chart.querySelectorAll(".points path")].map((one) => one.getBBox().width);
}"""


@pytest.fixture
def explore(page, app_server):
    page.set_viewport_size({"width": 1440, "height": 1600})
    return visit(page, app_server, "explore", checkpoint="city")


def entry(page, kind):
    return page.locator(".legend button").get_by_text(kind, exact=True)


def assert_lit(page, ids):
    """Both charts of all sensors show these alone, at the latest when the map is ready."""
    for _ in range(20):
        page.wait_for_timeout(300)
        views = shown(page)
        found = [sorted(views.get(view, [])) for view in ("e-projection", "e-map")]
        if found == [sorted(ids)] * 2:
            break
    assert found == [sorted(ids)] * 2


def test_the_entry_under_the_mouse_lights_its_sensors_for_as_long_as_it_is_there(explore):
    wanted = explore.evaluate(GROUPS, "e-projection")
    assert wanted == explore.evaluate(GROUPS, "e-map")
    before, link = explore.evaluate(SIZES, "e-projection"), explore.url
    entry(explore, "1").hover()
    assert_lit(explore, wanted["cluster 1"])
    assert explore.evaluate(SIZES, "e-projection") == before  # a selected point would be larger
    explore.mouse.move(5, 5)
    assert_lit(explore, [])
    assert explore.url == link
    assert messages(explore) == []


def test_a_click_keeps_an_entry_lit_until_escape_or_a_selection(explore):
    wanted = explore.evaluate(GROUPS, "e-map")
    entry(explore, "0").click()
    explore.mouse.move(5, 5)
    assert_lit(explore, wanted["cluster 0"])
    assert entry(explore, "0").get_attribute("aria-pressed") == "true"
    entry(explore, "0").press("Escape")
    explore.locator(".legend button").first.blur()
    assert_lit(explore, [])
    entry(explore, "2").click()
    sensor = wanted["cluster 1"][0]
    click(explore, "e-map", sensor)
    settled(explore)
    explore.mouse.move(5, 5)
    explore.locator(".legend button").first.blur()
    assert_lit(explore, [sensor])


def test_arrow_keys_light_entries_too(explore):
    wanted = explore.evaluate(GROUPS, "e-map")
    entry(explore, "0").focus()
    assert_lit(explore, wanted["cluster 0"])
    explore.keyboard.press("ArrowRight")
    assert_lit(explore, wanted["cluster 1"])


def test_values_have_no_legend_of_groups_and_roads_have_one(page, app_server):
    visit(page, app_server, "explore", checkpoint="city", colour="road")
    assert page.locator(".legend button").count() > 1
    visit(page, app_server, "neighbours", checkpoint="city")
    assert page.locator(".legend button").count() == 0


def test_the_map_of_leaflet_is_lit_as_well(page, app_server):
    visit(page, app_server, "spatial", checkpoint="city")
    circles = map_of(page).locator(CIRCLES)
    own = page.evaluate(GROUPS, "sensors")["cluster 1"]
    entry(page, "1").click()
    page.wait_for_timeout(300)
    opacities = [
        float(circles.nth(n).get_attribute("fill-opacity")) for n in range(circles.count())
    ]
    assert sum(opacity > 0.5 for opacity in opacities) == len(own)
