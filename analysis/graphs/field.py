"""The graph that the field's models are given: an adjacency from a file, or from distances."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.graphs.learnt import Floats
from himnet import texts
from himnet.data.info import Sensors
from himnet.prepare.adjacency import Adjacency, read_adjacency

LEAST_WEIGHT = 0.1  # smaller ones are 0, as in DCRNN


@dataclass(frozen=True, eq=False)
class FieldGraph:
    """An adjacency from a file, for the sensors of a data set.

    Attributes:
        found: as the file has it.
        place: (N,) position of each sensor in the file, -1 if it is not in it.
    """

    found: Adjacency = field(repr=False)
    place: NDArray[np.int64] = field(repr=False)

    @property
    def are_distances(self) -> bool:
        """Whether the entries are distances: weights are at most 1."""
        return bool(self.found.weights.max() > 1)

    @property
    def origin(self) -> str:
        """What the file has, in words."""
        if self.are_distances:
            return "a file of distances; pairs without one are left out"
        return "a file of weights; a pair that it does not list, or with weight 0, is not connected"

    def weights(self, sensors: NDArray[np.int64]) -> Floats:
        """Return the weights (n, n) among some sensors (n,); NaN where none is published."""
        place = self.place[sensors]
        own = self.found.weights[np.ix_(place, place)].astype(np.float64)
        missing = place < 0
        own[missing] = own[:, missing] = np.nan
        if not self.are_distances:
            return own
        own[own == 0] = np.nan
        return kernel(own)


def kernel(distances: Floats) -> Floats:
    """Return DCRNN's weights (n, n): exp(-(d / s)^2), 0 below `LEAST_WEIGHT`.

    s is the standard deviation of the distances of different sensors. NaN stays NaN.

    Args:
        distances: (n, n), NaN where unknown.
    """
    apart = distances[~np.eye(len(distances), dtype=bool)]
    known = apart[np.isfinite(apart)]
    deviation = float(known.std()) if len(known) else 0.0
    weights: Floats = np.exp(-np.square(distances / (deviation or 1.0)))
    weights[weights < LEAST_WEIGHT] = 0
    return weights


def field_graph(path: Path, sensors: Sensors) -> FieldGraph:
    """Read the adjacency of a data set's sensors from a file that may come from anyone.

    Sensors are found by their ids, or by their positions in a file without ids, or whose ids are
    0, 1, ..., N - 1.

    Args:
        path: such as ``adj_mx.pkl``; see `himnet.prepare.adjacency.read_adjacency`.
        sensors: of the data set.

    Raises:
        DataError: for a file that is not a graph.
        AnalysisError: for the graph of other sensors, or with negative entries.
    """
    found = read_adjacency(path)
    if (found.weights < 0).any():
        raise AnalysisError(f"{path} has negative entries; give weights or distances of sensors")
    place = _places(found, sensors)
    if (place >= 0).sum() < 2:
        raise AnalysisError(
            f"{path} has {_said(found)}, but the model has {len(sensors)} sensors with ids such as "
            f"'{texts.clipped(sensors.ids[0], 40)}'; give the graph of these sensors"
        )
    return FieldGraph(found, place)


def _places(found: Adjacency, sensors: Sensors) -> NDArray[np.int64]:
    count, size = len(sensors), len(found.weights)
    numbered = {str(number) for number in range(count)}
    known = {name: number for number, name in enumerate(found.ids or ())}
    place = np.array([known.get(name, -1) for name in sensors.ids], dtype=np.int64)
    if (place >= 0).any():
        return place
    if found.ids is None:
        return np.arange(count) if size == count else place
    if set(found.ids) <= numbered:  # a list that names sensors by their columns
        return np.array([known.get(str(number), -1) for number in range(count)], dtype=np.int64)
    return place


def _said(found: Adjacency) -> str:
    count = f"{len(found.weights):,} sensors"
    return f"{count} with ids such as '{texts.clipped(found.ids[0], 40)}'" if found.ids else count
