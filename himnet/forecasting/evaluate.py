"""Errors of a checkpoint or a baseline on one split of a data set."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from himnet.data.dataset import Dataset
from himnet.errors import DataError
from himnet.forecasting.baselines import baseline
from himnet.forecasting.split_errors import ErrorTables, SplitErrors
from himnet.metrics import MetricSums
from himnet.progress import progress

if TYPE_CHECKING:
    from himnet.forecasting.inference import Forecaster

_BASELINE_CHUNK = 256


@dataclass(frozen=True)
class Evaluation:
    """What one pass over a split measures.

    Attributes:
        metrics: ``{"dataset", "split", "windows", "all": {"mae", "rmse", "mape"}, "3", "6",
            "12"}``.
        errors: by sensor, horizon and hour of day.
    """

    metrics: dict[str, Any]
    errors: SplitErrors


def evaluate_split(
    forecaster: Forecaster,
    dataset: Dataset,
    split: str = "test",
    *,
    show: bool = False,
    tell: Callable[[float], None] | None = None,
) -> Evaluation:
    """Measure a model on all windows of a split, including the last, smaller batch.

    Args:
        forecaster: the model with its data set.
        dataset: the same data set, with the readings of the split.
        split: ``"train"``, ``"val"`` or ``"test"``.
        show: whether to show a progress bar.
        tell: called with the completed share, 0 to 1.

    Raises:
        DataError: for an unknown or empty split, or windows of other lengths than the model's.
        InputError: for forecasts that are not finite.
    """
    config = forecaster.config
    if (config.in_steps, config.out_steps) != dataset.window_steps:
        before, ahead = dataset.window_steps
        raise DataError(
            f"the model reads {config.in_steps} steps and forecasts {config.out_steps}, but the "
            f"windows of '{dataset.name}' have {before} + {ahead}; errors over them would not "
            f"compare, so use the windows that the model was trained on"
        )
    middles, steps = _middles(dataset, split), config.out_steps
    tables, done = ErrorTables(dataset, steps), 0

    def parts() -> Iterable[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        nonlocal done
        for chunk in forecaster.chunks(middles, show=f"evaluate {split}" if show else None):
            yield chunk.cpu().numpy(), forecaster.both(chunk)[0]
            done += len(chunk)
            if tell is not None:
                tell(done / len(middles))

    metrics = _measure(dataset, split, len(middles), steps, parts(), tables)
    return Evaluation(metrics, tables.result())


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
    """Return the metrics of a model on a split; see `evaluate_split`.

    Args:
        model: a `HimNet`.
        dataset: with the readings of the split.
        scaler: the `Scaler` that the model was trained with.
        split: ``"train"``, ``"val"`` or ``"test"``.
        batch_size, device, precision: see `himnet.forecasting.inference.Forecaster`.
        show: whether to show a progress bar.

    Raises:
        DataError: for an unknown or empty split, or a data set that is not the model's.
        InputError: for forecasts that are not finite.
    """
    from himnet.forecasting.inference import Forecaster

    forecaster = Forecaster(
        model, dataset, scaler, device=device, precision=precision, batch_size=batch_size
    )
    return evaluate_split(forecaster, dataset, split, show=show).metrics


def evaluate_baseline(
    name: str, dataset: Dataset, split: str = "test", *, show: bool = False
) -> dict[str, Any]:
    """Return the metrics of a baseline; arguments and errors as for `evaluate_model`.

    Raises:
        ConfigError: for an unknown baseline.
    """
    middles = _middles(dataset, split)
    edges = range(0, len(middles), _BASELINE_CHUNK)
    chunks = (
        middles[start : start + _BASELINE_CHUNK]
        for start in progress(edges, description=f"evaluate {split}", enabled=show)
    )
    _, ahead = dataset.window_steps
    forecast = baseline(name, dataset, ahead)
    parts = ((chunk, forecast(chunk)) for chunk in chunks)
    return _measure(dataset, split, len(middles), ahead, parts)


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
    tables: ErrorTables | None = None,
) -> dict[str, Any]:
    sums = MetricSums(steps=out_steps, missing_value=dataset.info.missing_value)
    ahead = np.arange(out_steps)
    for middles, predicted in parts:
        truth = dataset.values[middles[:, None] + ahead]
        sums.update(predicted, truth)
        if tables is not None:
            tables.update(middles, predicted, truth)
    return {"dataset": dataset.name, "split": split, "windows": windows, **sums.result()}
