"""Baselines: forecasts without a model, which also test data, windows, masks and metrics."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from himnet.config import DAYS_PER_WEEK
from himnet.data.dataset import Dataset
from himnet.errors import ConfigError, DataError

# windows by their first steps to forecast (n,) -> (n, T', N) in the data's unit
Forecast = Callable[[NDArray[np.int64]], NDArray[np.float32]]


def historical_inertia(dataset: Dataset, out_steps: int) -> Forecast:
    """Repeat the last T' inputs as the T' forecasts, missing ones included."""
    back = np.arange(-out_steps, 0)
    return lambda middles: dataset.values[middles[:, None] + back]


def last_value(dataset: Dataset, out_steps: int) -> Forecast:
    """Repeat the last reading of the T' inputs that is not missing."""
    back = np.arange(-out_steps, 0)
    missing = dataset.missing()

    def forecast(middles: NDArray[np.int64]) -> NDArray[np.float32]:
        window = middles[:, None] + back
        known = ~missing[window]  # (n, T', N)
        # if all are missing, the last one: its value does not matter
        newest = out_steps - 1 - np.argmax(known[:, ::-1], axis=1)
        last = np.take_along_axis(dataset.values[window], newest[:, None], axis=1)
        return np.repeat(last, out_steps, axis=1)

    return forecast


def weekly_mean(dataset: Dataset, out_steps: int) -> Forecast:
    """Forecast each sensor's mean reading at that time of the week over the training steps.

    For a sensor without readings at a time of the week, its mean over all of them.

    Raises:
        DataError: for a data set without training windows.
    """
    train = dataset.splits["train"].middles
    if not len(train):
        raise DataError(f"'{dataset.name}' has no training windows to take a mean over")
    means, slot = weekly_table(dataset, int(train.max()) + out_steps), week_slots(dataset)
    ahead = np.arange(out_steps)
    return lambda middles: means[slot[middles[:, None] + ahead]]


def week_slots(dataset: Dataset) -> NDArray[np.int64]:
    """Return the time of the week of each step (T,), as a row of `weekly_table`."""
    slots: NDArray[np.int64] = dataset.dow * dataset.steps_per_day + dataset.tod_index
    return slots


def weekly_table(dataset: Dataset, end: int) -> NDArray[np.float32]:
    """Return each sensor's mean reading at each time of the week, (7 * steps per day, N).

    For a sensor without readings at a time of the week, its mean over all of them.

    Args:
        dataset: the readings.
        end: number of steps, from the first, to take means over.
    """
    slot = week_slots(dataset)
    known = ~dataset.missing()[:end]
    readings = np.where(known, dataset.values[:end], 0).astype(np.float64)
    sums = np.zeros((DAYS_PER_WEEK * dataset.steps_per_day, dataset.num_nodes))
    counts = np.zeros_like(sums)
    np.add.at(sums, slot[:end], readings)
    np.add.at(counts, slot[:end], known)
    overall = sums.sum(axis=0) / np.maximum(counts.sum(axis=0), 1)
    return np.where(counts > 0, sums / np.maximum(counts, 1), overall).astype(np.float32)


BASELINES: dict[str, Callable[[Dataset, int], Forecast]] = {
    "HI": historical_inertia,
    "last-value": last_value,
    "weekly-mean": weekly_mean,
}


def baseline(name: str, dataset: Dataset, out_steps: int) -> Forecast:
    """Return the forecasts of a baseline for a data set.

    Args:
        name: one of `BASELINES`.
        dataset: the readings.
        out_steps: T'.

    Returns:
        A function of windows (n,), which raises a DataError if they have less history than T'
        steps.

    Raises:
        ConfigError: for an unknown name.
        DataError: if the data set lacks what the baseline needs.
    """
    if name not in BASELINES:
        raise ConfigError(f"unknown baseline '{name}'; choose one of {', '.join(BASELINES)}")
    forecast = BASELINES[name](dataset, out_steps)

    def checked(middles: NDArray[np.int64]) -> NDArray[np.float32]:
        if len(middles) and middles.min() < out_steps:
            raise DataError(
                f"baseline {name} needs {out_steps} steps of history, but the first window has "
                f"{int(middles.min())}"
            )
        return forecast(middles)

    return checked
