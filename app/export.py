"""Export of a chart: its numbers, an HTML file, a link to the page, a command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import streamlit as st

from analysis.figures.page import page_of
from app.choices.chosen import current_page
from app.session.opened import current_checkpoint
from app.views.components import chart, download
from himnet import texts
from himnet.data.registry import credit_of

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
    """Draw the menu that exports a chart; files are created only when they are requested.

    Args:
        figure: the chart; None for a table or a map, which are not exported as HTML.
        key: of the chart, without its version; also the name of the files.
        header: names of the columns, with units.
        rows: returns the numbers shown; None to export none.
    """
    with st.popover("Export", icon=":material/download:", type="tertiary", key=f"keep-{key}"):
        credit = credit_of(current_checkpoint().arrays.dataset)
        if rows is not None:
            _file("Numbers (CSV)", lambda: texts.csv_text(header, rows()), f"{key}.csv", "text/csv")
        if figure is not None:
            _file("Chart (HTML)", lambda: page_of(figure, credit), f"{key}.html", "text/html")
            st.caption("For SVG, use the camera icon in the top right corner of the chart.")
        if credit:
            st.caption(f"Data to name with what you publish: {texts.markdown(credit)}")
        st.markdown("Link to this page with its settings:")
        st.code(permalink(), language=None, wrap_lines=True)
        if figure is not None:
            st.markdown("Command that draws the same chart:")
            st.code(command(key), language="bash", wrap_lines=True)


def exported_chart(
    figure: go.Figure,
    *,
    key: str,
    header: Sequence[str],
    rows: Rows,
    caption: str = "",
    **options: Any,
) -> None:
    """Draw a chart and below it the menu that exports it.

    Args:
        figure: the chart.
        key: of the chart, and name of its files.
        header, rows: as for `export`.
        caption: drawn between the two, in Markdown; "" for none.
        options: further arguments of `app.views.components.chart`.
    """
    chart(figure, key=key, **options)
    if caption:
        st.caption(caption)
    export(figure, key=key, header=header, rows=rows)


def permalink() -> str:
    """Return the URL that opens this page with its checkpoint and settings."""
    return f"{str(st.context.url or '').partition('?')[0]}{_query()}"


def command(key: str) -> str:
    """Return the command that writes a chart of this page to a file.

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
    download(label, data, file_name, mime, key=f"file-{file_name}", type="tertiary")
