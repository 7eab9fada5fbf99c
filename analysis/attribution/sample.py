"""The forecasts that attributions are averaged over: sensors, windows and horizons."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.attribution.baselines import training_end
from analysis.errors import AnalysisError
from analysis.forecasts.windows import days_of, window_steps
from analysis.material import Material
from analysis.readings.days import readings_at
from himnet.data.dataset import Dataset

TRIPLES = 300
MOST_TRIPLES = 10_000
Rule = Literal["speed", "median"]
FREE_FLOW, CONGESTED = 85, 0.75  # percentile of a sensor's speeds, and the share of it
GROUPS: dict[Rule, tuple[str, str]] = {"speed": ("free", "congested"), "median": ("low", "high")}
RULE_WORDS: dict[Rule, str] = {
    "speed": f"congested: the last reading of the sensor that is forecast is below {CONGESTED:.0%} "
    f"of its free-flow speed, the {FREE_FLOW}th percentile of its training readings",
    "median": "high: the last reading of the sensor that is forecast is above the median of its "
    "training readings",
}


@dataclass(frozen=True)
class Triples:
    """Forecasts in random order, so that the first of them represent all.

    Attributes:
        rule: that divides them into two groups.
        sensors: (n,) positions of the sensors that are forecast.
        middles: (n,) first step to forecast of each window.
        horizons: (n,) from 1 to T'.
        groups: (n,) number of the group, 0 or 1, see `GROUPS`.
        days: (n,) day of each window's last reading.
    """

    rule: Rule
    sensors: NDArray[np.int64] = field(repr=False)
    middles: NDArray[np.int64] = field(repr=False)
    horizons: NDArray[np.int64] = field(repr=False)
    groups: NDArray[np.int64] = field(repr=False)
    days: NDArray[np.int64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.sensors)

    def first(self, count: int) -> Triples:
        """Return the first `count` of them."""
        rows = slice(count)
        return Triples(
            self.rule,
            self.sensors[rows],
            self.middles[rows],
            self.horizons[rows],
            self.groups[rows],
            self.days[rows],
        )


def rule_of(dataset: Dataset) -> Rule:
    """Return the rule that divides the readings of a data set: only speeds can be congested."""
    return "speed" if "speed" in dataset.info.quantity.lower() else "median"


def thresholds(dataset: Dataset) -> NDArray[np.float64]:
    """Return the reading (N,) at which each sensor's groups part; NaN for a sensor without any."""
    train = dataset.readings()[: training_end(dataset)].astype(np.float64)
    rule, found = rule_of(dataset), np.full(dataset.num_nodes, np.nan)
    known = np.isfinite(train).any(axis=0)
    if rule == "speed":
        found[known] = CONGESTED * np.nanpercentile(train[:, known], FREE_FLOW, axis=0)
    else:
        found[known] = np.nanmedian(train[:, known], axis=0)
    return found


def second_group(
    dataset: Dataset, steps: NDArray[np.int64], edges: NDArray[np.float64]
) -> NDArray[np.float64]:
    """Return 1 where readings are congested or high, 0 where not, NaN where unknown, (n, N).

    Args:
        dataset: the readings.
        steps: (n,).
        edges: (N,) from `thresholds`.
    """
    readings = readings_at(dataset, steps)
    inside = readings < edges if rule_of(dataset) == "speed" else readings > edges
    return np.where(np.isfinite(readings) & np.isfinite(edges), inside, np.nan)


def draw_triples(material: Material, *, count: int = TRIPLES, seed: int = 0) -> Triples:
    """Draw forecasts of the test split, half of them of each group, evenly among its readings.

    A pair of window and sensor is drawn at most once. A group of too few readings has all of
    them, and the other is not enlarged.

    Args:
        material: the model with its data set.
        count: number of forecasts.
        seed: of the draw.

    Raises:
        AnalysisError: without data set or readings, or for an impossible number.
    """
    if not 2 <= count <= MOST_TRIPLES:
        raise AnalysisError(
            f"attributions of {count} forecasts cannot be averaged; choose 2 to {MOST_TRIPLES:,}"
        )
    dataset, rng = material.required_dataset(), np.random.default_rng(seed)
    steps = window_steps(material)
    groups = second_group(dataset, steps, thresholds(dataset))
    rows, columns, numbers = [], [], []
    for group, wanted in enumerate((count - count // 2, count // 2)):
        places = np.flatnonzero(groups == group)
        chosen = rng.choice(places, min(wanted, len(places)), replace=False)
        row, column = np.unravel_index(chosen, groups.shape)
        rows.append(row)
        columns.append(column)
        numbers.append(np.full(len(chosen), group))
    order = rng.permutation(sum(map(len, rows)))
    if not len(order):
        raise AnalysisError("the test split has no readings, so there is no forecast to explain")
    last = steps[np.concatenate(rows)[order]]
    return Triples(
        rule_of(dataset),
        np.concatenate(columns)[order].astype(np.int64),
        last + 1,
        rng.integers(1, material.model.out_steps + 1, len(order)),
        np.concatenate(numbers)[order].astype(np.int64),
        days_of(dataset, last),
    )
