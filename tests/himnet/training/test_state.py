"""The state comes back exactly, and what is no state says so."""

import math

import pytest
import torch

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
    from safetensors.torch import save_file

    path = tmp_path / "run.safetensors"
    for metadata in (None, {"himnet_run": "{}"}, {"himnet_run": '{"format": 99}'}):
        save_file({"a": torch.zeros(2)}, path, metadata=metadata)
        with pytest.raises(TrainingError, match="cannot be resumed"):
            load_state(path)
