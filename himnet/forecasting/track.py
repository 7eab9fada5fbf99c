"""Tracks: E_st and forecasts over some days, so that pages play without data set and torch."""

from __future__ import annotations

import datetime as dt
import hashlib
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from himnet.checkpoints.format import read_description, read_tensors, write_sealed
from himnet.checkpoints.header import MAX_HEADER_BYTES, read_header
from himnet.checkpoints.locate import resolve_checkpoint, track_command, track_file
from himnet.checkpoints.store import load_arrays, read_checked_header
from himnet.errors import CheckpointError, ConfigError, DataError
from himnet.forecasting.track_checks import check_track, contradiction
from himnet.limits import moment
from himnet.texts import clipped

if TYPE_CHECKING:
    from himnet.checkpoints import Checkpoint
    from himnet.data.dataset import Dataset
    from himnet.data.info import DatasetInfo

FORMAT = "himnet-track/1"
HORIZONS = (1, 3, 6, 12)
MAX_BYTES = 20_000_000
_TEXTS = {"checkpoint_sha256", "dataset", "start", "step_minutes", "horizons"}
_ARRAYS = {"steps", "tod_index", "dow", "st_embedding", "forecasts"}


@dataclass(frozen=True)
class Track:
    """What a model saw and said at M moments in a row; it holds no readings.

    The moment of a row is that of its window's last input step.

    Attributes:
        checkpoint_sha256: of the model that computed it.
        dataset: name of the data set.
        start: ISO moment of the first row, or None where the calendar is unknown.
        step_minutes: minutes from row to row.
        horizons: steps ahead of the forecasts, from the moment on.
        steps: (M,) index of each moment's reading in the data set.
        tod_index, dow: (M,) time of day as a row of the dictionary, and day of week.
        st_embedding: E_st, (M, N, d_st) float16.
        forecasts: (M, len(horizons), N) float16 in the data's unit.
    """

    checkpoint_sha256: str
    dataset: str
    start: str | None
    step_minutes: float
    horizons: tuple[int, ...]
    steps: NDArray[np.int64] = field(repr=False)
    tod_index: NDArray[np.int64] = field(repr=False)
    dow: NDArray[np.int64] = field(repr=False)
    st_embedding: NDArray[np.float16] = field(repr=False)
    forecasts: NDArray[np.float16] = field(repr=False)

    def __len__(self) -> int:
        return len(self.steps)

    @cached_property
    def sum(self) -> str:
        """What tells its content from that of any other track, also of the same model."""
        total = hashlib.sha256(f"{self.start} {self.step_minutes} {self.horizons}".encode())
        for array in (self.steps, self.st_embedding, self.forecasts):
            total.update(np.ascontiguousarray(array).data)
        return total.hexdigest()

    @property
    def times(self) -> NDArray[np.datetime64] | None:
        """Moments of the rows, (M,) datetime64[s], or None where the calendar is unknown."""
        if self.start is None:
            return None
        seconds = np.round(np.arange(len(self)) * self.step_minutes * 60).astype(np.int64)
        return np.datetime64(moment(self.start), "s") + seconds.astype("timedelta64[s]")

    def forecast_at(self, horizon: int) -> NDArray[np.float32]:
        """Return the forecasts of one horizon, (M, N); row i is for step ``steps[i] + horizon``.

        Raises:
            ConfigError: for a horizon that the track does not hold.
        """
        if horizon not in self.horizons:
            raise ConfigError(f"the track holds forecasts of steps {self.horizons}, not {horizon}")
        return self.forecasts[:, self.horizons.index(horizon)].astype(np.float32)


def load_track(checkpoint: str | Path) -> Track | None:
    """Load the track beside a checkpoint, without torch; None where there is none.

    Raises:
        CheckpointError: for a track that is damaged, altered or of another model.
    """
    file = resolve_checkpoint(checkpoint)
    path = track_file(file)
    if not path.is_file():
        return None
    header = read_header(path, max_bytes=MAX_BYTES + MAX_HEADER_BYTES)
    content = read_description(path, header, FORMAT)
    arrays, _ = read_tensors(path, header)
    if "sha256" not in header.metadata:
        raise CheckpointError(f"{path} carries no sha256, so it cannot be trusted; {_again(file)}")
    if wrong := sorted(set(content) ^ _TEXTS) or sorted(set(arrays) ^ _ARRAYS):
        raise CheckpointError(
            f"{path} is no track (missing or too many: {clipped(', '.join(wrong))}); {_again(file)}"
        )
    try:
        fields: dict[str, Any] = content | {"horizons": tuple(content["horizons"])} | arrays
        track = Track(**fields)
        check_track(track)
    except (TypeError, ValueError, ArithmeticError) as error:
        raise CheckpointError(f"{path} is no track ({clipped(error)}); {_again(file)}") from error
    return _with_dates(track, _check_model(path, track, file))


def save_track(path: str | Path, track: Track) -> Path:
    """Write a track, whole or not at all.

    Raises:
        CheckpointError: for a track of over 20 MB, values that are not finite, or a file that
            cannot be written.
    """
    arrays = {name: getattr(track, name) for name in sorted(_ARRAYS)}
    _check_size(sum(array.nbytes for array in arrays.values()))
    try:
        check_track(track)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"the track cannot be stored: {error}; check the model") from error
    description = {name: getattr(track, name) for name in sorted(_TEXTS)}
    write_sealed(Path(path), arrays, description, FORMAT)
    return Path(path)


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
        start: first moment; for a data set without calendar the index of a step.
        days: how many days from there; windows need their history, so on the very first day of a
            data set the first moment comes `in_steps` - 1 steps after its start.
        device, precision: see `himnet.forecasting.inference.Forecaster`.
        show: whether to show a progress bar.

    Raises:
        DataError: for a moment outside the data set, or another data set than the model's.
        ConfigError: for no moment at all.
        CheckpointError: for so many moments that the track would have over 20 MB.
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
    _check_size(len(steps) * (3 * 8 + 2 * checkpoint.config.num_nodes * values))
    forecaster = Forecaster(
        checkpoint.model, dataset, checkpoint.scaler, device=device, precision=precision
    )
    _check_same_data(checkpoint.dataset, dataset.info)
    chosen = [horizon - 1 for horizon in horizons]
    embeddings, forecasts = [], []
    for chunk in forecaster.chunks(steps + 1, show="track" if show else None):
        forecast, embedding = forecaster.both(chunk)
        with np.errstate(over="ignore"):  # what comes out infinite is refused when it is stored
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
            f"give the former with --dataset"
        )


def _check_same_moments(track: Track, checkpoint: Checkpoint) -> None:
    if told := contradiction(track, checkpoint):
        raise DataError(f"this data set is not the one that the model was trained on: {told}")


def _check_size(size: int) -> None:
    if size > MAX_BYTES:
        raise CheckpointError(
            f"the track would have {size / 1e6:.0f} MB, but at most {MAX_BYTES / 1e6:.0f} MB are "
            f"stored; choose fewer --days"
        )


def _with_dates(track: Track, info: DatasetInfo) -> Track:
    """Return a track that was made without a calendar with that of its model, where it has one."""
    if track.start is not None or info.start is None:
        return track
    ahead = dt.timedelta(minutes=int(track.steps[0]) * info.step_minutes)
    return replace(track, start=(moment(info.start) + ahead).isoformat())


def _check_model(path: Path, track: Track, file: Path) -> DatasetInfo:
    """Refuse a track of another model than that of `file` or of other data; return its data."""
    header, description = read_checked_header(file)
    seal = header.metadata.get("sha256") or load_arrays(file).sha256
    config = description.config
    if seal != track.checkpoint_sha256 or track.st_embedding.shape[1:] != (
        config.num_nodes,
        config.st_embedding_dim,
    ):
        raise CheckpointError(
            f"{path} was computed by another model than {file.name} beside it, or before that "
            f"was written anew; {_again(file)}"
        )
    if told := contradiction(track, description):
        raise CheckpointError(f"{path} contradicts {file.name} beside it: {told}; {_again(file)}")
    return description.dataset


def _again(file: Path) -> str:
    return f"make it again with: {track_command(file)}"
