"""The log has one line an epoch, whatever was killed in between."""

import json

import pytest

from himnet.training.log import EpochLog


def epochs(path):
    return [json.loads(line)["epoch"] for line in path.read_text().splitlines()]


@pytest.fixture
def path(tmp_path):
    log = EpochLog(tmp_path / "run" / "log.jsonl", epochs=0)
    for epoch in (1, 2, 3):
        log.append({"epoch": epoch, "val_mae": 3.0 / epoch})
    return log.path


def test_lines_are_json_in_order(path):
    assert epochs(path) == [1, 2, 3]
    assert json.loads(path.read_text().splitlines()[2]) == {"epoch": 3, "val_mae": 1.0}


def test_reopening_keeps_completed_epochs(path):
    before = path.read_bytes()
    EpochLog(path, epochs=3).append({"epoch": 4})
    assert path.read_bytes().startswith(before)
    assert epochs(path) == [1, 2, 3, 4]


def test_reopening_drops_epochs_that_will_be_done_again(path):
    EpochLog(path, epochs=1).append({"epoch": 2})
    assert epochs(path) == [1, 2]


def test_a_cut_line_is_dropped(path):
    path.write_bytes(path.read_bytes()[:-5])
    EpochLog(path, epochs=3).append({"epoch": 3})
    assert epochs(path) == [1, 2, 3]


def test_a_line_without_its_newline_is_dropped_or_the_next_would_join_it(path):
    path.write_bytes(path.read_bytes()[:-1])
    EpochLog(path, epochs=3).append({"epoch": 3})
    assert epochs(path) == [1, 2, 3]


def test_foreign_lines_are_dropped(path):
    path.write_text('[1]\n{"epoch": null}\n{}\n\n' + path.read_text())
    EpochLog(path, epochs=3)
    assert epochs(path) == [1, 2, 3]


def test_nan_becomes_null(tmp_path):
    log = EpochLog(tmp_path / "log.jsonl", epochs=0)
    log.append({"epoch": 1, "val_mape": float("nan")})
    assert json.loads(log.path.read_text()) == {"epoch": 1, "val_mape": None}
