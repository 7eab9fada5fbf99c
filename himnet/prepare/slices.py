"""How many rows are held at a time, and what becomes of their numbers."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

_VALUES_HELD = 4 * 2**20  # 16 MB of float32


def rows_held(width: int) -> int:
    """Return the rows of `width` values each that are held at a time; at least 1."""
    return max(1, _VALUES_HELD // max(1, width))


def spans(length: int, width: int, *, least: int = 1) -> Iterator[tuple[int, int]]:
    """Yield start and stop of consecutive rows, few enough to be held in memory.

    Args:
        length: rows in all.
        width: values of a row.
        least: rows that are unpacked together anyway, such as those of an HDF5 chunk.
    """
    step = max(rows_held(width) // least * least, min(least, 16 * rows_held(width)))
    for start in range(0, length, step):
        yield start, min(start + step, length)


def as_float32(values: NDArray[Any]) -> NDArray[np.float32]:
    """Return values as float32; those beyond its range become infinite, which is refused later."""
    with np.errstate(over="ignore"):
        return np.ascontiguousarray(values, dtype=np.float32)
