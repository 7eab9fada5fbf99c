"""The result for one claim."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.claims.rules import Verdict
from analysis.evidence.statistic import Statistic


@dataclass(frozen=True)
class Beside:
    """An additional number that helps to interpret the statistic; the verdict ignores it.

    Attributes:
        name: what it is.
        value: of the trained model.
        null_mean, p_value: under the null that the name states, or None if there is none.
    """

    name: str
    value: float
    null_mean: float | None = None
    p_value: float | None = None

    @classmethod
    def of(cls, name: str, statistic: Statistic) -> Beside:
        """Create one from a statistic."""
        return cls(name, statistic.value, statistic.null_mean, statistic.p_value)


@dataclass(frozen=True)
class ClaimResult:
    """One row of the table of claims.

    Attributes:
        id: short name.
        claim: what the paper says.
        statistic: what is measured; large values support the claim.
        value: of the trained model; None if it could not be measured.
        null: the permutation null in words.
        null_mean, null_range: mean of the null, and the range that contains 95 % of it.
        p_value: of the permutation null, before correction.
        p_smallest: the smallest p value that the null can give.
        p_untrained: of the untrained null.
        p_holm: corrected by Holm's method; None for a claim that is not part of the correction.
        verdict: see `analysis.claims.rules`.
        note: what a reader must know, in a few sentences; "" for nothing.
        beside: additional numbers.
        untrained_mean, untrained_range: the same of untrained models.
        draws: (n,) the null's numbers, for a histogram.
        untrained_draws: (m,) those of untrained models.
    """

    id: str
    claim: str
    statistic: str
    value: float | None
    null: str
    null_mean: float | None
    null_range: tuple[float, float] | None
    p_value: float | None
    p_smallest: float | None
    p_untrained: float | None
    p_holm: float | None
    verdict: Verdict
    note: str = ""
    beside: tuple[Beside, ...] = ()
    untrained_mean: float | None = None
    untrained_range: tuple[float, float] | None = None
    draws: NDArray[np.float64] = field(
        default_factory=lambda: np.empty(0), repr=False, compare=False
    )
    untrained_draws: NDArray[np.float64] = field(
        default_factory=lambda: np.empty(0), repr=False, compare=False
    )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, without the draws."""
        fields = {name: value for name, value in vars(self).items() if not name.endswith("draws")}
        for name in ("null_range", "untrained_range"):
            fields[name] = None if fields[name] is None else list(fields[name])
        return fields | {"beside": [vars(beside) for beside in self.beside]}
