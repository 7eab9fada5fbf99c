"""Attributions on average: how far forecasts look, on which side, and what agrees with that."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata, spearmanr

from analysis.attribution.account import rank_agreement
from analysis.attribution.baselines import BaseLine
from analysis.attribution.lags import Lag, lags
from analysis.attribution.measure import Found, Plan, distances_from_base
from analysis.attribution.reach import (
    City,
    Quantity,
    Reach,
    Side,
    quantity,
    reach_of,
    side,
)
from analysis.attribution.sample import GROUPS, Rule, Triples
from analysis.claims.ground import Ground
from analysis.errors import AnalysisError
from analysis.evidence.mantel import partial_mantel
from analysis.evidence.statistic import Statistic
from analysis.geometry.similarity import Floats, cosine_matrix
from analysis.graphs.of_model import encoder_graph
from analysis.material import Material

MOST_ENTRIES = 1_500_000  # of the matrix of all pairs of sensors that is stored, 3 MB
PERMUTATIONS = 999
_FEWEST = 10  # pairs, for a rank correlation


@dataclass(frozen=True)
class Agreement:
    """Spearman's correlation over sensors of integrated gradients and occlusion.

    Attributes:
        mean, least, most: over the forecasts for which it is defined; NaN for none.
        forecasts: number of forecasts whose sensors were occluded.
    """

    mean: float
    least: float
    most: float
    forecasts: int


@dataclass(frozen=True)
class Similar:
    """Whether sensors of similar meta-parameters move each other's forecasts.

    The partial Mantel correlation of attribution, the mean of both directions, with the cosine of
    spatial meta-parameters; distance, its logarithm and the correlation of the readings held fixed.

    Attributes:
        shares, ranks: correlation with the mean shares, and with their ranks.
        p_shares, p_ranks: of them.
        null: the null model in words.
        pairs: of sensors whose attribution is known.
        held: what is held fixed.
    """

    shares: float
    ranks: float
    p_shares: float
    p_ranks: float
    null: str
    pairs: int
    held: tuple[str, ...]


@dataclass(frozen=True)
class MeanAttribution:
    """Attributions on average over forecasts of the test split; single seed: of one training.

    Tuples of three are of all forecasts and of both groups (`analysis.attribution.sample.GROUPS`).

    Attributes:
        forecasts, planned: number of forecasts that are attributed, and that are to be.
        days: number of days that they are on.
        rule: of the groups.
        baseline: of the attributions.
        counts: (2,) forecasts of each group.
        incomplete: how many have a gap above the tolerance.
        largest_gap: of all, in the data's unit.
        moved: mean absolute difference of forecast and base, in the data's unit.
        quantities: how far forecasts look, by name (`analysis.attribution.reach.QUANTITIES`).
        sides: upstream or downstream; none without roads.
        lags: what the readings say about that; none without roads.
        occlusion: agreement of both methods.
        graph: Spearman's correlation of mean attribution and the encoders' graph; NaN without.
            A check, not a finding: information flows along graphs.
        similar: see `Similar`; None if it is undefined.
        similar_problem: why it is; "" if it is not.
        by_step: (3, T) share of each step.
        by_band: (3, b) share of other sensors' in bands of distance; NaN without coordinates.
        pairs: (N, N) mean share of sensor j in the forecasts of sensor i, NaN if i has none; None
            in a large city.
    """

    forecasts: int
    planned: int
    days: int
    rule: Rule
    baseline: BaseLine
    counts: tuple[int, int]
    incomplete: int
    largest_gap: float
    moved: float
    quantities: dict[str, tuple[Quantity, ...]]
    sides: tuple[Side, ...]
    lags: tuple[Lag, ...]
    occlusion: Agreement
    graph: float
    similar: Similar | None
    similar_problem: str
    by_step: Floats = field(repr=False)
    by_band: Floats = field(repr=False)
    pairs: NDArray[np.float16] | None = field(repr=False)

    @property
    def groups(self) -> tuple[str, str, str]:
        """Names of the three groups."""
        return "all", *GROUPS[self.rule]

    @property
    def is_partial(self) -> bool:
        """Whether some of the planned forecasts are not attributed yet."""
        return self.forecasts < self.planned or not self.occlusion.forecasts


def mean_attribution(plan: Plan, found: Found) -> MeanAttribution:
    """Average attributions.

    Args:
        plan: what was to be measured.
        found: what is measured.

    Raises:
        AnalysisError: for fewer than two forecasts.
    """
    count = len(found)
    if count < 2:
        raise AnalysisError(f"{count} forecasts are attributed, but a mean needs 2 or more")
    triples, material = plan.triples.first(count), plan.material
    dataset, city = material.required_dataset(), City(material.info.sensors)
    reach, even = (
        reach_of(np.abs(sizes.astype(np.float64)), triples.sensors, city, dataset.info.step_minutes)
        for sizes in (found.values, distances_from_base(plan, count))
    )
    rows = [np.arange(count), *(np.flatnonzero(triples.groups == group) for group in (0, 1))]
    days, pairs = triples.days, mean_pairs(reach, triples.sensors, len(dataset.sensors))
    similar, problem = _similar(material, pairs)
    return MeanAttribution(
        forecasts=count,
        planned=len(plan.triples),
        days=len(np.unique(days)),
        rule=triples.rule,
        baseline=plan.baseline,
        counts=(len(rows[1]), len(rows[2])),
        incomplete=int((found.complete == 0).sum()),
        largest_gap=float(np.abs(found.gaps).max()),
        moved=float(np.abs(found.ends[:, 0] - found.ends[:, 1]).mean()),
        quantities={
            name: tuple(
                quantity(own[some], even.quantities[name][some], days[some]) for some in rows
            )
            for name, own in reach.quantities.items()
        },
        sides=_sides(reach, even, triples, city, rows),
        lags=lags(dataset, city.roads),
        occlusion=_agreement(found),
        graph=_graph_check(material, pairs),
        similar=similar,
        similar_problem=problem,
        by_step=np.stack([_column_means(reach.by_step[some]) for some in rows]),
        by_band=np.stack([_column_means(reach.by_band[some]) for some in rows]),
        pairs=pairs.astype(np.float16) if pairs.size <= MOST_ENTRIES else None,
    )


def _sides(
    reach: Reach, even: Reach, triples: Triples, city: City, rows: list[NDArray[np.int64]]
) -> tuple[Side, ...]:
    """Return upstream or downstream for each group; none if no forecast has both."""
    if not np.isfinite(reach.upstream).any():
        return ()
    blocks = city.blocks[triples.sensors]
    return tuple(
        side(reach.upstream[some], even.upstream[some], triples.days[some], blocks[some])
        for some in rows
    )


def mean_pairs(reach: Reach, sensors: NDArray[np.int64], count: int) -> Floats:
    """Return the mean share (N, N) of sensor j in the forecasts of sensor i; NaN without any.

    Args:
        reach: of n forecasts.
        sensors: (n,) that are forecast.
        count: of all sensors, N.
    """
    known = np.isfinite(reach.shares).all(axis=1)
    sums, counts = np.zeros((count, count)), np.zeros((count, 1))
    np.add.at(sums, sensors[known], reach.shares[known])
    np.add.at(counts, sensors[known], 1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def both_directions(pairs: Floats) -> Floats:
    """Return a symmetric matrix: the mean of (i, j) and (j, i), or the one that is known."""
    stacked = np.stack([pairs, pairs.T])
    known = np.isfinite(stacked)
    count = known.sum(axis=0)
    total = np.where(known, stacked, 0.0).sum(axis=0)
    return np.where(count > 0, total / np.maximum(count, 1), np.nan)


def _column_means(table: Floats) -> Floats:
    """Return the mean of each column (b,) over the known rows (n, b); NaN without any."""
    known = np.isfinite(table).all(axis=1)
    return table[known].mean(axis=0) if known.any() else np.full(table.shape[1], np.nan)


def _agreement(found: Found) -> Agreement:
    totals = found.values[: len(found.falls)].sum(axis=1, dtype=np.float64)
    ranks = np.array(
        [rank_agreement(one, fall) for one, fall in zip(totals, found.falls, strict=True)]
    )
    known = ranks[np.isfinite(ranks)]
    if not len(known):
        return Agreement(float("nan"), float("nan"), float("nan"), len(ranks))
    return Agreement(float(known.mean()), float(known.min()), float(known.max()), len(ranks))


def _graph_check(material: Material, pairs: Floats) -> float:
    """Return Spearman's correlation of mean shares with the encoders' graph, off the diagonal."""
    if material.model.why_not("spatial", generated=False):
        return float("nan")
    graph = encoder_graph(material.model).weights()
    known = np.isfinite(pairs) & ~np.eye(len(pairs), dtype=bool)
    if known.sum() < _FEWEST or not (np.ptp(graph[known]) and np.ptp(pairs[known])):
        return float("nan")
    return float(spearmanr(pairs[known], graph[known]).statistic)


def _similar(material: Material, pairs: Floats) -> tuple[Similar | None, str]:
    """Return the partial Mantel correlation, or None and why it is undefined."""
    problem = material.model.why_not("spatial")
    if problem:
        return None, problem
    ground, both = Ground(material), both_directions(pairs)
    cosines = cosine_matrix(material.spatial_coordinates())
    fixed, held, cells = [ground.series_correlations], ["correlation of the readings"], None
    if material.info.sensors.has_coordinates:
        metres = ground.distances
        fixed, cells = [metres, np.log1p(metres), *fixed], ground.cells
        held = ["distance", "logarithm of distance", *held]
    known = np.triu(np.isfinite(both), 1)
    ranks = np.full_like(both, np.nan)
    ranks[known] = rankdata(both[known])
    try:
        one, other = (
            partial_mantel(cosines, table, fixed, cells, draws=PERMUTATIONS)
            for table in (np.where(known, both, np.nan), ranks)
        )
    except AnalysisError as error:
        return None, str(error)
    return _told(one, other, int(known.sum()), held), ""


def _told(shares: Statistic, ranks: Statistic, pairs: int, held: list[str]) -> Similar:
    return Similar(
        shares.value,
        ranks.value,
        shares.p_value,
        ranks.p_value,
        shares.null,
        pairs,
        tuple(held),
    )
