"""Every page, tooltip, export and command with hostile checkpoints: nothing runs, nothing leaves.

`--fuzz-scale 1` gives each text a checkpoint of its own, which takes four times as long.
"""

import csv
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit
from xml.etree import ElementTree

import pytest

from app.pages import EVERY, FIRST
from benchmarks.app_server import ROOT, AppServer
from tests.app import hostile_files
from tests.app.browsing import CIRCLES, chosen_checkpoint, is_outside, settled, visit
from tests.hostile import TEXTS

pytestmark = pytest.mark.browser

CHARTS = ".stPlotlyChart .main-svg"
TURNS = 6  # after which each page was opened by its address
SAME_WITHOUT_A_TRACK = ("temporal", "compare")  # pages that take nothing from one
# what the texts become where they are taken for markup
TAKEN = (
    'a[href*="127.0.0.1:9"], a[href*="example.org"], a[href^="mailto"], [src*=":9/"], '
    '[style*=":9/"], .katex, .leaflet-container img[onerror]'
)
_STATE = f"""() => ({{
  pwned: window.__pwned,
  taken: document.querySelectorAll({TAKEN!r}).length,
  evaluated: document.body.innerText.includes("1337"),
}})"""


@pytest.fixture(scope="module")
def named(tmp_path_factory, request):
    folder = tmp_path_factory.mktemp("hostile")
    apart = request.config.getoption("--fuzz-scale") >= 1
    return folder, hostile_files.make_all(folder, apart=apart)


@pytest.fixture(scope="module")
def hostile_server(named, tmp_path_factory):
    work = tmp_path_factory.mktemp("work")
    environment = {
        "HIMNET_CHECKPOINTS": str(named[0]),
        "HIMNET_DATA_DIR": str(work / "no-data"),
        "HIMNET_TILES": "off",
    }
    with AppServer(work, environment) as running:
        running.wait()
        yield running


@pytest.fixture
def watched(page):
    """A page that notes every request which a hostile text could make."""
    page.left = []

    def note(url):
        if is_outside(url) or re.search(r"127\.0\.0\.1:9/|example\.org", url):
            page.left.append(url)

    page.context.on("request", lambda request: note(request.url))
    return page


def check(page):
    """Fail where a text ran, was evaluated, was fetched, or was taken for markup."""
    for frame in page.frames:
        found = frame.evaluate(_STATE)
        assert not found["pwned"], frame.url
        assert not found["taken"], frame.url
        assert not found["evaluated"], frame.url
    assert page.left == []
    assert not page.get_by_test_id("stException").count()


def hover_everywhere(page):
    """Hover over points of every chart, circles of the map, and marks with a tooltip."""
    for chart in page.locator(CHARTS).all()[:8]:
        box = chart.bounding_box()
        if box is None:
            continue
        for share in (0.25, 0.5, 0.75):
            page.mouse.move(box["x"] + share * box["width"], box["y"] + box["height"] / 2)
            page.wait_for_timeout(60)
    frames = page.locator("iframe[title*=folium]")
    for place in range(frames.count()):
        circles = frames.nth(place).content_frame.locator(CIRCLES)
        circles.first.wait_for(state="attached")
        # those beyond the view are there, but empty
        seen = [circle for circle in circles.all() if circle.get_attribute("d") != "M0 0"]
        for circle in seen[-3:]:
            circle.hover(force=True)
    for mark in page.get_by_test_id("stTooltipHoverTarget").all()[:6]:
        if mark.is_visible():
            mark.hover(force=True)


def show_all(page, url, name, turn):
    """Show each page of a checkpoint: two by their addresses, other ones each turn.

    The menu leads to the others, which takes half the time of an address: what a page shows is the
    same, and the browser has not to begin anew.
    """
    for place, one in enumerate(EVERY):
        path = "" if one == FIRST else one.file
        if name.startswith("plain-") and path in SAME_WITHOUT_A_TRACK:
            continue
        if place == 0 or place % TURNS == turn % TURNS or one.file == "st_mixed":
            yield visit(page, url, path, checkpoint=name, compare="any sensors")
        else:
            page.get_by_test_id("stSidebarNavLink").filter(has_text=one.title).first.click()
            page.wait_for_url(lambda shown, path=path: urlsplit(shown).path == f"/{path}")
            yield settled(page)


def test_no_page_runs_fetches_or_renders_a_hostile_text(watched, hostile_server, named):
    for turn, name in enumerate(named[1]):
        for page in show_all(watched, hostile_server.url, name, turn):
            assert chosen_checkpoint(page) == name
            hover_everywhere(page)
            check(page)
    assert not list(ROOT.glob("PWNED*"))
    assert "Traceback" not in hostile_server.log.read_text()


def test_no_table_is_written_past_the_guard_of_cells(watched, hostile_server, named):
    visit(watched, hostile_server.url, "neighbours", checkpoint=named[1][-1])
    table = watched.get_by_test_id("stDataFrame").first
    table.hover()
    watched.get_by_role("button", name="Fullscreen").first.wait_for()
    assert not watched.get_by_role("button", name="Download as CSV").count()


# pages whose exports are opened, shared out among the groups: each checkpoint has ids of all kinds
EXPORTED = {
    "markup": ("explore", "spatial"),
    "formulas": ("st_mixed", "neighbours"),
    "commands": ("forecasts", "compare"),
}


def downloaded(page, button, folder):
    with page.expect_download() as waiting:
        button.click()
    saved = folder / waiting.value.suggested_filename
    waiting.value.save_as(saved)
    return saved


@pytest.mark.parametrize("group", hostile_files.GROUPS)
def test_no_export_runs_fetches_or_renders_one(watched, hostile_server, named, group, tmp_path):
    if f"tracked-{group}" not in named[1]:
        pytest.skip("each text has a checkpoint of its own")
    files = []
    for page in EXPORTED[group]:
        visit(watched, hostile_server.url, page, checkpoint=f"tracked-{group}")
        for place in range(watched.locator('[class*="st-key-keep-"] button').count()):
            watched.locator('[class*="st-key-keep-"] button').nth(place).click()
            body = watched.get_by_test_id("stPopoverBody")
            body.wait_for()
            for button in body.get_by_role("button").all():
                if "CSV" in button.inner_text() or "HTML" in button.inner_text():
                    files.append(downloaded(watched, button, tmp_path))
            check(watched)
            watched.keyboard.press("Escape")
            body.wait_for(state="detached")
        if page == "spatial":
            button = watched.get_by_role("button", name="Map as an HTML page")
            files.append(downloaded(watched, button, tmp_path))
        if page == "explore":
            chart = watched.locator(".stPlotlyChart").first
            chart.hover()
            files.append(
                downloaded(watched, chart.locator('[data-title*="Download plot"]'), tmp_path)
            )
    assert {file.suffix for file in files} >= {".csv", ".html"}
    for file in files:
        of_kind[file.suffix](watched, file)


def check_page(page, file):
    page.goto(file.as_uri())
    page.wait_for_timeout(400)
    circles = page.locator(CIRCLES)
    for number in range(min(circles.count(), 3)):
        circles.nth(number).hover(force=True)
    check(page)


def check_table(page, file):
    with file.open(newline="", encoding="utf-8") as opened:
        cells = [cell for row in csv.reader(opened) for cell in row]
    assert cells
    for cell in cells:
        if cell.startswith(("=", "+", "-", "@")):
            float(cell)


def check_drawing(page, file):
    drawn = ElementTree.parse(file).getroot()
    kinds = {element.tag.rpartition("}")[2] for element in drawn.iter()}
    assert not kinds & {"script", "foreignObject", "a"}
    links = [value for element in drawn.iter() for key, value in element.items() if "href" in key]
    assert all(link.startswith(("#", "data:")) for link in links)


of_kind = {".html": check_page, ".csv": check_table, ".svg": check_drawing}


COMMANDS = {
    "draw": ["app", "draw", "explore?checkpoint={}", "--chart", "e-map", "--out", "map.html"],
    "figures": ["analysis", "figures", "--checkpoint", "{}", "--figure", "1", "4", "--out", "f"],
    "export": ["analysis", "export", "--checkpoint", "{}", "--out", "all.npz"],
    "info": ["himnet", "info", "{}"],
    "claims": ["analysis", "claims", "--checkpoint", "{}", "--markdown", "--untrained", "20"],
}


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("group", hostile_files.GROUPS)
def test_no_command_runs_one(watched, named, group, command, tmp_path):
    if f"tracked-{group}" not in named[1]:
        pytest.skip("each text has a checkpoint of its own")
    words = [word.format(f"tracked-{group}") for word in COMMANDS[command]]
    environment = os.environ | {"HIMNET_CHECKPOINTS": str(named[0]), "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-m", *words], cwd=tmp_path, env=environment, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "Traceback" not in done.stderr
    assert "1337" not in done.stdout
    assert not list(Path(tmp_path).glob("PWNED*"))
    for file in tmp_path.rglob("*.html"):
        check_page(watched, file)
    for file in tmp_path.rglob("*.svg"):
        check_drawing(watched, file)
    if command == "info":
        assert TEXTS[hostile_files.GROUPS[group][0]] in done.stdout
