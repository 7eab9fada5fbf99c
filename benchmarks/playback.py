"""How many frames a second the ST-mixed page plays in headless Chromium.

Run `python -m benchmarks.playback`; it needs Chromium and Playwright (requirements-dev.txt). The
player draws a frame for each five minutes of the day that have passed; at four hours a second, 48
are asked for. Told beside it: what a page that asks its server for each frame could do at best, by
the time that one move of the clock takes until the page is drawn.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.app_server import DRAWN, AppServer, launch
from benchmarks.report import describe, machine, markdown_table, write_json

AIM = 10.0  # frames a second
SECONDS = 4.0
SPEEDS = {"1 h a second": "12", "2 h a second": "24", "4 h a second": "48"}
TIMEOUT_MS, POLL_MS = 120_000, 25


def frames_a_second(page: Any, steps_a_second: str) -> float:
    """Play from midnight on for a while and return the frames that were drawn in a second."""
    player = page.locator(".player")
    player.locator(".speed").select_option(steps_a_second)
    player.locator(".clock").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    before, began = int(player.get_attribute("data-frames")), time.perf_counter()
    page.wait_for_timeout(SECONDS * 1000)
    drawn = int(player.get_attribute("data-frames")) - before
    passed = time.perf_counter() - began
    page.keyboard.press("Space")
    page.wait_for_function(DRAWN, timeout=TIMEOUT_MS)
    return drawn / passed


def asked_a_second(page: Any, runs: int) -> float:
    """Return how many moves of the page's own slider a second the server answers."""
    seconds = []
    for _ in range(runs):
        page.locator(".st-key-time input").focus()
        before = page.locator(".player").get_attribute("data-time")
        began = time.perf_counter()
        page.keyboard.press("ArrowRight")
        while page.locator(".player").get_attribute("data-time") == before:
            page.wait_for_timeout(POLL_MS)
        page.wait_for_function(DRAWN, polling=POLL_MS, timeout=TIMEOUT_MS)
        seconds.append(time.perf_counter() - began)
    return 1 / statistics.median(seconds)


def measure(runs: int) -> dict[str, Any]:
    """Return the frames a second of each speed, all runs, and those of a page that asks."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        environment = {"HIMNET_TILES": "off", "HIMNET_DATA_DIR": folder}
        with AppServer(Path(folder), environment) as server:
            server.wait()
            browser = launch(playwright)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            page.goto(f"{server.url}/st_mixed")
            page.wait_for_function(DRAWN, timeout=TIMEOUT_MS)
            page.locator(".player[data-time]").wait_for(timeout=TIMEOUT_MS)
            played = {
                name: [frames_a_second(page, steps) for _ in range(runs)]
                for name, steps in SPEEDS.items()
            }
            asked = asked_a_second(page, runs)
            browser.close()
    return {"played": played, "asked": asked}


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.playback",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--json", type=Path, metavar="PATH", help="write the figures there too")
    args = parser.parse_args(argv)
    about = machine()
    found = measure(args.runs)
    rows = [
        (name, SPEEDS[name], f"{statistics.median(runs):.1f}", f"{min(runs):.1f}")
        for name, runs in found["played"].items()
    ]
    rows.append(("asking the server for each", "", f"{found['asked']:.1f}", ""))
    print(describe(about))
    print(markdown_table(("speed", "asked for", "frames a second", "slowest run"), rows))
    print(f"\naim: {AIM:g} frames a second")
    write_json(args.json, {"machine": about, **found})
    return 0


if __name__ == "__main__":
    sys.exit(main())
