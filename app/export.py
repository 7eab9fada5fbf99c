"""What a visitor takes away from a chart: its numbers, a page of its own, a link, a command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlencode

import streamlit as st

from analysis.figures.page import page_of
from app.choices.chosen import current_page
from app.views.components import csv_text
from himnet import texts

if TYPE_CHECKING:
    import plotly.graph_objects as go

Rows = Callable[[], Iterable[Sequence[object]]]


def export(
    figure: go.Figure | None,
    *,
    key: str,
    header: Sequence[str] = (),
    rows: Rows | None = None,
) -> None:
    """Draw what opens the ways to keep a chart; files are written only when they are asked for.

    Args:
        figure: the chart as it is drawn; None for a table or a map, which have no page.
        key: of the chart, without its version; the name of the files.
        header: names of the columns, with units.
        rows: the numbers shown; None where there are none to write.
    """
    with st.popover("Keep", icon=":material/download:", type="tertiary", key=f"keep-{key}"):
        if rows is not None:
            _file("Numbers (CSV)", lambda: csv_text(header, rows()), f"{key}.csv", "text/csv")
        if figure is not None:
            _file(
                "This chart as a page (HTML)", lambda: page_of(figure), f"{key}.html", "text/html"
            )
            st.caption("As SVG: the camera at the chart's top right corner.")
        st.markdown("A link to all that this page shows:")
        st.code(permalink(), language=None, wrap_lines=True)
        if figure is not None:
            st.markdown("A command that draws the same chart:")
            st.code(command(key), language="bash", wrap_lines=True)


def permalink() -> str:
    """Return the address that opens this page with its checkpoint and settings."""
    return f"{str(st.context.url or '').partition('?')[0]}{_query()}"


def command(key: str) -> str:
    """Return the command line that writes a chart of this page to a file.

    Args:
        key: of the chart.
    """
    asked = f"{current_page() or 'overview'}{_query()}"
    words = ("app", "draw", asked, "--chart", key, "--out", f"{key}.html")
    return texts.command("python", "-m", *words)


def _query() -> str:
    asked = [(name, text) for name in st.query_params for text in st.query_params.get_all(name)]
    return f"?{urlencode(asked)}" if asked else ""


def _file(label: str, data: Callable[[], str], file_name: str, mime: str) -> None:
    st.download_button(
        label,
        data,
        file_name=file_name,
        mime=mime,
        key=f"file-{file_name}",
        icon=":material/download:",
        type="tertiary",
        on_click="ignore",
    )
