"""Safetensors files taken apart and put together again, with a sum that fits what they then say.

Written apart from `himnet.checkpoints.format`, as a stranger would who wants a file to be believed.
"""

import hashlib
import json
import struct
from dataclasses import dataclass

import numpy as np

TYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4"}


@dataclass
class Parts:
    """What a file holds: its description as JSON text, and its tensors."""

    format: str
    text: str
    arrays: dict[str, np.ndarray]

    @property
    def description(self):
        return json.loads(self.text)


def parts_of(content: bytes) -> Parts:
    """Take a file apart."""
    (length,) = struct.unpack("<Q", content[:8])
    header, data = json.loads(content[8 : 8 + length]), content[8 + length :]
    metadata = header.pop("__metadata__")
    arrays = {}
    for name, entry in header.items():
        first, last = entry["data_offsets"]
        values = np.frombuffer(data[first:last], TYPES[entry["dtype"]])
        arrays[name] = values.reshape(entry["shape"]).copy()
    return Parts(metadata["format"], metadata["himnet"], arrays)


def sealed(parts: Parts) -> bytes:
    """Put a file together, with the sha256 over all that it holds."""
    names = {np.dtype(code): name for name, code in TYPES.items()}
    header, data, total = {}, b"", hashlib.sha256()
    for name in sorted(parts.arrays):
        array = parts.arrays[name]
        dtype, raw = names[array.dtype], array.tobytes()
        total.update(json.dumps([name, dtype, list(array.shape)]).encode() + raw)
        offsets = [len(data), len(data) + len(raw)]
        header[name] = {"dtype": dtype, "shape": list(array.shape), "data_offsets": offsets}
        data += raw
    total.update(parts.text.encode())
    said = {"format": parts.format, "himnet": parts.text, "sha256": total.hexdigest()}
    text = json.dumps({"__metadata__": said, **header}, ensure_ascii=False).encode()
    return struct.pack("<Q", len(text)) + text + data


def sum_of(content: bytes) -> str:
    """Return the sum that a file states."""
    (length,) = struct.unpack("<Q", content[:8])
    return json.loads(content[8 : 8 + length])["__metadata__"]["sha256"]
