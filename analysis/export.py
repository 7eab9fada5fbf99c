"""What a model has learnt as plain arrays, for other tools: embeddings, coordinates, parameters."""

from __future__ import annotations

import io
import json
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from analysis.export_parts import PARTS, Entry, ExportChoice
from analysis.geometry.spaces import chosen_layers
from analysis.material import Material

FORMAT = "himnet-export/1"
HEADER = "header"
_NOTE = (
    "A meta-parameter is theta = E P, a query times a pool. G = P P^T holds all inner products, "
    "theta_i . theta_j = e_i G e_j, and with G = L L^T the rows of E L are coordinates with the "
    "same inner products, distances and cosines as the meta-parameters themselves. Arrays whose "
    "first axis is N are in the order of sensor_id, those of 168 in that of week_day and week_hour."
)


@dataclass(frozen=True)
class Export:
    """What there is to export.

    Attributes:
        entries: by name.
        left_out: name of a part to the reason why it is not there.
        about: of the checkpoint and the choices; JSON types.
    """

    entries: dict[str, Entry]
    left_out: dict[str, str]
    about: dict[str, Any]

    @property
    def header(self) -> dict[str, Any]:
        """Return what stands in the file beside the arrays, as JSON types."""
        arrays = {
            name: {
                "shape": list(entry.array.shape),
                "dtype": str(entry.array.dtype),
                "axes": entry.axes,
                "is": entry.words,
            }
            for name, entry in self.entries.items()
        }
        return {
            "format": FORMAT, "note": _NOTE, **self.about,
            "arrays": arrays, "left_out": self.left_out,
        }  # fmt: skip

    def to_npz(self) -> bytes:
        """Return an .npz file's content: the arrays, and the header as JSON text.

        Equal exports have equal bytes; `numpy.load` reads it with ``allow_pickle=False``.
        """
        buffer = io.BytesIO()
        text = np.array(json.dumps(self.header, indent=2, ensure_ascii=False))
        arrays = {name: entry.array for name, entry in self.entries.items()}
        np.savez(buffer, allow_pickle=False, **{HEADER: text}, **arrays)
        return buffer.getvalue()


def collect(material: Material, choice: ExportChoice | None = None) -> Export:
    """Collect what a checkpoint and its track hold; a part that the model lacks is left out.

    Args:
        material: of the checkpoint.
        choice: what is exported; None takes the defaults.

    Raises:
        AnalysisError: for a layer that the model does not have, or a date that cannot be shown.
    """
    choice = choice or ExportChoice()
    chosen_layers(material.model, choice.space)
    entries: dict[str, Entry] = {}
    left_out: dict[str, str] = {}
    for name, part in PARTS.items():
        try:
            entries |= part(material, choice)
        except AnalysisError as error:
            if name == "st_embedding" and choice.date is not None:
                raise
            left_out[name] = str(error)
    about = {
        "checkpoint_sha256": material.arrays.sha256,
        "dataset": material.info.name,
        "config": asdict(material.arrays.config),
        "choice": asdict(choice),
    }
    return Export(entries, left_out, about)
