"""What distinguishes some sensors from all: their road, their cluster, how similar they are."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.evidence.statistic import Statistic, against
from analysis.geometry.similarity import Floats, unit_rows

DRAWS = 199  # random selections of the same size


@dataclass(frozen=True)
class Share:
    """The most frequent group among some sensors.

    Attributes:
        name: of the group, such as a road.
        inside: how many of the sensors belong to it.
        all: how many of all sensors belong to it.
    """

    name: str
    inside: int
    all: int


@dataclass(frozen=True)
class Alike:
    """How similar the parameters of some sensors are, as mean centred cosines.

    Attributes:
        among: over their pairs, and over those of equally many random sensors (null model).
        others: over the pairs of one of them and one of the other sensors; NaN if there are none.
    """

    among: Statistic
    others: float


def largest_share(groups: Sequence[str], places: NDArray[np.int64]) -> Share | None:
    """Return the group that most of some sensors belong to; None if no group is known.

    Args:
        groups: N names; "" is unknown.
        places: (n,) positions of the sensors; at a tie, the first name in alphabetical order.
    """
    counts = Counter(groups[place] for place in places if groups[place])
    if not counts:
        return None
    name = max(sorted(counts), key=counts.__getitem__)
    return Share(name, counts[name], sum(group == name for group in groups))


def alike(
    coordinates: NDArray[Any], places: NDArray[np.int64], *, draws: int = DRAWS, seed: int = 0
) -> Alike | None:
    """Compare the similarity of some sensors with that of random ones; None for fewer than two.

    A sensor whose parameters are the mean of all, or are not finite, has no direction and is left
    out.

    Args:
        coordinates: (N, r), isometric to the sensors' meta-parameters.
        places: (n,) positions of the sensors.
        draws, seed: of the null model.
    """
    units = _directions(np.asarray(coordinates, dtype=np.float64))
    known = np.flatnonzero(np.isfinite(units).all(axis=1))
    inside = np.intersect1d(places, known)
    if len(inside) < 2:
        return None
    total, own = units[known].sum(axis=0), units[inside].sum(axis=0)
    rng, count = np.random.default_rng(seed), len(inside)
    drawn = [
        _mean_cosine(units[rng.choice(known, count, replace=False)].sum(axis=0), count)
        for _ in range(draws)
    ]
    rest = len(known) - count
    return Alike(
        against(_mean_cosine(own, count), drawn, null=f"{count} random sensors"),
        float(own @ (total - own) / (count * rest)) if rest else float("nan"),
    )


def _directions(coordinates: Floats) -> Floats:
    """Return the directions (N, r) from the mean of all finite vectors; NaN for others."""
    known = np.isfinite(coordinates).all(axis=1)
    units = np.full_like(coordinates, np.nan)
    if known.any():
        units[known] = unit_rows(coordinates[known] - coordinates[known].mean(axis=0))
    return units


def _mean_cosine(total: Floats, count: int) -> float:
    """Return the mean cosine of all pairs of unit vectors from their sum (r,) and number."""
    return float((total @ total - count) / (count * (count - 1)))
