"""Create the screenshots of the explorer's pages in `docs/`: `python -m benchmarks.screenshot`.

Opens every page in the system's Chromium as it is seen without scrolling, light and dark, without
map tiles: on the bundled model of METR-LA without its readings, and on that of the synthetic city,
whose readings are generated (``-readings`` in the names of the files). With `--data-dir DIR`, the
pages of METR-LA show readings too.
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
WIDTH, HEIGHT = 1440, 900  # pixels
FIRST = "overview"  # the page at the root address
SETTLE_MS = 4000  # for charts and map to draw
PATIENCE_MS = 600_000  # for the computations of a page
MODELS = {"": "metr-la", "-readings": "synthetic-city"}  # by what is added to the name of a file
SETTINGS = {  # parameters with which pages show more
    "explore": "selection=717446&selection=717447&selection=717445&selection=773062",
    "tour": "step=5",
}


def names() -> list[str]:
    """Return the names of all pages in their addresses."""
    return sorted(path.stem for path in PAGES.glob("[!_]*.py"))


def take(page: Any, url: str, name: str, checkpoint: str, target: Path) -> None:
    """Open a page of the explorer and take a screenshot of what is seen without scrolling.

    Args:
        page: of the browser.
        url: of the server.
        name: of the explorer's page.
        checkpoint: name of the model.
        target: file to write.
    """
    path = "" if name == FIRST else name
    own = SETTINGS.get(name, "") if checkpoint == MODELS[""] else ""
    page.goto(f"{url}/{path}?checkpoint={checkpoint}&{own}")
    page.wait_for_function(DRAWN, timeout=PATIENCE_MS)
    page.mouse.move(5, HEIGHT - 5)  # away from tooltips
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
            size = {"width": WIDTH, "height": HEIGHT}
            page = browser.new_page(color_scheme=scheme, viewport=size)
            for name in args.page:
                for suffix, checkpoint in MODELS.items():
                    target = args.out / f"{name}{suffix}-{scheme}.png"
                    take(page, server.url, name, checkpoint, target)
    print(f"written to {args.out}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
