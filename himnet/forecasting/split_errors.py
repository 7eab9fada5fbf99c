"""The errors of a model on one split by sensor, horizon and hour of day, kept beside the model."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from himnet.checkpoints.measured import Part, save_measured
from himnet.errors import CheckpointError
from himnet.metrics import present

if TYPE_CHECKING:
    from himnet.checkpoints import CheckpointArrays
    from himnet.data.dataset import Dataset

HOURS = 24


@dataclass(frozen=True)
class SplitErrors:
    """Mean absolute errors over the readings that are not missing, in the data's unit.

    Attributes:
        by_sensor: (N, T') by sensor and horizon, NaN without readings.
        sensor_readings: (N, T') number of readings.
        by_hour: (24, T') by the hour of day that is forecast, and horizon; NaN without readings.
        hour_readings: (24, T') number of readings.
    """

    by_sensor: NDArray[np.float32] = field(repr=False)
    sensor_readings: NDArray[np.int32] = field(repr=False)
    by_hour: NDArray[np.float32] = field(repr=False)
    hour_readings: NDArray[np.int32] = field(repr=False)

    @property
    def horizons(self) -> NDArray[np.float64]:
        """Mean absolute error at each horizon, (T',)."""
        return pooled(self.by_sensor, self.sensor_readings, axis=0)

    @property
    def sensors(self) -> NDArray[np.float64]:
        """Mean absolute error of each sensor over all horizons, (N,)."""
        return pooled(self.by_sensor, self.sensor_readings, axis=1)

    @property
    def hours(self) -> NDArray[np.float64]:
        """Mean absolute error in each hour of day over all horizons, (24,)."""
        return pooled(self.by_hour, self.hour_readings, axis=1)


def pooled(
    means: NDArray[np.floating], counts: NDArray[np.integer], *, axis: int | None = None
) -> NDArray[np.float64]:
    """Return the mean over all readings from the means of parts; NaN without readings.

    Args:
        means: any shape, NaN where there are no readings.
        counts: number of readings of each part.
        axis: to average over; None averages over everything.
    """
    sums = np.where(counts > 0, means, 0).astype(np.float64) * counts
    total, count = sums.sum(axis=axis), counts.sum(axis=axis, dtype=np.float64)
    mean: NDArray[np.float64] = np.divide(
        total, count, out=np.full(np.shape(total), np.nan), where=count > 0
    )
    return mean


class ErrorTables:
    """Sums of absolute errors, from which `SplitErrors` are made after the last batch.

    Args:
        dataset: of the forecasts.
        steps: T', the number of forecast steps.
    """

    def __init__(self, dataset: Dataset, steps: int) -> None:
        self._missing = dataset.info.missing_value
        self._hour = dataset.tod_index.astype(np.int64) * HOURS // dataset.steps_per_day
        self._ahead = np.arange(steps)
        self._sums = {
            "sensor": np.zeros((2, steps, dataset.num_nodes)),
            "hour": np.zeros((2, HOURS, steps)),
        }

    def update(
        self,
        middles: NDArray[np.int64],
        predicted: NDArray[np.float32],
        truth: NDArray[np.float32],
    ) -> None:
        """Add the forecasts of some windows.

        Args:
            middles: (n,) first step to forecast of each window.
            predicted: (n, T', N) in the data's unit.
            truth: of the same shape.
        """
        there = present(truth, self._missing)
        error = np.abs(np.where(there, predicted, 0).astype(np.float64) - np.where(there, truth, 0))
        hour = self._hour[middles[:, None] + self._ahead]
        for place, added in enumerate((error, there)):
            self._sums["sensor"][place] += added.sum(axis=0)
            of_window = added.sum(axis=2, dtype=np.float64)  # (n, T')
            np.add.at(self._sums["hour"][place], (hour, self._ahead[None, :]), of_window)

    def result(self) -> SplitErrors:
        """Return the means over all that was added."""
        sensor, readings = self._sums["sensor"].transpose(0, 2, 1)
        hour, of_hour = self._sums["hour"]
        return SplitErrors(
            _means(sensor, readings), readings.astype(np.int32),
            _means(hour, of_hour), of_hour.astype(np.int32),
        )  # fmt: skip


def part_of(split: str) -> str:
    """Return the name of the part with the errors on a split."""
    return f"errors/{split}"


def save_errors(
    loaded: CheckpointArrays, split: str, errors: SplitErrors, *, data: str, command: str
) -> Path:
    """Write the errors on a split beside a model; arguments and errors as `save_measured`."""
    return save_measured(
        loaded.path, loaded.sha256, part_of(split), {}, data=data, command=command,
        arrays=vars(errors),
    )  # fmt: skip


def stored_errors(loaded: CheckpointArrays, split: str) -> tuple[SplitErrors, Part] | None:
    """Return the errors on a split as they were measured before, and their origin; or None.

    Raises:
        CheckpointError: for a part that does not hold the errors of this model's forecasts.
    """
    part = loaded.measured.used.get(part_of(split))
    if part is None:
        return None
    try:
        return _checked(part.arrays, loaded.config.num_nodes, loaded.config.out_steps), part
    except (KeyError, TypeError, ValueError) as error:
        raise CheckpointError(
            f"the stored errors of this model on the split '{split}' are incomplete or damaged, so "
            "they are ignored; measure them again with evaluate --save"
        ) from error


def _checked(arrays: dict[str, NDArray[Any]], sensors: int, steps: int) -> SplitErrors:
    """Check arrays that may come from anyone.

    Raises:
        KeyError, TypeError, ValueError: for anything but valid errors.
    """
    if arrays.keys() != SplitErrors.__dataclass_fields__.keys():
        raise ValueError("other arrays")
    found = SplitErrors(**arrays)
    for means, counts, rows in (
        (found.by_sensor, found.sensor_readings, sensors),
        (found.by_hour, found.hour_readings, HOURS),
    ):
        if means.shape != (rows, steps) or counts.shape != (rows, steps):
            raise ValueError("other shapes")
        if means.dtype != np.float32 or counts.dtype != np.int32:
            raise TypeError("other types")
        known = counts > 0
        if not (
            (counts >= 0).all() and (means[known] >= 0).all() and np.isfinite(means[known]).all()
        ):
            raise ValueError("impossible errors")
        if not np.isnan(means[~known]).all():
            raise ValueError("errors without readings")
    return found


def _means(sums: NDArray[np.float64], counts: NDArray[np.float64]) -> NDArray[np.float32]:
    means: NDArray[np.float64] = np.divide(
        sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0
    )
    return means.astype(np.float32)
