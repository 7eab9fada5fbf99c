"""A run that was killed with SIGKILL and resumed ends as one that never was, bit for bit."""

import dataclasses
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from himnet.checkpoints import load_arrays
from himnet.training.folder import RunFolder
from himnet.training.state import load_state

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
# 5 steps an epoch, 15 in all; every sitting stores the state when it begins and after every step
QUICK = {
    "mid-epoch": "after-step:8",
    "before-move": "before-move:9",
    "after-checkpoint": "after-checkpoint:1",
    "in-log": "in-log:3",
    "again-and-again": "before-state:1,after-step:3,after-step:2,after-log:1,before-step:2",
}
THOROUGH = {
    "at-once": "in-state:1",
    "first-step": "before-step:1",
    "in-state": "in-state:4",
    "after-state": "after-state:12",
    "before-checkpoint": "before-checkpoint:1",
    "before-card": "before-card:2",
    "after-log": "after-log:2",
    "before-snapshot": "before-snapshot:1",
    "after-snapshot": "after-snapshot:1",
}


SEED, KILLS = 20261129, 30  # of the moments that nobody chose


def play(folder, scenarios):
    plan = [f"{name}={moments}" for name, moments in scenarios.items()]
    command = [sys.executable, "-m", "tests.himnet.training.killing", str(folder), "whole=", *plan]
    path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "PYTHONPATH": path}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    (folder / "said").write_text(done.stdout)
    return folder


@pytest.fixture(scope="module")
def quick(tmp_path_factory):
    return play(tmp_path_factory.mktemp("quick"), QUICK)


@pytest.fixture(scope="module")
def thorough(tmp_path_factory):
    return play(tmp_path_factory.mktemp("thorough"), THOROUGH)


@pytest.mark.parametrize("name", QUICK)
def test_a_killed_and_resumed_run_ends_like_one_never_interrupted(quick, name):
    check(RunFolder.at(quick / "whole"), RunFolder.at(quick / name))


@pytest.mark.slow
@pytest.mark.parametrize("name", THOROUGH)
def test_so_it_does_at_every_other_moment(thorough, name):
    check(RunFolder.at(thorough / "whole"), RunFolder.at(thorough / name))


def test_so_it_does_at_thirty_random_moments_and_in_the_midst_of_files(tmp_path):
    folder = play(tmp_path, {"random": f"random {SEED} {KILLS}"})
    assert f"{KILLS} sittings were killed" in (folder / "said").read_text()
    runs = sorted(folder.glob("random-*.state"))
    assert len(runs) > 2
    for private in runs:
        check(RunFolder.at(folder / "whole"), RunFolder.at(folder / private.stem))


def check(whole, killed):
    """Compare everything that is on the disk but for wall-clock times."""
    assert len(whole.log.read_text().splitlines()) == 3
    assert killed.log.read_bytes() == whole.log.read_bytes()
    for path in (killed.model, killed.snapshot(7)):  # the sum is over weights and description
        assert (
            load_arrays(path).sha256 == load_arrays(whole.out / path.relative_to(killed.out)).sha256
        )
    expected, state = load_state(whole.state), load_state(killed.state)
    assert state.tensors.keys() == expected.tensors.keys()
    assert all(torch.equal(state.tensors[key], expected.tensors[key]) for key in expected.tensors)
    assert without_clock(state.progress) == without_clock(expected.progress)
    assert [json.loads(line)["epoch"] for line in killed.times.read_text().splitlines()] == [
        1,
        2,
        3,
    ]
    assert not list(killed.out.glob("**/*.partial"))


def without_clock(progress):
    return dataclasses.replace(progress, seconds=0.0, epoch_seconds=0.0)
