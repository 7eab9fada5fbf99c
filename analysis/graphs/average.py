"""The average row of a learnt graph: floor, self and others."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from analysis.graphs.learnt import LearntGraph, Rows
from analysis.limits import is_large, sample


@dataclass(frozen=True)
class AverageRow:
    """What an average row consists of; floor, own and others sum to 1.

    Attributes:
        floor: what it gives to all sensors alike.
        own: the excess for the sensor itself.
        others: the excess for other sensors.
    """

    floor: float
    own: float
    others: float


def average_row(rows: Rows) -> AverageRow:
    """Return the parts of the average row."""
    return AverageRow(*(float(part.mean()) for part in (rows.floor, rows.own, rows.others)))


def rows_of_sample(graph: LearntGraph) -> tuple[Rows, NDArray[np.int64]]:
    """Return the parts of all rows, or in a large city of those of a random sample, and which.

    The parts of a row are exact. How much a sensor is read is scaled from the sample to all rows,
    so that it is an estimate.
    """
    chosen = sample(len(graph))
    if not is_large(len(graph)):
        return graph.rows, chosen
    rows = graph.rows_of(chosen)
    return replace(rows, read=rows.read * (len(graph) / len(chosen))), chosen
