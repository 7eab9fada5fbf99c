"""The frame around every page, in a browser: the tab's title, and what is seen on a projector."""

import pytest

from app.pages import EVERY
from tests.app.browsing import visit

pytestmark = pytest.mark.browser


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
