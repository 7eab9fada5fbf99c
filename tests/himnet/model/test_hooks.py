"""Hooks fire on every module, see and change what the docstrings say, and cost nothing else."""

import copy
import io
from contextlib import contextmanager

import pytest
import torch
from torch.nn.modules.module import register_module_forward_hook

from himnet.config import ABLATIONS, HimNetConfig
from himnet.model.cells import HimGCRUCell
from himnet.model.himnet import HimNet
from himnet.model.layers import MetaGraphConv
from himnet.model.recurrent import Layers, RecurrentStack
from tests.himnet.model.test_himnet import SIZES, windows

# torch says so of dictionaries, which take whole numbers, and of a model whose inputs need none
pytestmark = pytest.mark.filterwarnings("ignore:Full backward hook is firing when gradients")

PARTS = ("encoder_s", "encoder_t", "decoder")
KINDS = (
    "register_forward_hook",
    "register_forward_pre_hook",
    "register_full_backward_hook",
    "register_full_backward_pre_hook",
)
TWO_LAYERS = SIZES["two layers, order 3"]
BATCH = 3


def names(config):
    return [name for name, _ in HimNet(config, seed=0).named_modules()]


MODULES = names(TWO_LAYERS)


@contextmanager
def hooked(modules, hook, kind="register_forward_hook"):
    handles = [getattr(module, kind)(hook) for module in modules]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def nothing(*call):
    """A hook that leaves all as it is."""


def results(model, config, **sampling):
    """Forecast, E_st, and gradients of inputs and parameters, in a dictionary by name."""
    x, y_cov, targets = windows(config, batch=BATCH)
    inputs = {"x": x.requires_grad_(), "y_cov": y_cov.requires_grad_()}
    targets = targets if sampling else None
    forecast, embedding = model.forecast_with_embedding(x, y_cov, targets=targets, **sampling)
    leaves = inputs | dict(model.named_parameters())
    loss = forecast.square().mean() + embedding.square().mean()
    found = torch.autograd.grad(loss, list(leaves.values()), allow_unused=True)
    gradients = {
        name: torch.zeros_like(leaf) if grad is None else grad
        for (name, leaf), grad in zip(leaves.items(), found, strict=True)
    }
    return {"forecast": forecast.detach(), "E_st": embedding.detach()} | gradients


def assert_alike(found, expected):
    assert found.keys() == expected.keys()
    for name, tensor in found.items():
        torch.testing.assert_close(tensor, expected[name], atol=1e-5, rtol=1e-4, msg=name)


@contextmanager
def counted_steps(monkeypatch):
    """Count the cells' steps: those of the fused path, and those of the modules' own."""
    counts = {"fused": 0, "plain": 0}

    def counting(key, function):
        def count(*args):
            counts[key] += 1
            return function(*args)

        return count

    with monkeypatch.context() as patch:
        patch.setattr(HimGCRUCell, "step", counting("fused", HimGCRUCell.step))
        patch.setattr(HimGCRUCell, "forward", counting("plain", HimGCRUCell.forward))
        yield counts


def documented_shapes(config, name, module):
    """Shapes of the inputs and the output of a module, as the docstrings give them."""
    n, h, layers = config.num_nodes, config.hidden_dim, config.num_layers
    part = name.split(".")[0]
    if part == "decoder":
        graph, query, steps = (BATCH, n, n), (BATCH, n, config.st_embedding_dim), 1
    else:
        graph, steps = (n, n), config.in_steps
        query = (BATCH, 1, config.temporal_embedding_dim)
        query = (1, n, config.node_embedding_dim) if part == "encoder_s" else query
    layer = int(name.split(".")[2]) if name.count(".") > 1 else 0
    inputs = config.layer_inputs(layer) - h
    states = (BATCH, layers, n, h)
    if isinstance(module, RecurrentStack):
        start = [states] if part == "decoder" else []
        return [(BATCH, steps, n, inputs), graph, query, *start], states
    if isinstance(module, Layers):
        return [(BATCH, n, inputs), states, graph, query], states
    if isinstance(module, HimGCRUCell):
        return [(BATCH, n, inputs), (BATCH, n, h), graph, query], (BATCH, n, h)
    if isinstance(module, MetaGraphConv):
        outputs = 2 * h if name.endswith("gate") else h
        return [(BATCH, n, inputs + h), graph, query], (BATCH, n, outputs)
    return {
        "": (
            [(BATCH, config.in_steps, n, 3), (BATCH, config.out_steps, n, 2)],
            (BATCH, config.out_steps, n, 1),
        ),
        "tod_embedding": ([(BATCH,)], (BATCH, config.tod_embedding_dim)),
        "dow_embedding": ([(BATCH,)], (BATCH, config.dow_embedding_dim)),
        "st_proj": ([(BATCH, n, h)], (BATCH, n, config.st_embedding_dim)),
        "out_proj": ([(BATCH, n, h)], (BATCH, n, 1)),
    }[name]


def documented_calls(config, name):
    """How often a module is called in one forward pass: cells and what is in them in every step."""
    if name in ("decoder", "out_proj") or name.startswith("decoder."):
        return config.out_steps
    return config.in_steps if name.startswith("encoder") and "." in name else 1


@pytest.mark.parametrize("size", SIZES)
def test_hooks_fire_on_every_module_with_the_shapes_of_the_docstrings(size):
    config = SIZES[size]
    model = HimNet(config, seed=0)
    name_of = {module: name for name, module in model.named_modules()}
    seen = {name: [] for name in name_of.values()}

    def note(module, inputs, output):
        shapes = [tuple(tensor.shape) for tensor in inputs]
        seen[name_of[module]].append((shapes, tuple(output.shape)))

    x, y_cov, _ = windows(config, batch=BATCH)
    with hooked(model.modules(), note):
        model(x, y_cov)
    for name, module in model.named_modules():
        shapes = documented_shapes(config, name, module)
        assert seen[name] == [shapes] * documented_calls(config, name), name


@pytest.mark.parametrize("ablation", ABLATIONS)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_hook_fires_on_every_module_of_every_ablation(kind, ablation):
    config = HimNetConfig(5, hidden_dim=4, num_layers=2, in_steps=2, out_steps=3, ablate=ablation)
    model = HimNet(config, seed=0)
    called = set()
    x, y_cov, _ = windows(config)
    with hooked(model.modules(), lambda module, *call: called.add(module), kind):
        model(x, y_cov).sum().backward()
    assert called == set(model.modules())


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_hooks_everywhere_change_neither_outputs_nor_gradients(monkeypatch, size, kind):
    config = SIZES[size]
    model = HimNet(config, seed=1)
    expected = results(model, config)
    with hooked(model.modules(), nothing, kind), counted_steps(monkeypatch) as counts:
        assert_alike(results(model, config), expected)
    assert not counts["fused"]
    assert all(expected[name].any() for name in ("x", "y_cov", "node_embedding"))


@pytest.mark.parametrize("ablation", ABLATIONS)
@pytest.mark.parametrize(("layers", "order"), [(1, 2), (2, 3), (2, 1)])
def test_both_paths_of_every_ablation_agree(ablation, layers, order):
    config = HimNetConfig(7, hidden_dim=5, num_layers=layers, cheb_k=order, ablate=ablation)
    model = HimNet(config, seed=1)
    expected = results(model, config)
    with hooked(model.modules(), nothing):
        assert_alike(results(model, config), expected)


@pytest.mark.parametrize("name", MODULES)
def test_a_hook_on_any_module_alone_changes_nothing_but_the_path_of_its_part(monkeypatch, name):
    model = HimNet(TWO_LAYERS, seed=1)
    expected = results(model, TWO_LAYERS)
    part = name.split(".")[0]
    steps = TWO_LAYERS.out_steps if part == "decoder" else TWO_LAYERS.in_steps
    plain = TWO_LAYERS.num_layers * steps if part in PARTS else 0
    both = TWO_LAYERS.num_layers * (2 * TWO_LAYERS.in_steps + TWO_LAYERS.out_steps)
    with (
        hooked([model.get_submodule(name)], nothing, "register_full_backward_hook"),
        counted_steps(monkeypatch) as counts,
    ):
        assert_alike(results(model, TWO_LAYERS), expected)
    assert counts == {"fused": both - plain, "plain": plain}


def test_a_global_hook_fires_on_every_module(monkeypatch):
    model = HimNet(TWO_LAYERS, seed=1)
    expected = results(model, TWO_LAYERS)
    called = []
    handle = register_module_forward_hook(lambda module, *call: called.append(module))
    try:
        with counted_steps(monkeypatch) as counts:
            assert_alike(results(model, TWO_LAYERS), expected)
            x, y_cov, _ = windows(TWO_LAYERS)
            model(x, y_cov)
    finally:
        handle.remove()
    assert not counts["fused"]
    assert set(called) == set(model.modules())


def test_once_the_hooks_are_removed_the_fused_path_runs_again(monkeypatch):
    model = HimNet(TWO_LAYERS, seed=1)
    x, y_cov, _ = windows(TWO_LAYERS)
    before = model(x, y_cov)
    with hooked(model.modules(), nothing):
        model(x, y_cov)
    with counted_steps(monkeypatch) as counts:
        assert torch.equal(model(x, y_cov), before)
    assert counts["fused"]
    assert not counts["plain"]


@pytest.mark.parametrize("name", MODULES)
def test_a_changed_output_takes_effect(name):
    model = HimNet(TWO_LAYERS, seed=2)
    x, y_cov, _ = windows(TWO_LAYERS)
    before = model(x, y_cov)
    with hooked([model.get_submodule(name)], lambda module, inputs, output: output / 2):
        after = model(x, y_cov)
    assert (after - before).abs().max() > 1e-4
    if not name:
        assert torch.equal(after, before / 2)


def test_a_changed_state_of_an_encoder_is_the_one_that_is_decoded():
    model = HimNet(TWO_LAYERS, seed=2)
    x, y_cov, _ = windows(TWO_LAYERS)
    states = []
    with hooked([model.encoder_t], lambda *call: states.append(call[-1])):
        model(x, y_cov)
    with hooked([model.encoder_s], lambda *call: torch.zeros_like(call[-1])):
        without_space = model(x, y_cov)
    of_time, _ = model.decode(states[0][:, -1], y_cov)
    torch.testing.assert_close(without_space, of_time, atol=1e-5, rtol=0)


def test_a_changed_input_takes_effect():
    model = HimNet(TWO_LAYERS, seed=2)
    x, y_cov, _ = windows(TWO_LAYERS)

    def other_query(module, inputs):
        sequence, graph, query = inputs
        return sequence, graph, torch.ones_like(query)

    with hooked([model.encoder_t], other_query, "register_forward_pre_hook"):
        found = model(x, y_cov)
    with hooked(
        [model.tod_embedding, model.dow_embedding], lambda *call: torch.ones_like(call[-1])
    ):
        expected = model(x, y_cov)
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("name", [name for name in MODULES if name])
def test_forecasts_have_a_gradient_with_respect_to_what_a_hook_saw(name):
    model = HimNet(TWO_LAYERS, seed=2)
    x, y_cov, _ = windows(TWO_LAYERS)
    seen = []
    with hooked([model.get_submodule(name)], lambda *call: seen.append(call[-1])):
        forecast = model(x, y_cov)
    gradients = torch.autograd.grad(forecast.square().mean(), seen[:1])
    assert gradients[0].shape == seen[0].shape
    assert gradients[0].any()


@pytest.mark.parametrize("teacher", [[True, False, True], torch.tensor([True, False, True])])
def test_scheduled_sampling_feeds_the_same_on_both_paths(teacher):
    model = HimNet(TWO_LAYERS, seed=3).train()
    expected = results(model, TWO_LAYERS, teacher=teacher)
    free = results(model, TWO_LAYERS)
    with hooked(model.modules(), nothing):
        assert_alike(results(model, TWO_LAYERS, teacher=teacher), expected)
    assert (expected["forecast"] - free["forecast"]).abs().max() > 1e-3


def test_both_paths_agree_in_bfloat16_and_without_gradients():
    config = HimNetConfig(20, hidden_dim=32)
    model = HimNet(config, seed=5).eval()
    x, y_cov, _ = windows(config)
    with torch.inference_mode():
        exact = model(x, y_cov)
        with hooked(model.modules(), nothing):
            torch.testing.assert_close(model(x, y_cov), exact, atol=1e-5, rtol=0)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                rough = model(x, y_cov)
    assert rough.dtype == torch.float32
    assert 0 < (rough - exact).abs().max() < 0.03 * exact.abs().max()


def test_hooks_fire_in_copies_and_wrappers_and_leave_state_dicts_alone():
    model = HimNet(TWO_LAYERS, seed=4)
    x, y_cov, _ = windows(TWO_LAYERS)
    expected, state = model(x, y_cov), model.state_dict()
    called = []
    with hooked([model.encoder_s.cells[1].gate], lambda *call: called.append(len(called))):
        assert list(model.state_dict()) == list(state)
        for other in (copy.deepcopy(model), torch.nn.DataParallel(model)):
            called.clear()
            torch.testing.assert_close(other(x, y_cov), expected, atol=1e-5, rtol=0)
            assert len(called) == TWO_LAYERS.in_steps
    file = io.BytesIO()
    torch.save(model, file)
    file.seek(0)
    assert torch.equal(torch.load(file, weights_only=False)(x, y_cov), expected)


@pytest.mark.parametrize("size", SIZES)
def test_a_part_called_by_itself_gives_what_it_gives_in_the_model(size):
    config = SIZES[size]
    model = HimNet(config, seed=4)
    x, _, _ = windows(config)
    spatial, temporal = model.spatial_embedding(x), model.temporal_embedding(x)
    graph = torch.softmax(torch.relu(spatial @ spatial.T), dim=-1)
    of_space = model.encoder_s(x, graph, spatial[None])[:, -1]
    of_time = model.encoder_t(x, graph, temporal[:, None])[:, -1]
    torch.testing.assert_close(of_space, model.encode_space(x, graph, spatial), atol=1e-5, rtol=0)
    torch.testing.assert_close(of_time, model.encode_time(x, graph, temporal), atol=1e-5, rtol=0)
