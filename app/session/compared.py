"""Two models beside each other: which can be chosen, and results kept by both of their sums."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.city.roads import positions
from analysis.errors import AnalysisError
from analysis.evidence.agreement import AgreementName, neighbourhoods
from analysis.evidence.statistic import Statistic
from analysis.geometry.spaces import SpaceChoice
from analysis.limits import sample
from analysis.patterns.compare import (
    Alignment,
    aligned_layouts,
    cluster_agreement,
    matched,
    spatial_pair,
)
from analysis.patterns.film import Film, load_moments, make_film
from analysis.patterns.hours import week_coordinates
from analysis.patterns.representations import (
    Rearrangements,
    linear_cka,
    rsa,
    sensor_rearrangements,
    week_rearrangements,
)
from app.choices.shared import ClusterSettings
from app.session.cached import spatial_clusters
from app.session.city_map import geography
from app.session.opened import OpenCheckpoint, checkpoint_names, named_checkpoint, stamp
from himnet.checkpoints import CheckpointArrays, load_arrays
from himnet.checkpoints.locate import find_snapshots
from himnet.model.untrained import untrained_weights

UNTRAINED = "untrained"
_SNAPSHOT = "step "


@dataclass(frozen=True)
class Other:
    """The model that is compared with the current one.

    Attributes:
        arrays: its weights and description.
        sha256: what tells it from others, for a cache's key.
        name: as it was chosen.
    """

    arrays: CheckpointArrays
    sha256: str
    name: str


def choices_of_other(checkpoint: OpenCheckpoint) -> list[str]:
    """Return the names of models to compare with: snapshots, an untrained one, the others."""
    steps = [] if checkpoint.uploaded else [n for n, _ in find_snapshots(checkpoint.arrays.path)]
    others = [name for name in checkpoint_names() if name != checkpoint.name]
    return [*(f"{_SNAPSHOT}{step}" for step in reversed(steps)), UNTRAINED, *others]


def other_model(checkpoint: OpenCheckpoint, name: str) -> Other:
    """Return a model by a name of `choices_of_other`.

    Raises:
        CheckpointError: where it cannot be read.
    """
    arrays = checkpoint.arrays
    if name == UNTRAINED:
        weights = untrained_weights(arrays.config, seed=0, like=arrays.weights)
        fresh = replace(arrays, weights=weights, metrics={}, training={"steps": 0})
        return Other(fresh, f"{checkpoint.sha256}-{UNTRAINED}", name)
    if name.startswith(_SNAPSHOT):
        path = dict(find_snapshots(arrays.path))[int(name.removeprefix(_SNAPSHOT))]
        loaded = load_arrays(path)
        return Other(loaded, loaded.sha256, name)
    found = named_checkpoint(name)
    return Other(found.arrays, found.sha256, name)


@st.cache_data(max_entries=8, show_spinner="Aligning two projections ...", show_time=True)
def aligned(
    sums: tuple[str, str], alignment: Alignment, *, _first: Any, _second: Any
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two layouts (n, 2) of the sensors that two models share.

    Args:
        sums: of both models.
        alignment: as for `analysis.patterns.compare.aligned_layouts`.
        _first, _second: (n, r) coordinates.
    """
    return aligned_layouts(_first, _second, alignment=alignment)


def pair_of_clusters(
    checkpoint: OpenCheckpoint, other: Other, settings: ClusterSettings
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the clusters (n,) of shared sensors in both models, each with its own numbers."""
    shared = matched(checkpoint.arrays.dataset, other.arrays.dataset)
    first = spatial_clusters(checkpoint.sha256, settings, _arrays=checkpoint.arrays)
    second = spatial_clusters(other.sha256, settings, _arrays=other.arrays)
    return first[shared.first], second[shared.second]


@st.cache_data(max_entries=16, show_spinner="Comparing clusters ...", show_time=True)
def agreement_of(
    sums: tuple[str, str],
    settings: ClusterSettings,
    kind: AgreementName,
    *,
    _checkpoint: OpenCheckpoint,
    _other: Other,
) -> Statistic:
    """Return how far the clusters of two models agree, beside labels permuted nearby."""
    first, second = pair_of_clusters(_checkpoint, _other, settings)
    return cluster_agreement(first, second, kind=kind, cells=_cells(_checkpoint, _other))


@st.cache_data(max_entries=16, show_spinner="Comparing representations ...", show_time=True)
def representations_of(
    sums: tuple[str, str], choice: SpaceChoice, *, _checkpoint: OpenCheckpoint, _other: Other
) -> dict[str, Statistic]:
    """Return CKA and RSA of what two models know of sensors, and of the hours of the week.

    A part that either model lacks has no entry.
    """
    first, second = _checkpoint.arrays, _other.arrays
    found: dict[str, Statistic] = {}
    for what in ("sensors", "hours"):
        try:
            among: Rearrangements
            if what == "sensors":
                points = spatial_pair(first, second, choice)
                cells, count = _cells(_checkpoint, _other), len(points[0])
                some = sample(count)
                points = points[0][some], points[1][some]
                among = sensor_rearrangements(
                    len(some), cells=None if cells is None else cells[some]
                )
                if len(some) < count:
                    among = replace(among, null=f"{among.null}, {len(some):,} drawn at random")
            else:
                points = (
                    week_coordinates(first.weights, first.config),
                    week_coordinates(second.weights, second.config),
                )
                among = week_rearrangements()
        except AnalysisError:
            continue
        found[f"CKA of {what}"] = linear_cka(*points, among)
        found[f"RSA of {what}"] = rsa(*points, among, centred=True)
    return found


def has_film(checkpoint: OpenCheckpoint) -> bool:
    """Return whether a training left snapshots beside its model."""
    return not checkpoint.uploaded and bool(find_snapshots(checkpoint.arrays.path))


def film_of(checkpoint: OpenCheckpoint, settings: ClusterSettings) -> Film:
    """Return the film of a training.

    Args:
        checkpoint: with snapshots beside it.
        settings: of the clusters that colour it.
    """
    path = checkpoint.arrays.path
    files = tuple((step, stamp(file)) for step, file in find_snapshots(path))
    return _film((checkpoint.sha256, str(path), files), settings, _path=path)


@st.cache_data(max_entries=4, show_spinner="Projecting the snapshots ...", show_time=True)
def _film(files: tuple[Any, ...], settings: ClusterSettings, *, _path: Any) -> Film:
    return make_film(
        load_moments(_path), choice=settings.choice, k=settings.k, method=settings.method
    )


def _cells(checkpoint: OpenCheckpoint, other: Other) -> NDArray[np.int64] | None:
    """Return neighbourhoods (n,) of the shared sensors; None where no place is known."""
    sensors = checkpoint.arrays.dataset.sensors
    if not sensors.has_coordinates:
        return None
    shared = matched(checkpoint.arrays.dataset, other.arrays.dataset)
    places = positions(geography(checkpoint.sha256, _sensors=sensors)[0])
    return neighbourhoods(places[shared.first])
