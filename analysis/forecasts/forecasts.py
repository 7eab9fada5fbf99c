"""Forecasts at some moments, with the readings or newer forecasts of the same times."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError
from analysis.forecasts.windows import checked_steps, days_of, truth_after
from analysis.material import Material
from analysis.readings.days import latest_forecasts, track_days
from himnet.forecasting.baselines import baseline

if TYPE_CHECKING:
    from himnet.data.dataset import Dataset


@dataclass(frozen=True)
class Forecasts:
    """Forecasts at some moments, and the values that they are compared with.

    Attributes:
        steps: (n,) the moments: each window's last input step.
        days: (n,) the day of each.
        tod_index: (n,) steps since midnight of each.
        horizons: (h,) steps ahead.
        forecast: (n, h, N) in the data's unit.
        truth: (n, h, N), NaN if missing; all NaN without a data set.
    """

    steps: NDArray[np.int64]
    days: NDArray[np.int64]
    tod_index: NDArray[np.int64]
    horizons: tuple[int, ...]
    forecast: NDArray[np.float32] = field(repr=False)
    truth: NDArray[np.float32] = field(repr=False)

    @property
    def error(self) -> NDArray[np.float32]:
        """Forecast minus truth, (n, h, N), NaN if missing."""
        return self.forecast - self.truth

    @property
    def readings(self) -> int:
        """Number of readings to compare with."""
        return int(np.isfinite(self.truth).sum())

    def at(self, rows: NDArray[np.integer]) -> Forecasts:
        """Return a part of the moments, by their positions."""
        return replace(
            self,
            steps=self.steps[rows],
            days=self.days[rows],
            tod_index=self.tod_index[rows],
            forecast=self.forecast[rows],
            truth=self.truth[rows],
        )


def forecasts_of_track(material: Material) -> Forecasts:
    """Return the forecasts of a track, with the readings if the data set is available.

    Raises:
        AnalysisError: without a track.
    """
    track = material.track
    if track is None:
        raise AnalysisError(
            f"there is no track beside {material.arrays.path.name}; make one with python -m himnet "
            "track"
        )
    forecast = track.forecasts.astype(np.float32)
    truth = np.full_like(forecast, np.nan)
    if material.dataset is not None:
        after = truth_after(material.dataset, track.steps, max(track.horizons))
        truth = after[:, [ahead - 1 for ahead in track.horizons]]
    days = track_days(track, material.info)
    return Forecasts(track.steps, days, track.tod_index, track.horizons, forecast, truth)


def forecasts_at(material: Material, steps: ArrayLike) -> Forecasts:
    """Run the model on some windows, for all its horizons; imports torch.

    Args:
        material: a checkpoint with its data set.
        steps: (n,) last input step of each window.

    Raises:
        AnalysisError: without data set or windows, or for too many sensors.
        DataError: for windows that extend beyond the data.
    """
    dataset, out_steps = material.required_dataset(), material.model.out_steps
    windows = checked_steps(steps, dataset)
    return Forecasts(
        windows,
        days_of(dataset, windows),
        dataset.tod_index[windows],
        tuple(range(1, out_steps + 1)),
        material.forecaster.forecasts(windows + 1),
        truth_after(dataset, windows, out_steps),
    )


def forecasts_to_come(material: Material, steps: ArrayLike) -> Forecasts:
    """Return what there is before the model is run on some windows: readings, no forecasts.

    Args:
        material: a checkpoint with its data set.
        steps: (n,) last input step of each window.

    Raises:
        AnalysisError: without data set or windows.
    """
    dataset = material.required_dataset()
    windows, horizons = checked_steps(steps, dataset), tuple(range(1, material.model.out_steps + 1))
    truth = truth_after(dataset, windows, len(horizons))
    return Forecasts(
        windows,
        days_of(dataset, windows),
        dataset.tod_index[windows],
        horizons,
        np.full_like(truth, np.nan),
        truth,
    )


def baseline_forecasts(
    forecasts: Forecasts, dataset: Dataset, name: str = "last-value"
) -> Forecasts:
    """Return the forecasts of a baseline at the same moments and horizons, with the same readings.

    If it has no forecast, for example for a sensor without any earlier reading, the reading is left
    out as well; so are moments whose windows extend beyond the end of the data.

    Args:
        forecasts: of the model.
        dataset: with the readings before the moments.
        name: one of `himnet.forecasting.baselines.BASELINES`.

    Raises:
        ConfigError: for an unknown baseline.
        DataError: if a moment has too little history.
    """
    furthest = max(forecasts.horizons)
    whole = forecasts.steps + furthest < len(dataset.values)
    found = baseline(name, dataset, furthest)(forecasts.steps[whole] + 1)
    forecast = np.full(forecasts.forecast.shape, np.nan, dtype=np.float32)
    forecast[whole] = found[:, [ahead - 1 for ahead in forecasts.horizons]]
    known = np.isfinite(forecast)
    return replace(
        forecasts,
        forecast=np.where(known, forecast, np.float32(0)),
        truth=np.where(known, forecasts.truth, np.float32(np.nan)),
    )


def newest_forecasts(forecasts: Forecasts, steps: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the latest forecast for some steps, (..., N), NaN if there is none.

    Args:
        forecasts: with their moments in order.
        steps: (...) to be forecast.
    """
    newest, ahead = forecasts.forecast[:, 0], forecasts.horizons[0]
    return latest_forecasts(forecasts.steps, newest, ahead, steps)


def beside_newest(forecasts: Forecasts) -> Forecasts:
    """Return older forecasts with the newest one of the same moment instead of readings.

    Their difference shows how much a forecast still changes, for which no readings are needed; it
    is not an error.

    Raises:
        AnalysisError: for forecasts of a single horizon.
    """
    if len(forecasts.horizons) < 2:
        raise AnalysisError(
            f"there are only forecasts {forecasts.horizons[0]} steps ahead, so they cannot be "
            "compared with newer ones; make a track of a model with more output steps"
        )
    wanted = forecasts.steps[:, None] + np.array(forecasts.horizons)
    return replace(
        forecasts,
        horizons=forecasts.horizons[1:],
        forecast=forecasts.forecast[:, 1:],
        truth=newest_forecasts(forecasts, wanted)[:, 1:],
    )


def splits_of(dataset: Dataset, steps: NDArray[np.int64]) -> dict[str, int]:
    """Return the number of windows, (n,) last input steps, in each split; empty ones are left out.

    Args:
        dataset: with splits.
        steps: of the windows.
    """
    counts = {
        name: int(np.isin(steps + 1, windows.middles).sum())
        for name, windows in dataset.splits.items()
    }
    return {name: count for name, count in counts.items() if count}
