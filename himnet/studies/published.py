"""Accuracies on METR-LA to compare with: published ones, and simple baselines measured here.

All are masked errors over the 6,850 published test windows; MAPE is in percent.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

METRICS = ("mae", "rmse", "mape")
HORIZONS = ("all", "3", "6", "12")  # all twelve steps, then 15, 30 and 60 minutes


@dataclass(frozen=True)
class Result:
    """One row of a table of accuracies.

    Attributes:
        name: of the model.
        source: where the numbers come from.
        errors: metric by horizon, both as named above; what nobody quoted is left out.
    """

    name: str
    source: str
    errors: Mapping[str, Mapping[str, float]]

    def error(self, horizon: str, metric: str) -> float | None:
        """Return one number, or None where it was not published."""
        return self.errors.get(horizon, {}).get(metric)


def _errors(mae: float, rmse: float | None = None, mape: float | None = None) -> dict[str, float]:
    given = {"mae": mae, "rmse": rmse, "mape": mape}
    return {metric: value for metric, value in given.items() if value is not None}


METRLA_RESULTS: tuple[Result, ...] = (
    Result(
        "HimNet, as published",
        "paper (KDD '24)",
        {
            "all": _errors(2.92),
            "3": _errors(2.60, 5.02, 6.70),
            "6": _errors(2.95, 6.06, 8.11),
            "12": _errors(3.37, 7.22, 9.79),
        },
    ),
    Result(
        "HimNet, one seed",
        "author's public log",
        {
            "all": _errors(2.928, 6.062, 8.06),
            "3": _errors(2.611, 5.036, 6.71),
            "6": _errors(2.961, 6.086, 8.15),
            "12": _errors(3.384, 7.264, 9.97),
        },
    ),
    Result(
        "Historical inertia",
        "paper: the 12 inputs, repeated as the 12 forecasts",
        {"all": _errors(6.80, 14.21, 16.7)},
    ),
    Result(
        "Last value",
        "measured: the latest reading, repeated 12 times",
        {
            "all": _errors(4.670, 9.814, 11.601),
            "3": _errors(3.712, 7.464, 8.931),
            "6": _errors(4.614, 9.625, 11.464),
            "12": _errors(6.137, 12.599, 15.667),
        },
    ),
    Result(
        "Weekly mean",
        "measured: the training mean at that time of the week",
        {horizon: _errors(4.186, 7.851, 13.032) for horizon in HORIZONS},
    ),
)
