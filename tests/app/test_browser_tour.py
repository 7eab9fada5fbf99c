"""A class goes through the tour without a network."""

import pytest

from tests.app.browsing import messages, note_outside, settled, visit

pytestmark = pytest.mark.browser


def test_all_eight_steps_run_offline_on_the_bundled_checkpoint(page, app_server):
    failures, asked = [], note_outside(page)
    page.on("pageerror", lambda error: failures.append(str(error)))
    visit(page, app_server, "tour")
    for step in range(1, 9):
        page.get_by_text(f"Step {step} of 8").wait_for()
        settled(page)
        assert page.locator(".js-plotly-plot").count() >= 1
        page.get_by_role("button", name="Show the answer").click()
        page.get_by_test_id("stAlertContentInfo").wait_for()
        settled(page)
        if step < 8:
            page.get_by_role("button", name="Next").click()
    assert messages(page) == []
    assert failures == []
    assert asked == []


def test_a_step_fits_on_a_projector_and_its_controls_are_reached_by_keyboard(page, app_server):
    page.set_viewport_size({"width": 1280, "height": 720})
    visit(page, app_server, "tour", step="3")
    show = page.get_by_role("button", name="Show the answer")
    box = show.bounding_box()
    assert box["y"] + box["height"] < 720
    show.focus()
    page.keyboard.press("Enter")
    page.get_by_test_id("stAlertContentInfo").wait_for()
