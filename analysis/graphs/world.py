"""What a learnt graph is compared with: roads, distances, near sensors, the field's adjacency.

Comparisons are over unordered pairs of sensors. Each has a target, which is the same whatever a
model has learnt: whether a pair is connected, or a number such as a distance. Scores are compared
with it by ranks: by the area under the ROC curve (AUC), or by Spearman's correlation.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.distance import cdist
from scipy.stats import rankdata

from analysis.errors import AnalysisError
from analysis.evidence.agreement import permuted_within, rearrangements
from analysis.evidence.statistic import Statistic, against
from analysis.geometry.clustering import Labels
from analysis.graphs.field import FieldGraph, kernel
from analysis.graphs.learnt import Floats, LearntGraph

NEAREST = 5  # sensors around each that are its near ones


@dataclass(frozen=True, eq=False)
class Comparison:
    """Pairs of sensors with a target.

    Attributes:
        members: (n,) the sensors, as positions in the world, among which scores are permuted.
        first, second: (m,) the pairs, as positions in `members`.
        target: (m,) whether they are connected, or a number.
    """

    members: NDArray[np.int64] = field(repr=False)
    first: NDArray[np.int64] = field(repr=False)
    second: NDArray[np.int64] = field(repr=False)
    target: NDArray[np.bool_] | Floats = field(repr=False)

    @property
    def is_of_all(self) -> bool:
        """Whether all pairs of the members are compared: then their ranks stay when permuted."""
        count = len(self.members)
        return len(self.first) == count * (count - 1) // 2

    @property
    def connected(self) -> int:
        """The number of connected pairs, where the target is that."""
        return int(np.count_nonzero(self.target))

    def value(self, scores: Floats) -> float:
        """Return the AUC, or the rank correlation, of symmetric scores (n, n) of the world."""
        own = scores[np.ix_(self.members, self.members)]
        return self._of_ranks(rankdata(own[self.first, self.second]))

    def against_permuted(
        self, scores: Floats, cells: Labels | None, *, draws: int, seed: int = 0, sign: int = 1
    ) -> Statistic:
        """Compare the value with those for permuted sensors (QAP): rows and columns together.

        Args:
            scores: symmetric (n, n) of the world.
            cells: of the world's sensors, within which they are permuted; None permutes all.
            draws, seed: of the null.
            sign: -1 if small values support a claim; all values are then multiplied by it.
        """
        own = scores[np.ix_(self.members, self.members)]
        count = len(own)
        where = np.zeros(count, dtype=np.int64) if cells is None else cells[self.members]
        if self.is_of_all:  # ranked once
            ranked = np.zeros_like(own)
            ranked[self.first, self.second] = rankdata(own[self.first, self.second])
            own = ranked + ranked.T

        def value(order: NDArray[np.int64]) -> float:
            if self.is_of_all:
                return self._of_ranks(own[order[self.first], order[self.second]])
            return self._of_ranks(rankdata(own[order[self.first], order[self.second]]))

        rng, sensors = np.random.default_rng(seed), np.arange(count)
        found = [value(permuted_within(sensors, where, rng)) for _ in range(draws)]
        among = "among all sensors" if cells is None else "within neighbourhoods"
        return against(
            sign * value(sensors),
            sign * np.asarray(found),
            null=f"sensors permuted {among}",
            ways=rearrangements(sensors, where),
        )

    def _of_ranks(self, ranks: Floats) -> float:
        if self.target.dtype == np.bool_:
            return _auc(ranks, self.target)
        return _correlation(ranks, self._target_ranks)

    @cached_property
    def _target_ranks(self) -> Floats:
        return np.asarray(rankdata(self.target))


def _auc(ranks: Floats, connected: NDArray[Any]) -> float:
    """Return the probability that a connected pair ranks above another one; NaN without either."""
    yes = np.count_nonzero(connected)
    no = len(connected) - yes
    if not yes or not no:
        return float("nan")
    return float((ranks[connected].sum() - yes * (yes + 1) / 2) / (yes * no))


def _correlation(one: Floats, other: Floats) -> float:
    """Return Pearson's correlation; NaN if one is constant, or for no pairs."""
    if not len(one):
        return float("nan")
    left, right = one - one.mean(), other - other.mean()
    length = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(left @ right) / length if length > 0 else float("nan")


@dataclass(frozen=True, eq=False)
class World:
    """What is known of the sensors whose pairs are compared.

    Attributes:
        sensors: (n,) positions in the data set's columns: all, or a random sample.
        places: (n, 2) metres east and north.
        roads: n names of freeway and direction, "" where unknown.
        along: (n,) metres along the own road, NaN where unknown.
        cells: (n,) neighbourhoods.
        given: the field's adjacency from a file, or None.
    """

    sensors: NDArray[np.int64]
    places: Floats = field(repr=False)
    roads: tuple[str, ...] = field(repr=False)
    along: Floats = field(repr=False)
    cells: Labels = field(repr=False)
    given: FieldGraph | None = field(default=None, repr=False)

    def scores(self, graph: LearntGraph) -> Floats:
        """Return the scores (n, n) of a graph, averaged over both directions."""
        own = graph.scores(self.sensors)[:, self.sensors]
        both: Floats = (own + own.T) / 2
        return both

    @cached_property
    def distances(self) -> Floats:
        """Straight-line metres (n, n)."""
        return np.asarray(cdist(self.places, self.places))

    @cached_property
    def same_road(self) -> Comparison:
        """All pairs of sensors with a known road: whether road and direction are the same.

        Raises:
            AnalysisError: if fewer than two roads are known.
        """
        pairs = self._on_roads
        if pairs.target.all():
            raise AnalysisError("fewer than two roads are known, so they cannot be compared")
        return pairs

    @cached_property
    def along_road(self) -> Comparison:
        """The pairs of sensors of one road and direction: metres along it.

        Raises:
            AnalysisError: if there are fewer than three.
        """
        pairs = self._on_roads
        first, second = pairs.first[pairs.target], pairs.second[pairs.target]
        if len(first) < 3:
            raise AnalysisError("fewer than three pairs of sensors are on one road")
        metres = self.along[pairs.members]
        return Comparison(pairs.members, first, second, np.abs(metres[first] - metres[second]))

    @cached_property
    def straight(self) -> Comparison:
        """All pairs: straight-line metres."""
        everyone, first, second = self._everyone
        return Comparison(everyone, first, second, self.distances[first, second])

    @cached_property
    def near(self) -> Comparison:
        """All pairs: whether one is among the nearest five of the other.

        Raises:
            AnalysisError: for too few sensors.
        """
        count = len(self.sensors)
        if count <= NEAREST:
            raise AnalysisError(
                f"{count} sensors are too few to compare the {NEAREST} nearest of each"
            )
        apart = self.distances + np.diag(np.full(count, np.inf))
        nearest = np.argsort(apart, axis=1, kind="stable")[:, :NEAREST]
        close = np.zeros((count, count), dtype=bool)
        close[np.arange(count)[:, None], nearest] = True
        everyone, first, second = self._everyone
        return Comparison(everyone, first, second, (close | close.T)[first, second])

    @cached_property
    def adjacent(self) -> Comparison:
        """The pairs with a published distance or weight: whether the adjacency connects them."""
        weights = self._weights
        everyone, first, second = self._everyone
        known = np.isfinite(weights[first, second])
        first, second = first[known], second[known]
        return Comparison(everyone, first, second, weights[first, second] > 0)

    @cached_property
    def weighted(self) -> Comparison:
        """The pairs that the adjacency connects: their weight."""
        near = self.adjacent
        first, second = near.first[near.target], near.second[near.target]
        return Comparison(near.members, first, second, self._weights[first, second])

    @property
    def origin(self) -> str:
        """Where the adjacency is from, in words."""
        if self.given is not None:
            return self.given.origin
        return "a Gaussian kernel of straight-line distances"

    @cached_property
    def _weights(self) -> Floats:
        """The larger weight (n, n) of both directions; NaN where none is published."""
        if self.given is None:
            return kernel(self.distances)
        return np.fmax(own := self.given.weights(self.sensors), own.T)

    @cached_property
    def _on_roads(self) -> Comparison:
        known = np.flatnonzero([bool(name) for name in self.roads])
        own = np.unique(self.roads, return_inverse=True)[1][known]
        first, second = np.triu_indices(len(known), 1)
        return Comparison(known, first, second, own[first] == own[second])

    @cached_property
    def _everyone(self) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
        count = len(self.sensors)
        return np.arange(count), *np.triu_indices(count, 1)
