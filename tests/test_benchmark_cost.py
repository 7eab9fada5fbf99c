"""The count of a training step is torch's own; the benchmarks on it tell what does not fit."""

import json
import mmap
import weakref
from argparse import Namespace
from collections import Counter
from pathlib import Path

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode
from torch.utils.module_tracker import ModuleTracker

from benchmarks import cost, scaling, step_worker
from himnet.config import ABLATIONS, HimNetConfig
from himnet.errors import TrainingError
from himnet.model.shared_maps import GraphMap, LinearMap
from himnet.studies.efficiency import Cost
from himnet.studies.efficiency_worker import peak_mb
from tests.processes import run_python

pytestmark = pytest.mark.slow

BATCH = 3
TINY = {"in_steps": 3, "out_steps": 4, "hidden_dim": 5, "node_embedding_dim": 3}
CONFIGS = [
    *(HimNetConfig(7, **TINY, ablate=ablate) for ablate in ABLATIONS),
    *(HimNetConfig(7, **TINY, num_layers=2, cheb_k=3, ablate=ablate) for ablate in ("none", "E_s")),
    *(
        HimNetConfig(7, **TINY, num_layers=2, cheb_k=1, ablate=ablate)
        for ablate in ("none", "STMP")
    ),
]
REST = ("elementwise rest", "optimiser")
PRODUCTS = {"mm", "bmm", "addmm", "baddbmm"}
NO_WORK = {"detach", "_unsafe_view", "empty", "new_empty", "empty_like"}


def observe(mode, config, batch_size, precision):
    """Let a mode see the second training step of a model; return the mode."""
    training = step_worker.Training("fast", config, batch_size, precision)
    windows = torch.from_numpy(training.middles[:batch_size])
    training.learner.step(0, windows, (), 1e-3)
    with mode:
        training.learner.step(1, windows, (), 1e-3)
    return mode


class HooklessTracker(ModuleTracker):
    """Tracks no modules: the hooks that do would have the model take its plain path."""

    def __enter__(self):
        return self

    def __exit__(self, *args):
        pass


class Traffic(TorchDispatchMode):
    """Bytes of operands and results; of blocks in the cache only what is read from memory."""

    def __init__(self):
        super().__init__()
        self.bytes, self.in_cache = Counter(), False

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        name, overload = str(func).split(".")[1:]
        if func.is_view or name in NO_WORK or (self.in_cache and name != "cat"):
            return out
        nothing_read = ("new_zeros", "zeros_like", "index")  # index: of a series, a few windows
        sources = () if name in nothing_read else tree_leaves(args)
        results = () if self.in_cache else tree_leaves(out)
        if name == "_fused_adam_":  # in place: weights and both moments
            results = tree_leaves([args[0], args[2], args[3]])
        tensors = [item for item in (*sources, *results) if isinstance(item, torch.Tensor)]
        product = self.in_cache or name in PRODUCTS or (name, overload) == ("mul", "out")
        moved = sum(tensor.numel() * tensor.element_size() for tensor in tensors)
        self.bytes["products" if product else "rest"] += moved
        return out


class Memory(TorchDispatchMode):
    """Bytes of the tensors that are alive, and their peak."""

    def __init__(self):
        super().__init__()
        self.alive, self.peak = {}, 0

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        out = func(*args, **(kwargs or {}))
        for item in tree_leaves(out):
            if isinstance(item, torch.Tensor) and item.untyped_storage()._cdata not in self.alive:
                storage = item.untyped_storage()
                self.alive[storage._cdata] = storage.nbytes()
                weakref.finalize(storage, self.alive.pop, storage._cdata)
        self.peak = max(self.peak, sum(self.alive.values()))
        return out


@pytest.mark.parametrize("precision", cost.SIZES)
@pytest.mark.parametrize("config", CONFIGS, ids=lambda c: f"{c.ablate}-{c.num_layers}-{c.cheb_k}")
def test_the_products_counted_are_those_that_torch_counts(config, precision):
    counter = FlopCounterMode(display=False)
    counter.mod_tracker = HooklessTracker()
    observe(counter, config, BATCH, precision)
    counted = cost.step_cost(config, BATCH, precision)
    outer = counted.pop("decoder outer products").flop
    products = sum(of_term.flop for term, of_term in counted.items() if term not in REST)
    # in float32 an elementwise product, which torch does not count; in bfloat16 matrix products of
    # depth 1, of which it counts the adding to zero too
    products += 2 * outer if precision == "bfloat16" else 0
    assert products == counter.get_total_flops()


@pytest.mark.parametrize("precision", cost.SIZES)
@pytest.mark.parametrize(
    ("config", "batch_size"),
    [
        (HimNetConfig(100, hidden_dim=32, in_steps=6, out_steps=6), 4),
        (HimNetConfig(400, hidden_dim=4, in_steps=3, out_steps=3), 2),
        (HimNetConfig(40, hidden_dim=16, num_layers=2, cheb_k=3, in_steps=4, out_steps=4), 4),
    ],
    ids=["rows", "graphs", "layers"],
)
def test_bytes_and_peak_are_about_those_of_the_operations(
    monkeypatch, config, batch_size, precision
):
    gradients, traffic = LinearMap.gradients, Traffic()

    def watched(linear):
        added_up_in_memory = isinstance(linear, GraphMap) and linear._start == 1
        traffic.in_cache = not added_up_in_memory
        try:
            return gradients(linear)
        finally:
            traffic.in_cache = False

    monkeypatch.setattr(LinearMap, "gradients", watched)
    seen = observe(traffic, config, batch_size, precision).bytes
    counted = Counter()
    for term, of_term in cost.step_cost(config, batch_size, precision).items():
        counted["rest" if term in REST else "products"] += of_term.bytes
    assert counted["products"] == pytest.approx(seen["products"], rel=0.05)
    assert counted["rest"] == pytest.approx(seen["rest"], rel=0.05)
    peak = observe(Memory(), config, batch_size, precision).peak
    standing = 12 * config.num_parameters  # weights and moments, made before
    assert scaling.peak_bytes(config, batch_size, precision) == pytest.approx(
        peak + standing, rel=0.15
    )


def test_each_term_grows_with_what_it_is_made_of():
    def terms(nodes, batch):
        return cost.step_cost(HimNetConfig(nodes), batch, "bfloat16")

    base, windows, sensors = terms(50, 4), terms(50, 8), terms(500, 4)
    assert tuple(base) == cost.TERMS
    for term in (term for term in cost.TERMS if "decoder" in term):
        assert windows[term].flop == 2 * base[term].flop
        assert sensors[term].flop == 10 * base[term].flop
    assert sensors["graph products"].flop == pytest.approx(100 * base["graph products"].flop)
    assert sensors["graph products"].flop > sensors["decoder products, forward"].flop
    assert windows["optimiser"] == base["optimiser"]


def test_a_cost_takes_as_long_as_the_slower_of_operations_and_bytes():
    ceiling = {"flop_s": 10.0, "bytes_s": 2.0}
    assert cost.Cost(100, 2).seconds(ceiling) == 10
    assert cost.Cost(100, 60).seconds(ceiling) == 30


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="only Linux resets a peak")
def test_the_peak_is_that_since_the_last_reset():
    step_worker.reset_peak()
    before = peak_mb(step_worker.CPU)
    with mmap.mmap(-1, 200_000_000) as block:  # torch's may be kept (`keep_freed_memory`)
        for page in range(0, len(block), mmap.PAGESIZE):
            block[page] = 1
        assert peak_mb(step_worker.CPU) >= before + 150
    step_worker.reset_peak()
    assert peak_mb(step_worker.CPU) <= before + 100


def size_of(monkeypatch, measured, free_mb=1e9):
    monkeypatch.setattr(scaling, "measure_steps", measured)
    monkeypatch.setattr(scaling, "available_mb", lambda: free_mb)
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    args = Namespace(batch_size=2, precision="bfloat16", runs=None, threads=1)
    return scaling.measure_size(args, 20)


def test_a_size_that_needs_more_than_is_free_is_not_tried(monkeypatch):
    size = size_of(monkeypatch, lambda *_, **options: pytest.fail("tried"), free_mb=200)
    assert size["failure"] == "skipped, does not fit: 200 MB are available"
    assert size["expected_peak_mb"] > 200


def test_a_size_is_measured_with_the_steps_of_a_training(monkeypatch):
    def measured(name, steps, **options):
        assert (name, steps) == ("METRLA", 3)
        assert options == {"precision": "bfloat16", "batch_size": 2, "nodes": 20}
        return Cost((2.0, 9.0, 4.0), 30.0)

    size = size_of(monkeypatch, measured)
    assert (size["seconds"], size["step_peak_mb"]) == (4.0, 30.0)
    assert size["flop_s"] == size["flop"] / 4


def test_what_does_not_fit_is_told_and_a_broken_measurement_fails(monkeypatch, capsys):
    def broken(*_, **options):
        raise TrainingError("measuring METRLA ended with status 1")

    for measured, told, status in (
        (lambda *_, **options: None, "does not fit: out of memory", 0),
        (broken, "failed: measuring METRLA ended with status 1", 1),
    ):
        assert size_of(monkeypatch, measured)["failure"] == told
        assert scaling.main(["--nodes", "20"]) == status
        assert told in capsys.readouterr().out


@pytest.mark.slow
def test_the_cost_benchmark_runs_and_writes_what_it_counted(tmp_path):
    file = tmp_path / "cost.json"
    options = ("--nodes", 5, "--batch-size", 2, "--runs", 1, "--threads", 1, "--json", file)
    done = run_python("-m", "benchmarks.cost", *options)
    assert done.returncode == 0, done.stderr
    result = json.loads(file.read_text(encoding="utf-8"))
    for precision, terms in result["costs"].items():
        assert tuple(terms) == cost.TERMS
        step = result["steps"][precision]
        assert step["ceiling_s"] == pytest.approx(sum(c["ceiling_s"] for c in terms.values()))
        assert step["share"] == pytest.approx(step["ceiling_s"] / step["step_s"])
    assert "| graph products" in done.stdout


@pytest.mark.slow
def test_the_scaling_benchmark_runs_and_writes_what_it_measured(tmp_path):
    file = tmp_path / "scaling.json"
    options = ("--nodes", 4, 9, "--batch-size", 2, "--runs", 1, "--threads", 1, "--json", file)
    done = run_python("-m", "benchmarks.scaling", *options)
    assert done.returncode == 0, done.stderr
    sizes = json.loads(file.read_text(encoding="utf-8"))["sizes"]
    assert [size["nodes"] for size in sizes] == [4, 9]
    assert all(size["seconds"] > 0 and size["step_peak_mb"] > 0 for size in sizes)
    assert all(size["flop"] == sum(size["terms"].values()) for size in sizes)
