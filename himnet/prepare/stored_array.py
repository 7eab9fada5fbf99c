"""An array of readings of any layout as a source: which axis is time, and which channel is read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.info import Sensors
from himnet.errors import DataError
from himnet.limits import MAX_SENSORS
from himnet.prepare.channels import (
    SAMPLE_STEPS,
    CalendarColumns,
    Channels,
    about_times,
    chosen,
    names_of,
    recognise,
    told_choice,
)
from himnet.prepare.slices import as_float32, rows_held
from himnet.prepare.source import Block, Told

_MOST_CHANNELS = 1_000
_PLAIN = "biuf"
_ROUNDING = 1e-6
_FEWEST_STEPS = 26  # windows of 12 + 12 in three splits
_MARKEDLY = 0.8  # neighbouring readings along time differ by less than this share of the others


class Stored(Protocol):
    """An array in a file that can be walked along either of its first two axes."""

    @property
    def name(self) -> str:
        """What it is called in its file."""

    @property
    def shape(self) -> tuple[int, ...]:
        """Its 2 or 3 sizes."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Type of its values, or of records that have one value per channel."""

    def walk(self, axis: int, step: int) -> Iterator[NDArray[Any]]:
        """Yield consecutive slices of at most `step` along an axis, which comes first."""


@dataclass(frozen=True)
class Beside:
    """What the other arrays of a file say about the readings.

    Attributes:
        where: the file, for messages.
        moments: datetime64[s] of the steps, or None.
        start: moment of the first step, if it is known.
        ids: of the sensors, or None.
        sensors: how many sensors there are, if another file lists them, else None.
        scale: mean and standard deviation by which readings may have been normalised, or None.
        windows: of the splits, if they are given.
        labels, notes, kind: as of `Told`.
    """

    where: str
    kind: str
    moments: NDArray[np.datetime64] | None = None
    start: dt.datetime | None = None
    ids: tuple[str, ...] | None = None
    sensors: int | None = None
    scale: tuple[float, float] | None = None
    windows: Mapping[str, NDArray[np.int64]] | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass
class ArraySource:
    """One channel of an array as a source of readings.

    Attributes:
        array: with the readings.
        axis: which of its axes is time.
        channels: what its channels are.
        channel: the one that is read.
        moments: (T,) of the steps, or None.
        start: moment of the first step, if it is known.
        scale: mean and standard deviation of normalised readings, or None.
        told: see `himnet.prepare.source`.
        done: rows that have been read.
    """

    array: Stored
    axis: int
    channels: Channels
    channel: int
    moments: NDArray[np.datetime64] | None
    start: dt.datetime | None
    scale: tuple[float, float] | None
    told: Told
    done: int = field(default=0, init=False)

    def share(self) -> float:
        """Return the share of the rows that has been read, 0 to 1."""
        return self.done / self.array.shape[self.axis]

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in the file's order."""
        width, self.done = _row_width(self.array, self.axis), 0
        columns = CalendarColumns(self.channels, self.start)
        for values in self.array.walk(self.axis, rows_held(width)):
            cube = as_cube(values)
            yield self._block(cube, columns)
            self.done += len(cube)

    def _block(self, cube: NDArray[Any], columns: CalendarColumns) -> Block:
        readings = cube[:, :, self.channel]
        if self.scale is not None:
            mean, deviation = self.scale
            readings = readings.astype(np.float64) * deviation + mean
            nothing = np.abs(readings) < _ROUNDING * (abs(mean) + deviation)
            readings[nothing] = 0  # which stands for missing readings in most files
        if self.moments is not None:
            moments = self.moments[self.done : self.done + len(cube)]
            return Block(as_float32(readings), moments=moments)
        tod, dow = columns.of(cube)
        return Block(as_float32(readings), tod=tod, dow=dow)


def as_cube(values: NDArray[Any]) -> NDArray[Any]:
    """Return (t, N) or (t, N, C) numbers, or (t, N) records of C numbers, as (t, N, C)."""
    if values.dtype.names:
        return np.stack([values[name].astype(np.float64) for name in values.dtype.names], axis=-1)
    return values[:, :, None] if values.ndim == 2 else values


def is_readings(array: Stored) -> bool:
    """Whether an array may be readings: numbers, or records of numbers, with 2 or 3 axes."""
    dtype, shape = array.dtype, array.shape
    if dtype.names:
        plain = all(dtype[name].kind in _PLAIN and not dtype[name].shape for name in dtype.names)
        return plain and len(shape) == 2 and min(shape) > 0
    return dtype.kind in _PLAIN and len(shape) in (2, 3) and min(shape) > 0


def array_source(array: Stored, beside: Beside, channel: str | None) -> ArraySource:
    """Return the source of the readings in an array.

    Args:
        array: of a shape that `is_readings` allows.
        beside: what is known besides.
        channel: name or number of the channel that is wanted, or None.

    Raises:
        DataError: for a channel that the array does not have, or more sensors than are possible.
    """
    axis, notes = _time_axis(array, beside)
    sample = _sample(array, axis)
    channels = recognise(sample) if sample.shape[2] > 1 else Channels(readings=(0,))
    names = array.dtype.names or names_of(channels, sample)
    position = chosen(names, channel, beside.where)
    taken = channels.readings[position] if not array.dtype.names else position
    count = array.shape[1 - axis]
    if count > MAX_SENSORS:
        raise DataError(
            f"{beside.where} has shape {array.shape}, which would be {count:,} sensors; up to "
            f"{MAX_SENSORS:,} are read"
        )
    scale, scaled = _scale(sample[:, :, taken], beside)
    numbered = beside.ids is None or len(beside.ids) != count
    told = Told(
        kind=beside.kind,
        sensors=Sensors.numbered(count) if numbered else Sensors(tuple(beside.ids or ())),
        numbered=numbered,
        labels=_labels(names[position]) | dict(beside.labels),
        windows=beside.windows,
        notes=(
            *notes,
            *told_choice(names, position, channel),
            *scaled,
            *_about(channels, beside),
            *beside.notes,
        ),
    )
    return ArraySource(array, axis, channels, taken, beside.moments, beside.start, scale, told)


def _row_width(array: Stored, axis: int) -> int:
    """Return the values of a row, with those that records have."""
    width = max(1, len(array.dtype.names or ()))
    for size in (*array.shape[:axis], *array.shape[axis + 1 :]):
        width *= size
    if width > MAX_SENSORS * _MOST_CHANNELS:
        raise DataError(
            f"'{texts.clipped(array.name, 60)}' has shape {array.shape}, {width:,} numbers per "
            f"step; it must be (steps, sensors) or (steps, sensors, channels)"
        )
    return width


def _sample(array: Stored, axis: int) -> NDArray[Any]:
    """Return the first steps (t, N, C), few enough to be held."""
    step = min(SAMPLE_STEPS, rows_held(_row_width(array, axis)))
    return as_cube(next(iter(array.walk(axis, step))))


def _time_axis(array: Stored, beside: Beside) -> tuple[int, tuple[str, ...]]:
    """Return which axis is time, and what to say about it."""
    first, second = array.shape[:2]
    if first == second:
        return 0, ()
    for steps in (beside.moments, None):
        if steps is not None and len(steps) in (first, second):
            return (0, ()) if len(steps) == first else (1, _turned(array, "its moments say"))
    for count in (None if beside.ids is None else len(beside.ids), beside.sensors):
        if count in (first, second):
            return (0, ()) if count == second else (1, _turned(array, "the list of sensors says"))
    if first > second:
        return 0, ()
    if first < _FEWEST_STEPS <= second:
        return 1, _turned(array, f"{first} steps are too few")
    sample = _sample(array, 0)[:, :, 0].astype(np.float64)
    along, across = _changes(sample, axis=0), _changes(sample, axis=1)
    if across < _MARKEDLY * along:
        return 1, _turned(array, "the readings change less along its second axis")
    return 0, (
        f"the array has shape {array.shape}, more sensors than steps; if it is (sensors, steps), "
        f"give the list of sensors with --sensors",
    )


def _turned(array: Stored, reason: str) -> tuple[str, ...]:
    return (f"the array of shape {array.shape} was read as (sensors, steps), as {reason}",)


def _changes(sample: NDArray[np.float64], *, axis: int) -> float:
    """Return the mean change between neighbours along an axis; infinite if there are none."""
    if sample.shape[axis] < 2:
        return np.inf
    changes = np.abs(np.diff(sample, axis=axis))
    return float(np.mean(changes[np.isfinite(changes)])) if np.isfinite(changes).any() else np.inf


def _scale(
    readings: NDArray[Any], beside: Beside
) -> tuple[tuple[float, float] | None, tuple[str, ...]]:
    """Return the mean and deviation to undo, where the readings are normalised by them."""
    known = readings[np.isfinite(readings)].astype(np.float64)
    if not known.size:
        return None, ()
    with np.errstate(over="ignore"):
        centre, spread = float(known.mean()), float(known.std())
    if beside.scale is not None:
        mean, deviation = beside.scale
        if abs(centre) * deviation < abs(centre - mean):
            return beside.scale, (
                f"the readings were normalised; they were multiplied by {deviation:g} and {mean:g} "
                f"was added, as the file says",
            )
        return None, ()
    if abs(centre) < 1 and 0.2 < spread < 3 and known.min() < -0.3:
        return None, (
            f"the readings look normalised (mean {centre:.2g}, standard deviation {spread:.2g}), "
            f"but nothing says by what: errors will not be in a unit",
        )
    return None, ()


def _labels(channel: str) -> dict[str, Any]:
    """Return what the name of a channel says about the quantity."""
    return {"quantity": channel} if not channel.isdigit() else {}


def _about(channels: Channels, beside: Beside) -> tuple[str, ...]:
    """Say which channels are a calendar, and which were left out."""
    notes = []
    if channels.unknown:
        listed = ", ".join(map(str, channels.unknown))
        notes.append(f"channel(s) {listed}, the same for all sensors, were left out")
    if beside.moments is None:
        notes += about_times(channels, beside.start)
    return tuple(notes)
