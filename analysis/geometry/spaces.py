"""Spaces of meta-parameters and their exact geometry, without generating any parameters.

A meta-parameter is theta = E P with tens of thousands of entries, but all inner products come from
the Gram matrix G = P P^T (d x d): theta_i . theta_j = e_i G e_j. With G = L L^T the rows of E L
are d-dimensional coordinates isometric to the meta-parameters, so cosines, distances, t-SNE and
clusters computed in them are those of the meta-parameters themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.model import LearntModel
from himnet.config import SpaceName
from himnet.model.pools import MetaParameterPool

Floats = NDArray[np.float64]
PoolChoice = Literal["gate", "update", "both"]


@dataclass(frozen=True)
class SpaceChoice:
    """Which generated parameters to compare; the paper does not say, so it is a choice.

    Attributes:
        pool: of the ``"gate"``, of the ``"update"`` (candidate), or ``"both"``.
        bias: whether generated biases are included.
        layer: 0-based, or ``"all"``.
    """

    pool: PoolChoice = "both"
    bias: bool = True
    layer: int | Literal["all"] = "all"

    @property
    def label(self) -> str:
        """The choice in words."""
        pool = {"gate": "gate pool", "update": "update pool", "both": "gate and update pools"}
        layer = "all layers" if self.layer == "all" else f"layer {self.layer + 1}"
        return f"{pool[self.pool]}, {'with' if self.bias else 'without'} biases, {layer}"


@dataclass(frozen=True)
class MetaParameterSpace:
    """The geometry of one part's meta-parameters.

    Attributes:
        gram: G = P P^T, (d, d), summed over the chosen pools.
        factor: L, (d, r), with G = L L^T; r is the rank of G, but at least 1.
        choice: what was summed.
    """

    gram: Floats
    factor: Floats
    choice: SpaceChoice

    def coordinates(self, query: NDArray[Any]) -> Floats:
        """Map queries (..., d) to coordinates (..., r) isometric to their meta-parameters."""
        coordinates: Floats = np.asarray(query, dtype=np.float64) @ self.factor
        return coordinates


def space_of(gram: Floats, choice: SpaceChoice) -> MetaParameterSpace:
    """Factor a Gram matrix (d, d); negative eigenvalues are rounding and are clipped.

    Raises:
        AnalysisError: for a matrix with entries that are not finite.
    """
    if not np.isfinite(gram).all():
        raise AnalysisError("the pools are not all finite; check the weights")
    values, vectors = np.linalg.eigh((gram + gram.T) / 2)
    kept = values > values[-1] * len(values) * np.finfo(np.float64).eps
    kept[-1] = True  # pools of zeros have rank 0, but a vector without entries has no cosine
    factor = vectors[:, kept] * np.sqrt(np.maximum(values[kept], 0.0))
    return MetaParameterSpace(gram, factor, choice)


def learnt_space(
    model: LearntModel, name: SpaceName, choice: SpaceChoice | None = None
) -> MetaParameterSpace:
    """Return the space of a model's meta-parameters, or of its embeddings if it has no pools.

    Args:
        model: the model.
        name: ``"temporal"``, ``"spatial"`` or ``"moment"``.
        choice: which meta-parameters; ignored if there are no pools.

    Raises:
        AnalysisError: if the model has nothing in this space, or no such layer or pool.
    """
    choice = choice or SpaceChoice()
    pools = chosen_pools(model, name, choice).values()
    if not pools:
        return space_of(np.eye(model.width(name)), choice)
    return space_of(sum(pool.gram(bias=choice.bias) for pool in pools), choice)


def temporal_queries(
    model: LearntModel, tod_index: NDArray[np.int64], dow: NDArray[np.int64]
) -> Floats:
    """Return the temporal embeddings E_t (n, d_t).

    Args:
        model: the model.
        tod_index: (n,) steps since midnight.
        dow: (n,) days of the week.

    Raises:
        AnalysisError: if the model has none.
    """
    require(model, "temporal", generated=False)
    return model.temporal_queries(tod_index, dow)


def time_of_day_queries(model: LearntModel, tod_index: NDArray[np.int64]) -> Floats:
    """Return E_t (n, d_t) with the time-of-day part only: zeros in place of the day part.

    Raises:
        AnalysisError: if the model has no temporal embedding.
    """
    queries = temporal_queries(model, tod_index, np.zeros_like(tod_index))
    queries[:, model.time_of_day_width :] = 0
    return queries


def spatial_queries(model: LearntModel) -> Floats:
    """Return the spatial embedding E_s (N, d_s).

    Raises:
        AnalysisError: if the model has none.
    """
    require(model, "spatial", generated=False)
    return model.spatial_queries()


def spatial_coordinates(model: LearntModel, choice: SpaceChoice | None = None) -> Floats:
    """Return coordinates (N, r) isometric to the spatial meta-parameters of a model.

    Raises:
        AnalysisError: if the model has no such meta-parameters, layer or pool.
    """
    return learnt_space(model, "spatial", choice).coordinates(spatial_queries(model))


def chosen_pools(
    model: LearntModel, name: SpaceName, choice: SpaceChoice
) -> dict[tuple[int, str], MetaParameterPool]:
    """Return the chosen pools of a space in float64, by layer (0-based) and convolution.

    Raises:
        AnalysisError: if the model has nothing in this space, or no such layer or pool.
    """
    require(model, name)
    layers = chosen_layers(model, choice)
    if choice.pool not in get_args(PoolChoice):
        raise AnalysisError(f"unknown pool '{choice.pool}'; choose gate, update or both")
    return {
        (layer, convolution): pool
        for (layer, convolution), pool in model.pools(name).items()
        if layer in layers and choice.pool in ("both", convolution)
    }


def chosen_layers(model: LearntModel, choice: SpaceChoice) -> list[int]:
    """Return the chosen layers, 0-based.

    Raises:
        AnalysisError: for one that the model does not have.
    """
    if choice.layer == "all":
        return list(range(model.num_layers))
    if not 0 <= choice.layer < model.num_layers:
        raise AnalysisError(
            f"there is no layer {choice.layer + 1}; this model has {model.num_layers}, so choose "
            f"1 to {model.num_layers} or all"
        )
    return [choice.layer]


def require(model: LearntModel, name: SpaceName, *, generated: bool = True) -> None:
    """Check that a model has something in a space; arguments as for `LearntModel.why_not`.

    Raises:
        AnalysisError: if it has not.
    """
    if why := model.why_not(name, generated=generated):
        raise AnalysisError(why)
