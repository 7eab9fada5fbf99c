"""The quality of clusters and projections, each number with a null model."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.evidence.contingency import (
    adjusted_rand,
    contingency,
    normalised_mutual_information,
    purity,
)
from analysis.evidence.statistic import Statistic, against
from analysis.geometry.clustering import Labels, Method, cluster
from analysis.geometry.similarity import Floats
from analysis.limits import is_large, sample

AgreementName = Literal["ARI", "NMI", "purity"]
NULL_DRAWS = 20
PERMUTATIONS = 99
_NEIGHBOURS = 10  # of each point, that a projection may preserve
CELL_SIZE = 10  # sensors of a neighbourhood within which labels are permuted


def silhouette(coordinates: NDArray[Any], labels: Labels) -> float:
    """Return the mean silhouette of vectors (n, r) by labels (n,); NaN if it is undefined.

    It is undefined for a single group, if all groups have one member, or if a coordinate is not
    finite. Of more than `analysis.limits.MOST_QUADRATIC` vectors, a random sample is used.
    """
    from sklearn.metrics import silhouette_score

    chosen = sample(len(labels))
    points, labels = np.asarray(coordinates, dtype=np.float64)[chosen], labels[chosen]
    groups = len(np.unique(labels))
    if not 2 <= groups < len(labels) or not np.isfinite(points).all():
        return float("nan")
    return float(silhouette_score(points, labels))


def cluster_silhouette(
    coordinates: NDArray[Any],
    labels: Labels,
    *,
    method: Method,
    draws: int = NULL_DRAWS,
    seed: int = 0,
) -> Statistic:
    """Compare the silhouette of clusters with that of clusters of unstructured points.

    Null model: equally many Gaussian points with the same covariance, clustered by the same method.

    Args:
        coordinates: (n, r).
        labels: (n,) clusters of them.
        method: that found them.
        draws, seed: of the null model.
    """
    coordinates = np.asarray(coordinates, dtype=np.float64)
    rng, k = np.random.default_rng(seed), len(np.unique(labels))
    found = []
    for draw in range(draws):
        points = gaussian_like(coordinates, rng)
        found.append(silhouette(points, cluster(points, k=k, method=method, seed=draw)))
    null = "Gaussian points with the same covariance"
    return against(silhouette(coordinates, labels), found, null=_of_sample(null, len(labels)))


def _of_sample(null: str, count: int) -> str:
    """Describe a null model, with the size of the sample if not all points are used."""
    looked_at = len(sample(count))
    return null if looked_at == count else f"{null}; both of {looked_at:,} points drawn at random"


def gaussian_like(coordinates: NDArray[np.float64], rng: np.random.Generator) -> Floats:
    """Draw equally many Gaussian points (n, r) with the covariance of coordinates (n, r)."""
    centred = coordinates - coordinates.mean(axis=0)
    if is_large(len(centred)):  # the singular vectors avoid a mixing matrix (n, n)
        _, lengths, axes = np.linalg.svd(centred, full_matrices=False)
        scaled = lengths[:, None] * axes / np.sqrt(len(centred) - 1)
        drawn: Floats = rng.standard_normal((len(centred), len(lengths))) @ scaled
        return drawn
    # combining the points with normal weights gives their covariance, whatever its rank
    factor = centred / np.sqrt(max(len(centred) - 1, 1))
    points: Floats = rng.standard_normal((len(centred), len(centred))) @ factor
    return points


def trustworthiness(
    coordinates: NDArray[Any],
    points: NDArray[Any],
    *,
    draws: int = NULL_DRAWS,
    seed: int = 0,
) -> Statistic:
    """Measure how far neighbours in a projection are neighbours in the space: 1 is all of them.

    Null model: the positions of the projection permuted among the points. Of more than
    `analysis.limits.MOST_QUADRATIC` points, a random sample is used.

    Args:
        coordinates: (n, r).
        points: (n, 2) of the projection.
        draws, seed: of the null model.

    Raises:
        AnalysisError: for fewer than 4 points.
    """
    from sklearn.manifold import trustworthiness as measure

    count = len(coordinates)
    if count < 4:
        raise AnalysisError(f"{count} points are too few to compare neighbours; give 4 or more")
    chosen = sample(count)
    null = _of_sample("positions permuted among the points", count)
    coordinates, points, count = np.asarray(coordinates)[chosen], points[chosen], len(chosen)
    looked_at = min(_NEIGHBOURS, (count - 1) // 2)

    def trust(places: NDArray[Any]) -> float:
        return float(measure(coordinates, places, n_neighbors=looked_at))

    rng = np.random.default_rng(seed)
    found = [trust(points[rng.permutation(count)]) for _ in range(draws)]
    return against(trust(points), found, null=null)


def agreement(
    labels: Labels,
    names: Sequence[str],
    *,
    kind: AgreementName,
    cells: Labels | None = None,
    draws: int = PERMUTATIONS,
    seed: int = 0,
) -> Statistic:
    """Compare clusters with names such as those of roads; sensors without a name are ignored.

    Null model: the cluster labels permuted, among all sensors or within neighbourhoods only. The
    latter is stricter: sensors of one road are near each other, and nearby sensors are similar for
    other reasons too.

    Args:
        labels: (N,) clusters.
        names: N names; "" for none.
        kind: the adjusted Rand index, the normalised mutual information or the purity.
        cells: (N,) neighbourhoods from `neighbourhoods`; None permutes among all.
        draws, seed: of the null model.

    Raises:
        AnalysisError: if fewer than two sensors have names.
    """
    known = np.array([bool(name) for name in names])
    if known.sum() < 2:
        raise AnalysisError("fewer than two sensors have a known road, so agreement is undefined")
    truth = np.unique(np.asarray(names)[known], return_inverse=True)[1]
    own = labels[known]
    where = None if cells is None else cells[known]
    measure = _measure(kind)
    return against_permuted(
        lambda labels: measure(truth, labels), own, where, draws=draws, seed=seed
    )


def against_permuted(
    measure: Callable[[Labels], float],
    labels: Labels,
    cells: Labels | None = None,
    *,
    draws: int = PERMUTATIONS,
    seed: int = 0,
) -> Statistic:
    """Compare a statistic of labels with its values for permuted labels.

    Args:
        measure: the statistic of labels (n,).
        labels: (n,).
        cells: (n,) within which labels are permuted; None permutes among all.
        draws, seed: of the null model.
    """
    where = np.zeros(len(labels), dtype=np.int64) if cells is None else cells
    rng = np.random.default_rng(seed)
    found = [measure(permuted_within(labels, where, rng)) for _ in range(draws)]
    among = "within neighbourhoods" if where.any() else "among all sensors"
    null = f"cluster labels permuted {among}"
    return against(measure(labels), found, null=null, ways=rearrangements(labels, where))


def rearrangements(labels: Labels, cells: Labels) -> float:
    """Return the number of different arrangements of labels within cells; inf for very many."""
    from scipy.special import gammaln

    order = np.argsort(cells, kind="stable")
    starts = np.flatnonzero(np.diff(cells[order])) + 1
    exponent = sum(
        gammaln(1 + len(own)) - gammaln(1 + np.unique(own, return_counts=True)[1]).sum()
        for own in np.split(labels[order], starts)
    )
    return float(np.exp(exponent)) if exponent < 100 else float("inf")


def neighbourhoods(positions: NDArray[Any], *, size: int = CELL_SIZE) -> Labels:
    """Divide locations (N, 2) into compact neighbourhoods (N,) of about `size` sensors each.

    By Ward linkage; more than `analysis.limits.MOST_QUADRATIC` locations are repeatedly halved
    across their longer side instead.
    """
    if is_large(len(positions)):
        return _halved(np.asarray(positions), size)
    count = max(1, round(len(positions) / size))
    return cluster(positions, k=count, method="ward")


def _halved(positions: NDArray[Any], size: int) -> Labels:
    """Number the boxes of a k-d tree of locations (N, 2), of about `size` sensors each."""
    labels, number = np.zeros(len(positions), dtype=np.int64), 0
    waiting = [np.arange(len(positions))]
    while waiting:
        members = waiting.pop()
        if 2 * len(members) <= 3 * size:
            labels[members] = number
            number += 1
            continue
        axis = int(np.ptp(positions[members], axis=0).argmax())
        order = np.argsort(positions[members, axis], kind="stable")
        waiting += np.array_split(members[order], 2)
    return labels


def _measure(kind: AgreementName) -> Callable[[NDArray[Any], NDArray[Any]], float]:
    measures = {"ARI": adjusted_rand, "NMI": normalised_mutual_information, "purity": purity}
    if kind not in measures:
        raise AnalysisError(f"unknown agreement '{kind}'; choose {', '.join(measures)}")
    return lambda truth, labels: measures[kind](contingency(truth, labels))


def permuted_within(labels: Labels, cells: Labels, rng: np.random.Generator) -> Labels:
    """Permute labels among the members of each cell."""
    # sorting by cell, then at random, puts a random member of the same cell at each position
    order = np.argsort(cells, kind="stable")
    shuffled = np.lexsort((rng.random(len(cells)), cells))
    permuted = np.empty_like(labels)
    permuted[order] = labels[shuffled]
    return permuted


def majority_names(labels: Labels, names: Sequence[str]) -> list[str]:
    """Return for each cluster the most frequent name of its members, "" if none is known.

    Args:
        labels: (N,) cluster numbers from 0.
        names: N names; "" is unknown.
    """
    found: list[Counter[str]] = [Counter() for _ in range(int(labels.max()) + 1)]
    for name, label in zip(names, labels.tolist(), strict=True):
        if name:
            found[label][name] += 1
    return [max(sorted(counts), key=counts.__getitem__, default="") for counts in found]
