"""Two processes under torchrun train what one process trains."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from himnet.training.folder import RunFolder
from himnet.training.state import load_state
from tests.himnet.training.tiny import tiny_folder

ROOT = Path(__file__).parents[3]
SIZES = ["--hidden-dim", "8", "--device", "cpu", "--seed", "1", "--lr", "0.01"]
ONE = [sys.executable, "-m"]
TWO = [*ONE, "torch.distributed.run", "--standalone", "--nproc-per-node", "2", "-m"]

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    # 10 batches of 11 windows, the last one with a single window: one worker has none
    return str(tiny_folder(tmp_path_factory.mktemp("data") / "tiny", train=100))


def run(start, *options):
    command = [*start, "himnet", "train", "--batch-size", "11", *map(str, options)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def difference(first, second):
    a, b = (load_state(RunFolder.at(path).state).tensors for path in (first, second))
    assert a.keys() == b.keys()
    return max(float((a[name].double() - b[name].double()).abs().max()) for name in a)


@pytest.fixture(scope="module")
def runs(city, tmp_path_factory):
    folder = tmp_path_factory.mktemp("runs")
    options = ["--dataset", city, "--epochs", 1, "--ema", 0.9, "--snapshots", 5, *SIZES, "--json"]
    done = {}
    for name, start in (("one", ONE), ("two", TWO)):
        done[name] = run(start, *options, "--out", folder / name)
        assert done[name].returncode == 0, done[name].stderr
    return folder, {name: json.loads(process.stdout) for name, process in done.items()}


def test_ten_steps_of_two_processes_are_those_of_one(runs):
    folder, summaries = runs
    assert summaries["two"]["steps"] == 10
    assert difference(folder / "one", folder / "two") < 1e-5
    assert summaries["two"]["best_val_mae"] == pytest.approx(summaries["one"]["best_val_mae"])


def test_only_one_of_them_writes(runs):
    folder, _ = runs
    logs = [json.loads((folder / name / "log.jsonl").read_text()) for name in ("one", "two")]
    for key, value in logs[0].items():
        assert logs[1][key] == pytest.approx(value, rel=1e-5), key
    assert (folder / "two" / "snapshots" / "step-000005.safetensors").exists()


def test_they_stop_and_go_on_together(runs, city, tmp_path):
    folder, _ = runs
    options = ["--dataset", city, "--epochs", 1, "--ema", 0.9, "--snapshots", 5, *SIZES]
    stopped = run(TWO, *options, "--out", tmp_path / "run", "--max-steps", 5)
    assert stopped.returncode == 0, stopped.stderr
    assert "stopped after 5 steps" in stopped.stdout
    resumed = run(TWO, "--out", tmp_path / "run", "--resume", "--batch-size", 11)
    assert resumed.returncode == 0, resumed.stderr
    assert difference(folder / "two", tmp_path / "run") == 0


def test_a_mistake_is_said_once(tmp_path):
    done = run(TWO, "--dataset", "nowhere", "--out", tmp_path / "run", "--device", "cpu")
    assert done.returncode != 0
    assert done.stderr.count("error: there is no data set 'nowhere'") == 1
