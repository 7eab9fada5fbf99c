"""Content of the tour for a class: mixtures of a pool, and verdicts worded from numbers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.evidence.statistic import Statistic
from analysis.geometry.spaces import SpaceChoice, chosen_pools, spatial_queries
from analysis.model import LearntModel

BINS = 40  # of a histogram
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Mixture:
    """The spatial encoder's gate pool with the sensors' queries, as the tour mixes them.

    Attributes:
        pool: (d_s, r, c) entries of the pool, each a matrix of weights.
        queries: (N, d_s) the sensors' queries E_s.
    """

    pool: Floats
    queries: Floats

    def weights(self, query: NDArray[np.floating]) -> Floats:
        """Return theta = sum over k of q_k P_k, the paper's equation of meta-parameters, (r, c)."""
        return np.tensordot(np.asarray(query, dtype=np.float64), self.pool, axes=1)

    def block(self, sensor: int, rows: int, columns: int) -> tuple[NDArray[np.intp], ...]:
        """Return the rows and columns with the largest weights of a sensor, in their order.

        Weight decay brings most of a trained matrix close to zero; these are the visible ones.
        """
        sizes = np.abs(self.weights(self.queries[sensor]))
        strongest = (
            np.argsort(-sizes.max(axis=1))[:rows],
            np.argsort(-sizes.max(axis=0))[:columns],
        )
        return tuple(np.sort(places) for places in strongest)

    def strongest(self, sensor: int, count: int) -> list[int]:
        """Return the pool entries that contribute most to a sensor's weights, largest first."""
        sizes = np.linalg.norm(self.pool.reshape(len(self.pool), -1), axis=1)
        order = np.argsort(-np.abs(self.queries[sensor]) * sizes, kind="stable")
        return [int(place) for place in order[:count]]

    @property
    def stored(self) -> int:
        """Number of stored values: the pool and the queries."""
        return self.pool.size + self.queries.size

    @property
    def made(self) -> int:
        """Number of values generated from them: a matrix for each sensor."""
        return int(len(self.queries) * np.prod(self.pool.shape[1:]))


def spatial_mixture(model: LearntModel) -> Mixture:
    """Return the gate of the spatial encoder's first layer.

    Raises:
        AnalysisError: for a model without spatial meta-parameters.
    """
    pools = chosen_pools(model, "spatial", SpaceChoice(pool="gate", layer=0))
    if not pools:
        raise AnalysisError("this model has no pools to generate parameters from")
    pool = next(iter(pools.values())).weights
    return Mixture(pool.reshape(len(pool), -1, pool.shape[-1]), spatial_queries(model))


def told(statistic: Statistic, what: str, yes: str, no: str) -> str:
    """Return the sentence that a statistic supports, with its value and null model.

    Args:
        statistic: value and null model.
        what: what has this value, such as ``"the silhouette of the days"``.
        yes: if the value exceeds the null model.
        no: otherwise.
    """
    verdict = yes if statistic.is_above else no
    return (
        f"{verdict} {what[:1].upper()}{what[1:]} is **{statistic.value:.2f}**; if there were "
        f"nothing to find ({statistic.null}), it would be {statistic.null_mean:.2f} on average, "
        f"and between {statistic.null_low:.2f} and {statistic.null_high:.2f} in 95 of 100 cases "
        f"(p = {statistic.p_value:.2g}, for this one trained model)."
    )


def shared_area(first: NDArray[np.floating], second: NDArray[np.floating]) -> float:
    """Return the overlap of two distributions, 0 to 1, from their histograms.

    Args:
        first, second: numbers; NaN is left out.
    """
    known = [values[np.isfinite(values)] for values in (first, second)]
    if not all(len(values) for values in known):
        return float("nan")
    every = np.concatenate(known)
    ends = (float(every.min()), float(every.max()) + 1e-9)
    shares = [np.histogram(values, BINS, ends)[0] / len(values) for values in known]
    return float(np.minimum(*shares).sum())
