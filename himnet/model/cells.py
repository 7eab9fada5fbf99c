"""The recurrent cell, in steps with an explicit gradient."""

from __future__ import annotations

from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from himnet.config import HimNetConfig, Part
from himnet.model.layers import MetaGraphConv, chebyshev_features
from himnet.model.shared_maps import GraphMap, LinearMap, Shared

_ALIGNED = 8  # matrix products are faster if the number of features is a multiple of this


class CellMaps(NamedTuple):
    """The maps of one cell in one pass: its graph, and its generated parameters."""

    graph: Shared
    gate: Shared
    update: Shared


class HimGCRUCell(nn.Module):
    """Graph convolutional recurrent unit.

    z, r = split(sigmoid(conv_gate([x, h]))); c = tanh(conv_update([x, z * h]));
    h' = r * h + (1 - r) * c.

    The last channels of the input x are known in advance for all steps, and are multiplied with the
    graph in one product for the whole sequence; the first `fed` channels, like the state, depend on
    the previous step, and are multiplied in each step.
    """

    def __init__(self, config: HimNetConfig, part: Part, layer: int) -> None:
        super().__init__()
        self.hidden_dim = config.hidden_dim
        self.cheb_k = config.cheb_k
        self.channels = config.layer_inputs(layer)
        self.fed = config.fed_channels(part, layer)
        self.lead = 1 + -(self.cheb_k * self.channels + 1) % _ALIGNED
        d, pooled = config.query_dim(part), config.has_pools(part)
        h, k = self.hidden_dim, self.cheb_k
        self.gate = MetaGraphConv(d, self.channels, 2 * h, k, pooled=pooled)
        self.update = MetaGraphConv(d, self.channels, h, k, pooled=pooled)

    def forward(self, x: Tensor, state: Tensor, graph: Tensor, query: Tensor) -> Tensor:
        """Advance by one step, as in the formulas; `step` computes the same fused.

        Args:
            x: (B, N, C).
            state: h (B, N, h).
            graph: (N, N) or (B, N, N).
            query: E_t (B, 1, d_t), E_s (1, N, d_s) or E_st (B, N, d_st).

        Returns:
            The new state h' (B, N, h), in the precision of `state`.
        """
        gates = torch.sigmoid(self.gate(torch.cat([x, state], dim=-1), graph, query))
        z, r = gates.chunk(2, dim=-1)
        candidate = torch.tanh(self.update(torch.cat([x, z * state], dim=-1), graph, query))
        return r * state + (1 - r) * candidate

    def pools(self, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
        """Return the pools (d, I, 2h) of the gate and (d, I, h) of the update in `dtype`.

        Rows are ordered [bias, zeros, known inputs, fed and state], as in `step`.
        """
        return self._reordered(self.gate, dtype), self._reordered(self.update, dtype)

    def _reordered(self, conv: MetaGraphConv, dtype: torch.dtype) -> Tensor:
        pool = conv.pool
        d, _, outputs = pool.weights.shape
        by_term = pool.weights.to(dtype).view(d, self.cheb_k, self.channels, outputs)
        known = self.channels - self.hidden_dim - self.fed
        fed, ahead, state = by_term.split([self.fed, known, self.hidden_dim], dim=2)
        found = torch.cat([fed, state], dim=2)
        lead = nn.functional.pad(pool.bias.to(dtype).unsqueeze(1), (0, 0, 0, self.lead - 1))
        return torch.cat([lead, ahead.flatten(1, 2), found.flatten(1, 2)], dim=1)

    def look_ahead(self, graph: Tensor, sequence: Tensor) -> list[Tensor]:
        """Multiply the inputs that are known in advance with the graph.

        Args:
            graph: (B, N, N), or (N, N) if the sensors are the first axis of `sequence`.
            sequence: (B, N, T, C_ahead) or (N, B, T, C_ahead).

        Returns:
            For each of the T steps (B, N, lead + K * C_ahead): 1 for the bias, zeros for alignment,
            and the Chebyshev terms.
        """
        first = graph.dim() - 1

        def spread(features: Tensor) -> Tensor:
            return (graph @ features.flatten(first)).view(features.shape)

        terms = chebyshev_features(spread, sequence.to(graph.dtype), self.cheb_k)
        lead = terms[0].new_zeros(*terms[0].shape[:-1], self.lead)
        lead[..., 0] = 1
        return list(torch.cat([lead, *terms], dim=-1).unbind(2))

    def step(self, maps: CellMaps, known: Tensor, fed: Tensor, state: Tensor) -> Tensor:
        """Advance by one step.

        Args:
            maps: of this pass.
            known: (B, N, lead + K * C_ahead) of this step, from `look_ahead`.
            fed: (B, N, C_fed), in any precision.
            state: (B, N, h).

        Returns:
            The new state (B, N, h), in the precision of `state`: the errors of 24 roundings to
            bfloat16 would accumulate.
        """
        tokens = (shared.token for shared in maps)
        functions = tuple(shared.map for shared in maps)
        new: Tensor = _Step.apply(
            known, fed.to(known.dtype), state, *tokens, functions, self.cheb_k
        )
        return new


class _Step(torch.autograd.Function):
    """One step of the cell, in far fewer and smaller operations than its parts under autograd."""

    @staticmethod
    def forward(
        ctx: Any,
        known: Tensor,
        fed: Tensor,
        state: Tensor,
        graph_token: Tensor,
        gate_token: Tensor,
        update_token: Tensor,
        maps: tuple[LinearMap, LinearMap, LinearMap],
        order: int,
    ) -> Tensor:
        graph, gate, update = maps

        def features(of_state: Tensor) -> Tensor:
            found = torch.cat([fed, of_state], dim=-1) if fed.shape[-1] else of_state
            return torch.cat([known, *chebyshev_features(graph.apply, found, order)], dim=-1)

        before = state.to(known.dtype)
        of_gate = features(before)
        gates = gate.apply(of_gate).sigmoid_()
        z, r = gates.chunk(2, dim=-1)
        of_update = features(z * before)
        candidate = _tanh(update.apply(of_update).to(state.dtype))
        ctx.save_for_backward(of_gate, of_update, gates, candidate.to(known.dtype), before)
        ctx.maps, ctx.order, ctx.sizes = maps, order, (known.shape[-1], fed.shape[-1])
        return torch.lerp(candidate, state, r.to(state.dtype))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Any, ...]:
        of_gate, of_update, gates, candidate, before = ctx.saved_tensors
        graph, gate, update = ctx.maps
        known, fed = ctx.sizes
        z, r = gates.chunk(2, dim=-1)
        grad = grads[0].to(before.dtype)

        def through(linear: LinearMap, features: Tensor, grad_out: Tensor) -> tuple[Tensor, Tensor]:
            grad_features = linear.back(features, grad_out)
            found = _adjoint(graph, features[..., known:], grad_features[..., known:], ctx.order)
            return grad_features[..., :known], found

        slope_c = torch.ops.aten.tanh_backward(torch.addcmul(grad, grad, r, value=-1), candidate)
        known_update, found_update = through(update, of_update, slope_c)
        grad_reset = found_update[..., fed:]
        slopes = torch.empty_like(gates)
        slope_z, slope_r = slopes.chunk(2, dim=-1)
        sigmoid_backward = torch.ops.aten.sigmoid_backward.grad_input
        sigmoid_backward(grad_reset * before, z, grad_input=slope_z)
        sigmoid_backward(grad * (before - candidate), r, grad_input=slope_r)
        known_gate, found_gate = through(gate, of_gate, slopes)
        through_gates = torch.addcmul(found_gate[..., fed:], grad_reset, z).to(grads[0].dtype)
        grad_state = through_gates.addcmul_(grads[0], r.to(grads[0].dtype))
        grad_fed = found_gate[..., :fed] + found_update[..., :fed]
        # tokens carry no gradient; they only connect autograd to the maps
        return known_gate + known_update, grad_fed, grad_state, None, None, None, None, None


def _tanh(values: Tensor) -> Tensor:
    """Return tanh(x), in place of x."""
    if values.device.type != "cpu":
        return values.tanh_()
    # 2 sigmoid(2 x) - 1 takes a third of the time of torch.tanh
    return values.mul_(2).sigmoid_().mul_(2).sub_(1)


def _adjoint(graph: GraphMap, terms: Tensor, grads: Tensor, order: int) -> Tensor:
    """Return the gradient of x, given that of [T_0 x, T_1 x, ...], and add up the graph's.

    Args:
        graph: A.
        terms, grads: (..., K * C).
        order: K.
    """
    values, adjoints = list(terms.chunk(order, dim=-1)), list(grads.chunk(order, dim=-1))
    for k in range(order - 1, 0, -1):
        spread = adjoints[k] if k == 1 else 2 * adjoints[k]
        adjoints[k - 1] = graph.back(values[k - 1], spread, onto=adjoints[k - 1])
        if k > 1:
            adjoints[k - 2] = adjoints[k - 2] - adjoints[k]
    return adjoints[0]
