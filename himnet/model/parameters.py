"""The learnt embeddings and pools of a trained HimNet as NumPy arrays, for the analysis.

Implements the protocol `analysis.model.LearntModel`, as other architectures can do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from himnet.config import HimNetConfig, Part, SpaceName
from himnet.model.pools import MetaParameterPool
from himnet.model.sketch import Sketch, sketch_of
from himnet.model.untrained import untrained_weights

if TYPE_CHECKING:
    from himnet.model.himnet import HimNet

Floats = NDArray[np.float64]
_PARTS: dict[SpaceName, Part] = {
    "temporal": "encoder_t",
    "spatial": "encoder_s",
    "moment": "decoder",
}
_ABLATIONS: dict[SpaceName, tuple[str, str]] = {  # of the pools, and of their query
    "temporal": ("TMP", "E_t"),
    "spatial": ("SMP", "E_s"),
    "moment": ("STMP", "E_st"),
}


@dataclass(frozen=True)
class HimNetParameters:
    """Embeddings and pools of a HimNet.

    Attributes:
        weights: by published name.
        config: sizes and ablation.
        architecture: name of the architecture.
        convolutions: the graph convolutions of each cell that have a pool.
    """

    weights: Mapping[str, NDArray[Any]] = field(repr=False)
    config: HimNetConfig
    architecture: str = "HimNet"
    convolutions: tuple[str, ...] = ("gate", "update")

    @property
    def num_nodes(self) -> int:
        """Number of sensors, N."""
        return self.config.num_nodes

    @property
    def steps_per_day(self) -> int:
        """Number of times of day that the model distinguishes."""
        return self.config.steps_per_day

    @property
    def in_steps(self) -> int:
        """Number of input steps, T."""
        return self.config.in_steps

    @property
    def out_steps(self) -> int:
        """Number of output steps, T'."""
        return self.config.out_steps

    @property
    def num_layers(self) -> int:
        """Number of layers with pools."""
        return self.config.num_layers

    @property
    def num_parameters(self) -> int:
        """Number of trained parameters."""
        return self.config.num_parameters

    @property
    def can_forecast(self) -> bool:
        """Whether `module` makes a model that forecasts."""
        return True

    @property
    def sizes(self) -> dict[str, str]:
        """The model's dimensions by name, for a table."""
        config = self.config
        return {
            "window": f"{config.in_steps} input steps, {config.out_steps} output steps",
            "layers × state": f"{config.num_layers} × {config.hidden_dim}",
            "Chebyshev terms": str(config.cheb_k),
            "d_tod + d_dow": f"{config.tod_embedding_dim} + {config.dow_embedding_dim}",
            "d_s, d_st": f"{config.node_embedding_dim}, {config.st_embedding_dim}",
            "ablation": config.ablate,
        }

    @property
    def sketch(self) -> Sketch:
        """The content of a drawing of the model."""
        return sketch_of(self.config)

    def why_not(self, space: SpaceName, *, generated: bool = True) -> str:
        """Return a sentence on why the model has nothing in a space; "" if it has.

        Args:
            space: of meta-parameters.
            generated: whether meta-parameters are requested, or only the embedding. Without SMP,
                nothing is generated from E_s, but it still determines the encoders' graph.
        """
        ablation = self.config.ablate
        if ablation not in _ABLATIONS[space] or (ablation == "SMP" and not generated):
            return ""
        name = "ST-mixed" if space == "moment" else space
        return (
            f"this model was trained without {ablation}, so it has no {name} "
            f"meta-parameters; open a checkpoint that was trained without --ablate "
            f"{ablation}"
        )

    def spatial_queries(self) -> Floats:
        """Return E_s (N, d_s)."""
        return self.weights["node_embedding"].astype(np.float64)

    def temporal_queries(self, tod_index: NDArray[np.int64], dow: NDArray[np.int64]) -> Floats:
        """Return E_t (n, d_t): rows of both dictionaries concatenated.

        Args:
            tod_index: (n,) rows of the time-of-day dictionary.
            dow: (n,) days of the week.
        """
        rows = (
            self.weights["tod_embedding.weight"][tod_index],
            self.weights["dow_embedding.weight"][dow],
        )
        return np.concatenate(rows, axis=-1).astype(np.float64)

    @property
    def time_of_day_width(self) -> int:
        """Number of leading entries of a temporal query that depend on the time of day only."""
        return self.config.tod_embedding_dim

    def width(self, space: SpaceName) -> int:
        """Return the length d of a space's queries."""
        return self.config.query_dim(_PARTS[space])

    def pools(self, space: SpaceName) -> dict[tuple[int, str], MetaParameterPool]:
        """Return the pools of a space, by layer (0-based) and convolution."""
        return {
            (layer, name): self._pool(f"{_PARTS[space]}.cells.{layer}.{name}.")
            for layer in range(self.config.num_layers)
            for name in self.convolutions
        }

    @property
    def why_no_graph(self) -> str:
        """Empty: each HimNet learns graphs."""
        return ""

    def graph_factors(self, queries: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return both factors (..., N, d) of the graph of embeddings (equations 9 and 11).

        softmax(relu(E E^T)), of E_s in both encoders, of a moment's E_st in the decoder.
        """
        rows = np.asarray(queries, dtype=np.float64)
        return rows, rows

    def untrained(self, *, seed: int, matched: bool = True) -> HimNetParameters:
        """Return the model with fresh initial weights, as in the published code.

        Args:
            seed: of the initialisation.
            matched: scale the dictionaries to the root mean square of the trained ones; see
                `himnet.model.untrained.untrained_weights`.
        """
        like = self.weights if matched else None
        return HimNetParameters(untrained_weights(self.config, seed=seed, like=like), self.config)

    def module(self) -> HimNet:
        """Return the model with these weights; imports torch."""
        import torch

        from himnet.model.himnet import HimNet

        module = HimNet(self.config)
        # copies, since arrays read from a file may not be writable
        module.load_state_dict({name: torch.tensor(array) for name, array in self.weights.items()})
        return module

    def _pool(self, prefix: str) -> MetaParameterPool:
        # float64: cosines near 1 differ in digits that float32 lacks
        arrays = (self.weights[prefix + name] for name in ("weights_pool", "bias_pool"))
        return MetaParameterPool(*(array.astype(np.float64) for array in arrays))
