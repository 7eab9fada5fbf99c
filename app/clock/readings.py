"""Readings as pages draw them over days; where there are none, the model's own forecasts."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.readings.days import MINUTES_PER_DAY, day_numbers, readings_at
from analysis.readings.series import sensor_means, weeks
from app.session.opened import OpenCheckpoint, current_dataset, dataset_problem
from app.views.components import missing_note
from himnet.data.dataset import Dataset
from himnet.data.registry import DATASETS
from himnet.forecasting.track import Track


@dataclass(frozen=True)
class Source:
    """Values of all sensors over time.

    Attributes:
        sum: what tells the values from all others.
        are_readings: whether they were read; else they are forecasts.
        times: (T,) datetime64, or days since the first step where the calendar is unknown.
        days: (T,) the day of each, counted as in `analysis.readings.days.day_numbers`.
        tod_index: (T,) steps since midnight.
        steps_per_day: values a day.
        minutes_ahead: how long before a forecast was made; 0 for readings.
        values: returns the values (n, N) of some steps (n,), in the data's unit, NaN for none.
    """

    sum: str
    are_readings: bool
    times: NDArray[Any]
    days: NDArray[np.int64]
    tod_index: NDArray[np.int64]
    steps_per_day: int
    minutes_ahead: float
    values: Callable[[NDArray[np.int64]], NDArray[np.float32]] = field(repr=False)

    def mean_name(self, quantity: str) -> str:
        """Return what a mean of values is called, such as "mean forecast speed"."""
        return f"mean {quantity}" if self.are_readings else f"mean forecast {quantity}"

    @property
    def weeks(self) -> list[range]:
        """The weeks to choose from, as ranges of steps."""
        return weeks(len(self.times), self.steps_per_day)

    def week_label(self, steps: range) -> str:
        """Return the dates of a week, or its number where the calendar is unknown."""
        if not np.issubdtype(self.times.dtype, np.datetime64):
            return f"week {steps.start // (7 * self.steps_per_day) + 1}"
        # the moment before the last: midnight ends a day and does not begin another
        ends = self.times[steps[0]], self.times[steps[-1]] - np.timedelta64(1, "s")
        days = [end.astype("datetime64[D]").item() for end in ends]
        return f"{days[0]:%-d %B} to {days[1]:%-d %B %Y}"


def current_source(checkpoint: OpenCheckpoint) -> Source | None:
    """Return the data set's readings, else the track's forecasts, else None.

    Raises:
        CheckpointError: for a damaged track.
    """
    dataset = current_dataset()
    if dataset is not None:
        return _from_dataset(dataset)
    track = checkpoint.track
    return None if track is None else _from_track(track)


def say_what_is_drawn(checkpoint: OpenCheckpoint, source: Source | None) -> None:
    """Say that values are forecasts, or that there are none, and which command changes it."""
    if source is None:
        missing_note(
            f"There is nothing to draw over time: {dataset_problem()}; and no track that fits "
            "lies beside the checkpoint. With the data set, this makes one:",
            checkpoint.track_command,
        )
    elif not source.are_readings:
        say_forecasts(checkpoint, source.minutes_ahead)


def say_forecasts(checkpoint: OpenCheckpoint, minutes_ahead: float) -> None:
    """Say that forecasts stand where readings are wanted, why, and what changes it."""
    name = checkpoint.arrays.dataset.name
    get = DATASETS[name].get if name in DATASETS else ""
    missing_note(
        f"Drawn are the model's own forecasts, made {minutes_ahead:g} minutes ahead, since the "
        f"readings are not here: {dataset_problem()}.",
        get if get.startswith("python") else None,
    )


def mean_values(source: Source) -> NDArray[np.float64]:
    """Return each sensor's mean over all that a source has, (N,)."""
    return _means(source.sum, _source=source)


@st.cache_data(max_entries=8, show_spinner=False)
def _means(values_sum: str, *, _source: Source) -> NDArray[np.float64]:
    return sensor_means(_source.values(np.arange(len(_source.times))))


def _from_dataset(dataset: Dataset) -> Source:
    steps = np.arange(len(dataset.values))
    times = dataset.timestamps
    return Source(
        sum=dataset.info.sha256 or dataset.name,
        are_readings=True,
        times=steps / dataset.steps_per_day if times is None else times,
        days=day_numbers(steps, dataset.tod_index, times, dataset.steps_per_day),
        tod_index=dataset.tod_index,
        steps_per_day=dataset.steps_per_day,
        minutes_ahead=0,
        values=lambda steps: readings_at(dataset, steps),
    )


def _from_track(track: Track) -> Source:
    ahead = track.horizons[0]
    minutes = ahead * track.step_minutes
    seconds = np.timedelta64(round(60 * minutes), "s")
    steps = track.steps + ahead
    per_day = round(MINUTES_PER_DAY / track.step_minutes)
    tod_index = (track.tod_index + ahead) % per_day
    times = None if track.times is None else track.times + seconds
    since_first = (np.arange(len(track)) + ahead) * track.step_minutes / MINUTES_PER_DAY
    return Source(
        sum=track.sum,
        are_readings=False,
        times=since_first if times is None else times,
        days=day_numbers(steps, tod_index, times, per_day),
        tod_index=tod_index,
        steps_per_day=per_day,
        minutes_ahead=minutes,
        values=lambda rows: track.forecast_at(ahead)[rows],
    )
