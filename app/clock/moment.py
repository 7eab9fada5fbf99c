"""The moment that pages share: a day, its time, and the week that contains it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.material import Material
from analysis.readings.days import clock_time, date_of, day_label
from analysis.readings.source import Source
from app.choices.chosen import choose, forget, texts_of
from app.choices.links import view_of_one
from app.choices.shared import one_of
from app.clock.days import DATE, DAY, MOST_LISTED, day_widget
from himnet.data.info import DatasetInfo

TIME = "time"  # key of the widget, and its name in the URL
_SPANS = ("day", "week")
_USUAL = "08:00"


def moment_widgets(material: Material, source: Source) -> tuple[NDArray[np.int64], int]:
    """Draw the widgets for day, span and time; return the steps to show, and the moment's step.

    Args:
        material: the opened model.
        source: the values over time.
    """
    with st.container(horizontal=True, vertical_alignment="bottom"):
        day = day_widget(material)
        span = one_of("Show", _SPANS, key="span")
        time = _time_widget(source.steps_per_day)
    of_day, nearest = _steps_of(day, time, source)
    if span == "day":
        return of_day, nearest
    week = next(week for week in source.weeks if nearest in week)
    return np.arange(week.start, week.stop), nearest


def moment_widget(
    material: Material, source: Source, *, usual: int | None = None, least: int = 0
) -> int:
    """Draw the widgets for day and time and return the step of that moment.

    Args:
        material: the opened model.
        source: the values over time.
        usual: as for `app.clock.days.day_widget`.
        least: the first step that has what the page needs.
    """
    day, time = day_widget(material, usual=usual), _time_widget(source.steps_per_day)
    step = _steps_of(day, time, source)[1]
    if step < least:
        st.caption("Too early for a whole window; the first moment with one is shown.")
    return max(step, least)


def _steps_of(day: int, time: int, source: Source) -> tuple[NDArray[np.int64], int]:
    """Return the steps of a day, and the one closest to a time of day.

    A day without values, as a track's first may be, is replaced by the closest with values.
    """
    of_day = np.flatnonzero(source.days == day)
    if not len(of_day):
        instead = int(source.days[np.abs(source.days - day).argmin()])
        st.caption("This day has no values; the closest day that has some is shown.")
        of_day = np.flatnonzero(source.days == instead)
    return of_day, int(of_day[np.abs(source.tod_index[of_day] - time).argmin()])


def _time_widget(steps_per_day: int) -> int:
    """Draw the slider for the time of day and return steps since midnight."""
    clock = [clock_time(at, steps_per_day) for at in range(steps_per_day)]
    usual = _USUAL if _USUAL in clock else clock[len(clock) // 3]
    return clock.index(clock_slider(clock, usual, width=200))


def clock_slider(clock: Sequence[str], usual: str, **more: Any) -> str:
    """Draw the slider for the time of day that pages share, and return its text.

    Args:
        clock: the times as text.
        usual: the default, one of them.
        more: arguments of ``st.select_slider``.
    """
    chosen = view_of_one("Time of day", clock, key=TIME, default=usual)
    st.select_slider("Time of day", clock, value=chosen, key=TIME, **more)
    return chosen


def shared_day(info: DatasetInfo) -> int | None:
    """Return the day chosen on any page or by the link; None if there is none."""
    date, day = (texts_of(DATE) or [""])[-1], (texts_of(DAY) or [""])[-1]
    if not info.start:
        number = day.removeprefix("day ")
        return int(number) if number.isdecimal() and len(number) < 10 else None
    for text, form in ((date, "%Y-%m-%d"), (day, "%A, %d %B %Y")):
        with suppress(ValueError):
            return (dt.datetime.strptime(text, form).date() - date_of(0)).days
    return None


def shared_weekday(info: DatasetInfo) -> int:
    """Return the shared day's day-of-week number; 0 without a day or a calendar."""
    day = shared_day(info)
    if day is None or info.start is None:
        return 0
    return (date_of(day).weekday() - (info.first_weekday or 0)) % 7


def share_day(day: int, info: DatasetInfo, source: Source) -> None:
    """Choose the day of all pages, on a page without a widget for it.

    Args:
        day: counted as in `analysis.readings.days.day_numbers`.
        info: description of the data set.
        source: the values over time.
    """
    if info.start is not None and len(np.unique(source.days)) > MOST_LISTED:
        choose(DATE, [date_of(day).isoformat()])
        forget(DAY)
    else:
        choose(DAY, [day_label(day, info)])
        forget(DATE)
