"""The rules by which a claim is judged, fixed before any number was looked at.

One primary statistic a claim, one-sided: large is what the paper claims. It is compared with two
null models. The *permutation null* keeps the trained model and destroys the one relation that the
claim is about; its p-values are corrected over the claims by Holm's method, which keeps the chance
of even one false "holds" below the level whatever the claims have to do with each other. The
*untrained null* keeps the relation and destroys the training: what the architecture alone gives
for the same inputs. Both must be beaten.

A claim **holds** where the Holm-corrected p of its permutation null and the p of its untrained
null are both below the level; a claim without a permutation null (days form clusters) stands on
its untrained null alone, whose p is not corrected: it is a second hurdle, never a second chance.

A claim **cannot be told** where no data could have made it hold:

- the model or the data that it is about are absent;
- the smallest p that one of its nulls can attain is not below the level;
- its p is as small as can be told apart from chance at all (below the level before correction),
  but with the other claims' p-values even the smallest attainable one would not survive Holm's
  correction. With all ways to choose two of seven days the smallest p is 1 / 21, which survives
  only if nothing is left to correct for. To call that refuted would blame the data for the test.

All other claims **do not hold**; one whose p is not below the level before any correction does not
hold, since its null could have been beaten and was not.

The claims whose p is corrected together are those that can be told before their p is seen: a null
that cannot attain the level, or data that are not there, take no part.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from analysis.evidence.statistic import LEVEL

DRAWS = 999  # of a permutation null: its smallest p, 0.001, passes Holm's correction over ten
UNTRAINED = 39  # models, where weights are enough
UNTRAINED_FORWARD = 20  # models, where each takes forward passes: the fewest that can say p < 0.05

Verdict = Literal["holds", "does not hold", "cannot be told"]


@dataclass(frozen=True)
class Evidence:
    """What a verdict is made from; None is a p-value that there is not.

    Attributes:
        p_value, p_smallest: of the permutation null, and the smallest that it can attain; NaN
            where the statistic has no value.
        p_untrained, untrained_smallest: the same of the untrained null.
        has_permutation_null: False for a claim that stands on the untrained null alone.
    """

    p_value: float | None
    p_smallest: float | None
    p_untrained: float | None
    untrained_smallest: float | None
    has_permutation_null: bool = True

    @property
    def can_be_told(self) -> bool:
        """Whether the nulls are there, and can be beaten, before their p-values are seen."""
        needed = [(self.p_untrained, self.untrained_smallest)]
        if self.has_permutation_null:
            needed.append((self.p_value, self.p_smallest))
        return all(p is not None and _below(smallest) for p, smallest in needed)

    @property
    def is_corrected(self) -> bool:
        """Whether its p is one of those that are corrected together."""
        return self.has_permutation_null and self.can_be_told


def holm(p_values: Sequence[float]) -> list[float]:
    """Return p-values corrected by Holm's step-down method, in their order.

    The i-th smallest of m is multiplied by m - i + 1; none may fall below a smaller one, or
    exceed 1.
    """
    order = np.argsort(p_values, kind="stable")
    factors = np.arange(len(order), 0, -1)
    stepped = np.maximum.accumulate(np.asarray(p_values, dtype=np.float64)[order] * factors)
    corrected = np.empty(len(order))
    corrected[order] = np.minimum(stepped, 1.0)
    return [float(p) for p in corrected]


def corrected(evidence: Mapping[str, Evidence]) -> dict[str, float]:
    """Return the Holm-corrected p of the claims that take part, by their ids."""
    family = {name: one.p_value for name, one in evidence.items() if one.is_corrected}
    p_values = [p for p in family.values() if p is not None]
    return dict(zip(family, holm(p_values), strict=True))


def verdicts(evidence: Mapping[str, Evidence]) -> dict[str, Verdict]:
    """Judge all claims together, by their ids."""
    p_holm = corrected(evidence)
    return {name: _verdict(name, evidence, p_holm) for name in evidence}


def is_silenced(name: str, evidence: Mapping[str, Evidence]) -> bool:
    """Whether a claim's p is below the level, but no attainable p would survive the correction."""
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
        return "cannot be told"
    if not _below(one.p_untrained):
        return "does not hold"
    if not one.has_permutation_null or _below(p_holm[name]):
        return "holds"
    return "cannot be told" if is_silenced(name, evidence) else "does not hold"


def _below(p: float | None) -> bool:
    return p is not None and p < LEVEL
