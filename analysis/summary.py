"""What models connect and use, one row each, from what is stored beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import SupportsFloat

import numpy as np

from analysis.attribution.average import MeanAttribution
from analysis.attribution.stored import stored_attribution
from analysis.claims.result import ClaimResult
from analysis.claims.table import markdown_rows, rounded
from analysis.evidence.intervals import Interval
from analysis.graphs.shares import shares_of_rows
from analysis.graphs.stored import GraphFindings, stored_graph
from analysis.graphs.use import GraphUse, stored_use
from analysis.identity.curve import Identity
from analysis.identity.stored import stored_identity
from analysis.identity.table import PARTNER_WORDS, decimals, main_association
from himnet import texts
from himnet.checkpoints import CheckpointArrays

_HEADS = (
    "checkpoint",
    "excess on others in a row of the encoders' graph, median (untrained)",
    "what its scores follow (mean of the permutation null)",
    "cost of uniform graphs: of the encoders, of the decoder",
    "how far forecasts look (if all readings mattered equally)",
    "cost of another sensor's query of the pools, and of a match elsewhere",
)
_NOT_MEASURED = "not measured"
_FOLLOWED = {
    "graph-roads": "same road and direction: AUC",
    "graph-along": "distance along the road: rank correlation",
    "graph-distance": "straight-line distance: rank correlation",
    "graph-near": "nearest sensors: AUC",
    "graph-adjacency": "the field's adjacency: AUC",
}
_LEGEND = (
    "Each row is about one trained model (single seed), and nothing is said about differences "
    "between cities. Verdicts follow docs/claims.md and docs/graphs.md; docs/identity.md says what "
    "a match is. Intervals of 95 % are over days, those of matches over days and sensors."
)


@dataclass(frozen=True)
class Stored:
    """What is stored beside one model; None for what was not measured.

    Attributes:
        name: of the checkpoint.
        unit: of the readings.
        graph: of the learnt graphs.
        use: of forecasts with uniform graphs.
        attribution: of forecasts on average.
        identity: of exchanged embeddings.
    """

    name: str
    unit: str
    graph: GraphFindings | None
    use: GraphUse | None
    attribution: MeanAttribution | None
    identity: Identity | None


def stored_beside(name: str, arrays: CheckpointArrays) -> Stored:
    """Return what is stored beside a model.

    Args:
        name: of the checkpoint, as it is shown.
        arrays: the model.

    Raises:
        AnalysisError: if it is damaged.
    """
    graph, use = stored_graph(arrays), stored_use(arrays)
    attribution, identity = stored_attribution(arrays), stored_identity(arrays)
    return Stored(
        name,
        arrays.dataset.unit,
        None if graph is None else graph[0],
        None if use is None else use[0],
        None if attribution is None else attribution[0],
        None if identity is None else identity[0],
    )


def markdown_summary(models: Sequence[Stored]) -> str:
    """Return a table in Markdown with a row for each model, and what its columns mean."""
    rows = [
        (
            texts.markdown(one.name),
            *(("", "") if one.graph is None else (_excess(one.graph), _followed(one.graph))),
            "" if one.use is None else _use(one.use, texts.markdown(one.unit)),
            "" if one.attribution is None else _reach(one.attribution),
            "" if one.identity is None else _cost(one.identity, texts.markdown(one.unit)),
        )
        for one in models
    ]
    told = [[cell or _NOT_MEASURED for cell in row] for row in rows]
    return f"{markdown_rows(_HEADS, told)}\n\n{_LEGEND}"


def _excess(found: GraphFindings) -> str:
    untrained = found.untrained.of("others").mean()
    return f"{_percent(shares_of_rows(found.encoder).of('others'))} ({_percent(untrained)})"


def _percent(share: SupportsFloat) -> str:
    """Return a share with two digits, since the shares of large cities are small."""
    return f"{float(f'{100 * float(share):.2g}'):g} %"


def _followed(found: GraphFindings) -> str:
    told = [_claim(one) for one in found.results if one.verdict != "not applicable"]
    return "; ".join(told) or "nothing is known of its sensors"


def _claim(result: ClaimResult) -> str:
    value, null = (
        "–" if number is None else f"{rounded(number):.3f}"
        for number in (result.value, result.null_mean)
    )
    return f"{_FOLLOWED[result.id]} {value} ({null}), {result.verdict}"


def _use(found: GraphUse, unit: str) -> str:
    places = decimals(found.own)
    return "; ".join(
        f"{_between(one, places)} {unit}, {found.word(one)}"
        for one in (found.encoders, found.decoder)
    )


def _reach(found: MeanAttribution) -> str:
    minutes, km = (found.quantities[name][0] for name in ("minutes", "km"))
    told = [f"{minutes.found.value:.0f} min back ({minutes.even:.0f})"]
    if np.isfinite(km.found.value):
        told.append(f"{km.found.value:.1f} km away ({km.even:.1f})")
    if found.sides and np.isfinite(found.sides[0].p_value):
        side = found.sides[0]
        share, even, low, high = (
            f"{100 * one:.0f} %"
            for one in (side.upstream.value, side.even, side.null_low, side.null_high)
        )
        told.append(
            f"{share} upstream along the road ({even}; null {low} to {high}, "
            f"p = {side.p_value:.2g})"
        )
    return ", ".join(told)


def _cost(found: Identity, unit: str) -> str:
    compared, places = found.comparison(), decimals(found.own)
    if compared is None:
        return "no partner has a match"
    told = (
        f"{PARTNER_WORDS[compared.name]} {compared.cost:+.{places}f} {unit}, match "
        f"{compared.matched:+.{places}f}, any {compared.by_any:+.{places}f}; match minus partner "
        f"{_between(compared.difference, places)}"
    )
    one = main_association(found)
    if one is None:
        return told
    return (
        f"{told}; partial Mantel correlation of distance and cost {one.value:.2f} "
        f"(null {one.null_mean:.2f}, p = {one.p_value:.2g})"
    )


def _between(interval: Interval, places: int) -> str:
    value, low, high = (
        f"{number:+.{places}f}" for number in (interval.value, interval.low, interval.high)
    )
    return f"{value} ({low} to {high})"
