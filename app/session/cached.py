"""Cached results of the analysis that several pages show."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.evidence.agreement import AgreementName
from analysis.evidence.statistic import Statistic
from analysis.geometry import spaces
from analysis.geometry.spaces import MetaParameterSpace, SpaceChoice, learnt_space
from app.choices.shared import ClusterSettings, ProjectionSettings
from app.session.keys import cached
from himnet.checkpoints import CheckpointArrays
from himnet.config import SpaceName


@cached(24)
def space(arrays: CheckpointArrays, name: SpaceName, choice: SpaceChoice) -> MetaParameterSpace:
    """Return a space of a model's meta-parameters; see `analysis.geometry.spaces.learnt_space`."""
    return learnt_space(arrays.model, name, choice)


@cached(24)
def spatial_coordinates(arrays: CheckpointArrays, choice: SpaceChoice) -> NDArray[np.float64]:
    """Return coordinates (N, r) isometric to the sensors' meta-parameters."""
    return spaces.spatial_coordinates(arrays.model, choice)


@cached(32, "Clustering ...")
def spatial_clusters(arrays: CheckpointArrays, settings: ClusterSettings) -> NDArray[np.int64]:
    """Return the cluster (N,) of each sensor."""
    from analysis.geometry.clustering import cluster

    coordinates = spatial_coordinates(arrays, settings.choice)
    return cluster(coordinates, k=settings.k, method=settings.method, seed=settings.seed)


@cached(32)
def cluster_palette(arrays: CheckpointArrays, settings: ClusterSettings) -> tuple[str, ...]:
    """Return the colour of each cluster by its number, the same on all pages."""
    from analysis.figures.cluster_colours import cluster_colours

    coordinates = spatial_coordinates(arrays, settings.choice)
    return cluster_colours(arrays.dataset.sensors, coordinates, spatial_clusters(arrays, settings))


@cached(32, "Projecting ...")
def projected(coordinates: NDArray[Any], projection: ProjectionSettings) -> NDArray[np.float64]:
    """Return a projection (n, 2) of coordinates (n, r)."""
    from analysis.geometry.projection import FEWEST, pca, tsne

    if projection.method == "PCA" or len(coordinates) < FEWEST:
        return pca(coordinates).points
    return tsne(coordinates, perplexity=projection.perplexity, seed=projection.seed)


@cached(32)
def trust(coordinates: NDArray[Any], points: NDArray[np.float64]) -> Statistic:
    """Return how well a projection (n, 2) of coordinates (n, r) preserves neighbourhoods."""
    from analysis.evidence.agreement import trustworthiness

    return trustworthiness(coordinates, points)


@cached(24, "Comparing with untrained models ...")
def day_clusters(arrays: CheckpointArrays, choice: SpaceChoice, *, matched: bool) -> Statistic:
    """Return the silhouette by day of the hours of a week; see `day_silhouette`."""
    from analysis.patterns.hours import day_silhouette

    return day_silhouette(arrays.model, choice, matched=matched)


@cached(32)
def cluster_quality(arrays: CheckpointArrays, settings: ClusterSettings) -> Statistic:
    """Return the silhouette of the sensors' clusters, with clusters of random points as null."""
    from analysis.evidence.agreement import cluster_silhouette

    coordinates = spatial_coordinates(arrays, settings.choice)
    return cluster_silhouette(
        coordinates, spatial_clusters(arrays, settings), method=settings.method
    )


@cached(64)
def road_agreement(
    arrays: CheckpointArrays, settings: ClusterSettings, kind: AgreementName
) -> Statistic:
    """Return the agreement of clusters and roads; null: labels permuted among nearby sensors."""
    from analysis.city.roads import positions
    from analysis.evidence.agreement import agreement, neighbourhoods
    from app.session.city_map import geography

    sensors, cells = arrays.dataset.sensors, None
    if sensors.has_coordinates:
        cells = neighbourhoods(positions(geography(arrays)[0]))
    labels = spatial_clusters(arrays, settings)
    return agreement(labels, sensors.roads or (), kind=kind, cells=cells)
