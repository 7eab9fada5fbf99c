"""One model as claims look at it; trained and untrained ones are looked at in the same way."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.evidence.untrained import Weights
from analysis.geometry.clustering import POINTS_PER_CLUSTER, Labels, cluster
from analysis.geometry.similarity import Floats
from analysis.geometry.spaces import spatial_coordinates, st_space
from analysis.patterns.hours import time_cosines
from analysis.patterns.over_a_day import without_common
from himnet.config import HimNetConfig


@dataclass(frozen=True)
class ModelView:
    """The geometry of one model's meta-parameters: all pools with biases, all layers.

    Attributes:
        weights, config: of the model.
        k: number of clusters (Ward).
        embedding: E_st (M, N, d_st) at the ground's moments, or None.
        embedding_problem: why there is none.
        given_labels: (N,) clusters to take instead of the model's own, or None.
    """

    weights: Weights = field(repr=False)
    config: HimNetConfig
    k: int
    embedding: NDArray[Any] | None = field(default=None, repr=False)
    embedding_problem: str = "the model's ST-mixed embeddings are not known"
    given_labels: Labels | None = field(default=None, repr=False)

    @cached_property
    def time_cosines(self) -> Floats:
        """Cosines (m, m) of the time-of-day part alone; see `time_cosines`."""
        return time_cosines(self.weights, self.config)

    @cached_property
    def spatial_coordinates(self) -> Floats:
        """Coordinates (N, r) isometric to the spatial meta-parameters."""
        return spatial_coordinates(self)

    @cached_property
    def labels(self) -> Labels:
        """Cluster (N,) of each sensor."""
        if self.given_labels is not None:
            return self.given_labels
        coordinates = self.spatial_coordinates
        least = 2 * POINTS_PER_CLUSTER
        if len(coordinates) < least:
            raise AnalysisError(
                f"{len(coordinates)} sensors are too few for clusters; {least} or more make two"
            )
        return cluster(coordinates, k=self.k, method="ward")

    @cached_property
    def st_coordinates(self) -> Floats:
        """Coordinates (M, N, r) of the ST-mixed meta-parameters, their common mean removed.

        The mean over all sensors and moments is one direction that dominates: raw cosines all lie
        near 1.
        """
        space = st_space(self.weights, self.config)
        if self.embedding is None:
            raise AnalysisError(self.embedding_problem)
        return without_common(space.coordinates(self.embedding))
