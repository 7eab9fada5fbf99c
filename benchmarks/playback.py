"""Frame rate of the ST-mixed page in headless Chromium, and the cost of a day.

Run `python -m benchmarks.playback`; it needs Chromium and Playwright (requirements-dev.txt). The
player redraws the cursors at each frame of the browser, and heatmap and map for every five minutes
of the day; at four hours per second, it requests 48 moments per second. For comparison: the best
rate of a page that requests each frame from its server, from the time that one move of the clock
takes until the page is drawn; how long the server takes to prepare a day, without running the
model; and how many bytes it sends.
"""

from __future__ import annotations

import logging
import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.app_server import DRAWN, WINDOW, explorer
from benchmarks.report import command_line, describe, machine, markdown_table, write_json

AIM = 10.0  # frames a second
SECONDS = 4.0
SPEEDS = {"0.5": "½", "1": "1", "2": "2", "4": "4"}  # hours of the day per second
CITIES = (207, 883, 2000)  # sensors
TIMEOUT_MS, POLL_MS = 120_000, 25


def played(page: Any, speed: str) -> tuple[float, float]:
    """Play from midnight for a while and return frames and moments drawn per second."""
    player = page.locator(".player")
    player.locator(".speed").select_option(speed)
    player.locator(".clock").focus()
    page.keyboard.press("Home")
    page.keyboard.press("Space")
    before, began = _drawn(player), time.perf_counter()
    page.wait_for_timeout(SECONDS * 1000)
    after, passed = _drawn(player), time.perf_counter() - began
    page.keyboard.press("Space")
    page.wait_for_function(DRAWN, timeout=TIMEOUT_MS)
    frames, moments = np.subtract(after, before) / passed
    return float(frames), float(moments)


def _drawn(player: Any) -> tuple[int, int]:
    """Return the number of frames drawn, and the moment that is shown."""
    frames, moment = player.evaluate(
        "player => [player.dataset.frames, player.querySelector('.clock').value]"
    )
    return int(frames), int(moment)


def asked_a_second(page: Any, runs: int) -> float:
    """Return how many moves of the page's own slider the server answers per second."""
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
    """Return the results at each speed, the rate of a page that requests frames, a day's cost."""
    with (
        tempfile.TemporaryDirectory() as folder,
        explorer(Path(folder), {"HIMNET_DATA_DIR": folder}) as (server, browser),
    ):
        page = browser.new_page(viewport=WINDOW)
        page.goto(f"{server.url}/st_mixed")
        page.wait_for_function(DRAWN, timeout=TIMEOUT_MS)
        page.locator(".player[data-time]").wait_for(timeout=TIMEOUT_MS)
        found = {speed: [played(page, speed) for _ in range(runs)] for speed in SPEEDS}
        asked = asked_a_second(page, runs)
    return {"played": found, "asked": asked, "days": days(runs)}


def days(runs: int) -> dict[int, tuple[float, int]]:
    """Return by number of sensors the seconds to prepare a day, and its bytes."""
    logging.disable(logging.WARNING)  # Streamlit warns that there is no server
    from benchmarks.playback_days import prepared

    return {sensors: prepared(sensors, runs) for sensors in CITIES}


def tables(found: dict[str, Any]) -> str:
    """Return the results as tables in Markdown."""
    rows = []
    for speed, runs in found["played"].items():
        frames, moments = zip(*runs, strict=True)
        rows.append(
            (
                f"{SPEEDS[speed]} h per second",
                f"{statistics.median(frames):.1f}",
                f"{min(frames):.1f}",
                f"{12 * float(speed):g}",
                f"{statistics.median(moments):.1f}",
            )
        )
    rows.append(("each frame from the server", f"{found['asked']:.1f}", "", "", ""))
    header = ("speed", "frames/s", "slowest run", "moments/s requested", "moments/s drawn")
    cost = [
        (str(sensors), f"{seconds:.2f} s", f"{size / 1e6:.2f} MB")
        for sensors, (seconds, size) in found["days"].items()
    ]
    second = markdown_table(("sensors", "time to prepare a day", "size"), cost)
    return f"{markdown_table(header, rows)}\n\n{second}"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store."""
    parser = command_line("playback", __doc__)
    parser.add_argument("--runs", type=int, default=3)
    args = parser.parse_args(argv)
    about = machine()
    found = measure(args.runs)
    print(describe(about))
    print(tables(found))
    print(f"\naim: {AIM:g} frames per second")
    write_json(args.json, {"machine": about, **found})
    return 0


if __name__ == "__main__":
    sys.exit(main())
