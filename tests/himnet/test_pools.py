"""A query times a pool: the three forms agree, in torch and in NumPy."""

import numpy as np
import pytest
import torch

from himnet.pools import MetaParameterPool, outer_rows


@pytest.fixture
def pool():
    rng = np.random.default_rng(0)
    return MetaParameterPool(rng.normal(size=(4, 6, 5)), rng.normal(size=(4, 5)))


def test_contracting_equals_generating_then_multiplying(pool):
    rng = np.random.default_rng(1)
    query, features = rng.normal(size=(3, 7, 4)), rng.normal(size=(3, 7, 6))
    plain = np.einsum("bni,bnio->bno", features, pool.generate_weights(query))
    np.testing.assert_allclose(pool.contract(query, features), plain, atol=1e-12)


def test_torch_and_numpy_give_the_same(pool):
    rng = np.random.default_rng(2)
    query, features = rng.normal(size=(7, 4)), rng.normal(size=(7, 6))
    in_torch = MetaParameterPool(torch.tensor(pool.weights), torch.tensor(pool.bias))
    np.testing.assert_allclose(
        pool.contract(query, features),
        in_torch.contract(torch.tensor(query), torch.tensor(features)),
        atol=1e-12,
    )
    np.testing.assert_allclose(pool.gram(), in_torch.gram(), atol=1e-12)
    first = np.outer(query[0], features[0]).ravel()
    np.testing.assert_allclose(outer_rows(query, features)[0], first)


@pytest.mark.parametrize(("weights", "bias"), [(True, True), (True, False), (False, True)])
def test_gram_holds_the_inner_products_of_meta_parameters(pool, weights, bias):
    query = np.random.default_rng(3).normal(size=(9, 4))
    parts = [pool.generate_weights(query).reshape(9, -1)] * weights
    parts += [pool.generate_biases(query)] * bias
    theta = np.concatenate(parts, axis=1)
    gram = pool.gram(weights=weights, bias=bias)
    np.testing.assert_allclose(query @ gram @ query.T, theta @ theta.T, atol=1e-10)
