"""The claim that sensors with similar meta-parameters have similar series, given distance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.result import Beside
from analysis.errors import AnalysisError
from analysis.evidence.statistic import Statistic, against
from analysis.geometry.similarity import Floats, cosine_matrix


def series_similarity(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Correlate similarity of meta-parameters with that of series, controlling for distance."""
    theta, series, metres = _matrices(view, ground)
    return partial_mantel(theta, series, metres, draws=draws, seed=seed)


def series_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return the correlation without distance, and with the logarithm of distance."""
    theta, series, metres = _matrices(view, ground)
    plain = partial_mantel(theta, series, None, draws=draws, seed=seed)
    log = partial_mantel(theta, series, np.log1p(metres), draws=draws, seed=seed)
    return (
        Beside.of("Mantel correlation, not controlling for distance", plain),
        Beside.of("partial Mantel correlation, controlling for the logarithm of distance", log),
        Beside("sensors whose series can be compared", len(theta)),
    )


def partial_mantel(
    first: Floats, second: Floats, fixed: Floats | None, *, draws: int, seed: int = 0
) -> Statistic:
    """Return the partial correlation of two matrices' entries, controlling for a third matrix.

    r = (r_12 - r_13 r_23) / sqrt((1 - r_13^2) (1 - r_23^2)) over pairs of different objects.
    Null: the objects of the first matrix permuted, rows and columns together.

    Args:
        first, second, fixed: symmetric (n, n); `fixed` None controls for nothing.
        draws, seed: of the null.

    Raises:
        AnalysisError: for fewer than 4 objects.
    """
    count = len(first)
    if count < 4:
        raise AnalysisError(f"{count} sensors can be compared, but at least 4 are needed")
    one, other = _standardised(first), _standardised(second)
    third = np.zeros_like(one) if fixed is None else _standardised(fixed)
    others_correlation = float((other * third).sum())

    def correlation(order: NDArray[np.int64]) -> float:
        permuted = one[np.ix_(order, order)]
        to_other, to_third = float((permuted * other).sum()), float((permuted * third).sum())
        left = (1 - to_third**2) * (1 - others_correlation**2)
        if not left > 1e-12:  # the third matrix explains everything, or an entry is NaN
            return float("nan")
        return (to_other - to_third * others_correlation) / math.sqrt(left)

    rng = np.random.default_rng(seed)
    found = [correlation(rng.permutation(count)) for _ in range(draws)]
    return against(
        correlation(np.arange(count)),
        found,
        null="sensors permuted",
        ways=math.factorial(min(count, 20)),
    )


def complete_part(matrix: Floats) -> NDArray[np.int64]:
    """Return the objects (m,) that remain without NaN after dropping the worst one by one."""
    kept = np.arange(len(matrix))
    while len(kept):
        unknown = np.isnan(matrix[np.ix_(kept, kept)]).sum(axis=1)
        if not unknown.any():
            break
        kept = np.delete(kept, unknown.argmax())
    return kept


def _matrices(view: ModelView, ground: Ground) -> tuple[Floats, Floats, Floats]:
    """Return similarity of meta-parameters, correlation of series, and metres, (n, n) each."""
    cosines = cosine_matrix(view.spatial_coordinates)
    kept = complete_part(ground.series_correlations)
    part = np.ix_(kept, kept)
    return cosines[part], ground.series_correlations[part], ground.distances[part]


def _standardised(matrix: Floats) -> Floats:
    """Scale off-diagonal entries to mean 0 and sum of squares 1, so that products correlate."""
    others = ~np.eye(len(matrix), dtype=bool)
    scaled = np.where(others, matrix - matrix[others].mean(), 0.0)
    length = np.linalg.norm(scaled)
    found: Floats = scaled / length if length > 0 else np.full_like(scaled, np.nan)
    return found
