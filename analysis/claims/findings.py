"""From the measurements of each claim to the rows of the table, with verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.claims.catalogue import Claim
from analysis.claims.result import Beside, ClaimResult
from analysis.claims.rules import LEVEL, Evidence, Verdict, corrected, is_silenced, verdicts
from analysis.evidence.statistic import Statistic, against
from analysis.material import Material


@dataclass
class Finding:
    """What is known of one claim so far.

    Attributes:
        claim: the claim.
        value: of the trained model, or None.
        statistic: the same with its permutation null, or None.
        beside: additional numbers.
        moments: a sentence on the moments that were used; "" if that does not matter.
        problem: why there is no value; "" if there is one.
        untrained: the values of untrained models.
        untrained_same_clusters: their values with the trained model's clusters instead of their
            own, for claims about E_st.
    """

    claim: Claim
    value: float | None = None
    statistic: Statistic | None = None
    beside: tuple[Beside, ...] = ()
    moments: str = ""
    problem: str = ""
    untrained: list[float] = field(default_factory=list)
    untrained_same_clusters: list[float] = field(default_factory=list)

    @property
    def is_measured(self) -> bool:
        """Whether there is a value that can be compared."""
        return self.value is not None and bool(np.isfinite(self.value))

    @property
    def untrained_null(self) -> Statistic | None:
        """The value compared with untrained models, if there are any."""
        return self._against(self.untrained)

    @property
    def same_clusters_null(self) -> Statistic | None:
        """The value compared with untrained models in the trained model's clusters, if any."""
        return self._against(self.untrained_same_clusters)

    def _against(self, values: Sequence[float]) -> Statistic | None:
        if self.value is None or not self.is_measured or not values:
            return None
        return against(self.value, values, null=f"{len(values)} untrained models")

    @property
    def evidence(self) -> Evidence:
        """The p values that the verdict is based on."""
        permuted, fresh = self.statistic if self.is_measured else None, self.untrained_null
        return Evidence(
            p_value=None if permuted is None else permuted.p_value,
            p_smallest=None if permuted is None else permuted.p_smallest,
            p_untrained=None if fresh is None else fresh.p_value,
            untrained_smallest=None if fresh is None else fresh.p_smallest,
            has_permutation_null=self.claim.test is not None,
        )


def judged(findings: Sequence[Finding], why_no_untrained: str) -> list[ClaimResult]:
    """Judge all claims together, and return one row for each.

    Args:
        findings: of all claims.
        why_no_untrained: the note for claims without untrained models.
    """
    evidence = {finding.claim.id: finding.evidence for finding in findings}
    p_holm, verdict = corrected(evidence), verdicts(evidence)
    rows = []
    for finding in findings:
        name = finding.claim.id
        note = _note(finding, why_no_untrained, silenced=is_silenced(name, evidence))
        rows.append(_row(finding, p_holm.get(name), verdict[name], note))
    return rows


def why_untrained_is_missing(material: Material, untrained: int) -> str:
    """Return why the untrained null may be missing."""
    if not untrained:
        return "no untrained models were requested"
    return (
        f"running untrained models on the same inputs requires the data set, but "
        f"{material.dataset_problem}"
    )


def _row(finding: Finding, p_holm: float | None, verdict: Verdict, note: str) -> ClaimResult:
    claim, fresh = finding.claim, finding.untrained_null
    shown = finding.statistic if claim.test is not None else fresh
    known = shown if shown is not None and finding.is_measured else None
    is_permuted = known is not None and claim.test is not None
    return ClaimResult(
        id=claim.id,
        claim=claim.sentence,
        statistic=claim.statistic,
        value=finding.value if finding.is_measured else None,
        null=claim.null,
        null_mean=None if known is None else known.null_mean,
        null_range=None if known is None else (known.null_low, known.null_high),
        p_value=known.p_value if known is not None and is_permuted else None,
        p_smallest=None if known is None else known.p_smallest,
        p_untrained=None if fresh is None else fresh.p_value,
        p_holm=p_holm,
        verdict=verdict,
        note=note,
        beside=_beside(finding),
        untrained_mean=None if fresh is None else fresh.null_mean,
        untrained_range=None if fresh is None else (fresh.null_low, fresh.null_high),
        draws=np.empty(0) if known is None else known.sample,
        untrained_draws=np.empty(0) if fresh is None else fresh.sample,
    )


def _beside(finding: Finding) -> tuple[Beside, ...]:
    same = finding.same_clusters_null
    if same is None:
        return finding.beside
    name = "the statistic, compared with untrained models in the trained model's clusters"
    return (*finding.beside, Beside.of(name, same))


def _note(finding: Finding, why_no_untrained: str, *, silenced: bool) -> str:
    sentences = [finding.claim.remark, finding.moments]
    evidence = finding.evidence
    if finding.problem:
        sentences.append(_sentence(finding.problem))
    elif not finding.is_measured:
        sentences.append("The statistic is undefined here: what it compares is constant or empty.")
    else:
        if finding.untrained_null is None:
            sentences.append(_sentence(why_no_untrained))
        if silenced:
            sentences.append(
                "Given the other claims' p values, even the smallest p that this null can give "
                "would not survive Holm's correction."
            )
        sentences += [
            f"The smallest p that {null} can give, {smallest:.2g}, is not below {LEVEL:g}."
            for null, smallest in (
                ("the null", evidence.p_smallest),
                ("the untrained null", evidence.untrained_smallest),
            )
            if smallest is not None and smallest >= LEVEL
        ]
    return " ".join(sentence for sentence in sentences if sentence)


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:].rstrip(".") + "."
