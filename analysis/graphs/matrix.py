"""Values of all pairs of sensors as a matrix of bounded size, computed in blocks."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.graphs.learnt import Floats

_BLOCK = 4_000_000  # entries of the matrix that are held at once


def mean_cells(
    values: Callable[[NDArray[np.int64]], Floats],
    order: NDArray[np.int64],
    starts: NDArray[np.int64],
) -> Floats:
    """Return the means (m, m) of blocks of rows and columns, without the diagonal.

    A cell that contains nothing but a diagonal entry is NaN.

    Args:
        values: returns some rows (n, N), such as `LearntGraph.excess`.
        order: (n,) the sensors of the rows and columns, some or all of them, each at most once.
        starts: (m,) where the cells begin in that order, ascending from 0.

    Raises:
        AnalysisError: for no sensors, or starts that do not begin with 0 or end beyond them.
    """
    count = len(order)
    if not count or not len(starts) or starts[0] != 0 or starts[-1] >= count:
        raise AnalysisError(
            f"the cells of a matrix begin at 0 and before its {count} sensors, but these begin at "
            f"{np.asarray(starts)[[0, -1]].tolist() if len(starts) else 'no place'}"
        )
    bounds, sums = np.append(starts, count), np.zeros((len(starts), len(starts)))
    size = max(1, _BLOCK // (int(order.max()) + 1))
    for start in range(0, count, size):
        here = np.arange(start, min(start + size, count))
        rows = values(order[here])[:, order]
        rows[np.arange(len(here)), here] = 0
        cell = np.searchsorted(bounds, here, side="right") - 1
        np.add.at(sums, cell, np.add.reduceat(rows, starts, axis=1))
    sizes = np.diff(bounds).astype(np.float64)
    counts = np.outer(sizes, sizes) - np.diag(sizes)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)
