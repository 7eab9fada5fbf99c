"""ST-mixed meta-parameters over a day: how similar sensors are at each moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.evidence.statistic import Statistic, against
from analysis.geometry.clustering import Labels
from analysis.geometry.similarity import Floats, cosine_matrix, unit_rows
from analysis.readings.days import clock_time
from analysis.readings.series import group_means, known_mean

# first and last hour of the three periods of the paper's figure 5
PERIODS: dict[str, tuple[float, float]] = {
    "midnight": (0, 2),
    "morning": (6, 9),
    "noon": (11, 13),
}
PERMUTATIONS = 99


def period_hours(period: tuple[float, float]) -> str:
    """Return the hours of a period as figures and captions write them."""
    return f"{period[0]:g}–{period[1]:g} h"


def said_of_late_start(
    periods: Mapping[str, tuple[float, float]], first: float, steps_per_day: int, in_steps: int
) -> str:
    """Return a sentence if a day begins in the midst of a period, as after a first window; else "".

    Args:
        periods: hours of the periods, by name.
        first: hour of the day's first moment.
        steps_per_day: of the readings.
        in_steps: of the model, T.
    """
    begun = [name for name, (start, end) in periods.items() if start < first < end]
    if not begun:
        return ""
    clock = clock_time(first * steps_per_day / 24, steps_per_day)
    return f" The first moment with {in_steps} input steps, {clock}, is in {begun[0]}."


@dataclass(frozen=True)
class GroupSimilarity:
    """Mean cosines between the members of groups of sensors at M moments.

    Attributes:
        within: (g, M), over the pairs of each group; NaN for a group of one.
        across: (M,), over the pairs of different groups; NaN if there is only one group.
    """

    within: Floats
    across: Floats


def without_common(coordinates: NDArray[Any]) -> Floats:
    """Centre coordinates (M, N, r): subtract their mean over all sensors and moments.

    ST-mixed meta-parameters have one dominant direction, so that raw cosines are all close to 1.
    Centred ones show how sensors and moments differ.
    """
    left: Floats = np.asarray(coordinates, dtype=np.float64)
    left = left - left.mean(axis=(0, 1))
    return left


def group_similarity(coordinates: NDArray[Any], groups: Sequence[Sequence[int]]) -> GroupSimilarity:
    """Return mean cosines within and across groups at each moment.

    The pairs are not formed: the sum s of n unit vectors has
    s . s = n + sum of cosines over ordered pairs.

    Args:
        coordinates: (M, N, r), raw or centred.
        groups: sensors' positions, at least one group, none empty.

    Raises:
        AnalysisError: for no groups or an empty one.
    """
    if not groups or not all(len(group) for group in groups):
        raise AnalysisError("an empty group has no similarity; choose at least one sensor")
    units = unit_rows(coordinates)
    sums = np.stack([units[:, list(group)].sum(axis=1) for group in groups])  # (g, M, r)
    sizes = np.array([len(group) for group in groups], dtype=np.float64)[:, None]
    pairs = sizes * (sizes - 1)
    own = np.square(sums).sum(axis=-1) - sizes
    within = np.where(pairs > 0, own / np.maximum(pairs, 1), np.nan)
    crossings = list(combinations(range(len(groups)), 2))
    if not crossings:
        return GroupSimilarity(within, np.full(units.shape[0], np.nan))
    total = sum((sums[a] * sums[b]).sum(axis=-1) for a, b in crossings)
    across = total / sum(sizes[a, 0] * sizes[b, 0] for a, b in crossings)
    return GroupSimilarity(within, np.asarray(across, dtype=np.float64))


def period_cosines(
    coordinates: NDArray[Any],
    hours: NDArray[np.floating],
    periods: Mapping[str, tuple[float, float]],
) -> dict[str, Floats]:
    """Return the mean cosines (N, N) over the moments of each period that has any.

    Args:
        coordinates: (M, N, r), raw or centred.
        hours: (M,) hours since midnight.
        periods: name to first and last hour; the last is excluded.

    Returns:
        Only the periods that contain a moment.
    """
    found = {}
    for name, (start, end) in periods.items():
        moments = (hours >= start) & (hours < end)
        if moments.any():
            found[name] = cosine_matrix(coordinates[moments]).mean(axis=0)
    return found


def typical_members(coordinates: NDArray[Any], members: Sequence[int], count: int) -> list[int]:
    """Return the `count` members whose meta-parameters are closest to their group's mean.

    Args:
        coordinates: (N, r).
        members: positions of the group's sensors.
        count: largest number of members, which keep their order.
    """
    own = np.asarray(coordinates)[list(members)]
    near = np.argsort(np.linalg.norm(own - own.mean(axis=0), axis=1), kind="stable")[:count]
    return [members[place] for place in sorted(near)]


def diverging_pair(
    values: NDArray[np.floating], labels: Labels, *, least: int = 5
) -> tuple[int, int]:
    """Return the two groups whose mean readings differ most over a day.

    Args:
        values: (M, N), NaN for missing ones.
        labels: (N,) group numbers.
        least: smaller groups are ignored, unless fewer than two groups would be left.

    Raises:
        AnalysisError: for a single group.
    """
    sizes = np.bincount(labels)
    if np.count_nonzero(sizes) < 2:
        raise AnalysisError("there is only one cluster; choose two or more")
    second = np.sort(sizes)[-2]
    possible = [group for group, size in enumerate(sizes) if size >= min(least, second)]
    means = group_means(values, labels)

    def apart(pair: tuple[int, int]) -> float:
        gap = known_mean(np.abs(means[:, pair[0]] - means[:, pair[1]]))
        return -1.0 if np.isnan(gap) else gap

    return max(combinations(possible, 2), key=apart)


def separation(
    coordinates: NDArray[Any],
    groups: Sequence[Sequence[int]],
    *,
    draws: int = PERMUTATIONS,
    seed: int = 0,
) -> Statistic:
    """Measure how much the mean cosine within groups exceeds that across them, over all moments.

    Null model: the sensors of all groups assigned at random to groups of the same sizes.

    Args:
        coordinates: (M, N, r), raw or centred.
        groups: at least two, none empty, and one of at least two sensors.
        draws, seed: of the null model.

    Raises:
        AnalysisError: for invalid groups.
    """
    sizes = [len(group) for group in groups]
    if len(groups) < 2 or min(sizes) < 1 or max(sizes) < 2:
        raise AnalysisError(
            "a comparison needs two groups, none of them empty and one of at least two sensors; "
            "choose more sensors"
        )
    everyone = np.concatenate([np.asarray(group, dtype=np.int64) for group in groups])
    units = unit_rows(np.asarray(coordinates)[:, everyone])
    cosines = np.einsum("mir,mjr->ij", units, units) / len(units)  # (n, n), mean over moments
    labels = np.repeat(np.arange(len(groups)), sizes)
    return cosine_excess(cosines, labels, draws=draws, seed=seed)


def cosine_excess(
    cosines: Floats, labels: Labels, *, draws: int = PERMUTATIONS, seed: int = 0
) -> Statistic:
    """Measure how much the mean cosine within groups exceeds that across them.

    Null model: the sensors assigned at random to groups of the same sizes.

    Args:
        cosines: (n, n), symmetric.
        labels: (n,) groups; the result is NaN for a single group, or if all groups have one member.
        draws, seed: of the null model.
    """
    rng = np.random.default_rng(seed)
    found = [excess(cosines, rng.permutation(labels)) for _ in range(draws)]
    return against(excess(cosines, labels), found, null="sensors assigned to groups at random")


def excess(cosines: Floats, labels: Labels) -> float:
    """Return the mean of cosines (n, n) within groups minus that across them; labels (n,)."""
    member = labels[:, None] == np.unique(labels)
    units = member.astype(np.float64)
    sizes = units.sum(axis=0)
    same, own = float(sizes @ sizes), float(np.trace(cosines))
    inside = float(((cosines @ units) * units).sum())
    pairs, others = same - len(labels), len(labels) ** 2 - same
    if not pairs or not others:
        return float("nan")
    return (inside - own) / pairs - (float(cosines.sum()) - inside) / others
