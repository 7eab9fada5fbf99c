"""Areas of a city: compact neighbourhoods of sensors, and how much their readings differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.evidence.agreement import CELL_SIZE, majority_names, neighbourhoods
from analysis.geometry.clustering import Labels

RUNNERS_UP = 3
_QUANTILES = 1_000  # of an area's readings; distances are exact to a few thousandths
_FEWEST_SHARE = 0.5  # of a neighbourhood's usual size: one or two sensors are not an area
_FEWEST = 3  # sensors of a cluster
_LEAST_AREAS = 4


@dataclass(frozen=True)
class Area:
    """A neighbourhood.

    Attributes:
        members: positions of its sensors.
        freeway: the freeway of most of them, "" if unknown.
        readings: all readings, sorted.
    """

    members: NDArray[np.int64]
    freeway: str
    readings: NDArray[np.float32]

    @property
    def mean(self) -> float:
        """Mean of the readings."""
        return float(self.readings.mean(dtype=np.float64))


@dataclass(frozen=True)
class AreaPair:
    """Two areas, the one with the lower mean first.

    Attributes:
        areas: the two.
        score: 1-Wasserstein distance between the distributions of their readings, in their unit.
    """

    areas: tuple[Area, Area]
    score: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types."""
        return {
            "score": round(self.score, 3),
            "freeways": [area.freeway for area in self.areas],
            "sensors": [len(area.members) for area in self.areas],
            "means": [round(area.mean, 2) for area in self.areas],
        }


def differing_areas(
    places: NDArray[np.floating], values: NDArray[np.floating], freeways: Sequence[str]
) -> list[AreaPair]:
    """Return the pairs of areas whose readings are distributed most differently, the best first.

    Args:
        places: (N, 2) metres.
        values: (T, N) readings, NaN if there is none.
        freeways: N names, "" if unknown.

    Raises:
        AnalysisError: if fewer than two areas have readings.
    """
    size = neighbourhood_size(len(places))
    cells = neighbourhoods(places, size=size)
    return differing_groups(cells, values, freeways, fewest=_FEWEST_SHARE * size)


def differing_groups(
    labels: Labels,
    values: NDArray[np.floating],
    freeways: Sequence[str],
    *,
    fewest: float = _FEWEST,
) -> list[AreaPair]:
    """Return the pairs of groups whose readings are distributed most differently, the best first.

    Args:
        labels: (N,) group numbers from 0.
        values, freeways: as for `differing_areas`.
        fewest: sensors of a group that counts.

    Raises:
        AnalysisError: if fewer than two groups have readings.
    """
    from scipy.stats import wasserstein_distance

    areas = _areas(labels, values, freeways, fewest)
    if len(areas) < 2:
        raise AnalysisError(
            f"{len(labels)} sensors form {len(areas)} areas with readings, but two are needed; "
            f"use a data set with more sensors"
        )
    ranks = (np.arange(_QUANTILES) + 0.5) / _QUANTILES
    quantiles = [area.readings[(ranks * len(area.readings)).astype(np.int64)] for area in areas]
    found = []
    for one, other in combinations(range(len(areas)), 2):
        lower, higher = sorted((areas[one], areas[other]), key=lambda area: area.mean)
        score = float(wasserstein_distance(quantiles[one], quantiles[other]))
        found.append(AreaPair((lower, higher), score))
    return sorted(found, key=lambda pair: -pair.score)


def neighbourhood_size(count: int) -> int:
    """Return the approximate number of sensors per area in a city of `count` sensors."""
    return min(CELL_SIZE, max(count // _LEAST_AREAS, 1))


def _areas(
    cells: Labels, values: NDArray[np.floating], freeways: Sequence[str], fewest: float
) -> list[Area]:
    """Return the groups that are large enough and have readings."""
    names = majority_names(cells, freeways)
    areas = []
    for number, name in enumerate(names):
        members = np.flatnonzero(cells == number)
        readings = values[:, members]
        readings = np.sort(readings[np.isfinite(readings)])
        if len(members) >= fewest and len(readings):
            areas.append(Area(members, name, readings))
    return areas
