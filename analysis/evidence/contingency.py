"""The agreement of two partitions of the same items, from their contingency table.

The measures are those of scikit-learn without its checks of every input, since null models
compute thousands of them.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Groups = NDArray[np.int64]


def contingency(first: Groups, second: Groups) -> Floats:
    """Return the contingency table (a, b) of partitions (n,) numbered from 0."""
    rows, columns = int(first.max()) + 1, int(second.max()) + 1
    counts = np.bincount(first * columns + second, minlength=rows * columns)
    return counts.reshape(rows, columns).astype(np.float64)


def adjusted_rand(table: Floats) -> float:
    """Return the adjusted Rand index: 1 for equal partitions, 0 on average for random ones.

    Args:
        table: (a, b) from `contingency`.
    """
    together, rows, columns, total = (
        float((counts * (counts - 1)).sum() / 2)
        for counts in (table, table.sum(axis=1), table.sum(axis=0), table.sum())
    )
    if rows == columns == together:  # equal, for example two partitions of one group each
        return 1.0
    expected = rows * columns / total
    return (together - expected) / ((rows + columns) / 2 - expected)


def normalised_mutual_information(table: Floats) -> float:
    """Return the mutual information divided by the mean of both entropies, 0 to 1.

    Args:
        table: (a, b) from `contingency`.
    """
    shares = table / table.sum()
    rows, columns = shares.sum(axis=1), shares.sum(axis=0)
    entropies = _entropy(rows) + _entropy(columns)
    if entropies == 0:  # one group each
        return 1.0
    shared = entropies - _entropy(shares.ravel())
    return max(0.0, 2 * shared / entropies)


def purity(table: Floats) -> float:
    """Return the share of members in the group (row) that most of their own (column) are in.

    Args:
        table: (a, b) from `contingency`.
    """
    return float(table.max(axis=0).sum() / table.sum())


def _entropy(shares: Floats) -> float:
    known = shares[shares > 0]
    return -float((known * np.log(known)).sum())
