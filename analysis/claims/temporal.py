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
    day_distances,
    hour_order,
    silhouette_by_day,
    time_cosines,
    weekend_contrast,
)

RUSH_HOURS = ((6, 9), (16, 19))  # begin (inclusive) and end (exclusive), in hours


def day_silhouette(view: ModelView, ground: Ground) -> float:
    """Return the silhouette of the week's 168 hours, grouped by day."""
    return silhouette_by_day(view.model)


def weekend(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Compare distances between weekdays and weekend with those within both groups."""
    return weekend_contrast(day_distances(view.model), ground.weekend)


def clock_order(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Measure how the cosine of times of day falls with their distance around the clock."""
    return hour_order(view.time_cosines, draws=draws, seed=seed)


def rush_hours(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Measure how much more similar the two rush hours are than periods equally far apart."""
    return window_contrast(view.time_cosines)


def clock_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return the same for other cosines than those of the time-of-day part."""
    return tuple(
        Beside.of(name, hour_order(cosines, draws=draws, seed=seed))
        for name, cosines in _other_cosines(view)
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
    the measured one.

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
    return against(
        contrasts[0], contrasts, null=f"all {steps} shifts of the clock", exhaustive=True
    )


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
