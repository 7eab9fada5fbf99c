"""Claims about hours and days, from the temporal meta-parameters."""

from __future__ import annotations

import numpy as np

from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.result import Beside
from analysis.errors import AnalysisError
from analysis.evidence.statistic import Statistic, against
from analysis.geometry.similarity import Floats
from analysis.patterns.hours import (
    HOURS_PER_DAY,
    cosines_by_lag,
    day_distances,
    hour_order,
    silhouette_by_day,
    time_cosines,
    weekend_contrast,
)

LAGS = (1 / 12, 1, 2, 3, 4, 6, 9, 12)  # hours apart, at which the mean cosine is shown
RUSH_HOURS = ((6, 9), (16, 19))  # begin (inclusive) and end (exclusive), in hours


def day_silhouette(view: ModelView, ground: Ground) -> float:
    """Return the silhouette of the week's 168 hours, grouped by day."""
    return silhouette_by_day(view.model)


def weekend(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Compare distances between weekdays and weekend with those within both groups."""
    return weekend_contrast(day_distances(view.model), ground.weekend)


def weekend_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return the ratio of days on a line, and each day's mean distance to the others."""
    distances, names = day_distances(view.model), ground.material.info.day_names
    means = distances.sum(axis=1) / (len(distances) - 1)
    order = np.argsort(-means)
    return (
        Beside("the same for seven days at equal distances on a line", ground.line),
        *(
            Beside(f"mean distance of {names[day]} to the other days", float(means[day]))
            for day in order
        ),
    )


def beats_line(view: ModelView, ground: Ground, value: float) -> tuple[bool, str]:
    """Return whether the days of the weekend are apart as days on a line are not, and a sentence.

    Args:
        view, ground: the model, and the days of its weekend.
        value: the ratio, which must exceed that of days on a line; the days of the weekend must
            also be those with the largest mean distance, which two neighbours on a line never are.
    """
    means = day_distances(view.model).sum(axis=1)
    farthest = set(np.argsort(-means)[: len(ground.weekend)].tolist()) == set(ground.weekend)
    are = "are" if farthest else "are not"
    above = value > ground.line
    verb = "exceeds" if above else "does not exceed"
    return above and farthest, (
        f"The ratio {verb} that of days at equal distances on a line, {ground.line:.2f}; the days "
        f"of the weekend {are} those with the largest mean distance to the others."
    )


def clock_order(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Measure how the cosine of times of day falls with their distance around the clock."""
    return hour_order(view.time_cosines, draws=draws, seed=seed)


def rush_hours(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Measure how much more similar the two rush hours are than periods equally far apart."""
    return window_contrast(view.time_cosines)


def clock_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return the mean cosine by lag, and the same statistic for other cosines."""
    lags, means = cosines_by_lag(view.time_cosines)
    lags, means = lags[1:], means[1:]  # a time of day and itself are no pair
    shown = dict.fromkeys(int(np.abs(lags - lag).argmin()) for lag in LAGS)
    lowest = float(lags[means.argmin()]) if np.isfinite(means).all() else float("nan")
    return (
        *(Beside(f"mean cosine {lags[at]:.3g} h apart", float(means[at])) for at in shown),
        Beside("lag with the smallest mean cosine, in hours", lowest),
        *(
            Beside.of(name, hour_order(cosines, draws=draws, seed=seed))
            for name, cosines in _other_cosines(view)
        ),
    )


def rush_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return the same for other cosines than those of the time-of-day part."""
    return tuple(
        Beside.of(name, window_contrast(cosines)) for name, cosines in _other_cosines(view)
    )


def window_contrast(cosines: Floats) -> Statistic:
    """Compare the mean cosine between the two rush hours with that of periods equally far apart.

    Both periods are moved around the clock together, so the time between them stays the same, and
    so does everything that makes neighbouring times of day similar. Null: all shifts, including
    the measured one. Neighbouring shifts are nearly equal, so p is not below the reciprocal of the
    number of independent ones; see `independent`.

    Args:
        cosines: (steps_per_day, steps_per_day).

    Raises:
        AnalysisError: if a day has so few steps that none is in a period.
    """
    steps = len(cosines)
    hours = np.arange(steps) * HOURS_PER_DAY / steps
    first, second = (np.flatnonzero((hours >= a) & (hours < b)) for a, b in RUSH_HOURS)
    if not len(first) or not len(second):
        raise AnalysisError(f"a day of {steps} steps has no step in one of the rush hours")
    means = np.array(
        [
            cosines[np.ix_((first + shift) % steps, (second + shift) % steps)].mean()
            for shift in range(steps)
        ]
    )
    contrasts = means - (means.sum() - means) / (steps - 1)
    number = independent(contrasts)
    null = f"all {steps} shifts of the clock, {number:.1f} of them independent"
    return against(contrasts[0], contrasts, null=null, exhaustive=True, least=min(1 / number, 1.0))


def independent(series: Floats) -> float:
    """Return the number of independent values in a series (n,) around a circle.

    n divided by the integrated autocorrelation time, 1 + 2 sum of the autocorrelations up to the
    first that is not positive, at lags up to half the circle; 1 for a constant series.
    """
    centred = series - series.mean()
    count, total = len(series), float(centred @ centred)
    if total <= 1e-24 * count:
        return 1.0
    correlations = [float(centred @ np.roll(centred, lag)) / total for lag in range(count // 2 + 1)]
    positive = np.array(correlations) > 0
    end = int(np.argmin(positive)) if not positive.all() else len(correlations)
    return count / (1 + 2 * sum(correlations[1:end]))


def _other_cosines(view: ModelView) -> list[tuple[str, Floats]]:
    return [
        (
            "the same, with the mean over times of day subtracted",
            time_cosines(view.model, centred=True),
        ),
        (
            "the same, for complete meta-parameters of each day",
            time_cosines(view.model, variant="mean"),
        ),
    ]
