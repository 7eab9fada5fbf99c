"""What is asked for is checked at once, and remembered before anything slow is done."""

from pathlib import Path

import pytest

from himnet.errors import ConfigError, TrainingError
from himnet.training.folder import RunFolder
from himnet.training.request import Request


@pytest.fixture
def folder(tmp_path):
    return RunFolder.at(tmp_path / "run")


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"max_minutes": -1.0}, "--max-minutes"),
        ({"max_minutes": float("nan")}, "--max-minutes"),
        ({"max_steps": 0}, "--max-steps"),
        ({"save_seconds": -1.0}, "--save-every"),
        ({"dataset": None}, "--dataset NAME"),
    ],
)
def test_an_impossible_request_is_refused_by_its_option(folder, options, name):
    with pytest.raises(ConfigError, match=name):
        Request(folder, **{"dataset": "METRLA", **options})


def test_a_run_killed_before_its_first_state_begins_again_as_it_was_asked_for(folder, tmp_path):
    asked = Request(
        folder,
        dataset="synthetic",
        data_dir=tmp_path,
        city={"seed": 4},
        settings={"seed": 3, "snapshots": (5, 6)},
        sizes={"hidden_dim": 8},
    )
    asked.claim()
    resumed = Request(folder, resume=True, max_minutes=3.0)
    resumed.claim()
    recalled = resumed.recalled()
    for name in ("dataset", "data_dir", "city", "settings", "sizes"):
        assert getattr(recalled, name) == getattr(asked, name)
    assert recalled.max_minutes == 3.0


def test_what_is_given_anew_comes_first(folder):
    Request(folder, dataset="synthetic", settings={"seed": 3, "epochs": 2}).claim()
    given = {"dataset": "METRLA", "data_dir": Path("here"), "settings": {"epochs": 4}}
    recalled = Request(folder, resume=True, **given).recalled()
    assert (recalled.dataset, recalled.data_dir) == ("METRLA", Path("here"))
    assert recalled.settings == {"seed": 3, "epochs": 4}


def test_a_broken_note_is_refused(folder):
    Request(folder, dataset="synthetic").claim()
    for broken in ("", "{}", "[1]"):
        folder.note.write_text(broken)
        with pytest.raises(TrainingError, match="start again with --force"):
            Request(folder, resume=True).recalled()
