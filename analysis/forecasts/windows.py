"""Windows to evaluate a model on: their choice, their readings, and their errors."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError
from analysis.material import Material
from analysis.readings.days import dataset_days
from himnet.data.dataset import Dataset
from himnet.metrics import present


def window_steps(
    material: Material,
    *,
    split: str | None = "test",
    tod_index: int | None = None,
    dow: int | None = None,
    most: int | None = None,
    seed: int = 0,
) -> NDArray[np.int64]:
    """Choose windows to average over.

    Args:
        material: a checkpoint with its data set.
        split: ``"train"``, ``"val"`` or ``"test"``; None takes windows of all three.
        tod_index: only windows whose last input step has this time of day.
        dow: only windows whose last input step is on this day of the week, Monday = 0.
        most: number of windows to draw at random; None takes all.
        seed: of the draw.

    Returns:
        (n,) their last input steps, in order.

    Raises:
        AnalysisError: without data set, for an unknown split, or if there is no such window.
    """
    dataset = material.required_dataset()
    if split is not None and split not in dataset.splits:
        raise AnalysisError(f"unknown split '{split}'; choose {', '.join(dataset.splits)}")
    names = list(dataset.splits) if split is None else [split]
    steps = np.unique(np.concatenate([dataset.splits[name].middles for name in names])) - 1
    if tod_index is not None:
        steps = steps[dataset.tod_index[steps] == tod_index]
    if dow is not None:
        steps = steps[dataset.dow[steps] == dow]
    if not len(steps):
        raise AnalysisError(
            f"{split or 'the data set'} has no window at time of day {tod_index} and day {dow}; "
            f"choose another moment or split"
        )
    if most is not None and most < len(steps):
        steps = np.sort(np.random.default_rng(seed).choice(steps, max(most, 1), replace=False))
    return steps


def whole_day(material: Material, split: str = "test") -> int | None:
    """Return the first day with the most windows of a split; None without data set or windows.

    Args:
        material: an opened model.
        split: ``"train"``, ``"val"`` or ``"test"``.
    """
    dataset = material.dataset
    if dataset is None or split not in dataset.splits or not len(dataset.splits[split]):
        return None
    last = np.asarray(dataset.splits[split].middles) - 1
    days, counts = np.unique(days_of(dataset, last), return_counts=True)
    return int(days[counts.argmax()])


def checked_steps(steps: ArrayLike, dataset: Dataset) -> NDArray[np.int64]:
    """Return the last input steps of windows as an array.

    Raises:
        AnalysisError: for none, or one outside the data set.
    """
    windows = np.atleast_1d(np.asarray(steps, dtype=np.int64))
    if not len(windows):
        raise AnalysisError("no windows were chosen; choose at least one moment to forecast from")
    if not 0 <= windows.min() <= windows.max() < len(dataset.values):
        raise AnalysisError(
            f"a window at step {windows.min()} or {windows.max()} is outside the data set "
            f"'{dataset.name}'; choose steps from 0 to {len(dataset.values) - 1}"
        )
    return windows


def truth_after(dataset: Dataset, steps: NDArray[np.int64], out_steps: int) -> NDArray[np.float32]:
    """Return the readings (n, T', N) that follow given steps (n,).

    NaN if missing, including those beyond the end of the data.
    """
    wanted = steps[:, None] + np.arange(1, out_steps + 1)
    values = dataset.values[np.minimum(wanted, len(dataset.values) - 1)]
    there = present(values, dataset.info.missing_value)
    there &= (wanted < len(dataset.values))[..., None]
    return np.where(there, values, np.float32(np.nan))


def days_of(dataset: Dataset, steps: NDArray[np.int64]) -> NDArray[np.int64]:
    """Return the day (n,) of each step."""
    return dataset_days(dataset, 1)[steps]


def window_errors(
    forecasts: NDArray[np.float32], truth: NDArray[np.float32]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return sums of absolute errors and counts of readings, (n, N) each.

    Args:
        forecasts: (n, T', N).
        truth: of the same shape, NaN if missing.
    """
    there = ~np.isnan(truth)
    errors = np.abs(np.where(there, forecasts, 0).astype(np.float64) - np.where(there, truth, 0))
    return errors.sum(axis=1), there.sum(axis=1).astype(np.float64)
