"""One model as the claims see it; the same for trained and untrained models."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.geometry.clustering import DEFAULT_CLUSTERS, Labels, cluster
from analysis.geometry.similarity import Floats, cosine_matrix
from analysis.geometry.spaces import (
    learnt_space,
    spatial_coordinates,
    temporal_queries,
    time_of_day_queries,
)
from analysis.model import LearntModel
from analysis.patterns.over_a_day import without_common
from himnet.config import DAYS_PER_WEEK

_FEWEST = 4  # sensors per cluster on average, below which the paper's 15 clusters are too many


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
    def time_coordinates(self) -> Floats:
        """Coordinates (steps_per_day, r) of the time-of-day part only: A[row] P_tod.

        theta(tod, day) = A[tod] P_tod + B[day] P_dow. If the day part is larger, as it is after
        training, all hours of one day have cosines near 1, whatever was learnt about hours. All
        that the model has learnt about hours is in the time-of-day part.
        """
        rows = np.arange(self.model.steps_per_day)
        queries = time_of_day_queries(self.model, rows)
        return learnt_space(self.model, "temporal").coordinates(queries)

    @cached_property
    def time_cosines(self) -> Floats:
        """Cosines (steps_per_day, steps_per_day) of the time-of-day part."""
        return cosine_matrix(self.time_coordinates)

    def day_cosines(self) -> Floats:
        """Return cosines between complete meta-parameters of times of day, mean over all days."""
        space = learnt_space(self.model, "temporal")
        rows = np.arange(self.model.steps_per_day)
        total: Floats = np.zeros((len(rows), len(rows)))
        for day in range(DAYS_PER_WEEK):
            queries = temporal_queries(self.model, rows, np.full_like(rows, day))
            total += cosine_matrix(space.coordinates(queries))
        return total / DAYS_PER_WEEK

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
        if self.k < 2:
            raise AnalysisError(
                f"{len(coordinates)} sensors are too few for clusters; {2 * _FEWEST} or more form "
                f"two"
            )
        return cluster(coordinates, k=self.k, method="ward")

    @cached_property
    def st_coordinates(self) -> Floats:
        """Coordinates (M, N, r) of the ST-mixed meta-parameters, with their mean subtracted.

        The mean over all sensors and moments dominates: without subtracting it, all cosines are
        close to 1.
        """
        space = learnt_space(self.model, "moment")
        if self.embedding is None:
            raise AnalysisError(self.embedding_problem)
        return without_common(space.coordinates(self.embedding))


def number_of_clusters(sensors: int) -> int:
    """Return the paper's 15 clusters, or fewer if there are few sensors."""
    return min(DEFAULT_CLUSTERS, sensors // _FEWEST)
