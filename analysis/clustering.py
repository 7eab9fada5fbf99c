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
