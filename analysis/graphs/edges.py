"""The largest excesses of a learnt graph, found in blocks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.graphs.learnt import Floats, LearntGraph

MOST_EDGES = 20_000


@dataclass(frozen=True)
class Edges:
    """The largest excesses over other sensors, in descending order.

    Attributes:
        readers: (m,) the row of each: the sensor that reads.
        read: (m,) its column: the sensor that is read.
        excess: (m,) above the row's floor, more than 0.
        total: sum of the excesses among which these are the largest.
    """

    readers: NDArray[np.int64]
    read: NDArray[np.int64]
    excess: Floats
    total: float

    def __len__(self) -> int:
        return len(self.excess)

    @property
    def shares(self) -> Floats:
        """Share (m,) of the total that each edge and all larger ones have together."""
        if not self.total:
            return np.zeros(len(self))
        shares: Floats = np.cumsum(self.excess) / self.total
        return shares

    def first(self, count: int) -> Edges:
        """Return the `count` largest of them."""
        part = slice(0, max(count, 0))
        return Edges(self.readers[part], self.read[part], self.excess[part], self.total)

    def up_to_share(self, share: float) -> Edges:
        """Return the fewest largest ones with a share of the total, or all if that is less.

        Args:
            share: 0 to 1.
        """
        if share <= 0:
            return self.first(0)
        return self.first(int(np.searchsorted(self.shares, share - 1e-12)) + 1)


def largest_edges(
    graph: LearntGraph, count: int = MOST_EDGES, *, readers: NDArray[np.int64] | None = None
) -> Edges:
    """Return the largest excesses over other sensors.

    Args:
        graph: the graph.
        count: the most edges to return.
        readers: (n,) rows to choose from; None for all.

    Raises:
        AnalysisError: for a count that is not 1 to `MOST_EDGES`.
    """
    if not 1 <= count <= MOST_EDGES:
        raise AnalysisError(f"{count} edges were requested; choose 1 to {MOST_EDGES:,}")
    wanted = np.arange(len(graph)) if readers is None else np.unique(readers)
    size = max(1, len(range(*next(graph.blocks()).indices(len(graph)))))
    none = np.empty(0, dtype=np.int64)
    found = Edges(none, none, np.empty(0), 0.0)
    for start in range(0, len(wanted), size):
        rows = wanted[start : start + size]
        excess = graph.excess(rows)
        excess[np.arange(len(rows)), rows] = 0
        found = _merged(found, _largest(excess, rows, count), count)
    return found


def _largest(excess: Floats, rows: NDArray[np.int64], count: int) -> Edges:
    flat = excess.ravel()
    some = np.argpartition(flat, -count)[-count:] if count < len(flat) else np.arange(len(flat))
    some = some[flat[some] > 0]
    row, column = np.divmod(some, excess.shape[1])
    return Edges(rows[row], column.astype(np.int64), flat[some], float(flat.sum()))


def _merged(one: Edges, other: Edges, count: int) -> Edges:
    readers = np.concatenate([one.readers, other.readers])
    read = np.concatenate([one.read, other.read])
    excess = np.concatenate([one.excess, other.excess])
    order = np.lexsort((read, readers, -excess))[:count]  # equal ones in column order
    return Edges(readers[order], read[order], excess[order], one.total + other.total)
