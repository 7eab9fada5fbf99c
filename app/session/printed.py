"""Figures for print as files, kept by the checkpoint's sum and the settings that made them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import streamlit as st

from analysis.material import Material
from analysis.paper.settings import FigureSettings
from app.messages import shown_as_message
from app.session.opened import OpenCheckpoint, current_dataset, dataset_problem

FORMATS = ("pdf", "svg", "png")


@dataclass(frozen=True)
class Printed:
    """A figure as files.

    Attributes:
        files: content by format.
        caption: what is shown.
        case: what was found or given; see `analysis.paper.save.Drawn`.
        settings: content of figures.json.
    """

    files: dict[str, bytes]
    caption: str
    case: dict[str, Any]
    settings: bytes


def current_material(checkpoint: OpenCheckpoint) -> Material:
    """Return a checkpoint with what lies beside it; what is damaged is told and left out."""
    track = None
    with shown_as_message():  # a track that does not fit hides nothing but itself
        track = checkpoint.track
    return Material(checkpoint.arrays, track, current_dataset(), dataset_problem() or "")


def printed_figure(
    material: Material, figure: str, settings: FigureSettings, width: str
) -> Printed:
    """Draw a figure for print.

    Args:
        material: the checkpoint with what lies beside it.
        figure: its number in the paper.
        settings: every choice.
        width: ``"single"`` or ``"double"``.

    Raises:
        AnalysisError: where what the figure needs is not there.
    """
    words = json.dumps(settings.to_dict(), sort_keys=True)
    return _printed(material.sums, figure, words, width, _material=material)


@st.cache_data(max_entries=24, show_spinner="Drawing for print ...", show_time=True)
def _printed(
    sums: tuple[str, str, str],
    figure: str,
    settings: str,
    width: str,
    *,
    _material: Material,
) -> Printed:
    from analysis.paper.registry import about, draw, figures_json, files

    chosen = FigureSettings.from_dict(json.loads(settings))
    drawn = draw(figure, _material, chosen, width=width)
    told = about(figure, drawn, _material, chosen, width)
    written = files(figure, drawn, told, FORMATS)
    return Printed(
        {name.rpartition(".")[2]: content for name, content in written},
        drawn.caption,
        dict(drawn.case),
        figures_json([told], chosen),
    )
