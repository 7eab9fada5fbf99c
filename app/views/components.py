"""Components that all pages use."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from copy import deepcopy
from typing import TYPE_CHECKING, Any, Literal

import streamlit as st
from numpy.typing import NDArray

from analysis.figures.projector import enlarged
from app.choices.presenting import is_presenting
from app.pages import PageInfo
from himnet import texts

if TYPE_CHECKING:
    import plotly.graph_objects as go
    from streamlit.delta_generator import DeltaGenerator

    from analysis.evidence.statistic import Statistic

WHERE_UNKNOWN = (
    "The locations of this data set's sensors are not known. This command adds them from a file "
    "with the columns id, latitude, longitude, and name, freeway, direction if they are known:"
)
NEIGHBOURS_KEPT = (
    "Whether neighbours in the projection are neighbours among the meta-parameters; 1 if all are."
)


_PAGE_STYLE = """<style>
[data-testid="stMainBlockContainer"] { padding: 2.6rem 2.6rem 3rem; }
[data-testid="stMainBlockContainer"] h1 { font-size: 1.85rem; padding: .2rem 0 .1rem; }
[data-testid="stElementToolbarButton"]:has([aria-label="Download as CSV"]) { display: none; }
@media (min-width: 641px) and (max-height: 760px) {
  [data-testid="stMainBlockContainer"] { padding-top: .8rem; }
  [data-testid="stMainBlockContainer"] [data-testid="stVerticalBlock"] { gap: .5rem; }
  [data-testid="stMainBlockContainer"] h1 { font-size: 1.6rem; padding: 0 0 .2rem; }
}
@media (max-width: 640px) { [data-testid="stMainBlockContainer"] { padding: 3.2rem 1rem 2rem; } }
</style>"""


def page_style() -> None:
    """Let pages begin near the top of the window, close up low ones, hide Streamlit's CSV button.

    That button writes cells that a spreadsheet would run. *Export* under each table writes the
    same numbers through `csv_text`.
    """
    st.html(_PAGE_STYLE)


def page_header(title: str, sentence: str) -> None:
    """Draw a page's title, usually a question, and a sentence about the page, in Markdown."""
    st.title(title, anchor=False)
    st.markdown(sentence)


def page_header_with_settings(title: str, sentence: str) -> DeltaGenerator:
    """Draw a page's title and sentence, and beside them the button behind which its settings are.

    Args:
        title, sentence: as for `page_header`.

    Returns:
        The container of the settings.
    """
    words, button = st.columns([5, 1], vertical_alignment="bottom")
    with words:
        page_header(title, sentence)
    return settings_button(button)


def link_to(page: PageInfo, label: str) -> None:
    """Draw a link to a page, with its icon.

    Args:
        page: where it leads.
        label: in Markdown.
    """
    st.page_link(f"app_pages/{page.file}.py", label=label, icon=f":material/{page.icon}:")


def settings_button(place: DeltaGenerator) -> DeltaGenerator:
    """Draw the button behind which settings are, and return their container.

    Args:
        place: container of the button.
    """
    return place.popover("Settings", icon=":material/tune:", width="stretch")


def section(title: str, sentence: str) -> None:
    """Draw the title of a chart, usually a question, and the sentence below it, in Markdown."""
    st.subheader(title, anchor=False)
    st.markdown(sentence)


def picture_title(title: str) -> None:
    """Draw the title of a picture whose explanation is below it, so that it begins higher."""
    st.markdown(f"##### {title}")


def sample_note(drawn: int, total: int) -> None:
    """Say that a chart shows a random sample of the sensors, if it does."""
    if drawn < total:
        st.caption(f"Shown: a random sample of {drawn:,} of the {total:,} sensors.")


def missing_note(what: str, command: str | None = None) -> None:
    """Say what is missing and which command adds it.

    Args:
        what: a sentence in plain text.
        command: the command line, or None.
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
        figure: a figure in the project's style.
        key: key of the element, and name of the saved file.
        alt: text for screen readers.
        width: in pixels, at most the available width; or ``"stretch"`` for all of it.
        options: further arguments of ``st.plotly_chart``, such as ``on_select``.
    """
    if is_presenting():
        figure = enlarged(deepcopy(figure))  # it may be drawn again
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


def download(label: str, data: Any, file_name: str, mime: str, **options: Any) -> None:
    """Draw a button that saves a file without running the page again.

    Args:
        label: text of the button.
        data: content of the file, or a function that returns it.
        file_name, mime: name and media type of the file.
        options: further arguments of ``st.download_button``, such as ``key``.
    """
    st.download_button(
        label, data, file_name=file_name, mime=mime, icon=":material/download:",
        on_click="ignore", **options,
    )  # fmt: skip


def statistic_box(
    name: str, statistic: Statistic, explanation: str, *, has_verdict: bool = False
) -> None:
    """Draw a measured value and the values that its null model gives.

    Args:
        name: label of the value.
        statistic: the value and its null model.
        explanation: what the value means and when it is large, for the tooltip.
        has_verdict: whether a claim judges this question. The box then shows a number for the
            page's settings, and no verdict of its own.
    """
    if not math.isfinite(statistic.value):
        st.metric(name, "–", border=True, help=f"{explanation} It is not defined here.")
        return
    with st.container(border=True):
        st.metric(name, _two(statistic.value), help=explanation)
        colour, word = ("green", "above") if statistic.is_above else ("orange", "not above")
        told = "For these settings" if has_verdict else f":{colour}[**{word} the null model**]"
        st.caption(
            f"{told}  \n"
            f"Null model ({statistic.null}): mean **{_two(statistic.null_mean)}**, 95 % range "
            f"{_two(statistic.null_low)} to {_two(statistic.null_high)}; "
            f"p = {statistic.p_value:.2g}, {statistic.draws} draws"
        )


def _two(value: float) -> str:
    """Return a number with two decimals, zero without a sign."""
    return f"{round(value, 2) + 0.0:.2f}"


def named_rows(names: Iterable[object], matrix: NDArray[Any]) -> Iterator[tuple[object, ...]]:
    """Return the rows of a matrix (n, m), each preceded by its name, for `csv_text`."""
    for name, row in zip(names, matrix.round(5).tolist(), strict=True):
        yield name, *row
