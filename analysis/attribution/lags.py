"""What the readings say: which of two sensors on a road changes first, without any model.

The readings' deviations from their weekly means are correlated at shifts of up to `MOST_LAG` steps.
A positive lag means that the downstream sensor repeats, that many minutes later, what the
upstream one read: changes travel with the traffic. A negative one means that the downstream
sensor is first: changes travel against the traffic, as waves of congestion do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d

from analysis.attribution.baselines import BaseLines
from analysis.attribution.sample import second_group, thresholds
from analysis.city.along import knows_travel
from analysis.city.roads import Road
from analysis.evidence.intervals import EDGES, Floats, Interval, by_day
from analysis.forecasts.windows import days_of
from himnet.data.dataset import Dataset
from himnet.forecasting.baselines import week_slots

MOST_LAG = 6  # steps
NEAR, FAR = 0.5, 5.0  # km along the road
MOST_PAIRS = 300
DRAWS = 199
_HALF = 0.5  # step
_NAN = float("nan")


@dataclass(frozen=True)
class Lag:
    """The lag at which the series of two sensors of a road correlate best, on average over pairs.

    Attributes:
        minutes: mean lag, with an interval over days; positive if the upstream sensor is first.
        upstream_first, downstream_first: share of the pairs with a lag of half a step or more.
        correlation: mean correlation at the best lag.
        km: mean distance along the road.
        pairs: their number.
    """

    minutes: Interval
    upstream_first: float
    downstream_first: float
    correlation: float
    km: float
    pairs: int


def road_pairs(roads: Sequence[Road], *, seed: int = 0) -> tuple[NDArray[np.int64], Floats]:
    """Return pairs (P, 2) of sensors, the upstream one first, and their km (P,) along the road.

    Pairs are `NEAR` to `FAR` apart, on roads whose direction of travel is known; of many,
    `MOST_PAIRS` are drawn.

    Args:
        roads: from `analysis.city.roads.find_roads`.
        seed: of the draw.
    """
    pairs, km = [np.empty((0, 2), dtype=np.int64)], [np.empty(0)]
    for road in filter(knows_travel, roads):
        apart = (road.along[None] - road.along[:, None]) / 1000
        first, second = np.nonzero((apart >= NEAR) & (apart <= FAR))
        pairs.append(np.column_stack([road.members[first], road.members[second]]))
        km.append(apart[first, second])
    every, distance = np.concatenate(pairs), np.concatenate(km)
    if len(every) > MOST_PAIRS:
        some = np.random.default_rng(seed).choice(len(every), MOST_PAIRS, replace=False)
        every, distance = every[some], distance[some]
    return every, distance


def lags(dataset: Dataset, roads: Sequence[Road], *, seed: int = 0) -> tuple[Lag, ...]:
    """Return the lags over the test split: at all times, and in each of the two groups.

    A pair counts as congested (or high, see `analysis.attribution.sample`) at a step if either
    sensor is so within `MOST_LAG` steps before or after, so that both ends of a shift are.

    Args:
        dataset: the readings.
        roads: from `analysis.city.roads.find_roads`.
        seed: of the draws.

    Returns:
        Three, or none if no road has such pairs.
    """
    pairs, km = road_pairs(roads, seed=seed)
    if not len(pairs):
        return ()
    windows = dataset.splits["test"].index
    steps = np.arange(windows[0, 0], windows[-1, 2])
    weekly = BaseLines(dataset).weekly[week_slots(dataset)[steps]]
    deviation = dataset.readings()[steps].astype(np.float64) - weekly
    known = np.isfinite(deviation)
    inside = second_group(dataset, steps, thresholds(dataset)) == 1
    around: NDArray[np.bool_] = maximum_filter1d(inside, 2 * MOST_LAG + 1, axis=0, mode="nearest")
    days = days_of(dataset, steps)
    either = around[:, pairs[:, 0]] | around[:, pairs[:, 1]]
    found = []
    for state in (np.ones_like(either), ~either, either):
        sums = _products(np.where(known, deviation, 0.0), known, pairs, state, days)
        found.append(_lag(sums, km, dataset.info.step_minutes, seed=seed))
    return tuple(found)


def best_lags(correlations: Floats) -> Floats:
    """Return the lag (..., P) in steps at which correlations (..., P, 2 L + 1) are largest.

    Between steps, by a parabola through the largest and its neighbours; NaN if one is unknown.
    """
    known = np.asarray(np.isfinite(correlations).all(axis=-1))
    values = np.where(known[..., None], correlations, 0.0)
    best = values.argmax(axis=-1)
    inner = np.clip(best, 1, values.shape[-1] - 2)
    before, top, after = (
        np.take_along_axis(values, (inner + shift)[..., None], axis=-1)[..., 0]
        for shift in (-1, 0, 1)
    )
    bend = before - 2 * top + after
    moved = np.where((bend < 0) & (inner == best), 0.5 * (before - after), 0.0)
    offset = np.divide(moved, bend, out=np.zeros_like(moved), where=bend < 0)
    centre = values.shape[-1] // 2
    return np.where(known, best + offset - centre, np.nan)


def _products(
    deviation: Floats,
    known: NDArray[np.bool_],
    pairs: NDArray[np.int64],
    state: NDArray[np.bool_],
    days: NDArray[np.int64],
) -> Floats:
    """Return sums by day (3, D, P, 2 L + 1) of products and both squares at each shift.

    Args:
        deviation: (S, N), 0 if missing.
        known: (S, N).
        pairs: (P, 2).
        state: (S, P) steps that count.
        days: (S,).
    """
    inner = slice(MOST_LAG, len(deviation) - MOST_LAG)
    first, here = deviation[inner, pairs[:, 0]], known[inner, pairs[:, 0]] & state[inner]
    tables: list[list[Floats]] = [[], [], []]
    for shift in range(2 * MOST_LAG + 1):
        there = slice(shift, shift + len(first))
        second = deviation[there, pairs[:, 1]]
        both = here & known[there, pairs[:, 1]]
        for table, values in zip(
            tables, (first * second, first * first, second * second), strict=True
        ):
            table.append(by_day(np.where(both, values, 0.0), days[inner]))
    return np.stack([np.stack(table, axis=-1) for table in tables])


def _lag(sums: Floats, km: Floats, step_minutes: float, *, seed: int) -> Lag:
    """Return the lag of sums by day (3, D, P, 2 L + 1)."""
    correlations = _correlations(sums.sum(axis=1))
    steps = best_lags(correlations)
    known = np.isfinite(steps)
    count, days = int(known.sum()), int((sums[1].sum(axis=(1, 2)) > 0).sum())
    if not count:
        return Lag(Interval(_NAN, _NAN, _NAN, days), _NAN, _NAN, _NAN, _NAN, 0)
    weights = np.random.default_rng(seed).multinomial(
        sums.shape[1], np.full(sums.shape[1], 1 / sums.shape[1]), size=DRAWS
    )
    means = [
        float(np.nanmean(found)) if np.isfinite(found).any() else _NAN
        for found in (
            best_lags(_correlations(np.tensordot(weight, sums, (0, 1)))) for weight in weights
        )
    ]
    edges = np.nanquantile(means, EDGES) * step_minutes if days > 1 else (np.nan, np.nan)
    mean = float(steps[known].mean()) * step_minutes
    return Lag(
        Interval(mean, float(edges[0]), float(edges[1]), days),
        float((steps[known] >= _HALF).mean()),
        float((steps[known] <= -_HALF).mean()),
        float(correlations[known].max(axis=1).mean()),
        float(km[known].mean()),
        count,
    )


def _correlations(sums: Floats) -> Floats:
    """Return the correlations (P, 2 L + 1) of sums (3, P, 2 L + 1); NaN without readings."""
    product, one, other = sums
    length = np.sqrt(one * other)
    found: Floats = np.divide(product, length, out=np.full_like(product, _NAN), where=length > 0)
    return found
