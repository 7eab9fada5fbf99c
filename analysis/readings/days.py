"""One day of a model: E_st at each moment, with readings or forecasts."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from himnet.data.dataset import Dataset
from himnet.data.info import DatasetInfo
from himnet.forecasting.track import Track

MINUTES_PER_DAY, SECONDS_PER_DAY = 24 * 60, 24 * 60 * 60
_MOST_OF_A_DAY = 0.75  # of its moments; a day with fewer is not chosen if another one has more


@dataclass(frozen=True)
class Day:
    """The moments of one day; the moment of a window is that of its last input step.

    Attributes:
        hours: (M,) hours since midnight.
        steps: (M,) index of each moment's reading in the data set.
        embedding: E_st (M, N, d_st).
        values: (M, N) in the data's unit, NaN if missing.
        minutes_ahead: horizon of `values` in minutes if they are forecasts; 0 for readings.
    """

    hours: NDArray[np.float64]
    steps: NDArray[np.int64]
    embedding: NDArray[np.float32]
    values: NDArray[np.float32]
    minutes_ahead: float = 0

    @property
    def are_readings(self) -> bool:
        """Whether the values are readings; otherwise, they are forecasts."""
        return self.minutes_ahead == 0


@dataclass(frozen=True)
class DayValues:
    """The readings of one day, or forecasts instead.

    Attributes:
        hours: (M,) hours since midnight.
        values: (M, N) in the data's unit, NaN if missing.
        minutes_ahead: horizon of `values` in minutes if they are forecasts; 0 for readings.
    """

    hours: NDArray[np.float64]
    values: NDArray[np.float32]
    minutes_ahead: float = 0


def day_numbers(
    steps: NDArray[np.int64],
    tod_index: NDArray[np.int64],
    times: NDArray[np.datetime64] | None,
    steps_per_day: int,
) -> NDArray[np.int64]:
    """Return the day of each moment (M,): days since 1970, or since the first day.

    Args:
        steps: (M,) index of each moment's reading.
        tod_index: (M,) steps since midnight.
        times: (M,) datetime64, or None if the calendar is unknown.
        steps_per_day: number of steps.
    """
    if times is not None:
        return times.astype("datetime64[D]").astype(np.int64)
    return -(-(steps - tod_index) // steps_per_day)


def track_days(track: Track, info: DatasetInfo) -> NDArray[np.int64]:
    """Return the day of each moment of a track, (M,)."""
    return day_numbers(track.steps, track.tod_index, track.times, info.steps_per_day)


def dataset_days(dataset: Dataset, in_steps: int) -> NDArray[np.int64]:
    """Return the day of each step of a data set, (T,); -1 with too little history for a window."""
    steps = np.arange(len(dataset.values))
    days = day_numbers(steps, dataset.tod_index, dataset.timestamps, dataset.steps_per_day)
    days[: in_steps - 1] = -1
    return days


def date_of(day: int) -> dt.date:
    """Return the date of a day counted from 1970."""
    return dt.date(1970, 1, 1) + dt.timedelta(days=day)


def day_label(day: int, info: DatasetInfo) -> str:
    """Return a day's name: weekday and date, or its number without a calendar."""
    return f"{date_of(day):%A, %-d %B %Y}" if info.start else f"day {day}"


def short_day(name: str) -> str:
    """Return a day of the week in three letters; "Day 0" to "Day 6" are not shortened."""
    return name if name.startswith("Day ") else name[:3]


def first_usual_day(track: Track, info: DatasetInfo) -> int:
    """Return the first day of a track that has most of its moments, else its first day.

    The first windows need input, so that of hourly readings half of a first day may be missing.
    """
    days, counts = np.unique(track_days(track, info), return_counts=True)
    whole = days[counts >= _MOST_OF_A_DAY * info.steps_per_day]
    return int(whole[0] if len(whole) else days[0])


def duration_text(minutes: float) -> str:
    """Return a time span in minutes, or in hours where it is over one and whole hours.

    >>> duration_text(60), duration_text(180)
    ('60 min', '3 h')
    """
    return f"{minutes / 60:g} h" if _is_hours(minutes) else f"{minutes:g} min"


def duration_words(minutes: float) -> str:
    """Return a time span as `duration_text`, with whole words."""
    return f"{minutes / 60:g} hours" if _is_hours(minutes) else f"{minutes:g} minutes"


def _is_hours(minutes: float) -> bool:
    return minutes > 60 and minutes % 60 == 0


def clock_time(tod_index: float, steps_per_day: int) -> str:
    """Return a time of day as ``HH:MM``, with seconds if a minute has several steps.

    Args:
        tod_index: steps since midnight.
        steps_per_day: of the data set.
    """
    seconds = round(tod_index * SECONDS_PER_DAY / steps_per_day)
    told = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}"
    return told if steps_per_day <= MINUTES_PER_DAY else f"{told}:{seconds % 60:02d}"


def day_from_track(track: Track, day: int, dataset: Dataset | None, info: DatasetInfo) -> Day:
    """Return one day of a track, with readings if the data set is available.

    Args:
        track: of the model.
        day: one of `track_days`.
        dataset: of the model, or None.
        info: of the data set.
    """
    rows = np.flatnonzero(track_days(track, info) == day)
    steps, ahead = track.steps[rows], track.horizons[0]
    return Day(
        hours=track.tod_index[rows] * info.step_minutes / 60,
        steps=steps,
        embedding=track.st_embedding[rows].astype(np.float32),
        values=latest_forecasts(track.steps, track.forecast_at(ahead), ahead, steps)
        if dataset is None
        else readings_at(dataset, steps),
        minutes_ahead=0 if dataset is not None else ahead * track.step_minutes,
    )


def day_from_dataset(
    dataset: Dataset, steps: NDArray[np.int64], embedding: NDArray[np.float32]
) -> Day:
    """Return one day of a data set.

    Args:
        dataset: with readings.
        steps: (M,) of the day.
        embedding: E_st (M, N, d_st) of the windows that end at these steps.
    """
    return Day(
        hours=dataset.tod_index[steps] * dataset.info.step_minutes / 60,
        steps=steps,
        embedding=embedding,
        values=readings_at(dataset, steps),
    )


def readings_at(dataset: Dataset, steps: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the readings (M, N) at given steps, NaN if missing."""
    values, missing = dataset.values[steps], dataset.info.missing_value
    if missing is None:
        return values
    return np.where(values == np.float32(missing), np.float32(np.nan), values)


def latest_forecasts(
    made: NDArray[np.int64],
    forecasts: NDArray[np.float32],
    ahead: int,
    steps: NDArray[np.int64],
) -> NDArray[np.float32]:
    """Return the latest forecast for some steps, (..., N), NaN if there is none.

    Args:
        made: (n,) steps at which the forecasts were made, in order.
        forecasts: (n, N) of the shortest horizon.
        ahead: that horizon, in steps.
        steps: (...) to be forecast.
    """
    made_at = steps - ahead
    row = np.clip(np.searchsorted(made, made_at), 0, len(made) - 1)
    there = made[row] == made_at
    return np.where(there[..., None], forecasts[row], np.float32(np.nan))
