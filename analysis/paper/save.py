"""Figures as files: PDF, SVG and PNG with the same bytes for the same input."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args

from matplotlib.figure import Figure

from analysis.errors import AnalysisError
from analysis.paper.canvas import DPI
from analysis.paper.lettering import Lettering, lettered

Format = Literal["pdf", "svg", "png"]
FORMATS: tuple[Format, ...] = get_args(Format)
_PROGRAM = "HimNet Explorer"


@dataclass(frozen=True)
class Drawn:
    """A figure with its caption and its case.

    Attributes:
        figure: to be saved with `figure_bytes`.
        caption: what is shown, panel by panel, with every choice that was made.
        case: the case that was found or given, with its score and the runners-up; JSON types.
        lettering: in which it was drawn, and is saved.
        title: if it is not that of the paper's figure.
    """

    figure: Figure
    caption: str
    case: Mapping[str, Any] = field(default_factory=dict)
    lettering: Lettering = field(default_factory=Lettering)
    title: str = ""

    def _repr_png_(self) -> bytes:
        """Show it in a notebook: without pyplot, a figure does not show itself."""
        return figure_bytes(self.figure, "png", title="", about=self.case, lettering=self.lettering)


def figure_bytes(
    figure: Figure,
    file_format: str,
    *,
    title: str,
    about: Mapping[str, Any],
    lettering: Lettering | None = None,
) -> bytes:
    """Return a figure as a file's content.

    No time stamp and no library version is written, so equal figures have equal bytes on one
    machine.

    Args:
        figure: the figure.
        file_format: one of `FORMATS`; PNG has 300 dots per inch.
        title: of the file.
        about: the choices needed to draw it again; stored as JSON in the metadata.
        lettering: in which it was drawn; None: the default.

    Raises:
        AnalysisError: for an unknown format, or a font that is not there.
    """
    words = json.dumps(about, sort_keys=True, ensure_ascii=False)
    metadata: dict[str, dict[str, str | None]] = {
        "pdf": {
            "Title": title, "Subject": words, "Creator": _PROGRAM,
            "Producer": None, "CreationDate": None,
        },
        "svg": {"Title": title, "Description": words, "Creator": _PROGRAM, "Date": None},
        "png": {"Title": title, "Description": words, "Software": _PROGRAM},
    }  # fmt: skip
    if file_format not in metadata:
        raise AnalysisError(f"there is no format '{file_format}'; choose {', '.join(FORMATS)}")
    buffer = io.BytesIO()
    with lettered(lettering or Lettering()):
        figure.savefig(buffer, format=file_format, dpi=DPI, metadata=metadata[file_format])
    return buffer.getvalue()


def write_files(folder: str | Path, files: Sequence[tuple[str, bytes]]) -> list[Path]:
    """Write files into a folder, each atomically; the folder is created if it is missing.

    Args:
        folder: for the files.
        files: name and content of each.

    Raises:
        AnalysisError: if one cannot be written.
    """
    from himnet.checkpoints.format import write_atomically

    target = Path(folder)
    written = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for name, content in files:
            write_atomically(target / name, content)
            written.append(target / name)
    except OSError as error:
        raise AnalysisError(
            f"{target} cannot be written ({error.strerror}); choose another folder with --out"
        ) from error
    return written
