"""All three command lines: names that a console lacks or obeys, and what cannot be written."""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import analysis.cli
import app.cli
import himnet.cli
from himnet.checkpoints import format as sealed
from himnet.cli.console import plain_console
from himnet.data.info import DatasetInfo, Sensors
from himnet.progress import progress
from tests.himnet.checkpoints.models import SMALL, write, write_plain
from tests.himnet.training.tiny import tiny_folder

ROOT = Path(__file__).parents[1]
LACKING = "\u6df1\u5733 \U0001f6a6"  # signs that cp1252 lacks
STEERING = "\x1b[31mred\x07\x9b2J\r\u202egnp"
ROOMS = {"himnet": himnet.cli, "analysis": analysis.cli, "app": app.cli}
SIZES = ["--hidden-dim", 4, "--tod-embedding-dim", 2, "--dow-embedding-dim", 2]
SIZES += ["--node-embedding-dim", 3, "--st-embedding-dim", 3, "--device", "cpu", "--epochs", 1]


def as_windows(*arguments):
    """Run a command whose output goes where only the signs of cp1252 are known."""
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)],
        cwd=ROOT,
        env=os.environ | {"PYTHONIOENCODING": "cp1252", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        check=False,
    )


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    folder = tiny_folder(tmp_path_factory.mktemp("data") / "tiny")
    (folder / "dataset.json").write_text(json.dumps({"name": LACKING}))
    return folder


def named(path, text):
    """Write a checkpoint with a text in its name, where that is printable, and in its training."""
    name = text if text.isprintable() else "town"
    sensors = Sensors(tuple(f"{name}{number}" for number in range(SMALL.num_nodes)))
    info = DatasetInfo(name, sensors, steps_per_day=24, first_weekday=0)
    return write(path, dataset=info, training={"note": text})


def test_a_table_with_signs_that_the_console_lacks(city):
    done = as_windows("himnet", "evaluate", "--baseline", "HI", "--dataset", city)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(rb"\u6df1\u5733 \U0001f6a6, test: 20 windows")
    assert b"Traceback" not in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["himnet", "info", f"no {LACKING}"],
        ["analysis", "claims", "--checkpoint", f"no {LACKING}"],
        ["app", "draw", f"no{LACKING}"],
    ],
)
def test_an_error_with_signs_that_the_console_lacks(arguments):
    done = as_windows(*arguments)
    assert done.returncode == 1
    assert done.stderr.startswith(b"error: there is no ")
    assert rb"\u6df1\u5733 \U0001f6a6" in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize("text", [LACKING, "caf\u00e9", f"caf\u00e9 \x7f\x85{STEERING}"])
def test_json_stays_json_whatever_the_console_lacks(tmp_path, text):
    path = named(tmp_path / "model", text)
    done = as_windows("himnet", "info", path, "--json")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout.decode("cp1252"))
    assert told["dataset"]["name"] == (text if text.isprintable() else "town")
    assert told["training"] == {"note": text}


@pytest.mark.parametrize("room", ROOMS)
@pytest.mark.parametrize("stream", ["out", "err"])
def test_no_command_lets_a_sign_through_that_steers_the_terminal(room, stream, capsys, monkeypatch):
    """Whatever a command prints, by whichever way."""

    def run(args):
        print(STEERING, "and more", file=getattr(sys, f"std{stream}"))
        getattr(sys, f"std{stream}").writelines([STEERING, "\tkept\n"])
        return 0

    command = next(iter(ROOMS[room].COMMANDS))
    module = __import__(f"{room}.cli.{command}", fromlist=["run"])
    monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(module, "add_arguments", lambda parser: None)
    assert ROOMS[room].main([command]) == 0
    said = getattr(capsys.readouterr(), stream)
    shown = r"\x1b[31mred\x07\x9b2J\r\u202egnp"
    assert said == f"{shown} and more\n{shown}\tkept\n"


def test_names_in_a_checkpoint_and_in_errors_do_not_steer_the_terminal(tmp_path, capsys):
    path = named(tmp_path / "model", STEERING)
    assert himnet.cli.main(["info", str(path)]) == 0
    assert himnet.cli.main(["evaluate", str(path)]) == 1
    assert himnet.cli.main(["info", f"no{STEERING}"]) == 1
    said = capsys.readouterr()
    assert "note" in said.out
    assert not {"\x1b", "\x07", "\x9b", "\r", "\u202e"} & set(said.out + said.err)


def test_a_progress_bar_may_steer_the_terminal(capsys, monkeypatch):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    with plain_console():
        for _ in progress(range(3), description="work"):
            print("\x1b", file=sys.stderr)
            break
        bar = progress(description="bar", total=2)
        bar.refresh()
        bar.close()
    assert "\r" in capsys.readouterr().err


def commands(tmp_path, city, out):
    """Each command that writes, told to write into `out`."""
    plain = write_plain(tmp_path / "x.pt")
    return {
        "train": ("himnet", "train", "--dataset", city, "--out", out, *SIZES),
        "train --state": (
            "himnet", "train", "--dataset", city, "--out", tmp_path / "run", "--state", out, *SIZES,
        ),
        "sweep": ("himnet", "sweep", "seeds", "--dataset", city, "--out", out, *SIZES),
        "convert": ("himnet", "convert", plain, out / "a.safetensors", "--mean", 1, "--std", 1),
        "figures": ("analysis", "figures", "--out", out),
        "export": ("analysis", "export", "--out", out / "a.npz"),
        "draw": ("app", "draw", "spatial", "--chart", "map", "--out", out / "a.html"),
    }  # fmt: skip


WRITING = ["train", "train --state", "sweep", "convert", "figures", "export", "draw"]


@pytest.mark.parametrize("command", WRITING)
def test_where_nothing_can_be_written_is_told_before_anything_is_done(
    tmp_path, city, command, capsys, monkeypatch
):
    (tmp_path / "a file").write_text("x")
    room, *arguments = commands(tmp_path, city, tmp_path / "a file" / "run")[command]
    for work in ("himnet.training.run.train", "analysis.material.load_material"):
        module, _, name = work.rpartition(".")
        monkeypatch.setattr(__import__(module, fromlist=[name]), name, too_early)
    monkeypatch.setattr("app.cli.draw.charts_of", too_early)
    assert ROOMS[room].main([str(argument) for argument in arguments]) == 1
    said = capsys.readouterr().err.splitlines()
    (error,) = [line for line in said if not line.startswith("run 1 of")]
    assert error.startswith("error: ")
    assert "cannot be written" in error


def too_early(*_, **__):
    raise AssertionError("work was begun whose result cannot be written")


def test_a_track_that_cannot_be_written_is_told_before_it_is_computed(
    tmp_path, city, capsys, monkeypatch
):
    path = write(tmp_path / "model")
    monkeypatch.setattr("himnet.forecasting.compute_track.compute_track", too_early)
    monkeypatch.setattr("himnet.forecasting.evaluate.evaluate_split", too_early)
    monkeypatch.setattr("tempfile.TemporaryFile", refuse(errno.EROFS))
    for command in (["track", path], ["evaluate", path, "--save"]):
        asked = [*command, "--dataset", city]
        assert himnet.cli.main([str(argument) for argument in asked]) == 1
        assert "cannot be written (Read-only file system)" in capsys.readouterr().err


def refuse(number):
    def refused(*_, **__):
        raise OSError(number, os.strerror(number))

    return refused


@pytest.mark.parametrize("command", ["train", "sweep", "convert"])
def test_a_disk_that_fills_up_is_one_sentence(tmp_path, city, command, capsys, monkeypatch):
    room, *arguments = commands(tmp_path, city, tmp_path / "run")[command]
    monkeypatch.setattr(sealed.os, "fsync", refuse(errno.ENOSPC))
    assert ROOMS[room].main([str(argument) for argument in arguments]) == 1
    said = capsys.readouterr().err
    assert "No space left on device" in said
    assert "free disk space" in said
    assert "Traceback" not in said
    assert not list(tmp_path.glob("run/**/*.partial"))


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full on this system")
@pytest.mark.parametrize("json_too", [[], ["--json"]])
def test_output_that_cannot_be_written_is_one_sentence(tmp_path, json_too):
    path = write(tmp_path / "model")
    with Path("/dev/full").open("w") as full:
        command = [sys.executable, "-m", "himnet", "info", str(path), *json_too]
        done = subprocess.run(command, cwd=ROOT, stdout=full, stderr=subprocess.PIPE, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("error: the output cannot be read or written (No space left")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (MemoryError(), "there is not enough memory"),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: 9 bytes"),
            "there is not enough memory",
        ),
        (RuntimeError("CUDA out of memory. Tried to allocate 2 GiB"), "there is not enough memory"),
        (PermissionError(errno.EACCES, "Permission denied", "x"), r"'x' cannot be read or written"),
        (
            np._core._exceptions._ArrayMemoryError((2**40,), np.dtype(float)),
            "there is not enough memory",
        ),
    ],
)
@pytest.mark.parametrize("room", ROOMS)
def test_what_the_machine_refuses_is_one_sentence(room, error, said, capsys, monkeypatch):
    command = next(iter(ROOMS[room].COMMANDS))
    module = __import__(f"{room}.cli.{command}", fromlist=["run"])

    def run(args):
        raise error

    monkeypatch.setattr(module, "run", run)
    monkeypatch.setattr(module, "add_arguments", lambda parser: None)
    assert ROOMS[room].main([command]) == 1
    told = capsys.readouterr().err
    assert told.startswith(f"error: {said}")
    assert told.count("\n") == 1


def test_a_fault_of_the_program_is_no_refusal(monkeypatch):
    module = __import__("himnet.cli.info", fromlist=["run"])

    def run(args):
        raise RuntimeError("a fault")

    monkeypatch.setattr(module, "run", run)
    with pytest.raises(RuntimeError, match="a fault"):
        himnet.cli.main(["info", "x"])
