"""Files with the settings of figures, which are untrusted: figures.json, or a part of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from analysis.errors import AnalysisError
from analysis.paper.settings import FigureSettings
from himnet.strict_json import read_json
from himnet.texts import clipped


def read_settings(path: str | Path) -> FigureSettings:
    """Read a settings file: the JSON of `FigureSettings.to_dict`, or a whole figures.json.

    Raises:
        AnalysisError: for a file that cannot be read or interpreted.
    """
    content = _read_json(path)
    if isinstance(content, dict) and isinstance(content.get("settings"), dict):
        content = content["settings"]
    if not isinstance(content, dict):
        raise AnalysisError(f"{path} must contain a JSON object of settings, as figures.json does")
    return FigureSettings.from_dict(content)


def read_width(path: str | Path) -> float | None:
    """Return the width in millimetres at which the figures of a figures.json were drawn.

    None for a file with settings only.

    Raises:
        AnalysisError: for a file that cannot be read, or whose figures do not have a column width.
    """
    from analysis.paper.canvas import WIDTHS_MM

    content = _read_json(path)
    figures = content.get("figures") if isinstance(content, dict) else None
    if not figures:
        return None
    drawn = list(figures.values()) if isinstance(figures, dict) else [None]
    widths = [figure.get("width_mm") if isinstance(figure, dict) else None for figure in drawn]
    width = widths[0]
    if isinstance(width, bool) or width not in WIDTHS_MM.values() or len(set(widths)) > 1:
        allowed = " or ".join(f"{wide:g}" for wide in WIDTHS_MM.values())
        raise AnalysisError(
            f"{path} says that its figures are {clipped(repr(width), 40)} mm wide; all must have "
            f"{allowed} mm, or omit 'figures' and choose with --width"
        )
    return None if width is None else float(width)


def _read_json(path: str | Path) -> Any:
    try:
        return read_json(Path(path))
    except (OSError, ValueError) as error:
        raise AnalysisError(
            f"{path} cannot be read as JSON ({clipped(error)}); correct it"
        ) from error
