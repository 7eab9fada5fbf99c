"""`python -m himnet track` from the outside."""

from dataclasses import replace

import numpy as np
import pytest

from himnet.checkpoints import load_arrays
from himnet.cli import main
from himnet.config import HimNetConfig
from himnet.data.registry import DATASETS
from himnet.data.synthetic import synthetic_city
from himnet.forecasting.track import load_track
from himnet.model.himnet import HimNet
from tests.himnet.checkpoints.models import write
from tests.himnet.data.folders import write_json, write_npz

CITY = "synthetic:num_nodes=4,days=3"


@pytest.fixture
def checkpoint(tmp_path):
    """A model of a city that is made on the fly."""
    town = synthetic_city(num_nodes=4, days=3)
    assert town.name == CITY
    return write_model(tmp_path / "mine", town)


def write_model(path, town):
    config = HimNetConfig(4, hidden_dim=4, node_embedding_dim=3, st_embedding_dim=3)
    return write(path, HimNet(config, seed=0).state_dict(), config=config, dataset=town.info)


def track(*arguments):
    return main(["track", *map(str, arguments), "--device", "cpu"])


def test_it_lies_beside_the_checkpoint_and_says_what_it_holds(checkpoint, capsys):
    assert track(checkpoint.parent, "--start", "2024-01-01", "--days", 1) == 0
    path = checkpoint.with_name("track.safetensors")
    assert capsys.readouterr().out == (
        f"{path}: 277 moments from 2024-01-01T00:55:00 to 2024-01-01T23:55:00, 0.0 MB\n"
    )
    assert len(load_track(checkpoint)) == 277


def test_a_time_of_day_can_be_given_and_a_track_be_made_again(checkpoint):
    assert track(checkpoint, "--days", 0.01) == 1
    assert track(checkpoint, "--start", "2024-01-02T06:00", "--days", 0.5) == 0
    found = load_track(checkpoint)
    assert (found.start, len(found)) == ("2024-01-02T06:00:00", 144)
    assert track(checkpoint, "--start", "2024-01-03", "--days", 0.25) == 0
    assert load_track(checkpoint).start == "2024-01-03T00:00:00"


def test_a_data_set_without_dates_takes_steps(tmp_path, capsys):
    folder = write_npz(tmp_path / "data" / "town", synthetic_city(num_nodes=4, days=3))
    checkpoint = write_model(tmp_path / "m.safetensors", synthetic_city(num_nodes=4, days=3))
    assert track(checkpoint, "--dataset", folder, "--start", 300, "--days", 0.02) == 0
    assert capsys.readouterr().out.startswith(f"{tmp_path / 'm.track.safetensors'}: 6 moments, ")
    found = load_track(checkpoint)
    np.testing.assert_array_equal(found.steps, np.arange(300, 306))
    assert str(found.times[0]) == "2024-01-02T01:00:00"  # the model knows when its data began
    assert track(checkpoint, "--dataset", folder, "--start", "2024-01-01") == 1
    assert 'add "start"' in capsys.readouterr().err
    write_json(folder, start="2024-01-01T00:00:00")
    assert track(checkpoint, "--dataset", folder, "--start", "2024-01-01", "--days", 0.1) == 0


def test_a_model_of_unknown_data_asks_for_the_data(tmp_path, capsys):
    town = synthetic_city(num_nodes=4, days=3)
    unknown = replace(town, info=replace(town.info, name=""))
    checkpoint = write_model(tmp_path / "m.safetensors", unknown)
    assert track(checkpoint) == 1
    assert "does not name the data set of its model" in capsys.readouterr().err
    assert track(checkpoint, "--dataset", CITY, "--days", 0.1) == 0


def test_a_data_set_that_has_another_name_than_its_folder_is_found(tmp_path, capsys):
    town = synthetic_city(num_nodes=4, days=3)
    folder = write_npz(tmp_path / "data" / "berlin", town)
    write_json(folder, name="Berlin", start="2024-01-01T00:00")
    named = replace(town, info=replace(town.info, name="Berlin"))
    checkpoint = write_model(tmp_path / "m.safetensors", named)
    assert track(checkpoint, "--data-dir", tmp_path / "data", "--days", 0.1) == 0
    assert track(checkpoint, "--data-dir", tmp_path, "--days", 0.1) == 1
    said = capsys.readouterr().err
    assert f"no folder {tmp_path / 'Berlin'}" in said
    assert "--dataset PATH" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--start", "tomorrow"], "--start is 'tomorrow'; give a date such as 2012-03-01"),
        (["--start", "2030-01-01"], "choose a moment from 2024-01-01 00:00 to 2024-01-03 23:55"),
        (["--start", "2024-01-01T00:00+02:00"], "give the local time without one"),
        (["--start", "9999"], "no moment to track from step 9999"),
        (["--days", "0"], "--days must be above 0 and at most 366, not 0"),
        (["--days", "nan"], "--days must be above 0 and at most 366, not nan"),
        (["--days", "-1"], "--days must be above 0"),
        (["--dataset", "METRLA"], "get it with: python -m himnet download METRLA"),
        (["--dataset", "synthetic"], "the model has 4 sensors but the data set 'synthetic' has 36"),
    ],
)
def test_a_mistake_is_one_line_and_makes_no_track(
    checkpoint, tmp_path, monkeypatch, capsys, options, said
):
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path / "nothing"))
    assert track(checkpoint, *options) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("error: ")
    assert error.count("\n") == 1
    assert load_track(checkpoint) is None


def test_metr_la_of_the_first_week_is_under_20_mb(data_dir, tmp_path, capsys):
    config = HimNetConfig(207, hidden_dim=1, cheb_k=1)
    weights = HimNet(config, seed=0).state_dict()
    info = DATASETS["METRLA"].info()
    checkpoint = write(tmp_path / "la", weights, config=config, dataset=info)
    options = ["--data-dir", data_dir, "--start", "2012-03-01", "--days", 7]
    assert track(checkpoint, *options) == 0
    path = checkpoint.with_name("track.safetensors")
    assert 15e6 < path.stat().st_size < 20e6
    found = load_track(checkpoint)
    assert (found.start, len(found)) == ("2012-03-01T00:55:00", 2016 - 11)
    assert str(found.times[-1]) == "2012-03-07T23:55:00"
    assert found.checkpoint_sha256 == load_arrays(checkpoint).sha256
