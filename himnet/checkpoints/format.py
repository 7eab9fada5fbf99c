"""Sealed safetensors files: checked header by header before a single array is made.

Such a file is a safetensors file whose metadata has three texts: ``format``, ``himnet`` (a JSON
object) and ``sha256``, which covers the tensors and the text of the JSON object.

Threat model: the file may come from anybody. Reading it runs no code, allocates no more than the
file is long, and any change of any bit since it was written is noticed.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.errors import CheckpointError

MAX_FILE_BYTES = 512 * 2**20
MAX_HEADER_BYTES = 16 * 2**20
_METADATA_KEYS = {"format", "himnet", "sha256"}
_DTYPES: dict[str, np.dtype[Any]] = {
    "F64": np.dtype("<f8"),
    "F32": np.dtype("<f4"),
    "F16": np.dtype("<f2"),
    "BF16": np.dtype("<u2"),  # NumPy has no bfloat16; `read_tensor` shifts it into float32
    "I64": np.dtype("<i8"),
    "I32": np.dtype("<i4"),
}
Array = NDArray[Any]


@dataclass(frozen=True)
class TensorEntry:
    """Where a tensor lies in the file: type, shape, and bytes from the start of the file."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    end: int


@dataclass(frozen=True)
class Header:
    """A checked header: texts and tensors that tile the rest of the file without gap or overlap."""

    metadata: dict[str, str]
    tensors: dict[str, TensorEntry]


def read_header(path: Path) -> Header:
    """Read and check the header of a safetensors file, and nothing else of it.

    Raises:
        CheckpointError: for a file that is missing, too large, truncated or not safetensors.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise CheckpointError(
                f"{path} is {size / 2**20:.0f} MB; checkpoints of up to "
                f"{MAX_FILE_BYTES // 2**20} MB are read"
            )
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or not 2 <= length <= min(MAX_HEADER_BYTES, size - 8):
                raise _foreign(path, "it has no header of a believable length")
            raw = file.read(length)
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be read ({error.strerror}); check the path"
        ) from error
    content = _parse_object(path, raw)
    metadata = content.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise _foreign(path, "its metadata are not texts")
    entries = {name: _entry(path, name, entry) for name, entry in content.items()}
    _check_tiling(path, entries, size - 8 - length)
    base = 8 + length
    tensors = {
        name: TensorEntry(entry.dtype, entry.shape, base + entry.start, base + entry.end)
        for name, entry in entries.items()
    }
    return Header(metadata, tensors)


def read_description(path: Path, header: Header, expected_format: str) -> dict[str, Any]:
    """Return the JSON object of a sealed file, after a check of the metadata's keys.

    Raises:
        CheckpointError: for a file of another kind, or one whose metadata were altered.
    """
    if "himnet" not in header.metadata:
        raise CheckpointError(
            f"{path} does not describe itself, so it is no checkpoint of this project; turn it "
            f"into one with: python -m himnet convert {path.name} DST.safetensors"
        )
    unknown = sorted(set(header.metadata) - _METADATA_KEYS)
    if unknown:
        raise _altered(path, f"unknown metadata {unknown}")
    if header.metadata.get("format") != expected_format:
        raise CheckpointError(
            f"{path} has the format {header.metadata.get('format')!r}, but {expected_format!r} "
            f"is needed; write it again with this version"
        )
    return _parse_object(path, header.metadata["himnet"].encode())


def read_tensors(path: Path, header: Header) -> tuple[dict[str, Array], str]:
    """Read all tensors and return them with the sha256 over tensors and description.

    Raises:
        CheckpointError: for a file that changes while it is read, or whose sum does not match.
    """
    arrays = {}
    try:
        for name, entry in header.tensors.items():
            count = math.prod(entry.shape)
            stored = np.fromfile(path, _DTYPES[entry.dtype], count=count, offset=entry.start)
            arrays[name] = stored.reshape(entry.shape)
    except (OSError, ValueError) as error:
        raise _foreign(path, f"its tensors cannot be read: {error}") from error
    types = {name: entry.dtype for name, entry in header.tensors.items()}
    digest = _digest(arrays, types, header.metadata.get("himnet", ""))
    stated = header.metadata.get("sha256")
    if stated is not None and stated != digest:
        raise _altered(path, "its sha256 does not match")
    return {name: _widened(array, types[name]) for name, array in arrays.items()}, digest


def write_sealed(
    path: Path, arrays: Mapping[str, Array], description: Mapping[str, Any], file_format: str
) -> str:
    """Write a sealed file, whole or not at all, and return its sha256.

    Args:
        path: of the file; its folder is made where it is missing.
        arrays: float64, float32, float16, int64 or int32.
        description: what can be said in JSON.
        file_format: name and version of this kind of file.

    Raises:
        CheckpointError: for values that JSON cannot say (NaN among them), or a disk that refuses.
    """
    from safetensors.numpy import save

    names = {dtype: name for name, dtype in _DTYPES.items() if name != "BF16"}
    stored = {name: np.ascontiguousarray(array) for name, array in arrays.items()}
    try:
        text = json.dumps(
            description, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        )
        types = {name: names[array.dtype] for name, array in stored.items()}
    except (TypeError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"the description of {path} cannot be stored ({error}); keep to plain finite values"
        ) from error
    digest = _digest(stored, types, text)
    content = save(stored, {"format": file_format, "himnet": text, "sha256": digest})
    try:
        write_atomically(path, content)
    except OSError as error:
        raise CheckpointError(f"{path} cannot be written ({error.strerror}); check it") from error
    return digest


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that it is there completely or not at all, whatever happens."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _digest(arrays: Mapping[str, Array], types: Mapping[str, str], text: str) -> str:
    total = hashlib.sha256()
    for name in sorted(arrays):
        array = arrays[name]
        total.update(json.dumps([name, types[name], list(array.shape)]).encode())
        total.update(array.tobytes())
    # the text as it is stored, not its meaning: 1e-05 and 1E-05 are different texts
    total.update(text.encode())
    return total.hexdigest()


def _widened(array: Array, dtype: str) -> Array:
    if dtype != "BF16":
        return array
    return (array.astype(np.uint32) << 16).view(np.float32)


def _parse_object(path: Path, raw: bytes) -> dict[str, Any]:
    def unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
        listed = list(pairs)
        if len(dict(listed)) != len(listed):
            raise ValueError("a key occurs twice")
        return dict(listed)

    def refuse(constant: str) -> None:
        raise ValueError(f"{constant} is no JSON")

    try:
        content = json.loads(raw.decode(), object_pairs_hook=unique, parse_constant=refuse)
    except (ValueError, RecursionError) as error:
        raise _foreign(path, f"its header is damaged: {error}") from error
    if not isinstance(content, dict):
        raise _foreign(path, "its header is no JSON object")
    return content


def _entry(path: Path, name: str, entry: Any) -> TensorEntry:
    """Check one line of the tensor table; offsets are still those within the data part."""
    wrong = _foreign(path, f"the entry of tensor {name[:80]!r} is damaged")
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise wrong
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(shape, list) or not isinstance(offsets, list) or len(offsets) != 2:
        raise wrong
    if any(type(number) is not int or number < 0 for number in (*shape, *offsets)):
        raise wrong
    if not isinstance(dtype, str) or dtype not in _DTYPES:
        raise _foreign(path, f"tensor {name[:80]!r} has the unsupported type {str(dtype)[:20]!r}")
    if len(shape) > 8 or math.prod(shape) * _DTYPES[dtype].itemsize != offsets[1] - offsets[0]:
        raise wrong
    return TensorEntry(dtype, tuple(shape), offsets[0], offsets[1])


def _check_tiling(path: Path, entries: Mapping[str, TensorEntry], size: int) -> None:
    position = 0
    for entry in sorted(entries.values(), key=lambda entry: (entry.start, entry.end)):
        if entry.start != position:
            raise _foreign(path, "its tensors overlap or leave gaps")
        position = entry.end
    if position != size:
        raise _foreign(path, "it was cut, or something was added to its end")


def _foreign(path: Path, why: str) -> CheckpointError:
    return CheckpointError(f"{path} is no intact .safetensors file: {why}; get the file again")


def _altered(path: Path, why: str) -> CheckpointError:
    return CheckpointError(f"{path} was altered after it was written: {why}; get the file again")
