"""Clusters of meta-parameters, numbered so that numbers and colours are stable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.limits import is_large, left_out

Labels = NDArray[np.int64]
Method = Literal["ward", "kmeans", "minibatch"]
METHOD_NAMES: Mapping[Method, str] = {
    "ward": "Ward linkage",
    "kmeans": "k-means",
    "minibatch": "mini-batch k-means",
}
DEFAULT_CLUSTERS = 15  # as in the paper's figure 4
MOST_CLUSTERS = 25  # the number of colours
POINTS_PER_CLUSTER = 4  # on average; with fewer points, there are fewer clusters
_BATCH, _STARTS = 2048, 3  # of mini-batch k-means


def methods_for(count: int) -> tuple[Method, ...]:
    """Return the methods available for a number of points; the first is the default."""
    return ("minibatch",) if is_large(count) else ("ward", "kmeans")


def number_of_clusters(points: int) -> int:
    """Return the default number of clusters: the paper's 15, or fewer for few points.

    It is at most a quarter of the points, but at least 2 if there are 2 or more points.
    """
    return max(min(2, points), min(DEFAULT_CLUSTERS, points // POINTS_PER_CLUSTER))


def cluster(
    coordinates: NDArray[Any],
    *,
    k: int | None = None,
    method: Method | None = None,
    seed: int = 0,
) -> Labels:
    """Cluster vectors.

    Args:
        coordinates: (n, r).
        k: number of clusters, 1 to n; None takes `number_of_clusters`.
        method: ``"ward"`` (deterministic), ``"kmeans"`` or ``"minibatch"``; above
            `analysis.limits.MOST_QUADRATIC` points only the last, since Ward linkage needs all
            pairs of points. None takes the first of `methods_for`.
        seed: of either k-means.

    Returns:
        (n,) labels 0 to k - 1; 0 is the largest cluster, ties are in order of appearance.
        Coinciding points are never separated, nor are pairs that Ward linkage merges at equal
        height, so there may be fewer than k clusters.

    Raises:
        AnalysisError: for an impossible k, a method that is unknown or not available for so many
            points, or values that are not finite.
    """
    coordinates = np.asarray(coordinates, dtype=np.float64)
    k = number_of_clusters(len(coordinates)) if k is None else k
    method = method or methods_for(len(coordinates))[0]
    if not 1 <= k <= len(coordinates):
        raise AnalysisError(
            f"{len(coordinates)} points can form 1 to {len(coordinates)} clusters, not {k}"
        )
    if not np.isfinite(coordinates).all():
        raise AnalysisError("the vectors to cluster are not all finite; check the weights")
    _check_method(method, len(coordinates))
    if k == 1:
        return np.zeros(len(coordinates), dtype=np.int64)
    if method == "ward":
        from scipy.cluster.hierarchy import fcluster, linkage

        return renumbered(fcluster(linkage(coordinates, method="ward"), k, criterion="maxclust"))
    return renumbered(_by_means(coordinates, k, method, seed))


def _by_means(coordinates: NDArray[Any], k: int, method: Method, seed: int) -> NDArray[Any]:
    """Return the labels (n,) of k-means in its own numbering."""
    from sklearn.cluster import KMeans, MiniBatchKMeans
    from threadpoolctl import threadpool_limits

    wanted = min(k, len(np.unique(coordinates, axis=0)))
    if method == "kmeans":
        means = KMeans(wanted, n_init=10, random_state=seed)
    else:
        means = MiniBatchKMeans(wanted, n_init=_STARTS, batch_size=_BATCH, random_state=seed)
    with threadpool_limits(1):
        return np.asarray(means.fit_predict(coordinates))


def _check_method(method: Method, count: int) -> None:
    if method not in METHOD_NAMES:
        raise AnalysisError(f"unknown method '{method}'; choose {', '.join(METHOD_NAMES)}")
    possible = methods_for(count)
    if method != "minibatch" and method not in possible:
        raise AnalysisError(
            left_out(
                f"{METHOD_NAMES[method]} (here of {count:,} points)",
                f"choose {METHOD_NAMES[possible[0]]}",
            )
        )


def renumbered(labels: NDArray[Any]) -> Labels:
    """Renumber labels (n,) by decreasing size; ties go to the cluster with the earliest member."""
    _, first, members, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks[members]


def renumbered_like(labels: Labels, reference: Labels) -> Labels:
    """Renumber clusters so that each has the number of the reference cluster that it matches.

    Clusters are matched one to one so that as many points as possible have the same number in
    both (the Hungarian assignment). A cluster without a match, or without common points, gets a
    number that the reference does not have, larger clusters first.

    Args:
        labels: (n,).
        reference: (n,) labels from 0 of the same points.

    Raises:
        AnalysisError: for labels of different numbers of points.
    """
    from scipy.optimize import linear_sum_assignment

    if len(labels) != len(reference):
        raise AnalysisError(
            f"clusters of {len(labels)} and {len(reference)} points do not match; give both of "
            f"the same sensors"
        )
    own = renumbered(labels)
    if not len(own):
        return own
    shared = np.zeros((own.max() + 1, reference.max() + 1), dtype=np.int64)
    np.add.at(shared, (own, reference), 1)
    numbers = np.full(len(shared), -1, dtype=np.int64)
    for number, partner in zip(*linear_sum_assignment(shared, maximize=True), strict=True):
        if shared[number, partner]:
            numbers[number] = partner
    alone = np.flatnonzero(numbers < 0)
    numbers[alone] = shared.shape[1] + np.arange(len(alone))
    return numbers[own]
