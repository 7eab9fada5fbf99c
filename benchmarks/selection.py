"""Time until all views show a selection, for one visitor and for ten at once, or a slider's value.

Run `python -m benchmarks.selection`; it needs Chromium and Playwright (requirements-dev.txt), and
uses readings from HIMNET_DATA_DIR if METR-LA is there. A lasso in the projection is timed from its
end until the map, which the browser colours by itself, and until every other chart of the page
Explore show it. The slider sets the number of clusters on Spatial, where the server draws all anew.
For cities of 883 and 2,000 sensors, untrained models are created.
"""

from __future__ import annotations

import argparse
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from benchmarks.app_server import DRAWN, WINDOW, AppServer, explorer
from benchmarks.linked_views import Box, answered, lasso, mapped, shown
from benchmarks.report import circumstances, command_line, describe, markdown_table, write_json
from himnet.checkpoints import save_checkpoint
from himnet.config import HimNetConfig
from himnet.data.synthetic import synthetic_city
from himnet.model.untrained import untrained_weights
from himnet.progress import progress
from himnet.scaler import Scaler

BUNDLED, CITIES, CITY_DAYS = "metr-la", (883, 2000), 7
AT_MOST_S, GOAL_S = 1.0, 0.5
VIEW = "e-projection"
TIMEOUT_MS = 180_000  # includes a t-SNE of 2,000 sensors
REST_S = (0.5, 2.0)  # between an answer and a visitor's next selection
_POLL_S = 0.02
# number of clusters that the projection of Spatial shows
_CLUSTERS = """() => {
  const chart = document.querySelector('[class*="st-key-sensors-"] .js-plotly-plot');
  const trace = (chart?._fullData || []).find(trace => trace.customdata);
  return trace ? new Set([...trace.customdata].map(about => about[3])).size : 0;
}"""


def save_city(folder: Path, sensors: int) -> str:
    """Write an untrained model of a synthetic city into a folder and return its name."""
    city = synthetic_city(num_nodes=sensors, days=CITY_DAYS)
    config = HimNetConfig(num_nodes=sensors)
    name = f"city-{sensors}"
    save_checkpoint(
        folder / name,
        untrained_weights(config, seed=0),
        config=config,
        scaler=Scaler(50.0, 10.0),
        dataset=city.info,
    )
    return name


def random_box(rng: random.Random) -> Box:
    """Return a rectangle of a chart, as shares of it, that contains some points."""
    left, top = rng.uniform(0.08, 0.45), rng.uniform(0.12, 0.4)
    return left, top, left + rng.uniform(0.3, 0.45), top + rng.uniform(0.3, 0.45)


def opened(browser: Any, server: AppServer, checkpoint: str) -> Any:
    """Open Explore in a separate browser profile and return the page, drawn."""
    context = browser.new_context(viewport=WINDOW)
    context.set_default_timeout(TIMEOUT_MS)
    page = context.new_page()
    page.goto(f"{server.url}/explore?checkpoint={checkpoint}")
    page.wait_for_function(DRAWN, timeout=TIMEOUT_MS)
    page.wait_for_selector('[class*="st-key-e-projection-"] .main-svg')
    page.wait_for_function(DRAWN, timeout=TIMEOUT_MS)
    return page


def answers(
    browser: Any, server: AppServer, checkpoint: str, runs: int
) -> tuple[list[float], list[float]]:
    """Return the seconds of each of some selections until all views showed it, and the map."""
    page, rng = opened(browser, server, checkpoint), random.Random(0)
    found: list[float] = []
    on_map: list[float] = []
    for _ in range(runs + 1):  # the first one is a warm-up
        page.wait_for_timeout(500)
        lasso(page, VIEW, random_box(rng), watched=True)
        page.wait_for_function("() => window.answered !== null", timeout=TIMEOUT_MS)
        found.append(answered(page) or 0.0)
        on_map.append(mapped(page))
        if not in_step(page):
            raise RuntimeError(f"after a selection the views of {checkpoint} differ")
    page.context.close()
    return found[1:], on_map[1:]


def slider(browser: Any, server: AppServer, checkpoint: str, runs: int) -> list[float]:
    """Return the seconds of each step of the number of clusters until Spatial is drawn."""
    page = browser.new_context(viewport=WINDOW).new_page()
    page.set_default_timeout(TIMEOUT_MS)
    page.goto(f"{server.url}/spatial?checkpoint={checkpoint}")
    page.wait_for_function(DRAWN, timeout=TIMEOUT_MS)
    settings = page.get_by_test_id("stMain").get_by_test_id("stPopover").first
    settings.get_by_role("button").click()
    handle, found = page.locator(".st-key-clusters input"), []
    for number in range(runs + 2):  # the first two, one each way, fill the caches
        page.wait_for_timeout(1000)
        before = page.evaluate(_CLUSTERS)
        began = time.perf_counter()
        handle.press("ArrowLeft" if number % 2 else "ArrowRight")
        page.wait_for_function(
            f"count => ({_CLUSTERS})() !== count && ({DRAWN})()", arg=before, polling=10
        )
        found.append(time.perf_counter() - began)
    page.context.close()
    return found[2:]


def in_step(page: Any) -> bool:
    """Whether the map, which the server drew, shows what was selected in the projection."""
    views = shown(page)
    chosen = sorted(views.get(VIEW, []))
    linked = parse_qs(urlsplit(page.url).query).get("selection", [])
    told = page.locator(".st-key-selection .count").inner_text()
    counted = told.startswith(f"{len(chosen):,} of ")
    return (
        bool(chosen) and sorted(views.get("e-map", [])) == chosen and len(linked) == 1 and counted
    )


@dataclass
class Visitor:
    """One of several concurrent visitors.

    Attributes:
        page: of the visitor.
        rng: draws the next selection.
        seconds: of each answer.
        out_of_step: answers after which views differed.
        errors: errors in the page.
        busy: whether the visitor waits for an answer.
        next_at: time of the next selection.
    """

    page: Any
    rng: random.Random
    seconds: list[float] = field(default_factory=list)
    out_of_step: int = 0
    errors: list[str] = field(default_factory=list)
    busy: bool = False
    next_at: float = 0.0

    def step(self) -> None:
        """Select something, or check whether the answer has arrived."""
        if not self.busy and time.perf_counter() >= self.next_at:
            lasso(self.page, VIEW, random_box(self.rng), watched=True)
            self.busy = True
        elif self.busy and (seconds := answered(self.page)) is not None:
            self.seconds.append(seconds)
            self.out_of_step += not in_step(self.page)
            self.busy = False
            self.next_at = time.perf_counter() + self.rng.uniform(*REST_S)

    def leave(self) -> None:
        """Record errors that the page shows, and close it."""
        self.errors += self.page.get_by_test_id("stAlertContentError").all_inner_texts()
        self.errors += self.page.get_by_test_id("stException").all_inner_texts()
        self.page.context.close()


def crowd(browser: Any, server: AppServer, users: int, seconds: float) -> dict[str, Any]:
    """Let several visitors of METR-LA select at random concurrently."""
    visitors = [
        Visitor(opened(browser, server, BUNDLED), random.Random(number))
        for number in progress(range(users), description="visitors")
    ]
    for visitor in visitors:
        visitor.page.on("pageerror", lambda error, own=visitor: own.errors.append(str(error)))
    end = time.perf_counter() + seconds
    while time.perf_counter() < end or any(visitor.busy for visitor in visitors):
        for visitor in visitors:
            if visitor.busy or time.perf_counter() < end:
                visitor.step()
        if time.perf_counter() > end + TIMEOUT_MS / 1000:
            break
        time.sleep(_POLL_S)
    unanswered = sum(visitor.busy for visitor in visitors)
    for visitor in visitors:
        visitor.leave()
    return {
        "answers_s": [each for visitor in visitors for each in visitor.seconds],
        "unanswered": unanswered,
        "out_of_step": sum(visitor.out_of_step for visitor in visitors),
        "errors": [error for visitor in visitors for error in visitor.errors],
    }


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Time selections in each checkpoint, then with several visitors."""
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder, "models")
        names = [BUNDLED, *(save_city(models, sensors) for sensors in args.cities)]
        environment = {"HIMNET_CHECKPOINTS": str(models)}
        with explorer(Path(folder), environment) as (server, browser):
            one = {
                name: answers(browser, server, name, args.runs)
                for name in progress(names, description="selections")
            }
            moved = {
                name: slider(browser, server, name, args.runs)
                for name in progress(names, description="slider")
            }
            many = crowd(browser, server, args.users, args.seconds) if args.users else None
    return {
        "one_visitor_s": {name: every for name, (every, _) in one.items()},
        "map_s": {name: on_map for name, (_, on_map) in one.items()},
        "slider_s": moved,
        "users": many,
    }


def print_report(result: dict[str, Any]) -> None:
    """Print medians and verdicts as Markdown."""
    print(f"\n{describe(result['machine'])}\n")
    rows = []
    for name, seconds in result["one_visitor_s"].items():
        median = statistics.median(seconds)
        met = "goal" if median <= GOAL_S else "yes" if median <= AT_MOST_S else "no"
        others = (statistics.median(result[part][name]) for part in ("map_s", "slider_s"))
        times = (median, min(seconds), max(seconds), *others)
        rows.append((name, *(f"{each:.2f} s" for each in times), met))
    header = (
        "checkpoint", "median", "fastest", "slowest", "map alone", "slider",
        f"within {AT_MOST_S:g} s",
    )  # fmt: skip
    print(markdown_table(header, rows))
    many = result["users"]
    if many and many["answers_s"]:
        seconds = many["answers_s"]
        print(
            f"\n{result['settings']['users']} visitors at once for "
            f"{result['settings']['seconds']:g} s: {len(seconds)} selections, median "
            f"{statistics.median(seconds):.2f} s, slowest {max(seconds):.2f} s; "
            f"{many['unanswered']} unanswered, {many['out_of_step']} out of step, "
            f"{len(many['errors'])} errors"
        )


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store; return 1 if there were errors."""
    parser = command_line("selection", __doc__)
    parser.add_argument("--runs", type=int, default=7, help="timed selections in each checkpoint")
    parser.add_argument("--cities", type=int, nargs="*", default=CITIES, metavar="SENSORS")
    parser.add_argument("--users", type=int, default=10, help="visitors at once; 0 for none")
    parser.add_argument("--seconds", type=float, default=60, help="duration of the selections")
    args = parser.parse_args(argv)
    result = circumstances(args) | measure(args)
    print_report(result)
    write_json(args.json, result)
    many = result["users"]
    return int(bool(many and (many["errors"] or many["out_of_step"] or many["unanswered"])))


if __name__ == "__main__":
    sys.exit(main())
