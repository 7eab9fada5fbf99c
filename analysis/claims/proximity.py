"""Claims about any city with places: near sensors, and similarity by distance."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.result import Beside
from analysis.evidence.agreement import against_permuted
from analysis.evidence.mantel import partial_mantel
from analysis.evidence.statistic import Statistic
from analysis.geometry.clustering import Labels
from analysis.geometry.similarity import cosine_matrix


def without_places(ground: Ground) -> str:
    """Return why claims about places say nothing about a data set; "" if they do."""
    if ground.material.info.sensors.has_coordinates:
        return ""
    return "the locations of the sensors are not known"


def near_sharing(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Measure how much more often near sensors share a cluster than labels permuted freely."""
    near, expected = ground.nearest, chance_share(view.labels)
    return against_permuted(
        lambda labels: shared_share(labels, near) - expected, view.labels, draws=draws, seed=seed
    )


def near_sharing_of(view: ModelView, ground: Ground) -> float:
    """Return the statistic of `near_sharing`."""
    return shared_share(view.labels, ground.nearest) - chance_share(view.labels)


def near_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return the share and the expected one, and the same against a stricter null."""
    near, labels = ground.nearest, view.labels
    nearby = against_permuted(
        lambda labels: shared_share(labels, near), labels, ground.cells, draws=draws, seed=seed
    )
    return (
        Beside("nearest sensors in the same cluster", shared_share(labels, near)),
        Beside("the same expected of labels permuted freely", chance_share(labels)),
        Beside.of("the same share, labels permuted within neighbourhoods", nearby),
    )


def shared_share(labels: Labels, near: NDArray[np.int64]) -> float:
    """Return the mean share of each sensor's near ones (N, m) that have its label (N,)."""
    return float(np.mean(labels[near] == labels[:, None]))


def chance_share(labels: Labels) -> float:
    """Return the mean of `shared_share` over all permutations of labels (N,).

    Of n sensors of which n_c have label c, two different ones share it with the probability
    sum of n_c (n_c - 1) / (n (n - 1)).
    """
    sizes = np.bincount(labels).astype(np.float64)
    return float((sizes * (sizes - 1)).sum() / (len(labels) * (len(labels) - 1)))


def distance_decay(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Measure how similarity falls with distance; null: sensors permuted among all."""
    unlike = -cosine_matrix(view.spatial_coordinates)
    return partial_mantel(unlike, ground.distances, draws=draws, seed=seed)


def distance_decay_of(view: ModelView, ground: Ground) -> float:
    """Return the statistic of `distance_decay`."""
    return distance_decay(view, ground, draws=1, seed=0).value


def distance_beside(
    view: ModelView, ground: Ground, *, draws: int, seed: int
) -> tuple[Beside, ...]:
    """Return the correlation with the logarithm of distance."""
    unlike, metres = -cosine_matrix(view.spatial_coordinates), ground.distances
    log = partial_mantel(unlike, np.log1p(metres), draws=draws, seed=seed)
    name = "the same, with the logarithm of distance"
    return (Beside(name, -log.value, -log.null_mean, log.p_value),)
