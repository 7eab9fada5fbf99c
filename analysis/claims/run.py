"""Evaluate the claims: a statistic, two null models and a verdict for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from analysis.claims.catalogue import CLAIMS, Claim
from analysis.claims.findings import Finding, judged, why_untrained_is_missing
from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.moments import embedding_at
from analysis.claims.result import ClaimResult
from analysis.claims.rules import DRAWS, UNTRAINED, UNTRAINED_FORWARD
from analysis.errors import AnalysisError
from analysis.geometry.clustering import number_of_clusters
from analysis.material import Material

Report = Callable[[str, int, int], None]  # current step, steps done, steps in total
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
    """Evaluate the paper's claims about a trained model.

    Args:
        material: the checkpoint with its track and data set, where available; a claim that needs
            something missing has the verdict "inconclusive" and a note.
        seed: of all draws and untrained models.
        untrained: number of untrained models; at most `UNTRAINED_FORWARD` of them are run on the
            data. With 0 this null is left out, and every claim is inconclusive.
        clusters: k; None takes the paper's 15, or fewer for few sensors.
        draws: of the permutation nulls that are random.
        claims: to evaluate; p values are corrected over these.
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
    k = clusters or number_of_clusters(count)
    report, total = report or _report_nothing, len(claims) + untrained
    view = ModelView(material.model, k)
    if any(claim.takes_forward_passes for claim in claims):
        view = _with_embedding(view, ground)
    findings = []
    for done, claim in enumerate(claims):
        report(claim.sentence, done, total)
        findings.append(_measured(claim, view, ground, draws=draws, seed=seed))
    for number in range(untrained):
        report(f"untrained model {number + 1} of {untrained}", len(claims) + number, total)
        _measure_untrained(findings, view, ground, number=number, seed=seed)
    report("done", total, total)
    return judged(findings, why_untrained_is_missing(material, untrained))


def _report_nothing(what: str, done: int, total: int) -> None:
    pass


def _with_embedding(view: ModelView, ground: Ground) -> ModelView:
    """Add E_st, or the reason why it is missing."""
    try:
        return replace(view, embedding=embedding_at(ground.material, ground.moments))
    except AnalysisError as error:
        return replace(view, embedding_problem=str(error))


def _measured(claim: Claim, view: ModelView, ground: Ground, *, draws: int, seed: int) -> Finding:
    """Measure the trained model, and compare it with the permutation null."""
    finding = Finding(claim)
    try:
        if claim.test is None:
            finding.value = claim.value(view, ground)
        else:
            finding.statistic = claim.test(view, ground, draws=draws, seed=seed)
            finding.value = finding.statistic.value
        if claim.beside is not None:
            finding.beside = claim.beside(view, ground, draws=draws, seed=seed)
        if claim.when is not None:
            finding.moments = claim.when(ground.moments, ground.material.info)
    except AnalysisError as error:
        finding.problem = str(error)
    return finding


def _measure_untrained(
    findings: Sequence[Finding], view: ModelView, ground: Ground, *, number: int, seed: int
) -> None:
    """Draw one untrained model, and measure what could be measured of the trained one."""
    wanted = [finding for finding in findings if finding.is_measured]
    forward = [finding for finding in wanted if finding.claim.takes_forward_passes]
    material = ground.material
    model = material.model.untrained(seed=_FIRST_SEED * (1 + seed) + number)
    fresh = ModelView(model, view.k)
    if forward and number < UNTRAINED_FORWARD and material.dataset is not None:
        embedding = material.embeddings(ground.moments.steps, model=model)
        fresh = replace(fresh, embedding=embedding)
    for finding in wanted:
        if not finding.claim.takes_forward_passes:
            finding.untrained.append(_value(finding.claim, fresh, ground))
        elif fresh.embedding is not None:
            finding.untrained.append(_value(finding.claim, fresh, ground))
            same = replace(fresh, given_labels=view.labels)
            finding.untrained_same_clusters.append(_value(finding.claim, same, ground))


def _value(claim: Claim, view: ModelView, ground: Ground) -> float:
    """Measure an untrained model; NaN, which counts against the claim, if that is impossible."""
    try:
        return claim.value(view, ground)
    except AnalysisError:
        return float("nan")
