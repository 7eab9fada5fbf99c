"""Claims about clusters on the map: road segments, and the two carriageways of a freeway."""

from __future__ import annotations

from collections import Counter

import numpy as np
from numpy.typing import NDArray

from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.result import Beside
from analysis.errors import AnalysisError
from analysis.evidence.agreement import against_permuted, agreement
from analysis.evidence.statistic import Statistic, against
from analysis.geometry.clustering import Labels
from analysis.geometry.similarity import Floats

Pairs = NDArray[np.int64]


def without_roads(ground: Ground) -> str:
    """Return why claims about roads say nothing about a data set; "" if they do."""
    roads = {name for name in ground.material.info.sensors.road_names if name}
    if not roads:
        return "the data set names no roads with their directions"
    return "" if len(roads) > 1 else "all sensors with a road are on one, in one direction"


def without_any_road(ground: Ground) -> str:
    """Return why claims about order along roads say nothing about a data set; "" if they do."""
    if any(ground.material.info.sensors.road_names):
        return ""
    return "the data set names no roads with their directions"


def one_direction(ground: Ground) -> str:
    """Return why claims about carriageways say nothing about a data set; "" if they do."""
    sensors = ground.material.info.sensors
    if not any(sensors.road_names):
        return "the data set names no roads with their directions"
    pairs = zip(sensors.freeway or (), sensors.road_names, strict=False)
    ways = Counter(freeway.strip() for freeway, road in dict.fromkeys(pairs) if road)
    return "" if max(ways.values()) > 1 else "no freeway has sensors in two directions"


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
    """Measure how much more often clusters separate opposite lanes than labels permuted nearby."""
    pairs, cells = ground.opposite, ground.cells
    expected = expected_split_share(view.labels, pairs, cells)
    return against_permuted(
        lambda labels: split_share(labels, pairs) - expected,
        view.labels,
        cells,
        draws=draws,
        seed=seed,
    )


def carriageway_beside(
    view: ModelView, ground: Ground, *, draws: int, seed: int
) -> tuple[Beside, ...]:
    """Return the contrast with sensors of one lane, its share, and the numbers of pairs."""
    name = "share of opposite minus share of consecutive pairs, labels swapped between lanes"
    opposite = ground.opposite
    found = [
        Beside("opposite pairs in different clusters", split_share(view.labels, opposite)),
        Beside(
            "the same expected of labels permuted within neighbourhoods",
            expected_split_share(view.labels, opposite, ground.cells),
        ),
        Beside("opposite pairs", len(opposite)),
    ]
    try:
        pairs = ground.consecutive
    except AnalysisError:  # the contrast is an addition only
        return tuple(found)
    contrast = lane_contrast(view.labels, opposite, pairs, draws=draws, seed=seed)
    return (
        *found,
        Beside.of(name, contrast),
        Beside("consecutive pairs in different clusters", split_share(view.labels, pairs)),
        Beside("consecutive pairs", len(pairs)),
    )


def split_share(labels: Labels, pairs: Pairs) -> float:
    """Return the share of pairs (m, 2) whose members are in different clusters."""
    return float(np.mean(labels[pairs[:, 0]] != labels[pairs[:, 1]]))


def expected_split_share(labels: Labels, pairs: Pairs, cells: Labels) -> float:
    """Return the mean of `split_share` over all permutations of the labels within cells.

    In one cell of n members, of which n_c have label c, a pair has different labels with the
    probability 1 - sum of n_c (n_c - 1) / (n (n - 1)); in two cells, with 1 - sum of p_c q_c, the
    shares of the labels.

    Args:
        labels: (N,).
        pairs: (m, 2).
        cells: (N,) from 0.
    """
    counts = np.zeros((int(cells.max()) + 1, int(labels.max()) + 1))
    np.add.at(counts, (cells, labels), 1)
    first, second = cells[pairs[:, 0]], cells[pairs[:, 1]]
    sizes, own = counts.sum(axis=1), np.square(counts).sum(axis=1)
    equal = np.einsum("pc,pc->p", counts[first], counts[second]) / (sizes[first] * sizes[second])
    within = (own - sizes) / np.maximum(sizes * (sizes - 1), 1)
    return float(1 - np.where(first == second, within[first], equal).mean())


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
