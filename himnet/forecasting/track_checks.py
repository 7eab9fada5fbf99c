"""What a track must be for pages to work with it: the file may come from anybody."""

from __future__ import annotations

import datetime as dt
import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from himnet.limits import check_span, is_line, moment
from himnet.texts import clipped

if TYPE_CHECKING:
    from himnet.checkpoints.description import Description
    from himnet.forecasting.track import Track


def check_track(track: Track) -> None:
    """Refuse what a page could not work with; the file may come from anybody.

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
            raise ValueError(f"'{name}' holds values that are not finite numbers of its type")
    _check_moments(track)


def _check_texts(track: Track) -> None:
    if not is_line(track.dataset) or not isinstance(track.checkpoint_sha256, str):
        raise TypeError("the names of model and data set are no short texts")
    if type(track.step_minutes) not in (int, float) or not 0 < track.step_minutes <= 24 * 60:
        raise ValueError(f"its step is {track.step_minutes} minutes long")
    if track.start is not None:
        moment(track.start)
    ahead = track.horizons
    whole = all(type(horizon) is int and horizon > 0 for horizon in ahead)
    if not whole or not ahead or any(np.diff(ahead) <= 0):
        raise ValueError(f"its horizons are {ahead}, not whole numbers of steps in rising order")


def _check_moments(track: Track) -> None:
    """Refuse moments that are not in a row, or at no time of a day or week."""
    if track.steps[0] < 0 or (np.diff(track.steps) != 1).any():
        raise ValueError("its 'steps' do not rise by one from row to row")
    check_span(track.start, len(track) + max(track.horizons), track.step_minutes)
    check_span(None, int(track.steps[-1]), track.step_minutes)
    per_day = round(24 * 60 / track.step_minutes)
    for name, values, limit in (("tod_index", track.tod_index, per_day), ("dow", track.dow, 7)):
        if values.min() < 0 or values.max() >= limit:
            raise ValueError(f"its '{name}' is outside 0 to {limit - 1}")


def contradiction(track: Track, description: Description) -> str | None:
    """Return what a track says of its data otherwise than its model does, or None.

    Args:
        track: that `check_track` has let pass.
        description: of the model.
    """
    info, first, last = description.dataset, int(track.steps[0]), int(track.steps[-1])
    if info.name and track.dataset != info.name:
        return f"it is of the data set '{clipped(track.dataset, 60)}', not '{info.name}'"
    if not math.isclose(track.step_minutes, info.step_minutes, rel_tol=1e-6):
        return f"its steps are {track.step_minutes:g} minutes long, not {info.step_minutes:g}"
    if track.horizons[-1] > description.config.out_steps:
        return (
            f"it looks {track.horizons[-1]} steps ahead, but the model "
            f"{description.config.out_steps}"
        )
    if info.num_steps is not None and last >= info.num_steps:
        return f"its last step is {last}, but the data set has {info.num_steps}"
    if info.start is not None:
        begins = moment(info.start) + dt.timedelta(minutes=first * info.step_minutes)
        if track.start and abs(moment(track.start) - begins) >= dt.timedelta(seconds=1):
            return f"its first moment is {track.start}, but step {first} is at {begins}"
    return None
