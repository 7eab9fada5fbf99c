"""HimNet exactly as the paper writes it: the oracle of the tests, the baseline of the benchmarks.

Every graph convolution multiplies its queries with its pools anew (`einsum`), at every time step,
as the published formulas and code do. Nothing here is fast and nothing is shared with `himnet/`
but the configuration, so that an error there cannot hide here. State dicts of both fit each other.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from himnet.config import HimNetConfig, Part

WEIGHTS = {"encoder_t": "bd,dio->bio", "encoder_s": "nd,dio->nio", "decoder": "bnd,dio->bnio"}
PRODUCT = {
    "encoder_t": "bni,bio->bno",
    "encoder_s": "bni,nio->bno",
    "decoder": "bni,bnio->bno",
}


class LiteralGraphConv(nn.Module):
    """theta = E P, then sum_k T_k x theta_k + b; ordinary shared parameters where ablated."""

    def __init__(self, config: HimNetConfig, part: Part, inputs: int, outputs: int) -> None:
        super().__init__()
        self.part, self.order, self.pooled = part, config.cheb_k, config.has_pools(part)
        rows, d = config.cheb_k * inputs, config.query_dim(part)
        if self.pooled:
            self.weights_pool = nn.Parameter(torch.empty(d, rows, outputs))
            self.bias_pool = nn.Parameter(torch.empty(d, outputs))
        else:
            self.weights = nn.Parameter(torch.empty(rows, outputs))
            self.bias = nn.Parameter(torch.empty(outputs))

    def forward(self, x: Tensor, graph: Tensor, query: Tensor) -> Tensor:
        """x (B, N, C), graph (N, N) or (B, N, N), query (..., d) -> (B, N, O)."""
        spread = torch.cat([_spread(term, x) for term in self._chebyshev(graph)], dim=-1)
        if not self.pooled:
            return torch.einsum("bni,io->bno", spread, self.weights) + self.bias
        weights = torch.einsum(WEIGHTS[self.part], query, self.weights_pool)
        bias = torch.matmul(query, self.bias_pool)
        if self.part == "encoder_t":
            bias = bias[:, None, :]
        return torch.einsum(PRODUCT[self.part], spread, weights) + bias

    def _chebyshev(self, graph: Tensor) -> list[Tensor]:
        """T_0 = I, T_1 = A, T_k = 2 A T_{k-1} - T_{k-2}."""
        identity = torch.eye(graph.shape[-1], dtype=graph.dtype, device=graph.device)
        terms = [identity.expand_as(graph), graph][: self.order]
        for _ in range(2, self.order):
            terms.append(2 * torch.matmul(graph, terms[-1]) - terms[-2])
        return terms


class LiteralCell(nn.Module):
    """z, r = split(sigmoid(gate)); c = tanh(update of [x, z * h]); h' = r * h + (1 - r) * c."""

    def __init__(self, config: HimNetConfig, part: Part, layer: int) -> None:
        super().__init__()
        channels, hidden = config.layer_inputs(layer), config.hidden_dim
        self.gate = LiteralGraphConv(config, part, channels, 2 * hidden)
        self.update = LiteralGraphConv(config, part, channels, hidden)

    def forward(self, x: Tensor, state: Tensor, graph: Tensor, query: Tensor) -> Tensor:
        """x (B, N, C), state (B, N, h) -> new state (B, N, h)."""
        both = torch.sigmoid(self.gate(torch.cat([x, state], dim=-1), graph, query))
        z, r = both.chunk(2, dim=-1)
        candidate = torch.tanh(self.update(torch.cat([x, z * state], dim=-1), graph, query))
        return r * state + (1 - r) * candidate


class LiteralStack(nn.Module):
    """The cells of one encoder or of the decoder."""

    def __init__(self, config: HimNetConfig, part: Part) -> None:
        super().__init__()
        self.cells = nn.ModuleList(
            LiteralCell(config, part, layer) for layer in range(config.num_layers)
        )
        self.hidden_dim = config.hidden_dim

    def last_state(self, x: Tensor, graph: Tensor, query: Tensor) -> Tensor:
        """Encode x (B, T, N, C); return the last layer's last state (B, N, h)."""
        for cell in self.cells:
            state = x.new_zeros(x.shape[0], x.shape[2], self.hidden_dim)
            states = []
            for step in range(x.shape[1]):
                state = cell(x[:, step], state, graph, query)
                states.append(state)
            x = torch.stack(states, dim=1)
        return x[:, -1]


class PaperLiteralHimNet(nn.Module):
    """The whole model; `load_state_dict` takes a published state dict or one of `HimNet`."""

    def __init__(self, config: HimNetConfig) -> None:
        super().__init__()
        self.config = config
        if config.ablate != "E_s":
            shape = (config.num_nodes, config.node_embedding_dim)
            self.node_embedding = nn.Parameter(torch.empty(shape))
        self.encoder_s = LiteralStack(config, "encoder_s")
        self.encoder_t = LiteralStack(config, "encoder_t")
        self.decoder = LiteralStack(config, "decoder")
        self.out_proj = nn.Linear(config.hidden_dim, 1)
        if config.has_dictionaries:
            self.tod_embedding = nn.Embedding(config.steps_per_day, config.tod_embedding_dim)
            self.dow_embedding = nn.Embedding(7, config.dow_embedding_dim)
        if config.ablate != "E_st":
            self.st_proj = nn.Linear(config.hidden_dim, config.st_embedding_dim)

    def embeddings(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return E_t (B, d_t), at the last input step, and E_s (N, d_s)."""
        config = self.config
        if not config.has_dictionaries:
            temporal = x.new_ones(x.shape[0], config.temporal_embedding_dim)
        else:
            steps = config.steps_per_day
            time_of_day = (x[:, -1, 0, 1].double() * steps).round().long() % steps
            day_of_week = x[:, -1, 0, 2].long()
            temporal = torch.cat(
                [self.tod_embedding(time_of_day), self.dow_embedding(day_of_week)], dim=-1
            )
        if config.ablate == "E_s":
            return temporal, x.new_ones(config.num_nodes, config.node_embedding_dim)
        return temporal, self.node_embedding

    def encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return H and E_st of windows x (B, T, N, 3): (B, N, h) and (B, N, d_st)."""
        temporal, spatial = self.embeddings(x)
        graph = adaptive_graph(spatial)
        hidden = self.encoder_s.last_state(x, graph, spatial)
        hidden = hidden + self.encoder_t.last_state(x, graph, temporal)
        if self.config.ablate == "E_st":
            return hidden, hidden.new_ones(*hidden.shape[:2], self.config.st_embedding_dim)
        return hidden, self.st_proj(hidden)

    def forward(
        self,
        x: Tensor,
        y_cov: Tensor,
        *,
        targets: Tensor | None = None,
        teacher: Sequence[bool] = (),
    ) -> Tensor:
        """x (B, T, N, 3), y_cov (B, T', N, 2) -> (B, T', N, 1); `teacher` says where truth is fed.

        Args are those of `himnet.HimNet.forward`.
        """
        hidden, query = self.encode(x)
        graph = adaptive_graph(query)
        states = [hidden] * self.config.num_layers
        value = x.new_zeros(*hidden.shape[:2], 1)
        outputs = []
        for step in range(self.config.out_steps):
            features = torch.cat([value, y_cov[:, step]], dim=-1)
            for layer, cell in enumerate(self.decoder.cells):
                states[layer] = features = cell(features, states[layer], graph, query)
            value = self.out_proj(features)
            outputs.append(value)
            if targets is not None and step < len(teacher) and teacher[step]:
                value = targets[:, step]
        return torch.stack(outputs, dim=1)


def adaptive_graph(embedding: Tensor) -> Tensor:
    """softmax(relu(E E^T)): (..., N, d) -> (..., N, N)."""
    return torch.softmax(torch.relu(torch.matmul(embedding, embedding.transpose(-1, -2))), dim=-1)


def _spread(term: Tensor, x: Tensor) -> Tensor:
    return torch.einsum("nm,bmc->bnc" if term.dim() == 2 else "bnm,bmc->bnc", term, x)
