"""Time and memory of every page's first view of a city of very many sensors.

Run `python -m benchmarks.large_city`; it needs Chromium and Playwright (requirements-dev.txt) and a
system with /proc. It writes an untrained model in a file of about a megabyte, with and without a
track of two hours, and opens each page by a link in its own server and browser, so that no page
finds the results of another in a cache. The city's Overview is opened some seconds before, as after
an upload; with `--just-started`, the page is the first one that the server draws, including the
time to load libraries. Finally, one visitor goes through all pages of one server.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from app.pages import EVERY
from benchmarks.app_server import DRAWN, WINDOW, AppServer, explorer
from benchmarks.large_city_files import MOMENTS, large_city
from benchmarks.pages import process_facts
from benchmarks.report import circumstances, command_line, describe, markdown_table, write_json
from himnet.progress import progress

AIM_S, AIM_MB = 10.0, 1024.0  # of each page
KINDS = ("plain", "track")
_POLL_MS = 50
_READS_MS = 6000  # time on the Overview; the libraries are loaded meanwhile
# the page's title is shown, and no map waits for its circles
READY = f"""title => document.querySelector("h1")?.innerText && ({DRAWN})()"""


def first_view(page: Any, url: str, limit_s: float) -> float | None:
    """Return the seconds from the request for a page until it is drawn; None above the limit."""
    from playwright.sync_api import TimeoutError as TooLong

    began = time.perf_counter()
    try:
        page.goto(url, timeout=limit_s * 1000)
        page.wait_for_function(READY, polling=_POLL_MS, timeout=limit_s * 1000)
    except TooLong:
        return None
    return time.perf_counter() - began


def alone(
    folder: Path, file: str, checkpoint: str, limit_s: float, *, just_started: bool
) -> dict[str, float | None]:
    """Return the seconds and the server's peak memory for a single page."""
    with explorer(folder, _environment(folder)) as (server, browser):
        page = browser.new_page(viewport=WINDOW)
        if not just_started and file != EVERY[0].file:
            first_view(page, f"{server.url}/?checkpoint={checkpoint}", limit_s)
            page.wait_for_timeout(_READS_MS)
        seconds = first_view(page, f"{server.url}/{_path(file)}?checkpoint={checkpoint}", limit_s)
        page.close()
        peak = process_facts(server)["peak_mb"]
        return {"seconds": seconds, "cpu_s": _processor_time(server), "peak_mb": peak}


def in_a_row(folder: Path, checkpoint: str, limit_s: float) -> float | None:
    """Return the server's peak memory in MB after one visitor has seen every page."""
    with explorer(folder, _environment(folder)) as (server, browser):
        page = browser.new_page(viewport=WINDOW)
        for one in EVERY:
            first_view(page, f"{server.url}/{_path(one.file)}?checkpoint={checkpoint}", limit_s)
        page.close()
        found: float | None = process_facts(server)["peak_mb"]
        return found


def _processor_time(server: AppServer) -> float | None:
    """Return the processor seconds of a server since its start."""
    file = Path(f"/proc/{server.process.pid}/stat")
    if not file.is_file():
        return None
    user, system = file.read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _path(file: str) -> str:
    return "" if file == EVERY[0].file else file


def _environment(folder: Path) -> dict[str, str]:
    return {
        "HIMNET_CHECKPOINTS": str(folder / "models"),
        "HIMNET_DATA_DIR": str(folder / "no-data"),
        "OMP_NUM_THREADS": "2",
    }


def measure(args: argparse.Namespace) -> dict[str, Any]:
    """Return seconds and memory of each page of each kind of checkpoint."""
    with tempfile.TemporaryDirectory() as name:
        folder, sizes, pages, whole = Path(name), {}, {}, {}
        files = [one.file for one in EVERY if one.file in (args.pages or [one.file])]
        for kind in args.kinds:
            moments = MOMENTS if kind == "track" else 0
            saved = large_city(folder / "models" / kind, args.sensors, moments=moments)
            sizes[kind] = saved.stat().st_size / 1e6
            pages[kind] = {
                file: alone(folder, file, kind, args.limit, just_started=args.just_started)
                for file in progress(files, description=kind)
            }
            whole[kind] = in_a_row(folder, kind, args.limit)
    return {"file_mb": sizes, "pages": pages, "all_pages_peak_mb": whole}


def print_report(result: dict[str, Any]) -> None:
    """Print a row for each page, and the memory for all of them."""
    kinds, limit = list(result["pages"]), result["settings"]["limit"]
    print(f"\n{describe(result['machine'])}\n")
    rows = []
    for one in EVERY:
        cells = [result["pages"][kind].get(one.file) for kind in kinds]
        if any(cells):
            rows.append((one.title, *(_cell(cell, limit) for cell in cells)))
    rows.append(
        ("all, one after the other", *(f"{result['all_pages_peak_mb'][k]:.0f} MB" for k in kinds))
    )
    print(markdown_table(("page", *kinds), rows))
    print(
        f"\nseconds until a page is drawn, in brackets the server's processor time with its start; "
        f"aims: {AIM_S:g} s and {AIM_MB:g} MB for each page"
    )


def _cell(found: dict[str, float | None] | None, limit: float) -> str:
    if found is None:
        return ""
    seconds, peak = found["seconds"], found["peak_mb"]
    took = f"over {limit:g} s" if seconds is None else f"{seconds:.1f} s"
    return took if peak is None else f"{took} ({found['cpu_s']:.1f} s), {peak:.0f} MB"


def main(argv: Sequence[str] | None = None) -> int:
    """Measure, print and store; return 1 if an aim was missed."""
    parser = command_line("large_city", __doc__)
    parser.add_argument("--sensors", type=int, default=20_000, metavar="N")
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--pages", nargs="+", choices=[one.file for one in EVERY], metavar="PAGE")
    parser.add_argument("--limit", type=float, default=120, metavar="S", help="seconds per page")
    parser.add_argument("--just-started", action="store_true", help="skip the Overview")
    args = parser.parse_args(argv)
    result = circumstances(args) | measure(args)
    print_report(result)
    write_json(args.json, result)
    cells = [cell for pages in result["pages"].values() for cell in pages.values()]
    met = all(cell["seconds"] is not None and cell["seconds"] <= AIM_S for cell in cells)
    return 0 if met and all((cell["peak_mb"] or 0) <= AIM_MB for cell in cells) else 1


if __name__ == "__main__":
    sys.exit(main())
