"""Compute a track: a model's E_st and forecasts at every step of some days."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING

import numpy as np

from himnet.errors import ConfigError, DataError
from himnet.forecasting.track import Track, check_size, contradiction

if TYPE_CHECKING:
    from himnet.checkpoints import Checkpoint
    from himnet.data.dataset import Dataset
    from himnet.data.info import DatasetInfo

HORIZONS = (1, 3, 6, 12)  # steps ahead, up to the model's output steps


def compute_track(
    checkpoint: Checkpoint,
    dataset: Dataset,
    *,
    start: dt.datetime | int = 0,
    days: float = 7,
    device: str = "auto",
    precision: str = "float32",
    show: bool = False,
) -> Track:
    """Run a model over every step of some days.

    Args:
        checkpoint: the model and its scaler.
        dataset: the data set it was trained on.
        start: first moment; the index of a step for a data set without calendar.
        days: number of days; windows need their history, so on the first day of a data set the
            first moment is `in_steps` - 1 steps after its start.
        device, precision: see `himnet.forecasting.inference.Forecaster`.
        show: whether to show a progress bar.

    Raises:
        DataError: for a moment outside the data set, or for another data set than the model's.
        ConfigError: for no moment at all.
        CheckpointError: for a track of more than 20 MB.
    """
    from himnet.forecasting.inference import Forecaster

    first = start if isinstance(start, int) else dataset.step_at(start)
    end = min(first + round(days * dataset.steps_per_day), len(dataset.values))
    history = checkpoint.config.in_steps
    steps = np.arange(max(first, history - 1), end)
    if not len(steps) or first < 0:
        raise ConfigError(
            f"there is no moment to track from step {first} over {days:g} days; the data set has "
            f"steps {history - 1} to {len(dataset.values) - 1} with {history} steps of history"
        )
    horizons = tuple(h for h in HORIZONS if h <= checkpoint.config.out_steps)
    values = checkpoint.config.st_embedding_dim + len(horizons)
    check_size(len(steps) * (3 * 8 + 2 * checkpoint.config.num_nodes * values))
    forecaster = Forecaster(
        checkpoint.model, dataset, checkpoint.scaler, device=device, precision=precision
    )
    _check_same_data(checkpoint.dataset, dataset.info)
    chosen = [horizon - 1 for horizon in horizons]
    embeddings, forecasts = [], []
    for chunk in forecaster.chunks(steps + 1, show="track" if show else None):
        forecast, embedding = forecaster.both(chunk)
        with np.errstate(over="ignore"):  # infinite results are refused when stored
            embeddings.append(embedding.astype(np.float16))
            forecasts.append(forecast[:, chosen].astype(np.float16))
    times = dataset.timestamps
    track = Track(
        checkpoint_sha256=checkpoint.sha256,
        dataset=checkpoint.dataset.name or dataset.name,
        start=None if times is None else str(times[steps[0]]),
        step_minutes=dataset.info.step_minutes,
        horizons=horizons,
        steps=steps,
        tod_index=dataset.tod_index[steps],
        dow=dataset.dow[steps],
        st_embedding=np.concatenate(embeddings),
        forecasts=np.concatenate(forecasts),
    )
    _check_same_moments(track, checkpoint)
    return track


def _check_same_data(of_model: DatasetInfo, given: DatasetInfo) -> None:
    renamed = of_model.sha256 is not None and of_model.sha256 == given.sha256
    if of_model.name not in ("", given.name) and not renamed:
        raise DataError(
            f"the model was trained on the data set '{of_model.name}', not on '{given.name}'; "
            f"choose '{of_model.name}' with --dataset"
        )


def _check_same_moments(track: Track, checkpoint: Checkpoint) -> None:
    if told := contradiction(track, checkpoint):
        raise DataError(f"this data set is not the one that the model was trained on: {told}")
