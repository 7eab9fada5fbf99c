"""Similarity of two sets of vectors of the same items, whatever their axes: CKA and RSA.

Kornblith et al. (2019), linear centred kernel alignment: with centred X (n, p) and Y (n, q),
CKA = ||Y^T X||_F^2 / (||X^T X||_F ||Y^T Y||_F). Kriegeskorte et al. (2008), representational
similarity analysis: the rank correlation of the similarities of all pairs. Neither changes if
one set is rotated or scaled.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.evidence.agreement import PERMUTATIONS, permuted_within
from analysis.evidence.statistic import Statistic, against
from analysis.geometry.clustering import Labels
from analysis.geometry.similarity import Floats, cosine_matrix
from analysis.patterns.hours import HOURS_PER_DAY
from himnet.config import DAYS_PER_WEEK

FEWEST_THINGS = 4  # fewer have too few pairs to correlate


@dataclass(frozen=True, eq=False)
class Rearrangements:
    """Orders in which the items of one set are paired with those of the other.

    Attributes:
        orders: (draws, n) positions.
        null: the null model in words.
        ways: how many different orders there are.
    """

    orders: NDArray[np.int64]
    null: str
    ways: float


def sensor_rearrangements(
    count: int, *, cells: Labels | None = None, draws: int = PERMUTATIONS, seed: int = 0
) -> Rearrangements:
    """Permute sensors: among all, or within neighbourhoods, which preserves their proximity.

    Args:
        count: of sensors, N.
        cells: (N,) from `analysis.evidence.agreement.neighbourhoods`; None permutes all.
        draws, seed: of the null model.
    """
    rng = np.random.default_rng(seed)
    where = np.zeros(count, dtype=np.int64) if cells is None else cells
    orders = [permuted_within(np.arange(count), where, rng) for _ in range(draws)]
    null = "sensors permuted" if cells is None else "sensors permuted within neighbourhoods"
    ways = math.prod(_factorial(int(size)) for size in np.bincount(where))
    return Rearrangements(np.array(orders), null, ways)


def week_rearrangements(*, draws: int = PERMUTATIONS, seed: int = 0) -> Rearrangements:
    """Permute the hours of the day, and separately the days of the week.

    The 168 temporal meta-parameters are a time-of-day part plus a day part in any model.
    Permuting all 168 would destroy that, and any two models would then appear similar.
    """
    rng = np.random.default_rng(seed)
    orders = [
        (
            rng.permutation(DAYS_PER_WEEK)[:, None] * HOURS_PER_DAY + rng.permutation(HOURS_PER_DAY)
        ).ravel()
        for _ in range(draws)
    ]
    ways = _factorial(DAYS_PER_WEEK) * _factorial(HOURS_PER_DAY)
    return Rearrangements(np.array(orders), "hours and days permuted", ways)


def linear_cka(first: NDArray[Any], second: NDArray[Any], among: Rearrangements) -> Statistic:
    """Return the linear CKA of vectors (n, p) and (n, q), 0 to 1, and its null model.

    Two unrelated sets have a CKA well above 0 unless n is much larger than p and q: compare with
    the null model. NaN if all vectors of a set are equal.

    Args:
        first: (n, p).
        second: (n, q) of the same n items in the same order.
        among: how the null model rearranges the second.

    Raises:
        AnalysisError: for sets of different or too few items, or values that are not finite.
    """
    first, second = _checked(first, second)
    first, second = first - first.mean(axis=0), second - second.mean(axis=0)
    scale = float(np.linalg.norm(first.T @ first) * np.linalg.norm(second.T @ second))

    def cka(order: NDArray[np.int64]) -> float:
        shared = float(np.square(second[order].T @ first).sum())
        return shared / scale if scale > 0 else float("nan")

    return _against(cka, len(first), among)


def rsa(
    first: NDArray[Any],
    second: NDArray[Any],
    among: Rearrangements,
    *,
    centred: bool = False,
) -> Statistic:
    """Return Spearman's correlation of the cosines of all pairs, -1 to 1, and its null model.

    NaN if all pairs of a set are equally similar. Pairs with a vector of length 0 in either set
    are ignored.

    Args:
        first: (n, p).
        second: (n, q) of the same n items in the same order.
        among: how the null model rearranges the second.
        centred: compare centred cosines.

    Raises:
        AnalysisError: as `linear_cka`.
    """
    first, second = _checked(first, second)
    one, other = (_ranked(cosine_matrix(points, centred=centred)) for points in (first, second))
    return _against(_correlation(one, other), len(first), among)


def _correlation(one: Floats, other: Floats) -> Callable[[NDArray[np.int64]], float]:
    """Return what correlates the pairs of two rank matrices, the second in a given order."""
    off = ~np.eye(len(one), dtype=bool)
    if not (np.isfinite(one[off]).all() and np.isfinite(other[off]).all()):
        return _correlation_of_known(one, other)
    # no order changes mean and spread of all pairs: a correlation is one product of matrices
    units = []
    for ranks in (one, other):
        if np.ptp(ranks[off]) == 0:
            return lambda order: float("nan")
        found = np.where(off, ranks - ranks[off].mean(), 0.0)
        units.append(found / np.linalg.norm(found))
    fixed, moving = units
    return lambda order: float(np.vdot(fixed, np.take(moving[order], order, axis=1)))


def _correlation_of_known(one: Floats, other: Floats) -> Callable[[NDArray[np.int64]], float]:
    """Return what correlates the pairs that both matrices know."""
    rows, columns = np.triu_indices(len(one), 1)
    fixed = one[rows, columns]

    def correlation(order: NDArray[np.int64]) -> float:
        moved = other[order[rows], order[columns]]
        known = np.isfinite(fixed) & np.isfinite(moved)
        if not known.any() or min(np.ptp(fixed[known]), np.ptp(moved[known])) == 0:
            return float("nan")
        return float(np.corrcoef(fixed[known], moved[known])[0, 1])

    return correlation


def _ranked(cosines: Floats) -> Floats:
    """Return the ranks of the pairs of a matrix (n, n) in both of its triangles; NaN is kept."""
    from scipy.stats import rankdata

    rows, columns = np.triu_indices(len(cosines), 1)
    ranks = np.full(cosines.shape, np.nan)
    # rounding must not rank equal similarities
    ranks[rows, columns] = rankdata(np.round(cosines[rows, columns], 12), nan_policy="omit")
    ranks[columns, rows] = ranks[rows, columns]
    return ranks


def _against(
    measure: Callable[[NDArray[np.int64]], float], count: int, among: Rearrangements
) -> Statistic:
    if among.orders.shape[-1] != count:
        raise AnalysisError(
            f"{count} vectors cannot be rearranged by orders of {among.orders.shape[-1]}; give "
            f"orders of the same length"
        )
    drawn = [measure(order) for order in among.orders]
    return against(measure(np.arange(count)), drawn, null=among.null, ways=among.ways)


def _factorial(count: int) -> float:
    return float(math.factorial(count)) if count <= 20 else math.inf


def _checked(first: NDArray[Any], second: NDArray[Any]) -> tuple[Floats, Floats]:
    first, second = (np.asarray(points, dtype=np.float64) for points in (first, second))
    if len(first) != len(second) or len(first) < FEWEST_THINGS:
        raise AnalysisError(
            f"{len(first)} and {len(second)} vectors cannot be compared; give {FEWEST_THINGS} or "
            f"more vectors of the same items in the same order"
        )
    if not (np.isfinite(first).all() and np.isfinite(second).all()):
        raise AnalysisError("the vectors to compare are not all finite; check the weights")
    return first, second
