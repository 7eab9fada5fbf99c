"""The claim that sensors form clusters, compared with points that have none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.result import Beside
from analysis.evidence.agreement import cluster_silhouette, gaussian_like, silhouette
from analysis.evidence.statistic import Statistic
from analysis.geometry.similarity import Floats

GAP_CLUSTERS = (2, 25)
GAP_REFERENCES = 50


@dataclass(frozen=True)
class GapCurve:
    """The gap statistic of Tibshirani, Walther and Hastie over numbers of clusters.

    Attributes:
        counts: (c,) numbers of clusters k.
        gaps: (c,) mean of log W_k over the references minus log W_k of the points, where W_k is
            the sum of squares within clusters.
        errors: (c,) standard error of that mean, s_k.
    """

    counts: NDArray[np.int64]
    gaps: Floats
    errors: Floats

    @property
    def largest(self) -> int:
        """The number of clusters with the largest gap."""
        return int(self.counts[self.gaps.argmax()])

    @property
    def chosen(self) -> int:
        """The smallest k with gap(k) >= gap(k + 1) - s(k + 1); the last if there is none."""
        enough = np.flatnonzero(self.gaps[:-1] >= self.gaps[1:] - self.errors[1:])
        return int(self.counts[enough[0] if len(enough) else -1])


def cluster_form(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Compare the clusters' silhouette with that of Gaussian points with the same covariance."""
    return cluster_silhouette(
        view.spatial_coordinates, view.labels, method="ward", draws=draws, seed=seed
    )


def silhouette_of(view: ModelView, ground: Ground) -> float:
    """Return the clusters' silhouette."""
    return silhouette(view.spatial_coordinates, view.labels)


def gap_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return the gap statistic as an addition to the silhouette."""
    curve = gap_statistic(view.spatial_coordinates, seed=seed)
    at_k = np.flatnonzero(curve.counts == view.k)
    first, last = int(curve.counts[0]), int(curve.counts[-1])
    found = [
        Beside(f"k with the largest gap, {first} to {last}", curve.largest),
        Beside("k by the gap's one-standard-error rule", curve.chosen),
    ]
    if len(at_k):
        gap, error = float(curve.gaps[at_k[0]]), float(curve.errors[at_k[0]])
        found.insert(0, Beside(f"gap statistic at k = {view.k} (standard error {error:.3f})", gap))
    return tuple(found)


def gap_statistic(
    coordinates: Floats, *, references: int = GAP_REFERENCES, seed: int = 0
) -> GapCurve:
    """Return the gap statistic of Ward clusters, with Gaussian points as references.

    The references have the points' covariance, as in the null of the silhouette. With uniform
    points in a box, the other common choice, the covariance of a single group of points in many
    dimensions could be mistaken for clusters.

    Args:
        coordinates: (n, r), n at least 4.
        references, seed: number of reference sets, and the seed of their draw.
    """
    first, last = GAP_CLUSTERS
    counts = np.arange(first, min(last, len(coordinates) - 1) + 1)
    rng = np.random.default_rng(seed)
    drawn = [log_within(gaussian_like(coordinates, rng), counts) for _ in range(references)]
    gaps = np.mean(drawn, axis=0) - log_within(coordinates, counts)
    errors = np.std(drawn, axis=0) * np.sqrt(1 + 1 / references)
    return GapCurve(counts, gaps, errors)


def log_within(points: Floats, counts: NDArray[np.int64]) -> Floats:
    """Return log W_k, W_k being the sum of squares within k Ward clusters, for each k of (c,).

    Args:
        points: (n, r).
        counts: numbers of clusters, 1 to n - 1.
    """
    from scipy.cluster.hierarchy import ward

    # a merge in Ward linkage adds half its squared height to the sum of squares within clusters
    within = np.cumsum(np.square(ward(points)[:, 2]) / 2)
    kept: Floats = np.log(np.maximum(within[len(points) - counts - 1], np.finfo(np.float64).tiny))
    return kept
