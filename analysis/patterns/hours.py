"""The hours of a week in the space of temporal meta-parameters."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.evidence.agreement import NULL_DRAWS, PERMUTATIONS, silhouette
from analysis.evidence.statistic import Statistic, against
from analysis.geometry.similarity import Floats, cosine_matrix, distance_matrix
from analysis.geometry.spaces import (
    SpaceChoice,
    learnt_space,
    temporal_queries,
    time_of_day_queries,
)
from analysis.limits import evenly
from analysis.model import LearntModel
from himnet.config import DAYS_PER_WEEK

HourVariant = Literal["mean", "day", "tod"]
HourPart = Literal["start", "whole"]  # the row at which an hour begins, or the mean of its rows
HOURS_PER_DAY = 24
MOST_TIMES = 288  # rows of the time-of-day dictionary that are compared
ORDER_HOURS = 6.0  # apart at most, for the order of times of day
_FEWEST = 8  # times of day, so that there are two different distances within six hours


def week_hours() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return hour (168,) and day-of-week number (168,) of the hours of a week, in order of time."""
    hours = np.tile(np.arange(HOURS_PER_DAY), DAYS_PER_WEEK)
    return hours, np.repeat(np.arange(DAYS_PER_WEEK), HOURS_PER_DAY)


def hour_rows(model: LearntModel) -> NDArray[np.int64]:
    """Return the row (24,) of the time-of-day dictionary at which each hour begins.

    Raises:
        AnalysisError: if the day has fewer than 24 steps.
    """
    if model.steps_per_day < HOURS_PER_DAY:
        raise AnalysisError(
            f"a day of this data set has {model.steps_per_day} steps; hours require 24 or more"
        )
    return np.arange(HOURS_PER_DAY) * model.steps_per_day // HOURS_PER_DAY


def hour_means(model: LearntModel) -> Floats:
    """Return weights (24, steps of a day) that average the rows of each hour.

    Raises:
        AnalysisError: if the day has fewer than 24 steps.
    """
    starts = np.append(hour_rows(model), model.steps_per_day)
    hour = np.repeat(np.arange(HOURS_PER_DAY), np.diff(starts))
    belongs = hour == np.arange(HOURS_PER_DAY)[:, None]
    weights: Floats = belongs / belongs.sum(axis=1, keepdims=True)
    return weights


def week_coordinates(
    model: LearntModel, choice: SpaceChoice | None = None, *, part: HourPart = "start"
) -> Floats:
    """Return coordinates (168, r) isometric to the temporal meta-parameters of a week's hours.

    Args:
        model: the model.
        choice: which meta-parameters.
        part: which rows of the time-of-day dictionary stand for an hour. A dictionary of five
            minutes is noisy from row to row, which the mean of an hour's rows is not.

    Raises:
        AnalysisError: if the model has no temporal meta-parameters.
    """
    space = learnt_space(model, "temporal", choice)
    if part == "start":
        hours, days = week_hours()
        return space.coordinates(temporal_queries(model, hour_rows(model)[hours], days))
    rows, means = np.arange(model.steps_per_day), hour_means(model)
    of_days = (np.full_like(rows, day) for day in range(DAYS_PER_WEEK))
    queries = [means @ temporal_queries(model, rows, days) for days in of_days]
    return space.coordinates(np.concatenate(queries))


def time_rows(model: LearntModel) -> NDArray[np.int64]:
    """Return the rows (m,) of the time-of-day dictionary that represent a day.

    All of them, or `MOST_TIMES` evenly spaced ones if there are more.
    """
    return evenly(model.steps_per_day, MOST_TIMES)


def hour_cosines(
    model: LearntModel,
    choice: SpaceChoice | None = None,
    *,
    variant: HourVariant = "mean",
    day: int = 0,
    centred: bool = False,
    part: HourPart = "start",
) -> Floats:
    """Return the cosines (24, 24) between the hours of a day.

    Arguments and errors as for `time_cosines` and `week_coordinates`.
    """
    rows, means = hour_rows(model), None
    if part == "whole":
        rows, means = np.arange(model.steps_per_day), hour_means(model)
    return time_cosines(
        model, choice, variant=variant, day=day, centred=centred, rows=rows, means=means
    )


def time_cosines(
    model: LearntModel,
    choice: SpaceChoice | None = None,
    *,
    variant: HourVariant = "tod",
    day: int = 0,
    centred: bool = False,
    rows: NDArray[np.int64] | None = None,
    means: Floats | None = None,
) -> Floats:
    """Return the cosines (m, m) between times of day.

    theta(time, day) = A[time] P_tod + B[day] P_dow, so it matters what is compared. If the day
    part is the larger one, as it is after training, all times of one day have cosines near 1,
    whatever the model has learnt about them. The time-of-day part alone is free of this.

    Args:
        model: the model.
        choice: which meta-parameters.
        variant: ``"day"`` compares the times of one day; ``"mean"`` is the mean of that over the
            seven days; ``"tod"`` compares A[time] P_tod alone, without the day part.
        day: 0 to 6, for ``"day"``.
        centred: subtract the mean over the times first.
        rows: (m,) of the time-of-day dictionary; None takes `time_rows`.
        means: (n, m) weights by which the rows are averaged; None compares the rows themselves.

    Raises:
        AnalysisError: if the model has no temporal meta-parameters, or for an unknown variant.
    """
    rows = time_rows(model) if rows is None else rows
    means = np.eye(len(rows)) if means is None else means
    space = learnt_space(model, "temporal", choice)
    if variant == "tod":
        found = space.coordinates(means @ time_of_day_queries(model, rows))
        return cosine_matrix(found, centred=centred)
    if variant not in ("day", "mean"):
        raise AnalysisError(f"unknown variant '{variant}'; choose mean, day or tod")
    days = (day,) if variant == "day" else range(DAYS_PER_WEEK)
    cosines: Floats = np.zeros((len(means), len(means)))
    for number in days:
        queries = means @ temporal_queries(model, rows, np.full_like(rows, number))
        cosines += cosine_matrix(space.coordinates(queries), centred=centred)
    return cosines / len(days)


def day_distances(model: LearntModel, choice: SpaceChoice | None = None) -> Floats:
    """Return the distances (7, 7) between days at the same hour; they are equal at all hours.

    Raises:
        AnalysisError: if the model has no temporal meta-parameters.
    """
    space, days = learnt_space(model, "temporal", choice), np.arange(DAYS_PER_WEEK)
    queries = temporal_queries(model, np.zeros_like(days), days)
    queries[:, : model.time_of_day_width] = 0  # leaves the day parts: B[day] P_dow
    return distance_matrix(space.coordinates(queries))


def clock_order(
    model: LearntModel,
    choice: SpaceChoice | None = None,
    *,
    variant: HourVariant = "tod",
    day: int = 0,
    draws: int = PERMUTATIONS,
    seed: int = 0,
) -> Statistic:
    """Measure how the similarity of times of day decreases with their distance on the clock.

    Over all of `time_rows`: 24 full hours are too few to distinguish a weak order from none. Only
    times at most six hours apart are compared.

    Args:
        model, choice, variant, day: as for `time_cosines`.
        draws, seed: of the null model; see `hour_order`.

    Raises:
        AnalysisError: as `time_cosines` and `hour_order`.
    """
    cosines = time_cosines(model, choice, variant=variant, day=day)
    return hour_order(cosines, draws=draws, seed=seed)


def hour_order(cosines: Floats, *, draws: int = PERMUTATIONS, seed: int = 0) -> Statistic:
    """Measure how similarity decreases with the distance on the clock, up to six hours.

    The statistic is minus Spearman's correlation between the cosines (m, m) of times of day and
    their distance around the clock, over all pairs at most `ORDER_HOURS` apart: 1 if similarity
    strictly decreases with distance and is equal at equal distances. It is NaN if all cosines are
    equal. Null model: times of day permuted.

    Raises:
        AnalysisError: for a day with fewer than 8 steps.
    """
    from scipy.stats import rankdata

    count = len(cosines)
    if count < _FEWEST:
        raise AnalysisError(
            f"a day of {count} steps is too short to measure an order; {_FEWEST} or more are needed"
        )
    rows, columns = np.triu_indices(count, 1)
    near = (hours_apart(count)[columns - rows] <= ORDER_HOURS).nonzero()
    rows, columns = rows[near], columns[near]
    far = rankdata(hours_apart(count)[columns - rows])
    # places of the similarities among all, from which those of some pairs are counted, not sorted;
    # rounding must not rank equal similarities
    upper = np.triu(np.round(cosines, 12))
    places = np.unique(upper + np.triu(upper, 1).T, return_inverse=True)[1].reshape(count, count)

    def order(hours: NDArray[np.int64]) -> float:
        found = places.take(hours[rows] * count + hours[columns])
        counts = np.bincount(found)
        ranks = (np.cumsum(counts) - (counts - 1) / 2)[found]
        return -float(np.corrcoef(ranks, far)[0, 1]) if np.ptp(ranks) > 0 else float("nan")

    rng = np.random.default_rng(seed)
    found = [order(rng.permutation(count)) for _ in range(draws)]
    return against(order(np.arange(count)), found, null="times of day permuted")


def hours_apart(count: int) -> Floats:
    """Return the hours (m,) from the first of m times of day to each, the shorter way round."""
    steps = np.arange(count)
    apart: Floats = np.minimum(steps, count - steps) * HOURS_PER_DAY / count
    return apart


def cosines_by_lag(cosines: Floats) -> tuple[Floats, Floats]:
    """Return lags (L,) in hours, up to half a day, and the mean cosine at each lag (L,).

    Args:
        cosines: (m, m) of times of day.
    """
    count = len(cosines)
    steps = np.arange(count)
    lags = np.arange(count // 2 + 1)
    means = [float(cosines[steps, (steps + lag) % count].mean()) for lag in lags]
    return hours_apart(count)[lags], np.array(means)


def silhouette_by_day(model: LearntModel, choice: SpaceChoice | None = None) -> float:
    """Return the silhouette of a week's 168 hours, grouped by day.

    Raises:
        AnalysisError: if the model has no temporal meta-parameters.
    """
    return silhouette(week_coordinates(model, choice), week_hours()[1])


def day_silhouette(
    model: LearntModel,
    choice: SpaceChoice | None = None,
    *,
    draws: int = NULL_DRAWS,
    matched: bool = True,
) -> Statistic:
    """Return the silhouette of a week's 168 hours by day, compared with untrained models.

    Meta-parameters are a time-of-day part plus a day part, so days are seven translated copies of
    one set of points and separate even in an untrained model.

    Args:
        model, choice: the model, and which meta-parameters.
        draws: number of untrained models.
        matched: whether their dictionaries have the trained model's sizes; see
            `LearntModel.untrained`. The answer depends on it.
    """
    found = [
        silhouette_by_day(model.untrained(seed=seed, matched=matched), choice)
        for seed in range(draws)
    ]
    kind = "of the trained model's sizes" if matched else "as initialised"
    null = f"{draws} untrained models, dictionaries {kind}"
    return against(silhouette_by_day(model, choice), found, null=null)


def weekend_contrast(distances: Floats, weekend: Sequence[int]) -> Statistic:
    """Compare the distances between weekdays and weekend with those within both.

    The statistic is their ratio, NaN if the latter are zero; `line_contrast` is a value to compare
    it with. Null model: all choices of equally many days as the weekend, so with two of seven days
    the smallest p is 1 / 21.

    Args:
        distances: (7, 7) from `day_distances`.
        weekend: day-of-week numbers.

    Raises:
        AnalysisError: if the weekend is empty, is the whole week or has invalid numbers.
    """
    if not 0 < len(weekend) < len(distances) or not set(weekend) < set(range(len(distances))):
        raise AnalysisError(
            f"a weekend is 1 to {len(distances) - 1} of the days 0 to {len(distances) - 1}, "
            f"not {list(weekend)}"
        )

    def contrast(chosen: Sequence[int]) -> float:
        is_in = np.isin(np.arange(len(distances)), chosen)
        differ = is_in[:, None] != is_in
        same = ~differ & ~np.eye(len(distances), dtype=bool)
        within = distances[same].mean()
        return float(distances[differ].mean() / within) if within > 0 else float("nan")

    found = [contrast(days) for days in combinations(range(len(distances)), len(weekend))]
    null = f"all {len(found)} ways to choose {len(weekend)} of {len(distances)} days"
    return against(contrast(weekend), found, null=null, exhaustive=True)


def line_contrast(weekend: Sequence[int]) -> float:
    """Return the statistic of `weekend_contrast` for days at equal distances on a line."""
    days = np.arange(DAYS_PER_WEEK)
    return weekend_contrast(np.abs(days[:, None] - days).astype(np.float64), weekend).value
