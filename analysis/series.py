"""Series over time of groups of sensors, with gaps where nothing was read."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def group_means(readings: NDArray[np.floating], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of each group at each step (T, k), over the sensors that have a reading.

    Args:
        readings: (T, N), NaN where there is none.
        labels: (N,) group numbers from 0 to k - 1.

    Returns:
        NaN where no sensor of a group has a reading.
    """
    known = np.isfinite(readings)
    member = (labels[:, None] == np.arange(labels.max() + 1)).astype(np.float64)  # (N, k)
    counts = known.astype(np.float64) @ member
    sums = np.where(known, readings, 0.0).astype(np.float64) @ member
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def sensor_means(readings: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return each sensor's mean over its readings (T, N), (N,); NaN for a sensor without any."""
    known = np.isfinite(readings)
    sums = np.where(known, readings, 0.0).sum(axis=0, dtype=np.float64)
    return np.where(known.any(axis=0), sums / np.maximum(known.sum(axis=0), 1), np.nan)


def weeks(num_steps: int, steps_per_day: int) -> list[range]:
    """Return the steps of each week of a series, counted from its start; the last may be short."""
    length = 7 * steps_per_day
    return [range(start, min(start + length, num_steps)) for start in range(0, num_steps, length)]
