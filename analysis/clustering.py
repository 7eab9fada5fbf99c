"""Clusters of meta-parameters, numbered so that numbers and colours stay."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError

Labels = NDArray[np.int64]
Method = Literal["ward", "kmeans"]
DEFAULT_CLUSTERS = 15  # as in the paper's figure 4


def cluster(
    coordinates: NDArray[Any], *, k: int = DEFAULT_CLUSTERS, method: Method = "ward", seed: int = 0
) -> Labels:
    """Cluster vectors.

    Args:
        coordinates: (n, r).
        k: number of clusters, 1 to n.
        method: ``"ward"`` (deterministic) or ``"kmeans"``.
        seed: of k-means.

    Returns:
        (n,) labels 0 to k - 1; 0 is the largest cluster, ties go to the one that comes first.
        Points that coincide are never parted, nor are pairs that Ward finds equally near, so there
        may be fewer than k clusters.

    Raises:
        AnalysisError: for an impossible k, an unknown method or values that are not finite.
    """
    coordinates = np.asarray(coordinates, dtype=np.float64)
    if not 1 <= k <= len(coordinates):
        raise AnalysisError(
            f"{len(coordinates)} points make 1 to {len(coordinates)} clusters, not {k}"
        )
    if not np.isfinite(coordinates).all():
        raise AnalysisError("the vectors to cluster are not all finite; check the weights")
    if k == 1:
        return np.zeros(len(coordinates), dtype=np.int64)
    if method == "ward":
        from scipy.cluster.hierarchy import fcluster, linkage

        found = fcluster(linkage(coordinates, method="ward"), k, criterion="maxclust")
    elif method == "kmeans":
        from sklearn.cluster import KMeans
        from threadpoolctl import threadpool_limits

        distinct = len(np.unique(coordinates, axis=0))
        with threadpool_limits(1):
            found = KMeans(min(k, distinct), n_init=10, random_state=seed).fit_predict(coordinates)
    else:
        raise AnalysisError(f"there is no clustering '{method}'; choose ward or kmeans")
    return renumbered(found)


def renumbered(labels: NDArray[Any]) -> Labels:
    """Renumber labels (n,) by falling size; ties go to the cluster with the earliest member."""
    _, first, members, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    ranks = np.empty(len(order), dtype=np.int64)
    ranks[order] = np.arange(len(order))
    return ranks[members]


def renumbered_like(labels: Labels, reference: Labels) -> Labels:
    """Renumber clusters so that each has the number of the reference cluster that it matches.

    Clusters are paired one to one so that as many points as possible have the same number in both
    (the Hungarian assignment). A cluster without a partner, or that shares no point with it, gets
    a number that the reference does not have, larger ones first.

    Args:
        labels: (n,).
        reference: (n,) labels from 0 of the same points.

    Raises:
        AnalysisError: for labels of different numbers of points.
    """
    from scipy.optimize import linear_sum_assignment

    if len(labels) != len(reference):
        raise AnalysisError(
            f"clusters of {len(labels)} and of {len(reference)} points do not match; give both of "
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
