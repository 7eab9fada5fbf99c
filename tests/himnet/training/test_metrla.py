"""A short run on the real METR-LA, stopped and resumed."""

import pytest
import torch

from himnet.training.folder import RunFolder
from himnet.training.request import Request
from himnet.training.run import train
from himnet.training.state import load_state

pytestmark = pytest.mark.slow


def sitting(path, data_dir, steps, *, resume=False):
    asked = Request(
        RunFolder.at(path),
        dataset="METRLA",
        data_dir=data_dir,
        settings={"precision": "bfloat16", "seed": 1},
        sizes={"hidden_dim": 16},
        device="cpu",
        resume=resume,
        max_steps=steps,
        show=False,
    )
    asked.claim()
    train(asked)
    return load_state(asked.folder.state)


def test_a_short_run_learns_and_resumes_exactly(data_dir, tmp_path):
    first = sitting(tmp_path / "parts", data_dir, 4)
    whole = sitting(tmp_path / "whole", data_dir, 8)
    parts = sitting(tmp_path / "parts", data_dir, 4, resume=True)
    assert all(torch.equal(parts.tensors[name], value) for name, value in whole.tensors.items())
    assert parts.progress.sums == whole.progress.sums
    early, all_of_it = (state.progress.sums[0] / state.progress.sums[1] for state in (first, whole))
    assert all_of_it < early < 25  # mph
