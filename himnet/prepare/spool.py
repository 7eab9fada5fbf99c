"""Readings on disk while they are put in order, so that memory does not grow with their number."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

import numpy as np
from numpy.typing import NDArray

from himnet.errors import DataError

MAX_READINGS = 1 << 32  # 17 GB in float32
BLOCK_READINGS = 1 << 21  # 8 MB in float32
_WIDTH = np.dtype(np.float32).itemsize
_MOST_PARTS = 200
_TRIPLE = np.dtype([("row", np.int64), ("column", np.int32), ("value", np.float32)])


class Spool:
    """A temporary file of rows of n readings, which are appended in order and read in any.

    Args:
        width: readings per row, n.

    Attributes:
        code: the reading that means none, which is read as NaN; or None.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self.length = 0
        self.code: float | None = None
        self._file = _temporary()

    def append(self, values: NDArray[np.floating]) -> None:
        """Append rows (t, n)."""
        self.length += len(values)
        check_size(self.length, self.width)
        with _writing():
            self._file.seek(0, 2)
            self._file.write(np.ascontiguousarray(values, dtype=np.float32).tobytes())

    def rows(self, order: NDArray[np.int64]) -> NDArray[np.float32]:
        """Return the rows (t, n) of these numbers; -1 gives a row of NaN."""
        values = np.full((len(order), self.width), np.nan, dtype=np.float32)
        breaks = np.flatnonzero(np.diff(order) != 1) + 1
        for begin, end in zip([0, *breaks], [*breaks, len(order)], strict=True):
            if begin < end and order[begin] >= 0:
                values[begin:end] = self._read(int(order[begin]), 0, end - begin, self.width)
        if self.code is not None:
            values[values == np.float32(self.code)] = np.nan
        return values

    def part(self, first: int, last: int) -> NDArray[np.float32]:
        """Return readings `first` to `last` - 1 of every row, (rows, last - first)."""
        values = np.empty((self.length, last - first), dtype=np.float32)
        for row in range(self.length):
            values[row] = self._read(row, first, 1, last - first)[0]
        return values

    def _read(self, row: int, column: int, rows: int, width: int) -> NDArray[np.float32]:
        self._file.seek((row * self.width + column) * _WIDTH)
        raw = self._file.read(rows * width * _WIDTH)
        return np.frombuffer(raw, dtype=np.float32).reshape(rows, width)

    def close(self) -> None:
        """Remove the file."""
        self._file.close()


class Scattered:
    """Readings that come one by one in any order, and go as dense blocks of rows.

    Args:
        rows, columns: of the whole array.

    Attributes:
        repeated: readings that came again with the same value.
        contradicting: readings that came again with another value, of which the first is kept.
        contradiction: row and column of the first of these, or None.
    """

    def __init__(self, rows: int, columns: int) -> None:
        check_size(rows, columns)
        self.columns, self._rows = columns, rows
        self.repeated = self.contradicting = 0
        self.contradiction: tuple[int, int] | None = None
        self._step = max(1, BLOCK_READINGS // columns, -(-rows // _MOST_PARTS))
        self._files = [_temporary() for _ in range(0, rows, self._step)]

    def add(
        self, rows: NDArray[np.int64], columns: NDArray[np.int64], values: NDArray[np.floating]
    ) -> None:
        """Add m readings at (m,) rows and columns."""
        triples = np.empty(len(rows), dtype=_TRIPLE)
        triples["row"], triples["column"], triples["value"] = rows, columns, values
        parts = rows // self._step
        order = np.argsort(parts, kind="stable")
        edges = np.searchsorted(parts[order], np.arange(len(self._files) + 1))
        with _writing():
            for number, file in enumerate(self._files):
                if edges[number] < edges[number + 1]:
                    file.write(triples[order[edges[number] : edges[number + 1]]].tobytes())

    def blocks(self) -> Iterator[tuple[int, NDArray[np.float32]]]:
        """Yield the number of the first row of each block, and its readings."""
        for number, file in enumerate(self._files):
            first = number * self._step
            values = np.full(
                (min(self._step, self._rows - first), self.columns), np.nan, np.float32
            )
            file.seek(0)
            while raw := file.read(_TRIPLE.itemsize << 18):
                self._put(np.frombuffer(raw, dtype=_TRIPLE), first, values)
            yield first, values

    def close(self) -> None:
        """Remove the files."""
        for file in self._files:
            file.close()

    def _put(self, triples: NDArray[np.void], first: int, values: NDArray[np.float32]) -> None:
        """Put readings into a block; the first of each cell stays."""
        flat = values.reshape(-1)
        cells = (triples["row"] - first) * self.columns + triples["column"]
        there = np.isfinite(triples["value"])
        cells, found = cells[there], triples["value"][there]
        _, once = np.unique(cells, return_index=True)
        empty = once[np.isnan(flat[cells[once]])]
        flat[cells[empty]] = found[empty]
        again = np.ones(len(cells), dtype=bool)
        again[empty] = False
        differs = again & (flat[cells] != found)
        self.repeated += int((again & ~differs).sum())
        self.contradicting += int(differs.sum())
        if self.contradiction is None and differs.any():
            row, column = divmod(int(cells[differs.argmax()]), self.columns)
            self.contradiction = (row + first, column)


def _temporary() -> IO[bytes]:
    with _writing():
        return tempfile.TemporaryFile()


@contextmanager
def _writing() -> Iterator[None]:
    """Report a full disk in one sentence."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"temporary files cannot be written ({error.strerror or error}); free disk space, or "
            f"name another folder for them with the environment variable TMPDIR"
        ) from error


def check_size(steps: int, sensors: int) -> None:
    """Refuse more readings than any data set has.

    Raises:
        DataError: with the numbers.
    """
    if steps * sensors > MAX_READINGS:
        raise DataError(
            f"{steps:,} steps of {sensors:,} sensors are more readings than the {MAX_READINGS:,} "
            f"that are supported; give fewer of them"
        )
