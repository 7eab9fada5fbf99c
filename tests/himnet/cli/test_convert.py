"""`python -m himnet convert` from the outside."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from himnet.checkpoints import load_arrays, load_checkpoint, save_measured
from himnet.checkpoints.locate import track_file
from himnet.cli import main
from himnet.config import ABLATIONS
from himnet.data.info import Sensors
from himnet.data.load import load_dataset
from himnet.data.scaling import training_scaler
from himnet.data.synthetic import synthetic_city
from himnet.data.windows import split_windows
from himnet.model.himnet import HimNet
from himnet.scaler import Scaler
from tests.himnet.checkpoints.models import COAST, SMALL, TOWN, draw, same, write, write_plain
from tests.himnet.data.folders import write_json, write_npz, write_sensors

FIXTURE = Path(__file__).parents[2] / "fixtures" / "reference_forward"
NUMBERS = ["--mean", "54.4", "--std", "19.5"]


@pytest.fixture
def source(tmp_path):
    return write_plain(tmp_path / "weights.pt")


@pytest.fixture
def table(tmp_path):
    rows = zip(
        COAST.ids, COAST.latitude, COAST.longitude, COAST.freeway, COAST.direction, strict=True
    )
    lines = (",".join(map(str, row)) for row in rows)
    return write_sensors(tmp_path, *lines, header="id,latitude,longitude,freeway,direction")


@pytest.fixture
def folder(tmp_path):
    """A data set of five sensors and 24 steps a day."""
    town = synthetic_city(num_nodes=5, days=4, steps_per_day=24)
    return write_json(write_npz(tmp_path / "town", town), start="2024-01-01T00:00:00")


def convert(*arguments):
    return main(["convert", *map(str, arguments)])


def fails(capsys, *arguments):
    """Convert in vain and return the one line that says why."""
    assert convert(*arguments) == 1
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.startswith("error: ")
    assert said.err.count("\n") == 1
    return said.err


def test_mean_and_deviation_are_enough(source, tmp_path, capsys):
    out = tmp_path / "out.safetensors"
    assert convert(source, out, *NUMBERS) == 0
    assumed, said = capsys.readouterr().out.splitlines()
    assert said == f"{out}: {SMALL.num_parameters:,} parameters, 5 sensors of an unnamed data set"
    assert "12 steps in and 12 out were assumed" in assumed
    loaded = load_arrays(out)
    assert same(loaded.weights, draw())
    assert (loaded.config, loaded.scaler) == (SMALL, Scaler(54.4, 19.5))
    assert loaded.dataset.sensors.ids == ("0", "1", "2", "3", "4")
    assert loaded.dataset.name == ""  # not the name of a file, which would be looked for
    assert sorted(path.name for path in tmp_path.iterdir()) == [out.name, source.name]
    assert (loaded.dataset.start, loaded.dataset.first_weekday) == (None, None)
    assert (loaded.training, loaded.metrics, loaded.warnings) == ({}, {}, ())


def test_the_fixture_converts_to_the_model_that_it_is(tmp_path):
    assert convert(FIXTURE / "one_layer.pt", tmp_path, *NUMBERS) == 0
    arrays = np.load(FIXTURE / "one_layer.npz")
    model = load_checkpoint(tmp_path).model
    with torch.no_grad():
        output = model(torch.tensor(arrays["x"]), torch.tensor(arrays["y_cov"]))
    np.testing.assert_allclose(output, arrays["output"], atol=1e-5)


@pytest.mark.parametrize("ablate", ABLATIONS)
def test_every_ablation_at_other_sizes_gives_the_same_forecasts(tmp_path, table, ablate):
    config = replace(SMALL, num_layers=2, cheb_k=3, in_steps=6, out_steps=4, ablate=ablate)
    model = HimNet(config, seed=1).eval()
    torch.save(model.state_dict(), tmp_path / "x.pt")
    options = ["--sensors", table, "--steps-per-day", 24, "--in-steps", 6, "--out-steps", 4]
    assert convert(tmp_path / "x.pt", tmp_path / "out", *options, *NUMBERS) == 0
    loaded = load_checkpoint(tmp_path / "out")
    assert loaded.config.ablate == ablate
    x = torch.rand(2, 6, 5, 3, generator=torch.Generator().manual_seed(0))
    x[..., 2] = 3
    y_cov = x[:, :4, :, 1:]
    with torch.no_grad():
        torch.testing.assert_close(loaded.model(x, y_cov), model(x, y_cov), atol=1e-6, rtol=0)


def test_a_table_gives_places_and_roads(source, table, tmp_path, capsys):
    assert convert(source, tmp_path / "out", *NUMBERS, "--sensors", table) == 0
    assert f"the rows of {table} were taken in their order" in capsys.readouterr().out
    assert load_arrays(tmp_path / "out").dataset.sensors == COAST


def test_a_data_set_folder_gives_scaler_and_identity(source, folder, tmp_path):
    assert convert(source, tmp_path / "out", "--dataset", folder) == 0
    loaded, town = load_arrays(tmp_path / "out"), load_dataset(str(folder))
    assert loaded.dataset == town.info
    assert loaded.dataset.sha256 is not None
    assert loaded.scaler == training_scaler(town)


def test_a_data_set_in_the_data_directory_is_found_by_name(source, folder, tmp_path):
    options = ["--dataset", "town", "--data-dir", tmp_path]
    assert convert(source, tmp_path / "out", *options, *NUMBERS) == 0
    loaded = load_arrays(tmp_path / "out")
    assert loaded.scaler == Scaler(54.4, 19.5)  # what is given comes first
    assert loaded.dataset.name == "town"


def test_a_published_set_that_is_absent_is_known_by_its_sheet(tmp_path, monkeypatch):
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path / "nothing"))
    config = replace(SMALL, num_nodes=207, steps_per_day=288)
    source = write_plain(tmp_path / "la.pt", config)
    assert convert(source, tmp_path / "out", "--dataset", "METRLA", *NUMBERS) == 0
    dataset = load_arrays(tmp_path / "out").dataset
    assert dataset.sensors.ids[0] == "773869"
    assert dataset.start == "2012-03-01T00:00:00"
    assert dataset.sensors.has_roads


@pytest.fixture
def half_hours(tmp_path):
    """A data set of 48 steps a day in windows of 24 + 36 steps."""
    town = synthetic_city(num_nodes=5, days=12, steps_per_day=48)
    windows = split_windows(len(town.values), (0.7, 0.1, 0.2), in_steps=24, out_steps=36)
    return write_npz(tmp_path / "half-hours", replace(town, splits=windows))


def test_a_model_of_the_published_code_on_half_hours_can_be_used(tmp_path, half_hours, capsys):
    source = write_plain(tmp_path / "x.pt", replace(SMALL, steps_per_day=288))
    assert convert(source, tmp_path / "out", "--dataset", half_hours) == 0
    assert "rows 0, 6, 12, ... are kept" in capsys.readouterr().out
    config = load_arrays(tmp_path / "out").config
    assert (config.steps_per_day, config.in_steps, config.out_steps) == (48, 24, 36)
    assert main(["track", str(tmp_path / "out"), "--dataset", str(half_hours)]) == 0
    assert main(["evaluate", str(tmp_path / "out"), "--dataset", str(half_hours)]) == 0


def test_without_the_data_the_steps_of_a_day_can_be_told(tmp_path, half_hours, capsys):
    source = write_plain(tmp_path / "x.pt", replace(SMALL, steps_per_day=288))
    assert convert(source, tmp_path / "whole", *NUMBERS) == 0
    assert main(["evaluate", str(tmp_path / "whole"), "--dataset", str(half_hours)]) == 1
    assert "convert the .pt again with --steps-per-day 48" in capsys.readouterr().err
    assert convert(source, tmp_path / "out", *NUMBERS, "--steps-per-day", 48) == 0
    assert load_arrays(tmp_path / "out").config.steps_per_day == 48
    capsys.readouterr()
    assert "do not divide 288" in fails(
        capsys, source, tmp_path / "no", *NUMBERS, "--steps-per-day", 50
    )


def test_windows_are_those_of_the_data_or_an_error(tmp_path, half_hours, capsys):
    source = write_plain(tmp_path / "x.pt", replace(SMALL, steps_per_day=48))
    data = ["--dataset", half_hours]
    said = fails(capsys, source, tmp_path / "out", *data, "--in-steps", "12")
    assert f"--in-steps is 12, but the windows of {half_hours} have 24" in said
    assert convert(source, tmp_path / "out", *NUMBERS) == 0
    capsys.readouterr()
    assert main(["evaluate", str(tmp_path / "out"), *map(str, data)]) == 1
    assert "reads 12 steps and forecasts 12, but the windows of" in capsys.readouterr().err


def test_metr_la_gives_the_published_scaler(data_dir, tmp_path):
    source = write_plain(tmp_path / "la.pt", replace(SMALL, num_nodes=207, steps_per_day=288))
    options = ["--dataset", "METRLA", "--data-dir", data_dir]
    assert convert(source, tmp_path / "out.safetensors", *options) == 0
    scaler = load_arrays(tmp_path / "out.safetensors").scaler
    assert (round(scaler.mean, 5), round(scaler.std, 5)) == (54.40593, 19.49374)


def test_a_name_is_kept_as_given(source, folder, tmp_path, capsys):
    out = tmp_path / "out.safetensors"
    assert convert(source, out, *NUMBERS, "--name", "Berlin") == 0
    assert capsys.readouterr().out.endswith("5 sensors of Berlin\n")
    assert load_arrays(out).dataset.name == "Berlin"
    assert convert(source, out, "--dataset", folder, "--name", "Berlin", "--force") == 0
    assert load_arrays(out).dataset == replace(load_dataset(str(folder)).info, name="Berlin")


def test_a_folder_gets_a_card_that_is_true_of_a_converted_model(source, tmp_path, capsys):
    card = tmp_path / "out" / "README.md"
    assert convert(source, tmp_path / "out", *NUMBERS) == 0
    text = card.read_text()
    assert text.startswith("# HimNet on an unnamed data set\n\n5 sensors, 24 steps per day, ")
    assert "Not measured when this card was written." in text
    for claim in ("log.jsonl", "minutes", "validation"):
        assert claim not in text
    card.write_text("my own words")
    capsys.readouterr()
    assert convert(source, tmp_path / "out", *NUMBERS, "--force", "--name", "Berlin") == 0
    assert card.read_text() == "my own words"
    assert f"{card} already exists and is not changed\n" in capsys.readouterr().out


def test_a_checkpoint_is_told_its_sensors_and_keeps_all_else(tmp_path, table, capsys):
    said = {"training": {"seed": 3}, "metrics": {"test": {"windows": 9}}}
    bare = replace(TOWN, sensors=Sensors.numbered(5), sha256="0" * 64)
    file = write(tmp_path / "bare", dataset=bare, **said)
    before = load_arrays(file)
    assert convert(file.parent, tmp_path / "placed", "--sensors", table) == 0
    after = load_arrays(tmp_path / "placed")
    assert same(after.weights, before.weights)
    assert after.dataset == replace(bare, sensors=COAST)
    for part in ("config", "scaler", "training", "metrics"):
        assert getattr(after, part) == getattr(before, part)
    assert after.sha256 != before.sha256
    assert "- seed: 3\n" in (tmp_path / "placed" / "README.md").read_text()
    assert load_arrays(file).sha256 == before.sha256
    track_file(file).write_bytes(b"")
    capsys.readouterr()
    assert convert(file, file, "--sensors", table, "--name", "Berlin", "--force") == 0
    assert load_arrays(file).dataset == replace(bare, sensors=COAST, name="Berlin")
    command = f"make it again with: python -m himnet track {file.parent}\n"
    assert capsys.readouterr().out.endswith(command)


def test_a_checkpoint_is_told_whose_its_readings_are(tmp_path, capsys):
    file = write(tmp_path / "town.safetensors")
    told = ["--source", "City of X, counts", "--licence", "CC BY 4.0"]
    assert convert(file, tmp_path / "out", *told) == 0
    card = (tmp_path / "out" / "README.md").read_text()
    assert "\n\nData: City of X, counts" in card
    assert load_arrays(tmp_path / "out").dataset == replace(
        TOWN, source="City of X, counts", licence="CC BY 4.0"
    )
    capsys.readouterr()
    assert "--source must be one line" in fails(capsys, file, tmp_path / "no", "--source", "a\nb")


def test_what_was_measured_is_kept_by_what_is_written_but_belongs_to_the_former_file(
    tmp_path, table, capsys
):
    file = write(tmp_path / "mine")
    said = {"data": "town", "command": ""}
    save_measured(file, load_arrays(file).sha256, "metrics/test", {"windows": 9}, **said)
    assert convert(file, tmp_path / "placed", "--sensors", table) == 0
    placed = load_arrays(tmp_path / "placed")
    assert (placed.metrics, placed.measured.parts) == ({"test": {"windows": 9}}, {})
    assert capsys.readouterr().err == ""
    assert convert(file, file, "--name", "Berlin", "--force") == 0
    assert load_arrays(file).metrics == {"test": {"windows": 9}}
    assert "metrics/test in measured.safetensors is ignored" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        (["x,1,2", "y,1,2"], "has 5 sensors, but "),
        ([f"{name},1,2" for name in "edcba"], "in a different order; use the order"),
    ],
)
def test_a_table_that_is_not_the_checkpoints_is_refused(tmp_path, capsys, rows, said):
    file = write(tmp_path / "town.safetensors")
    before = file.read_bytes()
    table = write_sensors(tmp_path, *rows)
    assert said in fails(capsys, file, file, "--sensors", table, "--force")
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "option",
    [
        ["--mean", 1], ["--std", 1], ["--dataset", "synthetic"], ["--in-steps", 12],
        ["--out-steps", 12], ["--steps-per-day", 24], ["--training", "t.json"],
        ["--data-dir", "data"],
    ],
)  # fmt: skip
def test_what_a_checkpoint_says_itself_cannot_be_given(tmp_path, capsys, option):
    file = write(tmp_path / "town.safetensors")
    said = fails(capsys, file, tmp_path / "out", "--name", "Berlin", *option)
    assert f"can be changed; omit {option[0]}" in said
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("name", ["", "  ", "two\nlines", "x" * 501])
def test_a_name_that_is_no_line_is_refused(source, tmp_path, capsys, name):
    said = fails(capsys, source, tmp_path / "out", *NUMBERS, "--name", name)
    assert "--name must be one line" in said
    assert not (tmp_path / "out").exists()


def test_how_it_was_trained_can_be_told(source, tmp_path):
    training = {"steps": 11_750, "optimiser": "Adam", "lr": 3e-3, "hardware": ["2 cores"]}
    (tmp_path / "training.json").write_text(json.dumps(training))
    options = ["--training", tmp_path / "training.json", *NUMBERS]
    assert convert(source, tmp_path / "out", *options) == 0
    assert load_arrays(tmp_path / "out").training == training


def test_half_is_half_the_size_and_nearly_the_same_model(tmp_path):
    path = write(tmp_path / "whole.safetensors")
    assert convert(path, tmp_path / "half.safetensors", "--half") == 0
    whole, half = load_arrays(path), load_arrays(tmp_path / "half.safetensors")
    assert half.training == whole.training
    for name, weights in whole.weights.items():
        np.testing.assert_allclose(half.weights[name], weights, rtol=1e-3, atol=1e-7)
    saved = sum(weights.nbytes for weights in whole.weights.values()) // 2
    assert abs(path.stat().st_size - half.path.stat().st_size - saved) < 100  # headers differ


def test_what_exists_is_replaced_only_by_force(source, tmp_path, capsys):
    out = tmp_path / "out"
    assert convert(source, out, *NUMBERS) == 0
    before = (out / "model.safetensors").read_bytes()
    capsys.readouterr()
    assert "exists already; add --force" in fails(capsys, source, out, "--mean", 1, "--std", 2)
    assert (out / "model.safetensors").read_bytes() == before
    track_file(out / "model.safetensors").write_bytes(b"")
    assert convert(source, out, "--mean", 1, "--std", 2, "--force") == 0
    assert load_arrays(out).scaler == Scaler(1, 2)
    said = capsys.readouterr().out
    assert said.endswith(f"make it again with: python -m himnet track {out}\n")


@pytest.mark.parametrize("ending", [".pt", ".pth", ".bin", ".ckpt", ".pkl"])
def test_a_target_with_the_ending_of_a_pickle_is_a_slip(source, tmp_path, capsys, ending):
    said = fails(capsys, source, tmp_path / f"out{ending}", *NUMBERS)
    assert f"name it {tmp_path / 'out.safetensors'}" in said
    assert not (tmp_path / f"out{ending}").exists()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ([], "name the data set with --dataset, or give --mean and --std"),
        (["--mean", "1"], "--mean and --std belong together"),
        (["--std", "1"], "--mean and --std belong together"),
        (["--mean", "1", "--std", "0"], "standard deviation above 0"),
        (["--mean", "nan", "--std", "1"], "finite mean"),
        ([*NUMBERS, "--steps-per-day", "96"], "24 steps per day, but --steps-per-day has 96"),
        ([*NUMBERS, "--in-steps", "0"], "in_steps must be an integer from 1"),
        ([*NUMBERS, "--out-steps", "-1"], "out_steps must be an integer from 1"),
        ([*NUMBERS, "--sensors", "nowhere.csv"], "the sensor table nowhere.csv cannot be read"),
        ([*NUMBERS, "--training", "nowhere.json"], "nowhere.json cannot be read as JSON"),
        ([*NUMBERS, "--dataset", "nowhere"], "there is no data set 'nowhere'"),
        ([*NUMBERS, "--dataset", "METRLA"], "for 5 sensors, but METRLA has 207"),
        (["--dataset", "METRLA"], "get it with: python -m himnet download METRLA"),
        (["--dataset", "synthetic"], "for 5 sensors, but synthetic has 36"),
        (["--dataset", "synthetic:num_nodes=5"], "24 steps per day, but synthetic:num_nodes=5 has"),
    ],
)
def test_a_mistake_is_one_line_and_leaves_nothing(
    source, tmp_path, monkeypatch, capsys, options, said
):
    monkeypatch.setenv("HIMNET_DATA_DIR", str(tmp_path / "nothing"))
    assert said in fails(capsys, source, tmp_path / "out.safetensors", *options)
    assert not (tmp_path / "out.safetensors").exists()


def test_a_table_of_another_city_is_refused(source, tmp_path, capsys):
    table = write_sensors(tmp_path, "a,34,-118", "b,34,-118")
    said = fails(capsys, source, tmp_path / "out", *NUMBERS, "--sensors", table)
    assert f"for 5 sensors, but {table} has 2" in said


@pytest.mark.parametrize("content", ["[1]", "{", '{"a": NaN}', "\xff"])
def test_training_that_is_no_json_object_is_refused(source, tmp_path, capsys, content):
    (tmp_path / "t.json").write_bytes(content.encode("latin-1"))
    fails(capsys, source, tmp_path / "out", *NUMBERS, "--training", tmp_path / "t.json")
    assert not (tmp_path / "out").exists()


def test_bad_sources_are_refused(source, tmp_path, capsys):
    out = tmp_path / "out"
    assert "no file" in fails(capsys, tmp_path / "nowhere.pt", out, *NUMBERS)
    (tmp_path / "torn.pt").write_bytes(source.read_bytes()[:500])
    assert "torn.pt" in fails(capsys, tmp_path / "torn.pt", out, *NUMBERS)
    weights = {name: torch.tensor(array) for name, array in draw().items()}
    weights["out_proj.bias"][0] = float("nan")
    torch.save(weights, tmp_path / "nan.pt")
    assert "not finite" in fails(capsys, tmp_path / "nan.pt", out, *NUMBERS)
    assert convert(source, out, *NUMBERS) == 0
    capsys.readouterr()
    again = fails(capsys, out / "model.safetensors", tmp_path / "b", *NUMBERS)
    assert "is a checkpoint already; use it as it is, or give --sensors FILE.csv or" in again
    assert "is a checkpoint already" in fails(capsys, out, tmp_path / "b", *NUMBERS)
    assert not (tmp_path / "b").exists()


@pytest.mark.parametrize(
    ("ablate", "needed"),
    [("E_t", "--steps-per-day"), ("TMP", "--steps-per-day"), ("E_s", "--sensors")],
)
def test_an_ablated_model_says_which_option_it_needs(tmp_path, capsys, ablate, needed):
    source = write_plain(tmp_path / "x.pt", replace(SMALL, ablate=ablate))
    assert needed in fails(capsys, source, tmp_path / "out", *NUMBERS)
    with_data = ["--dataset", "synthetic:num_nodes=5,steps_per_day=24"]
    assert convert(source, tmp_path / "out", *with_data) == 0
    assert load_arrays(tmp_path / "out").config.ablate == ablate
