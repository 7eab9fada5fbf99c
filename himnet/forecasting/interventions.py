"""Forecasts of a model with other queries in its encoders.

A meta-parameter is a query times a pool, so a sensor with another's query has the other's
parameters. E_s has two uses: it is the query of the spatial encoder's pools, and it determines the
graph of both encoders, softmax(relu(E_s E_s^T)), whose row gives how a sensor gathers from the
others. Here, the two are changed separately. The decoder's query is E_st, which follows from the
encoders' states.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from himnet.devices import autocast, compute_dtype
from himnet.errors import InputError
from himnet.forecasting.inference import Forecaster
from himnet.model.layers import adaptive_graph


class AlterablePass:
    """One batch of windows, to be forecast with several queries.

    Whatever a change does not affect is computed only once.

    Args:
        forecaster: with the model.
        middles: (B,) first steps to forecast, from `Forecaster.chunks`.
    """

    def __init__(self, forecaster: Forecaster, middles: Tensor) -> None:
        self._forecaster = forecaster
        self._model = forecaster.model
        with torch.inference_mode():
            self._x, self._y_cov = forecaster.batches.inputs(middles)
            self._model.check_inputs(self._x, self._y_cov)

    @torch.inference_mode()
    def forecast(
        self,
        *,
        temporal: NDArray[Any] | None = None,
        spatial: NDArray[Any] | None = None,
        rows: NDArray[Any] | None = None,
        columns: NDArray[Any] | None = None,
        decoder_graph: NDArray[Any] | None = None,
    ) -> NDArray[np.float32]:
        """Forecast with some queries replaced; None keeps the model's own.

        The time of day and day of week in the encoders' input do not change.

        Args:
            temporal: (B, d_t) instead of E_t, the query of the temporal encoder's pools.
            spatial: (N, d_s) instead of E_s as the query of the spatial encoder's pools.
            rows: (N, d_s) instead of the left E_s in softmax(relu(E_s E_s^T)): how each
                sensor aggregates the others.
            columns: (N, d_s) instead of the right one: how the others aggregate each sensor.
            decoder_graph: (N, N) instead of softmax(relu(E_st E_st^T)), in all windows.

        Returns:
            (B, T', N) in the data's unit.

        Raises:
            InputError: for queries of another shape.
        """
        config = self._model.config
        of_sensors = (config.num_nodes, config.node_embedding_dim)
        own = self._own_spatial
        query = self._tensor("spatial", spatial, of_sensors)
        left = self._tensor("rows", rows, of_sensors)
        right = self._tensor("columns", columns, of_sensors)
        in_decoder = self._tensor("decoder_graph", decoder_graph, (config.num_nodes,) * 2)
        moment = self._tensor("temporal", temporal, (len(self._x), config.temporal_embedding_dim))
        with autocast(self._forecaster.device, self._forecaster.precision):
            changed = left is not None or right is not None
            if changed:
                graph = self._graph(own if left is None else left, own if right is None else right)
            else:
                graph = self._own_graph
            if changed or moment is not None:
                times = self._model.temporal_embedding(self._x) if moment is None else moment
                of_time = self._model.encode_time(self._x, graph, times)
            else:
                of_time = self._own_time_state
            if changed or query is not None:
                of_space = self._model.encode_space(self._x, graph, own if query is None else query)
            else:
                of_space = self._own_space_state
            if in_decoder is not None:
                in_decoder = in_decoder.expand(len(self._x), -1, -1)
            output, _ = self._model.decode(of_time + of_space, self._y_cov, graph=in_decoder)
        forecast = self._forecaster.scaler.denormalise(output.squeeze(-1))
        return np.asarray(forecast.cpu().numpy())

    @cached_property
    def _own_spatial(self) -> Tensor:
        return self._model.spatial_embedding(self._x)

    @cached_property
    def _own_graph(self) -> Tensor:
        return self._graph(self._own_spatial, self._own_spatial)

    @cached_property
    def _own_time_state(self) -> Tensor:
        own = self._model.temporal_embedding(self._x)
        return self._model.encode_time(self._x, self._own_graph, own)

    @cached_property
    def _own_space_state(self) -> Tensor:
        return self._model.encode_space(self._x, self._own_graph, self._own_spatial)

    def _graph(self, left: Tensor, right: Tensor) -> Tensor:
        return adaptive_graph(left, right).to(compute_dtype(self._x))

    def _tensor(
        self, name: str, queries: NDArray[Any] | None, shape: tuple[int, ...]
    ) -> Tensor | None:
        if queries is None:
            return None
        if queries.shape != shape or not np.isfinite(queries).all():
            raise InputError(
                f"{name} has shape {queries.shape}, but queries of this pass are finite and of "
                f"shape {shape}; take them from the model's own embeddings"
            )
        return torch.tensor(queries, dtype=torch.float32, device=self._x.device)
