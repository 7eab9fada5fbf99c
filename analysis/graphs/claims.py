"""Claims about the encoders' learnt graph: which pairs of sensors have large scores.

They are a family of their own, judged by the rules of `analysis.claims`; `docs/graphs.md` states
them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.city.roads import find_roads, positions
from analysis.claims.catalogue import Claim
from analysis.claims.effects import CORRELATION
from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.places import without_any_road, without_roads
from analysis.claims.proximity import without_places
from analysis.claims.result import Beside, ClaimResult
from analysis.evidence.agreement import neighbourhoods
from analysis.evidence.statistic import Statistic
from analysis.geometry.similarity import Floats
from analysis.graphs.field import FieldGraph
from analysis.graphs.of_model import encoder_graph
from analysis.graphs.world import Comparison, World
from analysis.limits import sample

if TYPE_CHECKING:
    from analysis.claims.findings import Finding


@dataclass(frozen=True)
class GraphGround(Ground):
    """The ground of claims, with what learnt graphs are compared with.

    Attributes:
        field_graph: the field's adjacency from a file; None computes it from the places.
    """

    field_graph: FieldGraph | None = field(default=None, repr=False)

    @cached_property
    def world(self) -> World:
        """What is known of the sensors; in a large city, of a random sample of them.

        Raises:
            AnalysisError: if the sensors have no coordinates.
        """
        chosen = sample(len(self.frame))
        along = np.full(len(self.frame), np.nan)
        for road in find_roads(self.frame):
            along[road.members] = road.along
        names = tuple(str(name) for name in self.frame["road"].iloc[chosen])
        places = positions(self.frame)[chosen]
        cells = neighbourhoods(places)
        return World(chosen, places, names, along[chosen], cells, self.field_graph)


@dataclass(frozen=True)
class GraphTest:
    """Compares scores with one property of the pairs of sensors.

    Attributes:
        of: returns the pairs with their property.
        sign: -1 if small values support the claim.
        more: returns additional numbers.
    """

    of: Callable[[World], Comparison]
    sign: int = 1
    more: Callable[[World, Floats], tuple[Beside, ...]] | None = None

    def measure(self, view: ModelView, ground: Ground) -> float:
        """Measure one model; large values support the claim."""
        return self.sign * self.of(_world(ground)).value(_scores(view, ground))

    def test(self, view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
        """Compare with sensors permuted within neighbourhoods."""
        cells = _world(ground).cells
        return self.of(_world(ground)).against_permuted(
            _scores(view, ground), cells, draws=draws, seed=seed, sign=self.sign
        )

    def beside(
        self, view: ModelView, ground: Ground, *, draws: int, seed: int
    ) -> tuple[Beside, ...]:
        """Return the same under an easier null and of the positive scores, and the pairs."""
        world, scores = _world(ground), _scores(view, ground)
        pairs = self.of(world)
        freely = pairs.against_permuted(scores, None, draws=draws, seed=seed, sign=self.sign)
        found = [
            Beside(
                "the same, sensors permuted among all sensors",
                self.sign * freely.value,
                self.sign * freely.null_mean,
                freely.p_value,
            ),
            Beside(
                "the same with negative scores as 0, as the graph takes them",
                pairs.value(np.maximum(scores, 0)),
            ),
            Beside("pairs of sensors", len(pairs.first)),
        ]
        if pairs.target.dtype == np.bool_:
            found.append(Beside("of these, connected", pairs.connected))
        if len(world.sensors) < view.model.num_nodes:
            found.append(Beside("sensors compared, drawn at random", len(world.sensors)))
        return (*found, *(self.more(world, scores) if self.more else ()))


def _world(ground: Ground) -> World:
    assert isinstance(ground, GraphGround)  # what these claims are evaluated on
    return ground.world


def _scores(view: ModelView, ground: Ground) -> Floats:
    return _world(ground).scores(encoder_graph(view.model))


def _of_weights(world: World, scores: Floats) -> tuple[Beside, ...]:
    """Return the rank correlation of scores with the weights of connected pairs."""
    name = f"rank correlation with the weight of connected pairs; adjacency: {world.origin}"
    return (Beside(name, world.weighted.value(scores)),)


SAME_ROAD = GraphTest(lambda world: world.same_road)
ALONG = GraphTest(lambda world: world.along_road, sign=-1)
STRAIGHT = GraphTest(lambda world: world.straight, sign=-1)
NEAR = GraphTest(lambda world: world.near)
ADJACENT = GraphTest(lambda world: world.adjacent, more=_of_weights)

_IN_CELLS = "sensors permuted (rows and columns together) within neighbourhoods of about ten"
_SCORES = (
    "The scores s are those of the encoders' graph, softmax(relu(s)), which gives other sensors "
    "more than their floor only where s is positive."
)


def _from_auc(finding: Finding) -> float:
    """Return the rank-biserial correlation that belongs to an AUC."""
    return float("nan") if finding.value is None else 2 * finding.value - 1


GRAPH_CLAIMS = (
    Claim(
        id="graph-roads",
        sentence="the learnt graph connects sensors of one road and direction",
        statistic="AUC of the score of a pair of sensors with being on one road in one direction",
        null=_IN_CELLS,
        scale=CORRELATION,
        takes_size=_from_auc,
        test=SAME_ROAD.test,
        measure=SAME_ROAD.measure,
        beside=SAME_ROAD.beside,
        family="graph",
        inapplicable=without_roads,
        remark=_SCORES,
    ),
    Claim(
        id="graph-along",
        sentence="its scores fall with distance along the road",
        statistic=(
            "Spearman's correlation of score and distance along the road, over the pairs of one "
            "road and direction; a negative value is what the claim says"
        ),
        null=_IN_CELLS,
        scale=CORRELATION,
        sign=-1,
        test=ALONG.test,
        measure=ALONG.measure,
        beside=ALONG.beside,
        family="graph",
        inapplicable=without_any_road,
    ),
    Claim(
        id="graph-distance",
        sentence="its scores fall with straight-line distance",
        statistic=(
            "Spearman's correlation of score and straight-line distance, over all pairs; a "
            "negative value is what the claim says"
        ),
        null=_IN_CELLS,
        scale=CORRELATION,
        sign=-1,
        test=STRAIGHT.test,
        measure=STRAIGHT.measure,
        beside=STRAIGHT.beside,
        family="graph",
        inapplicable=without_places,
    ),
    Claim(
        id="graph-near",
        sentence="it connects near sensors",
        statistic="AUC of the score with one sensor being among the five nearest of the other",
        null=_IN_CELLS,
        scale=CORRELATION,
        takes_size=_from_auc,
        test=NEAR.test,
        measure=NEAR.measure,
        beside=NEAR.beside,
        family="graph",
        inapplicable=without_places,
    ),
    Claim(
        id="graph-adjacency",
        sentence="it connects the sensors that the field's adjacency connects",
        statistic=(
            "AUC of the score with a weight above 0 in the adjacency, of a file or of DCRNN's "
            "Gaussian kernel of straight-line distances"
        ),
        null=_IN_CELLS,
        scale=CORRELATION,
        takes_size=_from_auc,
        test=ADJACENT.test,
        measure=ADJACENT.measure,
        beside=ADJACENT.beside,
        family="graph",
        inapplicable=without_places,
    ),
)


def telling(results: Sequence[ClaimResult]) -> list[ClaimResult]:
    """Return the results that apply to the data set, those that tell most first."""
    known = {one.id: one for one in results if one.verdict != "not applicable"}
    return [known[claim.id] for claim in GRAPH_CLAIMS if claim.id in known]
