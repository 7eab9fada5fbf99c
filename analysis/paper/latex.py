"""LaTeX for the figures: a figure environment with caption and label for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from analysis.paper.settings import FIGURES, file_stem
from himnet import texts
from himnet.data.registry import shown_name

_STARRED_MM = 100.0  # a wider figure spans both columns
_BEST_FIRST = ("pdf", "png")  # that pdfLaTeX includes


def latex_file(told: Mapping[str, Any], formats: Sequence[str]) -> tuple[str, bytes]:
    r"""Return name and content of a file to ``\input`` where the figure belongs.

    The caption says what is shown and with which settings. All that is not fixed here passes
    `himnet.texts.latex`.

    Args:
        told: what `analysis.paper.registry.about` returned.
        formats: of the files beside it; the best one that LaTeX can include is included, and the
            PDF if there is none.
    """
    number = next(figure for figure in FIGURES if figure == told["figure"])
    form = next((name for name in _BEST_FIRST if name in formats), _BEST_FIRST[0])
    wide = f"{float(told['width_mm']):g}"
    environment = "figure*" if float(wide) > _STARRED_MM else "figure"
    lines = [
        "% needs \\usepackage{graphicx}",
        f"\\begin{{{environment}}}[tb]",
        "  \\centering",
        f"  \\includegraphics[width={wide}mm]{{{file_stem(number)}.{form}}}",
        f"  \\caption{{{texts.latex(_caption(told))}}}",
        f"  \\label{{fig:himnet-{number}}}",
        f"\\end{{{environment}}}",
        "",
    ]
    return f"{file_stem(number)}.tex", "\n".join(lines).encode()


def _caption(told: Mapping[str, Any]) -> str:
    """Return the caption of a figure, followed by the checkpoint that it shows, if it shows one."""
    if told["figure"] in ("3", "7"):
        return str(told["caption"])
    checkpoint = str(told["checkpoint_sha256"])[:12]
    data = f" trained on {shown_name(str(told['dataset']))}" if told["dataset"] else ""
    return f"{told['caption']} Model{data}, checkpoint {checkpoint}."
