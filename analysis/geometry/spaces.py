"""Spaces of meta-parameters and their exact geometry, without expanding a single one.

A meta-parameter is theta = E P with tens of thousands of entries, but all inner products come from
the Gram matrix G = P P^T (d x d): theta_i . theta_j = e_i G e_j. With G = L L^T the rows of E L
are d-dimensional coordinates isometric to the meta-parameters, so cosines, distances, t-SNE and
clusters computed in them are those of the meta-parameters themselves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from himnet.config import HimNetConfig, Part
from himnet.model.pools import MetaParameterPool

Floats = NDArray[np.float64]
Weights = Mapping[str, NDArray[Any]]
PoolChoice = Literal["gate", "update", "both"]
_NAMES = {"encoder_t": "temporal", "encoder_s": "spatial", "decoder": "ST-mixed"}
_ABLATIONS = {  # without its pools, or without what queries them
    "encoder_t": ("TMP", "E_t"),
    "encoder_s": ("SMP", "E_s"),
    "decoder": ("STMP", "E_st"),
}


class Model(Protocol):
    """What has weights by published name and a configuration, such as a loaded checkpoint."""

    @property
    def weights(self) -> Weights:
        """The weights."""

    @property
    def config(self) -> HimNetConfig:
        """The sizes and the ablation."""


@dataclass(frozen=True)
class SpaceChoice:
    """Which generated parameters count; the paper does not say, so it is a choice.

    Attributes:
        pool: of the ``"gate"``, of the ``"update"`` (candidate), or ``"both"``.
        bias: whether generated biases count beside generated weights.
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
    """Factor a Gram matrix (d, d); negative eigenvalues are rounding and are clipped."""
    values, vectors = np.linalg.eigh((gram + gram.T) / 2)
    kept = values > values[-1] * len(values) * np.finfo(np.float64).eps
    kept[-1] = True  # pools of zeros have rank 0, but a vector without entries has no cosine
    factor = vectors[:, kept] * np.sqrt(np.maximum(values[kept], 0.0))
    return MetaParameterSpace(gram, factor, choice)


def temporal_space(
    weights: Weights, config: HimNetConfig, choice: SpaceChoice | None = None
) -> MetaParameterSpace:
    """Return the space of the temporal encoder's meta-parameters; queries are E_t (..., d_t).

    Raises:
        AnalysisError: where the model has no such meta-parameters, layer or pool.
    """
    return _part_space(weights, config, "encoder_t", choice)


def spatial_space(
    weights: Weights, config: HimNetConfig, choice: SpaceChoice | None = None
) -> MetaParameterSpace:
    """Return the space of the spatial encoder's meta-parameters; queries are E_s (..., d_s).

    Raises:
        AnalysisError: where the model has no such meta-parameters, layer or pool.
    """
    return _part_space(weights, config, "encoder_s", choice)


def st_space(
    weights: Weights, config: HimNetConfig, choice: SpaceChoice | None = None
) -> MetaParameterSpace:
    """Return the space of the decoder's ST-mixed meta-parameters; queries are E_st (..., d_st).

    Raises:
        AnalysisError: where the model has no such meta-parameters, layer or pool.
    """
    return _part_space(weights, config, "decoder", choice)


def temporal_queries(
    weights: Weights, config: HimNetConfig, tod_index: NDArray[np.int64], dow: NDArray[np.int64]
) -> Floats:
    """Return E_t (n, d_t): rows of both dictionaries side by side.

    Args:
        weights: of the checkpoint.
        config: of the checkpoint.
        tod_index: (n,) rows of the time-of-day dictionary.
        dow: (n,) days of the week.

    Raises:
        AnalysisError: where the model has no dictionaries.
    """
    if not config.has_dictionaries:
        raise AnalysisError(_without("temporal", config.ablate))
    rows = (weights["tod_embedding.weight"][tod_index], weights["dow_embedding.weight"][dow])
    return np.concatenate(rows, axis=-1).astype(np.float64)


def spatial_queries(weights: Weights, config: HimNetConfig) -> Floats:
    """Return E_s (N, d_s).

    Raises:
        AnalysisError: where the model has no spatial embedding.
    """
    if config.ablate == "E_s":
        raise AnalysisError(_without("spatial", "E_s"))
    return weights["node_embedding"].astype(np.float64)


def spatial_coordinates(model: Model, choice: SpaceChoice | None = None) -> Floats:
    """Return coordinates (N, r) isometric to the spatial meta-parameters of a model.

    Raises:
        AnalysisError: where the model has no such meta-parameters, layer or pool.
    """
    space = spatial_space(model.weights, model.config, choice)
    return space.coordinates(spatial_queries(model.weights, model.config))


def chosen_pools(
    weights: Weights, config: HimNetConfig, part: Part, choice: SpaceChoice
) -> dict[tuple[int, str], MetaParameterPool]:
    """Return the pools of one part that count, in float64, by layer (0-based) and convolution.

    Raises:
        AnalysisError: where the model has no such meta-parameters, layer or pool.
    """
    require_part(config, part)
    layers = chosen_layers(config, choice)
    if choice.pool not in get_args(PoolChoice):
        raise AnalysisError(f"there is no pool '{choice.pool}'; choose gate, update or both")
    convolutions = ("gate", "update") if choice.pool == "both" else (choice.pool,)
    return {
        (layer, convolution): _pool(weights, f"{part}.cells.{layer}.{convolution}.")
        for layer in layers
        for convolution in convolutions
    }


def chosen_layers(config: HimNetConfig, choice: SpaceChoice) -> list[int]:
    """Return the layers that count, 0-based.

    Raises:
        AnalysisError: for one that the model does not have.
    """
    if choice.layer == "all":
        return list(range(config.num_layers))
    if not 0 <= choice.layer < config.num_layers:
        raise AnalysisError(
            f"there is no layer {choice.layer + 1}; this model has {config.num_layers}, so choose "
            f"1 to {config.num_layers} or all"
        )
    return [choice.layer]


def require_part(config: HimNetConfig, part: Part) -> None:
    """Make sure that a part of the model has meta-parameters that differ.

    Raises:
        AnalysisError: where the ablation took its pools, or what queries them.
    """
    if config.ablate in _ABLATIONS[part]:
        raise AnalysisError(_without(_NAMES[part], config.ablate))


def _part_space(
    weights: Weights, config: HimNetConfig, part: Part, choice: SpaceChoice | None
) -> MetaParameterSpace:
    choice = choice or SpaceChoice()
    pools = chosen_pools(weights, config, part, choice).values()
    return space_of(sum(pool.gram(bias=choice.bias) for pool in pools), choice)


def _pool(weights: Weights, prefix: str) -> MetaParameterPool:
    # float64: cosines near 1 differ in digits that float32 does not have
    arrays = (weights[prefix + name] for name in ("weights_pool", "bias_pool"))
    return MetaParameterPool(*(array.astype(np.float64) for array in arrays))


def _without(kind: str, ablation: str) -> str:
    return (
        f"this model was trained without {ablation}, so it has no {kind} meta-parameters to show; "
        f"open a checkpoint that was trained without --ablate {ablation}"
    )
