"""Forecasts to look at, from the track or made anew, kept by what they were made from."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import streamlit as st
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
from app.session.chunks import in_chunks
from app.session.what_if import dataset_sums

_FIELDS = ("steps", "days", "tod_index", "forecast", "truth")  # along the moments


@dataclass(frozen=True)
class Summary:
    """Errors of the same forecasts, told in four ways; see `analysis.forecasts.errors`.

    Attributes:
        by_horizon: of all sensors, (h,) each.
        by_sensor: mean absolute error (N,).
        readings: (N,) of each sensor.
        by_reading: in bands of what was read.
        by_hour: of the day.
    """

    by_horizon: dict[str, Floats] = field(repr=False)
    by_sensor: Floats = field(repr=False)
    readings: NDArray[np.int64] = field(repr=False)
    by_reading: CellErrors = field(repr=False)
    by_hour: CellErrors = field(repr=False)


def tracked(material: Material) -> Forecasts:
    """Return the forecasts of the track, beside the readings or else the newest forecasts.

    Raises:
        AnalysisError: without a track; without readings too for a track of one horizon.
    """
    return _tracked(material.sums, _material=material)


def forecast_anew(material: Material, steps: NDArray[np.int64]) -> Forecasts:
    """Run the model on some windows, with a progress bar; what was computed once is kept.

    Args:
        material: with its data set.
        steps: (n,) last input step of each window.
    """
    sums = dataset_sums(material)
    found = in_chunks(
        steps, lambda part: _anew(*sums, part, _material=material), what="The model forecasts"
    )
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(part, name) for part in found]) for name in _FIELDS
    }
    return replace(found[0], **joined)


def newest_of_track(material: Material, steps: NDArray[np.int64]) -> NDArray[np.float32]:
    """Return the track's newest forecasts of some steps (n,), (n, N), NaN where there is none."""
    return newest_forecasts(forecasts_of_track(material), steps)


def summary(material: Material, shown: Forecasts) -> Summary:
    """Return the errors of forecasts.

    Args:
        material: that they were made from.
        shown: the forecasts.

    Raises:
        AnalysisError: where there is nothing to compare them with.
    """
    return _summary(_key(material, shown), _material=material, _shown=shown)


def baseline_errors(
    material: Material, shown: Forecasts, name: str, sensors: tuple[int, ...] | None
) -> dict[str, Floats]:
    """Return a baseline's errors at each horizon; see `errors_by_horizon`.

    Args:
        material: with its data set.
        shown: the model's forecasts at the same moments.
        name: of the baseline.
        sensors: positions; None takes all.
    """
    return _baseline_errors(_key(material, shown), name, sensors, _material=material, _shown=shown)


def _key(material: Material, shown: Forecasts) -> tuple[Any, ...]:
    """Return what tells forecasts from all others, for a cache's key."""
    return *material.sums, shown.steps.tobytes(), shown.horizons


@st.cache_data(max_entries=16, show_spinner=False)
def _summary(key: tuple[Any, ...], *, _material: Material, _shown: Forecasts) -> Summary:
    return Summary(
        errors_by_horizon(_shown),
        *errors_by_sensor(_shown),
        errors_by_reading(_shown),
        errors_by_hour(_shown, _material.info.steps_per_day),
    )


@st.cache_data(max_entries=16, show_spinner="Forecasting without a model ...", show_time=True)
def _baseline_errors(
    key: tuple[Any, ...],
    name: str,
    sensors: tuple[int, ...] | None,
    *,
    _material: Material,
    _shown: Forecasts,
) -> dict[str, Floats]:
    found = baseline_forecasts(_shown, _material.required_dataset(), name)
    return errors_by_horizon(found, sensors)


@st.cache_resource(max_entries=4, show_spinner=False)
def _tracked(sums: tuple[str, str, str], *, _material: Material) -> Forecasts:
    found = forecasts_of_track(_material)
    return beside_newest(found) if _material.dataset is None else found


@st.cache_data(max_entries=128, show_spinner=False)
def _anew(
    sha256: str, dataset_sum: str, steps: tuple[int, ...], *, _material: Material
) -> Forecasts:
    return forecasts_at(_material, steps)
