"""The identity curve: what an exchanged embedding costs by class, and whether roads explain it.

The cost is the increase of the error (MAE) over that with the sensors' own embeddings, in the same
windows. Two comparisons guard against a mere name tag, for which near costs less than far too:
each class against its matches elsewhere, and the partial Mantel correlation of the distance of
meta-parameters with the cost of a pair, holding what the readings and the map say of it fixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import pdist, squareform

from analysis.errors import AnalysisError
from analysis.evidence.intervals import Interval, mean_interval
from analysis.evidence.mantel import partial_mantel
from analysis.evidence.statistic import Statistic
from analysis.identity.measure import REACHES, Plan, Reach, Sums
from analysis.identity.moments import MOMENT_CLASSES
from analysis.identity.partners import ANY, CLUSTER, MATCHED, ROAD, SENSOR_CLASSES, Exchange

Floats = NDArray[np.float64]
MAIN_REACH: Reach = "pool"  # of the verdict, chosen before anything was measured
PERMUTATIONS = 999
SHARES = (ROAD, CLUSTER, "1km", "3km", "10km", *MATCHED.values())  # classes with a share
FIXED = ("correlation of the series", "distance", "difference of mean readings")


@dataclass(frozen=True)
class Cost:
    """The error of one class.

    Attributes:
        name: of the class, in `SENSOR_CLASSES` or `MOMENT_CLASSES`.
        reach: what was exchanged: the pool's query, the graph, or both; None for moments, which
            have no graph.
        draws: number of draws.
        counted: sensors, or windows, that have a partner in one of them.
        readings: that the errors are means of, over all draws.
        own, mae: masked mean absolute error in the data's unit with the own embeddings and with
            the partners'.
        difference: mae - own, with a bootstrap interval over days.
        share: of the cost of any partner of the same sensors, how much less this class costs, with
            an interval over days and sensors; None where that cost is not above 0.
    """

    name: str
    reach: Reach | None
    draws: int
    counted: int
    readings: int
    own: float
    mae: float
    difference: Interval
    share: Interval | None = None


@dataclass(frozen=True)
class Comparison:
    """Partners of a class against their matches, over the sensors and draws with a match.

    Attributes:
        name: of the class.
        reach: what was exchanged.
        sensors: that have a match in a draw.
        pairs: sensors and draws with a match.
        cost, matched, by_any: increase of the error with the class's partners, with their matches,
            and with any partner, in the data's unit.
        difference: matched - cost, with an interval over days and sensors. Above 0, the class
            costs less than its readings explain.
        share, matched_share: see `Cost`, of the class and of its matches.
        correlation_gap: mean of match's minus partner's correlation with the sensor's series.
        level_gap: mean of match's minus partner's mean reading, in the data's unit.
    """

    name: str
    reach: Reach
    sensors: int
    pairs: int
    cost: float
    matched: float
    by_any: float
    difference: Interval
    share: Interval | None
    matched_share: Interval | None
    correlation_gap: float
    level_gap: float


@dataclass(frozen=True)
class Association:
    """The partial Mantel correlation of the distance of meta-parameters with the cost of pairs.

    Attributes:
        reach: what was exchanged.
        fixed: what is held fixed, of `FIXED`.
        pairs: number of ordered pairs whose cost was measured.
        value: the correlation.
        null: the null model in words.
        null_mean, null_low, null_high, p_value, draws: see `analysis.evidence.statistic.Statistic`.
    """

    reach: Reach
    fixed: tuple[str, ...]
    pairs: int
    value: float
    null: str
    null_mean: float
    null_low: float
    null_high: float
    p_value: float
    draws: int

    @property
    def statistic(self) -> Statistic:
        """The correlation with its null model, without the single draws."""
        return Statistic(
            self.value,
            self.null,
            self.null_mean,
            self.null_low,
            self.null_high,
            self.p_value,
            self.draws,
        )


@dataclass(frozen=True)
class Identity:
    """All that was measured.

    Attributes:
        windows: number of windows that are done.
        planned: number of windows of the measurement; more than `windows` if it is partial.
        days: with windows that are done.
        sensors: number of sensors.
        own: masked mean absolute error with the own embeddings, in the data's unit.
        costs: of each class and reach.
        comparisons: of classes and their matches.
        associations: of distance and cost.
    """

    windows: int
    planned: int
    days: int
    sensors: int
    own: float
    costs: tuple[Cost, ...]
    comparisons: tuple[Comparison, ...]
    associations: tuple[Association, ...]

    @property
    def is_partial(self) -> bool:
        """Whether windows are missing."""
        return self.windows < self.planned

    def cost(self, name: str, reach: Reach | None = MAIN_REACH) -> Cost | None:
        """Return the cost of a class; None if it was not measured."""
        return next((one for one in self.costs if (one.name, one.reach) == (name, reach)), None)

    def comparison(self, reach: Reach = MAIN_REACH) -> Comparison | None:
        """Return the comparison of the verdict: by road, else by cluster; None for neither."""
        found = {one.name: one for one in self.comparisons if one.reach == reach}
        return found.get(ROAD, found.get(CLUSTER))


def identity_of(plan: Plan, sums: Sums, *, draws: int = PERMUTATIONS, seed: int = 0) -> Identity:
    """Return all statistics of what was measured so far.

    Args:
        plan, sums: of `analysis.identity.measure.measure`.
        draws, seed: of the permutations.

    Raises:
        AnalysisError: if no window is done.
    """
    if not sums.done:
        raise AnalysisError("no window has been measured yet; run the command without --so-far")
    total = sums.counts.sum()
    names = dict.fromkeys(one.name for one in plan.sensors)
    costs, comparisons, associations = [], [], []
    for number, reach in enumerate(REACHES if plan.sensors else ()):
        grown = _Grown(plan.sensors, sums.sensors[number] - sums.own, sums)
        costs += [grown.cost(name, reach) for name in SENSOR_CLASSES if name in names]
        comparisons += [
            _comparison(grown, plan, name, reach) for name in MATCHED if MATCHED[name] in names
        ]
        associations += _associations(grown, plan, reach, draws=draws, seed=seed)
    return Identity(
        windows=sums.done,
        planned=len(plan.steps),
        days=len(np.unique(plan.days[: sums.done])),
        sensors=plan.material.info.num_nodes,
        own=float(sums.own.sum() / total) if total else float("nan"),
        costs=(*costs, *_of_moments(plan, sums)),
        comparisons=tuple(comparisons),
        associations=tuple(associations),
    )


@dataclass(frozen=True)
class _Grown:
    """How the sums of errors grow at one reach.

    Attributes:
        exchanges: m of them.
        more: (m, D, N) increase of the sums of absolute errors.
        sums: of the measurement.
    """

    exchanges: Sequence[Exchange]
    more: Floats
    sums: Sums

    def numbers(self, name: str) -> list[int]:
        """Return the places of a class's draws."""
        return [place for place, one in enumerate(self.exchanges) if one.name == name]

    def over(self, name: str, counted: NDArray[np.bool_] | None = None) -> tuple[Floats, Floats]:
        """Return increases and counts (D, N), summed over the draws of a class.

        Args:
            name: of the class.
            counted: (draws, N) of which sensors; None takes those with a partner.
        """
        places = self.numbers(name)
        masks = self.counted(name) if counted is None else counted
        more = np.einsum("kdn,kn->dn", self.more[places], masks.astype(np.float64))
        return more, self.sums.counts * masks.sum(axis=0)

    def counted(self, name: str) -> NDArray[np.bool_]:
        """Return the sensors with a partner in each draw of a class, (draws, N)."""
        return np.stack([self.exchanges[place].counted for place in self.numbers(name)])

    def of_any(self, times: NDArray[np.int64]) -> Floats:
        """Return the mean increase over the draws of any partner (D, N), each sensor (N,) times."""
        found: Floats = self.more[self.numbers(ANY)].mean(axis=0) * times
        return found

    def cost(self, name: str, reach: Reach) -> Cost:
        masks = self.counted(name)
        more, counts = self.over(name)
        own, total = (self.sums.own * masks.sum(axis=0)).sum(), counts.sum()
        return Cost(
            name,
            reach,
            draws=len(masks),
            counted=int(masks.any(axis=0).sum()),
            readings=int(total),
            own=_ratio(own, total),
            mae=_ratio(own + more.sum(), total),
            difference=mean_interval(more.sum(axis=1), counts.sum(axis=1)),
            share=self.share(more, masks) if name in SHARES and self.numbers(ANY) else None,
        )

    def share(self, more: Floats, masks: NDArray[np.bool_]) -> Interval | None:
        """Return how much less a class costs than any partner of the same sensors.

        Args:
            more: (D, N) increase with the class's partners, summed over its draws.
            masks: (draws, N) of the sensors that are in it.
        """
        times, has = masks.sum(axis=0), masks.any(axis=0)
        by_any, counts = self.of_any(times)[:, has], (self.sums.counts * times)[:, has]
        if not mean_interval(by_any, counts).low > 0:
            return None
        found = mean_interval(more[:, has], by_any)
        return Interval(1 - found.value, 1 - found.high, 1 - found.low, found.days)


def _comparison(grown: _Grown, plan: Plan, name: str, reach: Reach) -> Comparison:
    """Compare a class with its matches, draw by draw, over the sensors with a match."""
    of_matches = grown.numbers(MATCHED[name])
    drawn = {grown.exchanges[place].draw: place for place in of_matches}
    partners = [place for place in grown.numbers(name) if grown.exchanges[place].draw in drawn]
    masks = grown.counted(MATCHED[name])
    weights = masks.astype(np.float64)
    cost = np.einsum("kdn,kn->dn", grown.more[partners], weights)
    matched, counts = grown.over(MATCHED[name])
    has, total = masks.any(axis=0), counts.sum()
    gaps = np.array([_gaps(plan, partners[k], of_matches[k]) for k in range(len(masks))])
    pairs = int(masks.sum())
    return Comparison(
        name,
        reach,
        sensors=int(has.sum()),
        pairs=pairs,
        cost=_ratio(cost.sum(), total),
        matched=_ratio(matched.sum(), total),
        by_any=_ratio(grown.of_any(masks.sum(axis=0)).sum(), total),
        difference=mean_interval((matched - cost)[:, has], counts[:, has]),
        share=grown.share(cost, masks),
        matched_share=grown.share(matched, masks),
        correlation_gap=float(gaps[:, 0].sum() / pairs),
        level_gap=float(gaps[:, 1].sum() / pairs),
    )


def _gaps(plan: Plan, partner: int, match: int) -> tuple[float, float]:
    """Return the sums over sensors of match's minus partner's correlation and mean reading."""
    one, other = plan.sensors[partner], plan.sensors[match]
    who = np.flatnonzero(other.counted)
    assert plan.series is not None  # there are exchanges of sensors
    correlations, levels = plan.series.correlations, plan.series.levels
    correlation = correlations[who, other.givers[who]] - correlations[who, one.givers[who]]
    level = levels[other.givers[who]] - levels[one.givers[who]]
    return float(correlation.sum()), float(level.sum())


def pair_costs(exchanges: Sequence[Exchange], more: Floats, counts: Floats) -> Floats:
    """Return the mean cost (N, N) of sensor i with the embedding of j, NaN where not measured.

    Args:
        exchanges: m of them.
        more: (m, D, N) increase of the sums of absolute errors.
        counts: (D, N) number of readings.
    """
    readings = counts.sum(axis=0)
    sums, times = np.zeros((2, len(readings), len(readings)))
    for one, of_days in zip(exchanges, more, strict=True):
        who = np.flatnonzero((one.givers >= 0) & one.counted & (readings > 0))
        sums[who, one.givers[who]] += of_days.sum(axis=0)[who] / readings[who]
        times[who, one.givers[who]] += 1
    found: Floats = np.divide(sums, times, out=np.full(sums.shape, np.nan), where=times > 0)
    return found


def _associations(
    grown: _Grown, plan: Plan, reach: Reach, *, draws: int, seed: int
) -> list[Association]:
    """Correlate distance of meta-parameters and cost, with two and with three things held fixed."""
    assert plan.series is not None  # there are exchanges of sensors
    far = squareform(pdist(plan.material.spatial_coordinates()))
    cost = pair_costs(grown.exchanges, grown.more, grown.sums.counts)
    levels = plan.series.levels
    known = {FIXED[0]: plan.series.correlations}
    placed = plan.material.info.sensors.has_coordinates
    if placed:
        known[FIXED[1]] = plan.ground.distances
    found = []
    for more in ({}, {FIXED[2]: np.abs(levels[:, None] - levels)}):
        fixed = {**known, **more}
        pairs = ~np.isnan(cost) & ~np.isnan(sum(fixed.values()))
        try:
            one = partial_mantel(
                far,
                cost,
                list(fixed.values()),
                plan.ground.cells if placed else None,
                ordered=True,
                draws=draws,
                seed=seed,
            )
        except AnalysisError:  # too few pairs, which leaves the statistic out
            continue
        numbers = (one.value, one.null, one.null_mean, one.null_low, one.null_high, one.p_value)
        found.append(Association(reach, tuple(fixed), int(pairs.sum()), *numbers, one.draws))
    return found


def _of_moments(plan: Plan, sums: Sums) -> list[Cost]:
    """Return the cost of each class of moments."""
    found = []
    for name in MOMENT_CLASSES:
        places = [place for place, one in enumerate(plan.moments) if one.name == name]
        if not places:
            continue
        own, mae, counts = (
            table[places].sum(axis=0)
            for table in (sums.moments_own, sums.moments, sums.moments_counts)
        )
        counted = np.stack([plan.moments[place].counted[: sums.done] for place in places])
        total = counts.sum()
        found.append(
            Cost(
                name,
                None,
                draws=len(places),
                counted=int(counted.any(axis=0).sum()),
                readings=int(total),
                own=_ratio(own.sum(), total),
                mae=_ratio(mae.sum(), total),
                difference=mean_interval(mae - own, counts),
            )
        )
    return found


def _ratio(top: float, bottom: float) -> float:
    return float(top / bottom) if bottom else float("nan")
