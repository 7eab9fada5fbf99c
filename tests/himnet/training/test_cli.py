"""`python -m himnet train` from the outside."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from himnet.checkpoints import load_arrays
from himnet.cli import main
from himnet.training.folder import RunFolder
from himnet.training.state import load_state
from tests.himnet.training.test_state import write_as_before
from tests.himnet.training.tiny import tiny_folder

ROOT = Path(__file__).parents[3]
SMALL = ["--hidden-dim", "4", "--tod-embedding-dim", "2", "--dow-embedding-dim", "2"]
SMALL += ["--node-embedding-dim", "3", "--st-embedding-dim", "3", "--device", "cpu"]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return str(tiny_folder(tmp_path_factory.mktemp("data") / "tiny"))


def train(*options):
    return main(["train", *map(str, options)])


def test_a_run_from_its_start_to_its_summary(city, tmp_path, capsys):
    out = tmp_path / "run"
    options = ["--epochs", 2, "--snapshots", 2, 4, "--milestones", 1, "--seed", 3, *SMALL, "--json"]
    assert train("--dataset", city, "--out", out, *options) == 0
    said = capsys.readouterr()
    summary = json.loads(said.out)
    assert summary["finished"]
    assert summary["test"]["all"]["mae"] > 0
    assert "epoch   2  loss " in said.err
    checkpoint = load_arrays(out)
    assert checkpoint.dataset.name == "tiny"
    assert checkpoint.config.hidden_dim == 4
    assert checkpoint.training["seed"] == 3
    assert sorted(path.name for path in (out / "snapshots").iterdir()) == [
        "step-000002.safetensors",
        "step-000004.safetensors",
    ]
    rates = [
        json.loads(line)["learning_rate"] for line in (out / "log.jsonl").read_text().splitlines()
    ]
    assert rates == pytest.approx([1e-3, 1e-4])


def test_stopping_says_how_to_go_on_and_resuming_needs_no_options(city, tmp_path, capsys):
    out = tmp_path / "run"
    options = ["--epochs", 2, "--seed", 3, *SMALL]
    assert train("--dataset", city, "--out", out, *options, "--max-steps", 3) == 0
    said = capsys.readouterr().out
    assert f"resume with: python -m himnet train --out {out} --resume" in said
    assert "there is no checkpoint yet, since the first is written after an epoch" in said
    assert not (out / "model.safetensors").exists()
    assert train("--out", out, "--resume", "--max-steps", 4) == 0
    assert "no checkpoint yet" not in capsys.readouterr().out
    assert (out / "model.safetensors").exists()
    assert train("--out", out, "--resume") == 0
    assert "finished after 2 epochs; the best was epoch" in capsys.readouterr().out
    assert load_state(RunFolder.at(out).state).settings["seed"] == 3


def test_the_state_can_live_elsewhere(city, tmp_path):
    out, state = tmp_path / "run", tmp_path / "scratch"
    assert train("--dataset", city, "--out", out, "--state", state, *SMALL, "--max-steps", 1) == 0
    assert (state / "run.safetensors").exists()
    assert not RunFolder.at(out).private.exists()
    assert train("--out", out, "--state", state, "--resume", "--max-steps", 1) == 0


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--dataset", "synthetic", "--epochs", "0"], "epochs must be an integer of at least 1"),
        (["--dataset", "synthetic", "--max-minutes", "-1"], "--max-minutes must be"),
        (["--dataset", "nowhere"], "there is no data set 'nowhere'"),
        (["--resume"], "there is nothing to resume: no state in"),
        ([], "training needs a data set; add --dataset NAME"),
        (["--dataset", "synthetic", "--init", "nothing"], "there is no checkpoint 'nothing'"),
    ],
)
def test_a_mistake_is_one_sentence(options, said, tmp_path, capsys):
    assert train("--out", tmp_path / "run", *options, "--device", "cpu") == 1
    error = capsys.readouterr().err
    assert error.startswith("error: ")
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.parametrize("mistake", [["--lr", -1], ["--dataset", "nowhere"], ["--hidden-dim", 0]])
def test_a_mistake_does_not_claim_the_folder(city, tmp_path, mistake):
    out = tmp_path / "run"
    assert train("--dataset", city, "--out", out, *SMALL, *mistake) == 1
    assert not list(tmp_path.iterdir())
    assert train("--dataset", city, "--out", out, *SMALL, "--max-steps", 1) == 0


def test_a_run_is_not_replaced_unasked(city, tmp_path, capsys):
    command = ["--dataset", city, "--out", tmp_path / "run", *SMALL, "--max-steps", 1]
    assert train(*command) == 0
    assert train(*command) == 1
    assert "add --resume to continue it, --force to replace it" in capsys.readouterr().err
    assert train(*command, "--force") == 0


def test_other_options_than_the_runs_are_refused(city, tmp_path, capsys):
    out = tmp_path / "run"
    assert train("--dataset", city, "--out", out, *SMALL, "--max-steps", 1) == 0
    assert train("--out", out, "--resume", "--lr", 0.1) == 1
    assert "has learning_rate 0.001, but 0.1 was given" in capsys.readouterr().err
    assert train("--out", out, "--resume", "--dataset", "synthetic") == 1
    assert "has the data set 'tiny', but 'synthetic' was given" in capsys.readouterr().err


def test_a_damaged_state_trains_no_further_and_says_what_to_do(city, tmp_path, capsys):
    """Nine bytes of the weights, with nothing but the sum to tell."""
    out = tmp_path / "run"
    assert train("--dataset", city, "--out", out, *SMALL, "--max-steps", 6) == 0
    state, log = RunFolder.at(out).state, (out / "log.jsonl").read_bytes()
    raw = bytearray(state.read_bytes())
    raw[-400:-391] = b"\x3f" * 9
    state.write_bytes(raw)
    capsys.readouterr()
    assert train("--out", out, "--resume") == 1
    said = capsys.readouterr().err
    assert said.startswith(f"error: the state '{state}' cannot be resumed (")
    assert "its sha256 does not match" in said
    assert said.count("\n") == 1
    assert state.read_bytes() == bytes(raw)
    assert (out / "log.jsonl").read_bytes() == log
    again = ["--dataset", city, "--out", tmp_path / "on", *SMALL, "--init", out, "--max-steps", 1]
    assert train(*again) == 0  # one of the two ways that the error names
    assert train("--dataset", city, "--out", out, *SMALL, "--force", "--max-steps", 1) == 0


def test_a_state_of_before_goes_on_with_a_warning_and_has_a_sum_from_then_on(
    city, tmp_path, capsys
):
    out = tmp_path / "run"
    assert train("--dataset", city, "--out", out, *SMALL, "--max-steps", 2) == 0
    state = RunFolder.at(out).state
    write_as_before(state, load_state(state))
    for warned in (True, False):
        capsys.readouterr()
        assert train("--out", out, "--resume", "--max-steps", 1) == 0
        said = capsys.readouterr().err
        assert (f"warning: {state} was stored by an earlier version" in said) == warned
    assert load_state(state).progress.step == 4


def process(*options, **streams):
    command = [sys.executable, "-m", "himnet", "train", *map(str, options)]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    streams = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, **streams}
    return subprocess.Popen(command, cwd=ROOT, env=environment, **streams)


@pytest.fixture(scope="module")
def long(city, tmp_path_factory):
    """The options of a run of 300 steps, and the run, never interrupted."""
    out = tmp_path_factory.mktemp("long") / "whole"
    options = ["--dataset", city, "--epochs", 60, *SMALL]
    assert process(*options, "--out", out).wait() == 0
    return options, out


@pytest.mark.slow
@pytest.mark.parametrize("seconds", [0.4, 3.0, 5.0, 7.0])
def test_a_process_killed_from_outside_can_be_resumed(long, tmp_path, seconds):
    options, whole = long
    killed = RunFolder.at(tmp_path / "killed")
    child = process(*options, "--out", killed.out, "--save-every", 0.5)
    time.sleep(seconds)
    child.kill()
    assert child.wait() in (-signal.SIGKILL, 0)
    if not (killed.state.exists() or killed.note.exists()):
        pytest.skip("killed before Python had read a line of it: there is nothing to resume")
    assert process("--out", killed.out, "--resume").wait() == 0
    assert load_arrays(killed.out).sha256 == load_arrays(whole).sha256
    assert killed.log.read_bytes() == (whole / "log.jsonl").read_bytes()


@pytest.mark.slow
def test_control_c_stores_the_state_and_has_the_shells_status(city, tmp_path):
    out = tmp_path / "run"
    options = ["--dataset", city, "--epochs", 10_000, *SMALL]
    child = process(*options, "--out", out, stdout=subprocess.PIPE)
    while not (out / "model.safetensors").exists():
        assert child.poll() is None
        time.sleep(0.1)
    child.send_signal(signal.SIGINT)
    said = child.communicate()[0].decode()
    assert child.returncode == 128 + signal.SIGINT
    assert "(interrupted); resume with" in said
    assert load_state(RunFolder.at(out).state).progress.epoch >= 1
