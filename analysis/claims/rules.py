"""The rules by which a claim is judged, version 2; `docs/claims.md` states and explains them.

Each claim has one primary statistic and a one-sided test. It is compared with a *permutation
null*, whose p values are corrected over the claims by Holm's method, which keeps the probability of
even one false "holds" below the level, however the claims depend on each other; with *untrained
models* of several kinds; and, if it is about E_st, with forward passes on *readings of other
sensors*. The latter p values are not corrected, since they can only prevent a "holds".

A claim **holds** if all of them are rejected, and its effect is at least weak. It **depends on the
null** if it holds against one kind of untrained model and not against another. It is
**inconclusive** if no outcome could have made it hold: what it is about is missing; the smallest p
that one of its nulls can give is not below the level; or its p is below the level before
correction, but given the other claims' p values, even the smallest possible p would not survive
Holm's correction ("does not hold" would be wrong, because the test has too little power). It is
**not applicable** to a data set that lacks what it speaks of, such as freeways. All other claims
**do not hold**.

The correction covers the claims that can be decided before their p is known. Those whose null
cannot reach the level, or whose data are missing, are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, get_args

import numpy as np

from analysis.evidence.statistic import LEVEL

RULES = 2  # version
DRAWS = 999  # of a permutation null: its smallest p, 0.001, survives Holm's correction for ten
UNTRAINED = 39  # untrained models for statistics of weights
UNTRAINED_FORWARD = 20  # for statistics that take forward passes: the fewest that allow p < 0.05
READINGS = 20  # permutations of the readings among sensors, likewise

Verdict = Literal["holds", "does not hold", "depends on the null", "inconclusive", "not applicable"]
Family = Literal["paper", "places", "graph"]  # of claims that p values are corrected over
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)


@dataclass(frozen=True)
class P:
    """A p value, and the smallest that the null can give; NaN if the statistic has no value."""

    value: float
    smallest: float

    @property
    def is_below(self) -> bool:
        """Whether the null is rejected, before correction."""
        return self.value < LEVEL

    @property
    def could_be(self) -> bool:
        """Whether the null could be rejected, whatever its p is."""
        return self.smallest < LEVEL


@dataclass(frozen=True)
class Evidence:
    """What a verdict is based on.

    Attributes:
        family: p of the permutation null, which is corrected; None if it does not exist. A claim
            without a permutation null has its p against untrained models here.
        untrained: p against each kind of untrained model, by name.
        readings: p against readings of other sensors; None if the claim does not need it.
        condition: whether the effect is at least weak, and a claim's further condition is met.
        is_missing: whether something that the claim needs is missing.
        is_applicable: whether the data set has what the claim speaks of.
    """

    family: P | None
    untrained: Mapping[str, P] = field(default_factory=dict)
    readings: P | None = None
    condition: bool = True
    is_missing: bool = False
    is_applicable: bool = True

    @property
    def can_be_told(self) -> bool:
        """Whether the nulls exist and could be rejected, whatever their p values are."""
        if not self.is_applicable or self.is_missing or self.family is None or not self.untrained:
            return False
        known = [self.family, *self.untrained.values(), *([self.readings] if self.readings else [])]
        return all(one.could_be for one in known)


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
    family = _family(evidence)
    return dict(zip(family, holm([p.value for p in family.values()]), strict=True))


def verdicts(evidence: Mapping[str, Evidence]) -> dict[str, Verdict]:
    """Return the verdict on each claim, by id."""
    p_holm = corrected(evidence)
    return {name: _verdict(name, evidence, p_holm) for name in evidence}


def is_silenced(name: str, evidence: Mapping[str, Evidence]) -> bool:
    """Whether a claim's p is below the level, but no possible p would survive the correction."""
    family = _family(evidence)
    if name not in family or not family[name].is_below:
        return False
    best = [p.smallest if key == name else p.value for key, p in family.items()]
    return not holm(best)[list(family).index(name)] < LEVEL


def _family(evidence: Mapping[str, Evidence]) -> dict[str, P]:
    return {
        name: one.family
        for name, one in evidence.items()
        if one.can_be_told and one.family is not None
    }


def _verdict(name: str, evidence: Mapping[str, Evidence], p_holm: Mapping[str, float]) -> Verdict:
    one = evidence[name]
    if not one.is_applicable:
        return "not applicable"
    if not one.can_be_told:
        return "inconclusive"
    if not one.condition or (one.readings is not None and not one.readings.is_below):
        return "does not hold"
    beaten = [p.is_below for p in one.untrained.values()]
    if not any(beaten):
        return "does not hold"
    if not p_holm[name] < LEVEL:
        return "inconclusive" if is_silenced(name, evidence) else "does not hold"
    return "holds" if all(beaten) else "depends on the null"
