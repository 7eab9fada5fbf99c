"""Values of all sensors over time: readings, or a model's forecasts instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.limits import sample
from analysis.readings.days import MINUTES_PER_DAY, day_numbers, readings_at
from analysis.readings.series import weeks
from himnet.data.dataset import Dataset
from himnet.forecasting.track import Track

_ENOUGH = 0.5  # share of known values that the liveliest sensor needs


@dataclass(frozen=True, eq=False)
class Source:
    """Values of all sensors over time.

    Attributes:
        sum: identifies the values.
        are_readings: whether they are readings; otherwise, they are forecasts.
        times: (T,) datetime64, or days since the first step without a calendar.
        days: (T,) the day of each, counted as in `analysis.readings.days.day_numbers`.
        tod_index: (T,) steps since midnight.
        steps_per_day: steps a day.
        minutes_ahead: horizon of forecasts in minutes; 0 for readings.
        values: returns the values (n, N) of steps (n,) in the data's unit, NaN if missing.
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
        """Return the name of a mean of the values, such as "mean forecast speed"."""
        return f"mean {quantity}" if self.are_readings else f"mean forecast {quantity}"

    @property
    def weeks(self) -> list[range]:
        """The available weeks, as ranges of steps."""
        return weeks(len(self.times), self.steps_per_day)

    def week_label(self, steps: range) -> str:
        """Return the dates of a week, or its number without a calendar."""
        if not np.issubdtype(self.times.dtype, np.datetime64):
            return f"week {steps.start // (7 * self.steps_per_day) + 1}"
        # the moment before the last: midnight ends a day rather than beginning another
        ends = self.times[steps[0]], self.times[steps[-1]] - np.timedelta64(1, "s")
        days = [end.astype("datetime64[D]").item() for end in ends]
        return f"{days[0]:%-d %B} to {days[1]:%-d %B %Y}"


def readings_of(dataset: Dataset) -> Source:
    """Return all readings of a data set."""
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


def forecasts_in(track: Track) -> Source:
    """Return a track's forecasts of the shortest horizon, at the times that they are for."""
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


def liveliest(source: Source, num_nodes: int) -> int:
    """Return the sensor whose values vary most in the first week, as one with congestion does.

    Of very many sensors, only a random sample is considered.

    Args:
        source: the values.
        num_nodes: of sensors, N.
    """
    some = sample(num_nodes)
    values = source.values(np.asarray(source.weeks[0]))[:, some]
    known = np.isfinite(values).mean(axis=0) > _ENOUGH
    ends = np.nanpercentile(values[:, known], (10, 90), axis=0) if known.any() else np.zeros((2, 0))
    spread = np.zeros(len(known))
    spread[known] = ends[1] - ends[0]
    return int(some[spread.argmax()])
