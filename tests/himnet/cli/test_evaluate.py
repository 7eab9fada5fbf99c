"""`python -m himnet evaluate --save`, and what `evaluate` warns of."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from himnet.checkpoints import load_arrays
from himnet.checkpoints.header import read_header
from himnet.checkpoints.locate import snapshot_file
from himnet.checkpoints.measured import read_measured
from himnet.cli import main
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.synthetic import synthetic_city
from himnet.forecasting.snapshot_metrics import stored_snapshot_metrics
from himnet.forecasting.split_errors import pooled, stored_errors
from himnet.forecasting.track import load_track
from himnet.model.himnet import HimNet
from tests.himnet.checkpoints.models import write

TRAINING = {"seed": 3, "note": "untrained"}
VAL = {"windows": 9, "all": {"mae": 1.0, "rmse": 2.0, "mape": 3.0}}


@pytest.fixture(scope="module")
def town():
    return synthetic_city(num_nodes=4, days=2)


@pytest.fixture
def checkpoint(tmp_path, town):
    return write_model(tmp_path / "mine", town.info)


def write_model(path, dataset, seed=0):
    config = HimNetConfig(4, hidden_dim=4, node_embedding_dim=3, st_embedding_dim=3)
    weights = HimNet(config, seed=seed).state_dict()
    said = {"config": config, "dataset": dataset, "training": TRAINING, "metrics": {"val": VAL}}
    return write(path, weights, **said)


def evaluate(*arguments):
    return main(["evaluate", *map(str, arguments), "--device", "cpu"])


def test_measured_metrics_are_saved_beside_a_model_that_stays_as_it_is(checkpoint, capsys):
    content, before = checkpoint.read_bytes(), load_arrays(checkpoint)
    assert evaluate(checkpoint.parent, "--split", "test", "--save", "--json") == 0
    said = capsys.readouterr()
    result, after = json.loads(said.out), load_arrays(checkpoint)
    kept = {name: value for name, value in result.items() if name not in ("dataset", "split")}
    assert after.metrics == {"val": VAL, "test": kept}
    assert list(kept) == ["windows", "all", "3", "6", "12"]
    assert checkpoint.read_bytes() == content
    assert after.sha256 == before.sha256
    assert said.err.endswith(
        f"{checkpoint.with_name('measured.safetensors')}: test metrics saved\n"
    )
    assert {path.name for path in checkpoint.parent.iterdir()} == {
        "model.safetensors", "measured.safetensors",
    }  # fmt: skip


def test_it_says_what_it_was_measured_on_and_by_which_command(checkpoint, town):
    assert evaluate(checkpoint, "--dataset", town.name, "--precision", "bfloat16", "--save") == 0
    part = load_arrays(checkpoint).measured.used["metrics/test"]
    assert part.data == town.info.sha256
    assert part.command == (
        f"python -m himnet evaluate mine --split test --dataset {town.name} "
        f"--precision bfloat16 --save"
    )


def test_a_split_that_is_measured_again_is_replaced(checkpoint, capsys):
    for split in ("val", "test", "val"):
        assert evaluate(checkpoint, "--split", split, "--save") == 0
    after = load_arrays(checkpoint)
    assert set(after.metrics) == {"val", "test"}
    assert after.metrics["val"] != VAL
    assert "val metrics saved" in capsys.readouterr().out


def test_without_the_option_nothing_is_written(checkpoint):
    before = checkpoint.read_bytes()
    assert evaluate(checkpoint) == 0
    assert checkpoint.read_bytes() == before


def test_a_track_beside_it_stays_valid(checkpoint, capsys):
    assert main(["track", str(checkpoint), "--days", "0.1", "--device", "cpu"]) == 0
    assert evaluate(checkpoint, "--save") == 0
    assert len(load_track(checkpoint)) > 0
    assert "make it again" not in capsys.readouterr().out


def test_what_cannot_be_written_to_is_told_before_anything_is_measured(
    checkpoint, capsys, monkeypatch
):
    beside = checkpoint.with_name("measured.safetensors")
    beside.write_bytes(b"broken")
    monkeypatch.setattr("himnet.forecasting.evaluate.evaluate_split", None)
    assert evaluate(checkpoint, "--save") == 1
    said = capsys.readouterr().err.splitlines()[-1]
    assert said.startswith(f"error: {beside} is not an intact .safetensors file")
    assert said.endswith("delete it and measure again")
    assert beside.read_bytes() == b"broken"


def test_a_baseline_has_no_file_to_save_into(capsys):
    assert evaluate("--baseline", "HI", "--dataset", "synthetic", "--save") == 1
    assert "which a baseline does not have" in capsys.readouterr().err


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
    assert said.err.startswith("warning: bare.safetensors has no sha256")


def test_a_missing_data_set_says_where_and_how(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path / "data"))
    info = DatasetInfo("METRLA", Sensors.numbered(4))
    checkpoint = write_model(tmp_path / "la.safetensors", info)
    assert evaluate(checkpoint) == 1
    said = capsys.readouterr().err
    assert f"the data set METRLA is not in {tmp_path / 'data' / 'METRLA'}" in said
    assert "get it with: python -m himnet download METRLA" in said


def test_errors_by_sensor_and_hour_are_saved_with_the_metrics_of_the_same_pass(checkpoint):
    assert evaluate(checkpoint, "--save") == 0
    loaded = load_arrays(checkpoint)
    errors, part = stored_errors(loaded, "test")
    mean = pooled(errors.by_sensor, errors.sensor_readings)
    assert mean == pytest.approx(loaded.metrics["test"]["all"]["mae"], rel=1e-6)
    assert part.command == loaded.measured.used["metrics/test"].command


def test_deleting_the_file_changes_no_number_when_it_is_measured_again(checkpoint):
    assert evaluate(checkpoint, "--save") == 0
    beside = checkpoint.with_name("measured.safetensors")
    before = read_measured(beside)
    beside.unlink()
    assert evaluate(checkpoint, "--save") == 0
    after = read_measured(beside)
    assert set(before) == set(after) == {"metrics/test", "errors/test"}
    for name, part in before.items():
        assert part.value == after[name].value
        for own, array in part.arrays.items():
            np.testing.assert_array_equal(array, after[name].arrays[own])


def test_snapshots_are_measured_and_saved_beside_the_model(checkpoint, town, capsys):
    for step in (0, 20):
        saved = snapshot_file(checkpoint.parent, step)
        write_model(saved, town.info, seed=step + 1)
    assert evaluate(checkpoint, "--snapshots", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said["snapshots"]) == ["0", "20"]
    assert not checkpoint.with_name("measured.safetensors").exists()
    assert evaluate(checkpoint, "--snapshots", "--save") == 0
    out = capsys.readouterr().out
    assert "20" in out
    assert "test metrics of 2 snapshots saved" in out
    trained = load_arrays(checkpoint)
    for step in (0, 20):
        path = snapshot_file(checkpoint.parent, step)
        assert evaluate(path, "--json") == 0
        alone = json.loads(capsys.readouterr().out)
        found = stored_snapshot_metrics(trained, load_arrays(path).sha256)["test"]
        assert found == said["snapshots"][str(step)]
        assert found == {name: alone[name] for name in found}
    command = trained.measured.used["snapshots/test"].command
    assert command == "python -m himnet evaluate mine --split test --snapshots --save"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--baseline", "HI", "--dataset", "synthetic", "--snapshots"], "needs a checkpoint"),
        (["CKPT", "--snapshots"], "there are no snapshots beside"),
    ],
)
def test_without_snapshots_it_says_so(checkpoint, capsys, arguments, said):
    arguments = [str(checkpoint) if word == "CKPT" else word for word in arguments]
    assert evaluate(*arguments) == 1
    error = capsys.readouterr().err
    assert said in error
    assert error.startswith("error: ")
