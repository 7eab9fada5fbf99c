"""A data set: one array of readings, its calendar, its sensors, and windows into it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from himnet.data.calendar import Calendar
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.windows import USUAL_STEPS, Windows
from himnet.errors import DataError


@dataclass(frozen=True)
class Dataset:
    """Readings of N sensors over T steps.

    Attributes:
        info: identity and calendar.
        values: (T, N) float32 in the data's unit; a missing reading is `info.missing_value`.
        tod_index: (T,) row of the time-of-day dictionary, 0 to steps_per_day - 1.
        dow: (T,) day-of-week number, 0 to 6.
        timestamps: (T,) datetime64[s], or None if the start is unknown.
        splits: the windows of "train", "val" and "test".
    """

    info: DatasetInfo
    values: NDArray[np.float32]
    tod_index: NDArray[np.int64]
    dow: NDArray[np.int64]
    timestamps: NDArray[np.datetime64] | None
    splits: Mapping[str, Windows]

    @property
    def name(self) -> str:
        """Name of the data set."""
        return self.info.name

    @property
    def sensors(self) -> Sensors:
        """The N sensors."""
        return self.info.sensors

    @property
    def num_nodes(self) -> int:
        """Number of sensors, N."""
        return int(self.values.shape[1])

    @property
    def steps_per_day(self) -> int:
        """Readings per day."""
        return self.info.steps_per_day

    @property
    def window_steps(self) -> tuple[int, int]:
        """T and T' of the windows: steps before and from the first step to forecast."""
        windows = next((split.index for split in self.splits.values() if len(split)), None)
        if windows is None:
            return USUAL_STEPS
        start, middle, end = (int(step) for step in windows[0])
        return middle - start, end - middle

    @property
    def tod(self) -> NDArray[np.float32]:
        """Time of day (T,) as a fraction of a day in [0, 1), bit for bit as published."""
        return (self.tod_index / self.steps_per_day).astype(np.float32)

    def missing(self) -> NDArray[np.bool_]:
        """Return a mask of missing readings, (T, N)."""
        if self.info.missing_value is None:
            return np.zeros(self.values.shape, dtype=bool)
        return np.asarray(self.values == np.float32(self.info.missing_value))

    def readings(self) -> NDArray[np.float32]:
        """Return the values (T, N) with NaN for missing readings."""
        return np.where(self.missing(), np.float32(np.nan), self.values)

    def step_at(self, moment: dt.datetime) -> int:
        """Return the index of the last reading at or before a moment (local time).

        Raises:
            DataError: if the calendar is unknown, or if the moment is outside the series.
        """
        if self.timestamps is None:
            raise DataError(
                f"the data set '{self.name}' has no dates; "
                f'add "start", the moment of its first reading, to its dataset.json'
            )
        if moment.tzinfo is not None:
            raise DataError(f"{moment} has a time zone; give the local time without one")
        wanted = np.datetime64(moment, "s")
        step = np.timedelta64(round(self.info.step_minutes * 60), "s")
        if not self.timestamps[0] <= wanted < self.timestamps[-1] + step:
            first, last = (
                f"{edge.astype(dt.datetime):%Y-%m-%d %H:%M}"
                for edge in (self.timestamps[0], self.timestamps[-1])
            )
            raise DataError(
                f"{moment:%Y-%m-%d %H:%M} is outside the data set '{self.name}'; choose a moment "
                f"from {first} to {last}"
            )
        return int(np.searchsorted(self.timestamps, wanted, side="right")) - 1


def build_dataset(
    info: DatasetInfo,
    values: NDArray[np.floating],
    calendar: Calendar,
    splits: Mapping[str, Windows],
) -> Dataset:
    """Build a data set: fill in missing readings, apply the calendar, compute the hash.

    Args:
        info: identity; start, step and first weekday are replaced by the calendar's.
        values: (T, N) in the data's unit; NaN is also a missing reading.
        calendar: of the same T.
        splits: windows into the series.

    Raises:
        DataError: for readings that do not match the sensors or are infinite, and for NaN in a
            data set without a missing value.
    """
    readings, start = _filled(info, np.asarray(values)), calendar.start_time
    info = replace(
        info,
        steps_per_day=calendar.steps_per_day,
        start=None if start is None else start.isoformat(),
        first_weekday=calendar.first_weekday,
        num_steps=len(readings),
        sha256=hashlib.sha256(readings.astype("<f4", copy=False).data).hexdigest(),
    )
    return Dataset(
        info, readings, calendar.tod_index, calendar.dow, calendar.timestamps, dict(splits)
    )


def _filled(info: DatasetInfo, values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return contiguous float32 readings (T, N) with NaN replaced by the missing value."""
    if values.ndim != 2 or values.shape[1] != info.num_nodes or not len(values):
        raise DataError(
            f"the readings of '{info.name}' have shape {values.shape}, but {info.num_nodes} "
            f"sensors need (steps, {info.num_nodes})"
        )
    with np.errstate(over="ignore"):  # overflow in float32 gives infinity, which is checked below
        readings = np.ascontiguousarray(values, dtype=np.float32)
    finite = np.isfinite(readings)
    if finite.all():
        return readings
    infinite = np.argwhere(np.isinf(readings))
    if len(infinite):
        step, sensor = infinite[0]
        raise DataError(
            f"the reading of sensor {info.sensors.ids[sensor]} at step {step} of '{info.name}' is "
            f"infinite; mark it as missing with NaN or the missing value"
        )
    if info.missing_value is None:
        raise DataError(
            f"{int((~finite).sum()):,} readings of '{info.name}' are NaN, but its dataset.json "
            f'says that none are missing; set "missing_value" to a number that no reading has'
        )
    return np.where(finite, readings, np.float32(info.missing_value))
