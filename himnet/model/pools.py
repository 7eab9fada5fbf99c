"""Meta-parameter pools: theta = E P, in all forms that are needed.

The class works on torch tensors (the model) and on NumPy arrays (the analysis), so that both share
one implementation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class MetaParameterPool:
    """The pool P of one graph convolution, or of some rows of it.

    Attributes:
        weights: (d, I, O), torch tensor or NumPy array; the I = K * C rows are ordered
            [T_0 x, T_1 x, ...].
        bias: (d, O), of the same kind.
    """

    weights: Any
    bias: Any

    def generate_weights(self, query: Any) -> Any:
        """Return the generated weights E P (..., I, O) of queries E (..., d).

        For temporal and spatial queries, which are few; the decoder, which has many queries,
        multiplies with the pool instead (`himnet.model.shared_maps.FactorisedMap`).
        """
        d, inputs, outputs = self.weights.shape
        generated = query @ self.weights.reshape(d, inputs * outputs)
        return generated.reshape(*query.shape[:-1], inputs, outputs)

    def generate_biases(self, query: Any) -> Any:
        """Return the generated biases (..., O) of queries E (..., d)."""
        return query @ self.bias

    def gram(self, *, weights: bool = True, bias: bool = True) -> Any:
        """Return G = P P^T (d, d), all inner products of the pool's d entries.

        Inner products of meta-parameters follow without generating them:
        theta_i . theta_j = e_i G e_j. Grams of several pools with the same query add up.
        """
        d = self.weights.shape[0]
        flat = self.weights.reshape(d, -1)
        total = flat @ flat.T if weights else 0 * (self.bias @ self.bias.T)
        return total + self.bias @ self.bias.T if bias else total
