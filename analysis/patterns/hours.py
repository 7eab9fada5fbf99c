"""The hours of a week as the temporal meta-parameters see them."""

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
    MetaParameterSpace,
    SpaceChoice,
    learnt_space,
    temporal_queries,
    time_of_day_queries,
)
from analysis.limits import evenly
from analysis.model import LearntModel
from himnet.config import DAYS_PER_WEEK

HourVariant = Literal["mean", "day", "tod"]
HOURS_PER_DAY = 24
MOST_TIMES = 288  # rows of the time-of-day dictionary that are compared with each other
_FEWEST = 4  # times of day, for two different distances round the clock


def week_hours() -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return hour (168,) and day-of-week number (168,) of the hours of a week, day by day."""
    hours = np.tile(np.arange(HOURS_PER_DAY), DAYS_PER_WEEK)
    return hours, np.repeat(np.arange(DAYS_PER_WEEK), HOURS_PER_DAY)


def hour_rows(model: LearntModel) -> NDArray[np.int64]:
    """Return the row (24,) of the time-of-day dictionary at which each hour begins.

    Raises:
        AnalysisError: where a day has fewer than 24 steps.
    """
    if model.steps_per_day < HOURS_PER_DAY:
        raise AnalysisError(
            f"a day of this data set has {model.steps_per_day} steps; hours need 24 or more"
        )
    return np.arange(HOURS_PER_DAY) * model.steps_per_day // HOURS_PER_DAY


def week_coordinates(model: LearntModel, choice: SpaceChoice | None = None) -> Floats:
    """Return coordinates (168, r) isometric to the temporal meta-parameters of a week's hours.

    Raises:
        AnalysisError: where the model has no temporal meta-parameters.
    """
    hours, days = week_hours()
    space = learnt_space(model, "temporal", choice)
    rows = hour_rows(model)[hours]
    return space.coordinates(temporal_queries(model, rows, days))


def time_rows(model: LearntModel) -> NDArray[np.int64]:
    """Return the rows (m,) of the time-of-day dictionary that stand for a day.

    All of them, or `MOST_TIMES` evenly spaced ones where there are more.
    """
    return evenly(model.steps_per_day, MOST_TIMES)


def hour_cosines(
    model: LearntModel,
    choice: SpaceChoice | None = None,
    *,
    variant: HourVariant = "mean",
    day: int = 0,
    centred: bool = False,
) -> Floats:
    """Return the cosines (24, 24) between the hours of a day; see `time_cosines`."""
    rows = hour_rows(model)
    return time_cosines(model, choice, variant=variant, day=day, centred=centred, rows=rows)


def time_cosines(
    model: LearntModel,
    choice: SpaceChoice | None = None,
    *,
    variant: HourVariant = "tod",
    day: int = 0,
    centred: bool = False,
    rows: NDArray[np.int64] | None = None,
) -> Floats:
    """Return the cosines (m, m) between times of day.

    theta(time, day) = A[time] P_tod + B[day] P_dow, so what is compared matters. Where the day's
    part is the larger one, as training makes it, all times of one day have cosines near 1,
    whatever was learnt of them; the time-of-day part alone knows of nothing else.

    Args:
        model: to look at.
        choice: which meta-parameters.
        variant: ``"day"`` compares the times of one day; ``"mean"`` is the mean of that over the
            seven days; ``"tod"`` compares A[time] P_tod alone, without any day.
        day: 0 to 6, for ``"day"``.
        centred: remove the mean over the times first.
        rows: (m,) of the time-of-day dictionary; None takes `time_rows`.

    Raises:
        AnalysisError: where the model has no temporal meta-parameters, or for an unknown variant.
    """
    rows = time_rows(model) if rows is None else rows
    space = learnt_space(model, "temporal", choice)
    if variant == "tod":
        found = space.coordinates(time_of_day_queries(model, rows))
        return cosine_matrix(found, centred=centred)
    if variant not in ("day", "mean"):
        raise AnalysisError(f"there is no variant '{variant}'; choose mean, day or tod")
    days = (day,) if variant == "day" else range(DAYS_PER_WEEK)
    cosines: Floats = np.zeros((len(rows), len(rows)))
    for number in days:
        queries = temporal_queries(model, rows, np.full_like(rows, number))
        cosines += cosine_matrix(space.coordinates(queries), centred=centred)
    return cosines / len(days)


def day_distances(model: LearntModel, choice: SpaceChoice | None = None) -> Floats:
    """Return the distances (7, 7) between days at the same hour, which is the same at every hour.

    Raises:
        AnalysisError: where the model has no temporal meta-parameters.
    """
    space = learnt_space(model, "temporal", choice)
    return distance_matrix(_day_coordinates(model, space))


def clock_order(
    model: LearntModel,
    choice: SpaceChoice | None = None,
    *,
    variant: HourVariant = "tod",
    day: int = 0,
    draws: int = PERMUTATIONS,
    seed: int = 0,
) -> Statistic:
    """Tell how far the similarity of times of day falls with the distance on the clock.

    Over all of `time_rows`: the 24 full hours alone are too few to tell a weak order from none.

    Args:
        model, choice, variant, day: as for `time_cosines`.
        draws, seed: of the null; see `hour_order`.

    Raises:
        AnalysisError: as `time_cosines` and `hour_order`.
    """
    cosines = time_cosines(model, choice, variant=variant, day=day)
    return hour_order(cosines, draws=draws, seed=seed)


def hour_order(cosines: Floats, *, draws: int = PERMUTATIONS, seed: int = 0) -> Statistic:
    """Tell how far similarity falls with the distance on the clock.

    The number is minus Spearman's correlation between the cosines (m, m) of times of day and the
    time between them, round the clock: 1 where they are alike the less the farther apart they are,
    and equally alike where equally far. It is NaN for cosines that are all equal. Null: permuted
    times.

    Raises:
        AnalysisError: for a day of fewer than 4 steps.
    """
    from scipy.stats import rankdata

    count = len(cosines)
    if count < _FEWEST:
        raise AnalysisError(
            f"a day of {count} steps has no nearer and farther times of day; {_FEWEST} steps have"
        )
    rows, columns = np.triu_indices(count, 1)
    apart = np.abs(rows - columns)
    far = rankdata(np.minimum(apart, count - apart))
    alike = np.zeros((count, count))
    # rounding must not rank what is equally alike
    alike[rows, columns] = rankdata(np.round(cosines[rows, columns], 12))
    alike += alike.T

    def order(hours: NDArray[np.int64]) -> float:
        permuted = alike.take(hours[rows] * count + hours[columns])
        return -float(np.corrcoef(permuted, far)[0, 1]) if np.ptp(permuted) > 0 else float("nan")

    rng = np.random.default_rng(seed)
    found = [order(rng.permutation(count)) for _ in range(draws)]
    return against(order(np.arange(count)), found, null="hours permuted")


def silhouette_by_day(model: LearntModel, choice: SpaceChoice | None = None) -> float:
    """Return the silhouette by day of the 168 hours of a week.

    Raises:
        AnalysisError: where the model has no temporal meta-parameters.
    """
    return silhouette(week_coordinates(model, choice), week_hours()[1])


def day_silhouette(
    model: LearntModel,
    choice: SpaceChoice | None = None,
    *,
    draws: int = NULL_DRAWS,
) -> Statistic:
    """Return the silhouette by day of the 168 hours, beside that of untrained models.

    Meta-parameters are a time-of-day part plus a day part, so days are seven translated copies of
    one cloud and part even in a model that has learnt nothing. The untrained models' dictionaries
    have the scale of the trained ones.
    """
    found = [silhouette_by_day(model.untrained(seed=seed), choice) for seed in range(draws)]
    value = silhouette_by_day(model, choice)
    return against(value, found, null=f"{draws} untrained models")


def weekend_contrast(distances: Floats, weekend: Sequence[int]) -> Statistic:
    """Compare the distances between weekdays and weekend with those within either.

    The number is their ratio, NaN where the latter are zero; null: all ways to call as many days a
    weekend, so with two of seven days no p-value can be below 1 / 21.

    Args:
        distances: (7, 7) from `day_distances`.
        weekend: day-of-week numbers.

    Raises:
        AnalysisError: where the weekend is empty or the whole week, or has other numbers.
    """
    if not 0 < len(weekend) < len(distances) or not set(weekend) < set(range(len(distances))):
        raise AnalysisError(
            f"a weekend is 1 to {len(distances) - 1} of the days 0 to {len(distances) - 1}, "
            f"not {list(weekend)}"
        )

    def contrast(chosen: Sequence[int]) -> float:
        is_in = np.isin(np.arange(len(distances)), chosen)
        differ = is_in[:, None] != is_in
        alike = ~differ & ~np.eye(len(distances), dtype=bool)
        within = distances[alike].mean()
        return float(distances[differ].mean() / within) if within > 0 else float("nan")

    found = [contrast(days) for days in combinations(range(len(distances)), len(weekend))]
    null = f"all {len(found)} ways to choose {len(weekend)} of {len(distances)} days"
    return against(contrast(weekend), found, null=null, exhaustive=True)


def _day_coordinates(model: LearntModel, space: MetaParameterSpace) -> Floats:
    """Return coordinates (7, r) of the days alone: B[day] P_dow."""
    days = np.arange(DAYS_PER_WEEK)
    queries = temporal_queries(model, np.zeros_like(days), days)
    queries[:, : model.time_of_day_width] = 0
    return space.coordinates(queries)
