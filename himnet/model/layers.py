"""Graph convolution: its generated parameters, the adaptive graph and the Chebyshev terms."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor, nn

from himnet.model.pools import MetaParameterPool


class MetaGraphConv(nn.Module):
    """One graph convolution with generated parameters, or shared ones if the part is ablated.

    Pools are (d, I, O) and (d, O), shared parameters (I, O) and (O,), with I = K * C.

    Args:
        d: width of the query.
        channels: C.
        outputs: O.
        cheb_k: K, the number of Chebyshev terms.
        pooled: whether parameters are generated.
    """

    def __init__(self, d: int, channels: int, outputs: int, cheb_k: int, *, pooled: bool) -> None:
        super().__init__()
        self.cheb_k = cheb_k
        self.pooled = pooled
        inputs = cheb_k * channels
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

    def forward(self, features: Tensor, graph: Tensor, query: Tensor) -> Tensor:
        """Return [T_0 x, T_1 x, ...] theta + b, theta = E P; `HimGCRUCell.step` does so fused.

        Args:
            features: x (B, N, C).
            graph: (N, N) or (B, N, N).
            query: E (B, 1, d_t), (1, N, d_s) or (B, N, d_st); ignored for shared parameters.

        Returns:
            (B, N, O).
        """
        pool = self.pool
        if not self.pooled:
            query = query.new_ones(1, 1, 1)
        terms = torch.cat(chebyshev_features(graph.matmul, features, self.cheb_k), dim=-1)
        if query.shape[:2] == features.shape[:2]:  # theta of every row would take gigabytes
            product = torch.einsum("bnd,bni,dio->bno", query, terms, pool.weights)
        else:
            product = torch.einsum("bni,bnio->bno", terms, pool.generate_weights(query))
        out: Tensor = product + pool.generate_biases(query)
        return out


def adaptive_graph(embedding: Tensor, sources: Tensor | None = None) -> Tensor:
    """Return softmax(relu(E E^T)) over the last axis: (..., N, d) -> (..., N, N).

    In the embedding's precision under autocast too: bfloat16 has too few digits for the softmax of
    large inner products.

    Args:
        embedding: E, whose rows determine how a sensor aggregates the others.
        sources: S (..., N, d), the embeddings that are aggregated, for softmax(relu(E S^T)).
    """
    with torch.autocast(embedding.device.type, enabled=False):
        scores = embedding @ (embedding if sources is None else sources).transpose(-1, -2)
        return torch.softmax(torch.relu(scores), dim=-1)


def chebyshev_features(
    spread: Callable[[Tensor], Tensor], features: Tensor, order: int
) -> list[Tensor]:
    """Return [T_0 x, T_1 x, ...], T_1 = A, T_k = 2 A T_{k-1} - T_{k-2}.

    Args:
        spread: x -> A x.
        features: x.
        order: number of terms, K.
    """
    terms = [features]
    if order > 1:
        terms.append(spread(features))
    for _ in range(2, order):
        terms.append(2 * spread(terms[-1]) - terms[-2])
    return terms
