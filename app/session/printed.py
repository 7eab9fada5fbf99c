"""Figures for print, drawn when they are shown and saved when they are asked for."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.material import Material
from analysis.paper.settings import FigureSettings
from app.session.keys import cached, shared

if TYPE_CHECKING:
    from analysis.paper.save import Drawn

FORMATS = ("pdf", "svg", "png")


@dataclass(frozen=True)
class Printed:
    """A figure for the page.

    Attributes:
        png: the preview, which is also a file.
        size_mm: width and height.
        caption: of the figure.
        case: the case shown; see `analysis.paper.save.Drawn`.
        settings: content of figures.json.
    """

    png: bytes
    size_mm: tuple[float, float]
    caption: str
    case: dict[str, Any]
    settings: bytes


def printed_figure(
    material: Material, figure: str, settings: FigureSettings, width: str
) -> Printed:
    """Draw a figure for print, without the files that nobody has asked for.

    Args:
        material: the model with its data.
        figure: its number in the paper.
        settings: of the figure.
        width: ``"single"`` or ``"double"``.

    Raises:
        AnalysisError: if data that the figure needs are not available.
    """
    return _printed(material, figure, _words(settings), width)


def printed_file(
    material: Material, figure: str, settings: FigureSettings, width: str, file_format: str
) -> bytes:
    """Return a figure as a file; arguments and errors as for `printed_figure`.

    Args:
        material, figure, settings, width: of the figure.
        file_format: one of `FORMATS`.
    """
    return _file(material, figure, _words(settings), width, file_format)


def printed_archive(material: Material, settings: FigureSettings, width: str) -> bytes:
    """Return all figures in one ZIP archive; see `analysis.paper.archive.archive`."""
    return _archive(material, _words(settings), width)


def _words(settings: FigureSettings) -> str:
    """Return settings as a text, by which results are cached."""
    return json.dumps(settings.to_dict(), sort_keys=True)


def _settings(words: str) -> FigureSettings:
    return FigureSettings.from_dict(json.loads(words))


@shared(12, "Drawing for print ...")
def _drawn(material: Material, figure: str, settings: str, width: str) -> Drawn:
    from analysis.paper.registry import draw

    return draw(figure, material, _settings(settings), width=width, project=_projected)


@cached(24)
def _printed(material: Material, figure: str, settings: str, width: str) -> Printed:
    from analysis.paper.canvas import size_mm
    from analysis.paper.registry import figures_json

    drawn = _drawn(material, figure, settings, width)
    return Printed(
        _file(material, figure, settings, width, "png"),
        size_mm(drawn.figure),
        drawn.caption,
        dict(drawn.case),
        figures_json([_told(drawn, material, figure, settings, width)], _settings(settings)),
    )


@cached(48)
def _file(material: Material, figure: str, settings: str, width: str, file_format: str) -> bytes:
    from analysis.paper.registry import files

    drawn = _drawn(material, figure, settings, width)
    told = _told(drawn, material, figure, settings, width)
    [(_, content)] = files(figure, drawn, told, [file_format])
    return content


def _told(
    drawn: Drawn, material: Material, figure: str, settings: str, width: str
) -> dict[str, Any]:
    from analysis.paper.registry import about

    return about(figure, drawn, material, _settings(settings), width)


@cached(4)
def _archive(material: Material, settings: str, width: str) -> bytes:
    from analysis.paper.archive import archive

    return archive(material, _settings(settings), width=width, project=_projected)


@cached(16)
def _projected(
    coordinates: NDArray[np.float64], *, perplexity: float, seed: int
) -> NDArray[np.float64]:
    """Project by t-SNE, which takes most of the time of figure 4, once for all its variants."""
    from analysis.geometry.projection import tsne

    return tsne(coordinates, perplexity=perplexity, seed=seed)
