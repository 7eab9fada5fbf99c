"""Graph convolutions with generated parameters, and the recurrent cell built of two of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from himnet.config import HimNetConfig, Part
from himnet.devices import compute_dtype
from himnet.pools import MetaParameterPool, outer_rows

Product = Callable[[Tensor], Tensor]  # graph-convolved inputs (..., N, I) -> (..., N, O)


class MetaGraphConv(nn.Module):
    """Parameters of one graph convolution: a pool, or shared ones where the part is ablated.

    Pools are (d, I, O) and (d, O), shared parameters (I, O) and (O,), with I = K * C.
    """

    def __init__(self, d: int, inputs: int, outputs: int, *, pooled: bool) -> None:
        super().__init__()
        self.pooled = pooled
        if pooled:
            self.weights_pool = nn.Parameter(torch.empty(d, inputs, outputs))
            self.bias_pool = nn.Parameter(torch.empty(d, outputs))
        else:
            self.weights = nn.Parameter(torch.empty(inputs, outputs))
            self.bias = nn.Parameter(torch.empty(outputs))

    def reset_parameters(self) -> None:
        """Draw the published initialisation: xavier normal on the tensors as they are."""
        if self.pooled:
            nn.init.xavier_normal_(self.weights_pool)
            nn.init.xavier_normal_(self.bias_pool)
        else:
            nn.init.xavier_normal_(self.weights)
            nn.init.zeros_(self.bias)

    @property
    def pool(self) -> MetaParameterPool:
        """The pool; shared parameters are a pool of a single entry, d = 1."""
        if self.pooled:
            return MetaParameterPool(self.weights_pool, self.bias_pool)
        return MetaParameterPool(self.weights[None], self.bias[None])


class CellProducts(NamedTuple):
    """The matrix products of one cell, bound to the queries of one forward pass.

    Attributes:
        inputs: (..., N, K * C_in) -> (..., N, 3h), biases included: gate and candidate at once.
        gate: (B, N, K * h) -> (B, N, 2h), without biases.
        update: (B, N, K * h) -> (B, N, h), without biases.
    """

    inputs: Product
    gate: Product
    update: Product


class HimGCRUCell(nn.Module):
    """Graph convolutional recurrent unit.

    z, r = split(sigmoid(conv_gate([x, h]))); c = tanh(conv_update([x, z * h]));
    h' = r * h + (1 - r) * c.

    The part of both convolutions that depends on the input alone does not wait for the state, so
    it is computed for a whole sequence in one product.
    """

    def __init__(self, config: HimNetConfig, part: Part, layer: int) -> None:
        super().__init__()
        self.hidden_dim = config.hidden_dim
        self.cheb_k = config.cheb_k
        self.channels = config.layer_inputs(layer)
        d, pooled = config.query_dim(part), config.has_pools(part)
        rows = config.cheb_k * self.channels
        self.gate = MetaGraphConv(d, rows, 2 * config.hidden_dim, pooled=pooled)
        self.update = MetaGraphConv(d, rows, config.hidden_dim, pooled=pooled)

    def split_pools(self, dtype: torch.dtype) -> tuple[MetaParameterPool, Tensor, Tensor]:
        """Cut the pools into input rows, of both convolutions side by side, and state rows.

        Returns:
            Input rows as a pool (d, K * C_in, 3h) with all biases, state rows of the gate
            (d, K * h, 2h) and of the update (d, K * h, h), all in `dtype`.
        """
        pools = [conv.pool for conv in (self.gate, self.update)]
        inputs, states = [], []
        for pool in pools:
            d, _, outputs = pool.weights.shape
            by_term = pool.weights.to(dtype).view(d, self.cheb_k, self.channels, outputs)
            split = self.channels - self.hidden_dim
            inputs.append(by_term[:, :, :split].reshape(d, -1, outputs))
            states.append(by_term[:, :, split:].reshape(d, -1, outputs))
        biases = torch.cat([pool.bias for pool in pools], dim=-1).to(dtype)
        return MetaParameterPool(torch.cat(inputs, dim=-1), biases), states[0], states[1]

    def step(self, products: CellProducts, graph: Tensor, inputs: Tensor, state: Tensor) -> Tensor:
        """Advance by one step.

        Args:
            products: from one of the `bind_` functions.
            graph: (N, N) or (B, N, N).
            inputs: (B, N, 3h), what `products.inputs` gave for this step.
            state: (B, N, h).

        Returns:
            The new state (B, N, h).
        """
        for_gate, for_candidate = inputs.split([2 * self.hidden_dim, self.hidden_dim], dim=-1)
        spread = chebyshev_features(graph, state, self.cheb_k)
        z, r = torch.sigmoid(for_gate + products.gate(spread)).chunk(2, dim=-1)
        spread = chebyshev_features(graph, z * state, self.cheb_k)
        candidate = torch.tanh(for_candidate + products.update(spread))
        # the state itself stays in float32: 24 roundings to bfloat16 in a row would add up
        return torch.lerp(candidate.to(state.dtype), state, r.to(state.dtype))


def adaptive_graph(embedding: Tensor) -> Tensor:
    """Return softmax(relu(E E^T)) over the last axis: (..., N, d) -> (..., N, N)."""
    return torch.softmax(torch.relu(embedding @ embedding.transpose(-1, -2)), dim=-1)


def chebyshev_features(graph: Tensor, features: Tensor, order: int) -> Tensor:
    """Return [T_0 x, T_1 x, ...] side by side, T_k = 2 A T_{k-1} - T_{k-2}.

    Args:
        graph: A, (N, N) or (B, N, N).
        features: x, (..., N, C).
        order: number of terms, K.

    Returns:
        (..., N, K * C).
    """
    features = features.to(graph.dtype)
    terms = [features]
    if order > 1:
        terms.append(_spread(graph, features))
    for _ in range(2, order):
        terms.append(2 * _spread(graph, terms[-1]) - terms[-2])
    return torch.cat(terms, dim=-1)


def _spread(graph: Tensor, features: Tensor) -> Tensor:
    """Return A x: (N, N) or (B, N, N) times (..., N, C).

    One graph for all is repeated as a view: left to itself, a product that is trained with turns
    features and gradients round in memory, which takes longer than the product.
    """
    batch = features.flatten(0, -3)
    if graph.dim() == 2:
        graph = graph.expand(len(batch), *graph.shape)
    return torch.bmm(graph, batch).view_as(features)


def bind_temporal(cell: HimGCRUCell, query: Tensor) -> CellProducts:
    """Generate a cell's parameters for E_t (B, d_t): one set for each window."""

    def product(weights: Tensor) -> Product:
        return lambda features: features @ weights

    return _bind_generated(cell, query, product, bias_axis=-2)


def bind_spatial(cell: HimGCRUCell, query: Tensor) -> CellProducts:
    """Generate a cell's parameters for E_s (N, d_s): one set for each sensor."""

    def product(weights: Tensor) -> Product:
        def apply(features: Tensor) -> Tensor:
            by_node = features.flatten(0, -3).transpose(0, 1)  # (N, B, I)
            out = torch.bmm(by_node, weights).transpose(0, 1)
            return out.reshape(*features.shape[:-1], -1)

        return apply

    return _bind_generated(cell, query, product, bias_axis=None)


def bind_shared(cell: HimGCRUCell, like: Tensor) -> CellProducts:
    """Bind the ordinary parameters of an ablated part, the same for every window and sensor."""

    def product(weights: Tensor) -> Product:
        return lambda features: features @ weights[0]

    return _bind_generated(cell, like.new_ones(1, 1), product, bias_axis=None)


def _bind_generated(
    cell: HimGCRUCell,
    query: Tensor,
    product: Callable[[Tensor], Product],
    *,
    bias_axis: int | None,
) -> CellProducts:
    """Expand the pools once for a whole forward pass; `product` says how weights meet inputs."""
    dtype = compute_dtype(query)
    query = query.to(dtype)
    inputs, gate, update = cell.split_pools(dtype)
    biases = inputs.generate_biases(query)
    if bias_axis is not None:
        biases = biases.unsqueeze(bias_axis)
    apply_inputs = product(inputs.generate_weights(query))
    return CellProducts(
        inputs=lambda features: apply_inputs(features) + biases,
        gate=product(MetaParameterPool(gate, inputs.bias).generate_weights(query)),
        update=product(MetaParameterPool(update, inputs.bias).generate_weights(query)),
    )


def bind_mixed(cell: HimGCRUCell, query: Tensor) -> CellProducts:
    """Bind a cell to E_st (B, N, d_st), one query for each window and sensor.

    The parameters, (B, N, K * C, O), are never built: each product goes straight from queries and
    inputs to the pool.
    """
    dtype = compute_dtype(query)
    query = query.to(dtype)
    inputs, gate, update = cell.split_pools(dtype)
    biases = inputs.generate_biases(query)
    return CellProducts(
        inputs=lambda features: contract(query, features, inputs.weights) + biases,
        gate=lambda features: contract(query, features, gate),
        update=lambda features: contract(query, features, update),
    )


def contract(query: Tensor, features: Tensor, weights: Tensor) -> Tensor:
    """`MetaParameterPool.contract` that keeps no outer product for the backward pass.

    Args:
        query: (..., d).
        features: (..., I).
        weights: (d, I, O).

    Returns:
        (..., O).
    """
    return _Contract.apply(query, features, weights)  # type: ignore[no-any-return]


class _Contract(torch.autograd.Function):
    """(E outer u) @ P; its backward builds E outer u anew, which costs less than keeping it."""

    @staticmethod
    def forward(ctx: Any, query: Tensor, features: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(query, features, weights)
        d, inputs, outputs = weights.shape
        product: Tensor = outer_rows(query, features) @ weights.reshape(d * inputs, outputs)
        return product

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        query, features, weights = ctx.saved_tensors
        d, inputs, outputs = weights.shape
        grad = grads[0].reshape(-1, outputs)
        rows = outer_rows(query, features).reshape(-1, d * inputs)
        grad_weights = (rows.T @ grad).view(d, inputs, outputs)
        del rows
        grad_outer = (grad @ weights.reshape(d * inputs, outputs).T).view(-1, d, inputs)
        # rows times matrices: matrices times columns take more than twice as long
        grad_query = torch.bmm(features.reshape(-1, 1, inputs), grad_outer.transpose(1, 2))
        grad_features = torch.bmm(query.reshape(-1, 1, d), grad_outer)
        return grad_query.view_as(query), grad_features.view_as(features), grad_weights
