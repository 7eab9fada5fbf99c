"""Sealed safetensors files: tensors, a description, and a checksum of both.

The metadata of such a file are three strings: ``format``, ``himnet`` (JSON) and ``sha256``,
which covers the tensors and the text of the JSON object, so that any later change of any bit is
detected. The checksum detects damage, not malice: the description is checked by those who use it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.checkpoints.header import (
    DTYPES,
    MAX_HEADER_BYTES,
    Header,
    TensorEntry,
    foreign,
    parse_object,
    read_header,
)
from himnet.errors import CheckpointError
from himnet.texts import clipped

_METADATA_KEYS = {"format", "himnet", "sha256"}
_PIECE = 2**22  # values that are read, hashed and converted at a time
Array = NDArray[Any]


def read_description(path: Path, header: Header, expected_format: str) -> dict[str, Any]:
    """Return the JSON object of a sealed file, after checking the metadata's keys.

    Raises:
        CheckpointError: for a file of another kind, or one whose metadata were altered.
    """
    if "himnet" not in header.metadata:
        convert = texts.command(
            "python", "-m", "himnet", "convert", texts.operand(path), "DST.safetensors"
        )
        raise CheckpointError(
            f"{path} has no description, so it is not a checkpoint of this project; convert "
            f"it with: {convert}"
        )
    unknown = sorted(set(header.metadata) - _METADATA_KEYS)
    if unknown:
        raise _altered(path, f"unknown metadata {clipped(unknown)}")
    stated = header.metadata.get("format")
    if stated != expected_format:
        raise CheckpointError(
            f"{path} has the format {clipped(stated, 60)!r}, but {expected_format!r} is needed; "
            f"open it with the version that wrote it, or write it again with this one"
        )
    return parse_object(path, header.metadata["himnet"])


def read_tensors(
    path: Path, header: Header, *, as_float32: bool = False
) -> tuple[dict[str, Array], str]:
    """Read all tensors and return them with the sha256 over tensors and description.

    Only the returned arrays are held in memory as a whole.

    Args:
        path: of the file.
        header: from `read_header`.
        as_float32: turn every type into float32; bfloat16, which NumPy lacks, always is.

    Raises:
        CheckpointError: for a file that changes while it is read, or with a wrong sha256.
    """
    total, arrays = hashlib.sha256(), {}
    try:
        with path.open("rb") as file:
            for name in sorted(header.tensors):
                entry = header.tensors[name]
                total.update(_identity(name, entry.dtype, entry.shape))
                arrays[name] = _read_array(file, entry, total, as_float32)
    except (OSError, ValueError) as error:
        raise foreign(path, f"its tensors cannot be read ({clipped(error)})") from error
    # the text as stored, not its meaning: 1e-05 and 1E-05 are different texts
    total.update(header.metadata.get("himnet", "").encode())
    stated, digest = header.metadata.get("sha256"), total.hexdigest()
    if stated is not None and stated != digest:
        raise _altered(path, "its sha256 does not match")
    return arrays, digest


def read_sealed(
    path: Path, expected_format: str, *, max_bytes: int
) -> tuple[dict[str, Any], dict[str, Array]]:
    """Return the JSON object and the tensors of a sealed file, which must have a sha256.

    Args:
        path: of the file, which may come from anyone.
        expected_format: name and version of this kind of file.
        max_bytes: longer files are refused unread.

    Raises:
        CheckpointError: for a file that is damaged, altered, without a sha256 or of another kind.
    """
    header = read_header(path, max_bytes=max_bytes)
    content = read_description(path, header, expected_format)
    if "sha256" not in header.metadata:
        raise CheckpointError(f"{path} has no sha256, so it cannot be verified; create it again")
    return content, read_tensors(path, header)[0]


def write_sealed(
    path: Path, arrays: Mapping[str, Array], description: Mapping[str, Any], file_format: str
) -> str:
    """Write a sealed file atomically and return its sha256.

    Args:
        path: of the file; its folder is created if necessary.
        arrays: float64, float32, float16, int64 or int32.
        description: JSON types.
        file_format: name and version of this kind of file.

    Raises:
        CheckpointError: for values that JSON cannot express (such as NaN), or if writing fails.
    """
    from safetensors.numpy import save

    names = {dtype: name for name, dtype in DTYPES.items() if name != "BF16"}
    stored = {name: np.asarray(array, order="C") for name, array in arrays.items()}
    total = hashlib.sha256()
    try:
        text = json.dumps(
            description, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False
        )
        for name in sorted(stored):
            total.update(_identity(name, names[stored[name].dtype], stored[name].shape))
            total.update(stored[name].data)
        total.update(text.encode())
    except (TypeError, ValueError, KeyError) as error:
        raise CheckpointError(
            f"the description of {path} cannot be stored ({error}); keep to plain finite values"
        ) from error
    if len(text) > MAX_HEADER_BYTES // 2:  # leaves room for escapes and the table of tensors
        raise CheckpointError(
            f"the description of {path} has {len(text) / 1e6:.1f} MB, but at most "
            f"{MAX_HEADER_BYTES / 2e6:.1f} MB are read back; shorten it"
        )
    digest = total.hexdigest()
    content = save(stored, {"format": file_format, "himnet": text, "sha256": digest})
    try:
        write_atomically(path, content)
    except OSError as error:
        raise CheckpointError(
            f"{path} cannot be written ({error.strerror}); free disk space or choose another folder"
        ) from error
    return digest


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file atomically: it exists completely or not at all.

    Raises:
        OSError: if it cannot be written, with the file's name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        error.filename = str(path)  # none for a full disk, the partial file's for others
        raise
    finally:
        partial.unlink(missing_ok=True)


def _identity(name: str, dtype: str, shape: tuple[int, ...]) -> bytes:
    """Return what is hashed before a tensor's bytes, so that tensors cannot be confused."""
    return json.dumps([name, dtype, list(shape)]).encode()


def _read_array(file: BinaryIO, entry: TensorEntry, total: Any, as_float32: bool) -> Array:
    stored = DTYPES[entry.dtype]
    widen = as_float32 or entry.dtype == "BF16"
    array = np.empty(entry.count, dtype=np.float32 if widen else stored)
    file.seek(entry.start)
    for first in range(0, entry.count, _PIECE):
        count = min(_PIECE, entry.count - first)
        raw = file.read(count * stored.itemsize)
        if len(raw) != count * stored.itemsize:
            raise ValueError("the file became shorter while it was read")
        total.update(raw)
        piece = np.frombuffer(raw, stored)
        if entry.dtype == "BF16":  # the upper halves of float32 values
            piece = (piece.astype(np.uint32) << 16).view(np.float32)
        with np.errstate(over="ignore", invalid="ignore"):  # infinite results are reported later
            array[first : first + count] = piece
    return array.reshape(entry.shape)


def _altered(path: Path, why: str) -> CheckpointError:
    return CheckpointError(f"{path} was altered after it was written: {why}; get the file again")
