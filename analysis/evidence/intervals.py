"""Means with bootstrap intervals: days are resampled, since windows of one day are correlated.

Sums and counts are stored for each day and divided once at the end, so that a day with many
missing readings has the small weight that it should have.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.limits import SAMPLE, evenly, is_large

Floats = NDArray[np.float64]
DRAWS = 999
EDGES = (0.025, 0.975)


@dataclass(frozen=True)
class Interval:
    """A mean and the 95 % percentile interval of a bootstrap.

    Attributes:
        value: the mean; NaN if there was nothing to average.
        low, high: NaN if fewer than two days have values.
        days: number of days with values.
    """

    value: float
    low: float
    high: float
    days: int


def by_day(values: NDArray[Any], days: NDArray[np.int64]) -> Floats:
    """Sum the values of each day.

    Args:
        values: (n, ...) of windows.
        days: (n,) the day of each window.

    Returns:
        (D, ...) in the order of the days.
    """
    _, place = np.unique(days, return_inverse=True)
    sums = np.zeros((int(place.max(initial=-1)) + 1, *values.shape[1:]))
    np.add.at(sums, place, values)
    return sums


def mean_interval(sums: Floats, counts: Floats, *, draws: int = DRAWS, seed: int = 0) -> Interval:
    """Return the mean of sums and counts (D,) or (D, P), with an interval.

    Days are drawn with replacement; in a table (D, P), columns are too, independently, so that the
    interval generalises to other sensors.

    Args:
        sums: of each day, and of each column.
        counts: number of values in each sum.
        draws, seed: of the bootstrap.
    """
    if not sums.size:
        return Interval(float("nan"), float("nan"), float("nan"), 0)
    sums, counts = (table.reshape(len(table), -1) for table in (sums, counts))
    rng = np.random.default_rng(seed)
    total = counts.sum()
    value = float(sums.sum() / total) if total else float("nan")
    days = int((counts.sum(axis=1) > 0).sum())
    if days < 2:
        return Interval(value, float("nan"), float("nan"), days)
    of_days = _weights(rng, draws, len(sums))
    columns = sums.shape[1]
    of_columns = _weights(rng, draws, columns) if columns > 1 else np.ones((draws, 1))
    top, bottom = (((of_days @ table) * of_columns).sum(axis=1) for table in (sums, counts))
    found = top[bottom > 0] / bottom[bottom > 0]
    low, high = (float(edge) for edge in np.quantile(found, EDGES))
    return Interval(value, low, high, days)


def cell_intervals(
    sums: Floats, counts: Floats, *, draws: int = DRAWS, seed: int = 0
) -> tuple[Floats, Floats]:
    """Return the edges of each cell's interval; only days are resampled.

    Args:
        sums: (D, ...).
        counts: (D, ...), of the same shape or one that broadcasts to it.
        draws, seed: of the bootstrap.

    Returns:
        low and high (...), NaN where fewer than two days have values.
    """
    counts = np.broadcast_to(counts, sums.shape)
    rows = _bundled((sums, counts))
    weights = _weights(np.random.default_rng(seed), draws, len(rows[0]))
    top, bottom = (np.tensordot(weights, table, axes=1) for table in rows)
    means = np.divide(top, bottom, out=np.zeros_like(top), where=bottom > 0)
    # a draw of days without readings is undefined and is ignored
    means = np.where(bottom > 0, means, np.nan)
    told = (counts > 0).sum(axis=0) >= 2
    edges = np.full((2, *sums.shape[1:]), np.nan)
    if told.any():
        edges[:, told] = np.nanquantile(means[:, told], EDGES, axis=0)
    return edges[0], edges[1]


def _bundled(tables: Sequence[Floats]) -> list[Floats]:
    """Sum the rows (n, ...) of tables in random bundles, the same for each table, if n is large.

    Bundles drawn with replacement give the same interval as rows drawn so, without a matrix of
    weights of several gigabytes.
    """
    count = len(tables[0])
    if not is_large(count):
        return list(tables)
    order = np.random.default_rng(0).permutation(count)
    starts = evenly(count, SAMPLE)
    return [np.add.reduceat(table[order], starts, axis=0) for table in tables]


def _weights(rng: np.random.Generator, draws: int, count: int) -> Floats:
    """Return how often each item occurs in each draw with replacement."""
    return rng.multinomial(count, np.full(count, 1 / count), size=draws).astype(np.float64)
