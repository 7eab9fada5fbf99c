"""What the analysis requires of a trained model, whatever its architecture.

A model has up to three spaces: *temporal* (times of the week), *spatial* (sensors) and *moment*
(a sensor at one moment, which depends on the input). The embeddings of a space are either used
directly, or are queries that are multiplied with pools to generate parameters, the
meta-parameters. None of this requires torch.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np
from numpy.typing import NDArray

from himnet.config import SpaceName
from himnet.model.pools import MetaParameterPool

if TYPE_CHECKING:
    from himnet.model.sketch import Sketch

Floats = NDArray[np.float64]


class LearntModel(Protocol):
    """A trained model; a loaded checkpoint contains one."""

    @property
    def architecture(self) -> str:
        """Name of the architecture."""

    @property
    def num_nodes(self) -> int:
        """Number of sensors, N."""

    @property
    def steps_per_day(self) -> int:
        """Number of times of day that the model distinguishes."""

    @property
    def in_steps(self) -> int:
        """Number of input steps, T."""

    @property
    def out_steps(self) -> int:
        """Number of output steps, T'."""

    @property
    def num_layers(self) -> int:
        """Number of layers with pools; 0 for none."""

    @property
    def convolutions(self) -> tuple[str, ...]:
        """Names of the pools of each layer; empty without pools."""

    @property
    def num_parameters(self) -> int:
        """Number of trained parameters."""

    @property
    def can_forecast(self) -> bool:
        """Whether `module` makes a model that forecasts."""

    @property
    def sizes(self) -> Mapping[str, str]:
        """The model's dimensions by name, for a table."""

    @property
    def sketch(self) -> Sketch | None:
        """The content of a drawing of the model; None if it cannot be drawn."""

    def why_not(self, space: SpaceName, *, generated: bool = True) -> str:
        """Return a sentence on why the model has nothing in a space; "" if it has.

        Args:
            space: one of the three.
            generated: whether meta-parameters are requested, or only the embedding.
        """

    def width(self, space: SpaceName) -> int:
        """Return the length d of a space's embeddings; 0 for a space that the model lacks."""

    def spatial_queries(self) -> Floats:
        """Return the embedding of each sensor, (N, d)."""

    def temporal_queries(self, tod_index: NDArray[np.int64], dow: NDArray[np.int64]) -> Floats:
        """Return the embeddings (n, d) of times of day (n,) on days of the week (n,)."""

    @property
    def time_of_day_width(self) -> int:
        """Number of leading entries of a temporal query that depend on the time of day only."""

    def pools(self, space: SpaceName) -> Mapping[tuple[int, str], MetaParameterPool]:
        """Return a space's pools in float64, by layer (0-based) and convolution.

        Empty if the embeddings are used directly.
        """

    @property
    def why_no_graph(self) -> str:
        """A sentence on why the model learns no graph of the sensors; "" if it does."""

    def graph_factors(self, queries: NDArray[Any]) -> tuple[Floats, Floats]:
        """Return L and R (..., N, d) of the learnt graph softmax(relu(L R^T)).

        Row i of L determines how sensor i reads the others, row j of R how sensor j is read.

        Args:
            queries: embeddings (..., N, d), those of the sensors or of a moment.
        """

    def untrained(self, *, seed: int, matched: bool = True) -> LearntModel:
        """Return the model with fresh initial weights, as its authors initialise it.

        Args:
            seed: of the initialisation.
            matched: whether to scale the embeddings to those of the trained model.
        """

    def module(self) -> Any:
        """Return the model as a torch module that forecasts; imports torch."""
