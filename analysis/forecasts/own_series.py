"""A model's own forecasts as a series that can be fed to it, where its readings are absent.

The track holds the forecast of every moment for the next one. Placed at the time that they are
for, these forecasts are a complete series, close to what the sensors read, and the model can be
run on its windows. Answers to *what if* are then about the model on its own forecasts;
`benchmarks.own_series` measures how far they are from those on real readings.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.material import Material
from himnet.config import DAYS_PER_WEEK
from himnet.data.calendar import Calendar
from himnet.data.dataset import Dataset, build_dataset
from himnet.data.windows import Windows
from himnet.forecasting.track import Track


def on_own_forecasts(material: Material) -> Material:
    """Return a model with the forecasts of its track in place of readings.

    Its data set has one split, "test", with all windows of the series.

    Args:
        material: with a track.

    Raises:
        AnalysisError: without a track, or for one that is too short for a window.
    """
    track, model = material.track, material.model
    if track is None:
        raise AnalysisError(
            "without readings, this takes a track of the model's own forecasts, and there is none "
            "next to the checkpoint"
        )
    first, last = model.in_steps, len(track) - model.out_steps
    if last < first:
        raise AnalysisError(
            f"the track has {len(track)} moments, but a window takes "
            f"{model.in_steps + model.out_steps}; make a longer one"
        )
    middles = np.arange(first, last + 1)
    index = np.stack([middles - model.in_steps, middles, middles + model.out_steps], axis=1)
    series = _series(material, track, Windows(index))
    return replace(material, dataset=series, dataset_problem="", is_on_own_forecasts=True)


def _series(material: Material, track: Track, windows: Windows) -> Dataset:
    """Return the forecasts of the shortest horizon as a data set."""
    ahead, info = track.horizons[0], material.info
    later = track.tod_index + ahead
    dow: NDArray[np.int64] = (track.dow + later // info.steps_per_day) % DAYS_PER_WEEK
    minutes = np.timedelta64(round(60 * ahead * track.step_minutes), "s")
    calendar = Calendar(
        info.steps_per_day,
        later % info.steps_per_day,
        dow,
        info.first_weekday,
        None if track.times is None else track.times + minutes,
    )
    values = track.forecast_at(ahead)
    return build_dataset(info, values, calendar, {"test": windows})
