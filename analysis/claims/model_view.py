"""One model as the claims see it; the same for trained and untrained models."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.geometry.clustering import POINTS_PER_CLUSTER, Labels, cluster
from analysis.geometry.similarity import Floats
from analysis.geometry.spaces import learnt_space, spatial_coordinates
from analysis.model import LearntModel
from analysis.patterns.hours import time_cosines
from analysis.patterns.over_a_day import without_common


@dataclass(frozen=True)
class ModelView:
    """The geometry of one model's meta-parameters: all pools with biases, all layers.

    Attributes:
        model: to look at.
        k: number of clusters (Ward).
        embedding: E_st (M, N, d_st) at the ground's moments, or None.
        embedding_problem: why there is none.
        given_labels: (N,) clusters to use instead of the model's own, or None.
    """

    model: LearntModel
    k: int
    embedding: NDArray[Any] | None = field(default=None, repr=False)
    embedding_problem: str = "the model's ST-mixed embeddings are not known"
    given_labels: Labels | None = field(default=None, repr=False)

    @cached_property
    def time_cosines(self) -> Floats:
        """Cosines (m, m) of the time-of-day part only; see `time_cosines`."""
        return time_cosines(self.model)

    @cached_property
    def spatial_coordinates(self) -> Floats:
        """Coordinates (N, r) isometric to the spatial meta-parameters."""
        return spatial_coordinates(self.model)

    @cached_property
    def labels(self) -> Labels:
        """Cluster (N,) of each sensor."""
        if self.given_labels is not None:
            return self.given_labels
        coordinates = self.spatial_coordinates
        least = 2 * POINTS_PER_CLUSTER
        if len(coordinates) < least:
            raise AnalysisError(
                f"{len(coordinates)} sensors are too few for clusters; {least} or more form two"
            )
        return cluster(coordinates, k=self.k, method="ward")

    @cached_property
    def raw_st_coordinates(self) -> Floats:
        """Coordinates (M, N, r) isometric to the ST-mixed meta-parameters."""
        space = learnt_space(self.model, "moment")
        if self.embedding is None:
            raise AnalysisError(self.embedding_problem)
        return space.coordinates(self.embedding)

    @cached_property
    def st_coordinates(self) -> Floats:
        """The same with their mean over all sensors and moments subtracted.

        That mean dominates: without subtracting it, all cosines are close to 1.
        """
        return without_common(self.raw_st_coordinates)

    @cached_property
    def st_differences(self) -> Floats:
        """The same with their mean over the sensors subtracted at each moment.

        That mean follows the hour of the day, and outweighs what distinguishes sensors.
        """
        raw = self.raw_st_coordinates
        differences: Floats = raw - raw.mean(axis=1, keepdims=True)
        # what rounding leaves of equal sensors has no direction
        differences[np.abs(differences) < 1e-12 * np.abs(raw).max(initial=0.0)] = 0.0
        return differences
