"""`python -m analysis why`: one forecast and the average, options that fit, and errors as lines."""

import csv
import json
import sys
from dataclasses import replace

import numpy as np
import pytest

from analysis.attribution.stored import stored_attribution
from analysis.cli import main
from analysis.material import load_material
from himnet.checkpoints import load_arrays
from tests.analysis.attribution.cities import explained_town

AT = "2026-01-20 08:00"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    """The file of a model whose city any command can make from its name."""
    return explained_town(tmp_path_factory.mktemp("why"))


def ran(capsys, *words):
    status = main(["why", *map(str, words)])
    return status, *capsys.readouterr()


def one(model, *words):
    dataset = model.dataset
    at = str(dataset.timestamps[400].astype("datetime64[m]"))
    return [
        "--checkpoint",
        model.arrays.path,
        "--sensor",
        dataset.sensors.ids[3],
        "--at",
        at,
        *words,
    ]


def test_one_forecast_is_told_with_its_gap_and_base_line(model, capsys):
    status, out, _ = ran(capsys, *one(model, "--horizon", 4, "--occlusion", "sensors"))
    assert status == 0
    for words in (
        "made at", "each sensor's mean at that time of the week", "gap of completeness", "itself",
        "upstream", "rank correlation with occlusion over sensors",
    ):  # fmt: skip
        assert words in out


def test_as_json_it_adds_up(model, capsys):
    _, out, _ = ran(capsys, *one(model, "--json", "--occlusion", "readings"))
    told = json.loads(out)
    total = sum(row["attribution"] for row in told["by_sensor"])
    assert total == pytest.approx(told["forecast"] - told["base"] + told["gap"], abs=1e-4)
    assert sum(told["by_step"]) == pytest.approx(total, abs=1e-4)
    assert told["horizon"] == 12
    assert told["on_own_forecasts"] is False
    assert told["complete"] is True
    assert told["for"] > told["made_at"]


def test_the_table_of_readings_adds_up_and_leaves_missing_ones_empty(model, capsys, tmp_path):
    file = tmp_path / "why.csv"
    status, out, _ = ran(capsys, *one(model, "--out", file, "--occlusion", "sensors"))
    assert status == 0
    assert str(file) in out
    rows = list(csv.DictReader(file.read_text().splitlines()))
    assert len(rows) == 12 * 12
    window = model.dataset.readings()[389:401]
    assert sum(row["reading"] == "" for row in rows) == np.isnan(window).sum() > 0
    assert all(float(row["attribution"]) == 0 for row in rows if row["reading"] == "")
    assert sum(row["occlusion"] != "" for row in rows) == 12
    assert {float(row["minutes_before"]) for row in rows} == {60.0 * back for back in range(12)}


@pytest.fixture
def without_readings(monkeypatch):
    """The bundled city, as where its readings are absent."""
    opened = replace(load_material("synthetic-city"), dataset=None, dataset_problem="gone")
    monkeypatch.setattr("analysis.material.load_material", lambda *args, **settings: opened)
    return opened


def test_without_readings_it_is_about_own_forecasts_and_says_so(without_readings, capsys):
    of = without_readings
    words = ["--checkpoint", "x", "--sensor", of.info.sensors.ids[0], "--json"]
    status, out, err = ran(capsys, *words, "--at", str(of.track.times[100])[:16])
    assert status == 0
    assert "the model reads its own forecasts, as gone" in err
    assert json.loads(out)["on_own_forecasts"] is True


def test_without_readings_there_is_no_average(without_readings, capsys):
    status, _, err = ran(capsys, "--checkpoint", "x", "--average")
    assert status == 1
    assert "this needs the data set, but gone" in err


def test_the_average_is_saved_and_goes_on(model, capsys, tmp_path):
    words = ["--checkpoint", model.arrays.path, "--average", "--triples", 6, "--cache", tmp_path]
    status, _, err = ran(capsys, *words, "--save")
    assert status == 0
    assert "6 forecasts; what is done is kept in" in err
    found, part = stored_attribution(load_arrays(model.arrays.path))
    assert found.forecasts == 6
    assert part.command.endswith(
        "why --checkpoint model.safetensors --save --average --triples 6"
    ) or ("--average --triples 6" in part.command)
    status, again, err = ran(capsys, *words, "--so-far", "--json")
    assert status == 0
    assert json.loads(again)["forecasts"] == 6
    assert "going on after 6" not in err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--average", "--sensor", "S001"], "--sensor is for one forecast"),
        (["--sensor", "S001", "--at", AT, "--save"], "--save is for --average"),
        (["--sensor", "S001"], "name the forecast by --sensor ID --at"),
        (["--average", "--save", "--so-far"], "--so-far measures nothing that --save could keep"),
        (["--average", "--save", "--baseline", "mean"], "omit --baseline mean"),
        (["--average", "--triples", "1"], "choose 2 to"),
        (["--average", "--baseline", "zero"], "unknown base line 'zero'"),
        (["--sensor", "nobody", "--at", AT], "there is no sensor 'nobody'"),
        (["--sensor", "S001", "--at", "noon"], "--at is 'noon'; give a local date and time"),
        (["--sensor", "S001", "--at", "1990-01-01 00:00"], "is outside the data set"),
        (["--sensor", "S001", "--at", AT, "--horizon", "13"], "choose 1 to 12"),
        (["--sensor", "S001", "--at", AT, "--out", "x.xlsx"], "its ending must be .csv"),
    ],
)
def test_what_does_not_fit_is_one_line(model, capsys, words, said):
    status, _, err = ran(capsys, "--checkpoint", model.arrays.path, *words)
    assert status == 1
    assert said in err
    assert err.strip().splitlines()[-1].startswith("error: ")


def test_without_captum_one_line_says_what_to_install(model, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    status, _, err = ran(capsys, *one(model))
    assert status == 1
    assert "needs captum, which is not installed; add it with: python -m pip install" in err
