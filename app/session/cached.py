"""Results of the analysis, kept by the checkpoint's sha256 and the settings that made them.

Arguments with a leading underscore stay out of the key: the sha256 stands for them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.evidence.agreement import AgreementName
from analysis.evidence.statistic import Statistic
from analysis.geometry.spaces import (
    MetaParameterSpace,
    SpaceChoice,
    spatial_queries,
    spatial_space,
    st_space,
    temporal_space,
)
from app.choices.shared import ClusterSettings, ProjectionSettings
from app.session.opened import OpenCheckpoint
from himnet.checkpoints import CheckpointArrays

_SPACES = {"temporal": temporal_space, "spatial": spatial_space, "st": st_space}


@st.cache_data(max_entries=24, show_spinner=False)
def space(
    sha256: str, part: str, choice: SpaceChoice, *, _arrays: CheckpointArrays
) -> MetaParameterSpace:
    """Return the space of a part's meta-parameters.

    Args:
        sha256: of the checkpoint.
        part: ``"temporal"``, ``"spatial"`` or ``"st"``.
        choice: pool, bias, layer.
        _arrays: the checkpoint.

    Raises:
        AnalysisError: where that part is ablated.
    """
    return _SPACES[part](_arrays.weights, _arrays.config, choice)


def why_not(part: str, checkpoint: OpenCheckpoint) -> AnalysisError | None:
    """Return why a model has no meta-parameters of a part, or None where it has them.

    Args:
        part: as for `space`.
        checkpoint: of the model.
    """
    try:
        space(checkpoint.sha256, part, SpaceChoice(), _arrays=checkpoint.arrays)
    except AnalysisError as error:
        return error
    return None


@st.cache_data(max_entries=24, show_spinner=False)
def spatial_coordinates(
    sha256: str, choice: SpaceChoice, *, _arrays: CheckpointArrays
) -> NDArray[np.float64]:
    """Return coordinates (N, r) isometric to the sensors' meta-parameters."""
    found = space(sha256, "spatial", choice, _arrays=_arrays)
    return found.coordinates(spatial_queries(_arrays.weights, _arrays.config))


@st.cache_data(max_entries=32, show_spinner="Clustering ...", show_time=True)
def spatial_clusters(
    sha256: str, settings: ClusterSettings, *, _arrays: CheckpointArrays
) -> NDArray[np.int64]:
    """Return the cluster (N,) of each sensor."""
    from analysis.geometry.clustering import cluster

    coordinates = spatial_coordinates(sha256, settings.choice, _arrays=_arrays)
    return cluster(coordinates, k=settings.k, method=settings.method, seed=settings.seed)


@st.cache_data(max_entries=32, show_spinner="Projecting ...", show_time=True)
def projected(
    sha256: str,
    what: str,
    choice: SpaceChoice,
    projection: ProjectionSettings,
    *,
    _coordinates: Any,
) -> NDArray[np.float64]:
    """Return a projection (n, 2) of coordinates that the first three arguments stand for.

    Args:
        sha256: of the checkpoint.
        what: name of the points, such as ``"sensors"``.
        choice: which meta-parameters they are.
        projection: how they are laid out.
        _coordinates: (n, r).
    """
    from analysis.geometry.projection import FEWEST, pca, tsne

    if projection.method == "PCA" or len(_coordinates) < FEWEST:
        return pca(_coordinates).points
    return tsne(_coordinates, perplexity=projection.perplexity, seed=projection.seed)


@st.cache_data(max_entries=32, show_spinner=False)
def trust(
    sha256: str,
    what: str,
    choice: SpaceChoice,
    projection: ProjectionSettings,
    *,
    _coordinates: Any,
    _points: Any,
) -> Statistic:
    """Return how far a projection keeps neighbours; arguments as for `projected`."""
    from analysis.evidence.agreement import trustworthiness

    return trustworthiness(_coordinates, _points)


@st.cache_data(max_entries=24, show_spinner="Comparing with untrained models ...", show_time=True)
def day_clusters(sha256: str, choice: SpaceChoice, *, _arrays: CheckpointArrays) -> Statistic:
    """Return the silhouette by day of the hours of a week, beside untrained models."""
    from analysis.patterns.hours import day_silhouette

    return day_silhouette(_arrays.weights, _arrays.config, choice)


@st.cache_data(max_entries=32, show_spinner=False)
def cluster_quality(
    sha256: str, settings: ClusterSettings, *, _arrays: CheckpointArrays
) -> Statistic:
    """Return the silhouette of the sensors' clusters, beside clusters of structureless points."""
    from analysis.evidence.agreement import cluster_silhouette

    coordinates = spatial_coordinates(sha256, settings.choice, _arrays=_arrays)
    labels = spatial_clusters(sha256, settings, _arrays=_arrays)
    return cluster_silhouette(coordinates, labels, method=settings.method)


@st.cache_data(max_entries=64, show_spinner=False)
def road_agreement(
    sha256: str, settings: ClusterSettings, kind: AgreementName, *, _arrays: CheckpointArrays
) -> Statistic:
    """Return how far clusters agree with roads, beside labels permuted among near sensors."""
    from analysis.city.roads import positions
    from analysis.evidence.agreement import agreement, neighbourhoods
    from app.session.city_map import geography

    sensors, cells = _arrays.dataset.sensors, None
    if sensors.has_coordinates:
        cells = neighbourhoods(positions(geography(sha256, _sensors=sensors)[0]))
    labels = spatial_clusters(sha256, settings, _arrays=_arrays)
    return agreement(labels, sensors.roads or (), kind=kind, cells=cells)
