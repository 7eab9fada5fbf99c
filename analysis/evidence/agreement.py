"""How good clusters and projections are, each number beside that of a null model."""

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
_NEIGHBOURS = 10  # of each point, that a projection keeps or not
CELL_SIZE = 10  # sensors of a neighbourhood within which labels are permuted


def silhouette(coordinates: NDArray[Any], labels: Labels) -> float:
    """Return the mean silhouette of vectors (n, r) by labels (n,); NaN where it has no meaning.

    It has none for a single group, or for groups of one member each. Of more than
    `analysis.limits.MOST_QUADRATIC` vectors, a random sample is looked at.
    """
    from sklearn.metrics import silhouette_score

    chosen = sample(len(labels))
    coordinates, labels = np.asarray(coordinates)[chosen], labels[chosen]
    groups = len(np.unique(labels))
    if not 2 <= groups < len(labels):
        return float("nan")
    return float(silhouette_score(np.asarray(coordinates, dtype=np.float64), labels))


def cluster_silhouette(
    coordinates: NDArray[Any],
    labels: Labels,
    *,
    method: Method,
    draws: int = NULL_DRAWS,
    seed: int = 0,
) -> Statistic:
    """Compare the silhouette of clusters with that of clusters found where there are none.

    Null: as many points from one Gaussian of the same covariance, clustered in the same way.

    Args:
        coordinates: (n, r).
        labels: (n,) clusters of them.
        method: how they were found.
        draws, seed: of the null.
    """
    coordinates = np.asarray(coordinates, dtype=np.float64)
    rng, k = np.random.default_rng(seed), len(np.unique(labels))
    found = []
    for draw in range(draws):
        points = gaussian_like(coordinates, rng)
        found.append(silhouette(points, cluster(points, k=k, method=method, seed=draw)))
    null = "one Gaussian cloud of the same covariance"
    return against(silhouette(coordinates, labels), found, null=_of_sample(null, len(labels)))


def _of_sample(null: str, count: int) -> str:
    """Return what a null is, and of how many points a value is told where not of all."""
    looked_at = len(sample(count))
    return null if looked_at == count else f"{null}; both of {looked_at:,} points drawn at random"


def gaussian_like(coordinates: NDArray[np.float64], rng: np.random.Generator) -> Floats:
    """Draw as many points (n, r) from one Gaussian of the covariance of coordinates (n, r)."""
    centred = coordinates - coordinates.mean(axis=0)
    if is_large(len(centred)):  # the singular vectors need no mixing matrix (n, n)
        _, lengths, axes = np.linalg.svd(centred, full_matrices=False)
        scaled = lengths[:, None] * axes / np.sqrt(len(centred) - 1)
        drawn: Floats = rng.standard_normal((len(centred), len(lengths))) @ scaled
        return drawn
    # mixing the points themselves with normal weights has their covariance, whatever its rank
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
    """Tell how far neighbours in a projection are neighbours in the space itself: 1 is all.

    Null: the same places of the projection, dealt out to the points at random. Of more than
    `analysis.limits.MOST_QUADRATIC` points, a random sample is looked at.

    Args:
        coordinates: (n, r).
        points: (n, 2) of the projection.
        draws, seed: of the null.

    Raises:
        AnalysisError: for fewer than 4 points.
    """
    from sklearn.manifold import trustworthiness as measure

    count = len(coordinates)
    if count < 4:
        raise AnalysisError(f"{count} points have no neighbours to speak of; 4 or more have")
    chosen = sample(count)
    null = _of_sample("the same places, dealt out at random", count)
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
    """Compare clusters with names such as those of roads; what has no name ("") does not count.

    Null: the clusters' labels permuted, among all sensors or within neighbourhoods only. The
    latter is the harder one: sensors of one road are near each other, and so are sensors that
    are alike for any other reason.

    Args:
        labels: (N,) clusters.
        names: N names.
        kind: the adjusted Rand index, the normalised mutual information or the purity.
        cells: (N,) neighbourhoods from `neighbourhoods`; None permutes among all.
        draws, seed: of the null.

    Raises:
        AnalysisError: where fewer than two sensors have a name.
    """
    known = np.array([bool(name) for name in names])
    if known.sum() < 2:
        raise AnalysisError("fewer than two sensors have a known road, so none can agree with it")
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
    """Compare what is measured of labels with what it is of the same labels permuted.

    Args:
        measure: of labels (n,).
        labels: (n,).
        cells: (n,) within which labels are permuted; None permutes among all.
        draws, seed: of the null.
    """
    where = np.zeros(len(labels), dtype=np.int64) if cells is None else cells
    rng = np.random.default_rng(seed)
    found = [measure(permuted_within(labels, where, rng)) for _ in range(draws)]
    null = "labels permuted nearby" if where.any() else "labels permuted among all sensors"
    return against(measure(labels), found, null=null, ways=_rearrangements(labels, where))


def _rearrangements(labels: Labels, cells: Labels) -> float:
    """Return in how many different ways labels can stand within cells; inf for very many."""
    from scipy.special import gammaln

    order = np.argsort(cells, kind="stable")
    starts = np.flatnonzero(np.diff(cells[order])) + 1
    exponent = sum(
        gammaln(1 + len(own)) - gammaln(1 + np.unique(own, return_counts=True)[1]).sum()
        for own in np.split(labels[order], starts)
    )
    return float(np.exp(exponent)) if exponent < 100 else float("inf")


def neighbourhoods(positions: NDArray[Any], *, size: int = CELL_SIZE) -> Labels:
    """Part places (N, 2) into compact neighbourhoods (N,) of about `size` sensors each.

    By Ward linkage; more than `analysis.limits.MOST_QUADRATIC` places are halved across their
    longer side again and again instead.
    """
    if is_large(len(positions)):
        return _halved(np.asarray(positions), size)
    count = max(1, round(len(positions) / size))
    return cluster(positions, k=count, method="ward")


def _halved(positions: NDArray[Any], size: int) -> Labels:
    """Number the boxes of a k-d tree of places (N, 2), of at most about `size` sensors each."""
    labels, waiting, number = np.zeros(len(positions), dtype=np.int64), [], 0
    waiting.append(np.arange(len(positions)))
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
        raise AnalysisError(f"there is no agreement '{kind}'; choose {', '.join(measures)}")
    return lambda truth, labels: measures[kind](contingency(truth, labels))


def permuted_within(labels: Labels, cells: Labels, rng: np.random.Generator) -> Labels:
    """Permute labels among the members of each cell."""
    # sorting by cell, then at random, puts a random member of the same cell at each place
    order = np.argsort(cells, kind="stable")
    shuffled = np.lexsort((rng.random(len(cells)), cells))
    permuted = np.empty_like(labels)
    permuted[order] = labels[shuffled]
    return permuted


def majority_names(labels: Labels, names: Sequence[str]) -> list[str]:
    """Return for each cluster the name that most of its members have, "" where none is known.

    Args:
        labels: (N,) cluster numbers from 0.
        names: N names; "" is unknown.
    """
    found: list[Counter[str]] = [Counter() for _ in range(int(labels.max()) + 1)]
    for name, label in zip(names, labels.tolist(), strict=True):
        if name:
            found[label][name] += 1
    return [max(sorted(counts), key=counts.__getitem__, default="") for counts in found]
