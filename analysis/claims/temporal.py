"""Claims about hours and days: what the temporal meta-parameters say of the clock."""

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

RUSH_HOURS = ((6, 9), (16, 19))  # first and last hour; the last does not count


def day_silhouette(view: ModelView, ground: Ground) -> float:
    """Return the silhouette by day of the week's 168 hours."""
    del ground
    return silhouette_by_day(view.weights, view.config)


def weekend(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Compare distances between weekdays and weekend with those within either, all 21 ways."""
    del draws, seed
    return weekend_contrast(day_distances(view.weights, view.config), ground.weekend)


def clock_order(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Tell how far the cosine of times of day falls with their distance round the clock."""
    del ground
    return hour_order(view.time_cosines, draws=draws, seed=seed)


def rush_hours(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Tell by how much the two rush hours are more alike than other windows as far apart."""
    del ground, draws, seed
    return window_contrast(view.time_cosines)


def clock_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return the same of other cosines than those of the time-of-day part."""
    del ground
    return tuple(
        Beside.of(name, hour_order(cosines, draws=draws, seed=seed))
        for name, cosines in _other_cosines(view)
    )


def rush_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return the same of other cosines than those of the time-of-day part."""
    del ground, draws, seed
    return tuple(
        Beside.of(name, window_contrast(cosines)) for name, cosines in _other_cosines(view)
    )


def window_contrast(cosines: Floats) -> Statistic:
    """Compare the mean cosine between the two rush hours with that of all windows as far apart.

    Both windows are moved round the clock together, so the time between them stays, and so does
    all that makes near times of day alike. Null: all shifts, the measured one among them.

    Args:
        cosines: (steps_per_day, steps_per_day).

    Raises:
        AnalysisError: where a day has so few steps that none is in a window.
    """
    steps = len(cosines)
    hours = np.arange(steps) * HOURS_PER_DAY / steps
    first, second = (np.flatnonzero((hours >= a) & (hours < b)) for a, b in RUSH_HOURS)
    if not len(first) or not len(second):
        raise AnalysisError(f"a day of {steps} steps has none in one of the rush hours")
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
    of = view.weights, view.config
    return [
        ("the same, mean over times of day removed", time_cosines(*of, centred=True)),
        ("the same, whole meta-parameters of each day", time_cosines(*of, variant="mean")),
    ]
