"""What the analysis needs of a trained model, whatever its architecture.

A model has up to three spaces: *temporal* (what it has learnt about times of the week), *spatial*
(about sensors) and *moment* (about a sensor at one moment, from what the model has just read). In
each, embeddings are either what the model uses as they are, or queries that multiply pools to
generate parameters, the meta-parameters. Torch is not needed to look at any of them.
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
    """A trained model as the analysis sees it; a loaded checkpoint holds one."""

    @property
    def architecture(self) -> str:
        """What the model is called."""

    @property
    def num_nodes(self) -> int:
        """Number of sensors, N."""

    @property
    def steps_per_day(self) -> int:
        """Number of times of day that the model tells apart."""

    @property
    def in_steps(self) -> int:
        """Length of the history that a forecast is made from, T."""

    @property
    def out_steps(self) -> int:
        """Number of steps that are forecast, T'."""

    @property
    def num_layers(self) -> int:
        """Number of layers that have pools; 0 where there are none."""

    @property
    def convolutions(self) -> tuple[str, ...]:
        """Names of the pools of each layer; empty where there are none."""

    @property
    def num_parameters(self) -> int:
        """Number of trained values."""

    @property
    def can_forecast(self) -> bool:
        """Whether `module` makes a model that forecasts."""

    @property
    def sizes(self) -> Mapping[str, str]:
        """The model's sizes by name, for a table."""

    @property
    def sketch(self) -> Sketch | None:
        """What a drawing of the model tells; None for a model that is not drawn."""

    def why_not(self, space: SpaceName, *, generated: bool = True) -> str:
        """Return in a sentence why the model has nothing in a space; "" if it has.

        Args:
            space: of them.
            generated: whether meta-parameters are asked for, or the embedding alone.
        """

    def width(self, space: SpaceName) -> int:
        """Return the length d of a space's embeddings."""

    def spatial_queries(self) -> Floats:
        """Return the embedding of each sensor, (N, d)."""

    def temporal_queries(self, tod_index: NDArray[np.int64], dow: NDArray[np.int64]) -> Floats:
        """Return the embeddings (n, d) of times of day (n,) on days of the week (n,)."""

    @property
    def time_of_day_width(self) -> int:
        """How many leading entries of a temporal query depend on the time of day alone."""

    def pools(self, space: SpaceName) -> Mapping[tuple[int, str], MetaParameterPool]:
        """Return a space's pools in float64, by layer (0-based) and convolution.

        Empty where the embeddings are used as they are.
        """

    def graph(self, queries: NDArray[Any]) -> Floats:
        """Return the learnt graph (..., N, N) of embeddings (..., N, d); row i: whom i reads."""

    def untrained(self, *, seed: int, matched: bool = True) -> LearntModel:
        """Return the model as its authors initialise it.

        Args:
            seed: of the draw.
            matched: scale what only differs in scale to the trained model's.
        """

    def module(self) -> Any:
        """Return the model as a torch module that forecasts; imports torch."""
