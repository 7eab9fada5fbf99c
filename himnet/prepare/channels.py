"""What the channels of an array (steps, sensors, channels) are: readings, or a calendar.

The field's files put the time of day and the day of the week beside the readings, in several
notations. They are recognised by what they are: the same for all sensors, rising over a day, or
changing at midnight.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.errors import DataError

SECONDS_PER_DAY = 86_400
SAMPLE_STEPS = 4_096  # two weeks of five-minute steps
# of the PeMS files of this field, in their order
PEMS_CHANNELS = ("flow", "occupancy", "speed")
_NEAR = 0.2  # of a step


@dataclass(frozen=True)
class Channels:
    """What each channel is.

    Attributes:
        readings: numbers of the channels that differ between sensors.
        tod, day_length: number of the channel with the time of day, and its value for a whole day;
            None and 1 if there is none.
        dow: numbers of the channel with the day of the week, or of seven that are 0 or 1; empty
            if there is none.
        week: its value for a whole week: 7, or 1 for fractions.
        first_day: its value for day 0.
        unknown: numbers of other channels that are the same for all sensors.
    """

    readings: tuple[int, ...]
    tod: int | None = None
    day_length: float = 1.0
    dow: tuple[int, ...] = ()
    week: float = 7.0
    first_day: int = 0
    unknown: tuple[int, ...] = ()

    def time_of_day(self, values: NDArray[Any]) -> NDArray[np.float64] | None:
        """Return (t,) fractions of a day of (t, N, C) values, or None."""
        if self.tod is None:
            return None
        return _same_for_all(values, self.tod) / self.day_length

    def day_of_week(self, values: NDArray[Any]) -> NDArray[np.float64] | None:
        """Return (t,) days from 0 to 6 of (t, N, C) values, or None."""
        if not self.dow:
            return None
        if len(self.dow) > 1:
            seven = np.stack([_same_for_all(values, channel) for channel in self.dow], axis=1)
            numbers: NDArray[np.float64] = seven.argmax(axis=1).astype(np.float64)
            return numbers
        days: NDArray[np.float64] = _same_for_all(values, self.dow[0]) * (7 / self.week)
        return days.round(2) - self.first_day


class CalendarColumns:
    """The columns "time of day" and "day of week" of consecutive blocks of an array.

    Where the array has no day of the week, it is counted from the first moment, if that is known.

    Args:
        channels: of the array.
        start: moment of the first step, or None.
    """

    def __init__(self, channels: Channels, start: dt.datetime | None) -> None:
        self._channels = channels
        self._day = None if start is None or channels.dow else start.weekday()
        self._last = 0.0

    def of(
        self, values: NDArray[Any]
    ) -> tuple[NDArray[np.float64] | None, NDArray[np.float64] | None]:
        """Return time of day and day of week, (t,) each, of the next block (t, N, C)."""
        tod, dow = self._channels.time_of_day(values), self._channels.day_of_week(values)
        if tod is None or self._day is None:
            return tod, dow
        midnights = np.cumsum(np.diff(tod, prepend=min(self._last, tod[0])) < 0)
        days = (self._day + int(tod[0] < self._last) + midnights) % 7
        self._day, self._last = int(days[-1]), float(tod[-1])
        return tod, days.astype(np.float64)


def about_times(channels: Channels, start: dt.datetime | None) -> tuple[str, ...]:
    """Return a sentence on the times that the channels give; none if they give none."""
    if channels.tod is None:
        return ()
    days = "" if channels.dow else ", and the days are counted from --start"
    if start is None and not channels.dow:
        days = ", but there is no day of the week: --start gives it"
    return (f"the times of day are those of the calendar in the array{days}",)


def _same_for_all(values: NDArray[Any], channel: int) -> NDArray[np.float64]:
    """Return a calendar's channel (t,).

    Raises:
        DataError: if it differs between sensors.
    """
    column = values[:, :, channel]
    differs = (column != column[:, :1]).any(axis=1) & ~np.isnan(column).any(axis=1)
    if differs.any():
        raise DataError(
            f"channel {channel}, which begins as a calendar, later differs between sensors; "
            f"choose the readings with --channel, and give --start and --step"
        )
    shared: NDArray[np.float64] = column[:, 0].astype(np.float64)
    return shared


def recognise(sample: NDArray[Any]) -> Channels:
    """Return what the channels are, from the first steps (t, N, C) of an array.

    At least one channel is a reading.
    """
    steps, sensors, count = sample.shape
    shared = [
        channel
        for channel in range(count)
        if sensors > 1 and steps > 2 and _is_shared(sample[:, :, channel])
    ]
    # the first channel is the reading, even where it has none yet
    if len(shared) == count or (sample[:, :, 0] == sample[0, 0, 0]).all():
        shared = [channel for channel in shared if channel > 0]
    columns = {channel: np.asarray(sample[:, 0, channel], dtype=np.float64) for channel in shared}
    tod, day_length = _time_of_day(columns)
    rest = {channel: column for channel, column in columns.items() if channel != tod}
    dow, week, first_day = _day_of_week(rest, None if tod is None else columns[tod])
    return Channels(
        readings=tuple(channel for channel in range(count) if channel not in shared),
        tod=tod,
        day_length=day_length,
        dow=dow,
        week=week,
        first_day=first_day,
        unknown=tuple(channel for channel in rest if channel not in dow),
    )


def _is_shared(column: NDArray[Any]) -> bool:
    """Whether a channel (t, N) is the same for all sensors."""
    return bool((column == column[:, :1]).all())


def _time_of_day(columns: dict[int, NDArray[np.float64]]) -> tuple[int | None, float]:
    """Return the channel that rises over a day, and its value for a whole day."""
    for channel, column in columns.items():
        rises = np.diff(column)
        if not np.isfinite(rises).all() or column.min() < 0 or not (rises > 0).any():
            continue
        step = float(np.median(rises[rises > 0]))
        regular = np.abs(rises - step) < _NEAR * step
        back = np.flatnonzero(rises < 0)
        if not regular.any() or regular.sum() + len(back) < 0.9 * len(rises):
            continue
        step = float(rises[regular].mean())  # as float16, each rise alone is a tenth off
        day = float(np.mean(step - rises[back])) if len(back) else _unseen_day(column, step)
        per_day = round(day / step) if day else 0
        if per_day > 1 and abs(day / step - per_day) < 0.1 and not SECONDS_PER_DAY % per_day:
            return channel, float(round(day)) if abs(day - round(day)) < 0.02 else day
    return None, 1.0


def _unseen_day(column: NDArray[np.float64], step: float) -> float:
    """Return the likely value for a whole day, where the sample has no midnight; 0 if none is."""
    return 1.0 if column.max() < 1 and step < 0.5 else 0.0


def _day_of_week(
    columns: dict[int, NDArray[np.float64]], tod: NDArray[np.float64] | None
) -> tuple[tuple[int, ...], float, int]:
    """Return the channel or channels of the day of the week, the value for a week, and of day 0."""
    ordered = sorted(columns)
    for first in ordered:
        seven = tuple(range(first, first + 7))
        if set(seven) <= columns.keys():
            stacked = np.stack([columns[channel] for channel in seven])
            if np.isin(stacked, (0, 1)).all() and (stacked.sum(axis=0) == 1).all():
                return seven, 7.0, 0
    for channel in ordered:
        column = columns[channel]
        if not _changes_at_midnight(column, tod):
            continue
        for week in (7.0, 1.0):
            days = column * (7 / week)
            whole = np.abs(days - np.round(days)).max() < 0.02
            low, high = round(float(days.min())), round(float(days.max()))
            if whole and low >= 0 and high <= 6 and _turns(days):
                return (channel,), week, 0
            if whole and low == 1 and high == 7 and _turns(days):
                return (channel,), week, 1
    return (), 7.0, 0


def _turns(days: NDArray[np.float64]) -> bool:
    """Whether each change is to the next day of the week."""
    changes = np.round(np.diff(days))
    changes = changes[changes != 0]
    return bool(np.isin(changes, (1, -6)).mean() > 0.5) if len(changes) else True


def _changes_at_midnight(column: NDArray[np.float64], tod: NDArray[np.float64] | None) -> bool:
    changes = np.flatnonzero(np.diff(column))
    if tod is None:
        return bool(len(changes)) and len(changes) <= len(column) / 4
    midnights = np.flatnonzero(np.diff(tod) < 0)
    if not len(midnights):
        return not len(changes)
    return bool(len(changes)) and np.isin(changes, midnights).mean() > 0.5


def names_of(channels: Channels, sample: NDArray[Any]) -> tuple[str, ...]:
    """Return names of the readings' channels: those of PeMS if they can be that, else numbers."""
    readings = channels.readings
    if len(readings) == 3 and not channels.unknown:
        share = sample[:, :, readings[1]]
        counts = sample[:, :, readings[0]]
        if np.nanmax(share) <= 1 and np.nanmin(share) >= 0 and np.nanmax(counts) > 1:
            return PEMS_CHANNELS
    return tuple(map(str, readings))


def chosen(names: Sequence[str], wanted: str | None, where: str) -> int:
    """Return the position of a channel, given by its name or its number; None: the first.

    Raises:
        DataError: if there is none of this name or number.
    """
    if wanted is None:
        return 0
    plain = [name.strip().casefold() for name in names]
    if (name := wanted.strip().casefold()) in plain:
        return plain.index(name)
    if name.isascii() and name.isdigit() and int(name) < len(names):
        return int(name)
    listed = texts.clipped(", ".join(names))
    raise DataError(
        f"{where} has no channel '{texts.clipped(wanted, 60)}'; choose one of {listed}, or a "
        f"number from 0 to {len(names) - 1}, with --channel"
    )


def told_choice(names: Sequence[str], position: int, wanted: str | None) -> tuple[str, ...]:
    """Return a sentence about the choice of a channel; none if there was nothing to choose."""
    if len(names) < 2 or wanted is not None:
        return ()
    listed = texts.clipped(", ".join(names))
    return (
        f"of the channels {listed}, '{texts.clipped(names[position], 60)}' was taken, the first; "
        f"--channel chooses another",
    )
