"""A measured number beside what the same number is where there is nothing to find."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError

LEVEL = 0.05  # a number is above its null where its p-value is below that


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
        p_smallest: that the null can attain, whatever was measured.
        sample: (draws,) the numbers under the null model themselves.

    Where the value has no meaning and is NaN, so is everything that is compared with it.
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
        """Whether the value is above its null: p < `LEVEL`."""
        return self.p_value < LEVEL


def against(
    value: float,
    draws: Sequence[float] | NDArray[np.float64],
    *,
    null: str,
    exhaustive: bool = False,
    ways: float = math.inf,
) -> Statistic:
    """Put a number beside those of a null model; large is what would be claimed.

    A draw that has no meaning and is NaN counts as one that is at least as large.

    Args:
        value: what was measured.
        draws: the same number under the null model, at least one.
        null: what the null model is, in words.
        exhaustive: whether `draws` are all possible ones, the measured one among them.
        ways: how many different draws there are, where they are random ones of finitely many.

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
        mean = float(numbers.mean())
        low, high = (float(edge) for edge in np.quantile(numbers, [0.025, 0.975]))
        smallest = _smallest(numbers, value, exhaustive=exhaustive, ways=ways)
    return Statistic(
        float(value), null, mean, low, high, p_value, len(numbers), smallest, sample=numbers
    )


def _reached(numbers: NDArray[np.float64], value: float) -> int:
    """Count the draws that are at least as large as a value."""
    # rounding must not part a draw from its equal
    return int((~(numbers < value - 1e-12 * max(1.0, abs(value)))).sum())


def _smallest(
    numbers: NDArray[np.float64], value: float, *, exhaustive: bool, ways: float
) -> float:
    """Return the smallest p-value that draws allow, whatever is measured."""
    top = float(np.max(np.append(numbers, value)))
    share = _reached(numbers, top) / len(numbers)
    if exhaustive or share == 1:  # all alike: nothing that could be measured would stand out
        return share
    return max(1 / (1 + len(numbers)), 1 / ways)
