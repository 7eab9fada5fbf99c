"""A class goes through the tour without a network: by buttons, by keys, on a projector."""

import re

import pytest

from tests.app.browsing import messages, note_outside, settled, visit

pytestmark = pytest.mark.browser
STEP = re.compile(r"step=(\d)")


def test_all_steps_run_offline_on_the_bundled_checkpoint(page, app_server):
    failures, asked = [], note_outside(page)
    page.on("pageerror", lambda error: failures.append(str(error)))
    visit(page, app_server, "tour")
    for step in range(1, 10):
        page.get_by_text(f"Step {step} of 9").wait_for()
        settled(page)
        assert page.locator(".js-plotly-plot").count() >= 1
        page.get_by_role("button", name="Show the answer").click()
        page.get_by_test_id("stAlertContentInfo").wait_for()
        settled(page)
        if step < 9:
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


@pytest.mark.parametrize("size", [(1440, 900), (1280, 720)])
@pytest.mark.parametrize("present", [[], ["true"]])
def test_the_charts_of_a_slide_end_near_the_bottom_of_the_window(page, app_server, size, present):
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    for step in range(1, 10):
        visit(page, app_server, "tour", step=str(step), present=present)
        boxes = [one.bounding_box() for one in page.locator(".stPlotlyChart").all()]
        ends = max(box["y"] + box["height"] for box in boxes)
        assert 0.85 * size[1] < ends <= size[1], step


def test_arrow_keys_page_unless_a_widget_uses_them(page, app_server):
    def at(number):
        page.get_by_text(f"Step {number} of 9").wait_for()
        settled(page)

    visit(page, app_server, "tour", checkpoint="city", present="true")
    page.keyboard.press("ArrowLeft")  # there is nothing before the first step
    at(1)
    for number in (2, 3):
        page.keyboard.press("ArrowRight")
        at(number)
    page.keyboard.press("PageUp")  # as a presenter's remote does
    at(2)
    slider = page.get_by_role("slider").first
    slider.focus()
    page.keyboard.press("ArrowRight")
    settled(page)
    at(2)
    page.get_by_text("Nothing", exact=True).click()  # a vote, by mouse
    page.get_by_test_id("stAlertContentInfo").wait_for()
    settled(page)
    page.keyboard.press("ArrowRight")
    at(3)


def test_presentation_mode_has_no_sidebar_larger_type_and_a_way_out(page, app_server):
    def type_size():
        return page.locator("h1").evaluate("title => parseFloat(getComputedStyle(title).fontSize)")

    visit(page, app_server, "temporal", checkpoint="city")
    usual = type_size()
    page.get_by_role("button", name="Present").click()
    page.wait_for_url("**present=true**")
    settled(page)
    assert not page.get_by_test_id("stSidebar").is_visible()
    assert type_size() > 1.2 * usual
    page.reload()
    settled(page)
    assert not page.get_by_test_id("stSidebar").is_visible()
    page.locator(".st-key-leave-presenting button").click()
    page.get_by_test_id("stSidebar").wait_for()
    settled(page)
    assert type_size() == usual
    assert "present" not in page.url
