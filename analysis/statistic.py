"""A measured number beside what the same number is where there is nothing to find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.errors import AnalysisError


@dataclass(frozen=True)
class Statistic:
    """A number and its distribution under a null model.

    Attributes:
        value: what was measured.
        null: what the null model is, in words.
        null_mean: mean over the draws of the null model.
        null_low, null_high: between which 95 % of the draws lie.
        p_value: share of draws that are at least as large, (1 + count) / (1 + draws); where the
            draws are all that there are, the measured one is among them: count / draws.
        draws: how many.

    Where the value has no meaning and is NaN, so is everything that is compared with it.
    """

    value: float
    null: str
    null_mean: float
    null_low: float
    null_high: float
    p_value: float
    draws: int


def against(
    value: float, draws: Sequence[float], *, null: str, exhaustive: bool = False
) -> Statistic:
    """Put a number beside those of a null model; large is what would be claimed.

    Args:
        value: what was measured.
        draws: the same number under the null model, at least one.
        null: what the null model is, in words.
        exhaustive: whether `draws` are all possible ones, the measured one among them.

    Raises:
        AnalysisError: for no draws.
    """
    numbers = np.asarray(draws, dtype=np.float64)
    if not len(numbers):
        raise AnalysisError(f"there is nothing to compare with: no draws of '{null}'")
    if not np.isfinite(value):
        unknown = float("nan")
        return Statistic(float(value), null, unknown, unknown, unknown, unknown, len(numbers))
    # rounding must not part a draw from its equal
    reached = int((numbers >= value - 1e-12 * max(1.0, abs(value))).sum())
    p_value = reached / len(numbers) if exhaustive else (1 + reached) / (1 + len(numbers))
    low, high = np.quantile(numbers, [0.025, 0.975])
    return Statistic(
        float(value), null, float(numbers.mean()), float(low), float(high), p_value, len(numbers)
    )
