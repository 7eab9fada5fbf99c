"""Short runs on the real METR-LA: stopped and resumed, in one precision and the other."""

import dataclasses

import pytest
import torch

from himnet.data.load import load_dataset
from himnet.data.windows import Windows
from himnet.training import plan
from himnet.training.folder import RunFolder
from himnet.training.request import Request
from himnet.training.run import train
from himnet.training.state import load_state

pytestmark = pytest.mark.slow
# emulated, a step of the whole model in bfloat16 takes 5 to 30 seconds
NATIVE_BFLOAT16 = torch.cpu._is_avx512_bf16_supported()
SLOW_BFLOAT16 = torch.backends.cpu.get_cpu_capability() == "AVX2"
TRAIN, VAL = (480, 160) if NATIVE_BFLOAT16 else (64, 32)
COUNTS = {"train": TRAIN, "val": VAL, "test": 16}


def sitting(path, data_dir, steps, *, resume=False):
    asked = Request(
        RunFolder.at(path),
        dataset="METRLA",
        data_dir=data_dir,
        settings={"precision": "float32" if SLOW_BFLOAT16 else "bfloat16", "seed": 1},
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


def few_windows(data_dir):
    """METR-LA with few windows, spread over all of them: as many as the processor can do."""
    dataset = load_dataset("METRLA", data_dir)
    splits = {
        name: Windows(dataset.splits[name].index[:: len(dataset.splits[name]) // count][:count])
        for name, count in COUNTS.items()
    }
    return dataclasses.replace(dataset, splits=splits)


def test_bfloat16_ends_where_float32_does_over_the_same_steps(data_dir, tmp_path, monkeypatch):
    """As a training goes on after its first milestone, with a tenth of the learning rate.

    In the first steps from random weights, and in those that throw trained ones far off, two seeds
    differ by far more than the two precisions do.
    """
    few = few_windows(data_dir)
    monkeypatch.setattr(plan, "load_dataset", lambda *names, **city: few)
    errors = {}
    for precision in ("float32", "bfloat16"):
        asked = Request(
            RunFolder.at(tmp_path / precision),
            dataset="METRLA",
            settings={
                "precision": precision,
                "epochs": 1,
                "seed": 1,
                "init": "metr-la",
                "learning_rate": 1e-4,
            },
            device="cpu",
            show=False,
        )
        asked.claim()
        errors[precision] = train(asked)["best_val_mae"]
    assert errors["bfloat16"] == pytest.approx(errors["float32"], rel=0.01), errors
    assert errors["bfloat16"] != errors["float32"]
