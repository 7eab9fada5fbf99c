"""Forecasts beside what was read: how far off, how far ahead, where, and in which traffic."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError
from analysis.intervals import cell_intervals
from analysis.material import Material
from analysis.moments import readings_at, track_days
from analysis.windows import checked_steps, days_of, truth_after
from himnet.metrics import masked_metrics

if TYPE_CHECKING:
    from himnet.data.dataset import Dataset

Floats = NDArray[np.float64]
BANDS = 10  # of readings, between the slowest and the fastest


@dataclass(frozen=True)
class Forecasts:
    """What was forecast at some moments, and what was read.

    Attributes:
        steps: (n,) the moments: each window's last input step.
        days: (n,) the day of each.
        tod_index: (n,) steps since midnight of each.
        horizons: (h,) steps ahead.
        forecast: (n, h, N) in the data's unit.
        truth: (n, h, N), NaN where nothing was read; all NaN without a data set.
    """

    steps: NDArray[np.int64]
    days: NDArray[np.int64]
    tod_index: NDArray[np.int64]
    horizons: tuple[int, ...]
    forecast: NDArray[np.float32] = field(repr=False)
    truth: NDArray[np.float32] = field(repr=False)

    @property
    def error(self) -> NDArray[np.float32]:
        """Forecast less truth, (n, h, N), NaN where nothing was read."""
        return self.forecast - self.truth

    @property
    def readings(self) -> int:
        """How many readings there are to compare with."""
        return int(np.isfinite(self.truth).sum())


@dataclass(frozen=True)
class BandErrors:
    """Errors by what was read.

    Attributes:
        edges: (b + 1,) of the bands of readings, in the data's unit.
        mae: (b,) mean absolute error of each band, NaN for an empty one.
        low, high: (b,) edges of the 95 % interval of a bootstrap over days.
        bias: (b,) mean of forecast less reading.
        counts: (b,) readings.
    """

    edges: Floats
    mae: Floats
    low: Floats
    high: Floats
    bias: Floats
    counts: NDArray[np.int64]


def forecasts_of_track(material: Material) -> Forecasts:
    """Return the forecasts of a track, beside the readings where the data set is there.

    Raises:
        AnalysisError: without a track.
    """
    track = material.track
    if track is None:
        raise AnalysisError(
            f"there is no track beside {material.arrays.path.name}; `python -m himnet track` "
            "makes one"
        )
    forecast = track.forecasts.astype(np.float32)
    truth = np.full_like(forecast, np.nan)
    if material.dataset is not None:
        truth = _truth_at(material.dataset, track.steps, track.horizons)
    days = track_days(track, material.info)
    return Forecasts(track.steps, days, track.tod_index, track.horizons, forecast, truth)


def forecasts_at(material: Material, steps: ArrayLike) -> Forecasts:
    """Run the model on some windows, for all its horizons; wakes torch.

    Args:
        material: a checkpoint with its data set.
        steps: (n,) last input step of each window.

    Raises:
        AnalysisError: without data set or windows.
        DataError: for windows that reach before the first reading or after the last.
    """
    from himnet.checkpoints import with_model
    from himnet.inference import Forecaster

    dataset, out_steps = material.required_dataset(), material.arrays.config.out_steps
    windows = checked_steps(steps, dataset)
    forecaster = Forecaster(with_model(material.arrays).model, dataset, material.arrays.scaler)
    found = [forecaster.both(chunk)[0] for chunk in forecaster.chunks(windows + 1)]
    return Forecasts(
        windows,
        days_of(dataset, windows),
        dataset.tod_index[windows],
        tuple(range(1, out_steps + 1)),
        np.concatenate(found),
        truth_after(dataset, windows, out_steps),
    )


def last_value(forecasts: Forecasts, dataset: Dataset) -> Forecasts:
    """Return the forecast that the newest reading stays, for the same moments and horizons.

    Where the newest reading is missing, the sensor has no such forecast: its truth is left out.
    """
    newest = readings_at(dataset, forecasts.steps)[:, None, :]
    forecast = np.broadcast_to(newest, forecasts.forecast.shape)
    truth = np.where(np.isfinite(forecast), forecasts.truth, np.float32(np.nan))
    return Forecasts(
        forecasts.steps,
        forecasts.days,
        forecasts.tod_index,
        forecasts.horizons,
        np.nan_to_num(forecast),
        truth,
    )


def errors_by_horizon(
    forecasts: Forecasts, sensors: Sequence[int] | None = None
) -> dict[str, Floats]:
    """Return ``mae``, ``rmse`` and ``mape`` (h,) at each horizon; NaN without readings.

    Args:
        forecasts: with truth.
        sensors: positions; None takes all.
    """
    chosen = slice(None) if sensors is None else list(sensors)
    rows = [
        masked_metrics(
            forecasts.forecast[:, place, chosen],
            forecasts.truth[:, place, chosen],
            missing_value=None,
        )
        for place in range(len(forecasts.horizons))
    ]
    return {name: np.array([row[name] for row in rows]) for name in ("mae", "rmse", "mape")}


def errors_by_sensor(forecasts: Forecasts) -> Floats:
    """Return the mean absolute error (N,) of each sensor over moments and horizons."""
    return _mean(np.abs(forecasts.error), axis=(0, 1))


def errors_by_time(forecasts: Forecasts, steps_per_day: int) -> tuple[Floats, Floats]:
    """Return the mean absolute error by hour of the moment, and the mean reading, (24,) each."""
    hours = forecasts.tod_index * 24 // steps_per_day
    found = np.full((2, 24), np.nan)
    error = np.abs(forecasts.error)
    for hour in np.unique(hours):
        found[0, hour] = _mean(error[hours == hour])
        found[1, hour] = _mean(forecasts.truth[hours == hour])
    return found[0], found[1]


def errors_by_reading(forecasts: Forecasts, *, bands: int = BANDS, seed: int = 0) -> BandErrors:
    """Return errors by what was read: in slow traffic forecasts are worst.

    Args:
        forecasts: with truth.
        bands: of readings, equally wide.
        seed: of the bootstrap.

    Raises:
        AnalysisError: where nothing was read.
    """
    known = np.isfinite(forecasts.truth)
    if not known.any():
        raise AnalysisError("no reading belongs to these forecasts; choose others, or add the data")
    low, high = float(forecasts.truth[known].min()), float(forecasts.truth[known].max())
    edges = np.linspace(low, max(high, low + 1e-6), bands + 1)
    moment, _, _ = np.nonzero(known)
    band = np.clip(np.searchsorted(edges, forecasts.truth[known], side="right") - 1, 0, bands - 1)
    _, day = np.unique(forecasts.days, return_inverse=True)
    place, shape = day[moment] * bands + band, (int(day.max()) + 1, bands)
    error = forecasts.error[known].astype(np.float64)

    def by_day_and_band(weights: Floats | None) -> Floats:
        return np.bincount(place, weights, minlength=shape[0] * bands).reshape(shape)

    absolute, signed = by_day_and_band(np.abs(error)), by_day_and_band(error)
    counts = by_day_and_band(None).astype(np.float64)
    total = counts.sum(axis=0)
    edges_low, edges_high = cell_intervals(absolute, counts, seed=seed)
    return BandErrors(
        edges=edges,
        mae=_ratio(absolute.sum(axis=0), total),
        low=edges_low,
        high=edges_high,
        bias=_ratio(signed.sum(axis=0), total),
        counts=total.astype(np.int64),
    )


def _truth_at(
    dataset: Dataset, steps: NDArray[np.int64], horizons: tuple[int, ...]
) -> NDArray[np.float32]:
    """Return the readings (n, h, N) at some horizons."""
    return truth_after(dataset, steps, max(horizons))[:, [ahead - 1 for ahead in horizons]]


def _mean(values: NDArray[np.floating], axis: tuple[int, ...] | None = None) -> Floats:
    """Return means over what is known, NaN for nothing, without a warning."""
    known = np.isfinite(values)
    sums = np.where(known, values, 0).sum(axis=axis, dtype=np.float64)
    return _ratio(np.asarray(sums), np.asarray(known.sum(axis=axis)))


def _ratio(sums: Floats, counts: NDArray[np.number]) -> Floats:
    found: Floats = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return found
