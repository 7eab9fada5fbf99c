"""Evaluate the claims: a statistic, its null models and a verdict for each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from analysis.claims.catalogue import CLAIMS, Claim
from analysis.claims.findings import (
    MATCHED,
    SAME_CLUSTERS,
    UNMATCHED,
    Finding,
    judged,
    why_others_are_missing,
)
from analysis.claims.findings import READINGS as READINGS_NULL
from analysis.claims.findings import UNTRAINED as UNTRAINED_NULL
from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.moments import embedding_at
from analysis.claims.other_readings import with_mean_readings, with_permuted_readings
from analysis.claims.progress import (
    Progress,
    Report,
    number_for_days,
    number_of_readings,
    steps_of,
)
from analysis.claims.result import Beside, ClaimResult
from analysis.claims.rules import DRAWS, UNTRAINED, UNTRAINED_FORWARD
from analysis.errors import AnalysisError
from analysis.geometry.clustering import number_of_clusters
from analysis.material import Material

# apart from the seeds of a study that evaluates untrained models: none may be its own null
_FIRST_SEED = 1_000_000


def evaluate_claims(
    material: Material,
    *,
    seed: int = 0,
    untrained: int = UNTRAINED,
    clusters: int | None = None,
    draws: int = DRAWS,
    claims: Sequence[Claim] = CLAIMS,
    report: Report | None = None,
    ground: Ground | None = None,
) -> list[ClaimResult]:
    """Evaluate claims about a trained model.

    Args:
        material: the checkpoint with its track and data set, where available; a claim that needs
            something missing has the verdict "inconclusive" and a note.
        seed: of all draws and untrained models.
        untrained: number of untrained models; at most `UNTRAINED_FORWARD` of them are run on the
            data. With 0 they and the readings of other sensors are left out, and every claim is
            inconclusive.
        clusters: k; None takes the paper's 15, or fewer for few sensors.
        draws: of the permutation nulls that are random.
        claims: to evaluate; p values are corrected over those of each family.
        report: called with the current step and the progress.
        ground: of an earlier call for the same material, to save computing it again.

    Returns:
        One result a claim, in the order of `claims`.

    Raises:
        AnalysisError: for an impossible number of clusters.
    """
    ground = ground or Ground(material)
    count = material.model.num_nodes
    if clusters is not None and not 2 <= clusters <= count:
        raise AnalysisError(f"{count} sensors allow 2 to {count} clusters, not {clusters}")
    view = ModelView(material.model, clusters or number_of_clusters(count))
    if any(claim.takes_forward_passes for claim in claims):
        view = _with_embedding(view, ground)
    progress = Progress(report, steps_of(view, ground, claims, untrained))
    findings = []
    for claim in claims:
        progress.next()
        findings.append(_measured(claim, view, ground, draws=draws, seed=seed))
    rivals = _Rivals(findings, view, ground, seed)
    for number in range(number_of_readings(claims, untrained)):
        progress.next()
        rivals.measure_readings(number)
    for number in range(untrained):
        progress.next()
        rivals.measure_untrained(number, forward=number < UNTRAINED_FORWARD)
    for number in range(untrained, number_for_days(claims, untrained)):
        progress.next()
        rivals.measure_days(number)
    progress.end()
    return judged(findings, why_others_are_missing(material, untrained))


def _with_embedding(view: ModelView, ground: Ground) -> ModelView:
    """Add E_st, or the reason why it is missing."""
    try:
        return replace(view, embedding=embedding_at(ground.material, ground.moments))
    except AnalysisError as error:
        return replace(view, embedding_problem=str(error))


def _measured(claim: Claim, view: ModelView, ground: Ground, *, draws: int, seed: int) -> Finding:
    """Measure the trained model, and compare it with the permutation null."""
    finding = Finding(claim)
    if claim.inapplicable is not None:
        finding.inapplicable = claim.inapplicable(ground)
        if finding.inapplicable:
            return finding
    try:
        if claim.test is None:
            finding.value = claim.value(view, ground)
        else:
            finding.statistic = claim.test(view, ground, draws=draws, seed=seed)
            finding.value = finding.statistic.value
        if claim.beside is not None:
            finding.beside = claim.beside(view, ground, draws=draws, seed=seed)
        if claim.condition is not None:
            finding.condition = claim.condition(view, ground, finding.value)
        if claim.when is not None:
            finding.moments = claim.when(ground.moments, ground.material.info)
    except AnalysisError as error:
        finding.problem = str(error)
    return finding


class _Rivals:
    """Measures untrained models, and the model on other readings, where they can be compared."""

    def __init__(
        self, findings: Sequence[Finding], view: ModelView, ground: Ground, seed: int
    ) -> None:
        self._wanted = [finding for finding in findings if finding.is_measured]
        self._forward = [one for one in self._wanted if one.claim.takes_forward_passes]
        self._view, self._ground, self._seed = view, ground, _FIRST_SEED * (1 + seed)

    def measure_readings(self, number: int) -> None:
        """Run the model on the readings permuted once; the first time, on their mean as well."""
        material = self._ground.material
        if not self._forward or material.dataset is None:
            return
        permuted = self._run(with_permuted_readings(material, self._seed + number))
        for finding in self._forward:
            finding.others.setdefault(READINGS_NULL, []).append(self._value(finding, permuted))
        if number == 0:
            same = self._run(with_mean_readings(material))
            for finding in self._forward:
                shown = finding.claim.sign * self._value(finding, same)
                mean = Beside("the same, with every sensor reading the network's mean", shown)
                finding.beside = (*finding.beside, mean)

    def measure_untrained(self, number: int, *, forward: bool) -> None:
        """Draw one untrained model, with both kinds of dictionaries."""
        material = self._ground.material
        passes = forward and bool(self._forward) and material.dataset is not None
        for kind, matched in ((MATCHED, True), (UNMATCHED, False)):
            model = material.model.untrained(seed=self._seed + number, matched=matched)
            fresh = ModelView(model, self._view.k)
            if passes:
                embedding = material.embeddings(self._ground.moments.steps, model=model)
                fresh = replace(fresh, embedding=embedding)
            for finding in self._wanted:
                self._compare(finding, kind, fresh)

    def measure_days(self, number: int) -> None:
        """Draw one untrained model for the claims that have no other null."""
        for kind, matched in ((MATCHED, True), (UNMATCHED, False)):
            alone = [finding for finding in self._wanted if finding.claim.test is None]
            if alone:
                model = self._ground.material.model.untrained(
                    seed=self._seed + number, matched=matched
                )
                for finding in alone:
                    self._compare(finding, kind, ModelView(model, self._view.k))

    def _run(self, material: Material) -> ModelView:
        embedding = material.embeddings(self._ground.moments.steps)
        return replace(self._view, embedding=embedding)

    def _compare(self, finding: Finding, kind: str, fresh: ModelView) -> None:
        """Measure one claim of an untrained model, in its own and in the trained clusters."""
        claim, others = finding.claim, finding.others
        if claim.takes_forward_passes and fresh.embedding is None:
            return
        if not claim.takes_dictionaries:
            if kind == UNMATCHED:
                return  # the same weights, apart from the dictionaries
            kind = UNTRAINED_NULL
        others.setdefault(kind, []).append(self._value(finding, fresh))
        if claim.takes_forward_passes:
            same = replace(fresh, given_labels=self._view.labels)
            others.setdefault(kind + SAME_CLUSTERS, []).append(self._value(finding, same))

    def _value(self, finding: Finding, view: ModelView) -> float:
        return _value(finding.claim, view, self._ground)


def _value(claim: Claim, view: ModelView, ground: Ground) -> float:
    """Measure another model; NaN, which counts against the claim, if that is impossible."""
    try:
        return claim.value(view, ground)
    except AnalysisError:
        return float("nan")
