"""Cosine and distance matrices in coordinates that are isometric to meta-parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.limits import check_pairs

Floats = NDArray[np.float64]


def unit_rows(coordinates: NDArray[Any]) -> Floats:
    """Scale vectors (..., r) to length 1; a vector of length 0 has no direction and becomes NaN."""
    coordinates = np.asarray(coordinates, dtype=np.float64)
    lengths = np.linalg.norm(coordinates, axis=-1, keepdims=True)
    units = np.full_like(coordinates, np.nan)
    np.divide(coordinates, lengths, out=units, where=lengths > 0)
    return units


def cosine_matrix(
    coordinates: NDArray[Any], *, others: NDArray[Any] | None = None, centred: bool = False
) -> Floats:
    """Return all cosines between vectors.

    Args:
        coordinates: (..., n, r).
        others: (..., m, r); None compares the vectors with each other.
        centred: subtract the mean of `coordinates` over the n vectors from both first, which
            removes what they have in common.

    Returns:
        (..., n, m) in [-1, 1]; NaN for a vector of length 0.

    Raises:
        AnalysisError: for more pairs than `analysis.limits.MOST_QUADRATIC` squared.
    """
    coordinates = np.asarray(coordinates, dtype=np.float64)
    others = coordinates if others is None else np.asarray(others, dtype=np.float64)
    check_pairs(coordinates.shape[-2], others.shape[-2])
    if centred:
        mean = coordinates.mean(axis=-2, keepdims=True)
        coordinates, others = coordinates - mean, others - mean
    product = unit_rows(coordinates) @ np.swapaxes(unit_rows(others), -1, -2)
    return np.clip(product, -1.0, 1.0)


def distance_matrix(coordinates: NDArray[Any], *, others: NDArray[Any] | None = None) -> Floats:
    """Return all Euclidean distances between vectors (n, r) and (m, r): (n, m).

    Raises:
        AnalysisError: for more pairs than `analysis.limits.MOST_QUADRATIC` squared.
    """
    from scipy.spatial.distance import cdist

    others = coordinates if others is None else others
    check_pairs(len(coordinates), len(others))
    distances: Floats = cdist(coordinates, others)
    return distances
