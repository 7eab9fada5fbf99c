"""The cases of the paper's figures, chosen by property: cluster numbers vary between runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.city.carriageways import carriageway_pairs
from analysis.errors import AnalysisError
from analysis.evidence.agreement import majority_names
from analysis.geometry.clustering import Labels
from analysis.paper.city import City
from analysis.readings.series import group_means, known_mean, series_correlations

FACING_METRES = 200.0  # largest distance between sensors that face each other across a freeway
CROSSING_METRES = 3_000.0  # largest distance of a cluster's sensors from a crossroads
FEWEST = 3  # sensors of a cluster on a road, or of a cluster whose mean is used
RUNNERS_UP = 3
_NEAR_SHARE = 0.25  # of all pairs of clusters, the nearest ones, that count as near


@dataclass(frozen=True)
class Found:
    """A pair of clusters with its score.

    Attributes:
        clusters: two numbers.
        score: by which it was chosen; larger is better.
        freeways: on which the two are compared; the same name twice for two carriageways. Without
            freeways, the areas of most of their sensors.
        members: positions of the sensors of each cluster that belong to the case.
        about: what the score is, in words.
        nearest_first: whether the members of each cluster are in the order of their distance from
            where the two clusters meet.
        unlike: whether they are near and unlike, for want of a freeway on which to compare them.
    """

    clusters: tuple[int, int]
    score: float
    freeways: tuple[str, str]
    members: tuple[tuple[int, ...], tuple[int, ...]]
    about: str
    nearest_first: bool = False
    unlike: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return plain JSON types, without the members."""
        return {
            "clusters": list(self.clusters),
            "score": round(self.score, 4),
            "freeways": list(self.freeways),
        }


def carriageway_cases(city: City, labels: Labels) -> list[Found]:
    """Return the pairs of clusters that are the two carriageways of one freeway, the best first.

    The score counts the places on the freeway where, of two sensors that face each other, one is
    in each cluster, each on its own side, minus the places where they are in these clusters in
    any other way.

    Args:
        city: with roads.
        labels: (N,) clusters.
    """
    freeway, direction = (city.frame[name].to_numpy() for name in ("freeway", "direction"))
    facing = carriageway_pairs(city.frame, within=FACING_METRES)
    found = []
    for name in sorted(set(freeway[facing[:, 0]])) if len(facing) else []:
        own = facing[freeway[facing[:, 0]] == name]
        # the sensor of the alphabetically first direction comes first
        swapped = direction[own[:, 0]] > direction[own[:, 1]]
        own = np.where(swapped[:, None], own[:, ::-1], own)
        sides = labels[own]  # (m, 2)
        for first, second in combinations(sorted(set(sides.ravel().tolist())), 2):
            found += _split(city, labels, own, name, (first, second))
    return sorted(found, key=lambda case: -case.score)


def _split(
    city: City,
    labels: Labels,
    facing: NDArray[np.int64],
    freeway: str,
    pair: tuple[int, int],
) -> list[Found]:
    """Score one pair of clusters in both orders; a case must be split more often than not."""
    sides = labels[facing]
    within = np.isin(sides, pair).all(axis=1)
    found = []
    for one, other in (pair, pair[::-1]):
        right = (sides[:, 0] == one) & (sides[:, 1] == other)
        score = 2 * int(right.sum()) - int(within.sum())
        if score > 0:
            on_road = np.where(city.frame["freeway"].to_numpy() == freeway, labels, -1)
            members = _members(on_road, (one, other))
            text = f"places on {freeway} where the clusters separate the two carriageways"
            found.append(Found((one, other), float(score), (freeway, freeway), members, text))
    return found


def most_congested(values: NDArray[np.floating], labels: Labels) -> list[tuple[int, float]]:
    """Return the clusters of at least three sensors with their mean reading, the lowest first.

    Args:
        values: (T, N), NaN if there is none.
        labels: (N,) clusters.
    """
    means = group_means(values, labels)
    sizes = np.bincount(labels, minlength=means.shape[1])
    known = np.isfinite(means).any(axis=0) & (sizes >= min(FEWEST, int(sizes.max())))
    ranked = [(int(k), float(np.nanmean(means[:, k]))) for k in np.flatnonzero(known)]
    return sorted(ranked, key=lambda entry: (entry[1], entry[0]))


def crossing_cases(
    city: City,
    labels: Labels,
    values: NDArray[np.floating],
    *,
    each: int,
    unit: str = "",
    when: str = "",
) -> list[Found]:
    """Return pairs of clusters on crossing freeways, those whose readings differ most first.

    The score is the mean difference of the two clusters' mean readings. The members of a case are
    those on the two freeways, at most `each` of a cluster, the nearest to the crossing.

    Args:
        city: with roads.
        labels: (N,) clusters.
        values: (M, N) at the moments to compare, NaN if there is none.
        each: sensors per cluster.
        unit: of the readings.
        when: the moments in words, for the score.
    """
    means = group_means(values, labels)
    names = majority_names(labels, city.frame["freeway"].tolist())
    found = []
    for freeways, crossing in _crossings(city):
        near = {name: _nearest_on(city, name, crossing, labels) for name in freeways}
        for one, one_members in near[freeways[0]].items():
            for other, other_members in near[freeways[1]].items():
                if one == other or names[one] != freeways[0] or names[other] != freeways[1]:
                    continue
                gap = known_mean(np.abs(means[:, one] - means[:, other]))
                if np.isnan(gap):
                    continue
                members = (tuple(one_members[:each]), tuple(other_members[:each]))
                text = f"mean difference of the two clusters{when}" + (f" ({unit})" if unit else "")
                found.append(Found((one, other), gap, freeways, members, text, nearest_first=True))
    best: dict[tuple[int, int], Found] = {}
    for case in sorted(found, key=lambda case: -case.score):
        best.setdefault((min(case.clusters), max(case.clusters)), case)
    return list(best.values())


def _crossings(city: City) -> list[tuple[tuple[str, str], NDArray[np.float64]]]:
    """Return the points where two freeways cross or meet, each pair of freeways once."""
    lines = city.lines.dissolve("freeway").geometry
    found = []
    for one, other in combinations(sorted(lines.index), 2):
        first, second = lines[one], lines[other]
        if first.distance(second) <= CROSSING_METRES / 6:
            from shapely.ops import nearest_points

            meeting = first.intersection(second.buffer(1.0))
            point = meeting.centroid if not meeting.is_empty else nearest_points(first, second)[0]
            found.append(((str(one), str(other)), np.array([point.x, point.y])))
    return found


def _nearest_on(
    city: City, freeway: str, place: NDArray[np.float64], labels: Labels
) -> dict[int, list[int]]:
    """Return each cluster's sensors on a freeway near a place, the nearest first."""
    away = np.linalg.norm(city.places - place, axis=1)
    here = (city.frame["freeway"].to_numpy() == freeway) & (away <= CROSSING_METRES)
    found: dict[int, list[int]] = {}
    for sensor in np.flatnonzero(here)[np.argsort(away[here], kind="stable")].tolist():
        found.setdefault(int(labels[sensor]), []).append(sensor)
    return {number: own for number, own in found.items() if len(own) >= FEWEST}


def diverging_cases(
    labels: Labels,
    values: NDArray[np.floating],
    roads: Sequence[str],
    *,
    unit: str = "",
    without: Sequence[int] = (),
) -> list[Found]:
    """Return pairs of clusters by how much their mean readings differ over a day, the most first.

    Args:
        labels: (N,) clusters.
        values: (M, N) of a day, NaN if there is none.
        roads: N names, "" if unknown.
        unit: of the readings.
        without: clusters to leave out, such as those of another figure.
    """
    means = group_means(values, labels)
    names = majority_names(labels, roads)
    sizes = np.bincount(labels, minlength=means.shape[1])
    possible = [k for k, size in enumerate(sizes) if size >= FEWEST and k not in without]
    text = f"mean difference over the day ({unit})" if unit else "mean difference over the day"
    found = []
    for one, other in combinations(possible, 2):
        gap = known_mean(np.abs(means[:, one] - means[:, other]))
        if np.isnan(gap):
            continue
        pair = (one, other)
        freeways = (names[one], names[other])
        found.append(Found(pair, gap, freeways, _members(labels, pair), text))
    return sorted(found, key=lambda case: -case.score)


def unlike_cases(
    labels: Labels, series: NDArray[np.floating], names: Sequence[str], city: City | None
) -> list[Found]:
    """Return pairs of clusters that are near and unlike, those with the least correlation first.

    For cities without freeways: near are the quarter of all pairs whose sensors are nearest to
    those of the other cluster, or all pairs where no places are known.

    Args:
        labels: (N,) clusters.
        series: (T, N) readings, NaN if there is none, or coordinates of meta-parameters (r, N).
        names: N names of places or roads, "" if unknown.
        city: the places, or None; with it, the members of a case are the nearest first.
    """
    sizes = np.bincount(labels)
    pairs = list(combinations(np.flatnonzero(sizes >= FEWEST).tolist(), 2))
    members = {pair: _members(labels, pair) for pair in pairs}
    if city is not None:
        members = {pair: _facing(city, own) for pair, own in members.items()}
        pairs = _nearest_pairs(city, members)
    means, told = group_means(series, labels), majority_names(labels, names)
    where = "near clusters" if city is not None else "clusters"
    text = f"1 minus the correlation of the two clusters' means, the largest of all {where}"
    found = []
    for one, other in pairs:
        (likeness,) = series_correlations(means, one, [other])
        if np.isfinite(likeness):
            own = members[one, other]
            at = (told[one], told[other])
            near = city is not None
            found.append(
                Found((one, other), 1 - likeness, at, own, text, nearest_first=near, unlike=True)
            )
    return sorted(found, key=lambda case: -case.score)


Members = tuple[tuple[int, ...], tuple[int, ...]]


def _facing(city: City, members: Members) -> Members:
    """Return the members of two clusters, those nearest to the other cluster first."""
    one, other = (np.asarray(own) for own in members)
    away = np.linalg.norm(city.places[one][:, None] - city.places[other], axis=-1)
    first = one[np.argsort(away.min(axis=1), kind="stable")]
    second = other[np.argsort(away.min(axis=0), kind="stable")]
    return tuple(first.tolist()), tuple(second.tolist())


def _nearest_pairs(city: City, members: dict[tuple[int, int], Members]) -> list[tuple[int, int]]:
    """Return the nearest quarter of pairs of clusters, by the median of their sensors' distances.

    The distance of a sensor is that to the nearest sensor of the other cluster.
    """
    away = {}
    for pair, own in members.items():
        one, other = (city.places[list(sensors)] for sensors in own)
        every = np.linalg.norm(one[:, None] - other, axis=-1)
        away[pair] = float(np.median(np.concatenate([every.min(axis=0), every.min(axis=1)])))
    kept = math.ceil(len(away) * _NEAR_SHARE)
    return sorted(sorted(away, key=lambda pair: (away[pair], pair))[:kept])


def given_pair(
    clusters: Sequence[int], cases: Sequence[Found], labels: Labels, roads: Sequence[str]
) -> Found:
    """Return the case of two given clusters, with its score if it is among those found.

    Raises:
        AnalysisError: for a cluster that does not exist.
    """
    count = int(labels.max()) + 1
    for number in clusters:
        if not 0 <= number < count:
            raise AnalysisError(f"there is no cluster {number}; choose 0 to {count - 1}")
    pair = (clusters[0], clusters[1])
    for case in cases:
        if case.clusters in (pair, pair[::-1]):
            return case
    names = majority_names(labels, roads)
    freeways = (names[pair[0]], names[pair[1]])
    return Found(pair, float("nan"), freeways, _members(labels, pair), "given, not scored")


def described(chosen: Found, cases: Sequence[Found], *, given: bool) -> dict[str, Any]:
    """Return a case as JSON types: the choice, its score, and the runners-up."""
    others = [case.to_dict() for case in cases if case.clusters != chosen.clusters][:RUNNERS_UP]
    chosen_dict = chosen.to_dict()
    if not np.isfinite(chosen.score):
        chosen_dict["score"] = None
    return chosen_dict | {"given": given, "score_is": chosen.about, "runners_up": others}


def _members(labels: Labels, pair: tuple[int, int]) -> tuple[tuple[int, ...], tuple[int, ...]]:
    first, second = (tuple(np.flatnonzero(labels == k).tolist()) for k in pair)
    return first, second
