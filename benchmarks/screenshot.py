"""Draw the README's picture of the explorer again: `python -m benchmarks.screenshot`.

Opens the spatial page on the bundled checkpoint in the system's Chromium, without map tiles and
without the data set, so that the picture is the one that everybody gets.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.app_server import IDLE, ROOT, AppServer, launch

TARGET = ROOT / "docs" / "screenshot.png"
VIEW = {"width": 1440, "height": 2010}
SETTLE_MS = 4000  # for charts and map to draw what the page has received
ADDRESS = "spatial?apart=true"


def main(argv: Sequence[str] | None = None) -> int:
    """Write the picture and say where."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.screenshot", description=__doc__)
    parser.add_argument("--out", type=Path, default=TARGET, metavar="PATH")
    args = parser.parse_args(argv)
    from playwright.sync_api import sync_playwright

    args.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        environment = {"HIMNET_TILES": "off", "HIMNET_DATA_DIR": folder, "HIMNET_CHECKPOINTS": ""}
        with AppServer(Path(folder), environment) as server:
            server.wait()
            browser = launch(playwright)
            page = browser.new_page(viewport=VIEW, color_scheme="light")
            page.goto(f"{server.url}/{ADDRESS}")
            page.wait_for_selector("iframe", timeout=60_000)
            page.wait_for_selector(IDLE, timeout=60_000)
            page.wait_for_timeout(SETTLE_MS)
            page.screenshot(path=str(args.out))
            browser.close()
    print(f"written to {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
