"""`python -m himnet info` from the outside."""

import json
from dataclasses import replace

import numpy as np
import pytest

from himnet.checkpoints import load_arrays, save_measured
from himnet.checkpoints.locate import measured_file, track_file
from himnet.checkpoints.measured import RULES
from himnet.cli import main
from himnet.cli.describe import describe
from himnet.data.info import DatasetInfo, Sensors
from himnet.forecasting.track import Track, save_track
from tests.himnet.checkpoints.models import SMALL, TOWN, write

MEASURED = {"mae": 3.112, "rmse": 6.438, "mape": 8.88}
METRICS = {"test": {"windows": 6850, "all": MEASURED, "3": {**MEASURED, "mape": None}}}


@pytest.fixture
def checkpoint(tmp_path):
    return write(tmp_path / "mine", training={"seed": 3, "lr": 0.001}, metrics=METRICS)


def add_track(checkpoint, start="2024-01-02T03:00:00"):
    steps = np.arange(27, 30)
    track = Track(
        load_arrays(checkpoint).sha256, "town", start, 60.0, (1, 3), steps, steps % 24, steps // 24,
        np.ones((3, 5, 6), np.float16), np.ones((3, 2, 5), np.float16),
    )  # fmt: skip
    return save_track(track_file(checkpoint), track)


def info(capsys, *arguments):
    assert main(["info", *map(str, arguments)]) == 0
    said = capsys.readouterr()
    assert said.err == ""
    return said.out


def test_the_text_says_what_it_is(checkpoint, capsys):
    text = info(capsys, checkpoint.parent)
    for part in (
        f"sha256      {load_arrays(checkpoint).sha256}",
        f"parameters  {SMALL.num_parameters:,}",
        "town: 5 sensors, coordinates, roads, calendar known",
        "mean 50.00000, deviation 12.50000",
        "hidden_dim=4",
        "ablate=none",
        "seed: 3",
        "test: 6850 windows",
        "all  MAE 3.112  RMSE 6.438  MAPE 8.880 %",
        "3  MAE 3.112  RMSE 6.438  MAPE – %",
        f"track       none; add one with: python -m himnet track {checkpoint.parent}",
    ):
        assert part in text
    assert "warning" not in text


def test_horizons_are_in_the_order_of_the_steps(tmp_path, capsys):
    measured = {"windows": 9} | dict.fromkeys(("12", "3", "all", "6"), MEASURED)
    text = info(capsys, write(tmp_path, metrics={"test": measured}))
    found = [line.split()[0] for line in text.splitlines() if "MAE" in line]
    assert found == ["all", "3", "6", "12"]


def test_the_text_of_a_bare_model_is_short(tmp_path, capsys):
    bare = DatasetInfo("nowhere", Sensors.numbered(5), steps_per_day=24, first_weekday=None)
    text = info(capsys, write(tmp_path / "bare.safetensors", dataset=bare))
    assert "nowhere: 5 sensors\n" in text
    assert "training" not in text
    assert "metrics" not in text


def test_a_model_of_unknown_data_says_so_and_how_its_track_is_made(tmp_path, capsys):
    text = info(capsys, write(tmp_path / "bare.safetensors", dataset=replace(TOWN, name="")))
    assert "data set    not known: 5 sensors" in text
    assert text.endswith(f"himnet track {tmp_path / 'bare.safetensors'} --dataset NAME\n")


def test_the_json_has_everything_but_weights_and_sensor_lists(checkpoint, capsys):
    add_track(checkpoint)
    result = json.loads(info(capsys, checkpoint, "--json"))
    assert result == describe(checkpoint)
    loaded = load_arrays(checkpoint)
    dataset = {key: value for key, value in TOWN.to_dict().items() if key != "sensors"}
    dataset["credit"] = ""
    known = {"coordinates": True, "roads": True, "calendar": True}
    assert result == {
        "path": str(checkpoint),
        "sha256": loaded.sha256,
        "parameters": SMALL.num_parameters,
        "config": SMALL.to_dict(),
        "scaler": {"mean": 50.0, "std": 12.5},
        "dataset": {**dataset, "num_nodes": 5, "known": known},
        "training": {"seed": 3, "lr": 0.001},
        "metrics": METRICS,
        "measured": {},
        "track": {"moments": 3, "start": "2024-01-02T03:00:00"},
        "warnings": [],
    }


def test_a_track_is_told_with_its_first_moment(checkpoint, capsys):
    add_track(checkpoint)
    assert "track       3 moments from 2024-01-02T03:00:00" in info(capsys, checkpoint)
    add_track(checkpoint, start=None)
    assert "track       3 moments from 2024-01-02T03:00:00" in info(capsys, checkpoint)


def test_a_track_that_does_not_belong_is_a_warning(checkpoint, capsys):
    add_track(checkpoint)
    write(checkpoint, dataset=replace(TOWN, quantity="flow"))
    text = info(capsys, checkpoint)
    assert "track       none" in text
    assert "warning: " in text
    assert "was computed by another model" in text
    assert len(json.loads(info(capsys, checkpoint, "--json"))["warnings"]) == 1


def add_measured(checkpoint, split="val"):
    said = {"data": "town", "command": f"python -m himnet evaluate mine --split {split} --save"}
    sha256 = load_arrays(checkpoint).sha256
    return save_measured(checkpoint, sha256, f"metrics/{split}", {"all": MEASURED}, **said)


def test_what_was_measured_is_told_with_date_and_command(checkpoint, capsys, monkeypatch):
    add_measured(checkpoint)
    monkeypatch.setitem(RULES, "metrics", 2)
    add_measured(checkpoint, "train")
    parts = load_arrays(checkpoint).measured.parts
    text = info(capsys, checkpoint)
    for name, how in (
        ("val", "ignored: it was made by rules that have changed since"),
        ("train", "used"),
    ):
        part = parts[f"metrics/{name}"]
        assert f"metrics/{name} ({how}), {part.date} UTC, by: {part.command}\n" in text
    assert "    train: ? windows\n" in text
    assert "    val: " not in text
    assert "warning: metrics/val in measured.safetensors is ignored: it was made" in text
    result = json.loads(info(capsys, checkpoint, "--json"))
    assert len(result["warnings"]) == 1
    part = parts["metrics/train"]
    assert result["measured"]["metrics/train"] == {
        "model": result["sha256"], "data": "town", "software": part.software, "rules": 2,
        "command": part.command, "date": part.date, "ignored": None,
    }  # fmt: skip
    assert "have changed since" in result["measured"]["metrics/val"]["ignored"]


def test_a_damaged_file_of_measurements_is_a_warning(checkpoint, capsys):
    measured_file(checkpoint).write_bytes(b"broken")
    text = info(capsys, checkpoint)
    assert "test: 6850 windows" in text
    assert text.endswith("so it is ignored; delete it and measure again\n")
    assert json.loads(info(capsys, checkpoint, "--json"))["measured"] == {}


def test_a_strangers_texts_do_not_steer_the_terminal(tmp_path, capsys):
    training = {"note": "\x1b[2J\x1b]0;owned\x07\rgood\nMAE 1.0", "nested": {"a": "\x1b[31m"}}
    odd = {
        "test": {
            "windows": 3,
            "other": "\x1b[1m",
            "all": {"mae": 1, "more": "\x1b"},
            "note": {"mae": "x"},
        }
    }
    text = info(capsys, write(tmp_path / "odd.safetensors", training=training, metrics=odd))
    assert all(sign.isprintable() for line in text.splitlines() for sign in line)
    assert not any(line.startswith("MAE") for line in text.splitlines())
    assert "all  MAE 1.000  RMSE –  MAPE – %" in text


@pytest.mark.parametrize("content", [None, b"", b"PK\x03\x04"])
def test_what_is_no_checkpoint_is_one_line_and_a_status(tmp_path, capsys, content):
    path = tmp_path / "x.safetensors"
    if content is not None:
        path.write_bytes(content)
    assert main(["info", str(path), "--json"]) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
