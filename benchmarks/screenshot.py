"""Create the screenshots of the explorer's pages in `docs/`: `python -m benchmarks.screenshot`.

Opens every page on the bundled checkpoint in the system's Chromium, light and dark, without map
tiles and without the data set, so that the screenshots are reproducible; with `--data-dir DIR`,
pages show readings.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.app_server import DRAWN, ROOT, explorer
from benchmarks.report import command_line

FOLDER = ROOT / "docs" / "screenshots"
PAGES = ROOT / "app" / "app_pages"
SCHEMES = ("light", "dark")
WIDTH, LEAST, MOST = 1440, 900, 2400  # pixels; longer pages are cropped
FIRST = "overview"  # the page at the root address
SETTLE_MS = 4000  # for charts and map to draw
PATIENCE_MS = 600_000  # for the computations of a page
SETTINGS = {  # parameters with which pages show more
    "spatial": "apart=true",
    "explore": "selection=717446&selection=717447&selection=717445&selection=773062",
    "tour": "step=5",
    "what_if": "checkpoint=synthetic-city",  # whose readings can be generated
}
BUTTONS = {"claims": "Test the claims"}  # to press before a page shows what it is for


def names() -> list[str]:
    """Return the names of all pages in their addresses."""
    return sorted(path.stem for path in PAGES.glob("[!_]*.py"))


def take(page: Any, url: str, name: str, target: Path) -> None:
    """Open a page of the explorer and take a screenshot of its full height.

    Args:
        page: of the browser.
        url: of the server.
        name: of the explorer's page.
        target: file to write.
    """
    page.set_viewport_size({"width": WIDTH, "height": LEAST})
    path = "" if name == FIRST else name
    page.goto(f"{url}/{path}?{SETTINGS.get(name, '')}")
    page.wait_for_function(DRAWN, timeout=PATIENCE_MS)
    if name in BUTTONS and page.get_by_role("button", name=BUTTONS[name]).count():
        page.get_by_role("button", name=BUTTONS[name]).click()
        page.wait_for_timeout(SETTLE_MS)
        page.wait_for_function(DRAWN, timeout=PATIENCE_MS)
    content = page.get_by_test_id("stMainBlockContainer").bounding_box()
    height = min(max(int(content["height"]), LEAST), MOST)
    page.set_viewport_size({"width": WIDTH, "height": height})
    page.mouse.move(5, LEAST - 5)  # away from tooltips
    page.wait_for_timeout(SETTLE_MS)
    page.screenshot(path=str(target))


def main(argv: Sequence[str] | None = None) -> int:
    """Write the screenshots and print the folder."""
    parser = command_line("screenshot", __doc__, stores=False)
    parser.add_argument("--out", type=Path, default=FOLDER, metavar="DIR")
    parser.add_argument("--page", nargs="+", choices=names(), default=names(), metavar="NAME")
    parser.add_argument("--data-dir", metavar="DIR", help="folder of the data sets")
    args = parser.parse_args(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    environment = {"HIMNET_DATA_DIR": args.data_dir or "no-data-here", "HIMNET_CHECKPOINTS": ""}
    with (
        tempfile.TemporaryDirectory() as folder,
        explorer(Path(folder), environment) as (server, browser),
    ):
        for scheme in SCHEMES:
            page = browser.new_page(color_scheme=scheme)
            for name in args.page:
                take(page, server.url, name, args.out / f"{name}-{scheme}.png")
    print(f"written to {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
