"""A data set: one array of readings, its calendar, its sensors, and windows into it."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from himnet.data.info import DatasetInfo, Sensors
from himnet.data.windows import Windows
from himnet.errors import DataError


@dataclass(frozen=True)
class Dataset:
    """Readings of N sensors over T steps.

    Attributes:
        info: identity and calendar.
        values: (T, N) float32 in the data's unit; a missing reading is `info.missing_value`.
        tod_index: (T,) row of the time-of-day dictionary, 0 to steps_per_day - 1.
        dow: (T,) day-of-week number, 0 to 6.
        timestamps: (T,) datetime64[s], or None where the calendar is unknown.
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
        """N."""
        return int(self.values.shape[1])

    @property
    def steps_per_day(self) -> int:
        """Readings a day."""
        return self.info.steps_per_day

    @property
    def tod(self) -> NDArray[np.float32]:
        """Time of day (T,) as a fraction of a day in [0, 1)."""
        return (self.tod_index / self.steps_per_day).astype(np.float32)

    def missing(self) -> NDArray[np.bool_]:
        """Return where there is no reading, (T, N)."""
        if self.info.missing_value is None:
            return np.zeros(self.values.shape, dtype=bool)
        missing: NDArray[np.bool_] = self.values == np.float32(self.info.missing_value)
        return missing

    def readings(self) -> NDArray[np.float32]:
        """Return the values (T, N) with NaN where there is no reading."""
        return np.where(self.missing(), np.float32(np.nan), self.values)

    def step_at(self, moment: dt.datetime) -> int:
        """Return the index of the reading at a moment.

        Raises:
            DataError: where the calendar is unknown, or the moment is outside the series.
        """
        if self.timestamps is None:
            raise DataError(
                f"the data set '{self.name}' has no calendar; add \"start\" to its dataset.json"
            )
        wanted = np.datetime64(moment, "s")
        if not self.timestamps[0] <= wanted <= self.timestamps[-1]:
            raise DataError(
                f"{moment:%Y-%m-%d %H:%M} is outside the data set '{self.name}', which runs from "
                f"{self.timestamps[0]} to {self.timestamps[-1]}"
            )
        return int(np.searchsorted(self.timestamps, wanted, side="right")) - 1


def build_dataset(
    info: DatasetInfo,
    values: NDArray[np.floating],
    *,
    tod_index: NDArray[np.int64] | None = None,
    dow: NDArray[np.int64] | None = None,
    splits: Mapping[str, Windows],
) -> Dataset:
    """Put a data set together: fill missing readings in, derive the calendar, take the hash.

    Args:
        info: with `start` where the calendar is known.
        values: (T, N) in the data's unit; NaN is a missing reading too.
        tod_index, dow: (T,); derived from `info.start` where they are None.
        splits: windows into the series.

    Raises:
        DataError: for readings that do not fit the sensors or are infinite, for NaN in a data set
            without a missing value, or where there is no calendar of any kind.
    """
    readings = _filled(info, np.asarray(values))
    steps = np.arange(len(readings))
    start, timestamps = info.start_time, None
    if start is not None:
        seconds = np.round(steps * info.step_minutes * 60).astype("timedelta64[s]")
        timestamps = np.datetime64(start, "s") + seconds
    if tod_index is None or dow is None:
        if start is None:
            raise DataError(
                f"the data set '{info.name}' has neither a start nor times of day; "
                f'add "start" to its dataset.json'
            )
        minutes = start.hour * 60 + start.minute + start.second / 60
        since_midnight = steps + round(minutes / info.step_minutes)
        tod_index = since_midnight % info.steps_per_day
        weekday = start.weekday() - (info.first_weekday or 0)
        dow = (weekday + since_midnight // info.steps_per_day) % 7
    digest = hashlib.sha256(readings.tobytes()).hexdigest()
    info = replace(info, num_steps=len(readings), sha256=digest)
    return Dataset(info, readings, tod_index, dow, timestamps, dict(splits))


def _filled(info: DatasetInfo, values: NDArray[np.floating]) -> NDArray[np.float32]:
    """Return contiguous float32 readings (T, N) with NaN replaced by the missing value."""
    if values.ndim != 2 or values.shape[1] != info.num_nodes or not len(values):
        raise DataError(
            f"the readings of '{info.name}' have shape {values.shape}, but {info.num_nodes} "
            f"sensors need (steps, {info.num_nodes})"
        )
    readings = np.ascontiguousarray(values, dtype=np.float32)
    missing = np.isnan(readings)
    if missing.any():
        if info.missing_value is None:
            raise DataError(
                f"the readings of '{info.name}' hold NaN, but its dataset.json says that none is "
                f'missing; set "missing_value"'
            )
        readings = np.where(missing, np.float32(info.missing_value), readings)
    if not np.isfinite(readings).all():
        raise DataError(f"the readings of '{info.name}' hold infinite values; remove them")
    return readings
