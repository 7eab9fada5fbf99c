"""Tracks: E_st and forecasts of some days, for pages without data set and torch."""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.checkpoints.description import Description
from himnet.checkpoints.format import read_sealed, write_sealed
from himnet.checkpoints.header import MAX_HEADER_BYTES
from himnet.checkpoints.locate import is_file, resolve_checkpoint, track_command, track_file
from himnet.checkpoints.store import load_arrays, read_checked_header
from himnet.data.info import DatasetInfo
from himnet.errors import CheckpointError, ConfigError
from himnet.limits import check_span, is_line, moment
from himnet.texts import clipped

FORMAT = "himnet-track/1"
MAX_BYTES = 20_000_000
_TEXTS = {"checkpoint_sha256", "dataset", "start", "step_minutes", "horizons"}
_ARRAYS = {"steps", "tod_index", "dow", "st_embedding", "forecasts"}


@dataclass(frozen=True)
class Track:
    """E_st and forecasts at M consecutive moments, without readings.

    The moment of a row is that of the window's last input step.

    Attributes:
        checkpoint_sha256: of the model that computed it.
        dataset: name of the data set.
        start: ISO moment of the first row, or None if the calendar is unknown.
        step_minutes: minutes from row to row.
        horizons: of the forecasts, in steps.
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
        """Identifies the content among all tracks, including those of the same model."""
        total = hashlib.sha256(f"{self.start} {self.step_minutes} {self.horizons}".encode())
        for array in (self.steps, self.st_embedding, self.forecasts):
            total.update(np.ascontiguousarray(array).data)
        return total.hexdigest()

    @property
    def times(self) -> NDArray[np.datetime64] | None:
        """Moments of the rows, (M,) datetime64[s], or None if the calendar is unknown."""
        if self.start is None:
            return None
        seconds = np.round(np.arange(len(self)) * self.step_minutes * 60).astype(np.int64)
        return np.datetime64(moment(self.start), "s") + seconds.astype("timedelta64[s]")

    def forecast_at(self, horizon: int) -> NDArray[np.float32]:
        """Return the forecasts of one horizon, (M, N); row i is for step ``steps[i] + horizon``.

        Raises:
            ConfigError: for a horizon that is not in the track.
        """
        if horizon not in self.horizons:
            raise ConfigError(f"the track has forecasts of steps {self.horizons}, not {horizon}")
        return self.forecasts[:, self.horizons.index(horizon)].astype(np.float32)


def load_track(checkpoint: str | Path) -> Track | None:
    """Load the track beside a checkpoint, without torch; None if there is none.

    Raises:
        CheckpointError: for a track that is damaged, altered or of another model.
    """
    file = resolve_checkpoint(checkpoint)
    path = track_file(file)
    if not is_file(path):
        return None
    content, arrays = read_sealed(path, FORMAT, max_bytes=MAX_BYTES + MAX_HEADER_BYTES)
    if wrong := sorted(set(content) ^ _TEXTS) or sorted(set(arrays) ^ _ARRAYS):
        raise CheckpointError(
            f"{path} is not a track (missing or extra: {clipped(', '.join(wrong))}); {_again(file)}"
        )
    try:
        fields: dict[str, Any] = content | {"horizons": tuple(content["horizons"])} | arrays
        track = Track(**fields)
        check_track(track)
    except (TypeError, ValueError, ArithmeticError) as error:
        why = f"{path} is not a track ({clipped(error)}); {_again(file)}"
        raise CheckpointError(why) from error
    return _with_dates(track, _check_model(path, track, file))


def save_track(path: str | Path, track: Track) -> Path:
    """Write a track atomically.

    Raises:
        CheckpointError: for a track of more than 20 MB, values that are not finite, or a file that
            cannot be written.
    """
    arrays = {name: getattr(track, name) for name in sorted(_ARRAYS)}
    check_size(sum(array.nbytes for array in arrays.values()))
    try:
        check_track(track)
    except (TypeError, ValueError) as error:
        raise CheckpointError(f"the track cannot be stored: {error}; check the model") from error
    description = {name: getattr(track, name) for name in sorted(_TEXTS)}
    write_sealed(Path(path), arrays, description, FORMAT)
    return Path(path)


def check_size(size: int) -> None:
    """Refuse a track of too many bytes.

    Raises:
        CheckpointError: that says what to do.
    """
    if size > MAX_BYTES:
        raise CheckpointError(
            f"the track would have {size / 1e6:.0f} MB, but at most {MAX_BYTES / 1e6:.0f} MB are "
            f"stored; choose fewer --days"
        )


def _with_dates(track: Track, info: DatasetInfo) -> Track:
    """Return a track that was made without a calendar with that of its model, if any."""
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
            f"{path} was computed by another model than {file.name} beside it, or by an earlier "
            f"version of it; {_again(file)}"
        )
    if told := contradiction(track, description):
        raise CheckpointError(f"{path} contradicts {file.name} beside it: {told}; {_again(file)}")
    return description.dataset


def _again(file: Path) -> str:
    return f"make it again with: {track_command(file)}"


def check_track(track: Track) -> None:
    """Refuse what a page cannot show; the file may come from anyone.

    Raises:
        TypeError, ValueError: that name the part.
    """
    _check_texts(track)
    if track.st_embedding.ndim != 3 or not track.st_embedding.size:
        raise ValueError(f"'st_embedding' has shape {track.st_embedding.shape}, not (M, N, d)")
    moments, sensors, _ = track.st_embedding.shape
    shapes: dict[str, tuple[type, tuple[int, ...]]] = {
        "steps": (np.integer, (moments,)),
        "tod_index": (np.integer, (moments,)),
        "dow": (np.integer, (moments,)),
        "st_embedding": (np.float16, track.st_embedding.shape),
        "forecasts": (np.float16, (moments, len(track.horizons), sensors)),
    }
    for name, (kind, shape) in shapes.items():
        array: NDArray[Any] = getattr(track, name)
        if array.shape != shape or not np.issubdtype(array.dtype, kind):
            raise ValueError(
                f"'{name}' has shape {array.shape} of {array.dtype} instead of {shape} of "
                f"{kind.__name__}"
            )
        if not np.isfinite(array).all():
            raise ValueError(f"'{name}' contains values that are not finite numbers of its type")
    _check_moments(track)


def _check_texts(track: Track) -> None:
    if not is_line(track.dataset) or not isinstance(track.checkpoint_sha256, str):
        raise TypeError("the names of model and data set are not short texts")
    if type(track.step_minutes) not in (int, float) or not 0 < track.step_minutes <= 24 * 60:
        raise ValueError(f"its step is {track.step_minutes} minutes long")
    if track.start is not None:
        moment(track.start)
    ahead = track.horizons
    whole = all(type(horizon) is int and horizon > 0 for horizon in ahead)
    if not whole or not ahead or any(np.diff(ahead) <= 0):
        raise ValueError(f"its horizons are {ahead}, not whole numbers of steps in ascending order")


def _check_moments(track: Track) -> None:
    """Refuse moments that are not consecutive, or not valid times of a day or week."""
    if track.steps[0] < 0 or (np.diff(track.steps) != 1).any():
        raise ValueError("its 'steps' do not increase by one per row")
    check_span(track.start, len(track) + max(track.horizons), track.step_minutes)
    check_span(None, int(track.steps[-1]), track.step_minutes)
    per_day = round(24 * 60 / track.step_minutes)
    for name, values, limit in (("tod_index", track.tod_index, per_day), ("dow", track.dow, 7)):
        if values.min() < 0 or values.max() >= limit:
            raise ValueError(f"its '{name}' is outside 0 to {limit - 1}")


def contradiction(track: Track, description: Description) -> str | None:
    """Return how a track contradicts the description of its model, or None.

    Args:
        track: passed by `check_track`.
        description: of the model.
    """
    info, first, last = description.dataset, int(track.steps[0]), int(track.steps[-1])
    if info.name and track.dataset != info.name:
        return f"it belongs to the data set '{clipped(track.dataset, 60)}', not '{info.name}'"
    if not math.isclose(track.step_minutes, info.step_minutes, rel_tol=1e-6):
        return f"its steps are {track.step_minutes:g} minutes long, not {info.step_minutes:g}"
    if track.horizons[-1] > description.config.out_steps:
        return (
            f"it forecasts {track.horizons[-1]} steps ahead, but the model "
            f"{description.config.out_steps}"
        )
    if info.num_steps is not None and last >= info.num_steps:
        return f"its last step is {last}, but the data set has {info.num_steps}"
    if info.start is not None:
        begins = moment(info.start) + dt.timedelta(minutes=first * info.step_minutes)
        if track.start and abs(moment(track.start) - begins) >= dt.timedelta(seconds=1):
            return f"its first moment is {track.start}, but step {first} is at {begins}"
    return None
