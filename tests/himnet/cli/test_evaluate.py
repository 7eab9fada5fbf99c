"""`python -m himnet evaluate --save`, and what `evaluate` warns of."""

import json

import pytest
from safetensors.numpy import load_file, save_file

from himnet.checkpoints import load_arrays
from himnet.checkpoints.header import read_header
from himnet.cli import main
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.synthetic import synthetic_city
from himnet.forecasting.track import load_track
from himnet.model.himnet import HimNet
from tests.himnet.checkpoints.models import same, write

TRAINING = {"seed": 3, "note": "untrained"}
VAL = {"windows": 9, "all": {"mae": 1.0, "rmse": 2.0, "mape": 3.0}}


@pytest.fixture(scope="module")
def town():
    return synthetic_city(num_nodes=4, days=2)


@pytest.fixture
def checkpoint(tmp_path, town):
    return write_model(tmp_path / "mine", town.info)


def write_model(path, dataset):
    config = HimNetConfig(4, hidden_dim=4, node_embedding_dim=3, st_embedding_dim=3)
    weights = HimNet(config, seed=0).state_dict()
    said = {"config": config, "dataset": dataset, "training": TRAINING, "metrics": {"val": VAL}}
    return write(path, weights, **said)


def evaluate(*arguments):
    return main(["evaluate", *map(str, arguments), "--device", "cpu"])


def test_measured_metrics_are_saved_and_all_else_kept(checkpoint, capsys):
    before = load_arrays(checkpoint)
    assert evaluate(checkpoint.parent, "--split", "test", "--save", "--json") == 0
    said = capsys.readouterr()
    result, after = json.loads(said.out), load_arrays(checkpoint)
    kept = {name: value for name, value in result.items() if name not in ("dataset", "split")}
    assert after.metrics == {"val": VAL, "test": kept}
    assert list(kept) == ["windows", "all", "3", "6", "12"]
    assert same(after.weights, before.weights)
    for name in ("config", "scaler", "dataset", "training"):
        assert getattr(after, name) == getattr(before, name)
    assert after.sha256 != before.sha256
    line = f"{checkpoint}: test metrics saved; its sha256 is now {after.sha256}\n"
    assert said.err.endswith(line)
    assert [path.name for path in checkpoint.parent.iterdir()] == ["model.safetensors"]


def test_saving_again_changes_nothing_and_a_split_is_replaced(checkpoint, capsys):
    assert evaluate(checkpoint, "--split", "val", "--save") == 0
    first = load_arrays(checkpoint)
    assert set(first.metrics) == {"val"}
    assert first.metrics["val"] != VAL
    assert evaluate(checkpoint, "--split", "val", "--save") == 0
    assert load_arrays(checkpoint).sha256 == first.sha256
    assert "val metrics saved" in capsys.readouterr().out


def test_weights_that_are_stored_in_half_the_size_stay_so(checkpoint):
    half = checkpoint.parent / "half.safetensors"
    assert main(["convert", str(checkpoint), str(half), "--half"]) == 0
    before, size = load_arrays(half), half.stat().st_size
    assert evaluate(half, "--save") == 0
    after = load_arrays(half)
    assert same(after.weights, before.weights)
    assert "test" in after.metrics
    assert half.stat().st_size - size < 1000  # a few lines of metrics


def test_without_the_option_nothing_is_written(checkpoint):
    before = checkpoint.read_bytes()
    assert evaluate(checkpoint) == 0
    assert checkpoint.read_bytes() == before


def test_a_track_beside_it_is_told_to_be_made_again(checkpoint, capsys):
    make = ["track", str(checkpoint), "--days", "0.1", "--device", "cpu"]
    assert main(make) == 0
    assert evaluate(checkpoint, "--save") == 0
    command = f"make it again with: python -m himnet track {checkpoint.parent}\n"
    assert capsys.readouterr().out.endswith(command)
    assert main(["info", str(checkpoint)]) == 0
    assert "or before that was written anew" in capsys.readouterr().out
    assert main(make) == 0
    assert load_track(checkpoint) is not None


def test_a_baseline_has_no_file_to_save_into(capsys):
    assert evaluate("--baseline", "HI", "--dataset", "synthetic", "--save") == 1
    assert "a baseline has none" in capsys.readouterr().err


def test_metrics_of_another_citys_readings_are_not_saved(checkpoint, capsys):
    before = checkpoint.read_bytes()
    other = "synthetic:num_nodes=4,days=2,seed=1"
    assert evaluate(checkpoint, "--dataset", other, "--save") == 1
    assert f"'{other}' has other readings" in capsys.readouterr().err
    assert checkpoint.read_bytes() == before
    assert evaluate(checkpoint, "--dataset", other) == 0


def test_a_model_converted_without_data_takes_the_data_that_is_named(tmp_path, town, capsys):
    bare = DatasetInfo("", Sensors.numbered(4), first_weekday=None)
    checkpoint = write_model(tmp_path / "bare.safetensors", bare)
    assert evaluate(checkpoint) == 1
    assert capsys.readouterr().err == (
        f"error: {checkpoint} does not name the data set of its model; give it with "
        f"--dataset NAME\n"
    )
    assert evaluate(checkpoint, "--dataset", town.name, "--save") == 0
    after = load_arrays(checkpoint)
    assert after.dataset == bare
    assert after.metrics["test"]["windows"] == len(town.splits["test"])


def test_a_file_without_a_sum_is_warned_of(checkpoint, tmp_path, capsys):
    metadata = read_header(checkpoint).metadata
    del metadata["sha256"]
    save_file(load_file(checkpoint), tmp_path / "bare.safetensors", metadata)
    assert evaluate(tmp_path / "bare.safetensors", "--json") == 0
    said = capsys.readouterr()
    assert json.loads(said.out)["split"] == "test"
    assert said.err.startswith("warning: bare.safetensors carries no sha256")


def test_a_missing_data_set_says_where_and_how(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path / "data"))
    info = DatasetInfo("METRLA", Sensors.numbered(4))
    checkpoint = write_model(tmp_path / "la.safetensors", info)
    assert evaluate(checkpoint) == 1
    said = capsys.readouterr().err
    assert f"the data set METRLA is not in {tmp_path / 'data' / 'METRLA'}" in said
    assert "get it with: python -m himnet download METRLA" in said
