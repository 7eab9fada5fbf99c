"""Time of a change of page until the page is drawn, including large cities.

Run `python -m benchmarks.page_changes`; it needs Chromium and Playwright (requirements-dev.txt). A
visitor goes from page to page by the menu, in a circle, on `checkpoints/metr-la` and on untrained
models of synthetic cities with tracks of two hours. The first round computes (t-SNE, clusters); the
others find the results in the caches.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.pages import EVERY
from benchmarks.app_server import DRAWN, WINDOW, explorer
from benchmarks.report import command_line, describe, machine, markdown_table, write_json
from benchmarks.selection import CITY_DAYS, save_city
from himnet.checkpoints.locate import track_file
from himnet.data.synthetic import synthetic_city

AIMS = {"metr-la": 2.0, "883": 2.5, "2000": 6.0}  # seconds
TRACK_DAYS = 2 / 24
TIMEOUT_MS, POLL_MS = 300_000, 25
ARRIVED = f"""title => document.querySelector("h1")?.innerText !== title && ({DRAWN})()"""


def change(page: Any, title: str) -> float:
    """Go to a page by the menu and return the seconds until it is drawn."""
    before = page.locator("h1").first.inner_text()
    link = page.get_by_test_id("stSidebarNav").get_by_role("link", name=title, exact=True)
    began = time.perf_counter()
    link.click()
    page.wait_for_function(ARRIVED, arg=before, polling=POLL_MS, timeout=TIMEOUT_MS)
    return time.perf_counter() - began


def save_city_with_track(folder: Path, sensors: int) -> str:
    """Write an untrained model of a synthetic city with a track, and return its name."""
    from himnet.checkpoints import load_checkpoint
    from himnet.forecasting.compute_track import compute_track
    from himnet.forecasting.track import save_track

    name = save_city(folder, sensors)
    checkpoint = load_checkpoint(folder / name)
    city = synthetic_city(num_nodes=sensors, days=CITY_DAYS)
    track = compute_track(checkpoint, city, start=city.steps_per_day // 3, days=TRACK_DAYS)
    save_track(track_file(checkpoint.path), track)
    return name


def rounds(page: Any, url: str, checkpoint: str, count: int) -> dict[str, list[float]]:
    """Return the seconds of each change to each page, round after round."""
    page.goto(f"{url}/?checkpoint={checkpoint}")
    page.wait_for_function(DRAWN, timeout=TIMEOUT_MS)
    found: dict[str, list[float]] = {one.title: [] for one in EVERY}
    for _ in range(count):
        for one in (*EVERY[1:], EVERY[0]):
            found[one.title].append(change(page, one.title))
    return found


def measure(sizes: Sequence[int], count: int) -> dict[str, dict[str, list[float]]]:
    """Return the results of `rounds` for METR-LA's model and for cities of some sizes."""
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder, "models")
        names = {"metr-la": "metr-la"} | {
            str(size): save_city_with_track(models, size) for size in sizes
        }
        environment = {"HIMNET_CHECKPOINTS": str(models), "HIMNET_DATA_DIR": folder}
        found = {}
        with explorer(Path(folder), environment) as (server, browser):
            for name, checkpoint in names.items():
                page = browser.new_page(viewport=WINDOW)
                found[name] = rounds(page, server.url, checkpoint, count)
                page.close()
    return found


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store."""
    parser = command_line("page_changes", __doc__)
    parser.add_argument("--sizes", type=int, nargs="*", default=[883, 2000], metavar="N")
    parser.add_argument("--rounds", type=int, default=4, help="the first fills the caches")
    args = parser.parse_args(argv)
    if args.rounds < 2:
        parser.error(f"--rounds is at least 2, not {args.rounds}: the first fills the caches")
    about = machine()
    found = measure(args.sizes, args.rounds)
    header = ("page", *(f"{name} (first)" for name in found))
    rows = [
        (
            one.title,
            *(
                f"{statistics.median(times[one.title][1:]):.2f} s ({times[one.title][0]:.1f} s)"
                for times in found.values()
            ),
        )
        for one in EVERY
    ]
    print(describe(about))
    print(markdown_table(header, rows))
    aims = ", ".join(f"{name} {AIMS[name]:g} s" for name in found if name in AIMS)
    print(f"\naims: {aims}")
    write_json(args.json, {"machine": about, "seconds": found})
    return 0


if __name__ == "__main__":
    sys.exit(main())
