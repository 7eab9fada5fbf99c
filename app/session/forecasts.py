"""Forecasts from the track or computed by the model, cached."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.forecasts.errors import (
    CellErrors,
    Floats,
    errors_by_horizon,
    errors_by_hour,
    errors_by_reading,
    errors_by_sensor,
)
from analysis.forecasts.forecasts import (
    Forecasts,
    baseline_forecasts,
    beside_newest,
    forecasts_at,
    forecasts_of_track,
    newest_forecasts,
)
from analysis.material import Material
from app.session.chunks import in_chunks, joined
from app.session.keys import cached, shared


@dataclass(frozen=True)
class Summary:
    """Errors of the same forecasts, grouped in four ways; see `analysis.forecasts.errors`.

    Attributes:
        by_horizon: of all sensors, (h,) each.
        by_sensor: mean absolute error (N,).
        readings: number of readings of each sensor (N,).
        by_reading: in intervals of the reading.
        by_hour: by hour of the day.
    """

    by_horizon: dict[str, Floats] = field(repr=False)
    by_sensor: Floats = field(repr=False)
    readings: NDArray[np.int64] = field(repr=False)
    by_reading: CellErrors = field(repr=False)
    by_hour: CellErrors = field(repr=False)


@shared(4)
def tracked(material: Material) -> Forecasts:
    """Return the forecasts of the track with the readings, or else with the newest forecasts.

    Raises:
        AnalysisError: without a track, or without readings if the track has only one horizon.
    """
    found = forecasts_of_track(material)
    return beside_newest(found) if material.dataset is None else found


def forecast_anew(material: Material, steps: NDArray[np.int64]) -> Forecasts:
    """Run the model on some windows, with a progress bar; results are cached.

    Args:
        material: with its data set.
        steps: (n,) last input step of each window.
    """
    found = in_chunks(steps, lambda part: _anew(material, part), what="Forecasting")
    return joined(found, ("steps", "days", "tod_index", "forecast", "truth"))


def newest_of_track(material: Material, steps: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the track's newest forecasts of some steps (n,), (n, N), NaN if there is none."""
    return newest_forecasts(forecasts_of_track(material), steps)


@cached(16)
def summary(material: Material, shown: Forecasts) -> Summary:
    """Return the errors of forecasts.

    Args:
        material: from which they were computed.
        shown: the forecasts.

    Raises:
        AnalysisError: if there is nothing to compare them with.
    """
    return Summary(
        errors_by_horizon(shown),
        *errors_by_sensor(shown),
        errors_by_reading(shown),
        errors_by_hour(shown, material.info.steps_per_day),
    )


@cached(16, "Computing the baseline ...")
def baseline_errors(
    material: Material, shown: Forecasts, name: str, sensors: tuple[int, ...] | None
) -> dict[str, Floats]:
    """Return a baseline's errors at each horizon; see `errors_by_horizon`.

    Args:
        material: with its data set.
        shown: the model's forecasts at the same moments.
        name: of the baseline.
        sensors: positions; None for all.
    """
    found = baseline_forecasts(shown, material.required_dataset(), name)
    return errors_by_horizon(found, sensors)


@cached(128)
def _anew(material: Material, steps: tuple[int, ...]) -> Forecasts:
    return forecasts_at(material, steps)
