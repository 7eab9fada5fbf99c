"""Encoders and decoder: stacks of recurrent cells, and the queries of one pass."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn
from torch.nn.modules.module import _has_any_global_hook

from himnet.config import HimNetConfig, Part
from himnet.model.cells import CellMaps, HimGCRUCell
from himnet.model.shared_maps import FactorisedMap, GeneratedMap, GraphMap, Shared, share


class Layers(nn.ModuleList):
    """The cells of one part of the model, one per layer."""

    def forward(self, x: Tensor, states: Tensor, graph: Tensor, query: Tensor) -> Tensor:
        """Advance every layer by one step.

        Args:
            x: (B, N, C), for the first layer; the others take the state of the layer below.
            states: (B, L, N, h).
            graph: (N, N) or (B, N, N).
            query: E_t (B, 1, d_t), E_s (1, N, d_s) or E_st (B, N, d_st).

        Returns:
            The new states (B, L, N, h).
        """
        new = []
        for cell, state in zip(self, states.unbind(1), strict=True):
            x = cell(x, state, graph, query)
            new.append(x)
        return torch.stack(new, dim=1)


class RecurrentStack(nn.Module):
    """One part of the model: its layers, under the published name ``cells``.

    It can be run in two ways: `forward` calls all modules step by step, so that hooks fire;
    `encode` and `decoding` compute the same with fused steps. `HimNet` uses `forward` if `hooked`.
    """

    def __init__(self, config: HimNetConfig, part: Part) -> None:
        super().__init__()
        self.pooled = config.has_pools(part)
        layers = range(config.num_layers)
        self.cells = Layers(HimGCRUCell(config, part, layer) for layer in layers)
        self.hidden_dim = config.hidden_dim

    @property
    def hooked(self) -> bool:
        """Whether a forward or backward hook is registered in this part, or globally."""
        return bool(_has_any_global_hook()) or any(
            module._forward_hooks
            or module._forward_pre_hooks
            or module._backward_hooks
            or module._backward_pre_hooks
            for module in self.modules()
        )

    def forward(
        self, sequence: Tensor, graph: Tensor, query: Tensor, states: Tensor | None = None
    ) -> Tensor:
        """Run through a sequence: an encoder's whole input, or one step of the decoder.

        Args:
            sequence: (B, T, N, C).
            graph: (N, N) or (B, N, N).
            query: E_t (B, 1, d_t), E_s (1, N, d_s) or E_st (B, N, d_st).
            states: (B, L, N, h), the initial states of the L layers; None for zero.

        Returns:
            The last states of all layers (B, L, N, h), in the sequence's precision.
        """
        if states is None:
            batch, _, nodes, _ = sequence.shape
            states = sequence.new_zeros(batch, len(self.cells), nodes, self.hidden_dim)
        for x in sequence.unbind(1):
            states = self.cells(x, states, graph, query)
        return states

    def encode(self, sequence: Tensor, graph: Tensor, query: Tensor) -> Tensor:
        """Run through a sequence from a zero state.

        Args:
            sequence: (B, N, T, C) or (N, B, T, C).
            graph: (B, N, N) or (N, N), respectively.
            query: E_t (B, d_t) or E_s (N, d_s), respectively.

        Returns:
            The last state of the last layer, (B, N, h) or (N, B, h), in the sequence's precision.
        """
        shared_graph = share(GraphMap, graph)
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

    def decoding(
        self, start: Tensor, graph: Tensor, query: Tensor, calendar: Tensor
    ) -> Callable[[Tensor], Tensor]:
        """Prepare decoding, by `forward` if a hook is registered.

        Args:
            start: H (B, N, h), the initial state of every layer.
            graph: (B, N, N).
            query: E_st (B, N, d_st).
            calendar: (B, N, T', 2) time of day and day of week of the steps to forecast.

        Returns:
            A function to call once for each output step: the previous value (B, N, 1) -> the last
            layer's new state (B, N, h).
        """
        if self.hooked:
            return self._plain_decoding(start, graph, query, calendar)
        shared_graph = share(GraphMap, graph)
        layers: list[tuple[HimGCRUCell, CellMaps, Iterator[Tensor]]] = []
        for cell in self._each_cell():
            known = calendar if not layers else calendar[..., :0]
            maps = self._maps(cell, query, shared_graph)
            layers.append((cell, maps, iter(cell.look_ahead(graph, known))))
        states = [start] * len(layers)

        def step(fed: Tensor) -> Tensor:
            for layer, (cell, maps, known) in enumerate(layers):
                fed = states[layer] = cell.step(maps, next(known), fed, states[layer])
            return fed

        return step

    def _plain_decoding(
        self, start: Tensor, graph: Tensor, query: Tensor, calendar: Tensor
    ) -> Callable[[Tensor], Tensor]:
        states: Tensor = start.unsqueeze(1).expand(-1, len(self.cells), -1, -1)
        known = iter(calendar.unbind(2))

        def step(fed: Tensor) -> Tensor:
            nonlocal states
            states = self(torch.cat([fed, next(known)], dim=-1).unsqueeze(1), graph, query, states)
            return states[:, -1]

        return step

    def _each_cell(self) -> list[HimGCRUCell]:
        return [cell for cell in self.cells if isinstance(cell, HimGCRUCell)]

    def _maps(self, cell: HimGCRUCell, query: Tensor, graph: Shared) -> CellMaps:
        """Return the maps of a cell in one pass, for queries (G, d) or (B, N, d_st)."""
        pools = cell.pools(graph.token.dtype)
        if not self.pooled:  # shared parameters have one constant query
            query = query.new_ones(1, 1)
        query = query.to(graph.token.dtype)
        kind = GeneratedMap if query.dim() == 2 else FactorisedMap
        return CellMaps(graph, *(share(kind, query, pool) for pool in pools))
