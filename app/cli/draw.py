"""`python -m app draw`: run the page of a link, and write one of its charts."""

from __future__ import annotations

import argparse
import json
import logging
import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from himnet.checkpoints.format import write_atomically
from himnet.data.registry import credit_of
from himnet.errors import HimNetError
from himnet.locks import check_writable

MAIN = Path(__file__).parents[1] / "main.py"
PAGES = MAIN.with_name("app_pages")
FORMATS = (".html", ".json")
_SECONDS = 600  # time limit of a page, which may run the model for a whole day


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument(
        "link", help="a page and its settings, as in the URL: 'spatial?checkpoint=metr-la'"
    )
    parser.add_argument("--chart", metavar="KEY", help="chart to write (default: list the charts)")
    parser.add_argument(
        "--out", type=Path, metavar="FILE", help="output file, .html or .json (a Plotly figure)"
    )


def run(args: argparse.Namespace) -> int:
    """Write a chart, or list the page's charts if none is given."""
    if (args.chart is None) != (args.out is None):
        raise HimNetError("--chart and --out belong together; give both or neither")
    if args.out is not None and args.out.suffix not in FORMATS:
        raise HimNetError(f"{args.out} must end in .html or .json")
    if args.out is not None:
        check_writable(args.out.parent)
    charts = charts_of(args.link)
    if args.chart is None:
        print("\n".join(charts))
        return 0
    if args.chart not in charts:
        raise HimNetError(
            f"the page has no chart '{args.chart}'; its charts: {', '.join(charts) or 'none'}"
        )
    _write(charts[args.chart], args.out, _credit(args.link))
    print(f"written: {args.out}")
    return 0


def charts_of(link: str) -> dict[str, dict[str, Any]]:
    """Return a page's charts, as Plotly's JSON, by their keys.

    Args:
        link: of the page, with or without a server's address.

    Raises:
        HimNetError: for a page that does not exist or cannot be drawn.
    """
    # without a server, Streamlit logs a warning for each missing server feature
    logging.disable(logging.WARNING)
    try:
        return _charts(link)
    finally:
        logging.disable(logging.NOTSET)


def _charts(link: str) -> dict[str, dict[str, Any]]:
    from streamlit.testing.v1 import AppTest

    from app.session.opened import CHOICE, checkpoint_names

    try:
        parts = urlsplit(link)
    except ValueError as error:
        raise HimNetError(
            f"'{link}' is not a link to a page ({error}); copy one from the explorer"
        ) from error
    name = parts.path.strip("/").rpartition("/")[2] or "overview"
    known = sorted(path.stem for path in PAGES.glob("[!_]*.py"))
    if name not in known:
        raise HimNetError(f"there is no page '{name}'; choose one of: {', '.join(known)}")
    asked = parse_qs(parts.query, keep_blank_values=True)
    app = AppTest.from_file(str(MAIN), default_timeout=_SECONDS)
    for key, texts in asked.items():
        app.query_params[key] = texts if len(texts) > 1 else texts[0]
    app.switch_page(f"app_pages/{name}.py").run()
    if app.session_state[CHOICE] not in asked.get(CHOICE, [app.session_state[CHOICE]]):
        there = ", ".join(checkpoint_names())
        raise HimNetError(f"there is no checkpoint '{asked[CHOICE][0]}'; choose one of: {there}")
    charts = {}
    for chart in app.get("plotly_chart"):
        element: Any = chart.proto
        charts[_plain_key(element.id)] = json.loads(element.spec)
    problems = [str(error.value) for error in (*app.exception, *app.error)]
    if problems and not charts:
        raise HimNetError(f"the page says: {' '.join(problems[0].split())}")
    return charts


def _plain_key(element_id: str) -> str:
    """Return a chart's key without Streamlit's prefix and the selection's version."""
    return re.sub(r"-\d+$", "", element_id.split("-", 2)[-1])


def _credit(link: str) -> str:
    """Return whose data the page of a link shows; "" if that is not known."""
    from app.session.opened import BUNDLED, CHOICE, checkpoint_names
    from himnet.checkpoints import load_arrays

    asked = parse_qs(urlsplit(link).query).get(CHOICE, [BUNDLED])[0]
    path = checkpoint_names().get(asked)
    return "" if path is None else credit_of(load_arrays(path).dataset)


def _write(chart: dict[str, Any], out: Path, credit: str) -> None:
    if out.suffix == ".json":
        content = json.dumps(chart)
    else:
        import plotly.graph_objects as go

        from analysis.figures.page import page_of

        content = page_of(go.Figure(chart), credit)
    try:
        write_atomically(out, content.encode())
    except OSError as error:
        raise HimNetError(
            f"{out} cannot be written ({error.strerror}); choose a different --out"
        ) from error
