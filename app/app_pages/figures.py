"""Figures: the paper's figures for the chosen checkpoint, in print quality."""

from __future__ import annotations

from typing import Any, Literal

import streamlit as st

from analysis.errors import AnalysisError
from analysis.paper.settings import FIGURES, TITLES, FigureSettings
from app.choices.links import linked_one
from app.choices.print_settings import print_settings
from app.choices.shared import one_of
from app.messages import sentence
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.session.printed import Printed, printed_figure
from app.views.components import download, missing_note, page_header
from himnet import texts

_DEFAULT = "4"
_PREVIEW: dict[str, int | Literal["stretch"]] = {"double": "stretch", "single": 520}
_MIME = {"pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png"}


def _command(checkpoint: OpenCheckpoint, figure: str, settings: FigureSettings, width: str) -> str:
    words = ["python", "-m", "analysis", "figures", "--checkpoint", checkpoint.argument]
    words += ["--figure", figure, "--width", width, "--format", "pdf", "svg", "png"]
    if settings != FigureSettings():
        words += ["--settings", "figures.json"]
    return texts.command(*words)


def _draw_downloads(printed: Printed, figure: str) -> None:
    with st.container(horizontal=True):
        for name, mime in _MIME.items():
            file = printed.files[name]
            download(name.upper(), file, f"figure{figure}.{name}", mime, key=f"print-{name}")
        download(
            "Settings (JSON)", printed.settings, "figures.json", "application/json",
            key="print-settings",
            help="Input for `--settings`, to draw the same figure again.",
        )  # fmt: skip


def _draw_case(case: dict[str, Any]) -> None:
    """Say which case is shown, its score, and which cases come next."""
    if "clusters" not in case:
        return
    how = "Given" if case["given"] else "Found"
    score = "" if case["score"] is None else f" ({case['score_is']}: {case['score']:g})"
    others = "; ".join(
        f"{' and '.join(map(str, other['clusters']))} ({other['score']:g})"
        for other in case["runners_up"]
    )
    text = f"{how}: clusters {' and '.join(map(str, case['clusters']))}{score}."
    st.caption(texts.markdown(text + (f" Runners-up: {others}." if others else "")))


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    page_header(
        "What do the paper's figures look like for this model?",
        "Figures 1 and 3 to 7 of the paper, drawn from this checkpoint in print quality: vector "
        "graphics, text of at least 6 points, colours that colour-blind readers can tell apart.",
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        figure = linked_one(
            "Figure", FIGURES, default=_DEFAULT, key="figure", width=420,
            name_of=lambda number: f"{number}: {TITLES[number]}",
        )  # fmt: skip
        width = one_of(
            "Width", list(_PREVIEW), key="width",
            help="Two columns (178 mm) or one column (84 mm).",
        )  # fmt: skip
    material = open_material(checkpoint)
    settings = print_settings(figure, material)
    try:
        printed = printed_figure(material, figure, settings, width)
    except AnalysisError as error:
        missing_note(sentence(error))
        return
    st.image(printed.files["png"], width=_PREVIEW[width])
    st.markdown(f"**Figure {figure}.** {texts.markdown(printed.caption)}")
    _draw_case(printed.case)
    _draw_downloads(printed, figure)
    st.caption("The same on the command line, in the environment described in the README:")
    st.code(_command(checkpoint, figure, settings, width), language="bash", wrap_lines=True)


draw(current_checkpoint())
