"""The fast model against the published formulas, and what it refuses."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch

from himnet.config import ABLATIONS, HimNetConfig
from himnet.errors import InputError
from himnet.model.himnet import HimNet
from himnet.model.layers import adaptive_graph, chebyshev_features
from himnet.model.reference import ReferenceHimNet
from himnet.presets import preset

FIXTURE = Path(__file__).parents[2] / "fixtures" / "reference_forward"
SIZES = {
    "one layer": HimNetConfig(11, hidden_dim=12, node_embedding_dim=6, st_embedding_dim=4),
    "two layers, order 3": HimNetConfig(
        9, num_layers=2, cheb_k=3, hidden_dim=10, tod_embedding_dim=3, dow_embedding_dim=4,
        node_embedding_dim=5, st_embedding_dim=7, steps_per_day=96, in_steps=6, out_steps=4,
    ),
    "order 1": HimNetConfig(5, cheb_k=1, hidden_dim=8, steps_per_day=24),
    "three layers, two sensors": HimNetConfig(2, num_layers=3, hidden_dim=4),
}  # fmt: skip


def windows(config, *, batch=3, seed=0):
    """Inputs (B, T, N, 3), covariates (B, T', N, 2) and targets (B, T', N, 1) at random moments."""
    rng = np.random.default_rng(seed)
    length = config.in_steps + config.out_steps
    steps = rng.integers(0, 7 * config.steps_per_day, batch)[:, None] + np.arange(length)
    calendar = np.stack(
        [steps % config.steps_per_day / config.steps_per_day, steps // config.steps_per_day % 7],
        axis=-1,
    )
    calendar = np.repeat(calendar[:, :, None], config.num_nodes, axis=2)
    values = rng.normal(size=(*calendar.shape[:3], 1))
    both = torch.tensor(np.concatenate([values, calendar], axis=-1), dtype=torch.float32)
    past, ahead = both.split([config.in_steps, config.out_steps], dim=1)
    return past, ahead[..., 1:], ahead[..., :1]


@pytest.fixture(params=SIZES, ids=list(SIZES))
def config(request):
    return SIZES[request.param]


def test_reference_forward_pass():
    arrays = np.load(FIXTURE / "one_layer.npz")
    names = {name.removeprefix("arg_"): int(arrays[name]) for name in arrays if "arg_" in name}
    model = HimNet(HimNetConfig(**names)).eval()
    model.load_state_dict(torch.load(FIXTURE / "one_layer.pt", weights_only=True))
    with torch.no_grad():
        x, y_cov = torch.tensor(arrays["x"]), torch.tensor(arrays["y_cov"])
        output, embedding = model.forecast_with_embedding(x, y_cov)
        assert torch.equal(model.encode(x), embedding)
    np.testing.assert_allclose(output, arrays["output"], atol=1e-5)
    np.testing.assert_allclose(embedding, arrays["st_embedding"], atol=1e-5)


def test_any_size_equals_the_reference_model(config):
    model = HimNet(config, seed=1)
    reference = ReferenceHimNet(config)
    reference.load_state_dict(model.state_dict())
    x, y_cov, targets = windows(config)
    fast = model(x, y_cov)
    slow = reference(x, y_cov)
    torch.testing.assert_close(fast, slow, atol=1e-5, rtol=0)
    for output in (fast, slow):
        (output - targets).abs().mean().backward()
    for (name, ours), theirs in zip(model.named_parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-5, rtol=1e-4, msg=name)


def test_metr_la_has_the_published_size_and_names():
    config = preset("METRLA").model
    model = HimNet(config, seed=0)
    assert sum(parameter.numel() for parameter in model.parameters()) == 1_250_937
    shapes = {name: tuple(tensor.shape) for name, tensor in model.state_dict().items()}
    assert shapes == config.state_shapes()
    assert list(shapes) == list(config.state_shapes())


@pytest.mark.parametrize("ablation", ABLATIONS)
def test_every_ablation_runs_and_trains_all_its_parameters(ablation):
    config = HimNetConfig(6, hidden_dim=8, steps_per_day=24, num_layers=2, ablate=ablation)
    model = HimNet(config, seed=0)
    assert {k: tuple(v.shape) for k, v in model.state_dict().items()} == config.state_shapes()
    x, y_cov, targets = windows(config)
    (model(x, y_cov) - targets).abs().mean().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())
    assert model.encode(x).shape == (3, 6, config.st_embedding_dim)


def test_an_ablated_embedding_is_ones_and_ablated_meta_parameters_do_not_vary():
    x, _, _ = windows(HimNetConfig(6, hidden_dim=8, steps_per_day=24))
    without_e_st = HimNet(HimNetConfig(6, hidden_dim=8, steps_per_day=24, ablate="E_st"), seed=0)
    assert torch.equal(without_e_st.encode(x), torch.ones(3, 6, 16))
    without_time = HimNet(HimNetConfig(6, hidden_dim=8, steps_per_day=24, ablate="E_t"), seed=0)
    assert torch.equal(without_time.temporal_embedding(x), torch.ones(3, 16))
    shared = HimNet(HimNetConfig(6, hidden_dim=8, steps_per_day=24, ablate="TMP"), seed=0)
    weights = shared.encoder_t.cells[0].gate.weights
    assert weights.shape == (2 * (3 + 8), 16)


def test_forecasts_follow_a_permutation_of_the_sensors(config):
    model = HimNet(config, seed=2).eval()
    x, y_cov, _ = windows(config)
    order = torch.randperm(config.num_nodes, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        expected = model(x, y_cov)[:, :, order]
        model.node_embedding.copy_(model.node_embedding[order])
        permuted = model(x[:, :, order], y_cov[:, :, order])
    torch.testing.assert_close(permuted, expected, atol=1e-5, rtol=0)


def test_windows_of_one_batch_do_not_influence_each_other(config):
    model = HimNet(config, seed=3).eval()
    x, y_cov, _ = windows(config, batch=4)
    with torch.no_grad():
        together = model(x, y_cov)
        alone = torch.cat([model(x[i : i + 1], y_cov[i : i + 1]) for i in range(4)])
    torch.testing.assert_close(together, alone, atol=1e-5, rtol=0)


def test_time_of_day_is_looked_up_by_rounding_not_by_truncation():
    config = HimNetConfig(3, hidden_dim=4)
    model = HimNet(config, seed=0)
    x, _, _ = windows(config, batch=288)
    for step in (np.float32(1 / 288), np.float32(0.00347222)):  # k * step falls below k / 288
        x[:, -1, :, 1] = (torch.arange(288) * step)[:, None].clamp(max=1 - 1e-6)
        rows = model.temporal_embedding(x)[:, :8]
        assert torch.equal(rows, model.tod_embedding.weight)


def test_scheduled_sampling_feeds_the_truth_where_it_is_drawn():
    config = SIZES["one layer"]
    model = HimNet(config, seed=4).eval()
    x, y_cov, targets = windows(config)
    never, always = [False] * 11, [True] * 11
    with torch.no_grad():
        free = model(x, y_cov)
        assert torch.equal(free, model(x, y_cov, targets=targets, teacher=never))
        forced = model(x, y_cov, targets=targets, teacher=always)
        once = model(x, y_cov, targets=targets, teacher=[False] * 5 + [True] + [False] * 5)
        assert torch.equal(forced, model(x, y_cov, targets=targets, teacher=[*always, True]))
    assert torch.equal(forced[:, 0], free[:, 0])
    assert not torch.allclose(forced[:, 1:], free[:, 1:])
    assert torch.equal(once[:, :6], free[:, :6])
    assert not torch.allclose(once[:, 6:], free[:, 6:])


def test_bfloat16_stays_close_to_float32():
    config = HimNetConfig(20, hidden_dim=32)
    model = HimNet(config, seed=5).eval()
    x, y_cov, _ = windows(config)
    with torch.no_grad():
        exact = model(x, y_cov)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            rough = model(x, y_cov)
    assert rough.dtype == torch.float32
    assert (rough - exact).abs().max() < 0.03 * exact.abs().max()


def test_thousands_of_sensors_run():
    config = HimNetConfig(2000, hidden_dim=4, in_steps=2, out_steps=2, node_embedding_dim=4)
    x, y_cov, _ = windows(config, batch=1)
    assert HimNet(config, seed=0)(x, y_cov).shape == (1, 2, 2000, 1)


def test_the_same_seed_gives_the_same_weights_and_leaves_the_global_generator_alone():
    config = SIZES["one layer"]
    torch.manual_seed(7)
    before = torch.random.get_rng_state()
    first, second, other = (HimNet(config, seed=seed).state_dict() for seed in (0, 0, 1))
    assert all(torch.equal(first[name], second[name]) for name in first)
    assert not torch.equal(first["node_embedding"], other["node_embedding"])
    model = HimNet(config)
    torch.random.set_rng_state(before)
    model.reset_parameters(3)
    assert torch.equal(before, torch.random.get_rng_state())


def test_initial_scales_are_the_published_ones():
    config = preset("METRLA").model
    weights = HimNet(config, seed=0).state_dict()
    pool = weights["decoder.cells.0.gate.weights_pool"]
    fans = (16 + 134) * 128  # xavier on the tensor as it is: (size(0) + size(1)) * the rest
    assert pool.std().item() == pytest.approx((2 / fans) ** 0.5, rel=0.02)
    assert weights["tod_embedding.weight"].std().item() == pytest.approx(1, rel=0.05)


def test_a_second_backward_pass_through_the_same_forecast_gives_the_same_gradients():
    config = SIZES["two layers, order 3"]
    model = HimNet(config, seed=0)
    x, y_cov, _ = windows(config)
    loss = model(x, y_cov).square().mean()
    parameters = list(model.parameters())
    first = torch.autograd.grad(loss, parameters, retain_graph=True)
    for once, again in zip(first, torch.autograd.grad(loss, parameters), strict=True):
        assert torch.equal(once, again)


def test_gradients_of_a_part_first_leave_nothing_behind_for_those_of_all():
    config = SIZES["two layers, order 3"]
    model = HimNet(config, seed=0)
    x, y_cov, _ = windows(config)
    x.requires_grad_(True)
    parameters = list(model.parameters())
    whole = torch.autograd.grad(model(x, y_cov).square().mean(), parameters)
    loss = model(x, y_cov).square().mean()
    torch.autograd.grad(loss, x, retain_graph=True)
    torch.autograd.grad(loss, parameters[:1], retain_graph=True)
    for found, expected in zip(torch.autograd.grad(loss, parameters), whole, strict=True):
        torch.testing.assert_close(found, expected)


def test_a_second_derivative_is_refused_and_not_wrong():
    config = SIZES["one layer"]
    x, y_cov, _ = windows(config)
    x.requires_grad_(True)
    loss = HimNet(config, seed=0)(x, y_cov).square().mean()
    (slope,) = torch.autograd.grad(loss, x, create_graph=True)
    with pytest.raises(RuntimeError, match="once_differentiable"):
        slope.sum().backward()


@pytest.mark.parametrize("ablation", ABLATIONS)
@pytest.mark.parametrize(("layers", "order"), [(1, 2), (2, 3)])
def test_gradients_of_every_ablation_are_those_of_the_published_formulas(ablation, layers, order):
    config = HimNetConfig(7, hidden_dim=5, num_layers=layers, cheb_k=order, ablate=ablation)
    model, reference = HimNet(config, seed=1), ReferenceHimNet(config)
    reference.load_state_dict(model.state_dict())
    x, y_cov, _ = windows(config, batch=2)
    for either in (model, reference):
        either(x, y_cov).square().mean().backward()
    for (name, ours), theirs in zip(model.named_parameters(), reference.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, atol=1e-5, rtol=1e-4, msg=name)


def test_gradients_in_bfloat16_point_where_those_in_float32_do():
    config = HimNetConfig(20, hidden_dim=32)
    gradients = []
    for enabled in (False, True):
        model = HimNet(config, seed=5)
        x, y_cov, _ = windows(config)
        with torch.autocast("cpu", dtype=torch.bfloat16, enabled=enabled):
            output = model(x, y_cov)
        output.square().mean().backward()
        gradients.append([parameter.grad.flatten() for parameter in model.parameters()])
    for exact, rough in zip(*gradients, strict=True):
        assert torch.cosine_similarity(exact, rough, dim=0) > 0.98


def test_gradients_reach_the_inputs_too():
    config = SIZES["one layer"]
    model, reference = HimNet(config, seed=0), ReferenceHimNet(config)
    reference.load_state_dict(model.state_dict())
    gradients = []
    for either in (model, reference):
        x, y_cov, _ = windows(config)
        x.requires_grad_(True)
        either(x, y_cov).square().mean().backward()
        gradients.append(x.grad[..., 0])
    assert gradients[0].abs().max() > 0
    torch.testing.assert_close(*gradients, atol=1e-6, rtol=1e-4)


def test_graph_rows_sum_to_one_and_have_no_zero():
    graph = adaptive_graph(torch.randn(5, 8, 3, generator=torch.Generator().manual_seed(0)))
    torch.testing.assert_close(graph.sum(-1), torch.ones(5, 8))
    assert (graph > 0).all()


def test_graphs_are_made_in_full_precision_under_autocast_too():
    embedding = 8 * torch.randn(6, 16, generator=torch.Generator().manual_seed(0))
    exact = adaptive_graph(embedding)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(adaptive_graph(embedding), exact)


def test_chebyshev_terms_equal_the_polynomials_of_the_matrix():
    generator = torch.Generator().manual_seed(0)
    graph = adaptive_graph(torch.randn(6, 3, dtype=torch.float64, generator=generator))
    features = torch.randn(2, 6, 4, dtype=torch.float64, generator=generator)
    identity = torch.eye(6, dtype=torch.float64)
    polynomials = [identity, graph, 2 * graph @ graph - identity]
    expected = [term @ features for term in polynomials]
    torch.testing.assert_close(chebyshev_features(graph.matmul, features, 3), expected)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda x, y: (x[:, :, :-1], y), r"x has shape \(3, 12, 10, 3\), but .* \(B, 12, 11, 3\)"),
        (lambda x, y: (x[0], y), r"x has shape \(12, 11, 3\)"),
        (lambda x, y: (x, y[:, :-1]), r"y_cov has shape .* \(B, 12, 11, 2\)"),
        (lambda x, y: (x, y[:2]), "x has 3 windows but y_cov has 2"),
        (lambda x, y: (x[:0], y[:0]), "x has no windows"),
        (lambda x, y: (x.long(), y), "convert it to float32"),
        (lambda x, y: (x + torch.tensor([0, 1.0, 0]), y), r"time of day of 1.*in \[0, 1\)"),
        (lambda x, y: (x, y - torch.tensor([1.0, 0])), r"y_cov has a time of day of -"),
        (lambda x, y: (x / torch.tensor([1, 1, 7.0]), y), "whole number from 0 to 6"),
        (lambda x, y: (x, y + torch.tensor([0, 7.0])), "y_cov has a day of week of"),
        (lambda x, y: (x * torch.tensor([torch.nan, 1, 1]), y), "not finite"),
        (lambda x, y: (x, y * torch.nan), "time of day of nan"),
    ],
)
def test_wrong_inputs_get_a_sentence_not_a_number(spoil, message):
    config = SIZES["one layer"]
    x, y_cov, _ = windows(config, seed=5)
    assert x[..., 2].max() > 0
    with pytest.raises(InputError, match=message):
        HimNet(config, seed=0)(*spoil(x, y_cov))


def test_checks_can_be_switched_off_for_checked_data():
    config = SIZES["one layer"]
    model = HimNet(config, seed=0)
    model.validate_inputs = False
    x, y_cov, _ = windows(config)
    x[0, 0, 0, 0] = torch.nan
    assert model(x, y_cov).isnan().any()


def test_models_made_in_threads_begin_as_their_seeds_say():
    config = HimNetConfig(5, hidden_dim=4)
    alone = [HimNet(config, seed=seed).state_dict() for seed in range(4)] * 8
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda number: HimNet(config, seed=number % 4), range(32)))
    for model, weights in zip(together, alone, strict=True):
        assert all(torch.equal(model.state_dict()[name], weights[name]) for name in weights)
