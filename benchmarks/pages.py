"""The explorer in headless Chromium: time to its first page, and response time of widgets.

Run `python -m benchmarks.pages`; it needs Chromium and Playwright (requirements-dev.txt). The first
page is timed from the start of the process, restarted for each round; a widget from the click that
changes it until the page has changed and is drawn. Each projection that a widget requests is
computed once before it is timed, since a new t-SNE shows progress and is not a response time.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.app_server import DRAWN, WINDOW, AppServer, launch
from benchmarks.report import circumstances, command_line, describe, markdown_table, write_json
from himnet.progress import progress
from himnet.studies.efficiency import kernel_facts

FIRST_PAGE_S, WIDGET_S = 6.0, 1.5
POOLS = ("gate only", "update only", "gate and update")
TIMEOUT_MS = 60_000
OPENINGS = 5  # attempts to open a list
SCROLL_MS = 500  # a list that opens while the page scrolls closes at once
REST_MS = 700  # after the first change of a page until the rest of it follows
# content of charts and maps, sampled so that reading it is cheap
CONTENT = """() => {
  const thin = value => !(Array.isArray(value) || ArrayBuffer.isView(value)) ? value
    : Array.from({length: Math.min(value.length, 40)},
        (_, place) => thin(value[Math.floor(place * Math.max(1, value.length / 40))]));
  const chart = ({data, layout}) => [
    data.map(trace => [trace.x, trace.y, trace.z, trace.marker && trace.marker.color].map(thin)),
    layout.coloraxis && [layout.coloraxis.cmin, layout.coloraxis.cmax],
    layout.shapes, (layout.annotations || []).map(note => note.text)];
  const circles = frame => [...frame.contentDocument.querySelectorAll("path.leaflet-interactive")]
    .map(path => path.getAttribute("d") + path.getAttribute("fill"));
  return JSON.stringify([
    [...document.querySelectorAll(".js-plotly-plot")].map(chart),
    [...document.querySelectorAll("iframe[title*=folium]")].map(circles)]);
}"""
CHANGED = f"before => ({DRAWN})() && ({CONTENT})() !== before"

Move = Callable[[], Any]
Step = Callable[[Any, int], Move]


class Widget(NamedTuple):
    """A widget to be timed.

    Attributes:
        page: path of its page.
        what: description of the widget.
        step: takes the browser's page and the number of the run, prepares a change that differs
            from that of the previous run, and returns a function that makes it.
        rehearsals: runs before the timed ones.
    """

    page: str
    what: str
    step: Step
    rehearsals: int = 0


def open_settings(page: Any) -> None:
    """Open what is behind the button *Settings* of a page, if it is closed."""
    if not page.get_by_test_id("stPopoverBody").count():
        page.get_by_test_id("stMain").get_by_test_id("stPopover").first.get_by_role(
            "button"
        ).click()
        page.get_by_test_id("stPopoverBody").wait_for()


def opened(page: Any, key: str) -> Any:
    """Open a list and return its options; a list closes if the page is redrawn meanwhile."""
    box = page.locator(f".st-key-{key} [role=combobox]")
    settings = page.get_by_test_id("stPopoverBody")
    if not box.is_visible():
        open_settings(page)
    elif settings.count() and not settings.locator(box).count():
        page.keyboard.press("Escape")  # the settings may cover the page
    box.evaluate("box => box.scrollIntoView({block: 'center'})")
    options = page.get_by_role("option")
    for _ in range(OPENINGS):
        page.wait_for_timeout(SCROLL_MS)
        if not options.first.is_visible():
            box.press("ArrowDown")
        page.wait_for_timeout(SCROLL_MS)
        if options.first.is_visible():
            break
    return options


def option(key: str, names: Sequence[str]) -> Step:
    """Return a function that chooses one of a list's options after the other."""

    def step(page: Any, run: int) -> Move:
        opened(page, key)
        found = page.get_by_role("option", name=names[run % len(names)], exact=True)
        return lambda: found.click()

    return step


def next_day(page: Any, run: int) -> Move:
    """Prepare the choice of the next day of the track."""
    days = opened(page, "day")
    return lambda: days.nth((run + 1) % days.count()).click()


def segment(key: str, names: Sequence[str]) -> Step:
    """Return a function that chooses one of a few buttons after the other."""

    def step(page: Any, run: int) -> Move:
        buttons = page.locator(f".st-key-{key}")
        if not buttons.count():
            open_settings(page)
        button = buttons.get_by_role("radio", name=names[run % len(names)])
        return lambda: button.click()

    return step


def nudge(key: str, arrow: str) -> Step:
    """Return one press of an arrow key on a slider."""

    def step(page: Any, run: int) -> Move:
        if not page.locator(f".st-key-{key} input").count():
            open_settings(page)
        page.locator(f".st-key-{key} input").focus()
        return lambda: page.keyboard.press(arrow)

    return step


def fewer_clusters(page: Any, run: int) -> Move:
    """Prepare a clustering with one cluster fewer."""
    return nudge("clusters", "ArrowLeft")(page, run)


VARIANTS = ("mean over the seven days", "one day", "time of day alone")
SCALES = ("minimum to maximum", "0 to 1 (paper)", "-1 to 1 (sign)")
SIDES = ("north- and eastbound", "south- and westbound", "both")
QUERIES = {"st_mixed": "charts=true"}  # what shows that a page has answered
WIDGETS = (
    Widget("temporal", "hours compared", option("t-variant", VARIANTS)),
    Widget("temporal", "colour scale", option("t-scale", SCALES)),
    Widget("temporal", "pool", option("t-pool", POOLS), rehearsals=len(POOLS)),
    Widget("spatial", "number of clusters", fewer_clusters),
    Widget("spatial", "carriageway", segment("carriageway", SIDES)),
    Widget("spatial", "colour", segment("colour", ("freeway", "road", "cluster"))),
    Widget("st_mixed", "time of day", nudge("time", "ArrowRight")),
    Widget("st_mixed", "day within the track", next_day),
    Widget("st_mixed", "pool", option("st-pool", POOLS)),
)


def first_page(browser: Any, server: AppServer) -> float:
    """Return the seconds from the start of the process to its first page, drawn."""
    with browser.new_context(viewport=WINDOW) as context:
        page = context.new_page()
        server.wait()
        page.goto(server.url)
        page.wait_for_function(DRAWN, timeout=TIMEOUT_MS)
        return time.perf_counter() - server.started


def answers(browser: Any, server: AppServer, path: str, runs: int) -> dict[str, list[float]]:
    """Return the seconds until each widget of a page responded, by its name."""
    found: dict[str, list[float]] = {}
    with browser.new_context(viewport=WINDOW) as context:
        page = context.new_page()
        page.goto(f"{server.url}/{path}?{QUERIES.get(path, '')}")
        page.wait_for_function(DRAWN, timeout=TIMEOUT_MS)
        for widget in (widget for widget in WIDGETS if widget.page == path):
            seconds = [answer(page, widget.step, run) for run in range(widget.rehearsals + runs)]
            found[widget.what] = seconds[widget.rehearsals :]
    return found


def answer(page: Any, step: Step, run: int) -> float:
    """Return the seconds from a change of a widget to the page that shows it."""
    for _ in range(2):  # a page that is still being drawn closes lists
        page.wait_for_timeout(REST_MS)
        page.wait_for_function(DRAWN, timeout=TIMEOUT_MS)
    move = step(page, run)
    before = page.evaluate(CONTENT)
    started = time.perf_counter()
    move()
    page.wait_for_function(CHANGED, arg=before, polling=25, timeout=TIMEOUT_MS)
    return time.perf_counter() - started


def process_facts(server: AppServer) -> dict[str, Any]:
    """Return the server's peak memory and whether torch is loaded; None if unknown."""
    process = server.process.pid
    if not (status := kernel_facts(f"{process}/status")):
        return {"peak_mb": None, "torch": None}
    return {
        "peak_mb": int(status["VmHWM"].split()[0]) / 1024,
        "torch": "libtorch" in Path(f"/proc/{process}/maps").read_text(),
    }


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Start the app `rounds` times, and time the widgets in the last of them."""
    from playwright.sync_api import sync_playwright

    first, widgets, facts = [], {}, {}
    environment = {"HIMNET_TILES": "off"}
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch(playwright)
        for number in progress(range(args.rounds), description="first page"):
            with AppServer(Path(folder), environment) as server:
                first.append(first_page(browser, server))
                if number == args.rounds - 1:
                    for path in progress(("temporal", "spatial", "st_mixed"), description="pages"):
                        widgets[path] = answers(browser, server, path, args.runs)
                    facts = process_facts(server)
        browser.close()
    return {"first_page_s": first, "widgets_s": widgets, **facts}


def judge(measured: dict[str, Any]) -> list[dict[str, Any]]:
    """Return the results with their median, their slowest run, and whether the target was met."""
    timed = [("overview", "first page, from the start", FIRST_PAGE_S, measured["first_page_s"])]
    for path, widgets in measured["widgets_s"].items():
        timed += [(path, what, WIDGET_S, seconds) for what, seconds in widgets.items()]
    return [
        {
            "page": path,
            "what": what,
            "target_s": target,
            "median_s": statistics.median(seconds),
            "slowest_s": max(seconds),
            "met": statistics.median(seconds) <= target,
        }
        for path, what, target, seconds in timed
    ]


def print_report(result: dict[str, Any]) -> None:
    """Print results and verdicts as Markdown."""
    print(f"\n{describe(result['machine'])}\n")
    if result["peak_mb"] is not None:
        print(
            f"peak memory of the server: {result['peak_mb']:.0f} MB; torch was "
            f"{'loaded' if result['torch'] else 'never loaded'}\n"
        )
    rows = [
        (
            verdict["page"],
            verdict["what"],
            f"{verdict['target_s']:g} s",
            f"{verdict['median_s']:.2f} s",
            f"{verdict['slowest_s']:.2f} s",
            "yes" if verdict["met"] else "no",
        )
        for verdict in result["verdicts"]
    ]
    print(markdown_table(("page", "what", "at most", "median", "slowest", "met"), rows))


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store."""
    parser = command_line("pages", __doc__)
    parser.add_argument("--rounds", type=int, default=3, help="number of starts of the app")
    parser.add_argument("--runs", type=int, default=3, help="timed runs of each widget")
    args = parser.parse_args(argv)
    result = circumstances(args) | measure(args)
    result["verdicts"] = judge(result)
    print_report(result)
    write_json(args.json, result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
