"""Missing readings: their share by time and sensor in a raster of bounded size, and long gaps."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

MOST_TIMES, MOST_SENSORS = 240, 240  # cells of the raster
_MOST_LISTED = 5  # gaps
_BLOCK = 2_000_000  # readings that are looked at together


@dataclass(frozen=True)
class Gap:
    """Consecutive steps without a reading.

    Attributes:
        start: index of the first step.
        steps: its length.
        sensor: position of the first sensor that has it.
        sensors: how many sensors have a gap of just these steps.
    """

    start: int
    steps: int
    sensor: int
    sensors: int


@dataclass(frozen=True, eq=False)
class Gaps:
    """The missing readings of N sensors, in G x B cells of several sensors and steps each.

    Attributes:
        cell_steps: steps of a cell; cells begin at midnight, and divide a day or consist of days.
        first_cell: number of the first cell, counted from the midnight before the first step.
        cell_sensors: consecutive sensors of a cell; the last cell may have fewer.
        share: (G, B) share of the readings of each cell that are missing; NaN for times that have
            no row.
        over_time: (B,) the same of all sensors.
        by_sensor: (N,) share of each sensor's readings that are missing.
        silent: steps at which every sensor is missing.
        longest: the longest gaps, longest first, and the earlier first of equally long ones.
    """

    cell_steps: int
    first_cell: int
    cell_sensors: int
    share: NDArray[np.float64]
    over_time: NDArray[np.float64]
    by_sensor: NDArray[np.float64]
    silent: int
    longest: tuple[Gap, ...]

    @property
    def share_missing(self) -> float:
        """Share of all readings that are missing."""
        return float(self.by_sensor.mean())

    @property
    def by_group(self) -> NDArray[np.float64]:
        """Share missing of the sensors of each row of cells, (G,)."""
        begins = np.arange(0, len(self.by_sensor), self.cell_sensors)
        sums: NDArray[np.float64] = np.add.reduceat(self.by_sensor, begins)
        return sums / np.diff(np.append(begins, len(self.by_sensor)))


def find_gaps(
    values: NDArray[np.floating],
    missing_value: float | None,
    moments: NDArray[np.int64],
    steps_per_day: int,
    *,
    most_times: int = MOST_TIMES,
    most_sensors: int = MOST_SENSORS,
    most_listed: int = _MOST_LISTED,
) -> Gaps:
    """Find the missing readings; beyond its result, it needs memory for some sensors at a time.

    Args:
        values: (T, N), T and N at least 1.
        missing_value: that stands for a missing reading, as NaN always does; None: only NaN.
        moments: (T,) increasing, in steps since the midnight before the first one.
        steps_per_day: of the data set.
        most_times, most_sensors: cells of the raster in each direction, at most.
        most_listed: gaps to return, at most.
    """
    steps, sensors = values.shape
    length = cell_length(int(moments[0]), int(moments[-1]), steps_per_day, most_times)
    numbers = moments // length
    begins = np.flatnonzero(np.diff(numbers, prepend=-1))  # rows at which a cell begins
    group = -(-sensors // most_sensors)
    across = max(_BLOCK // steps // group, 1) * group  # sensors of a block
    by_sensor, together = np.zeros(sensors), np.zeros(steps, dtype=np.int64)
    counts, longest = [], list[Gap]()
    for first in range(0, sensors, across):
        absent = _missing(values[:, first : first + across], missing_value)
        by_sensor[first : first + across] = absent.mean(axis=0)
        together += absent.sum(axis=1)
        cells = np.add.reduceat(absent, begins, axis=0, dtype=np.int64)
        counts.append(np.add.reduceat(cells, np.arange(0, absent.shape[1], group), axis=1).T)
        longest = _merged([*longest, *_longest(absent, first, most_listed)], most_listed)
    rows = np.diff(np.append(begins, steps))
    members = np.minimum(group, sensors - np.arange(0, sensors, group))
    known = np.concatenate(counts)
    there = numbers[begins] - numbers[0]
    share = np.full((len(known), int(numbers[-1] - numbers[0]) + 1), np.nan)
    share[:, there] = known / (members[:, None] * rows)
    over_time = np.full(share.shape[1], np.nan)
    over_time[there] = known.sum(axis=0) / (sensors * rows)
    silent = int((together == sensors).sum())
    first_cell = int(numbers[0])
    return Gaps(length, first_cell, group, share, over_time, by_sensor, silent, tuple(longest))


def cell_length(first: int, last: int, steps_per_day: int, most: int) -> int:
    """Return the steps of a cell such that at most `most` cells cover some moments.

    It is the shortest one that divides a day into equal parts, or that is whole days.

    Args:
        first, last: moments in steps since midnight, `first` on the first day.
        steps_per_day: of the data set.
        most: cells.

    >>> cell_length(0, 287, 288, 100), cell_length(0, 287, 288, 24), cell_length(0, 2879, 288, 5)
    (3, 12, 576)
    """
    for length in range(1, steps_per_day):
        if steps_per_day % length == 0 and last // length - first // length < most:
            return length
    days = last // steps_per_day + 1
    return -(-days // most) * steps_per_day


def _missing(values: NDArray[np.floating], missing_value: float | None) -> NDArray[np.bool_]:
    absent: NDArray[np.bool_] = np.isnan(values)
    if missing_value is not None:
        absent |= values == values.dtype.type(missing_value)
    return absent


def _longest(absent: NDArray[np.bool_], first: int, most: int) -> list[Gap]:
    """Return the longest gaps in a block (T, n) of sensors from position `first` on.

    A gap that is among the longest of all is among those of each block that has it.
    """
    steps, sensors = absent.shape
    padded = np.zeros((sensors, steps + 2), dtype=bool)
    padded[:, 1:-1] = absent.T
    rows, places = np.nonzero(padded[:, 1:] != padded[:, :-1])  # begin, end, begin, end, ...
    begins, lengths = places[::2], places[1::2] - places[::2]
    ranks = lengths * (steps + 1) + steps - begins
    _, one, counts = np.unique(ranks, return_index=True, return_counts=True)
    return [
        Gap(int(begins[at]), int(lengths[at]), first + int(rows[2 * at]), int(count))
        for at, count in zip(one[-most:], counts[-most:], strict=True)
    ]


def _merged(found: list[Gap], most: int) -> list[Gap]:
    """Return the longest of gaps, those of the same steps as one; earlier sensors come first."""
    by_steps: dict[tuple[int, int], Gap] = {}
    for gap in found:
        known = by_steps.setdefault((-gap.steps, gap.start), gap)
        if known is not gap:
            both = Gap(gap.start, gap.steps, known.sensor, known.sensors + gap.sensors)
            by_steps[-gap.steps, gap.start] = both
    return [by_steps[key] for key in sorted(by_steps)[:most]]
