"""What a checkpoint and a track may say: the limits themselves, and what lies beyond each."""

import json
from dataclasses import replace

import numpy as np
import pytest

from himnet import limits
from himnet.checkpoints import load_arrays, load_checkpoint, save_measured
from himnet.checkpoints.description import Description, parse_description
from himnet.checkpoints.locate import track_file
from himnet.cli import main
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.synthetic import synthetic_city
from himnet.errors import CheckpointError, DataError
from himnet.forecasting.compute_track import compute_track
from himnet.forecasting.track import load_track
from himnet.metrics import error_text
from himnet.scaler import Scaler
from tests.app import made_up
from tests.himnet.checkpoints.odd_values import TRACK_ARRAYS
from tests.himnet.checkpoints.sealing import Parts, parts_of, sealed

PLACES = {"latitude": [40.0, 40.1, 40.2], "longitude": [5.0, 5.1, 5.2]}


@pytest.fixture
def told(tmp_path):
    """Return what a description becomes when entries of it are changed."""
    sensors = Sensors(("a", "b", "c"), *map(np.array, PLACES.values()))
    info = DatasetInfo("town", sensors, start="2024-01-01T00:00:00", num_steps=2_016)
    plain = Description(HimNetConfig(3), Scaler(50.0, 10.0), info, {"steps": 3}, {}).to_dict()

    def tell(path, value):
        said = json.loads(json.dumps(plain))
        *way, last = path.split(".")
        place = said
        for key in way:
            place = place[key]
        place[last] = value
        return parse_description(tmp_path / "model.safetensors", said)

    return tell


def metrics(value, windows=3):
    return {"test": {"windows": windows, "all": {"mae": value, "rmse": 1.0, "mape": None}}}


ALLOWED = [
    ("dataset.start", "0001-01-01T00:00:00"),
    ("dataset.start", "9998-12-01T00:00:00"),
    ("dataset.start", None),
    ("dataset.num_steps", limits.MAX_DAYS * 288),
    ("dataset.num_steps", None),
    ("dataset.name", "x" * limits.MAX_LINE),
    ("dataset.missing_value", -limits.MAX_NUMBER),
    ("scaler.std", limits.MIN_DEVIATION),
    ("training", {"note": "x" * limits.MAX_TEXT}),
    ("training", {str(number): None for number in range(limits.MAX_ENTRIES)}),
    ("training", {"seed": 2**64 - 1}),
    ("metrics", metrics(None, windows=None)),
    ("metrics", metrics(0)),
    ("metrics", metrics(limits.MAX_ERROR)),
    ("dataset.sensors.latitude", [90, -90, 0.0]),
    ("dataset.sensors.longitude", [180, -180, 0.0]),
    ("dataset.sensors.freeway", ["", " ", "A1"]),
]
REFUSED = [
    ("dataset.start", "9999-01-01T00:00:00", "years 1 to 9998"),
    ("dataset.start", "9998-12-31T00:00:00", "beyond the year 9998"),
    ("dataset.start", "2024-01-01T00:00:00Z", "local date and time"),
    ("dataset.start", "2024-02-30", "local date and time"),
    ("dataset.start", 20240101, "local date and time"),
    ("dataset.num_steps", limits.MAX_DAYS * 288 + 1, "up to 100,000"),
    ("dataset.num_steps", 2**39, "up to 100,000 days"),
    ("dataset.num_steps", 0, "a whole number"),
    ("dataset.num_steps", True, "a whole number"),
    ("dataset.name", "x" * (limits.MAX_LINE + 1), "a short text"),
    ("dataset.unit", "two\nlines", "a short text"),
    ("dataset.first_weekday", 7, "0 to 6"),
    ("dataset.missing_value", 1e300, "a number of plausible size"),
    ("dataset.colour", "red", "unknown data set field"),
    ("dataset.sensors.colour", ["red"] * 3, "unknown columns"),
    ("dataset.sensors.ids", ["a", "b", " "], "a blank id"),
    ("dataset.sensors.ids", ["a", "b", "b"], "unique"),
    ("dataset.sensors.latitude", [90.001, 0, 0], "from -90 to 90"),
    ("dataset.sensors.latitude", None, "both latitude and longitude"),
    ("dataset.sensors.latitude", [10**400, 0, 0], "not a list of plain values"),
    ("dataset.sensors.freeway", ["A1"] * 2, "has 2 entries for 3 sensors"),
    ("scaler.std", 0, "not 1e-15 or more"),
    ("scaler.mean", 10**400, "plausible size"),
    ("scaler", {"mean": 1.0}, "not a 'mean' and a 'std'"),
    ("training", {"note": "x" * (limits.MAX_TEXT + 1)}, "20,001 characters"),
    ("training", {str(n): None for n in range(limits.MAX_ENTRIES + 1)}, "10,001 entries"),
    ("training", {"a": [[[[[[1]]]]]]}, "nested too deeply"),
    ("training", {"seed": 2**64}, "beyond 64 bits"),
    ("metrics", metrics(-1), "not 0 or more"),
    ("metrics", metrics("3"), "not 0 or more"),
    ("metrics", metrics(1e101), "not 0 or more"),
    ("metrics", metrics(1.0, windows=-1), "not a number of windows"),
    ("metrics", {"test": {"all": None}}, "not a JSON object"),
    ("config.num_nodes", limits.MAX_SENSORS + 1, "from 2 to 100000"),
    ("config.steps_per_day", limits.MAX_STEPS_PER_DAY + 1, "from 1 to 86400"),
]


@pytest.mark.parametrize(("path", "value"), ALLOWED, ids=lambda value: str(value)[:30])
def test_what_is_within_the_limits_is_read_as_it_stands(told, path, value):
    found = told(path, value).to_dict()
    for key in path.split("."):
        found = found[key]
    assert found == value


@pytest.mark.parametrize(("path", "value", "why"), REFUSED, ids=lambda value: str(value)[:30])
def test_what_is_beyond_a_limit_gets_one_sentence(told, path, value, why):
    with pytest.raises(CheckpointError, match=why) as caught:
        told(path, value)
    assert len(str(caught.value).splitlines()) == 1
    assert len(str(caught.value)) < 500


@pytest.fixture
def model(tmp_path):
    return made_up.save(tmp_path, "model.safetensors", metrics=made_up.METRICS)


@pytest.mark.parametrize("factor", [1e9, np.nan, np.inf])
def test_weights_that_would_overflow_are_refused(model, factor):
    parts = parts_of(model.read_bytes())
    parts.arrays["out_proj.weight"] *= np.float32(factor)
    parts.arrays["out_proj.weight"][0, 0] = np.float32(factor) * 2
    model.write_bytes(sealed(parts))
    with pytest.raises(CheckpointError, match=r"'out_proj.weight' .* (beyond 1e\+09|not finite)"):
        load_arrays(model)


@pytest.mark.parametrize("value", [None, float("nan"), 0.0, 1e80])
def test_whatever_an_evaluation_measures_is_stored_and_printed(model, value, capsys):
    measured = {"windows": 3, "all": {"mae": value, "rmse": value, "mape": value}}
    sha256 = load_arrays(model).sha256
    save_measured(model, sha256, "metrics/test", measured, data="smallville", command="")
    shown = load_arrays(model).metrics["test"]["all"]["mae"]
    assert shown == (None if value != value else value)
    assert main(["info", str(model)]) == 0
    assert f"MAE {error_text(shown, 3)}" in capsys.readouterr().out


def test_errors_are_texts_of_a_few_signs():
    assert [error_text(value, 2) for value in (None, 0, 2.925, 123456.789, 1e100)] == [
        "–", "0.00", "2.92", "123456.79", "1e+100",
    ]  # fmt: skip


TRACK = [
    ({"horizons": [1, 3, 3, 12]}, "in ascending order"),
    ({"horizons": [12, 6, 3, 1]}, "in ascending order"),
    ({"horizons": [1, 3, 6, 13]}, "forecasts 13 steps ahead, but the model 12"),
    ({"horizons": [1, 3, 6, 10**20]}, "there may be up to|too large"),
    ({"start": "2024-01-01T00:50:00"}, "first moment is"),
    ({"start": "2023-01-01T00:55:00"}, "first moment is"),
    ({"start": "9999-01-01T00:55:00"}, "years 1 to 9998"),
    ({"start": ""}, "not a track"),
    ({"step_minutes": 4}, "its steps are 4 minutes long, not 5"),
    ({"step_minutes": 5e-324}, "not a track"),
    ({"dataset": "METRLA"}, "to the data set 'METRLA', not 'smallville'"),
    ({"dataset": "x" * 501}, "not short texts"),
    ({"more": 1}, "extra: more"),
    ({"__class__": 1}, "extra"),
]
ARRAYS = [
    ("steps", lambda a: a[::-1], "do not increase by one"),
    ("steps", lambda a: a * 2, "do not increase by one"),
    ("steps", lambda a: a * 0, "do not increase by one"),
    ("steps", lambda a: a - 12, "do not increase by one"),
    ("steps", lambda a: a + 600, "but the data set has 864"),
    ("steps", lambda a: a + 2**40, "there may be up to"),
    ("tod_index", lambda a: a - 12, "'tod_index' is outside 0 to 287"),
    ("tod_index", lambda a: a + 1, "'tod_index' is outside 0 to 287"),
    ("dow", lambda a: a - 1, "'dow' is outside 0 to 6"),
    ("dow", lambda a: a + 7, "'dow' is outside 0 to 6"),
    ("forecasts", lambda a: a * np.float16(np.inf), "not finite"),
]


def rewritten(model, said, arrays):
    """Write a track beside a model that says other things, under a sum that fits."""
    path = made_up.add_track(model, days=1)
    parts = parts_of(path.read_bytes())
    text = json.dumps({**parts.description, **said})
    kept = {**parts.arrays, **arrays(parts.arrays)}
    path.write_bytes(
        sealed(Parts(parts.format, text, {k: a for k, a in kept.items() if a is not None}))
    )
    return path


@pytest.mark.parametrize(("said", "why"), TRACK, ids=lambda value: str(value)[:40])
def test_a_track_that_contradicts_its_model_is_refused(model, said, why):
    rewritten(model, said, lambda arrays: {})
    with pytest.raises(CheckpointError, match=why) as caught:
        load_track(model)
    assert str(caught.value).endswith(f"python -m himnet track {model.parent}")


@pytest.mark.parametrize(("name", "change", "why"), ARRAYS)
def test_a_track_of_moments_not_in_a_row_is_refused(model, name, change, why):
    with np.errstate(invalid="ignore"):
        rewritten(model, {}, lambda arrays: {name: np.ascontiguousarray(change(arrays[name]))})
    with pytest.raises(CheckpointError, match=why):
        load_track(model)


@pytest.mark.parametrize("name", TRACK_ARRAYS)
def test_a_text_does_not_stand_in_for_a_tensor(model, name):
    rewritten(model, {name: [1, 2, 3]}, lambda arrays: {name: None})
    with pytest.raises(CheckpointError, match=f"extra: {name}"):
        load_track(model)


def test_a_start_of_any_iso_form_gives_the_same_moments(tmp_path):
    info = replace(made_up.city_info(), start="20240101T0000")
    model = made_up.save(tmp_path, "model.safetensors", info=info)
    rewritten(model, {"start": "2024-W01-1T00:55"}, lambda arrays: {})
    track = load_track(model)
    assert track.times[:2].tolist() == [
        info.start_time.replace(minute=55), info.start_time.replace(hour=1)
    ]  # fmt: skip


def test_a_track_of_other_data_is_not_made(tmp_path):
    town, other = (synthetic_city(num_nodes=24, days=2, seed=seed) for seed in (0, 1))
    info = replace(town.info, name="town")
    checkpoint = load_checkpoint(made_up.save(tmp_path, "town.safetensors", info=info))
    with pytest.raises(DataError, match="trained on the data set 'town', not on 'synth"):
        compute_track(checkpoint, other, days=0.1, device="cpu")
    renamed = compute_track(checkpoint, town, days=0.1, device="cpu")  # the same data by its sum
    assert renamed.dataset == "town"
    assert not track_file(checkpoint.path).exists()
