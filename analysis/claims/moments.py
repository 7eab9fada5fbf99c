"""The moments at which claims compare ST-mixed meta-parameters."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.geometry.similarity import Floats, cosine_matrix
from analysis.material import Material
from analysis.patterns.over_a_day import PERIODS
from analysis.readings.days import dataset_days, day_label, track_days
from himnet.data.info import DatasetInfo

DAYS = 7
# untrained models and other readings need a forward pass for every moment
MINUTES = 60.0


@dataclass(frozen=True)
class Moments:
    """Every full hour of up to seven days.

    Attributes:
        steps: (M,) index of each moment's reading in the data set.
        days: (M,) as `analysis.readings.days.day_numbers` counts them.
        hours: (M,) hours since midnight.
    """

    steps: NDArray[np.int64]
    days: NDArray[np.int64]
    hours: NDArray[np.float64]


def choose_moments(material: Material) -> Moments:
    """Return the moments of the first seven days of the track, or else of the data set.

    Raises:
        AnalysisError: if there is neither.
    """
    if material.track is not None:
        track = material.track
        steps, days = track.steps, track_days(track, material.info)
        tod_index = track.tod_index
    elif material.dataset is not None:
        every_day = dataset_days(material.dataset, material.model.in_steps)
        steps = np.flatnonzero(every_day >= 0)
        days, tod_index = every_day[steps], material.dataset.tod_index[steps]
    else:
        raise AnalysisError(
            f"the model has no track, and {material.dataset_problem}; give --data-dir"
        )
    stride = max(1, round(MINUTES / material.info.step_minutes))
    kept = np.isin(days, np.unique(days)[:DAYS]) & (tod_index % stride == 0)
    if not kept.any():
        raise AnalysisError("no day of the track or data set has a moment on the full hour")
    hours = tod_index[kept] * material.info.step_minutes / 60
    return Moments(steps[kept], days[kept], hours)


def embedding_at(material: Material, moments: Moments) -> NDArray[np.floating]:
    """Return the trained model's E_st (M, N, d_st), from the track if there is one.

    Raises:
        AnalysisError: if there is neither track nor data set.
    """
    track = material.track
    if track is None:
        return material.embeddings(moments.steps)
    return track.st_embedding[np.searchsorted(track.steps, moments.steps)].astype(np.float32)


def period_mean(coordinates: Floats, moments: Moments) -> Floats:
    """Return cosines (N, N), averaged over the three periods of `period_day`.

    Args:
        coordinates: (M, N, r).
        moments: the M moments.

    Raises:
        AnalysisError: if no day has a moment in any period.
    """
    found = [
        cosine_matrix(coordinates[inside]).mean(axis=0)
        for inside in _periods(moments, period_day(moments))
        if inside.any()
    ]
    mean: Floats = np.mean(found, axis=0)
    return mean


def period_day(moments: Moments) -> int:
    """Return the first day with moments in all three periods, or else in most of them.

    Raises:
        AnalysisError: if no day has a moment in any period.
    """
    days = np.unique(moments.days)
    covered = [sum(bool(part.any()) for part in _periods(moments, day)) for day in days]
    if not max(covered):
        raise AnalysisError(f"no day has a moment in any of the periods {', '.join(PERIODS)}")
    return int(days[int(np.argmax(covered))])


def period_moments(moments: Moments, info: DatasetInfo) -> str:
    """Return a sentence on the moments of the periods."""
    day = period_day(moments)
    counts = [
        f"{int(inside.sum())} ({name})"
        for name, inside in zip(PERIODS, _periods(moments, day), strict=True)
    ]
    return f"Moments: {', '.join(counts)} on {day_label(day, info)}."


def all_moments(moments: Moments, info: DatasetInfo) -> str:
    """Return a sentence on all moments."""
    first, last = (day_label(int(day), info) for day in (moments.days[0], moments.days[-1]))
    return f"Moments: {len(moments.steps)}, from {first} to {last}."


def _periods(moments: Moments, day: int) -> list[NDArray[np.bool_]]:
    """Return which moments (M,) of a day are in each period."""
    return [
        (moments.days == day) & (moments.hours >= start) & (moments.hours < end)
        for start, end in PERIODS.values()
    ]
