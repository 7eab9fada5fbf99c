"""The partial Mantel correlation: two matrices of pairs, with others held fixed."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.evidence.agreement import permuted_within, rearrangements
from analysis.evidence.statistic import Statistic, against
from analysis.geometry.clustering import Labels
from analysis.geometry.similarity import Floats

NULLS = ("sensors permuted among all sensors", "sensors permuted within neighbourhoods")
_DEGENERATE = 1e-12  # squared share of two matrices that the fixed ones must leave


def partial_mantel(
    first: Floats,
    second: Floats,
    fixed: Sequence[Floats] = (),
    cells: Labels | None = None,
    *,
    ordered: bool = False,
    draws: int,
    seed: int = 0,
) -> Statistic:
    """Return the partial correlation of two matrices' entries, controlling for others.

    It is the correlation, over pairs of different objects, of what a linear regression on the
    fixed matrices leaves of both. A pair that is NaN in `second` or in a fixed matrix is left out.
    Null: the objects of the first matrix permuted, rows and columns together.

    Args:
        first: (n, n), known for all pairs, since any can take the place of any other.
        second: (n, n).
        fixed: matrices (n, n) to control for; none gives the plain Mantel correlation.
        cells: (n,) neighbourhoods within which objects are permuted; None permutes among all.
        ordered: whether (i, j) and (j, i) are two pairs; otherwise the matrices are symmetric, and
            each pair counts once.
        draws, seed: of the null.

    Raises:
        AnalysisError: for fewer than 4 objects, or too few pairs for that many fixed matrices.
    """
    count = len(first)
    if count < 4:
        raise AnalysisError(f"{count} sensors can be compared, but at least 4 are needed")
    rows, columns = _known_pairs(second, fixed, ordered=ordered)
    if len(rows) < len(fixed) + 3:
        raise AnalysisError(
            f"{len(rows)} pairs of sensors can be compared, but at least {len(fixed) + 3} are "
            "needed"
        )
    basis = _basis([matrix[rows, columns] for matrix in fixed])
    left, kept = _remainder(second[rows, columns], basis)

    def correlation(order: NDArray[np.int64]) -> float:
        own, share = _remainder(first[order[rows], order[columns]], basis)
        if not share * kept > _DEGENERATE:  # the fixed ones explain everything, or one is NaN
            return float("nan")
        return float(own @ left)

    rng, objects = np.random.default_rng(seed), np.arange(count)
    where = np.zeros_like(objects) if cells is None else cells
    found = [correlation(permuted_within(objects, where, rng)) for _ in range(draws)]
    return against(
        correlation(objects),
        found,
        null=NULLS[cells is not None],
        ways=rearrangements(objects, where),
    )


def _known_pairs(
    second: Floats, fixed: Sequence[Floats], *, ordered: bool
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return rows and columns (P,) of the pairs that no matrix lacks."""
    known = ~np.eye(len(second), dtype=bool) if ordered else np.triu(np.ones(second.shape, bool), 1)
    for matrix in (second, *fixed):
        known &= ~np.isnan(matrix)
    rows, columns = np.nonzero(known)
    return rows, columns


def _basis(fixed: Sequence[Floats]) -> Floats:
    """Return an orthonormal basis (P, r) of centred columns (P,); r is 0 for none."""
    if not fixed:
        return np.empty((0, 0))
    centred = np.column_stack([values - values.mean() for values in fixed])
    lengths = np.linalg.norm(centred, axis=0)
    scaled = centred / np.where(lengths > 0, lengths, 1)  # metres and correlations alike
    left, sizes, _ = np.linalg.svd(scaled, full_matrices=False)
    basis: Floats = left[:, sizes > 1e-10]
    return basis


def _remainder(values: Floats, basis: Floats) -> tuple[Floats, float]:
    """Return what a basis leaves of values (P,), of length 1, and its share of the variance."""
    centred = values - values.mean()
    left = centred - basis @ (basis.T @ centred) if basis.size else centred
    total, length = float(np.linalg.norm(centred)), float(np.linalg.norm(left))
    if not (length > 0 and math.isfinite(length)):
        return left, 0.0
    return left / length, (length / total) ** 2
