"""The rules by which a claim is judged, fixed before any result was known.

Each claim has one primary statistic and a one-sided test: large values support the claim. The
statistic is compared with two null models. The *permutation null* keeps the trained model and
destroys the one relation that the claim is about; its p values are corrected over the claims by
Holm's method, which keeps the probability of even one false "holds" below the level, however the
claims depend on each other. The *untrained null* keeps the relation and removes the training: it
shows what the architecture alone gives for the same inputs. Both must be rejected.

A claim **holds** if the Holm-corrected p of its permutation null and the p of its untrained null
are both below the level. A claim without a permutation null (days form clusters) is judged by its
untrained null alone. The untrained p is not corrected, since it can only prevent a "holds".

A claim is **inconclusive** if no outcome could have made it hold:

- the model or the data that it is about are missing;
- the smallest p that one of its nulls can give is not below the level;
- its p is below the level before correction, but given the other claims' p values, even the
  smallest possible p would not survive Holm's correction. With all 21 ways to choose two of seven
  days, the smallest p is 1 / 21, which survives only if nothing is left to correct for. "Does not
  hold" would be wrong here, because the test has too little power.

All other claims **do not hold**. A claim whose p is not below the level before correction does not
hold, since its null could have been rejected and was not.

The correction covers the claims that can be decided before their p is known. Those whose null
cannot reach the level, or whose data are missing, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.evidence.statistic import LEVEL

DRAWS = 999  # of a permutation null: its smallest p, 0.001, survives Holm's correction for ten
UNTRAINED = 39  # untrained models for statistics of weights
UNTRAINED_FORWARD = 20  # for statistics that take forward passes: the fewest that allow p < 0.05

Verdict = Literal["holds", "does not hold", "inconclusive"]


@dataclass(frozen=True)
class Evidence:
    """The p values that a verdict is based on; None for one that does not exist.

    Attributes:
        p_value, p_smallest: of the permutation null, and the smallest that it can give; NaN
            if the statistic has no value.
        p_untrained, untrained_smallest: the same for the untrained null.
        has_permutation_null: False for a claim that is judged by the untrained null alone.
    """

    p_value: float | None
    p_smallest: float | None
    p_untrained: float | None
    untrained_smallest: float | None
    has_permutation_null: bool = True

    @property
    def can_be_told(self) -> bool:
        """Whether the nulls exist and could be rejected, whatever their p values are."""
        needed = [(self.p_untrained, self.untrained_smallest)]
        if self.has_permutation_null:
            needed.append((self.p_value, self.p_smallest))
        return all(p is not None and _below(smallest) for p, smallest in needed)

    @property
    def is_corrected(self) -> bool:
        """Whether its p is part of Holm's correction."""
        return self.has_permutation_null and self.can_be_told


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p values corrected by Holm's step-down method, in the given order.

    The i-th smallest of m is multiplied by m - i + 1; no corrected p may be below that of a
    smaller p, or exceed 1.
    """
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(order), 0, -1)
    stepped = np.maximum.accumulate(np.asarray(p_values, dtype=np.float64)[order] * factors)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(stepped, 1.0)
    return [float(p) for p in corrected]


def corrected(evidence: Mapping[str, Evidence]) -> dict[str, float]:
    """Return the Holm-corrected p of the claims that are part of the correction, by id."""
    family = {name: one.p_value for name, one in evidence.items() if one.is_corrected}
    p_values = [p for p in family.values() if p is not None]
    return dict(zip(family, holm(p_values), strict=True))


def verdicts(evidence: Mapping[str, Evidence]) -> dict[str, Verdict]:
    """Return the verdict on each claim, by id."""
    p_holm = corrected(evidence)
    return {name: _verdict(name, evidence, p_holm) for name in evidence}


def is_silenced(name: str, evidence: Mapping[str, Evidence]) -> bool:
    """Whether a claim's p is below the level, but no possible p would survive the correction."""
    one = evidence[name]
    if not one.is_corrected or not _below(one.p_value):
        return False
    p_values = {key: other.p_value for key, other in evidence.items() if other.is_corrected}
    best = p_values | {name: one.p_smallest}
    found = holm([p for p in best.values() if p is not None])
    return not _below(found[list(best).index(name)])


def _verdict(name: str, evidence: Mapping[str, Evidence], p_holm: Mapping[str, float]) -> Verdict:
    one = evidence[name]
    if not one.can_be_told:
        return "inconclusive"
    if not _below(one.p_untrained):
        return "does not hold"
    if not one.has_permutation_null or _below(p_holm[name]):
        return "holds"
    return "inconclusive" if is_silenced(name, evidence) else "does not hold"


def _below(p: float | None) -> bool:
    return p is not None and p < LEVEL
