"""Figures for print as files, cached by checkpoint and settings."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from analysis.material import Material
from analysis.paper.settings import FigureSettings
from app.session.keys import cached

FORMATS = ("pdf", "svg", "png")


@dataclass(frozen=True)
class Printed:
    """A figure as files.

    Attributes:
        files: content by format.
        caption: of the figure.
        case: the case shown; see `analysis.paper.save.Drawn`.
        settings: content of figures.json.
    """

    files: dict[str, bytes]
    caption: str
    case: dict[str, Any]
    settings: bytes


def printed_figure(
    material: Material, figure: str, settings: FigureSettings, width: str
) -> Printed:
    """Draw a figure for print.

    Args:
        material: the model with its data.
        figure: its number in the paper.
        settings: of the figure.
        width: ``"single"`` or ``"double"``.

    Raises:
        AnalysisError: if data that the figure needs are not available.
    """
    words = json.dumps(settings.to_dict(), sort_keys=True)
    return _printed(material, figure, words, width)


@cached(24, "Drawing for print ...")
def _printed(material: Material, figure: str, settings: str, width: str) -> Printed:
    from analysis.paper.registry import about, draw, figures_json, files

    chosen = FigureSettings.from_dict(json.loads(settings))
    drawn = draw(figure, material, chosen, width=width)
    told = about(figure, drawn, material, chosen, width)
    written = files(figure, drawn, told, FORMATS)
    return Printed(
        {name.rpartition(".")[2]: content for name, content in written},
        drawn.caption,
        dict(drawn.case),
        figures_json([told], chosen),
    )
