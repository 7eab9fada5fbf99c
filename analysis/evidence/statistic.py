"""A measured value and its distribution under a null model."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError

LEVEL = 0.05  # a value exceeds its null model if its p is below this


@dataclass(frozen=True)
class Statistic:
    """A value and its distribution under a null model.

    Attributes:
        value: the measured value.
        null: the null model in words.
        null_mean: mean over the draws of the null model; without the measured arrangement itself
            if the draws are all possible ones.
        null_low, null_high: the central 95 % of the same draws.
        p_value: share of draws that are at least as large, (1 + count) / (1 + draws); exhaustive
            draws include the measured value: count / draws.
        draws: number of draws.
        p_smallest: the smallest p that the null model can give.
        sample: (draws,) the values under the null model.

    If the value is undefined (NaN), so are all numbers that are compared with it.
    """

    value: float
    null: str
    null_mean: float
    null_low: float
    null_high: float
    p_value: float
    draws: int
    p_smallest: float = float("nan")
    sample: NDArray[np.float64] = field(
        default_factory=lambda: np.empty(0), repr=False, compare=False
    )

    @property
    def is_above(self) -> bool:
        """Whether the value exceeds the null model: p < `LEVEL`."""
        return self.p_value < LEVEL


def against(
    value: float,
    draws: Sequence[float] | NDArray[np.float64],
    *,
    null: str,
    exhaustive: bool = False,
    ways: float = math.inf,
    least: float = 0.0,
) -> Statistic:
    """Compare a value with draws from a null model; large values support a claim.

    A draw that is undefined (NaN) counts as at least as large as the value.

    Args:
        value: the measured value.
        draws: the values under the null model, at least one.
        null: the null model in words.
        exhaustive: whether `draws` are all possible ones, including the measured value.
        ways: number of different possible draws, if they are random ones of finitely many.
        least: p is not below this; the reciprocal of the number of independent draws, if draws
            depend on each other.

    Raises:
        AnalysisError: for no draws.
    """
    numbers = np.asarray(draws, dtype=np.float64)
    if not len(numbers):
        raise AnalysisError(f"there is nothing to compare with: no draws of '{null}'")
    if not np.isfinite(value):
        mean = low = high = p_value = smallest = float("nan")
    else:
        reached = _reached(numbers, value)
        p_value = reached / len(numbers) if exhaustive else (1 + reached) / (1 + len(numbers))
        p_value = max(p_value, least)
        others = _without(numbers, value) if exhaustive else numbers
        mean = float(others.mean())
        low, high = (float(edge) for edge in np.quantile(others, [0.025, 0.975]))
        smallest = max(_smallest(numbers, value, exhaustive=exhaustive, ways=ways), least)
    return Statistic(
        float(value), null, mean, low, high, p_value, len(numbers), smallest, sample=numbers
    )


def _without(numbers: NDArray[np.float64], value: float) -> NDArray[np.float64]:
    """Remove the measured value from all possible ones; a single one is kept."""
    if len(numbers) == 1:
        return numbers
    return np.delete(numbers, int(np.nanargmin(np.abs(numbers - value))))


def _reached(numbers: NDArray[np.float64], value: float) -> int:
    """Count the draws that are at least as large as a value."""
    # rounding must not separate a draw from an equal value
    return int((~(numbers < value - 1e-12 * max(1.0, abs(value)))).sum())


def _smallest(
    numbers: NDArray[np.float64], value: float, *, exhaustive: bool, ways: float
) -> float:
    """Return the smallest p that draws can give, whatever is measured."""
    top = float(np.max(np.append(numbers, value)))
    share = _reached(numbers, top) / len(numbers)
    if exhaustive or share == 1:  # all equal: no measured value could be larger
        return share
    return max(1 / (1 + len(numbers)), 1 / ways)
