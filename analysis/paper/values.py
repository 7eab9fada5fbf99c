"""Values over time: readings, or else forecasts of the track, and a sentence on which they are."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.material import Material
from analysis.readings.days import DayValues, date_of
from himnet.data.info import DatasetInfo
from himnet.data.synthetic import is_city

DAYS = 7


@dataclass(frozen=True)
class Values:
    """Values of all sensors over consecutive days.

    Attributes:
        first: the first day; days since 1970, or a number if the calendar is unknown.
        count: number of days.
        days: (T,) time in days since the beginning of the first day.
        values: (T, N) in the data's unit, NaN if there is none.
        minutes_ahead: horizon of the forecasts in minutes; 0 for readings.
    """

    first: int
    count: int
    days: NDArray[np.float64]
    values: NDArray[np.float32]
    minutes_ahead: float

    def day_names(self, info: DatasetInfo) -> list[str]:
        """Return a short name for each day: its weekday, or its number if there is no calendar."""
        numbers = range(self.first, self.first + self.count)
        return [f"{date_of(day):%a}"[:2] if info.start else str(day) for day in numbers]

    def said(self, info: DatasetInfo) -> str:
        """Return a sentence on the days, and on whether the values are readings or forecasts."""
        when = (
            f"{date_of(self.first):%Y-%m-%d} to {date_of(self.first + self.count - 1):%Y-%m-%d}"
            if info.start
            else f"days {self.first} to {self.first + self.count - 1}"
        )
        if self.minutes_ahead:
            return (
                f"Forecasts of the model, {self.minutes_ahead:g} minutes ahead, instead of "
                f"readings, for {when}."
            )
        kind = "Generated readings" if is_city(info.name) else "Readings"
        return f"{kind} for {when}."


def chosen_day(material: Material, date: str | None) -> int:
    """Return the day of a date, or the first day that can be shown.

    A date is an ISO date, or the number of a day if the calendar is unknown.

    Raises:
        AnalysisError: for a date that cannot be shown, or if there is no day at all.
    """
    if date is None:
        return material.usual_day
    number = _day_number(material.info, date)
    if number not in material.days:
        material.day(number)
    return number


def _day_number(info: DatasetInfo, date: str) -> int:
    if info.start:
        try:
            return (dt.date.fromisoformat(date) - dt.date(1970, 1, 1)).days
        except ValueError as error:
            raise AnalysisError(f"'{date}' is not a date; write it as 2012-03-01") from error
    if not date.isdecimal():
        raise AnalysisError(
            f"the data set '{info.name}' has no dates, so {date} cannot be found; omit the date, "
            f"or give the number of a day, counted from 0"
        )
    return int(date)


def week_of(material: Material, date: str | None) -> Values | None:
    """Return the values of seven consecutive days, or of as many as there are; None if none.

    Args:
        material: of the checkpoint.
        date: of the first day; None takes the first that can be shown.

    Raises:
        AnalysisError: for a date that cannot be shown.
    """
    if date is None and not material.days:
        return None
    first = chosen_day(material, date)
    found: list[DayValues] = []
    for number in range(first, first + DAYS):
        if number not in material.days:
            break
        found.append(material.values_of(number))
    return Values(
        first=first,
        count=len(found),
        days=np.concatenate([day.hours / 24 + place for place, day in enumerate(found)]),
        values=np.concatenate([day.values for day in found]),
        minutes_ahead=found[0].minutes_ahead,
    )
