"""Projections to two dimensions: t-SNE and PCA, the same picture for the same seed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError

Floats = NDArray[np.float64]
FEWEST, MAX_POINTS = 4, 5000  # points of a t-SNE


@dataclass(frozen=True)
class Components:
    """Principal components.

    Attributes:
        points: (n, 2).
        explained: (2,) share of the variance along each.
    """

    points: Floats
    explained: Floats


def largest_perplexity(count: int) -> float:
    """Return the largest perplexity that t-SNE allows for `count` points."""
    return max(1.0, (count - 1) / 3)


def tsne(
    coordinates: NDArray[Any], *, perplexity: float = 30.0, seed: int = 0, iterations: int = 500
) -> Floats:
    """Project by t-SNE (openTSNE), starting from the principal components.

    Args:
        coordinates: (n, r), at least 4 points.
        perplexity: at least 1; lowered to `largest_perplexity` for few points.
        seed: of small shifts of the start: what they change in the picture is not in the data.
        iterations: after 250 of early exaggeration.

    Returns:
        (n, 2). The same input and seed give the same points, whatever the number of threads.

    Raises:
        AnalysisError: for too few or too many points, values that are not finite, or a perplexity
            below 1.
    """
    coordinates = _checked(coordinates)
    count = len(coordinates)
    if not FEWEST <= count <= MAX_POINTS:
        raise AnalysisError(
            f"t-SNE takes {FEWEST} to {MAX_POINTS} points, not {count}; select others"
        )
    if not perplexity >= 1:
        raise AnalysisError(f"the perplexity must be at least 1, not {perplexity:g}")
    from openTSNE import TSNE
    from threadpoolctl import threadpool_limits

    start = _principal(coordinates, 2)[0]
    # openTSNE starts from points of standard deviation 1e-4 along the first axis
    scale = start[:, 0].std() or 1.0
    # a hundredth of it at random, as openTSNE itself adds, parts points that coincide in the start
    jitter = np.random.default_rng(seed).normal(0, 0.01, start.shape)
    with threadpool_limits(1):
        fitted = TSNE(
            perplexity=min(perplexity, largest_perplexity(count)),
            neighbors="exact",
            initialization=1e-4 * (start / scale + jitter),
            n_iter=iterations,
            n_jobs=1,
            random_state=seed,
        ).fit(coordinates)
    # a t-SNE may be turned at will: its longest extent lies across the page
    return _principal(np.asarray(fitted, dtype=np.float64), 2)[0]


def pca(coordinates: NDArray[Any]) -> Components:
    """Project (n, r) on the two directions of largest variance.

    Raises:
        AnalysisError: for fewer than 2 points or values that are not finite.
    """
    coordinates = _checked(coordinates)
    if len(coordinates) < 2:
        raise AnalysisError("principal components need at least 2 points; select more")
    points, variances = _principal(coordinates, 2)
    total = variances.sum()
    shares = variances / total if total > 0 else np.zeros_like(variances)
    return Components(points, np.pad(shares[:2], (0, max(0, 2 - len(shares)))))


def _principal(coordinates: Floats, count: int) -> tuple[Floats, Floats]:
    """Return points (n, count) and all variances; signs are fixed, or reruns would mirror."""
    centred = coordinates - coordinates.mean(axis=0)
    left, values, axes = np.linalg.svd(centred, full_matrices=False)
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    scores = left * (values * np.where(signs == 0, 1, signs))
    points = np.zeros((len(coordinates), count))
    width = min(count, scores.shape[1])
    points[:, :width] = scores[:, :width]
    return points, np.square(values)


def _checked(coordinates: NDArray[Any]) -> Floats:
    coordinates = np.asarray(coordinates, dtype=np.float64)
    if coordinates.ndim != 2 or not np.isfinite(coordinates).all():
        raise AnalysisError("the points to project are not all finite vectors; check the weights")
    return coordinates
