"""Errors of forecasts: by horizon, by sensor, by reading, and by time of day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.evidence.intervals import cell_intervals
from analysis.forecasts.forecasts import Forecasts
from analysis.forecasts.windows import window_errors
from himnet.metrics import masked_metrics

Floats = NDArray[np.float64]
MOST_BANDS = 15  # of readings, between the slowest and the fastest
FEWEST_DAYS = 5  # for a bootstrap over days; fewer represent other days badly
_ROUND = (1, 2, 5, 10)


@dataclass(frozen=True)
class CellErrors:
    """Errors in adjacent cells, such as bands of speed or hours.

    Attributes:
        edges: (b + 1,) edges of the cells.
        mae: (b,) mean absolute error of each cell, NaN for an empty one.
        low, high: (b,) edges of the 95 % interval of a bootstrap, NaN if undefined.
        bias: (b,) mean of forecast minus truth.
        counts: (b,) number of readings.
        drawn: what the bootstrap resamples: days, or sensors if there are few days.
    """

    edges: Floats
    mae: Floats
    low: Floats
    high: Floats
    bias: Floats
    counts: NDArray[np.int64]
    drawn: Literal["days", "sensors"]


def errors_by_horizon(
    forecasts: Forecasts, sensors: Sequence[int] | None = None
) -> dict[str, Floats]:
    """Return ``mae``, ``rmse`` and ``mape`` (h,) at each horizon; NaN without readings.

    Args:
        forecasts: with readings.
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


def errors_by_sensor(forecasts: Forecasts) -> tuple[Floats, NDArray[np.int64]]:
    """Return the mean absolute error (N,) of each sensor, and the number of its readings."""
    sums, counts = window_errors(forecasts.forecast, forecasts.truth)
    total, readings = sums.sum(axis=0), counts.sum(axis=0)
    return _ratio(total, readings), readings.astype(np.int64)


def errors_by_reading(
    forecasts: Forecasts, *, width: float | None = None, seed: int = 0
) -> CellErrors:
    """Return errors in bands of the reading: forecasts are worst in slow traffic.

    Args:
        forecasts: with readings.
        width: of a band, in the data's unit; None takes a round number: 5 for speeds in mph.
        seed: of the bootstrap.

    Raises:
        AnalysisError: without readings, or for a width that is not above 0.
    """
    known = forecasts.truth[np.isfinite(forecasts.truth)]
    if not known.size:
        raise AnalysisError("these forecasts have no readings; choose others or add the data")
    low, high = float(known.min()), float(known.max())
    if width is None:
        width = _round_width(high - low)
    if not width > 0:
        raise AnalysisError(f"a band cannot be {width} wide; choose a number above 0")
    first, last = np.floor(low / width), np.floor(high / width) + 1
    edges = np.arange(first, last + 1) * width
    cell = np.clip(np.searchsorted(edges, forecasts.truth, side="right") - 1, 0, len(edges) - 2)
    return _in_cells(forecasts, cell, edges, seed=seed)


def errors_by_hour(forecasts: Forecasts, steps_per_day: int, *, seed: int = 0) -> CellErrors:
    """Return errors by the hour of the forecast time.

    Args:
        forecasts: with readings.
        steps_per_day: of the readings.
        seed: of the bootstrap.
    """
    wanted = (forecasts.tod_index[:, None] + np.array(forecasts.horizons)) % steps_per_day
    hour = (wanted * 24 // steps_per_day)[..., None]
    return _in_cells(forecasts, hour, np.arange(25.0), seed=seed)


def _in_cells(
    forecasts: Forecasts, cell: NDArray[np.integer], edges: Floats, *, seed: int
) -> CellErrors:
    """Sum errors by cell, of a shape that broadcasts to (n, h, N), and by day or sensor."""
    known, cells = np.isfinite(forecasts.truth), len(edges) - 1
    days, day = np.unique(forecasts.days, return_inverse=True)
    moment, _, sensor = np.nonzero(known)
    drawn: Literal["days", "sensors"] = "days" if len(days) >= FEWEST_DAYS else "sensors"
    group = day[moment] if drawn == "days" else sensor
    groups = len(days) if drawn == "days" else known.shape[2]
    place = group * cells + np.broadcast_to(cell, known.shape)[known]
    error = forecasts.error[known].astype(np.float64)

    def added(weights: Floats | None) -> Floats:
        sums = np.bincount(place, weights, minlength=groups * cells)
        return sums.reshape(groups, cells).astype(np.float64)

    absolute, counts = added(np.abs(error)), added(None)
    low, high = cell_intervals(absolute, counts, seed=seed)
    total = counts.sum(axis=0)
    return CellErrors(
        edges=edges,
        mae=_ratio(absolute.sum(axis=0), total),
        low=low,
        high=high,
        bias=_ratio(added(error).sum(axis=0), total),
        counts=total.astype(np.int64),
        drawn=drawn,
    )


def _round_width(span: float) -> float:
    """Return a round width (1, 2 or 5 times a power of ten) that gives at most `MOST_BANDS`."""
    least = max(span, 1e-6) / MOST_BANDS
    power = 10.0 ** np.floor(np.log10(least))
    return float(next(step * power for step in _ROUND if step * power >= least * (1 - 1e-9)))


def _ratio(sums: Floats, counts: Floats) -> Floats:
    found: Floats = np.divide(sums, counts, out=np.full(sums.shape, np.nan), where=counts > 0)
    return found
