"""Pieces that all pages are made of."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st
from numpy.typing import NDArray

from himnet import texts

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from analysis.evidence.statistic import Statistic

WHERE_UNKNOWN = (
    "It is not known where the sensors of this data set are. This adds it, with a file of the "
    "columns id, latitude, longitude, freeway, direction:"
)
NEIGHBOURS_KEPT = (
    "Trustworthiness: how far neighbours in the picture are neighbours among the meta-parameters; "
    "1 is all of them."
)


def without_raw_tables() -> None:
    """Take the CSV button off Streamlit's tables: it writes cells that a spreadsheet would run.

    *Export* under each table writes the same numbers through `csv_text`.
    """
    st.html(
        '<style>[data-testid="stElementToolbarButton"]:has([aria-label="Download as CSV"]) '
        "{ display: none; }</style>"
    )


def page_header(title: str, sentence: str) -> None:
    """Draw a page's title, a question, and one sentence on what is to be seen, in Markdown."""
    st.title(title, anchor=False)
    st.markdown(sentence)


def section(title: str, sentence: str) -> None:
    """Draw the title of one chart, a question, and the sentence above it, in Markdown."""
    st.subheader(title, anchor=False)
    st.markdown(sentence)


def sample_note(drawn: int, total: int) -> None:
    """Say that a chart is of a random sample of the sensors, where it is."""
    if drawn < total:
        st.caption(f"Drawn is a random sample of {drawn:,} of the {total:,} sensors.")


def missing_note(what: str, command: str | None = None) -> None:
    """Say what is missing and which command adds it.

    Args:
        what: a sentence, as plain text.
        command: to type; None where there is none.
    """
    with st.container(border=True):
        st.markdown(f":material/info: {texts.markdown(what)}")
        if command:
            st.code(command, language="bash", wrap_lines=True)


def chart(
    figure: go.Figure,
    *,
    key: str,
    alt: str,
    width: int | Literal["stretch"] = "stretch",
    **options: Any,
) -> Any:
    """Draw a Plotly figure; its camera button saves it as SVG.

    Args:
        figure: in the project's style.
        key: of the element, and the name of the saved file.
        alt: what screen readers read.
        width: in pixels, or all that there is; never more than that.
        options: further ones of ``st.plotly_chart``, such as ``on_select``.
    """
    config = {
        "displaylogo": False,
        "toImageButtonOptions": {"format": "svg", "filename": f"himnet-{key}"},
        "modeBarButtonsToRemove": ["select2d", "lasso2d", "autoScale2d"],
    }
    return st.plotly_chart(
        figure,
        key=key,
        alt=alt,
        width=width,
        config=config | options.pop("config", {}),
        **options,
    )


def statistic_box(name: str, statistic: Statistic, explanation: str) -> None:
    """Draw a measured number, and below it the same number where there is nothing to find.

    Args:
        name: of the number.
        statistic: value and null model.
        explanation: what the number means and when it is large, for the tooltip.
    """
    if not math.isfinite(statistic.value):
        st.metric(name, "–", border=True, help=f"{explanation} It has no meaning here.")
        return
    with st.container(border=True):
        st.metric(name, f"{statistic.value:.2f}", help=explanation)
        above = statistic.is_above
        st.caption(
            f"{':green[**above its null**]' if above else ':orange[**not above its null**]'}  \n"
            f"Null ({statistic.null}): **{statistic.null_mean:.2f}**, 95 % within "
            f"{statistic.null_low:.2f} to {statistic.null_high:.2f}; "
            f"p = {statistic.p_value:.2g} of {statistic.draws} draws"
        )


def named_rows(names: Iterable[object], matrix: NDArray[Any]) -> Iterator[tuple[object, ...]]:
    """Return the rows of a matrix (n, m), each behind its name, for `csv_text`."""
    for name, row in zip(names, matrix.round(5).tolist(), strict=True):
        yield name, *row


def csv_text(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as the text of a CSV file that no spreadsheet takes for formulas.

    Args:
        header: names of the columns, with units.
        rows: values.
    """
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    for row in (header, *rows):
        writer.writerow([texts.csv_cell(cell) for cell in row])
    return written.getvalue()
