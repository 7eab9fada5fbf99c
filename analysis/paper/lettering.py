"""Fonts of printed figures, and whether the text of an SVG file stays text."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import matplotlib

from analysis.errors import AnalysisError
from analysis.paper.settings import DEFAULT_FONT
from himnet.texts import clipped

# STIXGeneral and those of DejaVu are part of matplotlib, others are offered if installed
_SERIF = (
    "STIXGeneral", "DejaVu Serif", "Times New Roman", "Liberation Serif", "Tinos",
    "TeX Gyre Termes", "Georgia",
)  # fmt: skip
_SANS = (
    "DejaVu Sans", "Arial", "Helvetica", "Liberation Sans", "Arimo", "TeX Gyre Heros", "Open Sans",
    "Noto Sans",
)  # fmt: skip
_EMBEDDED = ".ttf"  # files that PDF embeds as text in one piece

# matplotlib's settings belong to the process: threads that draw with other ones take turns
_TURN = threading.RLock()


@dataclass(frozen=True)
class Lettering:
    """The lettering of a figure.

    Attributes:
        font: one of `fonts`.
        svg_text: whether an SVG file contains text, which can be edited and searched and needs the
            font where it is shown, instead of outlines.
    """

    font: str = DEFAULT_FONT
    svg_text: bool = False


@lru_cache(maxsize=1)
def fonts() -> dict[str, str]:
    """Return the fonts of this machine, sans serif first: each name with ``"sans"`` or ``"serif"``.

    At least one of each kind is part of matplotlib.
    """
    from matplotlib.font_manager import fontManager

    there = {entry.name for entry in fontManager.ttflist if entry.fname.endswith(_EMBEDDED)}
    kinds = {name: "sans" for name in _SANS} | {name: "serif" for name in _SERIF}
    return {name: kind for name, kind in kinds.items() if name in there}


def checked_font(name: str) -> str:
    """Return the name of a font that is there.

    Raises:
        AnalysisError: for any other.
    """
    if name not in fonts():
        listed = ", ".join(f"{known} ({kind})" for known, kind in fonts().items())
        raise AnalysisError(f"there is no font '{clipped(name, 60)}'; choose {listed}")
    return name


@contextmanager
def lettered(lettering: Lettering) -> Iterator[None]:
    """Draw and save figures in a font; other threads that draw wait.

    Characters that the font lacks are taken from the default font.

    Raises:
        AnalysisError: for a font that is not there.
    """
    family = list(dict.fromkeys([checked_font(lettering.font), DEFAULT_FONT]))
    changed: dict[Any, Any] = {
        "font.family": family,
        "svg.fonttype": "none" if lettering.svg_text else "path",
    }
    with _TURN, matplotlib.rc_context(changed):
        yield
