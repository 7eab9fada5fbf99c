"""DCRNN's and Graph WaveNet's ``train``, ``val`` and ``test.npz``: windows that overlap.

``x`` (n, T, N, C) are the inputs of n windows, ``y`` (n, T', N, C) what follows them; each window
begins a step after the one before, so that the series is in them many times. It is put together
again from the first steps of the windows, and the overlaps are checked.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.data.info import Sensors
from himnet.data.windows import SPLITS
from himnet.errors import DataError
from himnet.limits import MAX_SENSORS
from himnet.prepare.channels import (
    CalendarColumns,
    Channels,
    about_times,
    chosen,
    names_of,
    recognise,
    told_choice,
)
from himnet.prepare.npy import Npy, read_headers
from himnet.prepare.options import Options
from himnet.prepare.slices import as_float32, rows_held
from himnet.prepare.source import Block, Told

_SAMPLE_WINDOWS = 4_096


@dataclass(frozen=True)
class Part:
    """The windows of one split.

    Attributes:
        path: of its file.
        x: (n, T, N, C) inputs.
        y: (n, T', N, C') what follows.
    """

    path: Path
    x: Npy
    y: Npy


@dataclass
class Overlapping:
    """Three files of overlapping windows as a source of readings.

    Attributes:
        parts: training, validation and test.
        channels: what the channels are.
        channel: the one that is read.
        told: see `himnet.prepare.source`.
        start: moment of the first step, if it is known.
        done: steps that have been read.
    """

    parts: tuple[Part, ...]
    channels: Channels
    channel: int
    told: Told
    start: dt.datetime | None = None
    done: int = field(default=0, init=False)

    @property
    def length(self) -> int:
        """Steps of the series, T."""
        first = self.parts[0]
        return sum(p.x.shape[0] for p in self.parts) + first.x.shape[1] + first.y.shape[1] - 1

    def share(self) -> float:
        """Return the share of the steps that has been read, 0 to 1."""
        return self.done / self.length

    def blocks(self) -> Iterator[Block]:
        """Yield the steps in their order.

        Raises:
            DataError: if a window does not continue the one before.
        """
        columns, self.done = CalendarColumns(self.channels, self.start), 0
        for cube in self._steps():
            values = as_float32(cube[:, :, self.channel])
            tod, dow = columns.of(cube)
            yield Block(values, tod=tod, dow=dow)
            self.done += len(cube)

    def _steps(self) -> Iterator[NDArray[Any]]:
        """Yield the steps (t, N, C): the first of each window, then the rest of the last one."""
        last: NDArray[Any] | None = None
        for part in self.parts:
            for windows in _walk(part.x):
                _check_overlaps(part.path, windows, last)
                yield windows[:, 0]
                last = windows[-1]
        if last is not None:
            yield last[1:]
            yield self._after(last)

    def _after(self, last: NDArray[Any]) -> NDArray[Any]:
        """Return what follows the last window, (T', N, C), with a calendar where y has none."""
        part = self.parts[-1]
        after = last
        for windows in _walk(part.y):
            after = windows[-1]
        if after.shape[2] == last.shape[2]:
            return after
        steps = np.arange(1, len(after) + 1)  # continue the time of day
        filled = np.repeat(last[-1:], len(after), axis=0)
        filled[:, :, self.channel] = after[:, :, min(self.channel, after.shape[2] - 1)]
        if self.channels.tod is not None:
            column = last[:, 0, self.channels.tod]
            rise = float(np.median(np.diff(column)))
            filled[:, :, self.channels.tod] = (
                (column[-1] + rise * steps) % self.channels.day_length
            )[:, None]
        return filled


def is_windows(files: Sequence[Path]) -> bool:
    """Whether files are the three of overlapping windows."""
    return sorted(file.name for file in files) == sorted(f"{split}.npz" for split in SPLITS)


def open_windows(files: Sequence[Path], options: Options) -> Overlapping:
    """Open ``train.npz``, ``val.npz`` and ``test.npz``, with their split.

    Raises:
        DataError: for files without such windows, or of different shapes.
    """
    named = {file.stem: file for file in files}
    parts = tuple(_part(named[split]) for split in SPLITS)
    reach, ahead = parts[0].x.shape[1], parts[0].y.shape[1]
    _check_shapes(parts)
    sample = next(iter(_walk(parts[0].x)))[:_SAMPLE_WINDOWS, 0]
    channels = recognise(sample) if sample.shape[2] > 1 else Channels(readings=(0,))
    names = names_of(channels, sample)
    position = chosen(names, options.channel, str(files[0].parent))
    told = Told(
        kind=f"overlapping windows (train, val and test.npz of {reach} + {ahead} steps)",
        sensors=Sensors.numbered(sample.shape[1]),
        numbered=True,
        windows=_split(parts),
        notes=(
            *told_choice(names, position, options.channel),
            *about_times(channels, options.start),
        ),
    )
    return Overlapping(parts, channels, channels.readings[position], told, options.start)


def _part(path: Path) -> Part:
    """Return the windows of a file.

    Raises:
        DataError: if it has no such windows, or they are not of consecutive steps.
    """
    arrays = read_headers(path)
    x, y = arrays.get("x"), arrays.get("y")
    shapes = [array.shape for array in (x, y) if array is not None and array.dtype.kind in "iuf"]
    if x is None or y is None or [len(shape) for shape in shapes] != [4, 4] or not min(x.shape):
        listed = ", ".join(f"{array.name} {array.shape}" for array in arrays.values())
        raise DataError(
            f"{path} has no arrays x and y of shape (windows, steps, sensors, channels), but "
            f"{listed or 'none'}; give a file with the series instead"
        )
    for name, first in (("x_offsets", 1 - x.shape[1]), ("y_offsets", 1)):
        offsets = arrays.get(name)
        if offsets is None or offsets.nbytes > 2**20:
            continue
        found = offsets.load().reshape(-1)
        if not np.array_equal(found, first + np.arange(len(found))):
            raise DataError(
                f"{name} in {path} are {found[0]} to {found[-1]}; only windows of consecutive "
                f"steps, followed at once by what is forecast, are put together"
            )
    return Part(path, x, y)


def _check_shapes(parts: Sequence[Part]) -> None:
    first = parts[0]
    for part in parts:
        if (part.x.shape[1:], part.y.shape[1:]) != (first.x.shape[1:], first.y.shape[1:]):
            raise DataError(
                f"the windows of {part.path} have shape {part.x.shape[1:]}, those of {first.path} "
                f"{first.x.shape[1:]}; they must be of one series"
            )
        if part.x.shape[0] != part.y.shape[0] or part.x.shape[2] != part.y.shape[2]:
            raise DataError(
                f"x and y in {part.path} have shapes {part.x.shape} and {part.y.shape}; they must "
                f"be of the same windows and sensors"
            )
    if first.x.shape[2] > MAX_SENSORS:
        raise DataError(f"{first.path} has {first.x.shape[2]:,} sensors; up to {MAX_SENSORS:,}")


def _split(parts: Sequence[Part]) -> dict[str, NDArray[np.int64]]:
    reach, ahead = parts[0].x.shape[1], parts[0].y.shape[1]
    windows, begins = {}, 0
    for split, part in zip(SPLITS, parts, strict=True):
        starts = begins + np.arange(part.x.shape[0], dtype=np.int64)
        windows[split] = starts[:, None] + np.array([0, reach, reach + ahead])
        begins += part.x.shape[0]
    return windows


def _walk(array: Npy) -> Iterator[NDArray[Any]]:
    width = int(np.prod(array.shape[1:], dtype=np.int64))
    return array.walk(0, rows_held(width))


def _check_overlaps(path: Path, windows: NDArray[Any], last: NDArray[Any] | None) -> None:
    """Refuse windows that do not each begin a step after the one before."""
    before = windows[:-1] if last is None else np.concatenate([last[None], windows[:-1]])
    after = windows[1:] if last is None else windows
    same = (before[:, 1:] == after[:, :-1]) | (np.isnan(before[:, 1:]) & np.isnan(after[:, :-1]))
    if not same.all():
        wrong = int(np.flatnonzero(~same.all(axis=(1, 2, 3)))[0])
        raise DataError(
            f"the windows of {path} do not each begin one step after the one before (the first "
            f"that does not is about number {wrong + 1} of those read together): they were "
            f"shuffled, thinned out or normalised, so the series cannot be put together; give the "
            f"file that they were made from"
        )
