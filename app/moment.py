"""The moment that pages share: a day, the time of it, and the week around it."""

from __future__ import annotations

import datetime as dt
from contextlib import suppress

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.moments import clock_time, date_of, day_label
from app.choices import drop_unless, one_of
from app.days import MOST_LISTED, day_widget
from app.readings import Source
from app.session import OpenCheckpoint
from himnet.data.info import DatasetInfo
from himnet.errors import HimNetError

DAY, DATE, TIME = "day", "date", "time"  # keys of the widgets, and their names in the URL
_SPANS = ("day", "week")
_USUAL = "08:00"


def moment_widgets(checkpoint: OpenCheckpoint, source: Source) -> tuple[NDArray[np.int64], int]:
    """Draw the choice of day, span and time; return the steps to show, and that of the moment.

    Args:
        checkpoint: of the model.
        source: of values.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        day = _day_widget(checkpoint)
        span = one_of("Show", _SPANS, key="span")
        time = _time_widget(source.steps_per_day)
    of_day, nearest = _steps_of(day, time, source)
    if span == "day":
        return of_day, nearest
    week = next(week for week in source.weeks if nearest in week)
    return np.arange(week.start, week.stop), nearest


def moment_widget(checkpoint: OpenCheckpoint, source: Source) -> int:
    """Draw the choice of day and time and return the step of that moment.

    Args:
        checkpoint: of the model.
        source: of values.
    """
    day, time = _day_widget(checkpoint), _time_widget(source.steps_per_day)
    return _steps_of(day, time, source)[1]


def _day_widget(checkpoint: OpenCheckpoint) -> int:
    track = None
    with suppress(HimNetError):  # told where the track itself is shown
        track = checkpoint.track
    return day_widget(checkpoint, track)


def _steps_of(day: int, time: int, source: Source) -> tuple[NDArray[np.int64], int]:
    """Return the steps of a day, and the one nearest to a time of day.

    A track's first moments may all look into the next day: then there is nothing to draw for the
    first, and the nearest day that has values stands for it.
    """
    of_day = np.flatnonzero(source.days == day)
    if not len(of_day):
        instead = int(source.days[np.abs(source.days - day).argmin()])
        st.caption("There are no values for this day; those of the nearest day are shown.")
        of_day = np.flatnonzero(source.days == instead)
    return of_day, int(of_day[np.abs(source.tod_index[of_day] - time).argmin()])


def _time_widget(steps_per_day: int) -> int:
    """Draw the clock and return steps since midnight."""
    clock = [clock_time(at, steps_per_day) for at in range(steps_per_day)]
    drop_unless(TIME, clock.__contains__)
    usual = _USUAL if _USUAL in clock else clock[len(clock) // 3]
    chosen = st.select_slider(
        "Time of day", clock, value=usual, key=TIME, bind="query-params", width=260
    )
    return clock.index(chosen)


def shared_day(info: DatasetInfo) -> int | None:
    """Return the day chosen on any page, or asked for by the link; None before that."""
    date, day = st.session_state.get(DATE), st.session_state.get(DAY)
    if isinstance(date, dt.date):
        return (date - date_of(0)).days
    if isinstance(day, int):
        return day
    try:
        asked = dt.date.fromisoformat(st.query_params.get(DATE, ""))
    except ValueError:
        return None
    return (asked - date_of(0)).days if info.start else None


def shared_weekday(info: DatasetInfo) -> int:
    """Return the shared day's day-of-week number; 0 where there is none, or no calendar."""
    day = shared_day(info)
    if day is None or info.start is None:
        return 0
    return (date_of(day).weekday() - (info.first_weekday or 0)) % 7


def share_day(day: int, info: DatasetInfo, source: Source) -> None:
    """Choose a day for all pages, from one that has no widget for it.

    Args:
        day: counted as in `analysis.moments.day_numbers`.
        info: of the data set.
        source: of values.
    """
    if info.start is not None and len(np.unique(source.days)) > MOST_LISTED:
        st.session_state[DATE] = date_of(day)
        st.query_params[DATE] = date_of(day).isoformat()
    else:
        st.session_state[DAY] = day
        st.query_params[DAY] = day_label(day, info)
