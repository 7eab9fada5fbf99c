"""The calendar of a series: rows of the model's two dictionaries, and dates if known.

A model uses only the time of day and the day of the week, so these two are always known. Dates are
known if the file or its ``dataset.json`` states when the series starts.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from himnet.config import DAYS_PER_WEEK
from himnet.errors import DataError

SECONDS_PER_DAY = 86_400
DEFAULT_STEPS_PER_DAY = 288
_EPOCH_WEEKDAY = 3  # 1970-01-01 was a Thursday
# In steps. The rounding error of a time of day stored as float16 is up to 0.07 of five minutes.
_NEAR_INTEGER = 0.1


@dataclass(frozen=True)
class Calendar:
    """When each of T readings was taken.

    Attributes:
        steps_per_day: readings per day.
        tod_index: (T,) row of the time-of-day dictionary, 0 to steps_per_day - 1.
        dow: (T,) day-of-week number, 0 to 6.
        first_weekday: weekday (0 = Monday) of day number 0, or None if unknown.
        timestamps: (T,) datetime64[s], or None if the start is unknown.
    """

    steps_per_day: int
    tod_index: NDArray[np.int64]
    dow: NDArray[np.int64]
    first_weekday: int | None
    timestamps: NDArray[np.datetime64] | None

    @property
    def start_time(self) -> dt.datetime | None:
        """The moment of the first reading, or None if unknown."""
        if self.timestamps is None:
            return None
        moment: dt.datetime = self.timestamps[0].astype(dt.datetime)
        return moment


def regular_calendar(
    start: dt.datetime, num_steps: int, steps_per_day: int, *, first_weekday: int = 0
) -> Calendar:
    """Return the calendar of a series without gaps.

    Raises:
        DataError: if a step is not a whole number of seconds, or if the start is between steps.
    """
    if steps_per_day < 1 or SECONDS_PER_DAY % steps_per_day:
        raise DataError(
            f"{steps_per_day} steps per day are not a whole number of seconds long; "
            f"choose a number that divides {SECONDS_PER_DAY:,}"
        )
    step = SECONDS_PER_DAY // steps_per_day
    moments = np.datetime64(start, "s") + np.arange(num_steps) * np.timedelta64(step, "s")
    return _dated(moments, step, first_weekday, "the series")


def calendar_of_moments(
    moments: NDArray[np.datetime64], *, first_weekday: int = 0, source: str = "the series"
) -> Calendar:
    """Return the calendar of (T,) increasing moments; the most common interval is the step.

    Gaps of whole steps are allowed: PEMS-BAY lacks the hour skipped by daylight saving time.

    Args:
        moments: (T,) datetime64[s], local time.
        first_weekday: weekday (0 = Monday) that gets number 0.
        source: origin of the moments, for messages.

    Raises:
        DataError: for fewer than two moments, moments that do not increase, or moments that are
            not all whole steps after midnight.
    """
    if len(moments) < 2:
        raise DataError(f"{source} has {len(moments)} row(s) of readings; at least 2 are needed")
    if np.isnat(moments).any():
        row = int(np.flatnonzero(np.isnat(moments))[0])
        raise DataError(f"row {row} of {source} has no timestamp; every row needs one")
    gaps = np.diff(moments).astype(np.int64)
    bad = np.flatnonzero(gaps <= 0)
    if len(bad):
        raise DataError(
            f"the timestamps of {source} do not increase at {moments[bad[0] + 1]}; sort the rows "
            f"and remove duplicates"
        )
    lengths, counts = np.unique(gaps, return_counts=True)
    step = int(lengths[counts.argmax()])
    if SECONDS_PER_DAY % step:
        raise DataError(
            f"the timestamps of {source} are mostly {step} seconds apart; a step must divide a day "
            f"into equal parts"
        )
    return _dated(moments, step, first_weekday, source)


def calendar_of_columns(
    tod: NDArray[np.floating],
    dow: NDArray[np.floating],
    *,
    steps_per_day: int | None = None,
    start: dt.datetime | None = None,
    first_weekday: int | None = None,
) -> Calendar:
    """Return the calendar given by the columns "time of day" and "day of week" of a file.

    Args:
        tod: (T,) fractions of a day in [0, 1).
        dow: (T,) whole numbers 0 to 6.
        steps_per_day: readings per day; None infers it from `tod`.
        start: moment of the first reading, if known; the others follow from the two columns, so
            that a gap of less than a week in the series is also a gap in the moments.
        first_weekday: weekday (0 = Monday) of day number 0; None infers it from `start`.

    Raises:
        DataError: for invalid columns, or columns that contradict one of the other arguments.
    """
    per_day = steps_per_day or _steps_per_day(tod)
    tod_index, days = time_of_day_index(tod, per_day), day_of_week(dow)
    _check_progress(tod_index, days, per_day)
    if start is None:
        return Calendar(per_day, tod_index, days, first_weekday, None)
    weekday = (start.weekday() - int(days[0])) % DAYS_PER_WEEK
    if first_weekday not in (None, weekday):
        raise DataError(
            f"the series starts on {start:%A} {start:%Y-%m-%d} with day-of-week number {days[0]}, "
            f'which contradicts "first_day_of_week"; correct it or "start" in dataset.json'
        )
    step = SECONDS_PER_DAY / per_day
    midnight = dt.datetime.combine(start.date(), dt.time())
    if round((start - midnight).total_seconds() / step, 3) != tod_index[0]:
        raise DataError(
            f"the series should start at {start:%Y-%m-%d %H:%M}, but its first time of day is "
            f'{tod_index[0]} steps after midnight; correct "start" or "step_minutes" in '
            f"dataset.json"
        )
    passed = np.cumsum(_advance(tod_index, days, per_day))
    seconds = np.round(np.concatenate([[0], passed]) * step).astype("timedelta64[s]")
    return Calendar(per_day, tod_index, days, weekday, np.datetime64(start, "s") + seconds)


def time_of_day_index(tod: NDArray[np.floating], steps_per_day: int) -> NDArray[np.int64]:
    """Return round(tod * steps_per_day) % steps_per_day for (T,) fractions of a day.

    Rounding, not truncation: k * (1 / 288) is less than k / 288 for some k.

    Raises:
        DataError: for a fraction outside [0, 1), or one that is not a multiple of a step.
    """
    bad = np.flatnonzero(~((tod >= 0) & (tod < 1)))
    if len(bad):
        raise DataError(
            f"the time of day of step {bad[0]} is {tod[bad[0]]:g}; it must be a fraction of a day "
            f"in [0, 1)"
        )
    exact = tod.astype(np.float64) * steps_per_day
    bad = np.flatnonzero(np.abs(exact - np.round(exact)) > _NEAR_INTEGER)
    if len(bad):
        raise DataError(
            f"the time of day of step {bad[0]} is {tod[bad[0]]:g}, which is not a multiple of 1/"
            f'{steps_per_day} of a day; set "step_minutes" in dataset.json'
        )
    return np.round(exact).astype(np.int64) % steps_per_day


def day_of_week(dow: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return (T,) days of the week as integers 0 to 6.

    Raises:
        DataError: for fractions (one known layout stores day / 7) and numbers outside 0 to 6.
    """
    bad = np.flatnonzero(~((dow >= 0) & (dow <= 6) & (dow == np.round(dow))))
    if len(bad):
        raise DataError(
            f"the day of week of step {bad[0]} is {dow[bad[0]]:g}; it must be a whole number from "
            f"0 to 6 (if it is stored as a fraction of a week, multiply by 7 and round)"
        )
    return dow.astype(np.int64)


def _dated(moments: NDArray[np.datetime64], step: int, first_weekday: int, source: str) -> Calendar:
    """Return the calendar of moments, all whole steps of `step` seconds after midnight."""
    days, seconds = np.divmod(moments.astype(np.int64), SECONDS_PER_DAY)
    bad = np.flatnonzero(seconds % step)
    if len(bad):
        raise DataError(
            f"the timestamp {moments[bad[0]]} of {source} is not a whole number of steps of "
            f"{step} seconds after midnight; all timestamps must be"
        )
    dow = (days + _EPOCH_WEEKDAY - first_weekday) % DAYS_PER_WEEK
    return Calendar(SECONDS_PER_DAY // step, seconds // step, dow, first_weekday, moments)


def _steps_per_day(tod: NDArray[np.floating]) -> int:
    """Infer the readings per day from (T,) fractions of a day: the median increase is a step."""
    rises = np.diff(tod.astype(np.float64))
    rises = rises[rises > 0]
    if not len(rises):
        return DEFAULT_STEPS_PER_DAY
    whole = np.arange(1, SECONDS_PER_DAY + 1)
    allowed = whole[SECONDS_PER_DAY % whole == 0]
    wanted = 1 / float(np.median(rises))
    nearest = int(allowed[np.abs(np.log(allowed / wanted)).argmin()])
    if abs(nearest / wanted - 1) > 0.02:
        raise DataError(
            f"the time of day increases by {1 / wanted:g} of a day per step, which is not a whole "
            f'number of seconds; set "step_minutes" in dataset.json'
        )
    return nearest


def _advance(
    tod_index: NDArray[np.int64], dow: NDArray[np.int64], steps_per_day: int
) -> NDArray[np.int64]:
    """Return the number of steps from each reading to the next, (T - 1,), modulo one week."""
    return np.diff(dow * steps_per_day + tod_index) % (DAYS_PER_WEEK * steps_per_day)


def _check_progress(
    tod_index: NDArray[np.int64], dow: NDArray[np.int64], steps_per_day: int
) -> None:
    """Reject columns that mostly do not advance by one step, or by one day at midnight."""
    if len(tod_index) < 2:
        raise DataError(f"the series has {len(tod_index)} step(s); at least 2 are needed")
    gaps = np.diff(tod_index) % steps_per_day
    common = int(np.bincount(gaps).argmax())
    if common != 1 % steps_per_day:
        raise DataError(
            f"the time of day advances by {common} steps per reading, but one is expected for "
            f"{steps_per_day} steps per day; "
            f'correct "step_minutes" in dataset.json or the second column of data.npz'
        )
    midnights = np.flatnonzero((gaps == common) & (tod_index[1:] == 0))
    turned = (dow[midnights + 1] - dow[midnights]) % DAYS_PER_WEEK == 1
    if len(midnights) and turned.mean() < 0.5:
        raise DataError(
            f"the day of week does not advance at midnight (step {midnights[~turned][0] + 1}); "
            f"it must count the days of the week from 0 to 6"
        )
