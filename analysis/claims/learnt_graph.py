"""Claims about the encoders' learnt graph: which pairs of sensors have large scores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.result import Beside
from analysis.evidence.statistic import Statistic
from analysis.geometry.similarity import Floats
from analysis.graphs.of_model import encoder_graph
from analysis.graphs.world import Comparison, World


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
        return self.sign * self.of(ground.world).value(_scores(view, ground))

    def test(self, view: ModelView, ground: Ground, *, draws: int, seed: int) -> Statistic:
        """Compare with sensors permuted within neighbourhoods."""
        cells = ground.world.cells
        return self.of(ground.world).against_permuted(
            _scores(view, ground), cells, draws=draws, seed=seed, sign=self.sign
        )

    def beside(
        self, view: ModelView, ground: Ground, *, draws: int, seed: int
    ) -> tuple[Beside, ...]:
        """Return the same under an easier null and of the positive scores, and the pairs."""
        world, scores = ground.world, _scores(view, ground)
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


def _scores(view: ModelView, ground: Ground) -> Floats:
    return ground.world.scores(encoder_graph(view.model))


def _of_weights(world: World, scores: Floats) -> tuple[Beside, ...]:
    """Return the rank correlation of scores with the weights of connected pairs."""
    name = f"rank correlation with the weight of connected pairs; adjacency: {world.origin}"
    return (Beside(name, world.weighted.value(scores)),)


SAME_ROAD = GraphTest(lambda world: world.same_road)
ALONG = GraphTest(lambda world: world.along_road, sign=-1)
STRAIGHT = GraphTest(lambda world: world.straight, sign=-1)
NEAR = GraphTest(lambda world: world.near)
ADJACENT = GraphTest(lambda world: world.adjacent, more=_of_weights)
