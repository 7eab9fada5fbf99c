"""Graphs of sensors in the field's files, and the sensor ids that come with them.

A ``.pkl`` such as DCRNN's ``adj_mx.pkl``, ``(ids, id_to_index, W)``, is not unpickled: its
instructions are followed by `himnet.data.plain_pickles`, which makes arrays of numbers and nothing
else.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.hdf5 import text_of
from himnet.data.plain_pickles import Made, Unknown, plain_value
from himnet.errors import DataError
from himnet.limits import MAX_SENSORS
from himnet.prepare.npy import Npy, is_archive_of_arrays, is_npy, read_header, read_headers

_MOST_BYTES = 2**29  # of a pickle: 8,000 sensors as float64
_PICKLE_STARTS = (b"\x80", b"(", b"]", b"}", b"c")
_AGAIN = "save the matrix with numpy.save, or as a CSV with the columns from, to, cost"
_ENDS = (("from", "to"), ("source", "target"), ("src", "dst"), ("i", "j"))
_COSTS = ("cost", "weight", "distance", "dist", "value")


@dataclass(frozen=True, eq=False)
class Adjacency:
    """A graph of N sensors, as a file has it.

    Attributes:
        weights: (N, N) float32, row to column; what is not listed is 0.
        ids: N sensor ids, or None if the file has none.
    """

    weights: NDArray[np.float32]
    ids: tuple[str, ...] | None = None


def is_pickle(path: Path) -> bool:
    """Whether a file is a pickle by its name and its first byte."""
    if path.suffix.casefold() not in (".pkl", ".pickle", ".p"):
        return False
    try:
        with path.open("rb") as file:
            return file.read(1) in _PICKLE_STARTS
    except OSError:
        return False


def read_adjacency(path: Path) -> Adjacency:
    """Read a graph from a ``.pkl``, ``.npy``, ``.npz`` or a CSV of from, to, cost.

    Raises:
        DataError: for a file that is none of these, damaged, oversized, or a pickle that would
            call anything but NumPy's constructors of arrays.
    """
    if is_npy(path):
        return Adjacency(_matrix(path, _loaded(read_header(path))))
    if is_archive_of_arrays(path):
        return _of_archive(path)
    if is_pickle(path):
        return _of_pickle(path)
    return _of_table(path)


def _of_archive(path: Path) -> Adjacency:
    arrays = read_headers(path)
    square = [a for a in arrays.values() if len(a.shape) == 2 and a.shape[0] == a.shape[1]]
    if len(square) != 1:
        listed = ", ".join(f"{array.name} {array.shape}" for array in arrays.values())
        raise DataError(
            f"{path} must have one matrix (sensors, sensors), but it has "
            f"{texts.clipped(listed) or 'none'}; {_AGAIN}"
        )
    return Adjacency(_matrix(path, _loaded(square[0])))


def _loaded(array: Npy) -> NDArray[Any]:
    return array.load()


def _matrix(path: Path, weights: Any) -> NDArray[np.float32]:
    """Return a checked matrix.

    Raises:
        DataError: for anything but finite numbers (N, N).
    """
    is_array = isinstance(weights, np.ndarray) and weights.dtype.kind in "biuf"
    if not is_array or weights.ndim != 2 or len({*weights.shape}) != 1 or not weights.size:
        found = f"{weights.dtype} {weights.shape}" if isinstance(weights, np.ndarray) else "none"
        raise DataError(
            f"{path} must have a matrix of numbers (sensors, sensors), not {found}; {_AGAIN}"
        )
    with np.errstate(over="ignore"):
        matrix = np.ascontiguousarray(weights, dtype=np.float32)
    if not np.isfinite(matrix).all():
        raise DataError(f"the matrix in {path} has weights that are not finite; {_AGAIN}")
    return matrix


# Pickles.


class _Dtype(Made):
    """A type of numbers of a fixed size, as NumPy pickles it."""

    def __init__(self, code: Any = "", *_: Any) -> None:
        text = code.decode("latin-1") if isinstance(code, bytes) else str(code)
        if len(text) > 4 or text[:1] not in ("b", "i", "u", "f", "S", "U"):
            raise ValueError(f"an array of type '{text[:20]}'")
        self.dtype = np.dtype(text)

    def build(self, state: Any) -> None:
        """Take the byte order; nothing else of a type can be set."""
        if text_of(state[1]) == ">":
            self.dtype = self.dtype.newbyteorder(">")
        size = state[5]
        if self.dtype.kind in "SU" and isinstance(size, int) and 0 < size < 2_000:
            width = size // 4 if self.dtype.kind == "U" else size
            self.dtype = np.dtype(f"{self.dtype.str[0]}{self.dtype.kind}{width}")


class _Array(Made):
    """An array that gets its values afterwards, as NumPy pickles it."""

    def __init__(self, *_: Any) -> None:
        self.array: NDArray[Any] | None = None

    def build(self, state: Any) -> None:
        """Take version, shape, type, order and values."""
        shape, dtype, fortran, raw = state[-4:]
        self.array = _values(raw, dtype, shape, "F" if fortran else "C")


def _values(raw: Any, dtype: Any, shape: Any, order: Any = "C") -> NDArray[Any]:
    """Return the array of some bytes, with as many values as they are."""
    if not isinstance(dtype, _Dtype) or not isinstance(shape, tuple):
        raise ValueError("an array of objects")
    if not all(type(size) is int and size >= 0 for size in shape) or len(shape) > 4:
        raise ValueError("an array of an impossible shape")
    given = raw.encode("latin-1") if isinstance(raw, str) else bytes(raw)  # str: from Python 2
    if len(given) != math.prod(shape) * dtype.dtype.itemsize:
        raise ValueError(f"an array of shape {shape} with {len(given):,} bytes")
    return np.frombuffer(given, dtype.dtype).reshape(shape, order="F" if order == "F" else "C")


def _of_buffer(raw: Any, dtype: Any, shape: Any, order: Any) -> Any:
    made = _Array()
    made.array = _values(raw, dtype, shape, order)
    return made


def _scalar(dtype: Any, raw: Any = b"") -> Any:
    return _values(raw, dtype, ()).item()


def _encode(text: Any, encoding: Any = "latin1") -> bytes:
    if not isinstance(text, str) or encoding not in ("latin1", "latin-1"):
        raise ValueError("a text in another encoding")
    return text.encode("latin-1")


_CALLS: dict[str, Callable[..., Any]] = {
    "numpy dtype": _Dtype,
    "_codecs encode": _encode,
    **{
        f"numpy.{core}.{function}": ours
        for core in ("core", "_core")
        for function, ours in (
            ("multiarray _reconstruct", _Array),
            ("multiarray scalar", _scalar),
            ("numeric _frombuffer", _of_buffer),
        )
    },
}


def _of_pickle(path: Path) -> Adjacency:
    """Read ``(ids, id_to_index, W)`` or a matrix alone."""
    if path.stat().st_size > _MOST_BYTES:
        raise DataError(
            f"{path} has {path.stat().st_size / 1e6:,.0f} MB; graphs in pickles are read up to "
            f"{_MOST_BYTES / 1e6:,.0f} MB; {_AGAIN}"
        )
    try:
        found = plain_value(path.read_bytes(), _CALLS, most=_MOST_BYTES)
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read ({texts.clipped(error)}); {_AGAIN}") from error
    parts = list(found) if isinstance(found, list | tuple) else [found]
    foreign = [part.name for part in parts if isinstance(part, Unknown)]
    if foreign:
        raise DataError(
            f"{path} contains more than ids and a matrix: it would call "
            f"'{texts.clipped(foreign[0], 80)}', so it was not read; {_AGAIN}"
        )
    arrays = [part.array for part in parts if isinstance(part, _Array)]
    matrix = _matrix(path, arrays[-1] if arrays else None)
    return Adjacency(matrix, _ids(path, parts, len(matrix)))


def _ids(path: Path, parts: list[Any], count: int) -> tuple[str, ...] | None:
    """Return the ids of a pickle: a list or array of N, or the keys of the dict id to index."""
    for part in parts:
        if isinstance(part, _Array) and part.array is not None and part.array.ndim == 1:
            part = part.array.tolist()
        plain = isinstance(part, list | tuple) and len(part) == count
        if plain and all(isinstance(one, str | bytes | int) for one in part):
            return _unique(path, tuple(map(text_of, part)))
        if isinstance(part, dict) and sorted(map(repr, part.values())) == sorted(
            map(repr, range(count))
        ):
            return _unique(path, tuple(text_of(key) for key in sorted(part, key=part.__getitem__)))
    return None


def _unique(path: Path, ids: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(ids)) != len(ids):
        raise DataError(f"the sensor ids in {path} are not unique; correct them")
    return ids


# Tables of distances.


def _of_table(path: Path) -> Adjacency:
    """Read a CSV with the columns from, to and cost; sensors in the order in which they occur."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path} cannot be read ({texts.clipped(error)}); {_AGAIN}") from error
    columns = [name.casefold() for name in rows[0]] if rows else []
    ends = next((pair for pair in _ENDS if set(pair) <= set(columns)), None)
    cost = next((name for name in _COSTS if name in columns), None)
    if ends is None or cost is None:
        raise DataError(
            f"{path} has the columns {texts.clipped(', '.join(columns)) or 'none'}; a graph needs "
            f"from, to, cost"
        )
    wanted = [columns.index(name) for name in (*ends, cost)]
    return _of_rows(path, rows[1:], wanted)


def _of_rows(path: Path, rows: list[list[str]], wanted: list[int]) -> Adjacency:
    place: dict[str, int] = {}
    links: list[tuple[int, int, float]] = []
    for number, row in enumerate(rows, start=2):
        try:
            start, end, cost = (row[column] for column in wanted)
            pair = [place.setdefault(name, len(place)) for name in (start, end)]
            links.append((pair[0], pair[1], float(cost)))
        except (ValueError, IndexError) as error:
            raise DataError(
                f"line {number} of {path} is '{texts.clipped(','.join(row), 60)}'; it must have "
                f"from, to and cost"
            ) from error
    if not 0 < len(place) <= MAX_SENSORS // 4:
        raise DataError(
            f"{path} lists {len(place):,} sensors; a graph has 1 to {MAX_SENSORS // 4:,}"
        )
    weights = np.zeros((len(place), len(place)))
    for start_at, end_at, weight in links:
        weights[start_at, end_at] = weight
    return Adjacency(_matrix(path, weights), tuple(place))
