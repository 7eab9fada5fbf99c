"""What training costs: counted exactly, measured on the real step, and survived when it is much."""

import json
import math
import sys
from dataclasses import replace

import numpy as np
import pytest
import torch

from himnet.config import HimNetConfig
from himnet.errors import ConfigError, TrainingError
from himnet.model.himnet import HimNet
from himnet.presets import PRESETS
from himnet.studies import efficiency, efficiency_worker
from himnet.studies.efficiency import (
    Cost,
    batches_per_epoch,
    measure_efficiency,
    theta_parameters,
    watch,
)
from himnet.studies.efficiency_worker import (
    SCALER,
    is_out_of_memory,
    made_up_dataset,
    measure,
    resized,
    timed_steps,
)
from himnet.training.distributed import Workers
from himnet.training.learner import Learner, new_learner
from himnet.training.settings import TrainingSettings

CPU = torch.device("cpu")
SMALL = HimNetConfig(5, hidden_dim=4, node_embedding_dim=3, st_embedding_dim=3)
TOWN = replace(PRESETS["PEMS08"], model=SMALL, num_steps=100)
SETTINGS = TrainingSettings.for_dataset("PEMS08", {"batch_size": 8})


@pytest.fixture
def learner():
    dataset = made_up_dataset("PEMS08", TOWN)
    return new_learner(dataset, SCALER, HimNet(SMALL, seed=0), SETTINGS, Workers(CPU))


def worker(code):
    """Return a command that plays the worker."""
    return [sys.executable, "-c", f"import json, os, signal, sys\n{code}"]


def test_the_enlarged_spaces_of_metr_la_are_the_papers():
    assert theta_parameters(PRESETS["METRLA"].model) == 10_874_347_200


@pytest.mark.parametrize("layers", [1, 3])
def test_the_enlarged_spaces_hold_what_the_pools_generate(layers):
    config = replace(SMALL, num_layers=layers, cheb_k=3, steps_per_day=24)
    spaces = {"encoder_t": 24 * 7, "encoder_s": 5, "decoder": 24 * 7 * 5}
    entries = sum(
        copies * math.prod(shape[1:])  # the first axis is the query's
        for part, copies in spaces.items()
        for name, shape in config.state_shapes().items()
        if name.startswith(part)
    )
    assert theta_parameters(config) == entries


def test_the_epochs_are_those_of_the_published_windows():
    assert batches_per_epoch(PRESETS["METRLA"], 16) == 1_499
    assert batches_per_epoch(PRESETS["METRLA"], 23_974) == 1
    assert batches_per_epoch(PRESETS["METRLA"], 1) == 23_974


@pytest.mark.parametrize("name", PRESETS)
def test_made_up_data_has_the_windows_that_are_counted(name):
    chosen = replace(PRESETS[name], model=replace(PRESETS[name].model, num_nodes=2))
    dataset = made_up_dataset(name, chosen)
    assert dataset.values.shape == (PRESETS[name].num_steps, 2)
    assert len(dataset.splits["train"]) == batches_per_epoch(PRESETS[name], 1)


@pytest.mark.parametrize(
    ("nodes", "steps"), [(2, 17_856), (170, 17_856), (1_700, 1_785), (9_000, 500)]
)
def test_another_number_of_sensors_has_no_more_readings(nodes, steps):
    chosen = resized(PRESETS["PEMS08"], replace(SMALL, num_nodes=nodes))
    assert (chosen.model.num_nodes, chosen.num_steps) == (nodes, steps)
    assert chosen.split == PRESETS["PEMS08"].split


def test_made_up_data_is_what_the_model_takes(learner):
    dataset = made_up_dataset("PEMS08", TOWN)
    x, y_cov, truth = learner.batches.batch(torch.tensor(dataset.splits["train"].middles))
    learner.model.check_inputs(x, y_cov)
    assert not dataset.missing().any()
    assert abs(x[..., 0].mean()) < 0.2
    assert abs(x[..., 0].std() - 1) < 0.2
    assert truth.isfinite().all()


def test_the_settings_are_the_papers_of_the_data_set(monkeypatch, capsys):
    seen = {}

    def note(name, chosen, settings, device_name, steps):
        seen[name] = settings
        return iter([{"peak_mb": 1.0}])

    monkeypatch.setattr(efficiency_worker, "measure", note)
    monkeypatch.setattr(efficiency_worker, "_volunteer", lambda: None)
    for name in PRESETS:
        efficiency_worker.main([name])
        settings = seen[name]
        assert (settings.loss, settings.weight_decay) == (
            PRESETS[name].loss,
            PRESETS[name].weight_decay,
        )
        assert (settings.learning_rate, settings.eps, settings.clip) == (1e-3, 1e-3, 5.0)
    assert {settings.batch_size for settings in seen.values()} == {16}
    assert capsys.readouterr().out == '{"peak_mb": 1.0}\n' * len(PRESETS)


def test_every_timed_step_trains(learner):
    middles = made_up_dataset("PEMS08", TOWN).splits["train"].middles
    steps, before = timed_steps(learner, middles, 3), HimNet(SMALL, seed=0).state_dict()
    for _ in range(3):
        assert next(steps) > 0
        after = learner.model.state_dict()
        changed = [name for name in before if not torch.equal(before[name], after[name])]
        assert {"node_embedding", "encoder_t.cells.0.gate.weights_pool"} <= set(changed)
        before = {name: value.clone() for name, value in after.items()}
    assert next(steps, None) is None
    assert learner.is_finite()


@pytest.mark.parametrize(("windows", "size"), [(20, 8), (5, 5)])
def test_only_whole_batches_are_timed_where_there_are_some(learner, monkeypatch, windows, size):
    given = []
    monkeypatch.setattr(learner, "step", lambda number, batch, *_: given.append(batch.tolist()))
    list(timed_steps(learner, np.arange(windows), 5))
    assert [len(batch) for batch in given] == [size] * 5
    assert set(given[0]) <= set(range(windows))
    assert given[windows // 8 or 1] == given[0]


def test_measuring_says_each_step_and_then_the_peak():
    lines = list(measure("PEMS08", TOWN, SETTINGS, "cpu", 2))
    assert [set(line) for line in lines] == [{"seconds"}, {"seconds"}, {"peak_mb"}]
    assert lines[-1]["peak_mb"] > 20  # torch alone takes more


@pytest.mark.parametrize(
    "error",
    [
        MemoryError(),
        torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB"),
        RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes"),
        RuntimeError("MPS backend out of memory (MPS allocated: 1 MB)"),
        RuntimeError("CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling cublasCreate(handle)"),
    ],
)
def test_want_of_memory_is_a_result(error, monkeypatch, capsys):
    def fail(*_):
        raise error

    assert is_out_of_memory(error)
    monkeypatch.setattr(efficiency_worker, "made_up_dataset", lambda *_: made_up_dataset("", TOWN))
    monkeypatch.setattr(efficiency_worker, "_volunteer", lambda: None)
    monkeypatch.setattr(Learner, "step", fail)
    monkeypatch.setitem(PRESETS, "PEMS08", TOWN)
    efficiency_worker.main(["PEMS08"])
    assert json.loads(capsys.readouterr().out) == {"does_not_fit": True}


def test_any_other_error_stays_one(monkeypatch):
    def fail(*_):
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(efficiency_worker, "measure", fail)
    monkeypatch.setattr(efficiency_worker, "_volunteer", lambda: None)
    with pytest.raises(RuntimeError, match="multiplied"):
        efficiency_worker.main(["PEMS08"])


def test_what_a_worker_writes_is_collected_without_the_warm_up():
    ticks = []
    lines = [{"seconds": 9.0}, {"seconds": 1.0}, {"seconds": 2.0}, {"peak_mb": 30.0}]
    code = f"for line in {lines}: print(json.dumps(line), flush=True)"
    assert watch(worker(code), "X", lambda: ticks.append(1)) == Cost((1.0, 2.0), 30.0)
    assert len(ticks) == 3


@pytest.mark.parametrize(
    "code",
    [
        "print(json.dumps({'does_not_fit': True}))",
        "os.kill(os.getpid(), signal.SIGKILL)",
        "print(json.dumps({'seconds': 1.0}), flush=True); os.kill(os.getpid(), signal.SIGKILL)",
    ],
)
def test_a_worker_without_memory_has_no_cost(code):
    assert watch(worker(code), "X", lambda: None) is None


def test_a_worker_finds_the_package_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("PYTHONPATH", raising=False)
    assert watch(worker("import himnet; print(json.dumps({'peak_mb': 1.0}))"), "X", print) == Cost(
        (), 1.0
    )


@pytest.mark.parametrize(
    ("code", "told"),
    [
        ("sys.exit('first\\nno such kernel')", "status 1 (no such kernel)"),
        ("pass", "status 0 (no message)"),
        ("os.abort()", "status -6 ("),
    ],
)
def test_a_worker_that_fails_is_told(code, told):
    with pytest.raises(TrainingError) as caught:
        watch(worker(code), "METRLA", lambda: None)
    assert told in str(caught.value)
    assert "omit METRLA" in str(caught.value)


def test_a_size_that_does_not_fit_is_null_and_the_others_go_on(monkeypatch):
    costs = {"METRLA": Cost((3.0, 1.0, 2.0), 500.0), "PEMS07": None, "PEMS08": Cost((4.0,), 5.0)}
    monkeypatch.setattr(efficiency, "watch", lambda command, name, tick: costs[name])
    result = measure_efficiency([*costs, "METRLA"], device="cpu", steps=3)
    assert list(result["datasets"]) == list(costs)
    la, seven, eight = result["datasets"].values()
    assert la == {
        "sensors": 207,
        "parameters": 1_250_937,
        "theta_parameters": 10_874_347_200,
        "batches_per_epoch": 1_499,
        "seconds_per_batch": 2.0,
        "seconds_per_epoch": 2998.0,
        "peak_mb": 500.0,
    }
    assert [seven[key] for key in list(la)[4:]] == [None, None, None]
    assert seven["parameters"] == PRESETS["PEMS07"].model.num_parameters
    assert eight["seconds_per_epoch"] == 4.0 * eight["batches_per_epoch"]
    assert result["quoted"]["METRLA"]["paper"]["seconds_per_epoch"] == 144
    assert result["machine"]["torch"] == torch.__version__
    json.dumps(result, allow_nan=False)


@pytest.mark.parametrize(
    ("names", "options", "told"),
    [
        (["PEMS8"], {}, "no preset 'PEMS8'"),
        (["PEMS08"], {"steps": 0}, "--steps must be at least 1, not 0"),
        (["PEMS08"], {"batch_size": -1}, "--batch-size must be at least 1, not -1"),
        (["PEMS08"], {"device": "tpu"}, "no device 'tpu'"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_runs(names, options, told, monkeypatch):
    monkeypatch.setattr(efficiency, "watch", lambda *_: pytest.fail("it ran"))
    with pytest.raises(ConfigError, match=told):
        measure_efficiency(names, **options)
