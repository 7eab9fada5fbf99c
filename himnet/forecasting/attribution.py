"""Which readings moved a forecast: integrated gradients, and occlusion, which needs no gradient.

Both compare a forecast with that from a base line, other readings of the same window. Only the
value channel of the input moves; time of day and day of the week stay. A missing reading stays
too: the model reads the same on the base line, so it contributes nothing.

This file alone imports captum, once an attribution is computed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from himnet.errors import ConfigError, InputError
from himnet.forecasting.inference import Forecaster

FIRST_STEPS, MOST_STEPS = 8, 64
RELATIVE, OF_DEVIATION = 0.01, 0.01  # tolerances of the gap
_ROWS_AT_ONCE = 40_000  # windows x sensors x steps that are held with gradients, about 0.6 GB
_ENTRIES_AT_ONCE = 40_000_000  # of the graphs of windows
Tell = Callable[[float], None]


@dataclass(frozen=True)
class Attribution:
    """What each reading of a window contributed to one forecast.

    Attributes:
        sensor: position of the sensor that is forecast.
        middle: first step to forecast of the window.
        horizon: which of the T' steps, from 1.
        values: (T, N) contributions in the data's unit; they sum to `forecast` - `base` up to
            `gap`. 0 for a missing reading.
        forecast: in the data's unit.
        base: the forecast from the base line's readings.
        gap: sum of the contributions minus (`forecast` - `base`).
        steps: of the path from the base line to the readings.
        is_complete: whether the gap is within the tolerance.
    """

    sensor: int
    middle: int
    horizon: int
    values: NDArray[np.float32] = field(repr=False)
    forecast: float
    base: float
    gap: float
    steps: int
    is_complete: bool


def attribute(
    forecaster: Forecaster,
    middle: int,
    sensor: int,
    horizon: int,
    baseline: NDArray[np.floating],
    *,
    tell: Tell | None = None,
) -> Attribution:
    r"""Attribute a forecast to the readings of its window, by integrated gradients.

    Reading x of a window that has x' on the base line contributes

        (x - x') \int_0^1 dF / dx (x' + a (x - x')) da,

    where F is the forecast as a function of all readings (Sundararajan et al., 2017, equation 1).
    The integral is a sum over the steps of the path, by Gauss-Legendre quadrature. All
    contributions sum to F(x) - F(x') up to the gap (completeness).

    In float32 whatever the forecaster's precision, summed in float64. The steps are doubled until
    the gap is at most the larger of 1 % of the difference between forecast and base, and 0.01
    standard deviations of the data, or until there are `MOST_STEPS`.

    Args:
        forecaster: with the model and its data.
        middle: first step to forecast of the window.
        sensor: position of the sensor that is forecast.
        horizon: which of the T' steps, from 1.
        baseline: (T, N) in the data's unit.
        tell: called with the completed share, 0 to 1; it starts again if the steps are doubled.
            What it raises ends the computation.

    Raises:
        InputError: for a sensor, horizon or base line that the model does not have.
        DataError: for a window that extends beyond the data.
        ConfigError: if captum is not installed.
    """
    window = _Window(forecaster, middle, sensor, horizon, baseline)
    gradients = _integrated_gradients(window.forecast)
    forecast, base = window.ends()
    difference, deviation = forecast - base, forecaster.scaler.std
    tolerance = max(RELATIVE * abs(difference), OF_DEVIATION * deviation)
    steps = FIRST_STEPS
    while True:
        window.watch(tell, steps)
        found = gradients.attribute(
            window.own, window.base, n_steps=steps, internal_batch_size=window.at_once
        )[0]
        gap = float(found.sum()) - difference
        if abs(gap) <= tolerance or steps >= MOST_STEPS:
            break
        steps *= 2
    if tell is not None:
        tell(1.0)
    values, is_complete = found.numpy().astype(np.float32), abs(gap) <= tolerance
    return Attribution(sensor, middle, horizon, values, forecast, base, gap, steps, is_complete)


def occlude(
    forecaster: Forecaster,
    middle: int,
    sensor: int,
    horizon: int,
    baseline: NDArray[np.floating],
    *,
    by_step: bool = False,
    tell: Tell | None = None,
) -> NDArray[np.float32]:
    """Return by how much a forecast falls when readings are replaced by those of a base line.

    Arguments and errors as for `attribute`, but captum is not needed.

    Args:
        forecaster, middle, sensor, horizon, baseline, tell: see `attribute`.
        by_step: whether to replace single readings; otherwise all of a sensor's together, whose
            effect need not be the sum of the single ones.

    Returns:
        (N,), or (T, N) by step, in the data's unit; 0 where nothing is replaced, since the readings
        are missing or equal to the base line's.
    """
    window = _Window(forecaster, middle, sensor, horizon, baseline)
    own, base = window.own[0], window.base[0]
    moved = own != base
    # (n, 1) sensors, or (n, 2) steps and sensors
    places = (moved if by_step else moved.any(dim=0)).nonzero()
    falls = np.zeros(tuple(moved.shape)[0 if by_step else 1 :], dtype=np.float32)
    forecast, _ = window.ends()
    window.watch(tell, len(places))
    for some in places.split(window.at_once) if len(places) else ():
        occluded = own.repeat(len(some), 1, 1)
        for row, place in enumerate(some.tolist()):
            where = (slice(None), *place) if len(place) == 1 else tuple(place)
            occluded[(row, *where)] = base[where]
        with torch.no_grad():
            falls[tuple(some.numpy().T)] = (forecast - window.forecast(occluded)).numpy()
    if tell is not None:
        tell(1.0)
    return falls


class _Window:
    """One window, and one of its forecasts as a function of its readings.

    Attributes:
        own, base: (1, T, N) normalised readings and base line, float64 on the CPU.
        at_once: windows that are forecast together.
    """

    def __init__(
        self,
        forecaster: Forecaster,
        middle: int,
        sensor: int,
        horizon: int,
        baseline: NDArray[np.floating],
    ) -> None:
        config = forecaster.config
        _check_place("sensor", sensor, 0, config.num_nodes - 1)
        _check_place("horizon", horizon, 1, config.out_steps)
        shape = (config.in_steps, config.num_nodes)
        if baseline.shape != shape or not np.isfinite(baseline).all():
            raise InputError(
                f"the base line has shape {baseline.shape}, but it must be finite readings of "
                f"shape {shape} for this model"
            )
        (chunk,) = forecaster.chunks([middle])
        self._model, self._scaler = forecaster.model, forecaster.scaler
        self._device, self._sensor, self._step = forecaster.device, sensor, horizon - 1
        with torch.no_grad():
            x, self._y_cov = forecaster.batches.inputs(chunk)
        self._calendar, self.own = x[..., 1:], x[..., 0].double().cpu()
        moved = self._scaler.normalise(torch.from_numpy(baseline.astype(np.float32)))
        missing = forecaster.batches.missing(chunk).cpu()
        self.base = torch.where(missing, self.own, moved.double())
        self.at_once = _windows_at_once(config.num_nodes, config.in_steps + config.out_steps)
        self.watch(None, 0)

    def watch(self, tell: Tell | None, total: int) -> None:
        """Report the share of the next `total` windows that are forecast, from 0 on."""
        self._tell, self._done, self._total = tell, 0, total

    def forecast(self, readings: Tensor) -> Tensor:
        """Return the forecast (B,) in the data's unit from normalised readings (B, T, N)."""
        if self._tell is not None:
            self._tell(self._done / self._total)
        count = len(readings)
        self._done += count
        values = readings.float().to(self._device).unsqueeze(-1)
        x = torch.cat([values, self._calendar.expand(count, -1, -1, -1)], dim=-1)
        output = self._model(x, self._y_cov.expand(count, -1, -1, -1))
        of_sensor: Tensor = output[:, self._step, self._sensor, 0].cpu().double()
        in_unit: Tensor = self._scaler.denormalise(of_sensor)
        return in_unit

    def ends(self) -> tuple[float, float]:
        """Return the forecasts from the readings and from the base line."""
        with torch.no_grad():
            of_own, of_base = self.forecast(torch.cat([self.own, self.base])).tolist()
        return of_own, of_base


def _check_place(name: str, value: int, first: int, last: int) -> None:
    if not first <= value <= last:
        raise InputError(f"there is no {name} {value}; choose {first} to {last}")


def _windows_at_once(sensors: int, steps: int) -> int:
    """Return how many windows of N sensors and T + T' steps fit into memory with gradients."""
    most = min(_ROWS_AT_ONCE // (sensors * steps), _ENTRIES_AT_ONCE // sensors**2)
    return min(max(most, 1), FIRST_STEPS)


def _integrated_gradients(forecast: Callable[[Tensor], Tensor]) -> Any:
    """Return captum's method for a function of readings; imports captum.

    Raises:
        ConfigError: if captum is not installed.
    """
    try:
        from captum.attr import IntegratedGradients
    except ModuleNotFoundError as error:
        raise ConfigError(
            "attributing a forecast to its readings needs captum, which is not installed; add it "
            "with: python -m pip install -r requirements.txt"
        ) from error
    return IntegratedGradients(forecast)
