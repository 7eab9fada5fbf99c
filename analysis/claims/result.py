"""The result for one claim."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.claims.effects import Effect
from analysis.claims.rules import RULES, Family, Verdict
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
class Null:
    """A null model that a value is compared with beside the permutation null.

    Attributes:
        name: the null model in words.
        mean, low, high: mean of its values, and the range that contains 95 % of them.
        p_value, p_smallest: of the comparison, and the smallest p that it can give.
        count: number of values.
    """

    name: str
    mean: float
    low: float
    high: float
    p_value: float
    p_smallest: float
    count: int


@dataclass(frozen=True)
class ClaimResult:
    """One row of the table of claims.

    Attributes:
        id: short name.
        claim: what the paper says.
        statistic: what is measured.
        value: of the trained model; None if it could not be measured.
        null: the permutation null in words.
        null_mean, null_range: mean of the null, and the range that contains 95 % of it.
        p_value: of the permutation null, before correction; None without one.
        p_smallest: the smallest p value that the null can give.
        p_untrained: against untrained models, the smallest and largest over their kinds; None
            without them.
        p_readings: against readings of other sensors; None for a claim without this null.
        p_holm: corrected by Holm's method; None for a claim that is not part of the correction.
        verdict: see `analysis.claims.rules`.
        effect: effect size; None without a value.
        note: what a reader must know, in a few sentences; "" for nothing.
        beside: additional numbers.
        nulls: untrained models of every kind, and readings of other sensors.
        rules: version of the rules.
        family: of the claims that p values are corrected over.
        draws: (n,) the null's numbers, for a histogram.
        untrained_draws: (m,) those of untrained models with matched dictionaries.
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
    p_untrained: tuple[float, float] | None
    p_readings: float | None
    p_holm: float | None
    verdict: Verdict
    effect: Effect | None = None
    note: str = ""
    beside: tuple[Beside, ...] = ()
    nulls: tuple[Null, ...] = ()
    rules: int = RULES
    family: Family = "paper"
    draws: NDArray[np.float64] = field(
        default_factory=lambda: np.empty(0), repr=False, compare=False
    )
    untrained_draws: NDArray[np.float64] = field(
        default_factory=lambda: np.empty(0), repr=False, compare=False
    )

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON, without the draws."""
        return {name: value for name, value in asdict(self).items() if not name.endswith("draws")}
