"""In a browser: nothing but a choice changes the model, however quickly one clicks."""

import random
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.app.browsing import chosen_checkpoint, clusters_slider, settled, visit

pytestmark = pytest.mark.browser
ROUNDS = 15
MENU = ("Temporal", "Spatial", "Compare", "Explore", "Neighbours", "Overview")
WAITS = (0, 20, 60, 150, 400)  # ms between two clicks
EXCEPTION = '[data-testid="stException"]'


def asked(page):
    """Return what the address asks for."""
    return parse_qs(urlsplit(page.url).query)


def menu(page, name):
    return page.get_by_test_id("stSidebarNavLink").filter(has_text=name)


def is_of(page, name, **settings):
    """Check the checkpoint and the address of a page that is drawn."""
    assert chosen_checkpoint(page) == name
    assert asked(page) == {"checkpoint": [name], **settings}
    assert not page.locator(EXCEPTION).count()


def choose(page, name):
    """Choose a checkpoint in the sidebar."""
    box = page.locator(".st-key-checkpoint").locator("input")
    box.click()
    page.get_by_role("option", name=name, exact=True).click()
    return settled(page)


def cluster(page, steps):
    """Move the slider of the clusters by some steps to the left, which clusters anew."""
    clusters_slider(page).focus()
    for _ in range(steps):
        page.keyboard.press("ArrowLeft")
    page.wait_for_timeout(400)  # the slider tells its value a moment after the key
    settled(page)
    page.keyboard.press("Escape")  # closes what covers the page
    return settled(page)


def test_quick_clicks_in_the_menu_never_open_another_model(page, app_server):
    rng = random.Random(0)
    for number in range(ROUNDS):
        page.goto(f"{app_server}/?checkpoint=city")
        menu(page, "Overview").wait_for()
        drawn = number % 3 == 0  # at other times the first click is before the page is drawn
        if drawn:
            settled(page)
        for name in rng.sample(MENU, rng.choice((2, 3))):
            menu(page, name).click()
            page.wait_for_timeout(rng.choice(WAITS))
            # before it is drawn, the address may lack the model until the server has answered
            assert asked(page).get("checkpoint", ["city"]) == ["city"]
            assert not drawn or "checkpoint" in asked(page)
        is_of(settled(page), "city")


def test_back_forward_and_reload_keep_model_selection_and_settings(page, app_server):
    visit(page, app_server, "spatial", checkpoint="city", selection=["S001", "S004"])
    cluster(page, 2)
    settings = asked(page)
    assert settings["selection"] == ["S001", "S004"]
    assert len(settings["clusters"]) == 1
    kept = {key: settings[key] for key in ("selection", "clusters")}
    menu(page, "Temporal").click()
    is_of(settled(page), "city", **kept)
    page.go_back()
    is_of(settled(page), "city", **kept)
    assert urlsplit(page.url).path == "/spatial"
    page.go_forward()
    is_of(settled(page), "city", **kept)
    assert urlsplit(page.url).path == "/temporal"
    page.reload()
    is_of(settled(page), "city", **kept)
    choose(page, "layered")
    page.go_back()
    is_of(settled(page), "layered", **kept)
    assert urlsplit(page.url).path == "/spatial"
    choose(page, "bare")
    page.get_by_text("'S001', 'S004' were not found").wait_for()  # the sensors have other names
    is_of(page, "bare", **kept)


def test_one_step_back_leaves_the_page_whatever_was_set_on_it(page, app_server):
    visit(page, app_server, "temporal", checkpoint="city")
    menu(page, "Spatial").click()
    settled(page)
    cluster(page, 1)
    cluster(page, 1)
    page.go_back()
    settled(page)
    assert urlsplit(page.url).path == "/temporal"
    is_of(page, "city", clusters=asked(page)["clusters"])


def test_the_checkpoint_can_be_switched_on_spatial_and_back(page, app_server):
    visit(page, app_server, "spatial")
    for name in ("synthetic-city", "metr-la", "city", "dateless", "metr-la"):
        choose(page, name)
        assert chosen_checkpoint(page) == name
        assert not page.locator(EXCEPTION).count()
        assert not page.get_by_test_id("stAlertContentError").count()
        assert page.locator("[class*=st-key-sensors-] .main-svg").count()


def test_an_upload_is_not_undone_by_a_quick_click(page, app_server, checkpoints, tmp_path):
    mine = tmp_path / "mine.safetensors"
    mine.write_bytes((checkpoints / "city" / "model.safetensors").read_bytes())
    visit(page, app_server, checkpoint="layered")
    page.get_by_text("Open your own").click()
    page.locator(".st-key-upload input[type=file]").set_input_files(mine)
    page.wait_for_function("() => location.search.includes('mine')")
    page.keyboard.press("Escape")  # closes what covers the menu
    for name in ("Spatial", "Temporal"):
        menu(page, name).click()
    is_of(settled(page), "mine (opened)")
    page.reload()
    settled(page)
    assert page.get_by_text("'mine (opened)' was not found; showing 'metr-la' instead").count()
