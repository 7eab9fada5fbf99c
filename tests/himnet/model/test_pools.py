"""A query times a pool: torch and NumPy agree, and so do Gram matrix and parameters."""

import numpy as np
import pytest
import torch

from himnet.model.pools import MetaParameterPool


@pytest.fixture
def pool():
    rng = np.random.default_rng(0)
    return MetaParameterPool(rng.normal(size=(4, 6, 5)), rng.normal(size=(4, 5)))


def test_torch_and_numpy_give_the_same(pool):
    rng = np.random.default_rng(2)
    query = rng.normal(size=(7, 4))
    in_torch = MetaParameterPool(torch.tensor(pool.weights), torch.tensor(pool.bias))
    for form in ("generate_weights", "generate_biases"):
        ours, theirs = getattr(pool, form)(query), getattr(in_torch, form)(torch.tensor(query))
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    np.testing.assert_allclose(pool.gram(), in_torch.gram(), atol=1e-12)


@pytest.mark.parametrize(("weights", "bias"), [(True, True), (True, False), (False, True)])
def test_gram_holds_the_inner_products_of_meta_parameters(pool, weights, bias):
    query = np.random.default_rng(3).normal(size=(9, 4))
    parts = [pool.generate_weights(query).reshape(9, -1)] * weights
    parts += [pool.generate_biases(query)] * bias
    theta = np.concatenate(parts, axis=1)
    gram = pool.gram(weights=weights, bias=bias)
    np.testing.assert_allclose(query @ gram @ query.T, theta @ theta.T, atol=1e-10)
