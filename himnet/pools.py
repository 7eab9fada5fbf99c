"""Meta-parameter pools: theta = E P, in the three forms that anybody needs.

The class works alike on torch tensors (the model) and NumPy arrays (the analysis), so that both
speak of the same object and neither room copies the other's formula.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MetaParameterPool:
    """The pool P of one graph convolution.

    Attributes:
        weights: (d, I, O), torch tensor or NumPy array; the I = K * C rows are ordered
            [T_0 x, T_1 x, ...].
        bias: (d, O), of the same kind.
    """

    weights: Any
    bias: Any

    def expand(self, query: Any) -> tuple[Any, Any]:
        """Generate the parameters of every query, theta = E P.

        Args:
            query: (..., d) embeddings E.

        Returns:
            Weights (..., I, O) and biases (..., O). For temporal and spatial queries, which are
            few; ST-mixed ones go through `contract`.
        """
        d, inputs, outputs = self.weights.shape
        generated = query @ self.weights.reshape(d, inputs * outputs)
        return generated.reshape(*query.shape[:-1], inputs, outputs), query @ self.bias

    def contract(self, query: Any, features: Any) -> Any:
        """Apply the generated parameters without ever building them.

        u . (E P) = (E outer u) @ P, one matrix product with d * I columns.

        Args:
            query: (..., d) embeddings E.
            features: (..., I) graph-convolved inputs u, with the same leading sizes.

        Returns:
            (..., O), bias included.
        """
        d, inputs, outputs = self.weights.shape
        outer = query[..., :, None] * features[..., None, :]
        flat = outer.reshape(*query.shape[:-1], d * inputs)
        return flat @ self.weights.reshape(d * inputs, outputs) + query @ self.bias

    def gram(self, *, weights: bool = True, bias: bool = True) -> Any:
        """Return G = P P^T (d, d), all inner products of the pool's d entries.

        Inner products of meta-parameters follow without expanding them:
        theta_i . theta_j = e_i G e_j. Grams of several pools with the same query add up.
        """
        d = self.weights.shape[0]
        flat_weights = self.weights.reshape(d, -1)
        total = flat_weights @ flat_weights.T if weights else 0
        return total + self.bias @ self.bias.T if bias else total
