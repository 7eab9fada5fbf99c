"""How much the two directions of a learnt graph differ, where its scores are symmetric.

With symmetric scores, A_ij / A_ji = floor_i / floor_j for every pair: which of two sensors reads
more from the other follows from one number per sensor, the normalisation of its row, and from
nothing that belongs to the pair.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.graphs.learnt import Floats, LearntGraph
from analysis.limits import sample


@dataclass(frozen=True)
class Direction:
    """By how much the smaller of A_ij and A_ji is below the larger, 0 to 1.

    Attributes:
        median: over all unordered pairs; of very many sensors, over those of a random sample.
        largest: of all pairs.
    """

    median: float
    largest: float


def direction(graph: LearntGraph, floor: Floats) -> Direction | None:
    """Return how much the directions differ; None for one sensor, or scores with a direction.

    Args:
        graph: the graph.
        floor: (n,) of its rows, or of those of a random sample.
    """
    if not graph.is_symmetric or len(floor) < 2:
        return None
    some = np.sort(floor[sample(len(floor))])
    first, second = np.triu_indices(len(some), 1)
    # a row of equal large scores has a floor of 0 in float64: its entries are all above the others'
    ratio = np.divide(some[first], some[second], out=np.ones(len(first)), where=some[second] > 0)
    return Direction(1 - float(np.median(ratio)), largest_difference(floor))


def largest_difference(floor: Floats) -> float:
    """Return the largest of 1 - A_ij / A_ji where scores are symmetric, from the floors (n,)."""
    return 1 - float(floor.min() / floor.max()) if floor.max() > 0 else 0.0
