"""Nothing is replaced unasked, and what cannot be resumed says where it was looked for."""

import pytest

from himnet.errors import TrainingError
from himnet.training.folder import RunFolder


@pytest.fixture
def folder(tmp_path):
    return RunFolder.at(tmp_path / "runs" / "mine")


def write(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")


def test_the_state_lives_beside_the_checkpoint(tmp_path):
    folder = RunFolder.at(tmp_path / "mine")
    assert folder.model == tmp_path / "mine" / "model.safetensors"
    assert folder.state == tmp_path / "mine.state" / "run.safetensors"
    assert folder.snapshot(100) == tmp_path / "mine" / "snapshots" / "step-000100.safetensors"
    assert RunFolder.at(tmp_path / "mine", tmp_path / "s").state == tmp_path / "s/run.safetensors"


def test_a_new_run_makes_its_folders(folder):
    folder.claim(resume=False, force=False)
    assert folder.out.is_dir()
    assert folder.private.is_dir()


@pytest.mark.parametrize("name", ["model", "state", "note", "log"])
def test_a_new_run_replaces_nothing_unasked(folder, name):
    path = getattr(folder, name)
    write(path)
    with pytest.raises(TrainingError, match="--resume to continue it, --force to replace it"):
        folder.claim(resume=False, force=False)
    assert path.exists()


def test_force_clears_what_a_run_wrote_and_nothing_else(folder):
    own = [
        folder.model,
        folder.state,
        folder.note,
        folder.log,
        folder.card,
        folder.times,
        folder.snapshot(7),
    ]
    foreign = [folder.out / "track.safetensors", folder.private / "notes.txt"]
    for path in (*own, *foreign):
        write(path)
    folder.claim(resume=False, force=True)
    assert not any(path.exists() for path in own)
    assert all(path.exists() for path in foreign)


def test_resume_with_nothing_there_names_the_folder(folder):
    with pytest.raises(TrainingError) as caught:
        folder.claim(resume=True, force=False)
    assert str(folder.private) in str(caught.value)
    assert "nothing to resume" in str(caught.value)


def test_a_file_where_the_folder_should_be(folder):
    write(folder.out)
    with pytest.raises(TrainingError, match="is not a folder"), folder.held():
        pass
