"""The claim that sensors with similar meta-parameters have similar series, given distance."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.result import Beside
from analysis.errors import AnalysisError
from analysis.evidence.agreement import permuted_within, rearrangements
from analysis.evidence.statistic import Statistic, against
from analysis.geometry.clustering import Labels
from analysis.geometry.similarity import Floats, cosine_matrix


def series_similarity(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Correlate similarity of meta-parameters with that of series, controlling for distance."""
    theta, series, metres, cells = _matrices(view, ground)
    return partial_mantel(theta, series, metres, cells, draws=draws, seed=seed)


def series_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return the same under an easier null, without distance, and with its logarithm."""
    theta, series, metres, cells = _matrices(view, ground)
    freely = partial_mantel(theta, series, metres, draws=draws, seed=seed)
    plain = partial_mantel(theta, series, None, cells, draws=draws, seed=seed)
    log = partial_mantel(theta, series, np.log1p(metres), cells, draws=draws, seed=seed)
    return (
        Beside.of("the same, sensors permuted among all sensors", freely),
        Beside.of("Mantel correlation, not controlling for distance", plain),
        Beside.of("partial Mantel correlation, controlling for the logarithm of distance", log),
        Beside("sensors whose series can be compared", len(theta)),
    )


def partial_mantel(
    first: Floats,
    second: Floats,
    fixed: Floats | None,
    cells: Labels | None = None,
    *,
    draws: int,
    seed: int = 0,
) -> Statistic:
    """Return the partial correlation of two matrices' entries, controlling for a third matrix.

    r = (r_12 - r_13 r_23) / sqrt((1 - r_13^2) (1 - r_23^2)) over pairs of different objects.
    Null: the objects of the first matrix permuted, rows and columns together.

    Args:
        first, second, fixed: symmetric (n, n); `fixed` None controls for nothing.
        cells: (n,) neighbourhoods within which objects are permuted; None permutes among all.
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

    rng, objects = np.random.default_rng(seed), np.arange(count)
    where = np.zeros_like(objects) if cells is None else cells
    found = [correlation(permuted_within(objects, where, rng)) for _ in range(draws)]
    among = "among all sensors" if cells is None else "within neighbourhoods"
    return against(
        correlation(objects),
        found,
        null=f"sensors permuted {among}",
        ways=rearrangements(objects, where),
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


def _matrices(view: ModelView, ground: Ground) -> tuple[Floats, Floats, Floats, Labels]:
    """Return cosines, correlations of series and metres, (n, n) each, and neighbourhoods (n,)."""
    cosines = cosine_matrix(view.spatial_coordinates)
    kept = complete_part(ground.series_correlations)
    part = np.ix_(kept, kept)
    series, metres = ground.series_correlations[part], ground.distances[part]
    return cosines[part], series, metres, ground.cells[kept]


def _standardised(matrix: Floats) -> Floats:
    """Scale off-diagonal entries to mean 0 and sum of squares 1, so that products correlate."""
    others = ~np.eye(len(matrix), dtype=bool)
    scaled = np.where(others, matrix - matrix[others].mean(), 0.0)
    length = np.linalg.norm(scaled)
    found: Floats = scaled / length if length > 0 else np.full_like(scaled, np.nan)
    return found
