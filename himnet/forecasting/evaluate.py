"""Errors of a checkpoint or a baseline on one split of a data set."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.data.dataset import Dataset
from himnet.errors import DataError
from himnet.forecasting.baselines import baseline
from himnet.metrics import MetricSums
from himnet.progress import progress

OUT_STEPS = 12
_BASELINE_CHUNK = 256


def evaluate_model(
    model: Any,
    dataset: Dataset,
    scaler: Any,
    split: str = "test",
    *,
    batch_size: int = 64,
    device: str = "auto",
    precision: str = "float32",
    show: bool = False,
) -> dict[str, Any]:
    """Measure a model on all windows of a split, including the last, smaller batch.

    Args:
        model: a `HimNet`.
        dataset: with the readings of the split.
        scaler: the `Scaler` that the model was trained with.
        split: ``"train"``, ``"val"`` or ``"test"``.
        batch_size, device, precision: see `himnet.forecasting.inference.Forecaster`.
        show: whether to show a progress bar.

    Returns:
        ``{"dataset", "split", "windows", "all": {"mae", "rmse", "mape"}, "3", "6", "12"}``.

    Raises:
        DataError: for an unknown or empty split, or a data set that is not the model's.
        InputError: for forecasts that are not finite.
    """
    from himnet.forecasting.inference import Forecaster

    forecaster = Forecaster(
        model, dataset, scaler, device=device, precision=precision, batch_size=batch_size
    )
    middles = _middles(dataset, split)
    chunks = forecaster.chunks(middles, show=f"evaluate {split}" if show else None)
    parts = ((chunk.cpu().numpy(), forecaster.both(chunk)[0]) for chunk in chunks)
    return _measure(dataset, split, len(middles), model.config.out_steps, parts)


def evaluate_baseline(
    name: str, dataset: Dataset, split: str = "test", *, show: bool = False
) -> dict[str, Any]:
    """Measure a baseline; arguments, result and errors as for `evaluate_model`.

    Raises:
        ConfigError: for an unknown baseline.
    """
    middles = _middles(dataset, split)
    edges = range(0, len(middles), _BASELINE_CHUNK)
    chunks = (
        middles[start : start + _BASELINE_CHUNK]
        for start in progress(edges, description=f"evaluate {split}", enabled=show)
    )
    forecast = baseline(name, dataset, OUT_STEPS)
    parts = ((chunk, forecast(chunk)) for chunk in chunks)
    return _measure(dataset, split, len(middles), OUT_STEPS, parts)


def _middles(dataset: Dataset, split: str) -> NDArray[np.int64]:
    if split not in dataset.splits:
        allowed = ", ".join(dataset.splits)
        raise DataError(f"'{dataset.name}' has no split '{split}'; choose one of {allowed}")
    middles = np.asarray(dataset.splits[split].middles)
    if not len(middles):
        raise DataError(f"the split '{split}' of '{dataset.name}' has no windows")
    return middles


def _measure(
    dataset: Dataset,
    split: str,
    windows: int,
    out_steps: int,
    parts: Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]],
) -> dict[str, Any]:
    sums = MetricSums(steps=out_steps, missing_value=dataset.info.missing_value)
    ahead = np.arange(out_steps)
    for middles, predicted in parts:
        sums.update(predicted, dataset.values[middles[:, None] + ahead])
    return {"dataset": dataset.name, "split": split, "windows": windows, **sums.result()}
