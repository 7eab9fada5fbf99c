"""Curves are written where TensorBoard is installed, and missed by nobody where it is not."""

import sys
from types import ModuleType

import pytest

from himnet.training.tensorboard import Curves


@pytest.fixture
def written(monkeypatch):
    points = []

    class SummaryWriter:
        def __init__(self, folder, purge_step):
            points.append((folder, purge_step))

        def add_scalar(self, name, value, global_step):
            points.append((name, value, global_step))

        def flush(self):
            points.append("flush")

    module = ModuleType("torch.utils.tensorboard")
    module.SummaryWriter = SummaryWriter
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", module)
    return points


def test_numbers_become_curves_and_a_resumed_run_hides_what_it_does_again(tmp_path, written):
    curves = Curves(tmp_path, step=10)
    curves.add(15, {"epoch": 3, "val_mae": 2.5, "best": True, "note": "x"})
    assert written == [(str(tmp_path), 11), ("epoch", 3, 15), ("val_mae", 2.5, 15), "flush"]


def test_without_tensorboard_nothing_happens(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    Curves(tmp_path / "curves", step=0).add(1, {"val_mae": 2.5})
    assert not (tmp_path / "curves").exists()
