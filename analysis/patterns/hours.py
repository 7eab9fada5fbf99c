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
from analysis.model import LearntModel
from himnet.config import DAYS_PER_WEEK

HourVariant = Literal["mean", "day", "tod"]
HOURS_PER_DAY = 24


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


def hour_cosines(
    model: LearntModel,
    choice: SpaceChoice | None = None,
    *,
    variant: HourVariant = "mean",
    day: int = 0,
    centred: bool = False,
) -> Floats:
    """Return the cosines (24, 24) between the hours of a day.

    theta(hour, day) = A[hour] P_tod + B[day] P_dow, so what is compared matters:

    Args:
        model: to look at.
        choice: which meta-parameters.
        variant: ``"day"`` compares the hours of one day; ``"mean"`` is the mean of that over the
            seven days; ``"tod"`` compares A[hour] P_tod alone, without any day.
        day: 0 to 6, for ``"day"``.
        centred: remove the mean over the 24 hours first.

    Raises:
        AnalysisError: where the model has no temporal meta-parameters, or for an unknown variant.
    """
    if variant == "tod":
        space = learnt_space(model, "temporal", choice)
        queries = time_of_day_queries(model, hour_rows(model))
        return cosine_matrix(space.coordinates(queries), centred=centred)
    by_day = week_coordinates(model, choice).reshape(DAYS_PER_WEEK, HOURS_PER_DAY, -1)
    if variant == "day":
        return cosine_matrix(by_day[day], centred=centred)
    if variant == "mean":
        cosines: Floats = cosine_matrix(by_day, centred=centred).mean(axis=0)
        return cosines
    raise AnalysisError(f"there is no variant '{variant}'; choose mean, day or tod")


def day_distances(model: LearntModel, choice: SpaceChoice | None = None) -> Floats:
    """Return the distances (7, 7) between days at the same hour, which is the same at every hour.

    Raises:
        AnalysisError: where the model has no temporal meta-parameters.
    """
    space = learnt_space(model, "temporal", choice)
    return distance_matrix(_day_coordinates(model, space))


def hour_order(cosines: Floats, *, draws: int = PERMUTATIONS, seed: int = 0) -> Statistic:
    """Tell how far similarity falls with the distance on the clock.

    The number is minus Spearman's correlation between the cosines (24, 24) and the hours between
    them, round the clock: 1 where they are alike the less the farther apart they are, and equally
    alike where equally far. It is NaN for cosines that are all equal. Null: permuted hours.
    """
    from scipy.stats import rankdata

    count = len(cosines)
    rows, columns = np.triu_indices(count, 1)
    apart = np.abs(rows - columns)
    far = rankdata(np.minimum(apart, count - apart))
    alike = np.zeros((count, count))
    # rounding must not rank what is equally alike
    alike[rows, columns] = rankdata(np.round(cosines[rows, columns], 12))
    alike += alike.T

    def order(hours: NDArray[np.int64]) -> float:
        permuted = alike[hours[rows], hours[columns]]
        return -float(np.corrcoef(permuted, far)[0, 1]) if np.ptp(permuted) > 0 else float("nan")

    rng = np.random.default_rng(seed)
    found = [order(rng.permutation(count)) for _ in range(draws)]
    return against(order(np.arange(count)), found, null="hours permuted")


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
    days = week_hours()[1]

    def by_day(of: LearntModel) -> float:
        return silhouette(week_coordinates(of, choice), days)

    found = [by_day(model.untrained(seed=seed)) for seed in range(draws)]
    return against(by_day(model), found, null=f"{draws} untrained models")


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
