"""The claim that sensors with similar meta-parameters have similar series, given distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.result import Beside
from analysis.evidence.mantel import partial_mantel
from analysis.evidence.statistic import Statistic
from analysis.geometry.clustering import Labels
from analysis.geometry.similarity import Floats, cosine_matrix


def series_similarity(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Correlate similarity of meta-parameters with that of series, controlling for distance."""
    theta, series, metres, cells = _matrices(view, ground)
    return partial_mantel(theta, series, [metres], cells, draws=draws, seed=seed)


def series_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return the same under an easier null, without distance, and with its logarithm."""
    theta, series, metres, cells = _matrices(view, ground)
    freely = partial_mantel(theta, series, [metres], draws=draws, seed=seed)
    plain = partial_mantel(theta, series, (), cells, draws=draws, seed=seed)
    log = partial_mantel(theta, series, [np.log1p(metres)], cells, draws=draws, seed=seed)
    return (
        Beside.of("the same, sensors permuted among all sensors", freely),
        Beside.of("Mantel correlation, not controlling for distance", plain),
        Beside.of("partial Mantel correlation, controlling for the logarithm of distance", log),
        Beside("sensors whose series can be compared", len(theta)),
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
