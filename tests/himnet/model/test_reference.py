"""The reference model gives the published numbers, so that the fast one may be held to it."""

from pathlib import Path

import numpy as np
import pytest
import torch

from himnet.config import ABLATIONS, HimNetConfig
from himnet.model.himnet import HimNet
from himnet.model.reference import (
    GraphConvolution,
    ReferenceHimNet,
    adaptive_graph,
    chebyshev_terms,
)
from himnet.presets import preset

FIXTURE = Path(__file__).parents[2] / "fixtures" / "reference_forward"
ABLATED = [HimNetConfig(5, num_layers=2, cheb_k=3, ablate=name) for name in ABLATIONS]
B, N, C, OUT, K, D = 2, 3, 2, 4, 3, 5  # sizes of one graph convolution


@pytest.fixture(scope="module")
def published():
    with np.load(FIXTURE / "one_layer.npz") as arrays:
        return {name: arrays[name] for name in arrays.files}


@pytest.fixture(scope="module")
def model(published):
    sizes = {name[4:]: int(value) for name, value in published.items() if name.startswith("arg_")}
    model = ReferenceHimNet(HimNetConfig(**sizes))
    model.load_state_dict(torch.load(FIXTURE / "one_layer.pt", weights_only=True))
    return model.eval()


@pytest.fixture(scope="module")
def inputs(published):
    return torch.from_numpy(published["x"]), torch.from_numpy(published["y_cov"])


def test_gives_the_forecasts_of_the_published_code(model, inputs, published):
    with torch.no_grad():
        forecast = model(*inputs)
    np.testing.assert_allclose(forecast.numpy(), published["output"], rtol=0, atol=1e-6)


def test_gives_the_st_mixed_embedding_of_the_published_code(model, inputs, published):
    with torch.no_grad():
        query = model.encode(inputs[0])
    np.testing.assert_allclose(query.numpy(), published["st_embedding"], rtol=0, atol=1e-6)


def test_every_forecast_depends_on_what_the_window_says(model, inputs):
    x, y_cov = inputs
    later = x.clone()
    later[..., 1] = (later[..., 1] + 0.25) % 1
    with torch.no_grad():
        assert not torch.allclose(model(x, y_cov), model(later, y_cov))


@pytest.mark.parametrize("config", [preset("METRLA").model, *ABLATED], ids=lambda c: c.ablate)
def test_begins_with_the_tensors_of_the_fast_model(config):
    ours, fast = (kind(config, seed=3).state_dict() for kind in (ReferenceHimNet, HimNet))
    assert list(ours) == list(fast) == list(config.state_shapes())
    assert all(torch.equal(ours[name], fast[name]) for name in fast)


def test_a_seed_leaves_the_global_generator_alone():
    before = torch.random.get_rng_state()
    ReferenceHimNet(ABLATED[0], seed=0)
    assert torch.equal(before, torch.random.get_rng_state())


@pytest.mark.parametrize("part", ["encoder_t", "encoder_s", "decoder"])
@pytest.mark.parametrize("pooled", [True, False])
def test_a_graph_convolution_is_the_sum_that_the_formulas_say(part, pooled):
    ablate = {"encoder_t": "TMP", "encoder_s": "SMP", "decoder": "STMP"}[part]
    config = HimNetConfig(
        N, cheb_k=K, tod_embedding_dim=D - 2, dow_embedding_dim=2, node_embedding_dim=D,
        st_embedding_dim=D, ablate="none" if pooled else ablate,
    )  # fmt: skip
    torch.manual_seed(0)
    convolution = GraphConvolution(config, part, C, OUT).double()
    if not pooled:
        torch.nn.init.normal_(convolution.bias)
    x = torch.randn(B, N, C, dtype=torch.float64)
    shape = {"encoder_t": (B, D), "encoder_s": (N, D), "decoder": (B, N, D)}[part]
    query = torch.randn(shape, dtype=torch.float64)
    queries = query[:, None] if part == "encoder_t" else query
    queries = queries.expand(B, N, D)
    graph = torch.rand((B, N, N) if part == "decoder" else (N, N), dtype=torch.float64)
    with torch.no_grad():
        found = convolution(x, chebyshev_terms(graph, K), query)
    for b in range(B):
        a = graph[b] if part == "decoder" else graph
        powers = [torch.eye(N, dtype=torch.float64), a, 2 * a @ a - torch.eye(N)]
        for n in range(N):
            for o in range(OUT):
                expected = _entry(convolution, powers, x[b], queries[b, n], n, o)
                assert found[b, n, o].item() == pytest.approx(expected, rel=1e-12)


def _entry(convolution, powers, x, q, n, o):
    """sum over k, m, c of T_k[n, m] x[m, c] theta[k C + c, o], and the bias, one term at a time."""

    def parameter(name, *at):
        if not convolution.pooled:
            return getattr(convolution, name)[at].item()
        pool = getattr(convolution, f"{name}_pool")
        return sum(q[j].item() * pool[(j, *at)].item() for j in range(D))

    total = parameter("bias", o)
    for k in range(K):
        for c in range(C):
            weight = parameter("weights", k * C + c, o)
            total += sum(powers[k][n, m].item() * x[m, c].item() * weight for m in range(N))
    return total


def test_chebyshev_terms_are_the_polynomials():
    angles = torch.tensor([0.3, 1.1, 2.0], dtype=torch.float64)
    terms = chebyshev_terms(torch.diag(torch.cos(angles)), 5)
    assert len(terms) == 4
    for k, term in enumerate(terms, start=1):
        torch.testing.assert_close(torch.diagonal(term), torch.cos(k * angles))
    assert chebyshev_terms(torch.eye(3), 1) == []


def test_a_graph_weighs_sensors_by_the_cut_off_product_of_their_embeddings():
    embedding = torch.tensor([[1.0, 0.0], [2.0, 1.0], [-1.0, 0.5]])
    scores = np.maximum(embedding.numpy() @ embedding.numpy().T, 0)
    weights = np.exp(scores)
    expected = weights / weights.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(adaptive_graph(embedding).numpy(), expected, rtol=1e-6)


@pytest.mark.parametrize("taught", [[False, False, True, False], torch.tensor([0, 0, 1, 0]) > 0])
def test_truth_is_fed_only_where_the_draw_says_so(model, inputs, taught):
    x, y_cov = inputs
    targets = torch.full((*y_cov.shape[:-1], 1), 2.0)
    with torch.no_grad():
        free = model(x, y_cov)
        fed = model(x, y_cov, targets=targets, teacher=taught)
    torch.testing.assert_close(fed[:, :3], free[:, :3])
    assert not torch.allclose(fed[:, 3], free[:, 3])


@pytest.mark.parametrize("config", ABLATED, ids=lambda c: c.ablate)
def test_an_ablated_embedding_is_ones(config):
    model = ReferenceHimNet(config, seed=0)
    x = torch.rand(2, config.in_steps, config.num_nodes, 3)
    embeddings = {
        "E_t": model.temporal_embedding(x),
        "E_s": model.spatial_embedding(x),
        "E_st": model.encode(x),
    }
    ones = {name for name, embedding in embeddings.items() if bool((embedding == 1).all())}
    without = "E_t" if config.ablate == "TMP" else config.ablate  # without TMP nothing reads E_t
    assert ones == {without} & set(embeddings)
