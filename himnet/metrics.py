"""Masked MAE, RMSE and MAPE, exactly as in the literature.

Missing readings are determined by the truth only, never by the prediction. Sums and counts are
stored in float64 and divided once at the end: averaging the metrics of batches weights them
wrongly, and averaging RMSEs is not the RMSE.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from himnet.errors import InputError

HORIZONS = (3, 6, 12)
METRICS = ("mae", "rmse", "mape")


def masked_metrics(
    prediction: ArrayLike, truth: ArrayLike, *, missing_value: float | None = 0.0
) -> dict[str, float]:
    """Return MAE, RMSE (data's unit) and MAPE (percent) over readings that are not missing.

    Args:
        prediction: any shape, de-normalised.
        truth: the same shape, de-normalised.
        missing_value: truth that stands for "no reading"; NaN always does; None for NaN only.

    Returns:
        ``{"mae", "rmse", "mape"}``; NaN without readings.

    Raises:
        InputError: for different shapes, or a prediction that is not finite at a reading.
    """
    prediction, truth = np.asarray(prediction), np.asarray(truth)
    if prediction.shape != truth.shape:
        raise InputError(
            f"prediction has shape {prediction.shape} and truth {truth.shape}; they must be equal"
        )
    sums = MetricSums(steps=1, missing_value=missing_value)
    sums.update(prediction.reshape(-1, 1), truth.reshape(-1, 1))
    return sums.over_steps([0])


class MetricSums:
    """Sums and counts of errors for each forecast step.

    Args:
        steps: T', the number of forecast steps.
        missing_value: see `masked_metrics`.
    """

    def __init__(self, *, steps: int, missing_value: float | None = 0.0) -> None:
        self.missing_value = missing_value
        self.count = np.zeros(steps)
        self.absolute = np.zeros(steps)
        self.squared = np.zeros(steps)
        self.relative = np.zeros(steps)
        self.relative_count = np.zeros(steps)

    def update(self, prediction: NDArray[Any], truth: NDArray[Any]) -> None:
        """Add forecasts (n, T', ...) and their truth, both in the data's unit.

        Raises:
            InputError: for different shapes, another T', or forecasts that are not finite.
        """
        if prediction.shape != truth.shape or prediction.shape[1] != len(self.count):
            raise InputError(
                f"prediction has shape {prediction.shape} and truth {truth.shape}; both must be "
                f"(n, {len(self.count)}, ...)"
            )
        valid = present(truth, self.missing_value)
        exact = np.where(valid, truth, 0).astype(np.float64)
        error = np.where(valid, prediction, 0).astype(np.float64) - exact
        if not np.isfinite(error).all():
            raise InputError(
                "the forecasts contain values that are not finite, so no error can be measured; "
                "check the weights they come from"
            )
        axes = tuple(axis for axis in range(truth.ndim) if axis != 1)
        # a reading of 0 that is not "missing" (with another missing_value) has no percentage
        divisible = valid & (exact != 0)
        shares = np.divide(np.abs(error), np.abs(exact), out=np.zeros_like(error), where=divisible)
        self.count += valid.sum(axis=axes)
        self.absolute += np.abs(error).sum(axis=axes)
        self.squared += np.square(error).sum(axis=axes)
        self.relative += shares.sum(axis=axes)
        self.relative_count += divisible.sum(axis=axes)

    def over_steps(self, steps: Iterable[int]) -> dict[str, float]:
        """Return the metrics over the given steps (0-based) together; NaN without readings."""
        chosen = list(steps)

        def mean(sums: NDArray[Any], counts: NDArray[Any]) -> float:
            count = counts[chosen].sum()
            return float(sums[chosen].sum() / count) if count else float("nan")

        return {
            "mae": mean(self.absolute, self.count),
            "rmse": float(np.sqrt(mean(self.squared, self.count))),
            "mape": 100 * mean(self.relative, self.relative_count),
        }

    def result(self, horizons: Iterable[int] = HORIZONS) -> dict[str, dict[str, float]]:
        """Return ``{"all": ..., "3": ..., ...}`` for all steps and for each horizon (1-based)."""
        result = {"all": self.over_steps(range(len(self.count)))}
        for horizon in horizons:
            if horizon <= len(self.count):
                result[str(horizon)] = self.over_steps([horizon - 1])
        return result


def without_nan(value: Any) -> Any:
    """Return nested metrics with None for NaN, which JSON lacks."""
    if isinstance(value, Mapping):
        return {key: without_nan(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(entry) for entry in value]
    return None if isinstance(value, float) and value != value else value


def present(truth: NDArray[Any], missing_value: float | None) -> NDArray[np.bool_]:
    """Return where there is a reading: neither NaN nor the missing value; any shape."""
    valid: NDArray[np.bool_] = ~np.isnan(truth)
    if missing_value is not None and not np.isnan(missing_value):
        valid &= np.abs(truth - missing_value) > 5e-5  # the tolerance used in the literature
    return valid


def horizon_texts(measured: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return horizon, MAE, RMSE and MAPE of a split as texts: first of "all", then by horizon."""
    horizons = [steps for steps in measured if steps == "all" or steps.isdecimal()]
    horizons.sort(key=lambda steps: (steps.isdecimal(), len(steps), steps))
    return [
        (steps[:9], *(error_text(measured[steps].get(name), 3) for name in METRICS))
        for steps in horizons
    ]


def error_text(value: object, digits: int) -> str:
    """Return an error as text: "–" without readings, 1.2e+07 for huge ones."""
    if not isinstance(value, int | float):
        return "–"
    return f"{value:.{digits}f}" if value < 1e6 else f"{value:.{digits}g}"
