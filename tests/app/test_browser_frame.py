"""The frame around every page, in a browser: the tab's title, and what is seen on a projector."""

import pytest

from app.pages import EVERY
from tests.app.browsing import settled, visit

pytestmark = pytest.mark.browser
PHONE, PROJECTOR = {"width": 390, "height": 844}, {"width": 1280, "height": 720}
# what sticks out of the window, unless it scrolls or is cut off within something that does not
OUTSIDE = """() => {
  const within = (box) => box.left >= -1 && box.right <= innerWidth + 1;
  const isHeld = (part) => {
    for (let around = part.parentElement; around; around = around.parentElement) {
      if (around.dataset.testid === "stMain") return false;
      const held = getComputedStyle(around).overflowX !== "visible";
      if (held && within(around.getBoundingClientRect())) return true;
    }
    return false;
  };
  const parts = [...document.querySelectorAll('[data-testid="stMain"] *')].filter((part) => {
    const box = part.getBoundingClientRect();
    return box.width && box.height && !within(box) && !isHeld(part);
  });
  const main = document.querySelector('[data-testid="stMain"]');
  const found = parts.map((part) => `${part.tagName} ${part.className} ${part.textContent}`);
  return main.scrollWidth > innerWidth ? [...found, `the page is ${main.scrollWidth} wide`] : found;
}"""
# pairs of elements of the page that lie on each other
OVERLAPS = """() => {
  const visible = { checkOpacity: true, checkVisibilityCSS: true };
  const main = document.querySelector('[data-testid="stMain"]');
  const all = [...main.querySelectorAll('[data-testid="stElementContainer"]')]
    .filter((part) => part.checkVisibility(visible) && getComputedStyle(part).position !== "fixed")
    .map((part) => [part, part.getBoundingClientRect()]);
  const found = [];
  all.forEach(([one, a], place) => all.slice(place + 1).forEach(([other, b]) => {
    const across = Math.min(a.right, b.right) - Math.max(a.left, b.left);
    const down = Math.min(a.bottom, b.bottom) - Math.max(a.top, b.top);
    if (across > 3 && down > 3 && !one.contains(other) && !other.contains(one))
      found.push(`${one.className} on ${other.className}`);
  }));
  return found;
}"""
# top and bottom of the first pictures of a page, those that begin at the same height
PICTURES = """() => {
  const kinds = '[data-testid="stPlotlyChart"], iframe[title*=folium], .st-key-st-player, img, '
    + "table.claims";
  const boxes = [...document.querySelectorAll('[data-testid="stMain"]')].flatMap((main) =>
    [...main.querySelectorAll(kinds)].map((part) => part.getBoundingClientRect()))
    .filter((box) => box.width > 150 && box.height > 100);
  const first = Math.min(...boxes.map((box) => box.top));
  return boxes.filter((box) => box.top < first + 20).map((box) => [box.top, box.bottom]);
}"""


def test_a_tab_is_named_after_its_page_first(page, app_server):
    for one in (EVERY[0], EVERY[1], EVERY[-1]):
        visit(page, app_server, one.file if one != EVERY[0] else "", checkpoint="city")
        assert page.title() == f"{one.title} - HimNet Explorer"


def test_the_choice_of_the_checkpoint_is_seen_without_scrolling(page, app_server):
    page.set_viewport_size({"width": 1280, "height": 720})
    visit(page, app_server, "spatial", checkpoint="city")
    box = page.locator(".st-key-checkpoint").bounding_box()
    assert box["y"] + box["height"] < 200
    last = page.get_by_test_id("stSidebarNavLink").last.bounding_box()
    assert last["y"] + last["height"] <= 720


@pytest.mark.parametrize("name", [one.file for one in EVERY])
def test_a_phone_shows_one_column_that_neither_sticks_out_nor_overlaps(page, app_server, name):
    page.set_viewport_size(PHONE)
    visit(page, app_server, "" if name == EVERY[0].file else name, checkpoint="metr-la")
    page.wait_for_timeout(1000)  # charts fit themselves to their columns
    assert page.evaluate(OUTSIDE) == []
    assert page.evaluate(OVERLAPS) == []


@pytest.mark.parametrize("presenting", [False, True])
def test_a_projector_shows_the_first_pictures_of_every_page_whole(page, app_server, presenting):
    page.set_viewport_size(PROJECTOR)
    query = {"present": "true"} if presenting else {}
    cut = {}
    for one in EVERY:
        path = "" if one == EVERY[0] else one.file
        visit(page, app_server, path, checkpoint="metr-la", **query)
        page.wait_for_timeout(1000)
        settled(page)
        boxes = page.evaluate(PICTURES)
        assert boxes, one.file
        cut |= {one.file: boxes} if any(bottom > 720 or top < 0 for top, bottom in boxes) else {}
    assert not cut
