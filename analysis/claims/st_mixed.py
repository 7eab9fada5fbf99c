"""Claims about ST-mixed meta-parameters: clusters at a moment, and divergence with speeds."""

from __future__ import annotations

import math
from itertools import combinations, permutations

import numpy as np
from numpy.typing import NDArray

from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.moments import period_mean
from analysis.claims.result import Beside
from analysis.errors import AnalysisError
from analysis.evidence.agreement import against_permuted
from analysis.evidence.statistic import Statistic, against
from analysis.geometry.clustering import Labels
from analysis.geometry.similarity import Floats, unit_rows
from analysis.patterns.over_a_day import cosine_excess, excess
from analysis.readings.series import group_means, known_mean

_FEWEST = 10  # moments with speeds of both clusters, for a rank correlation


def within_excess(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Measure by how much cosines within clusters exceed those across, over the periods."""
    cosines = period_mean(view.st_coordinates, ground.moments)
    return against_permuted(
        lambda labels: excess(cosines, labels), view.labels, ground.cells, draws=draws, seed=seed
    )


def within_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return the same, compared with labels permuted among all sensors."""
    cosines = period_mean(view.st_coordinates, ground.moments)
    freely = cosine_excess(cosines, view.labels, draws=draws, seed=seed)
    return (Beside.of("the same, labels permuted among all sensors", freely),)


def within_excess_of(view: ModelView, ground: Ground) -> float:
    """Return the statistic of `within_excess`."""
    return excess(period_mean(view.st_coordinates, ground.moments), view.labels)


def divergence(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Measure how the cosine of two clusters falls as their speeds diverge, over seven days."""
    correlations = _correlations(view.st_differences, view.labels, ground)
    return pair_contrast(correlations, draws=draws, seed=seed)


def divergence_of(view: ModelView, ground: Ground) -> float:
    """Return the statistic of `divergence`."""
    cosines, gaps = _series(view.st_differences, view.labels, ground)
    if np.isfinite(gaps).all():
        return -known_mean(_rank_correlation(cosines, gaps))
    own = [_spearman(cosine[None], gap)[0] for cosine, gap in zip(cosines, gaps, strict=True)]
    return -known_mean(np.array(own))


def divergence_beside(
    view: ModelView, ground: Ground, *, draws: int, seed: int
) -> tuple[Beside, ...]:
    """Return the same with other centrings, and how the pairs of clusters differ."""
    other = {
        "Spearman's correlation, cosines centred over all sensors and moments": view.st_coordinates,
        "Spearman's correlation, raw cosines": view.raw_st_coordinates,
    }
    own = np.diagonal(_correlations(view.st_differences, view.labels, ground))
    own = own[np.isfinite(own)]
    return (
        *(
            _plain(name, _correlations(points, view.labels, ground), draws=draws, seed=seed)
            for name, points in other.items()
        ),
        Beside("pairs of clusters", len(own)),
        *(
            (
                Beside("share of pairs whose cosine falls", float(np.mean(own < 0))),
                Beside("median of Spearman's correlation", float(np.median(own))),
            )
            if len(own)
            else ()
        ),
    )


def _plain(name: str, correlations: Floats, *, draws: int, seed: int) -> Beside:
    """Return the mean correlation with its own sign."""
    found = pair_contrast(correlations, draws=draws, seed=seed)
    return Beside(name, -found.value, -found.null_mean, found.p_value)


def cluster_cosines(coordinates: Floats, labels: Labels) -> Floats:
    """Return the mean cosine between the members of each pair of clusters at each moment.

    Args:
        coordinates: (M, N, r).
        labels: (N,) from 0 to k - 1.

    Returns:
        (k (k - 1) / 2, M), pairs in the order of `itertools.combinations`.
    """
    units = unit_rows(coordinates)
    # the mean cosine over all pairs of members is the product of the clusters' mean unit vectors
    means = np.stack([units[:, labels == group].mean(axis=1) for group in range(labels.max() + 1)])
    first, second = _pairs(len(means))
    cosines: Floats = np.einsum("pmr,pmr->pm", means[first], means[second])
    return cosines


def cluster_gaps(readings: NDArray[np.floating], labels: Labels) -> Floats:
    """Return the difference between the mean readings of each pair of clusters at each moment.

    Args:
        readings: (M, N), NaN if there is none.
        labels: (N,) from 0 to k - 1.

    Returns:
        (k (k - 1) / 2, M), not negative; NaN if a cluster has no reading.
    """
    means = group_means(readings, labels)
    first, second = _pairs(means.shape[1])
    return np.abs(means[:, first] - means[:, second]).T


def pair_contrast(correlations: Floats, *, draws: int, seed: int = 0) -> Statistic:
    """Return minus the mean correlation of each pair's cosine with its own speed difference.

    Null: each pair's cosine with the speed difference of another pair, found by permuting the
    clusters: a pair (a, b) is compared with the speeds of (pi(a), pi(b)). All pairs have the same
    rush hours, so effects of the time of day remain. Pairs that share a cluster still share one,
    so 105 pairs do not count as 105 independent ones. Few clusters are permuted in all ways.

    Args:
        correlations: (p, p) of the cosine of a pair (rows) with the speed difference of a pair
            (columns), pairs in the order of `itertools.combinations`; NaN if unknown.
        draws, seed: of the null.
    """
    count = round((1 + math.sqrt(1 + 8 * len(correlations))) / 2)
    first, second = _pairs(count)
    number = np.zeros((count, count), dtype=np.int64)
    number[first, second] = number[second, first] = np.arange(len(first))

    def contrast(order: NDArray[np.int64]) -> float:
        return -known_mean(correlations[np.arange(len(first)), number[order[first], order[second]]])

    is_exhaustive = math.factorial(min(count, 20)) <= draws
    if is_exhaustive:
        orders = [np.array(order) for order in permutations(range(count))]
    else:
        rng = np.random.default_rng(seed)
        orders = [rng.permutation(count) for _ in range(draws)]
    return against(
        contrast(np.arange(count)),
        [contrast(order) for order in orders],
        null="cosine of a pair with speeds of another, clusters permuted",
        exhaustive=is_exhaustive,
    )


def _correlations(coordinates: Floats, labels: Labels, ground: Ground) -> Floats:
    """Return Spearman's correlations (p, p) of each pair's cosine with each pair's gap."""
    cosines, gaps = _series(coordinates, labels, ground)
    return np.stack([_spearman(cosines, gap) for gap in gaps], axis=1)


def _series(coordinates: Floats, labels: Labels, ground: Ground) -> tuple[Floats, Floats]:
    """Return cosines and speed differences (p, M) of the pairs of clusters."""
    speeds = ground.speeds
    if int(labels.max()) < 1:
        raise AnalysisError("there is only one cluster, so no two can be compared")
    if len(speeds) < _FEWEST:
        raise AnalysisError(
            f"{len(speeds)} full hours are too few for a correlation over hours; {_FEWEST} or more "
            "are needed"
        )
    return cluster_cosines(coordinates, labels), cluster_gaps(speeds, labels)


def _spearman(series: Floats, gap: Floats) -> Floats:
    """Return Spearman's correlation (p,) of series (p, M) with one (M,), where it is known."""
    known = np.isfinite(gap)
    return _rank_correlation(series[:, known], gap[None, known])


def _rank_correlation(series: Floats, others: Floats) -> Floats:
    """Return Spearman's correlations (p,) of series (p, M) with others (p, M) or (1, M)."""
    from scipy.stats import rankdata

    if series.shape[1] < _FEWEST:
        return np.full(len(series), np.nan)
    own, other = rankdata(series, axis=1), rankdata(others, axis=1)
    own, other = own - own.mean(axis=1, keepdims=True), other - other.mean(axis=1, keepdims=True)
    lengths = np.linalg.norm(own, axis=1) * np.linalg.norm(other, axis=1)
    found = np.full(len(series), np.nan)
    np.divide((own * other).sum(axis=1), lengths, out=found, where=lengths > 0)
    return found


def _pairs(count: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first and second member of all pairs of `count` clusters."""
    pairs = np.array(list(combinations(range(count), 2)), dtype=np.int64).reshape(-1, 2)
    return pairs[:, 0], pairs[:, 1]
