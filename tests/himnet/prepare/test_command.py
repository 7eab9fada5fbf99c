"""The command: what it writes, says and leaves alone."""

import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from himnet.data.load import load_dataset
from himnet.prepare import write
from tests.himnet.prepare.series import frame, prepared, run, same

FILES = {"data.npz", "index.npz", "sensors.csv", "dataset.json", "README.md"}


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "readings.csv"
    frame().to_csv(path)
    return path


def test_the_folder_and_its_fact_sheet(tmp_path, table, capsys):
    sensors = tmp_path / "places.csv"
    sensors.write_text("sensor_id;lat;lon\n400030;34;-118\n400001;34.1;-118\n400017;34.2;-118\n")
    options = ["--sensors", sensors, "--unit", "mph", "--quantity", "speed", "--name", "My *city*"]
    options += ["--licence", "CC BY 4.0", "--source-text", "the city"]
    dataset = prepared(tmp_path / "out", table, *options)
    same(dataset, frame())
    assert {path.name for path in (tmp_path / "out").iterdir()} == FILES
    assert dataset.sensors.latitude.tolist() == [34.1, 34.2, 34]
    assert (dataset.name, dataset.info.unit) == ("My *city*", "mph")
    settings = json.loads((tmp_path / "out" / "dataset.json").read_text())
    assert (settings["licence"], settings["source"]) == ("CC BY 4.0", "the city")
    told = capsys.readouterr().out
    readme = (tmp_path / "out" / "README.md").read_text()
    for fact in ("2012-03-01T00:00:00", "15 minutes", "200 steps", "124", "mph"):
        assert fact in told
        assert fact in readme
    assert readme.startswith("# My \\*city\\*")
    assert "python -m himnet prepare" in readme
    assert "himnet train --dataset" in told
    assert "--out checkpoints/" in told  # where the explorer finds it
    assert "analysis gaps" not in told


def test_where_readings_are_missing_the_command_that_draws_them_is_named(tmp_path, capsys):
    readings = frame()
    readings.iloc[20:30, 1] = np.nan
    readings.to_csv(tmp_path / "gaps.csv")
    prepared(tmp_path / "out", tmp_path / "gaps.csv")
    assert f"python -m analysis gaps {tmp_path / 'out'}\n" in capsys.readouterr().out


def test_looking_writes_nothing(tmp_path, table, capsys):
    before = sorted(tmp_path.iterdir())
    assert run(table, "--check", "--out", tmp_path / "out") == 0
    assert run(table, "--check") == 0
    assert sorted(tmp_path.iterdir()) == before
    assert "nothing was written" in capsys.readouterr().out


def test_facts_as_json(tmp_path, table, capsys):
    values = frame()
    values.iloc[10:14, 1] = np.nan
    values.to_csv(table)
    assert run(table, "--check", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["steps"], told["sensors"], told["step_minutes"]) == (200, 3, 15)
    assert told["by_sensor"][1]["longest_gap"] == 4
    assert told["share_missing"] == pytest.approx(4 / 600)
    assert told["windows"] == {"train": 124, "val": 18, "test": 35}


def test_a_data_set_is_replaced_only_if_that_is_said(tmp_path, table, capsys):
    out = tmp_path / "out"
    prepared(out, table)
    (out / "basemap.geojson").write_text("{}")
    (frame() + 1).to_csv(table)
    assert run(table, "--out", out) == 1
    assert "add --force to replace them" in capsys.readouterr().err
    same(load_dataset(str(out)), frame())
    same(prepared(out, table, "--force"), frame() + 1)
    assert (out / "basemap.geojson").exists()


def test_the_folder_of_the_source_may_be_the_folder_of_the_data_set(tmp_path, table):
    prepared(tmp_path, table)
    assert table.exists()


@pytest.mark.parametrize("out", ["afile", "afile/below"])
def test_a_folder_that_cannot_be_written(tmp_path, table, capsys, out):
    (tmp_path / "afile").touch()
    assert run(table, "--out", tmp_path / out) == 1
    told = capsys.readouterr().err
    assert told.startswith("error: ")
    assert told.count("\n") == 1


def test_a_full_disk_is_one_sentence_and_leaves_nothing(tmp_path, table, capsys, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(write, "_write_sensors", full)
    assert run(table, "--out", tmp_path / "out") == 1
    assert "No space left on device" in capsys.readouterr().err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["readings.csv"]


@pytest.mark.slow
def test_a_killed_run_leaves_no_folder_and_the_next_one_succeeds(tmp_path):
    table = tmp_path / "readings.csv"
    big = pd.concat([frame(20_000, ids=tuple(str(n) for n in range(60)))])
    big.to_csv(table)
    out = tmp_path / "out"
    words = [sys.executable, "-m", "himnet", "prepare", str(table), "--out", str(out)]
    for wait in (0.5, 1.5):
        child = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(wait)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        assert not out.exists() or {path.name for path in out.iterdir()} == FILES
    same(prepared(out, table, "--force"), big)
    assert not [path for path in tmp_path.iterdir() if "preparing" in path.name]


def test_splits_and_lengths_of_windows(tmp_path, table):
    dataset = prepared(
        tmp_path / "a", table, "--split", "50/20/30", "--in-steps", 6, "--out-steps", 3
    )
    counts = [len(dataset.splits[name]) for name in ("train", "val", "test")]
    assert counts == [96, 38, 58]
    assert np.diff(dataset.splits["test"].index, axis=1)[0].tolist() == [6, 3]


@pytest.mark.parametrize(
    ("option", "value", "said"),
    [
        ("--missing", "nan", "give a number up to"),
        ("--missing", "x", "'x' is no number"),
        ("--start", "today", "give a moment such as"),
        ("--start", "2012-03-01T00:00+01:00", "without a time zone"),
        ("--step", "0", "give minutes, more than 0"),
        ("--split", "70/30", "give three shares"),
    ],
)
def test_values_of_options_that_are_none(table, capsys, option, value, said):
    with pytest.raises(SystemExit, match="2"):
        run(table, "--check", option, value)
    assert said in capsys.readouterr().err


def test_counts_are_split_as_flows_are(tmp_path, table):
    frame().round().to_csv(table)
    dataset = prepared(tmp_path / "a", table)
    assert [len(dataset.splits[name]) for name in ("train", "val", "test")] == [106, 36, 35]
    assert dataset.info.quantity == "count"
    dataset = prepared(tmp_path / "b", table, "--quantity", "speed")
    assert len(dataset.splits["train"]) == 124


def test_sensors_of_a_table_without_names_take_those_of_the_list(tmp_path, table, capsys):
    frame().to_csv(table, header=False)
    dataset = prepared(tmp_path / "a", table)
    assert dataset.sensors.ids == ("0", "1", "2")
    (tmp_path / "s.csv").write_text("id,lat,lon\nx,1,1\ny,1,2\nz,1,3\n")
    dataset = prepared(tmp_path / "b", table, "--sensors", tmp_path / "s.csv")
    assert dataset.sensors.ids == ("x", "y", "z")
    (tmp_path / "s.csv").write_text("id,lat,lon\nx,1,1\ny,1,2\n")
    assert run(table, "--sensors", tmp_path / "s.csv", "--check") == 1
    assert "lists 2 sensors, but there are readings of 3" in capsys.readouterr().err


def test_a_list_without_a_sensor_of_the_readings(tmp_path, table, capsys):
    (tmp_path / "s.csv").write_text("id,lat,lon\n400001,1,1\n400017,1,2\n")
    assert run(table, "--sensors", tmp_path / "s.csv", "--check") == 1
    assert "no row for 1 of 3 sensors, such as '400030'" in capsys.readouterr().err


def test_suspected_codes_say_what_to_give(tmp_path, table, capsys):
    values = frame()
    values.iloc[30:50, 1] = -1
    values.to_csv(table)
    assert run(table, "--check") == 0
    assert "prepare again with --missing -1" in capsys.readouterr().out
    values[values == -1] = np.nan
    same(prepared(tmp_path / "out", table, "--missing", -1), values)


@pytest.mark.parametrize("folder", ["METRLA"])
def test_metr_la_is_the_same_from_every_file(tmp_path, data_dir, folder):
    source = data_dir / folder
    files = ("METR-LA.csv.xz", "metr-la.h5", "data.npz")
    sensors = source / "sensor_metadata.csv"
    if not all((source / name).is_file() for name in (*files, sensors.name)):
        pytest.skip("not all files of METR-LA are there")
    made = [prepared(tmp_path / name, source / name, "--sensors", sensors) for name in files]
    published = load_dataset(folder, data_dir, layout="npz")
    for dataset in made:
        assert dataset.info.sha256 == published.info.sha256
        assert dataset.sensors == made[0].sensors
        np.testing.assert_array_equal(dataset.tod, published.tod)
        np.testing.assert_array_equal(dataset.dow, published.dow)
        for name, windows in published.splits.items():
            np.testing.assert_array_equal(dataset.splits[name].index, windows.index)
