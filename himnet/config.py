"""The model's configuration: sizes, ablation, and the resulting tensors (without torch)."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any, Literal, get_args

from himnet.errors import ConfigError
from himnet.limits import MODEL_SIZES

Ablation = Literal["none", "E_t", "E_s", "E_st", "TMP", "SMP", "STMP"]
ABLATIONS: tuple[Ablation, ...] = get_args(Ablation)
PRECISIONS: tuple[str, ...] = ("float32", "tf32", "bfloat16")  # of training's matrix products
Part = Literal["encoder_t", "encoder_s", "decoder"]
SpaceName = Literal["temporal", "spatial", "moment"]  # of meta-parameters, by their query

INPUT_CHANNELS = 3  # normalised value, time of day, day of week
OUTPUT_CHANNELS = 1
DAYS_PER_WEEK = 7
PUBLISHED_ROWS = 288  # of the time-of-day dictionary of HimNet's own code, whatever the data
SIZES_OF_DATA = ("num_nodes", "steps_per_day", "in_steps", "out_steps")


@dataclass(frozen=True)
class HimNetConfig:
    """All settings that determine the shape and the function of a HimNet.

    Attributes:
        num_nodes: sensors, N.
        steps_per_day: rows of the time-of-day dictionary.
        in_steps, out_steps: T and T'.
        hidden_dim: hidden size h of every GCRU cell.
        num_layers: GCRU layers in each encoder and in the decoder.
        cheb_k: number of Chebyshev terms, K.
        tod_embedding_dim, dow_embedding_dim: widths of the two dictionaries; d_t is their sum.
        node_embedding_dim: d_s.
        st_embedding_dim: d_st.
        ablate: ``"none"``, or the paper's name of what is left out: an embedding (``"E_t"``,
            ``"E_s"``, ``"E_st"``: replaced by ones) or the meta-parameters of one part
            (``"TMP"``, ``"SMP"``, ``"STMP"``: replaced by ordinary shared parameters).
    """

    num_nodes: int
    steps_per_day: int = 288
    in_steps: int = 12
    out_steps: int = 12
    hidden_dim: int = 64
    num_layers: int = 1
    cheb_k: int = 2
    tod_embedding_dim: int = 8
    dow_embedding_dim: int = 8
    node_embedding_dim: int = 16
    st_embedding_dim: int = 16
    ablate: Ablation = "none"

    def __post_init__(self) -> None:
        for name, (low, high) in MODEL_SIZES.items():
            value = getattr(self, name)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise ConfigError(f"{name} must be an integer from {low} to {high}, not {value!r}")
        if self.ablate not in ABLATIONS:
            raise ConfigError(f"ablate must be one of {', '.join(ABLATIONS)}, not {self.ablate!r}")

    @property
    def temporal_embedding_dim(self) -> int:
        """d_t, the width of E_t: both dictionaries concatenated."""
        return self.tod_embedding_dim + self.dow_embedding_dim

    def misfits(self, num_nodes: int, steps_per_day: int) -> Iterator[tuple[str, int, int]]:
        """Yield differences from the sizes of a data set: name, the model's size, the data's."""
        for what, of_model, of_data in (
            ("sensors", self.num_nodes, num_nodes),
            ("steps per day", self.steps_per_day, steps_per_day),
        ):
            if of_model != of_data:
                yield what, of_model, of_data

    def query_dim(self, part: Part) -> int:
        """Width d of the embedding that queries the pools of a part of the model."""
        return {
            "encoder_t": self.temporal_embedding_dim,
            "encoder_s": self.node_embedding_dim,
            "decoder": self.st_embedding_dim,
        }[part]

    def has_pools(self, part: Part) -> bool:
        """Whether a part generates its parameters (False under w/o TMP, SMP or STMP)."""
        return self.ablate != {"encoder_t": "TMP", "encoder_s": "SMP", "decoder": "STMP"}[part]

    @property
    def has_dictionaries(self) -> bool:
        """Whether E_t exists; under w/o TMP it would not be used as a query."""
        return self.ablate not in ("E_t", "TMP")

    def layer_inputs(self, layer: int) -> int:
        """Channels C of a layer's graph convolutions: those of its input and its state."""
        return (INPUT_CHANNELS if layer == 0 else self.hidden_dim) + self.hidden_dim

    def fed_channels(self, part: Part, layer: int) -> int:
        """Number of leading input channels that depend on the previous step.

        The forecast in the decoder's first layer and the state below in the others; an encoder's
        whole input is known in advance.
        """
        if part != "decoder":
            return 0
        return OUTPUT_CHANNELS if layer == 0 else self.hidden_dim

    def state_shapes(self) -> dict[str, tuple[int, ...]]:
        """Return name and shape of every tensor in the state dict, in the published order."""
        shapes: dict[str, tuple[int, ...]] = {}
        if self.ablate != "E_s":
            shapes["node_embedding"] = (self.num_nodes, self.node_embedding_dim)
        parts: tuple[Part, ...] = ("encoder_s", "encoder_t", "decoder")
        for part in parts:
            for layer in range(self.num_layers):
                shapes |= self._cell_shapes(part, layer)
        shapes["out_proj.weight"] = (OUTPUT_CHANNELS, self.hidden_dim)
        shapes["out_proj.bias"] = (OUTPUT_CHANNELS,)
        if self.has_dictionaries:
            shapes["tod_embedding.weight"] = (self.steps_per_day, self.tod_embedding_dim)
            shapes["dow_embedding.weight"] = (DAYS_PER_WEEK, self.dow_embedding_dim)
        if self.ablate != "E_st":
            shapes["st_proj.weight"] = (self.st_embedding_dim, self.hidden_dim)
            shapes["st_proj.bias"] = (self.st_embedding_dim,)
        return shapes

    def _cell_shapes(self, part: Part, layer: int) -> dict[str, tuple[int, ...]]:
        rows = self.cheb_k * self.layer_inputs(layer)
        queries, ending = ((self.query_dim(part),), "_pool") if self.has_pools(part) else ((), "")
        shapes: dict[str, tuple[int, ...]] = {}
        for conv, outputs in (("gate", 2 * self.hidden_dim), ("update", self.hidden_dim)):
            prefix = f"{part}.cells.{layer}.{conv}."
            shapes[f"{prefix}weights{ending}"] = (*queries, rows, outputs)
            shapes[f"{prefix}bias{ending}"] = (*queries, outputs)
        return shapes

    @property
    def num_parameters(self) -> int:
        """Number of trainable parameters; exactly 1,250,937 for METR-LA."""
        return sum(math.prod(shape) for shape in self.state_shapes().values())

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON metadata."""
        return asdict(self)

    @classmethod
    def from_dict(cls, settings: Mapping[str, Any]) -> HimNetConfig:
        """Read the result of `to_dict`; unknown or missing settings are a ConfigError."""
        known = {field.name for field in fields(cls)}
        unknown = sorted(set(settings) - known)
        if unknown or "num_nodes" not in settings:
            what = f"unknown setting(s) {unknown}" if unknown else "no setting 'num_nodes'"
            raise ConfigError(f"the model configuration has {what}; known are {sorted(known)}")
        return cls(**settings)
