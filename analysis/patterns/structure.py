"""The structure of a checkpoint in a few numbers: the order of hours, and clusters and roads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from analysis.city.roads import positions, sensor_frame
from analysis.errors import AnalysisError
from analysis.evidence.agreement import PERMUTATIONS, AgreementName, agreement, neighbourhoods
from analysis.evidence.statistic import Statistic
from analysis.geometry.clustering import Labels
from analysis.geometry.similarity import Floats
from analysis.geometry.spaces import SpaceChoice
from analysis.model import LearntModel
from analysis.patterns.hours import clock_order, hour_cosines
from himnet.data.info import Sensors

HOURS_APART = (1, 2, 3)
KINDS: tuple[AgreementName, ...] = ("ARI", "NMI")


@dataclass(frozen=True)
class HourStructure:
    """The structure of the hours of the day, by their time-of-day parts only.

    Attributes:
        cosines: mean cosine of hours 1, 2 and 3 apart.
        order: how similarity decreases with the distance on the clock; see `clock_order`.
    """

    cosines: Mapping[int, float]
    order: Statistic


def cosines_apart(cosines: Floats) -> dict[int, float]:
    """Return the mean cosine of hours 1, 2 and 3 apart, around the clock, from (24, 24)."""
    hours = np.arange(len(cosines))
    return {
        apart: float(cosines[hours, (hours + apart) % len(hours)].mean()) for apart in HOURS_APART
    }


def hour_structure(
    model: LearntModel, choice: SpaceChoice | None = None, *, draws: int = PERMUTATIONS
) -> HourStructure | None:
    """Return the order of the hours; None for a model without temporal meta-parameters.

    Args:
        model: the model.
        choice: which meta-parameters.
        draws: of the null model.
    """
    try:
        cosines = hour_cosines(model, choice, variant="tod")
        order = clock_order(model, choice, draws=draws)
    except AnalysisError:
        return None
    return HourStructure(cosines_apart(cosines), order)


def road_structure(
    labels: Labels, sensors: Sensors, *, draws: int = PERMUTATIONS
) -> dict[AgreementName, Statistic] | None:
    """Return how far clusters agree with roads, compared with labels permuted in neighbourhoods.

    Args:
        labels: (N,) clusters of the sensors.
        sensors: the N sensors.
        draws: of the null model.

    Returns:
        ARI and NMI; None without coordinates, or for fewer than two sensors of known road.
    """
    if sensors.roads is None or not sensors.has_coordinates:
        return None
    cells = neighbourhoods(positions(sensor_frame(sensors)))
    try:
        return {
            kind: agreement(labels, sensors.roads, kind=kind, cells=cells, draws=draws)
            for kind in KINDS
        }
    except AnalysisError:  # too few sensors of known road
        return None
