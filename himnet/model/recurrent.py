"""Encoders and decoder: stacks of recurrent cells, bound to the queries of a pass."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from himnet.config import HimNetConfig, Part
from himnet.model.cells import CellMaps, HimGCRUCell
from himnet.model.shared_maps import Shared, share_factorised, share_generated, share_graph


class RecurrentStack(nn.Module):
    """The cells of one part of the model, one a layer, under the published name ``cells``."""

    def __init__(self, config: HimNetConfig, part: Part) -> None:
        super().__init__()
        self.pooled = config.has_pools(part)
        layers = range(config.num_layers)
        self.cells = nn.ModuleList(HimGCRUCell(config, part, layer) for layer in layers)

    def encode(self, sequence: Tensor, graph: Tensor, query: Tensor) -> Tensor:
        """Run through a sequence from a zero state.

        Args:
            sequence: (B, N, T, C) or (N, B, T, C).
            graph: (B, N, N) or (N, N), respectively.
            query: E_t (B, d_t) or E_s (N, d_s), respectively.

        Returns:
            The last state of the last layer, (B, N, h) or (N, B, h), in the sequence's precision.
        """
        shared_graph = share_graph(graph)
        state = sequence  # replaced below: there is at least one layer
        for cell in self._each_cell():
            maps = self._maps(cell, query, shared_graph)
            state = sequence.new_zeros(*sequence.shape[:2], cell.hidden_dim)
            none_fed = state[..., :0]
            states = []
            for known in cell.look_ahead(graph, sequence):
                state = cell.step(maps, known, none_fed, state)
                states.append(state)
            if len(self.cells) > 1:
                sequence = torch.stack(states, dim=2)
        return state

    def decoding(self, start: Tensor, graph: Tensor, query: Tensor, calendar: Tensor) -> Decoding:
        """Prepare to decode.

        Args:
            start: H (B, N, h), where every layer begins.
            graph: (B, N, N).
            query: E_st (B, N, d_st).
            calendar: (B, N, T', 2) time of day and day of week of the steps to forecast.
        """
        shared_graph = share_graph(graph)
        layers: list[tuple[HimGCRUCell, CellMaps, list[Tensor]]] = []
        for cell in self._each_cell():
            known = calendar if not layers else calendar[..., :0]
            maps = self._maps(cell, query, shared_graph)
            layers.append((cell, maps, cell.look_ahead(graph, known)))
        return Decoding(layers, start)

    def _each_cell(self) -> list[HimGCRUCell]:
        return [cell for cell in self.cells if isinstance(cell, HimGCRUCell)]

    def _maps(self, cell: HimGCRUCell, query: Tensor, graph: Shared) -> CellMaps:
        """Return the maps of a cell in one pass, for queries (G, d) or (B, N, d_st)."""
        pools = cell.pools(graph.token.dtype)
        if not self.pooled:  # shared parameters have one query, which is constant
            query = query.new_ones(1, 1)
        query = query.to(graph.token.dtype)
        share = share_generated if query.dim() == 2 else share_factorised
        return CellMaps(graph, share(query, pools.gate), share(query, pools.update))


class Decoding:
    """A decoder under way: call `step` once for each step to forecast."""

    def __init__(
        self, layers: list[tuple[HimGCRUCell, CellMaps, list[Tensor]]], start: Tensor
    ) -> None:
        self._layers = layers
        self._states = [start] * len(layers)
        self._done = 0

    def step(self, fed: Tensor) -> Tensor:
        """Advance every layer by one step.

        Args:
            fed: (B, N, 1), the value before, for the first layer; the others take the state below.

        Returns:
            The last layer's new state (B, N, h).
        """
        for layer, (cell, maps, known) in enumerate(self._layers):
            fed = cell.step(maps, known[self._done], fed, self._states[layer])
            self._states[layer] = fed
        self._done += 1
        return fed
