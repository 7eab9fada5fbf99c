"""All figures in one ZIP archive, with LaTeX for each."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import TYPE_CHECKING

from analysis.errors import AnalysisError
from analysis.material import Material
from analysis.paper.latex import latex_file
from analysis.paper.registry import Results, about, draw, figures_json, files
from analysis.paper.settings import FIGURES, FigureSettings

if TYPE_CHECKING:
    from analysis.paper.figure4 import Project

FORMATS = ("pdf", "svg")
OMITTED = "omitted.txt"
_LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the earliest time of a member; the archive knows no other
_READABLE = 0o644 << 16


def archive(
    material: Material,
    settings: FigureSettings,
    *,
    width: str,
    results: Results | None = None,
    project: Project | None = None,
) -> bytes:
    """Return a ZIP archive of all figures that can be drawn: PDF, SVG, LaTeX, and figures.json.

    Figures that cannot be drawn are listed in omitted.txt, with the reason. Equal figures give
    equal bytes on one machine.

    Args:
        material: the checkpoint with its track and data set.
        settings: of all figures.
        width: ``"single"`` or ``"double"``.
        results: for figures 3 and 7.
        project: for figure 4; see there.

    Raises:
        AnalysisError: for an unknown width or font, or if no figure can be drawn.
    """
    told, made, omitted = [], [], []
    for number in FIGURES:
        try:
            drawn = draw(number, material, settings, width=width, results=results, project=project)
        except AnalysisError as error:
            omitted.append(f"figure {number} is omitted: {error}")
            continue
        told.append(about(number, drawn, material, settings, width))
        made += files(number, drawn, told[-1], FORMATS)
        made.append(latex_file(told[-1], FORMATS))
    if not told:
        raise AnalysisError(f"no figure could be drawn; {omitted[0]}")
    made.append(("figures.json", figures_json(told, settings)))
    if omitted:
        made.append((OMITTED, "\n".join([*omitted, ""]).encode()))
    return zipped(made)


def zipped(files: Sequence[tuple[str, bytes]]) -> bytes:
    """Return a ZIP archive with the same bytes for the same files.

    Args:
        files: name and content of each; names have no folders.
    """
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files:
            member = zipfile.ZipInfo(name, _LONG_AGO)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system, member.external_attr = 3, _READABLE
            target.writestr(member, content)
    return buffer.getvalue()
