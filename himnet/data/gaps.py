"""Rows that are absent from a file with timestamps are filled in, so that windows are as told."""

from __future__ import annotations

import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from himnet.data.calendar import SECONDS_PER_DAY, Calendar, calendar_of_moments
from himnet.data.formats import DayColumns, Series
from himnet.errors import DataError, DataWarning

_MOST_ABSENT = 0.5  # of the steps; more are no gaps but another interval
_HOUR = 3_600
_LAST_SKIPPED = 3  # the hour before which clocks are set forward, at the latest


def filled_in(path: Path, series: Series, calendar: Calendar) -> tuple[Series, Calendar]:
    """Return a series and its calendar with every absent row filled in as missing (NaN).

    The hour that is skipped when clocks are set forward stays absent, as in PEMS-BAY, so that its
    published numbers compare. A warning states the share of rows that were filled in.

    Args:
        path: of the file, for messages.
        series: with moments, (T, N).
        calendar: of these moments.

    Raises:
        DataError: if more than half of the steps are absent.
    """
    moments = calendar.timestamps
    if moments is None or isinstance(series.clock, DayColumns):  # its index.npz counts its rows
        return series, calendar
    step = SECONDS_PER_DAY // calendar.steps_per_day
    gaps = np.diff(moments).astype(np.int64)
    absent = np.where(_skipped_hour(gaps, calendar, step), 0, gaps // step - 1)
    total = int(absent.sum())
    if not total:
        return series, calendar
    share = total / (len(moments) + total)
    if share > _MOST_ABSENT:
        raise DataError(
            f"{total:,} rows of {path} are absent ({share:.1%} of the steps of {step} seconds from "
            f"the first to the last timestamp); give a file without such gaps"
        )
    warnings.warn(
        f"{total:,} rows of {path} are absent ({share:.1%} of the steps) and were filled in as "
        f"missing, so that windows are as long as they say",
        DataWarning,
        stacklevel=3,
    )
    places = np.arange(len(moments)) + np.concatenate([[0], np.cumsum(absent)])
    values = np.full((len(moments) + total, series.values.shape[1]), np.nan, series.values.dtype)
    values[places] = series.values
    every = _every_moment(moments, absent, step)
    weekday = calendar.first_weekday or 0
    regular = calendar_of_moments(every, first_weekday=weekday, source=str(path))
    return replace(series, values=values, clock=every), regular


def _skipped_hour(gaps: NDArray[np.int64], calendar: Calendar, step: int) -> NDArray[np.bool_]:
    """Return (T - 1,) which gaps are the hour of a night that clocks skip."""
    hours, rest = np.divmod((calendar.tod_index[:-1] + 1) * step, _HOUR)
    skipped: NDArray[np.bool_] = (gaps == step + _HOUR) & (hours <= _LAST_SKIPPED) & (rest == 0)
    return skipped


def _every_moment(
    moments: NDArray[np.datetime64], absent: NDArray[np.int64], step: int
) -> NDArray[np.datetime64]:
    """Return the moments with those of the absent rows between them."""
    counts = np.concatenate([absent, [0]]) + 1
    starts = np.repeat(moments, counts)
    firsts = np.repeat(np.cumsum(counts) - counts, counts)
    later = (np.arange(len(starts)) - firsts) * step
    every: NDArray[np.datetime64] = starts + later.astype("timedelta64[s]")
    return every
