"""Linear maps that are shared by many steps of a pass, with a gradient computed only once.

A recurrent network multiplies with the same matrix in every step. By default, the backward pass
computes a gradient of the matrix's size in every step and adds them up. Generated parameters are
large and a step is small, so that these gradients would dominate the memory traffic; here, their
factors are collected, and one product computes the gradient of all steps together.

The custom steps that use a map (`himnet.model.cells`) call `apply` in the forward and `back` in the
backward pass, and depend on the map's token, so that autograd requests the map's own gradient
last.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

# How much of a map's gradient is computed at a time: on a CPU, what fits into its cache; on a GPU,
# where launches are expensive, much more.
_QUERIES_AT_ONCE = {"cpu": 128, "gpu": 4096}
_WINDOWS_AT_ONCE = {"cpu": 1, "gpu": 64}


class LinearMap(ABC):
    """A map x -> y, linear in x, and the factors of its gradient collected so far."""

    made_of = 1  # number of tensors

    def __init__(self) -> None:
        self._features: list[Tensor] = []
        self._grads: list[Tensor] = []
        self._backward_pass = -1

    @abstractmethod
    def apply(self, features: Tensor) -> Tensor:
        """Return y for x = `features`."""

    @abstractmethod
    def back(self, features: Tensor, grad: Tensor) -> Tensor:
        """Return the gradient of x, given that of y, and collect both for the map's own."""

    def gradients(self) -> tuple[Tensor | None, ...]:
        """Return the gradient of each tensor that the map is made of, and reset it.

        None for each if no step requested a gradient.
        """
        gradients = self._gradients() if self._features else (None,) * self.made_of
        self._features.clear()
        self._grads.clear()
        return gradients

    @abstractmethod
    def _gradients(self) -> tuple[Tensor, ...]: ...

    def _collect(self, features: Tensor, grad: Tensor) -> None:
        # a backward pass that did not request the map's own gradient leaves its factors behind
        backward_pass = torch._C._current_graph_task_id()
        if backward_pass != self._backward_pass:
            self._features.clear()
            self._grads.clear()
            self._backward_pass = backward_pass
        self._features.append(features)
        self._grads.append(grad)

    def _joined(self, at_once: int, dim: int) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield the factors of all steps side by side, a part of the first axis at a time.

        The parts stay in the processor's cache; a whole joined array would be written to memory
        and read again.
        """
        features = zip(*(tensor.split(at_once) for tensor in self._features), strict=True)
        grads = zip(*(tensor.split(at_once) for tensor in self._grads), strict=True)
        for of_features, of_grads in zip(features, grads, strict=True):
            yield torch.cat(of_features, dim), torch.cat(of_grads, dim)


class Shared(NamedTuple):
    """A map, and the token through which autograd finds the tensors it is made of."""

    map: LinearMap
    token: Tensor


class GraphMap(LinearMap):
    """x -> A x, with A (B, N, N) for x (B, N, C), or A (N, N) for x (N, B, C)."""

    def __init__(self, graph: Tensor) -> None:
        super().__init__()
        self._graph = graph.contiguous()  # an expanded view would be copied in each step
        self._start = graph.dim() - 1
        self._turned = self._graph.transpose(-1, -2)
        self._multiply: Callable[..., Tensor]
        self._add: Callable[..., Tensor]
        self._multiply, self._add = (
            (torch.mm, torch.addmm) if self._start == 1 else (torch.bmm, torch.baddbmm)
        )

    def apply(self, features: Tensor) -> Tensor:
        """Return A x, of the same shape as x."""
        return self._multiply(self._graph, features.flatten(self._start)).view(features.shape)

    def back(self, features: Tensor, grad: Tensor, onto: Tensor | None = None) -> Tensor:
        """Return A^T g, added to `onto`."""
        flat = grad.flatten(self._start)
        self._collect(features.flatten(self._start), flat)
        if onto is None:
            return self._multiply(self._turned, flat).view(grad.shape)
        return self._add(onto.flatten(self._start), self._turned, flat).view(grad.shape)

    def _gradients(self) -> tuple[Tensor]:
        if self._start == 1:
            wide = torch.promote_types(self._graph.dtype, torch.float32)  # for sums of many
            shared = torch.zeros_like(self._graph, dtype=wide)
            for features, grad in zip(self._features, self._grads, strict=True):
                shared += grad @ features.T
            return (shared.to(self._graph.dtype),)
        total = torch.empty_like(self._graph)
        at_once = _WINDOWS_AT_ONCE[_kind(total)]
        joined = zip(self._joined(at_once, 2), total.split(at_once), strict=True)
        for (features, grad), of_part in joined:
            torch.bmm(grad, features.transpose(1, 2), out=of_part)
        return (total,)


class ParameterMap(LinearMap):
    """u -> u (E P), the product of features and the parameters of a graph convolution.

    Args:
        query: E (..., d); G queries with flattened leading axes. The features' leading axes,
            flattened, consist of G runs, one for each query: windows for E_t, sensors for E_s, both
            for E_st, a single run for the constant query of shared parameters.
        pool: P (d, I, O).
    """

    made_of = 2

    def __init__(self, query: Tensor, pool: Tensor) -> None:
        super().__init__()
        self._query = query.flatten(0, -2)
        self._query_shape = query.shape
        self._pool = pool

    def _runs(self, rows: Tensor) -> Tensor:
        """Return rows (..., C) as (G, M, C)."""
        groups = len(self._query)
        return rows.reshape(groups, rows.shape[:-1].numel() // groups, rows.shape[-1])

    def _gradients(self) -> tuple[Tensor, Tensor]:
        """Return the gradients of query and pool.

        Over T steps, the gradient of one query's parameters is a product of depth T * M, and those
        of query and pool follow from it; for queries of a single row this takes d times fewer
        operations than the gradient of the pool by E outer u in every step.
        """
        pool = self._pool.flatten(1)
        at_once = min(_QUERIES_AT_ONCE[_kind(pool)], len(self._query))
        queries = self._query.split(at_once)
        memory = pool.new_empty(at_once, *self._pool.shape[1:])
        grad_pools = pool.new_empty(len(queries), *pool.shape)
        grad_queries = []
        for part, (query, (features, grad)) in enumerate(
            zip(queries, self._joined(at_once, 1), strict=True)
        ):
            of_part = memory[: len(query)]
            torch.bmm(features.transpose(1, 2), grad, out=of_part)
            grad_weights = of_part.flatten(1)
            torch.mm(query.T, grad_weights, out=grad_pools[part])
            grad_queries.append(grad_weights @ pool.T)
        grad_query = torch.cat(grad_queries).view(self._query_shape)
        # summed once, in float32 internally: adding to a wider sum each time would cast it all
        return grad_query, grad_pools.sum(0).view_as(self._pool)


class GeneratedMap(ParameterMap):
    """A `ParameterMap` of few queries, with parameters generated once for all steps."""

    def __init__(self, query: Tensor, pool: Tensor) -> None:
        super().__init__(query, pool)
        self._weights = (self._query @ pool.flatten(1)).view(-1, *pool.shape[1:])
        self._transposed: Tensor | None = None

    def apply(self, features: Tensor) -> Tensor:
        """Return (..., O) for features (..., I)."""
        product = torch.bmm(self._runs(features), self._weights)
        return product.view(*features.shape[:-1], product.shape[-1])

    def back(self, features: Tensor, grad: Tensor) -> Tensor:
        """Return the gradient (..., I) of the features."""
        runs = self._runs(grad)
        self._collect(self._runs(features), runs)
        if self._transposed is None:  # one copy costs less than products with a transposed view
            self._transposed = self._weights.transpose(1, 2).contiguous()
        return torch.bmm(runs, self._transposed).view(features.shape)


class FactorisedMap(ParameterMap):
    """A `ParameterMap` of as many queries as rows, whose parameters are never generated.

    u (E P) = (E outer u) P is one product for all queries.
    """

    def __init__(self, query: Tensor, pool: Tensor) -> None:
        super().__init__(query, pool)
        self._transposed = pool.transpose(1, 2).contiguous()
        self._memory: Tensor | None = None

    def apply(self, features: Tensor) -> Tensor:
        """Return (..., O) for features (..., I)."""
        return self._multiply(features, self._pool)

    def back(self, features: Tensor, grad: Tensor) -> Tensor:
        """Return the gradient (..., I) of the features: a product with the transposed pool."""
        self._collect(self._runs(features), self._runs(grad))
        return self._multiply(grad, self._transposed)

    def _gradients(self) -> tuple[Tensor, Tensor]:
        self._memory = None  # the backward pass is over, but the loss keeps the map alive
        return super()._gradients()

    def _multiply(self, rows: Tensor, pool: Tensor) -> Tensor:
        d, inputs, outputs = pool.shape
        queries = len(self._query)
        outer = self._outer_memory(queries * d * inputs)
        # on a CPU, a product of bfloat16 values takes a third less time as a matrix product
        as_matrices = rows.dtype == torch.bfloat16 and rows.device.type == "cpu"
        multiply = torch.bmm if as_matrices else torch.mul
        multiply(
            self._query.unsqueeze(2),
            rows.reshape(queries, 1, inputs),
            out=outer.view(queries, d, inputs),
        )
        product = outer.view(queries, d * inputs) @ pool.view(d * inputs, outputs)
        return product.view(*rows.shape[:-1], outputs)

    def _outer_memory(self, size: int) -> Tensor:
        """Return uninitialised values (size,): allocating memory takes longer than filling it."""
        if self._memory is None or len(self._memory) < size:
            self._memory = self._query.new_empty(size)
        return self._memory[:size]


def share(kind: Callable[..., LinearMap], *tensors: Tensor) -> Shared:
    """Return a map of a kind: of a graph (N, N) or (B, N, N), or of a query and a pool."""
    linear = kind(*(tensor.detach() for tensor in tensors))
    return Shared(linear, _Token.apply(linear, *tensors))


def _kind(tensor: Tensor) -> str:
    return "cpu" if tensor.device.type == "cpu" else "gpu"


class _Token(torch.autograd.Function):
    """Return a zero that depends on the tensors of a map, for all users of the map to depend on."""

    @staticmethod
    def forward(ctx: Any, linear: LinearMap, *tensors: Tensor) -> Tensor:
        ctx.map = linear
        return tensors[0].new_zeros(())

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor | None, ...]:
        return None, *ctx.map.gradients()
