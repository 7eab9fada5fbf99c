"""Projections to two dimensions: t-SNE and PCA, reproducible by their seed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError

Floats = NDArray[np.float64]
_EXAGGERATED = 250  # iterations, as in openTSNE
FEWEST, MAX_POINTS = 4, 20_000  # points of a t-SNE


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
    coordinates: NDArray[Any],
    *,
    perplexity: float = 30.0,
    seed: int = 0,
    iterations: int = 500,
    start: NDArray[Any] | None = None,
) -> Floats:
    """Project by t-SNE (openTSNE), starting from the principal components or another layout.

    Args:
        coordinates: (n, r), at least 4 points.
        perplexity: at least 1; lowered to `largest_perplexity` for few points.
        seed: of small random shifts of the start; they change the layout, but not what it shows.
        iterations: after 250 of early exaggeration, which is skipped with a start.
        start: (n, 2) layout of the same points to start from, such as that of another model; the
            result is then rotated onto it, so that the two can be compared.

    Returns:
        (n, 2). The same input and seed give the same points, whatever the number of threads.

    Raises:
        AnalysisError: for too few or too many points, values that are not finite, a perplexity
            below 1, or a start of different points.
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

    begun = _principal(coordinates)[0] if start is None else _layout(start, count)
    # openTSNE starts from points of standard deviation 1e-4 along the first axis
    scale = max(begun[:, 0].std(), begun[:, 1].std()) or 1.0
    # random shifts of a hundredth, as in openTSNE itself, separate points that coincide
    jitter = np.random.default_rng(seed).normal(0, 0.01, begun.shape)
    with threadpool_limits(1):
        fitted = TSNE(
            perplexity=min(perplexity, largest_perplexity(count)),
            neighbors="exact",
            initialization=1e-4 * (begun / scale + jitter),
            # early exaggeration would pull all points together and lose the start
            early_exaggeration_iter=_EXAGGERATED if start is None else 0,
            n_iter=iterations,
            n_jobs=1,
            random_state=seed,
        ).fit(coordinates)
    points = np.asarray(fitted, dtype=np.float64)
    # the rotation of a t-SNE is arbitrary: its longest extent becomes horizontal
    return _principal(points)[0] if start is None else turned_onto(points, begun)


def turned_onto(
    points: NDArray[Any], onto: NDArray[Any], *, moved: NDArray[Any] | None = None
) -> Floats:
    """Rotate, mirror and shift a layout so that its points lie as close as possible to another's.

    The orthogonal Procrustes problem; distances within the layout do not change, since the scale
    of a t-SNE is its own.

    Args:
        points: (n, 2) of the layout.
        onto: (n, 2) of the same points in the other layout.
        moved: (m, 2) points to move in the same way; None moves `points`.

    Returns:
        (n, 2), or (m, 2).

    Raises:
        AnalysisError: for layouts of different shapes, or values that are not finite.
    """
    from scipy.linalg import orthogonal_procrustes

    points = _checked(points)
    onto = _layout(onto, len(points))
    middle = points.mean(axis=0)
    # the scales of the two layouts differ, so only directions are fitted
    rotation = orthogonal_procrustes(points - middle, onto - onto.mean(axis=0))[0]
    moved = points if moved is None else np.asarray(moved, dtype=np.float64)
    return np.asarray((moved - middle) @ rotation + onto.mean(axis=0))


def chained_tsne(
    several: Sequence[NDArray[Any]],
    *,
    perplexity: float = 30.0,
    seed: int = 0,
    iterations: int = 500,
) -> list[Floats]:
    """Project several sets of vectors of the same n points, each starting from the previous layout.

    The last layout fixes the orientation: its longest extent is horizontal.

    Args:
        several: (n, r) each; r may differ.
        perplexity, seed, iterations: as for `tsne`.

    Returns:
        A layout (n, 2) for each.

    Raises:
        AnalysisError: as `tsne`.
    """
    layouts: list[Floats] = []
    for coordinates in several:
        start = layouts[-1] if layouts else None
        one = tsne(
            coordinates, perplexity=perplexity, seed=seed, iterations=iterations, start=start
        )
        layouts.append(one)
    if not layouts:
        return layouts
    last, across = layouts[-1], _principal(layouts[-1])[0]
    return [turned_onto(last, across, moved=layout) for layout in layouts]


def pca(coordinates: NDArray[Any]) -> Components:
    """Project (n, r) on the two directions of largest variance.

    Raises:
        AnalysisError: for fewer than 2 points or values that are not finite.
    """
    coordinates = _checked(coordinates)
    if len(coordinates) < 2:
        raise AnalysisError("principal components need at least 2 points; select more")
    points, variances = _principal(coordinates)
    total = variances.sum()
    shares = variances / total if total > 0 else np.zeros_like(variances)
    return Components(points, np.pad(shares[:2], (0, max(0, 2 - len(shares)))))


def _principal(coordinates: Floats) -> tuple[Floats, Floats]:
    """Return points (n, 2) and all variances; signs are fixed, so reruns are not mirrored."""
    centred = coordinates - coordinates.mean(axis=0)
    left, values, axes = np.linalg.svd(centred, full_matrices=False)
    signs = np.sign(axes[np.arange(len(axes)), np.abs(axes).argmax(axis=1)])
    scores = left * (values * np.where(signs == 0, 1, signs))
    points = np.zeros((len(coordinates), 2))
    points[:, : scores.shape[1]] = scores[:, :2]
    return points, np.square(values)


def _layout(points: NDArray[Any], count: int) -> Floats:
    """Check a layout (n, 2)."""
    points = _checked(points)
    if points.shape != (count, 2):
        raise AnalysisError(
            f"a layout of {count} points has the shape ({count}, 2), not {points.shape}; give a "
            f"layout of the same points"
        )
    return points


def _checked(coordinates: NDArray[Any]) -> Floats:
    coordinates = np.asarray(coordinates, dtype=np.float64)
    if coordinates.ndim != 2 or not np.isfinite(coordinates).all():
        raise AnalysisError("the points to project are not all finite vectors; check the weights")
    return coordinates
