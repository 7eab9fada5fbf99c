"""Claims about clusters on the map: road segments, and the two carriageways of a freeway."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.result import Beside
from analysis.evidence.agreement import against_permuted, agreement
from analysis.evidence.statistic import Statistic, against
from analysis.geometry.clustering import Labels
from analysis.geometry.similarity import Floats

Pairs = NDArray[np.int64]


def road_alignment(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Compare clusters with roads; null: cluster labels permuted within neighbourhoods."""
    return agreement(
        view.labels, ground.roads, kind="ARI", cells=ground.cells, draws=draws, seed=seed
    )


def road_beside(view: ModelView, ground: Ground, *, draws: int, seed: int) -> tuple[Beside, ...]:
    """Return other agreement measures, and the adjusted Rand index against an easier null."""
    names, labels, cells = ground.roads, view.labels, ground.cells
    freely = agreement(labels, names, kind="ARI", draws=draws, seed=seed)
    shared = agreement(labels, names, kind="NMI", cells=cells, draws=draws, seed=seed)
    pure = agreement(labels, names, kind="purity", cells=cells, draws=draws, seed=seed)
    together = against_permuted(
        lambda of: 1 - split_share(of, ground.consecutive), labels, cells, draws=draws, seed=seed
    )
    return (
        Beside.of("ARI, labels permuted among all sensors", freely),
        Beside.of("NMI, labels permuted within neighbourhoods", shared),
        Beside.of("purity, labels permuted within neighbourhoods", pure),
        Beside.of(
            "consecutive sensors in one cluster, labels permuted within neighbourhoods", together
        ),
    )


def carriageways(view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
    """Measure how much more often clusters separate opposite lanes than sensors of one lane."""
    return lane_contrast(view.labels, ground.opposite, ground.consecutive, draws=draws, seed=seed)


def carriageway_beside(
    view: ModelView, ground: Ground, *, draws: int, seed: int
) -> tuple[Beside, ...]:
    """Return the two shares whose difference is the statistic, and the numbers of pairs."""
    return (
        Beside("opposite pairs in different clusters", split_share(view.labels, ground.opposite)),
        Beside(
            "consecutive pairs in different clusters", split_share(view.labels, ground.consecutive)
        ),
        Beside("opposite pairs", len(ground.opposite)),
        Beside("consecutive pairs", len(ground.consecutive)),
    )


def split_share(labels: Labels, pairs: Pairs) -> float:
    """Return the share of pairs (m, 2) whose members are in different clusters."""
    return float(np.mean(labels[pairs[:, 0]] != labels[pairs[:, 1]]))


def lane_contrast(
    labels: Labels, opposite: Pairs, consecutive: Pairs, *, draws: int, seed: int = 0
) -> Statistic:
    """Return the share of opposite pairs in different clusters minus that of consecutive pairs.

    Null: at each location the labels of the two carriageways are swapped or not, at random. This
    keeps the first share and mixes the lanes: if both lanes are one cluster, nothing changes; if
    each lane is a cluster of its own, swaps split it all along the road. If there are few enough
    ways to swap, all of them are used.

    Args:
        labels: (N,) clusters.
        opposite: (m, 2) sensors at one location; each sensor in at most one pair.
        consecutive: (c, 2) sensors that follow each other on one carriageway.
        draws, seed: of the null.
    """
    differ = opposite[labels[opposite[:, 0]] != labels[opposite[:, 1]]]
    apart = split_share(labels, opposite)
    is_exhaustive = 2 ** min(len(differ), 62) <= draws
    if is_exhaustive:
        ways = np.arange(2 ** len(differ))
        swaps = (ways[:, None] >> np.arange(len(differ))) & 1 == 1
    else:
        swaps = np.random.default_rng(seed).random((draws, len(differ))) < 0.5
    swapped = np.repeat(labels[None], len(swaps), axis=0)
    first, second = differ.T
    swapped[:, first] = np.where(swaps, labels[second], labels[first])
    swapped[:, second] = np.where(swaps, labels[first], labels[second])
    along: Floats = np.mean(swapped[:, consecutive[:, 0]] != swapped[:, consecutive[:, 1]], axis=1)
    null = "cluster labels of the two carriageways swapped at each location"
    value = apart - split_share(labels, consecutive)
    return against(value, apart - along, null=null, exhaustive=is_exhaustive)
