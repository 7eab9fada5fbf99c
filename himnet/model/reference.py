"""The reference model: HimNet as its paper writes it (Dong et al., KDD '24), one equation a line.

    (1) E_t  = D_tod[time of day] || D_dow[day of week]    at the last input step
    (2) A    = softmax(relu(E E^T))                        E = E_s in encoders, E_st in the decoder
    (3) T_0  = I, T_1 = A, T_k = 2 A T_{k-1} - T_{k-2}     Chebyshev terms
    (4) W, b = Q P_W, Q P_b                                parameters = query times pools
    (5) G(x) = [T_0 x, ..., T_{K-1} x] W + b               graph convolution
    (6) z, r = split(sigmoid(G_gate([x, s])))              recurrent cell with state s
        c    = tanh(G_update([x, z * s]))
        s'   = r * s + (1 - r) * c
    (7) H    = last state of encoder_t + last state of encoder_s
    (8) E_st = H W_E + b_E
    (9) y    = s W_y + b_y                                 decoder, from s = H and y = 0 on

The query Q is E_t (B, d) in encoder_t, E_s (N, d) in encoder_s and E_st (B, N, d) in the decoder.
The numbers refer to this list. As in the published code, every graph convolution generates its
parameters again at every time step. `himnet.model.himnet` computes the same several times faster;
the two share only the configuration, so that a comparison reveals errors in either.
Sizes: B windows, T steps in, T' steps out, N sensors, C channels, h hidden, K terms, I = K * C rows
and O columns of a generated matrix.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from himnet.config import DAYS_PER_WEEK, OUTPUT_CHANNELS, HimNetConfig, Part

# equation (4) and the product in equation (5)
GENERATE = {"encoder_t": "bd,dio->bio", "encoder_s": "nd,dio->nio", "decoder": "bnd,dio->bnio"}
APPLY = {"encoder_t": "bni,bio->bno", "encoder_s": "bni,nio->bno", "decoder": "bni,bnio->bno"}


class GraphConvolution(nn.Module):
    """Equations (4) and (5); under w/o TMP, SMP or STMP with shared parameters instead of (4)."""

    def __init__(self, config: HimNetConfig, part: Part, inputs: int, outputs: int) -> None:
        super().__init__()
        self.part, self.pooled = part, config.has_pools(part)
        rows, d = config.cheb_k * inputs, config.query_dim(part)
        if self.pooled:
            self.weights_pool = nn.Parameter(nn.init.xavier_normal_(torch.empty(d, rows, outputs)))
            self.bias_pool = nn.Parameter(nn.init.xavier_normal_(torch.empty(d, outputs)))
        else:
            self.weights = nn.Parameter(nn.init.xavier_normal_(torch.empty(rows, outputs)))
            self.bias = nn.Parameter(torch.zeros(outputs))

    def forward(self, x: Tensor, terms: Sequence[Tensor], query: Tensor) -> Tensor:
        """Return G(x) (B, N, O) of x (B, N, C), T_1 ... T_{K-1} (N, N) or (B, N, N), and Q."""
        spread = "bnm,bmc->bnc" if self.part == "decoder" else "nm,bmc->bnc"
        spreads = [x, *(torch.einsum(spread, term, x) for term in terms)]  # T_0 x = x
        features = torch.cat(spreads, dim=-1)  # (B, N, I)
        if not self.pooled:
            return torch.einsum("bni,io->bno", features, self.weights) + self.bias
        weights = torch.einsum(GENERATE[self.part], query, self.weights_pool)  # (4), (..., I, O)
        bias = torch.matmul(query, self.bias_pool)  # (4), (..., O)
        if self.part == "encoder_t":
            bias = bias[:, None]  # (B, 1, O), the same for all sensors
        return torch.einsum(APPLY[self.part], features, weights) + bias  # (5)


class Cell(nn.Module):
    """Equation (6), a graph convolutional recurrent unit."""

    def __init__(self, config: HimNetConfig, part: Part, layer: int) -> None:
        super().__init__()
        channels, hidden = config.layer_inputs(layer), config.hidden_dim
        self.gate = GraphConvolution(config, part, channels, 2 * hidden)
        self.update = GraphConvolution(config, part, channels, hidden)

    def forward(self, x: Tensor, state: Tensor, terms: Sequence[Tensor], query: Tensor) -> Tensor:
        """Return the new state (B, N, h) after x (B, N, C) and the state (B, N, h)."""
        gates = torch.sigmoid(self.gate(torch.cat([x, state], dim=-1), terms, query))
        z, r = gates.chunk(2, dim=-1)  # (B, N, h) each
        candidate = torch.tanh(self.update(torch.cat([x, z * state], dim=-1), terms, query))
        return r * state + (1 - r) * candidate


class Stack(nn.Module):
    """The cells of an encoder or of the decoder, one a layer."""

    def __init__(self, config: HimNetConfig, part: Part) -> None:
        super().__init__()
        self.hidden_dim = config.hidden_dim
        self.cells = nn.ModuleList(Cell(config, part, layer) for layer in range(config.num_layers))

    def last_state(self, x: Tensor, terms: Sequence[Tensor], query: Tensor) -> Tensor:
        """Encode x (B, T, N, 3); return the last layer's last state (B, N, h)."""
        for cell in self.cells:
            state = x.new_zeros(x.shape[0], x.shape[2], self.hidden_dim)
            states = []
            for step in range(x.shape[1]):
                state = cell(x[:, step], state, terms, query)
                states.append(state)
            x = torch.stack(states, dim=1)  # (B, T, N, h), the next layer's input
        return x[:, -1]


class ReferenceHimNet(nn.Module):
    """HimNet by equations (1) to (9), with the parameter names of published state dicts.

    Args:
        config: sizes and ablation.
        seed: of the initialisation, with the same draws as `HimNet`; None uses torch's global
            generator as it is.

    A training step of METR-LA's size generates 4 GB of parameters: on a CPU, call
    `himnet.devices.keep_freed_memory` first, or half of the time goes into allocating that memory.
    """

    def __init__(self, config: HimNetConfig, *, seed: int | None = None) -> None:
        super().__init__()
        self.config = config
        with torch.random.fork_rng(devices=[], enabled=seed is not None):
            if seed is not None:
                torch.manual_seed(seed)
            if config.ablate != "E_s":
                spatial = torch.empty(config.num_nodes, config.node_embedding_dim)
                self.node_embedding = nn.Parameter(nn.init.xavier_normal_(spatial))  # E_s
            self.encoder_s = Stack(config, "encoder_s")
            self.encoder_t = Stack(config, "encoder_t")
            self.decoder = Stack(config, "decoder")
            self.out_proj = nn.Linear(config.hidden_dim, OUTPUT_CHANNELS)
            if config.has_dictionaries:
                self.tod_embedding = nn.Embedding(config.steps_per_day, config.tod_embedding_dim)
                self.dow_embedding = nn.Embedding(DAYS_PER_WEEK, config.dow_embedding_dim)
            if config.ablate != "E_st":
                self.st_proj = nn.Linear(config.hidden_dim, config.st_embedding_dim)

    def temporal_embedding(self, x: Tensor) -> Tensor:
        """Return E_t (B, d_t) of windows x (B, T, N, 3), equation (1); ones under w/o E_t."""
        if not self.config.has_dictionaries:
            return x.new_ones(len(x), self.config.temporal_embedding_dim)
        steps = self.config.steps_per_day
        time_of_day = torch.round(x[:, -1, 0, 1] * steps).long() % steps  # (B,)
        day_of_week = x[:, -1, 0, 2].long()  # (B,)
        return torch.cat([self.tod_embedding(time_of_day), self.dow_embedding(day_of_week)], dim=-1)

    def spatial_embedding(self, x: Tensor) -> Tensor:
        """Return E_s (N, d_s); ones under w/o E_s."""
        if self.config.ablate == "E_s":
            return x.new_ones(self.config.num_nodes, self.config.node_embedding_dim)
        return self.node_embedding

    def encode(self, x: Tensor) -> Tensor:
        """Return E_st (B, N, d_st) of windows x (B, T, N, 3); ones under w/o E_st."""
        return self._encode(x)[1].to(x.dtype)

    def _encode(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return H (B, N, h) and E_st (B, N, d_st) by equations (7) and (8)."""
        spatial = self.spatial_embedding(x)
        terms = chebyshev_terms(adaptive_graph(spatial), self.config.cheb_k)  # (N, N) each
        state = self.encoder_s.last_state(x, terms, spatial)
        state = state + self.encoder_t.last_state(x, terms, self.temporal_embedding(x))
        if self.config.ablate == "E_st":
            return state, state.new_ones(*state.shape[:2], self.config.st_embedding_dim)
        return state, self.st_proj(state)

    def forward(
        self,
        x: Tensor,
        y_cov: Tensor,
        *,
        targets: Tensor | None = None,
        teacher: Sequence[bool] | Tensor | None = None,
    ) -> Tensor:
        """Return the forecast (B, T', N, 1); arguments as `HimNet.forward`, but not checked."""
        state, query = self._encode(x)
        terms = chebyshev_terms(adaptive_graph(query), self.config.cheb_k)  # (B, N, N) each
        states = [state] * self.config.num_layers
        value = x.new_zeros(*state.shape[:2], OUTPUT_CHANNELS)
        outputs = []
        for step in range(self.config.out_steps):
            features = torch.cat([value, y_cov[:, step]], dim=-1)  # (B, N, 3)
            for layer, cell in enumerate(self.decoder.cells):
                states[layer] = features = cell(features, states[layer], terms, query)
            value = self.out_proj(features)  # (9), (B, N, 1)
            outputs.append(value)
            if targets is not None and teacher is not None and step < len(teacher):
                value = targets[:, step] if teacher[step] else value
        return torch.stack(outputs, dim=1).to(x.dtype)


def adaptive_graph(embedding: Tensor) -> Tensor:
    """Return A (..., N, N) of E (..., N, d), equation (2)."""
    return torch.softmax(torch.relu(embedding @ embedding.mT), dim=-1)


def chebyshev_terms(graph: Tensor, order: int) -> list[Tensor]:
    """Return T_1, ..., T_{K-1} of a graph A (..., N, N), equation (3); T_0 = I is left out."""
    terms = [torch.eye(graph.shape[-1], dtype=graph.dtype, device=graph.device), graph]
    for _ in range(2, order):
        terms.append(2 * (graph @ terms[-1]) - terms[-2])
    return terms[1:order]
