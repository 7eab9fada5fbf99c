"""Hostile texts in a browser: every medium shows them letter by letter, and none is run."""

import os
import re
import time
from pathlib import Path

import pytest

from benchmarks.app_server import ROOT, AppServer
from tests.app.browsing import settled
from tests.hostile import TEXTS

pytestmark = pytest.mark.browser

PAGE = Path(__file__).with_name("shown_texts.py")
# what a text may become where it is taken for markup
MARKUP = "a, img, strong strong, em, del, li, h2, hr, blockquote, .katex, svg a, [style*=url]"


@pytest.fixture(scope="module")
def texts_server(tmp_path_factory):
    paths = os.pathsep.join(filter(None, (str(ROOT), os.environ.get("PYTHONPATH"))))
    folder = tmp_path_factory.mktemp("texts")
    with AppServer(folder, {"PYTHONPATH": paths}, script=PAGE) as running:
        running.wait()
        yield running.url


@pytest.fixture(scope="module")
def shown(browser, texts_server):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page, asked = context.new_page(), []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(texts_server)
    settled(page)
    page.asked = asked
    yield page
    context.close()


def lines_of(element):
    """The lines of an element's text as a reader sees them."""
    return [re.sub(r"\s+", " ", line).strip() for line in element.inner_text().splitlines()]


@pytest.mark.parametrize("name", TEXTS)
def test_the_page_shows_the_text_and_no_markup(shown, name):
    case, text = shown.locator(f".st-key-case-{name}"), TEXTS[name]
    seen = lines_of(case)
    # paragraph, caption, message, metric's name and value, button, choice, expander, two in HTML
    assert seen.count(text) >= 10, seen
    assert f"before {text} after" in seen
    assert case.locator(MARKUP).count() == 0
    case.get_by_test_id("stTooltipHoverTarget").first.hover()
    told = shown.get_by_test_id("stTooltipContent").first
    assert lines_of(told) == [text]
    assert told.locator(MARKUP).count() == 0


def test_nothing_runs_and_nothing_is_fetched(shown):
    assert shown.evaluate("window.__pwned") is None
    assert not [url for url in shown.asked if ":9/" in url or "example.org" in url]


def test_charts_show_the_texts(shown):
    chart = shown.locator(".st-key-chart")
    seen = [re.sub(r"\s+", " ", text) for text in chart.locator("svg text").all_text_contents()]
    for text in TEXTS.values():
        # an annotation, a tick, a name in the legend
        assert seen.count(text) >= 3, (text, seen)
    assert chart.locator("svg a, svg image, svg .MathJax, foreignObject").count() == 0
    for number, text in enumerate(TEXTS.values()):
        bar = chart.locator("g.bars path").nth(number)
        bar.hover(force=True)
        hover = chart.locator(".hoverlayer .hovertext").first.locator("text.nums")
        wait_for(lambda hover=hover: hover.all_text_contents(), [f"{text} / {text}"])


def wait_for(told, wanted, seconds=10):
    """Wait until something tells what is wanted; fail with what it tells at last."""
    end = time.monotonic() + seconds
    while told() != wanted and time.monotonic() < end:
        time.sleep(0.05)
    assert told() == wanted


def test_the_saved_page_shows_them_too(shown, page, tmp_path):
    with shown.expect_download() as waiting:
        shown.get_by_role("button", name="Page").click()
    saved = tmp_path / "page.html"
    waiting.value.save_as(saved)
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(saved.as_uri())
    page.locator("svg text").first.wait_for()
    seen = page.locator("svg text").all_text_contents()
    assert all(text in seen for text in TEXTS.values())
    assert page.evaluate("window.__pwned") is None
    assert [url for url in asked if not url.startswith(("file:", "data:", "blob:"))] == []
