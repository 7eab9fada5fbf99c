"""Put a number, two nulls and a verdict beside each claim."""

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
from analysis.evidence.untrained import untrained_weights
from analysis.geometry.clustering import number_of_clusters
from analysis.material import Material

Report = Callable[[str, int, int], None]  # what is going on, steps done, steps in all
# away from the seeds of a study that judges untrained models: none may be its own null
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
        material: the checkpoint with its track and data set, as far as they are there; a claim
            that needs more than there is has the verdict "cannot be told" and a note.
        seed: of all draws and untrained models.
        untrained: how many fresh initialisations; those that must read the data are at most
            `UNTRAINED_FORWARD`. 0 leaves that null out, and then nothing can be told.
        clusters: k; None takes the paper's 15, or fewer for few sensors.
        draws: of the permutation nulls that are random.
        claims: which; p-values are corrected over these.
        report: is called with what is going on, and how far it has come.
        ground: of an earlier call for the same material, to save the time to make it.

    Returns:
        One result a claim, in the order of `claims`.

    Raises:
        AnalysisError: for an impossible number of clusters.
    """
    ground = ground or Ground(material)
    config = material.arrays.config
    if clusters is not None and not 2 <= clusters <= config.num_nodes:
        raise AnalysisError(
            f"{config.num_nodes} sensors make 2 to {config.num_nodes} clusters, not {clusters}"
        )
    k = clusters or number_of_clusters(config.num_nodes)
    progress = _Progress(report, len(claims) + untrained)
    view = ModelView(material.arrays.weights, config, k)
    if any(claim.takes_forward_passes for claim in claims):
        view = _with_embedding(view, ground)
    findings = []
    for claim in claims:
        progress.step(claim.sentence)
        findings.append(_measured(claim, view, ground, draws=draws, seed=seed))
    for number in range(untrained):
        progress.step(f"untrained model {number + 1} of {untrained}")
        _measure_untrained(findings, view, ground, number=number, seed=seed)
    progress.end()
    return judged(findings, why_untrained_is_missing(material, untrained))


class _Progress:
    """Counts steps for a report."""

    def __init__(self, report: Report | None, total: int) -> None:
        self._report, self._total, self._done = report, total, 0

    def step(self, what: str) -> None:
        """Tell what begins now."""
        if self._report is not None:
            self._report(what, self._done, self._total)
        self._done += 1

    def end(self) -> None:
        """Tell that all is done."""
        if self._report is not None:
            self._report("done", self._total, self._total)


def _with_embedding(view: ModelView, ground: Ground) -> ModelView:
    """Add E_st, or why there is none."""
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
    """Draw one untrained model, and measure all of it that could be measured of the trained."""
    wanted = [finding for finding in findings if finding.is_measured]
    forward = [finding for finding in wanted if finding.claim.takes_forward_passes]
    arrays = ground.material.arrays
    weights = untrained_weights(
        arrays.config, seed=_FIRST_SEED * (1 + seed) + number, like=arrays.weights
    )
    fresh = ModelView(weights, arrays.config, view.k)
    if forward and number < UNTRAINED_FORWARD and ground.material.dataset is not None:
        material = replace(ground.material, arrays=replace(arrays, weights=weights))
        fresh = replace(fresh, embedding=material.embeddings(ground.moments.steps))
    for finding in wanted:
        if not finding.claim.takes_forward_passes:
            finding.untrained.append(_value(finding.claim, fresh, ground))
        elif fresh.embedding is not None:
            finding.untrained.append(_value(finding.claim, fresh, ground))
            same = replace(fresh, given_labels=view.labels)
            finding.untrained_same_clusters.append(_value(finding.claim, same, ground))


def _value(claim: Claim, view: ModelView, ground: Ground) -> float:
    """Measure an untrained model; NaN, which counts against the claim, where that is impossible."""
    try:
        return claim.value(view, ground)
    except AnalysisError:
        return float("nan")
