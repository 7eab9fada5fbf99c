"""A learnt graph, and the parts of its rows: floor, self and others.

A = softmax(relu(S)) by rows (equations 9 and 11 of the paper), where the scores S = L R^T are the
inner products of embeddings. No entry is zero, whatever is learnt: each row gives every sensor the
floor 1 / sum_j exp(relu(s_ij)), and only the excess A_ij - floor_i, which is exactly 0 where
s_ij <= 0, is learnt.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError

Floats = NDArray[np.float64]
_BLOCK = 4_000_000  # entries of the matrix that are held at once


@dataclass(frozen=True)
class Rows:
    """The parts of each row; floor, own and others sum to 1.

    Attributes:
        floor: (N,) what the row gives to all sensors alike, N times its floor.
        own: (N,) excess on the diagonal.
        others: (N,) sum of the excesses over other sensors.
        largest: (N,) largest weight of another sensor.
        effective: (N,) exp(entropy) of the excesses over others, scaled to sum to 1: the number of
            equal neighbours that would be as spread out; 0 for a row without such an excess.
        read: (N,) sum of each column's excesses in the rows of others: how much it is read.
    """

    floor: Floats
    own: Floats
    others: Floats
    largest: Floats
    effective: Floats
    read: Floats


@dataclass(frozen=True, eq=False)
class LearntGraph:
    """softmax(relu(L R^T)); computed in blocks of rows, never as a whole.

    Attributes:
        left: (N, d) L; row i determines how sensor i reads the others.
        right: (N, d) R; row j determines how sensor j is read.
    """

    left: Floats = field(repr=False)
    right: Floats = field(repr=False)

    def __len__(self) -> int:
        return len(self.left)

    @property
    def is_symmetric(self) -> bool:
        """Whether the scores are symmetric, so that only the normalisation has a direction."""
        return self.left is self.right or np.array_equal(self.left, self.right)

    def scores(self, rows: slice | NDArray[np.int64] = slice(None)) -> Floats:
        """Return the scores (n, N) of some rows, before relu."""
        found: Floats = self.left[rows] @ self.right.T
        return found

    def weights(self, rows: slice | NDArray[np.int64] = slice(None)) -> Floats:
        """Return some rows (n, N) of A."""
        return self._parts(rows)[0]

    def excess(self, rows: slice | NDArray[np.int64] = slice(None)) -> Floats:
        """Return the excesses (n, N) of some rows over their floors, with the diagonal."""
        weights, floor = self._parts(rows)
        return weights - floor

    def blocks(self) -> Iterator[slice]:
        """Yield all rows in blocks of bounded size."""
        size = max(1, _BLOCK // max(len(self), 1))
        for start in range(0, len(self), size):
            yield slice(start, min(start + size, len(self)))

    def _parts(self, rows: slice | NDArray[np.int64]) -> tuple[Floats, Floats]:
        """Return weights (n, N) and floors (n, 1) of some rows."""
        scores = np.maximum(self.scores(rows), 0)
        top = scores.max(axis=1, keepdims=True)
        weights: Floats = np.exp(scores - top)
        total = weights.sum(axis=1, keepdims=True)
        # computed like a weight, so that a score of 0 has an excess of exactly 0
        return weights / total, np.exp(-top) / total

    @cached_property
    def rows(self) -> Rows:
        """The parts of all rows."""
        return self.rows_of(np.arange(len(self)))

    def rows_of(self, chosen: NDArray[np.int64]) -> Rows:
        """Return the parts of some rows (n,); `read` (N,) is summed over these rows only."""
        count = len(chosen)
        floor, own, others, largest, effective = np.zeros((5, count))
        read = np.zeros(len(self))
        size = max(1, _BLOCK // max(len(self), 1))
        for start in range(0, count, size):
            block = slice(start, min(start + size, count))
            rows, here = chosen[block], np.arange(len(chosen[block]))
            weights, floors = self._parts(rows)
            excess = weights - floors
            own[block] = excess[here, rows]
            floor[block] = len(self) * floors[:, 0]
            excess[here, rows] = 0
            weights[here, rows] = 0
            others[block], read[:] = excess.sum(axis=1), read + excess.sum(axis=0)
            largest[block], effective[block] = weights.max(axis=1), _spread(excess)
        return Rows(floor, own, others, largest, effective, read)


def learnt_graph(
    left: NDArray[np.floating], right: NDArray[np.floating] | None = None
) -> LearntGraph:
    """Return the graph of embeddings.

    Args:
        left: (N, d), E_s for the encoders' graph, E_st of one moment for the decoder's.
        right: (N, d) of the sensors that are read; None for the same.

    Raises:
        AnalysisError: for embeddings that are not two matrices of one shape, or not finite.
    """
    rows = np.asarray(left, dtype=np.float64)
    columns = rows if right is None else np.asarray(right, dtype=np.float64)
    if rows.ndim != 2 or rows.shape != columns.shape or not rows.size:
        raise AnalysisError(
            f"a graph needs an embedding for each sensor, but these have the shapes {rows.shape} "
            f"and {columns.shape} instead of (N, d) both"
        )
    if not (np.isfinite(rows).all() and np.isfinite(columns).all()):
        raise AnalysisError(
            "the embeddings contain values that are not finite, so no graph follows"
        )
    return LearntGraph(rows, columns)


def _spread(excess: Floats) -> Floats:
    """Return exp(entropy) (n,) of non-negative rows (n, N), each scaled to sum to 1; 0 for none."""
    total = excess.sum(axis=1, keepdims=True)
    share = np.divide(excess, total, out=np.zeros_like(excess), where=total > 0)
    terms = np.zeros_like(share)
    np.log(share, out=terms, where=share > 0)
    entropy = -(share * terms).sum(axis=1)
    found: Floats = np.where(total[:, 0] > 0, np.exp(entropy), 0.0)
    return found
