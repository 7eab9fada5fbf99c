"""The header of a safetensors file, read and checked before any array is created.

Threat model: the file may come from anyone. Reading it runs no code, allocates no more than the
length of the file, and reports any problem as a `CheckpointError`.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from himnet.errors import CheckpointError
from himnet.strict_json import parse_json
from himnet.texts import clipped

MAX_FILE_BYTES = 512 * 2**20
MAX_HEADER_BYTES = 8 * 2**20  # METR-LA needs 20 kB; parsed JSON can take 30 times its length
_MAX_RANK = 8
DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),  # NumPy has no bfloat16; `format.read_tensors` makes it float32
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
}


@dataclass(frozen=True)
class TensorEntry:
    """Position of a tensor in the file: type, shape, and bytes from the start of the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int

    @property
    def count(self) -> int:
        """Number of values."""
        return math.prod(self.shape)


@dataclass(frozen=True)
class Header:
    """A checked header: texts, and tensors that fill the file without gap or overlap."""

    metadata: dict[str, str]
    tensors: dict[str, TensorEntry]


def read_header(path: Path, *, max_bytes: int = MAX_FILE_BYTES) -> Header:
    """Read and check the header of a safetensors file, without reading the rest.

    Args:
        path: of the file.
        max_bytes: longer files are refused unread.

    Raises:
        CheckpointError: for a file that is missing, too large, truncated or not safetensors.
    """
    raw, size = _read_raw(path, max_bytes)
    content = parse_object(path, raw)
    metadata = content.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise foreign(path, "its metadata are not strings")
    base = 8 + len(raw)
    tensors = {name: _entry(path, name, entry, base) for name, entry in content.items()}
    _check_tiling(path, tensors, base, size)
    return Header(metadata, tensors)


def parse_object(path: Path, raw: bytes | str) -> dict[str, Any]:
    """Parse a JSON object strictly.

    Raises:
        CheckpointError: for anything but one object without duplicate keys, in which all numbers
            are finite and all texts are valid.
    """
    try:
        text = raw.decode() if isinstance(raw, bytes) else raw
        content = parse_json(text)
        if "\\u" in text:  # only an escape can produce half a character
            json.dumps(content, ensure_ascii=False).encode()
    except ValueError as error:
        raise foreign(path, f"its header is damaged ({clipped(error)})") from error
    if not isinstance(content, dict):
        raise foreign(path, "its header is not a JSON object")
    return content


def foreign(path: Path, why: str) -> CheckpointError:
    """Return the error for a file that is not an intact safetensors file."""
    return CheckpointError(f"{path} is not an intact .safetensors file: {why}; get the file again")


def _read_raw(path: Path, max_bytes: int) -> tuple[bytes, int]:
    """Return the header's bytes and the length of the whole file."""
    try:
        if not path.is_file():
            raise CheckpointError(f"there is no file {path}; check the path")
        size = path.stat().st_size
        if size > max_bytes:
            raise CheckpointError(
                f"{path} is {size / 1e6:,.0f} MB; such files of up to {max_bytes / 1e6:.0f} MB "
                f"are read"
            )
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or not 2 <= length <= min(MAX_HEADER_BYTES, size - 8):
                raise foreign(path, "its header does not have a plausible length")
            raw = file.read(length)
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read ({error.strerror}); check the path"
        ) from error
    if len(raw) != length:
        raise foreign(path, "it became shorter while it was read")
    return raw, size


def _entry(path: Path, name: str, entry: Any, base: int) -> TensorEntry:
    wrong = foreign(path, f"the entry of tensor {clipped(name, 80)!r} is damaged")
    if not name.isprintable() or len(name) > 500:
        raise wrong
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise wrong
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(shape, list) or not isinstance(offsets, list) or len(offsets) != 2:
        raise wrong
    if any(type(number) is not int or number < 0 for number in (*shape, *offsets)):
        raise wrong
    if not isinstance(dtype, str) or dtype not in DTYPES:
        told = clipped(dtype, 20)
        raise foreign(path, f"tensor {clipped(name, 80)!r} has the unsupported type {told!r}")
    first, last = offsets
    if len(shape) > _MAX_RANK or math.prod(shape) * DTYPES[dtype].itemsize != last - first:
        raise wrong
    return TensorEntry(dtype, tuple(shape), base + first, base + last)


def _check_tiling(path: Path, tensors: Mapping[str, TensorEntry], base: int, size: int) -> None:
    position = base
    for entry in sorted(tensors.values(), key=lambda entry: (entry.start, entry.end)):
        if entry.start != position:
            raise foreign(path, "its tensors overlap or leave gaps")
        position = entry.end
    if position != size:
        raise foreign(path, "it was truncated, or extended at its end")
