"""The state comes back exactly, and what is no state says so."""

import dataclasses
import json
import math

import numpy as np
import pytest
import torch
from safetensors.torch import save_file

from himnet.checkpoints.header import read_header
from himnet.errors import TrainingError
from himnet.training.state import Progress, RunState, load_state, save_state


@pytest.fixture
def state():
    return RunState(
        tensors={"model.a": torch.randn(3, 5), "adam.a/step": torch.tensor(7.0)},
        progress=Progress(step=7, epoch=1, batch=2, sums=(0.1 + 0.2, 1e300, 5e-324)),
        settings={"seed": 3},
        config={"num_nodes": 5},
        source={"dataset": "synthetic", "city": {}},
    )


def test_a_state_comes_back_exactly(tmp_path, state):
    save_state(tmp_path / "new" / "run.safetensors", state)
    loaded = load_state(tmp_path / "new" / "run.safetensors")
    assert loaded.progress == state.progress
    assert loaded.progress.best_mae == math.inf
    assert (loaded.settings, loaded.config) == (state.settings, state.config)
    assert loaded.source == state.source
    for name, tensor in state.tensors.items():
        assert torch.equal(loaded.tensors[name], tensor)


@pytest.mark.parametrize("keep", [0, 7, 100, -1])
def test_a_cut_state_is_refused_with_what_to_do(tmp_path, state, keep):
    path = tmp_path / "run.safetensors"
    save_state(path, state)
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(TrainingError, match="start again with --force"):
        load_state(path)


def test_a_foreign_safetensors_file_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    for metadata in (
        None,
        {"himnet": "{}", "format": "himnet-run/2"},
        {"himnet_run": "{}"},
        {"himnet_run": '{"format": 99}'},
    ):
        save_file({"a": torch.zeros(2)}, path, metadata=metadata)
        with pytest.raises(TrainingError, match="cannot be resumed"):
            load_state(path)


@pytest.mark.parametrize("seed", range(20))
def test_nine_overwritten_bytes_anywhere_are_noticed(tmp_path, state, seed):
    path = tmp_path / "run.safetensors"
    save_state(path, state)
    raw = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    start = rng.integers(len(raw) - 9)
    raw[start : start + 9] = bytes(byte ^ rng.integers(1, 256) for byte in raw[start : start + 9])
    path.write_bytes(raw)
    with pytest.raises(TrainingError, match=r"start again with --force or, .* with --init"):
        load_state(path)


def test_every_flipped_bit_of_the_tensors_is_noticed(tmp_path, state):
    path = tmp_path / "run.safetensors"
    save_state(path, state)
    raw = path.read_bytes()
    entries = read_header(path).tensors.values()
    for place in range(min(e.start for e in entries), max(e.end for e in entries)):
        path.write_bytes(raw[:place] + bytes([raw[place] ^ 1 << place % 8]) + raw[place + 1 :])
        with pytest.raises(TrainingError, match="its sha256 does not match"):
            load_state(path)


def test_a_state_without_its_sum_is_refused(tmp_path, state):
    path = tmp_path / "run.safetensors"
    save_state(path, state)
    said = {k: v for k, v in read_header(path).metadata.items() if k != "sha256"}
    save_file(dict(state.tensors), path, metadata=said)
    with pytest.raises(TrainingError, match="its sha256 is missing"):
        load_state(path)


def write_as_before(path, state):
    """Write a state as versions without a sum did."""
    parts = {name: getattr(state, name) for name in ("settings", "config", "source")}
    plain = {"format": 1, "progress": dataclasses.asdict(state.progress), **parts}
    save_file(dict(state.tensors), path, metadata={"himnet_run": json.dumps(plain)})


def test_a_state_of_before_is_resumed_with_a_warning(tmp_path, state):
    path = tmp_path / "run.safetensors"
    write_as_before(path, state)
    loaded = load_state(path)
    assert loaded.progress == dataclasses.replace(state.progress, best_mae=math.inf)
    assert all(torch.equal(loaded.tensors[name], state.tensors[name]) for name in state.tensors)
    (warning,) = loaded.warnings
    assert "without a sha256" in warning
    save_state(path, loaded)
    assert load_state(path).warnings == ()
