"""Series of groups of sensors over time, with gaps for missing readings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_FEWEST_STEPS = 3  # shared by two series, for a correlation


def group_means(readings: NDArray[np.floating], labels: NDArray[np.int64]) -> NDArray[np.float64]:
    """Return the mean of each group at each step (T, k), over the sensors with a reading.

    Args:
        readings: (T, N), NaN if missing.
        labels: (N,) group numbers from 0 to k - 1.

    Returns:
        NaN where no sensor of a group has a reading.
    """
    known = np.isfinite(readings)
    member = (labels[:, None] == np.arange(labels.max() + 1)).astype(np.float64)  # (N, k)
    counts = known.astype(np.float64) @ member
    sums = np.where(known, readings, 0.0).astype(np.float64) @ member
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.nan)


def interval_means(
    times: NDArray[np.floating], values: NDArray[np.floating], length: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the means over intervals of equal length, from the first to the last with a time.

    Args:
        times: (T,), in increasing order.
        values: (T, k), NaN if missing.
        length: of an interval, in the unit of the times; intervals begin at its multiples.

    Returns:
        The middle of each interval (B,), and the means (B, k), NaN where there is no value.
    """
    # a time at a border is in the later interval, whatever its last digit
    number = np.floor(np.asarray(times, dtype=np.float64) / length + 1e-6).astype(np.int64)
    first = int(number[0])
    means = np.full((int(number[-1]) - first + 1, values.shape[1]), np.nan)
    for interval in np.unique(number).tolist():
        means[interval - first] = sensor_means(values[number == interval])
    numbers = np.arange(first, first + len(means), dtype=np.float64)
    return (numbers + 0.5) * length, means


def sensor_means(readings: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return each sensor's mean over its readings (T, N), (N,); NaN for a sensor without any."""
    known = np.isfinite(readings)
    sums = np.where(known, readings, 0.0).sum(axis=0, dtype=np.float64)
    return np.where(known.any(axis=0), sums / np.maximum(known.sum(axis=0), 1), np.nan)


def known_mean(values: NDArray[np.floating]) -> float:
    """Return the mean of the finite numbers of (n,), NaN if there are none."""
    known = values[np.isfinite(values)]
    return float(known.mean()) if len(known) else float("nan")


def weeks(num_steps: int, steps_per_day: int) -> list[range]:
    """Return the steps of each week of a series, from its start; the last may be partial."""
    length = 7 * steps_per_day
    return [range(start, min(start + length, num_steps)) for start in range(0, num_steps, length)]


def series_correlations(
    values: NDArray[np.floating], sensor: int, others: Sequence[int]
) -> tuple[float, ...]:
    """Return Pearson's correlation of a sensor's series with those of others.

    Args:
        values: (T, N), NaN if missing; only steps that both sensors have are used.
        sensor: column of the sensor.
        others: columns of the others.

    Returns:
        One number each; NaN for fewer than three common steps, or a constant series.
    """
    found = []
    for other in others:
        both = values[:, [sensor, other]].astype(np.float64)
        both = both[np.isfinite(both).all(axis=1)]
        moves = len(both) >= _FEWEST_STEPS and bool((np.ptp(both, axis=0) > 0).all())
        found.append(float(np.corrcoef(both[:, 0], both[:, 1])[0, 1]) if moves else float("nan"))
    return tuple(found)
