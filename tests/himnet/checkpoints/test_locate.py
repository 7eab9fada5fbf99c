"""Checkpoints are found by file, folder and name."""

import os
from pathlib import Path

import pytest

from himnet.checkpoints import list_checkpoints, locate, named_checkpoints, resolve_checkpoint
from himnet.checkpoints.locate import (
    checkpoint_name,
    find_snapshots,
    measured_file,
    track_command,
    track_file,
)
from himnet.errors import CheckpointError
from tests.himnet.checkpoints.models import write


@pytest.fixture
def places(tmp_path, monkeypatch):
    """A bundled folder and two of the user's, each with a checkpoint of another kind."""
    bundled, mine, theirs = (tmp_path / name for name in ("bundled", "mine", "theirs"))
    monkeypatch.setattr(locate, "BUNDLED", bundled)
    monkeypatch.setenv("HIMNET_CHECKPOINTS", os.pathsep.join([str(mine), str(theirs)]))
    monkeypatch.chdir(tmp_path)
    return {
        "metr-la": write(bundled / "metr-la"),
        "town": write(mine / "town.safetensors"),
        "village": write(theirs / "village"),
    }


def test_a_name_a_folder_and_a_file_lead_to_the_same(places, tmp_path):
    for given in ("metr-la", "bundled/metr-la", places["metr-la"], str(places["metr-la"])):
        assert resolve_checkpoint(given).resolve() == places["metr-la"]
    for given in ("town", "town.safetensors", tmp_path / "mine" / "town"):
        assert resolve_checkpoint(given).resolve() == places["town"]
    assert resolve_checkpoint("village") == places["village"]


def test_what_lies_here_comes_before_what_is_bundled(places, tmp_path):
    here = write(tmp_path / "metr-la")
    assert resolve_checkpoint("metr-la").resolve() == here


def test_bundled_ones_are_listed_first_and_what_lies_beside_not_at_all(places, tmp_path):
    for place in (places["town"], places["village"]):
        for file in (track_file(place), measured_file(place)):
            file.write_bytes(b"")
    (tmp_path / "mine" / ".half.safetensors").write_bytes(b"")
    (tmp_path / "mine" / "notes.txt").write_text("")
    found = [path.relative_to(tmp_path).as_posix() for path in list_checkpoints()]
    assert found == ["bundled/metr-la", "mine/town.safetensors", "theirs/village"]
    assert [path.name for path in list_checkpoints(tmp_path / "mine")] == ["town.safetensors"]


def test_a_folder_named_twice_and_a_missing_one_do_no_harm(places, tmp_path, monkeypatch):
    twice = [str(tmp_path / "mine")] * 2 + [str(tmp_path / "gone")]
    monkeypatch.setenv("HIMNET_CHECKPOINTS", os.pathsep.join(twice))
    assert [path.name for path in list_checkpoints()] == ["metr-la", "town.safetensors"]


def test_the_variable_may_name_a_checkpoint_itself(places, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path / "bundled")
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(tmp_path / "theirs" / "village"))
    assert [path.name for path in list_checkpoints()] == ["metr-la", "village"]
    assert resolve_checkpoint("village") == places["village"]
    assert track_command(places["village"]) == "python -m himnet track village"
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(places["town"]))
    assert resolve_checkpoint("town") == places["town"]


def test_every_name_that_is_listed_leads_to_its_own_checkpoint(places, tmp_path, monkeypatch):
    write(tmp_path / "theirs" / "town")
    write(tmp_path / "mine" / "metr-la.safetensors")
    write(tmp_path / "apart" / "village")
    parts = [tmp_path / "apart" / "village", tmp_path / "mine", tmp_path / "theirs"]
    monkeypatch.setenv("HIMNET_CHECKPOINTS", os.pathsep.join(map(str, parts)))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    named = named_checkpoints()
    assert list(named) == [
        "metr-la", "village", "mine/metr-la", "town", "theirs/town", "theirs/village",
    ]  # fmt: skip
    for name, path in named.items():
        found = resolve_checkpoint(name)
        assert found in (path, path / "model.safetensors")
        assert checkpoint_name(found) == name


@pytest.mark.parametrize("name", ["nowhere", "mine", "", "a" * 5000, "..", "x\0y"])
def test_a_missing_one_lists_those_that_exist(places, name):
    with pytest.raises(CheckpointError) as caught:
        resolve_checkpoint(name)
    message = str(caught.value)
    assert message.startswith("there is no checkpoint '")
    assert message.endswith("(there are: metr-la, town, village)")
    assert len(message) < 1000


def test_where_there_is_none_at_all_it_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(locate, "BUNDLED", tmp_path)
    monkeypatch.delenv("HIMNET_CHECKPOINTS", raising=False)
    with pytest.raises(CheckpointError, match=r"\(there are: none\)"):
        resolve_checkpoint("metr-la")


@pytest.mark.parametrize("ending", [".pt", ".pth", ".bin", ".ckpt", ".pkl"])
def test_a_pickle_is_not_opened_but_told_how_to_convert(tmp_path, ending):
    path = tmp_path / f"weights{ending}"
    path.write_bytes(b"")
    with pytest.raises(CheckpointError, match=f"python -m himnet convert {path} weights.safe"):
        resolve_checkpoint(path)


def test_track_and_measurements_lie_beside_their_checkpoint(tmp_path):
    assert measured_file(tmp_path / "model.safetensors") == tmp_path / "measured.safetensors"
    assert measured_file(tmp_path / "town.safetensors") == tmp_path / "town.measured.safetensors"
    assert track_file(tmp_path / "model.safetensors") == tmp_path / "track.safetensors"
    assert track_file(tmp_path / "town.safetensors") == tmp_path / "town.track.safetensors"


def test_the_name_in_a_command_finds_the_checkpoint_again(places, tmp_path):
    elsewhere = write(tmp_path / "deep" / "down" / "model.safetensors")
    for path in (*places.values(), elsewhere, write(tmp_path / "single.safetensors")):
        command = track_command(path)
        assert command == f"python -m himnet track {checkpoint_name(path)}"
        assert resolve_checkpoint(command.rpartition(" ")[2]).resolve() == path
    assert checkpoint_name(places["metr-la"]) == "metr-la"


def test_snapshots_beside_a_model_are_found_by_rising_step(places, tmp_path):
    folder = tmp_path / "bundled" / "metr-la" / "snapshots"
    for step in (11_750, 0, 1_234_567, 900):
        write(folder / f"step-{step:06d}.safetensors")
    for stray in ("step-1.pt", "step-x.safetensors", ".step-000001.safetensors.partial"):
        (folder / stray).write_bytes(b"")
    (folder / "step-000005.safetensors").mkdir()
    found = find_snapshots("metr-la")
    assert [step for step, _ in found] == [0, 900, 11_750, 1_234_567]
    assert found[2][1] == folder / "step-011750.safetensors"
    assert find_snapshots(tmp_path / "bundled" / "metr-la") == found
    assert find_snapshots(found[0][1]) == []


def test_snapshots_belong_to_the_model_of_their_folder_alone(places, tmp_path):
    assert find_snapshots("village") == []
    write(tmp_path / "mine" / "snapshots" / "step-000001.safetensors")
    assert find_snapshots("town") == []
    with pytest.raises(CheckpointError, match="there is no checkpoint 'nowhere'"):
        find_snapshots("nowhere")


def test_a_home_of_nobody_is_a_path_that_is_not_there(monkeypatch):
    with pytest.raises(CheckpointError, match="no checkpoint"):
        resolve_checkpoint("~nosuchuser/x")
    monkeypatch.setenv("HIMNET_CHECKPOINTS", "~nosuchuser/x")
    assert "metr-la" in named_checkpoints()


def test_names_that_are_no_text_can_be_shown(tmp_path, monkeypatch):
    folder = os.path.join(os.fsencode(tmp_path), b"bad\xff name")
    os.mkdir(folder)
    Path(os.fsdecode(folder), "model.safetensors").write_bytes(b"")
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(tmp_path))
    name = next(name for name in named_checkpoints() if name.startswith("bad"))
    assert name.encode() == b"bad\\xff name"


def test_three_of_one_name_are_all_listed(tmp_path, monkeypatch):
    folders = [tmp_path / place / "runs" for place in "abc"]
    for folder in folders:
        (folder / "m").mkdir(parents=True)
        (folder / "m" / "model.safetensors").write_bytes(b"")
    monkeypatch.setenv("HIMNET_CHECKPOINTS", os.pathsep.join(map(str, folders)))
    named = {name: path for name, path in named_checkpoints().items() if name.endswith("m")}
    assert set(named.values()) == {folder / "m" for folder in folders}
