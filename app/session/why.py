"""What moved one forecast: attributions computed on request, and kept for all visitors.

A result is kept under everything that it depends on, the model and its data included, so that one
of another sensor, moment, horizon or base line is never found.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.attribution.account import Account, account_of
from analysis.attribution.baselines import BaseLines, Named
from analysis.city.along import Seen, nowhere, seen_from
from analysis.errors import AnalysisError
from analysis.material import Material
from analysis.readings.days import readings_at
from analysis.readings.series import sensor_means
from app.session.chunks import progress_bar
from app.session.city_map import geography
from app.session.keys import shared
from himnet.checkpoints import CheckpointArrays

if TYPE_CHECKING:
    from himnet.forecasting.attribution import Attribution

Floats = NDArray[np.float32]
_PASSES = 35.0  # forward passes that take as long as an attribution with 16 steps, the usual case
_PASSES_A_SENSOR = 0.6
_LATEST = 3  # readings that tell whether a sensor is unlike its base line


@dataclass(frozen=True)
class Asked:
    """The forecast whose attribution is wanted.

    Attributes:
        sensor: its position.
        step: the last input step.
        horizon: steps ahead, from 1.
        baseline: the base line; see `analysis.attribution.baselines`.
    """

    sensor: int
    step: int
    horizon: int
    baseline: Named


@dataclass(frozen=True)
class Pace:
    """One forecast, and how long it took here.

    Attributes:
        forecast: (T', N) in the data's unit.
        seconds: of one forward pass.
    """

    forecast: Floats
    seconds: float

    @property
    def attribution(self) -> float:
        """About how many seconds an attribution takes."""
        return _PASSES * self.seconds

    @property
    def occlusion(self) -> float:
        """About how many seconds an occlusion takes; several sensors share a pass."""
        return _PASSES_A_SENSOR * int(self.forecast.shape[1]) * self.seconds


@shared(32)
def forecast_of(material: Material, step: int) -> Pace:
    """Run the model once on the window that ends at a step; errors as `Material.forecaster`."""
    forecaster = material.forecaster
    forecaster.forecasts([step + 1])  # the first pass of a process prepares more than it computes
    began = time.perf_counter()
    found = forecaster.forecasts([step + 1])[0]
    return Pace(found, time.perf_counter() - began)


@shared(4)
def base_lines(material: Material) -> BaseLines:
    """Return the base lines of a model's data; errors as `Material.required_dataset`."""
    return BaseLines(material.required_dataset())


def baseline_of(material: Material, asked: Asked) -> Floats:
    """Return the base line (T, N) of a forecast; errors as `BaseLines.of_window`."""
    lines = base_lines(material)
    return lines.of_window(asked.step + 1, material.model.in_steps, asked.baseline)


def most_unusual(material: Material, step: int, baseline: Named) -> int | None:
    """Return the sensor whose latest readings are farthest from the base line; None without any.

    Args:
        material: with readings.
        step: the last input step.
        baseline: see `Asked`.
    """
    try:
        usual = base_lines(material).of_window(step + 1, _LATEST, baseline)
    except AnalysisError:  # told where the attribution is asked for
        return None
    window = np.arange(step + 1 - _LATEST, step + 1)
    apart = np.abs(sensor_means(readings_at(material.required_dataset(), window) - usual))
    return int(np.nanargmax(apart)) if np.isfinite(apart).any() else None


@shared(256)
def _attributions(material: Material, asked: Asked) -> list[Attribution]:
    """Return the list of the attribution of a forecast; empty until it is computed."""
    return []


@shared(256)
def _occlusions(material: Material, asked: Asked) -> list[Floats]:
    """Return the list of the occlusion of a forecast; empty until it is computed."""
    return []


def known_attribution(material: Material, asked: Asked) -> Attribution | None:
    """Return the attribution of a forecast if it was computed here before, else None."""
    return next(iter(_attributions(material, asked)), None)


def known_occlusion(material: Material, asked: Asked) -> Floats | None:
    """Return the fall (N,) of a forecast by occluded sensor if it was computed here before."""
    return next(iter(_occlusions(material, asked)), None)


def attribute_now(material: Material, asked: Asked) -> Attribution:
    """Compute the attribution of a forecast, with a progress bar.

    Errors as `himnet.forecasting.attribution.attribute`.
    """
    from himnet.forecasting.attribution import attribute

    found = attribute(
        material.forecaster, asked.step + 1, asked.sensor, asked.horizon,
        baseline_of(material, asked), tell=_restarting("Attributing"),
    )  # fmt: skip
    _attributions(material, asked)[:] = [found]
    return found


def occlude_now(material: Material, asked: Asked) -> Floats:
    """Compute the occlusion of a forecast, sensor by sensor, with a progress bar.

    Errors as `himnet.forecasting.attribution.occlude`.
    """
    from himnet.forecasting.attribution import occlude

    found = occlude(
        material.forecaster, asked.step + 1, asked.sensor, asked.horizon,
        baseline_of(material, asked), tell=progress_bar("Occluding"),
    )  # fmt: skip
    _occlusions(material, asked)[:] = [found]
    return found


def _restarting(what: str) -> Callable[[float], None]:
    """Draw a progress bar for work that may begin again with more steps, and return its function.

    The time left is that of the current attempt.
    """
    place, last = st.empty(), 1.0
    tell: Callable[[float], None] | None = None

    def report(share: float) -> None:
        nonlocal tell, last
        if tell is None or share < last:
            with place:
                tell = progress_bar(what if tell is None else f"{what} in smaller steps")
        last = share
        tell(share)

    return report


@shared(64)
def seen_of(arrays: CheckpointArrays, sensor: int) -> Seen:
    """Return all sensors as seen from one."""
    sensors = arrays.dataset.sensors
    if not sensors.has_coordinates:
        return nowhere(sensor, len(sensors))
    return seen_from(sensor, *geography(arrays))


def account(material: Material, found: Attribution) -> Account:
    """Return an attribution in a few numbers."""
    return account_of(found.values, seen_of(material.arrays, found.sensor))
