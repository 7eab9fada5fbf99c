"""Maps shared by many steps: each gradient is that of the plain formula."""

import pytest
import torch

from himnet.model import shared_maps
from himnet.model.shared_maps import FactorisedMap, GeneratedMap, GraphMap

STEPS = 3


def random(*shape, seed=0):
    generator = torch.Generator().manual_seed(seed + sum(shape))
    return torch.randn(shape, dtype=torch.float64, generator=generator, requires_grad=True)


def generated(query, pool, features):
    """u (E P) by the published formula, weights expanded: (G, d), (d, I, O), (G, M, I)."""
    return features @ torch.einsum("gd,dio->gio", query, pool)


def factorised(query, pool, features):
    """The same for one row a query: (B, N, d), (d, I, O), (B, N, I)."""
    return torch.einsum("bni,bnd,dio->bno", features, query, pool)


CASES = {
    "one graph for all": (
        GraphMap,
        [random(5, 5)],
        (5, 3, 2),
        lambda graph, x: torch.einsum("nm,mbc->nbc", graph, x),
    ),
    "a graph for each window": (GraphMap, [random(3, 5, 5)], (3, 5, 2), torch.matmul),
    "few queries": (GeneratedMap, [random(5, 4), random(4, 3, 6)], (5, 7, 3), generated),
    "one query": (GeneratedMap, [random(1, 1), random(1, 3, 6)], (1, 7, 3), generated),
    "a query for each row": (
        FactorisedMap,
        [random(2, 5, 4), random(4, 3, 6)],
        (2, 5, 3),
        factorised,
    ),
}


@pytest.fixture(params=CASES, ids=list(CASES))
def case(request, monkeypatch):
    monkeypatch.setitem(shared_maps._QUERIES_AT_ONCE, "cpu", 2)  # so that there are several parts
    kind, tensors, shape, plain = CASES[request.param]
    features = [random(*shape, seed=step) for step in range(STEPS)]
    return kind(*(tensor.detach() for tensor in tensors)), tensors, features, plain


def test_gradients_of_all_steps_are_those_of_the_plain_formula(case):
    linear, tensors, features, plain = case
    outputs = [plain(*tensors, step) for step in features]
    slopes = [random(*output.shape, seed=9 + i).detach() for i, output in enumerate(outputs)]
    expected = torch.autograd.grad(outputs, [*tensors, *features], slopes)
    for output, step in zip(outputs, features, strict=True):
        torch.testing.assert_close(linear.apply(step.detach()), output.detach())
    found = [linear.back(x.detach(), slope) for x, slope in zip(features, slopes, strict=True)]
    for ours, theirs in zip([*linear.gradients(), *found], expected, strict=True):
        torch.testing.assert_close(ours, theirs)


def test_a_map_that_no_step_used_has_no_gradient_and_one_that_was_asked_starts_anew(case):
    linear, tensors, features, plain = case
    assert linear.gradients() == (None,) * len(tensors)
    slope = torch.ones_like(plain(*tensors, features[0])).detach()
    linear.back(features[0].detach(), slope)
    first = linear.gradients()
    assert linear.gradients() == (None,) * len(tensors)
    linear.back(features[0].detach(), slope)
    torch.testing.assert_close(linear.gradients(), first)
