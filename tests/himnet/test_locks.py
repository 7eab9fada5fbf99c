"""A folder has one writer at a time, and who that is can be told."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from himnet.cli import main
from himnet.errors import FolderError
from himnet.locks import LOCK_FILE, check_writable, sole_writer
from tests.himnet.checkpoints.models import write, write_plain
from tests.himnet.training.tiny import tiny_folder

ROOT = Path(__file__).parents[2]
HOLD = (
    "import sys\nfrom pathlib import Path\nfrom himnet.locks import sole_writer\n"
    "with sole_writer(*map(Path, sys.argv[1:])):\n    print('held', flush=True)\n    input()"
)
SMALL = ["--hidden-dim", 4, "--tod-embedding-dim", 2, "--dow-embedding-dim", 2]
SMALL += ["--node-embedding-dim", 3, "--st-embedding-dim", 3, "--device", "cpu", "--epochs", 1]


@contextmanager
def held_elsewhere(*folders):
    """Another process that holds folders, for as long as the context lasts."""
    command = [sys.executable, "-c", HOLD, *map(str, folders)]
    process = subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return tiny_folder(tmp_path_factory.mktemp("data") / "tiny")


@pytest.fixture
def run(capsys):
    def command(*arguments):
        status = main([str(argument) for argument in arguments])
        return status, capsys.readouterr().err

    return command


def refused(outcome, process):
    """Whether a command ended in one sentence that names the process."""
    status, said = outcome
    told = [line for line in said.splitlines() if not line.startswith("run 1 of")]
    assert status == 1
    assert len(told) == 1
    return told[0].startswith("error: ") and f"is being written by process {process.pid} " in said


def test_a_folder_is_held_by_one_process(tmp_path):
    folder = tmp_path / "new" / "one"
    with held_elsewhere(folder) as process:
        told = f"by process {process.pid} on .* since 20"
        with pytest.raises(FolderError, match=told), sole_writer(folder):
            pass
    with sole_writer(folder):  # SIGKILL took the lock away
        assert (folder / LOCK_FILE).exists()
    assert not (folder / LOCK_FILE).exists()


def test_another_thread_is_another_writer_and_the_same_one_is_not(tmp_path):
    refusals = []

    def intrude():
        try:
            with sole_writer(tmp_path):
                pass
        except FolderError as error:
            refusals.append(str(error))

    with sole_writer(tmp_path):
        with sole_writer(tmp_path):
            pass
        assert (tmp_path / LOCK_FILE).exists()
        thread = threading.Thread(target=intrude)
        thread.start()
        thread.join()
    assert len(refusals) == 1
    assert f"process {os.getpid()}" in refusals[0]


def test_what_was_made_and_stayed_empty_is_removed_and_what_was_there_is_not(tmp_path):
    there, made, filled = (tmp_path / name for name in ("there", "made", "filled"))
    there.mkdir()
    with sole_writer(there, made, filled):
        (filled / "a").write_text("b")
    assert there.is_dir()
    assert not made.exists()
    assert [path.name for path in filled.iterdir()] == ["a"]


def test_of_two_folders_none_stays_held_where_the_other_is_not_to_be_had(tmp_path):
    with held_elsewhere(tmp_path / "b"):
        with pytest.raises(FolderError), sole_writer(tmp_path / "a", tmp_path / "b"):
            pass
        with sole_writer(tmp_path / "a"):
            pass


@pytest.mark.parametrize("path", ["a file/below", "a file", "a file/far/below"])
def test_a_file_in_the_way_is_one_sentence(tmp_path, path):
    (tmp_path / "a file").write_text("x")
    for attempt in (sole_writer, held_then_written):
        with pytest.raises(FolderError, match="cannot be written"), attempt(tmp_path / path):
            pass


@contextmanager
def held_then_written(folder):
    check_writable(folder)
    yield


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write")
def test_a_read_only_folder_is_one_sentence(tmp_path):
    tmp_path.chmod(0o500)
    for attempt in (sole_writer, held_then_written):
        with pytest.raises(FolderError, match="cannot be written"), attempt(tmp_path):
            pass


@pytest.mark.parametrize("part", ["out", "state"])
@pytest.mark.parametrize("begin", [["--resume"], ["--force"], []])
def test_nobody_trains_beside_a_live_run(city, tmp_path, run, part, begin):
    folders = {"out": tmp_path / "run", "state": tmp_path / "state"}
    with held_elsewhere(folders[part]) as process:
        options = ["--out", folders["out"], "--state", folders["state"], *SMALL]
        assert refused(run("train", "--dataset", city, *options, *begin), process)
        assert not (folders["state"] / "request.json").exists()


def test_a_study_leaves_the_run_of_another_alone(city, tmp_path, run):
    with held_elsewhere(tmp_path / "seed-0") as process:
        asked = ["sweep", "seeds", "--dataset", city, "--out", tmp_path, "--seeds", 0, *SMALL]
        assert refused(run(*asked), process)


def test_nobody_writes_into_the_folder_of_a_live_run(tmp_path, run):
    source, folder = write_plain(tmp_path / "x.pt"), tmp_path / "run"
    write(folder)
    before = (folder / "model.safetensors").read_bytes()
    scaler = ["--mean", 1, "--std", 1]
    with held_elsewhere(folder) as process:
        assert refused(run("convert", source, folder, *scaler, "--force"), process)
    assert (folder / "model.safetensors").read_bytes() == before
    assert run("convert", source, folder, *scaler, "--force")[0] == 0


def test_metrics_are_not_saved_beside_a_live_run(city, tmp_path, run):
    out = tmp_path / "run"
    assert run("train", "--dataset", city, "--out", out, *SMALL)[0] == 0
    before = (out / "model.safetensors").read_bytes()
    with held_elsewhere(out) as process:
        asked = ["evaluate", out, "--dataset", city, "--save", "--split", "val", "--device", "cpu"]
        status, said = run(*asked)
    assert status == 1
    assert f"error: '{out}' is being written by process {process.pid} " in said
    assert (out / "model.safetensors").read_bytes() == before


@pytest.mark.slow
def test_a_live_training_keeps_another_out_until_it_is_killed(city, tmp_path, run):
    out = tmp_path / "run"
    options = ["--dataset", city, "--out", out, *SMALL, "--epochs", 100_000, "--patience", 100_000]
    command = [sys.executable, "-m", "himnet", "train", *map(str, options)]
    process = subprocess.Popen(command, cwd=ROOT, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + 120
        while not (out / "log.jsonl").exists() and time.monotonic() < until:
            time.sleep(0.1)
        assert refused(run("train", "--out", out, "--resume", "--max-steps", 1), process)
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
    assert run("train", "--out", out, "--resume", "--max-steps", 6)[0] == 0
    lines = (out / "log.jsonl").read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == list(range(1, len(lines) + 1))
