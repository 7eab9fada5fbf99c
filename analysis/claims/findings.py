"""From the measurements of each claim to the rows of the table, with verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.claims.catalogue import Claim
from analysis.claims.effects import Effect
from analysis.claims.result import Beside, ClaimResult, Null
from analysis.claims.rules import LEVEL, Evidence, P, Verdict, corrected, is_silenced, verdicts
from analysis.evidence.statistic import Statistic, against
from analysis.material import Material

UNTRAINED = "untrained models"  # where the dictionaries do not matter
MATCHED = "untrained models, matched dictionaries"
UNMATCHED = "untrained models, dictionaries as initialised"
SAME_CLUSTERS = ", in this model's clusters"
READINGS = "readings of other sensors"


@dataclass
class Finding:
    """What is known of one claim so far.

    Attributes:
        claim: the claim.
        value: of the trained model, large if it supports the claim, or None.
        statistic: the same with its permutation null, or None.
        beside: additional numbers.
        moments: a sentence on the moments that were used; "" if that does not matter.
        problem: why there is no value; "" if there is one.
        inapplicable: why the claim says nothing about the data set; "" if it does.
        condition: whether the claim's further condition is met, and a sentence on it.
        others: the values of other models, by the name of their null.
    """

    claim: Claim
    value: float | None = None
    statistic: Statistic | None = None
    beside: tuple[Beside, ...] = ()
    moments: str = ""
    problem: str = ""
    inapplicable: str = ""
    condition: tuple[bool, str] = (True, "")
    others: dict[str, list[float]] = field(default_factory=dict)

    @property
    def is_measured(self) -> bool:
        """Whether there is a value that can be compared."""
        return self.value is not None and bool(np.isfinite(self.value))

    @property
    def effect(self) -> Effect | None:
        """The effect size, if it can be computed."""
        if self.value is None or not self.is_measured:
            return None
        size = self.value if self.claim.takes_size is None else self.claim.takes_size(self)
        return Effect.of(self.claim.scale, size) if np.isfinite(size) else None

    @property
    def is_slight(self) -> bool:
        """Whether the effect is negligible or opposite, so that the claim cannot hold."""
        return self.effect is not None and self.effect.reading in ("negligible", "opposite")

    def null(self, name: str) -> Statistic | None:
        """The value compared with those of other models, if there are any."""
        values = self.others.get(name)
        if self.value is None or not self.is_measured or not values:
            return None
        return against(self.value, values, null=name)

    @property
    def readings_null(self) -> Statistic | None:
        """The value compared with those of the model on readings of other sensors."""
        return self.null(READINGS)

    @property
    def nulls(self) -> dict[str, Statistic]:
        """The value compared with every kind of other models."""
        found = {name: self.null(name) for name in self.others}
        return {name: null for name, null in found.items() if null is not None}

    @property
    def main_null(self) -> Statistic | None:
        """The permutation null, or untrained models where there is none."""
        if not self.is_measured:
            return None
        return self.untrained_null if self.claim.test is None else self.statistic

    @property
    def untrained_null(self) -> Statistic | None:
        """The value compared with untrained models, with matched dictionaries if they matter."""
        return self.null(MATCHED) or self.null(UNTRAINED)

    @property
    def evidence(self) -> Evidence:
        """What the verdict is based on."""
        nulls = {name: P(null.p_value, null.p_smallest) for name, null in self.nulls.items()}
        readings = nulls.pop(READINGS, None)
        if readings is not None:  # equal values refute: the model ignores what the sensors read
            readings = P(readings.value, 1 / (1 + len(self.others[READINGS])))
        family, main = None, self.main_null
        if self.claim.test is None and nulls:
            agreed = all(p.is_below for p in nulls.values())
            family = (max if agreed else min)(nulls.values(), key=lambda p: p.value)
        elif main is not None:
            family = P(main.p_value, main.p_smallest)
        needs_readings = self.claim.takes_forward_passes
        return Evidence(
            family=family,
            untrained=nulls,
            readings=readings,
            condition=self.condition[0] and not self.is_slight,
            is_applicable=not self.inapplicable,
            is_missing=not self.is_measured or (needs_readings and readings is None),
        )


def judged(findings: Sequence[Finding], why_no_others: str) -> list[ClaimResult]:
    """Judge the claims of each family together, and return one row for each.

    Args:
        findings: of all claims.
        why_no_others: the note for claims without other models or other readings.
    """
    rows: dict[str, ClaimResult] = {}
    for family in dict.fromkeys(finding.claim.family for finding in findings):
        own = [finding for finding in findings if finding.claim.family == family]
        rows |= {row.id: row for row in _judged(own, why_no_others)}
    return [rows[finding.claim.id] for finding in findings]


def _judged(findings: Sequence[Finding], why_no_others: str) -> list[ClaimResult]:
    """Judge the claims of one family."""
    evidence = {finding.claim.id: finding.evidence for finding in findings}
    p_holm, verdict = corrected(evidence), verdicts(evidence)
    rows = []
    for finding in findings:
        name = finding.claim.id
        silenced = verdict[name] == "inconclusive" and is_silenced(name, evidence)
        note = _note(finding, why_no_others, silenced=silenced)
        rows.append(_row(finding, p_holm.get(name), verdict[name], note))
    return rows


def why_others_are_missing(material: Material, untrained: int) -> str:
    """Return why untrained models, or other readings, may be missing."""
    if not untrained:
        return "no untrained models were requested"
    return (
        f"running models on the same inputs, and on those of other sensors, requires the data "
        f"set, but {material.dataset_problem}"
    )


def _row(finding: Finding, p_holm: float | None, verdict: Verdict, note: str) -> ClaimResult:
    claim, known, evidence = finding.claim, finding.main_null, finding.evidence
    sign, untrained = claim.sign, [p.value for p in evidence.untrained.values()]
    return ClaimResult(
        id=claim.id,
        family=claim.family,
        claim=claim.sentence,
        statistic=claim.statistic,
        value=sign * finding.value if finding.value is not None and finding.is_measured else None,
        null=claim.null,
        null_mean=None if known is None else sign * known.null_mean,
        null_range=None if known is None else _range(known, sign),
        p_value=None if evidence.family is None or claim.test is None else evidence.family.value,
        p_smallest=None if evidence.family is None else evidence.family.smallest,
        p_untrained=(min(untrained), max(untrained)) if untrained else None,
        p_readings=None if evidence.readings is None else evidence.readings.value,
        p_holm=p_holm,
        verdict=verdict,
        effect=finding.effect,
        note=note,
        beside=finding.beside,
        nulls=tuple(_null(name, null, sign) for name, null in finding.nulls.items()),
        draws=np.empty(0) if known is None else sign * known.sample,
        untrained_draws=sign * _sample(finding.untrained_null),
    )


def _sample(null: Statistic | None) -> NDArray[np.float64]:
    return np.empty(0) if null is None else null.sample


def _range(null: Statistic, sign: int) -> tuple[float, float]:
    low, high = sorted((sign * null.null_low, sign * null.null_high))
    return low, high


def _null(name: str, null: Statistic, sign: int) -> Null:
    low, high = _range(null, sign)
    mean = sign * null.null_mean
    return Null(name, mean, low, high, null.p_value, null.p_smallest, null.draws)


def _note(finding: Finding, why_no_others: str, *, silenced: bool) -> str:
    if finding.inapplicable or finding.problem:
        return _sentence(finding.inapplicable or finding.problem)
    sentences = [finding.claim.remark, finding.moments]
    evidence = finding.evidence
    if not finding.is_measured:
        sentences.append("The statistic is undefined here: what it compares is constant or empty.")
    else:
        sentences.append(finding.condition[1])
        if finding.is_slight and finding.effect is not None:
            sentences.append(f"The effect is {finding.effect.reading}, so the claim cannot hold.")
        if evidence.is_missing or not evidence.untrained:
            sentences.append(_sentence(why_no_others))
        if silenced:
            sentences.append(
                "Given the other claims' p values, even the smallest p that this null can give "
                "would not survive Holm's correction."
            )
        sentences += _powerless(finding, evidence)
    return " ".join(sentence for sentence in sentences if sentence)


def _powerless(finding: Finding, evidence: Evidence) -> list[str]:
    """Return a sentence for each null that cannot be rejected, whatever is measured."""
    smallest = {name: null.p_smallest for name, null in finding.nulls.items() if name != READINGS}
    if finding.claim.test is not None and evidence.family is not None:
        smallest = {"the permutation null": evidence.family.smallest} | smallest
    return [
        f"The smallest p that {name} can give, {p:.2g}, is not below {LEVEL:g}."
        for name, p in smallest.items()
        if p >= LEVEL
    ]


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
