"""Forecasts without a model, which also check data, windows, masks and metrics together."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from himnet.data.dataset import Dataset
from himnet.errors import ConfigError, DataError

Baseline = Callable[[Dataset, NDArray[np.int64], int], NDArray[np.float32]]


def historical_inertia(
    dataset: Dataset, middles: NDArray[np.int64], out_steps: int
) -> NDArray[np.float32]:
    """Repeat the last T' inputs as the T' forecasts.

    Args:
        dataset: the readings.
        middles: (n,) first steps to forecast.
        out_steps: T'.

    Returns:
        (n, T', N) in the data's unit.
    """
    last: NDArray[np.float32] = dataset.values[middles[:, None] + np.arange(-out_steps, 0)]
    return last


BASELINES: dict[str, Baseline] = {"HI": historical_inertia}


def baseline(name: str) -> Baseline:
    """Return the baseline of that name.

    Raises:
        ConfigError: for an unknown name.
    """
    if name not in BASELINES:
        raise ConfigError(f"there is no baseline '{name}'; choose one of {', '.join(BASELINES)}")
    return BASELINES[name]


def baseline_forecasts(
    name: str, dataset: Dataset, middles: NDArray[np.int64], out_steps: int
) -> NDArray[np.float32]:
    """Forecast windows (n,) with a baseline: (n, T', N) in the data's unit.

    Raises:
        ConfigError: for an unknown name.
        DataError: where the windows leave less history than T' steps.
    """
    function = baseline(name)
    if len(middles) and middles.min() < out_steps:
        raise DataError(
            f"baseline {name} needs {out_steps} steps of history, but the first window has "
            f"{int(middles.min())}"
        )
    return function(dataset, middles, out_steps)
