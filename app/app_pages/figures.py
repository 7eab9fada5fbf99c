"""Figures: the paper's figures for the chosen checkpoint, in print quality."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

import streamlit as st

from analysis.errors import AnalysisError
from analysis.material import Material
from analysis.paper.settings import (
    DEFAULT_FONT,
    FIGURES,
    OWN_FIGURES,
    FigureSettings,
    file_stem,
    heading,
)
from app.choices.links import linked_one
from app.choices.print_settings import look_settings, print_settings
from app.choices.shared import one_of
from app.messages import sentence
from app.session.opened import OpenCheckpoint, current_checkpoint, open_material
from app.session.printed import Printed, printed_archive, printed_figure, printed_file
from app.views.components import download, missing_note, page_header
from himnet import texts

_DEFAULT = "4"
_PIXELS_PER_MM = {"double": 4.6, "single": 5.6}  # of the preview, where there is room
# the whole preview is seen without scrolling
_WHOLE = ".st-key-print-preview img { max-height: calc(100vh - 13.5rem); width: auto !important; }"
_NAMES = {
    "1": "two areas, two days", "3": "embedding dimensions", "4": "hours and sensors",
    "5": "two that meet", "6": "two that diverge", "7": "cost of training",
    "graph": "learnt graph (not the paper's)", "identity": "identity curve (not the paper's)",
}  # fmt: skip
_MIME = {"pdf": "application/pdf", "svg": "image/svg+xml", "png": "image/png"}


def _command(
    checkpoint: OpenCheckpoint, figure: str, settings: FigureSettings, width: str, count: int
) -> str:
    """Return the command that draws the figure: options for what has one, a file for the rest."""
    words = ["python", "-m", "analysis", "figures", "--checkpoint", checkpoint.argument]
    words += ["--figure", figure, "--width", width, "--format", "pdf", "svg", "png"]
    if figure in settings.panels:
        words += ["--panels", ",".join(settings.panels_of(figure))]
    if settings.font != DEFAULT_FONT:
        words += ["--font", settings.font]
    if settings.svg_text:
        words += ["--svg-text"]
    rest = replace(settings, panels={}, font=DEFAULT_FONT, svg_text=False)
    if rest != FigureSettings.of_sensors(count):
        words += ["--settings", "figures.json"]
    return texts.command(*words)


def _draw_downloads(
    material: Material, printed: Printed, figure: str, settings: FigureSettings, width: str
) -> None:
    """Draw the buttons that save the figure in each format, its settings, and all figures."""
    with st.container(horizontal=True, gap="xsmall"):
        for name, mime in _MIME.items():
            made = partial(printed_file, material, figure, settings, width, name)
            download(name.upper(), made, f"{file_stem(figure)}.{name}", mime, key=f"print-{name}")
    with st.container(horizontal=True, gap="xsmall"):
        download(
            "All figures (ZIP)", partial(printed_archive, material, settings, width), "figures.zip",
            "application/zip", key="print-zip",
            help="All figures with these settings as PDF and SVG, each with a LaTeX file: figure "
            "environment, caption and label. They are drawn when you press the button, which takes "
            "some seconds.",
        )  # fmt: skip
        download(
            "Settings", printed.settings, "figures.json", "application/json",
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


def _draw_preview(printed: Printed, figure: str, width: str) -> None:
    wide, high = printed.size_mm
    with st.container(key="print-preview"):
        st.html(f"<style>{_WHOLE}</style>")
        st.image(printed.png, width=round(_PIXELS_PER_MM[width] * wide))
    st.markdown(f"**{heading(figure)}.** {texts.markdown(printed.caption)}")
    st.caption(f"{wide:.0f} x {high:.0f} mm in print.")
    _draw_case(printed.case)


def draw(checkpoint: OpenCheckpoint) -> None:
    """Draw the page."""
    page_header(
        "What do the paper's figures look like for this model?",
        "Figures 1 and 3 to 7 of the paper, and two of this project's own, drawn from this "
        "checkpoint for print.",
    )
    material = open_material(checkpoint)
    preview, rail = st.columns([2.5, 1], gap="medium")
    with rail:
        figure, width = _choose()
        look = look_settings(figure)
        buttons = st.container()
        settings = print_settings(figure, material, look)
    try:
        with preview:
            printed = printed_figure(material, figure, settings, width)
            _draw_preview(printed, figure, width)
    except AnalysisError as error:
        with preview:
            missing_note(sentence(error))
        return
    with buttons:
        _draw_downloads(material, printed, figure, settings, width)
    st.caption("The same on the command line, in the environment described in the README:")
    command = _command(checkpoint, figure, settings, width, material.info.num_nodes)
    st.code(command, language="bash", wrap_lines=True)


def _choose() -> tuple[str, str]:
    """Draw the widgets for the figure and its width and return both."""
    figure = linked_one(
        "Figure", FIGURES, default=_DEFAULT, key="figure",
        name_of=_name_of,
    )  # fmt: skip
    width = one_of(
        "Width", list(_PIXELS_PER_MM), key="width", help="Two columns (178 mm) or one (84 mm)."
    )
    return figure, width


def _name_of(figure: str) -> str:
    return _NAMES[figure] if figure in OWN_FIGURES else f"{figure}: {_NAMES[figure]}"


draw(current_checkpoint())
