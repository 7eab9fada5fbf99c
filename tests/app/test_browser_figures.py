"""The Figures page in a real browser: figure, choices and files in sight, files when asked for."""

import io
import zipfile

import pytest

from tests.app.browsing import visit

pytestmark = pytest.mark.browser
BUTTONS = ("PDF", "SVG", "PNG", "All figures (ZIP)")


def figure_of(page):
    image = page.locator(".st-key-print-preview img")
    image.wait_for()
    page.wait_for_function(
        "() => document.querySelector('.st-key-print-preview img').naturalWidth > 0"
    )
    return image


@pytest.mark.parametrize("width", ["single", "double"])
def test_figure_choices_and_files_are_seen_without_scrolling(page, app_server, width):
    page.set_viewport_size({"width": 1440, "height": 900})
    visit(page, app_server, "figures", checkpoint="city", figure="4", width=width)
    image = figure_of(page)
    size = image.evaluate("one => [one.naturalWidth, one.naturalHeight]")
    box = image.bounding_box()
    assert box["y"] + box["height"] <= 900
    assert box["height"] > 350
    assert box["width"] / box["height"] == pytest.approx(size[0] / size[1], rel=0.01)
    seen = [page.get_by_role("button", name=name, exact=True) for name in BUTTONS]
    seen += [page.get_by_text(label, exact=True).first for label in ("Figure", "Panels", "Font")]
    for one in seen:
        place = one.bounding_box()
        assert place["y"] >= 0
        assert place["y"] + place["height"] <= 900
        assert place["x"] + place["width"] <= 1440


def test_on_a_projector_the_whole_figure_is_seen(page, app_server):
    page.set_viewport_size({"width": 1280, "height": 720})
    visit(page, app_server, "figures", checkpoint="city", figure="4", width="single")
    box = figure_of(page).bounding_box()
    assert box["y"] + box["height"] <= 720


def test_files_are_drawn_when_a_button_is_pressed(page, app_server):
    visit(page, app_server, "figures", checkpoint="city", figure="4", width="single")
    figure_of(page)
    with page.expect_download(timeout=60_000) as saved:
        page.get_by_role("button", name="PDF", exact=True).click()
    assert saved.value.suggested_filename == "figure4.pdf"
    with page.expect_download(timeout=120_000) as saved:
        page.get_by_role("button", name="All figures (ZIP)", exact=True).click()
    assert saved.value.suggested_filename == "figures.zip"
    content = saved.value.path().read_bytes()
    with zipfile.ZipFile(io.BytesIO(content)) as found:
        assert {"figure4.pdf", "figure4.svg", "figure4.tex"} <= set(found.namelist())
