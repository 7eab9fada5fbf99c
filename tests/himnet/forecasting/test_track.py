"""Tracks: what they hold, that it is what the model says, and what is refused."""

import datetime as dt
import json
import subprocess
import sys
from dataclasses import fields, replace

import numpy as np
import pytest
from safetensors.numpy import load_file

import himnet
from himnet.checkpoints import load_arrays, load_checkpoint
from himnet.checkpoints.format import write_sealed
from himnet.checkpoints.locate import track_file
from himnet.config import HimNetConfig
from himnet.data.synthetic import synthetic_city
from himnet.errors import CheckpointError, ConfigError, DataError
from himnet.forecasting import track as track_module
from himnet.forecasting.compute_track import compute_track
from himnet.forecasting.inference import Forecaster
from himnet.forecasting.track import FORMAT, MAX_BYTES, load_track, save_track
from himnet.model.himnet import HimNet
from himnet.scaler import Scaler
from tests.himnet.checkpoints.models import write

SENSORS, PER_DAY = 6, 288
CONFIG = HimNetConfig(SENSORS, hidden_dim=4, node_embedding_dim=3, st_embedding_dim=5)
SCALER = Scaler(55.0, 11.0)


@pytest.fixture(scope="module")
def town():
    return synthetic_city(num_nodes=SENSORS, days=3, seed=2)


@pytest.fixture
def checkpoint(tmp_path, town):
    """An untrained model of the town, as a file in a folder of its own."""
    return load_checkpoint(write_model(tmp_path / "mine", town))


def write_model(path, town, seed=0, config=CONFIG, **changes):
    said = {"config": config, "scaler": SCALER, "dataset": town.info, **changes}
    return write(path, HimNet(config, seed=seed).state_dict(), **said)


def compute(checkpoint, town, **options):
    return compute_track(checkpoint, town, **{"days": 0.1, "device": "cpu", **options})


def saved(checkpoint, town, **options):
    return save_track(track_file(checkpoint.path), compute(checkpoint, town, **options))


def test_a_track_is_what_the_model_says(checkpoint, town):
    found = compute(checkpoint, town, start=dt.datetime(2024, 1, 2, 7), days=0.25)
    middles = found.steps + 1
    forecaster = Forecaster(checkpoint.model, town, checkpoint.scaler, device="cpu")
    embedding = forecaster.embeddings(middles)
    np.testing.assert_array_equal(found.st_embedding, embedding.astype(np.float16))
    ahead = forecaster.forecasts(middles)
    for horizon in (1, 3, 6, 12):
        wanted = ahead[:, horizon - 1].astype(np.float16)
        np.testing.assert_array_equal(found.forecast_at(horizon), wanted.astype(np.float32))
    assert (found.dataset, found.checkpoint_sha256) == (town.name, checkpoint.sha256)


def test_there_is_a_row_for_every_step_of_the_days(checkpoint, town):
    found = compute(checkpoint, town, start=dt.datetime(2024, 1, 2), days=1)
    np.testing.assert_array_equal(found.steps, np.arange(PER_DAY, 2 * PER_DAY))
    np.testing.assert_array_equal(found.times, town.timestamps[found.steps])
    np.testing.assert_array_equal(found.tod_index, np.arange(PER_DAY))
    assert set(found.dow) == {1}
    assert found.step_minutes == 5
    assert (found.st_embedding.dtype, found.forecasts.dtype) == (np.float16, np.float16)
    assert found.st_embedding.shape == (PER_DAY, SENSORS, 5)
    assert found.forecasts.shape == (PER_DAY, 4, SENSORS)


def test_the_first_day_begins_when_there_is_enough_history(checkpoint, town):
    found = compute(checkpoint, town, start=dt.datetime(2024, 1, 1), days=1)
    assert found.start == "2024-01-01T00:55:00"
    assert len(found) == PER_DAY - 11
    np.testing.assert_array_equal(found.times, town.timestamps[11:PER_DAY])
    np.testing.assert_array_equal(found.tod_index, np.arange(11, PER_DAY))


def test_the_last_moment_of_the_data_has_its_forecasts_too(checkpoint, town):
    last = len(town.values) - 1
    found = compute(checkpoint, town, start=last - 2, days=7)
    np.testing.assert_array_equal(found.steps, [last - 2, last - 1, last])
    assert np.isfinite(found.forecasts).all()


def test_a_track_holds_no_readings(checkpoint, town):
    names = {field.name for field in fields(himnet.Track)}
    assert not names & {"values", "readings", "truth"}
    before = compute(checkpoint, town, start=100)
    town.values[150:] = 1.0  # after the last moment: nothing of it can be in the track
    assert before.steps[-1] < 150
    after = compute(checkpoint, town, start=100)
    np.testing.assert_array_equal(before.st_embedding, after.st_embedding)
    np.testing.assert_array_equal(before.forecasts, after.forecasts)


def test_it_comes_back_as_it_was(checkpoint, town):
    track = compute(checkpoint, town)
    path = save_track(track_file(checkpoint.path), track)
    assert path == checkpoint.path.with_name("track.safetensors")
    loaded = himnet.load_track(checkpoint.path.parent)
    for field in fields(track):
        np.testing.assert_array_equal(getattr(loaded, field.name), getattr(track, field.name))
    assert len(loaded) == len(track)
    assert path.stat().st_size < MAX_BYTES


def test_loading_one_needs_no_torch(checkpoint, town):
    saved(checkpoint, town)
    code = (
        "import sys, himnet\n"
        "track = himnet.load_track(sys.argv[1])\n"
        "print(track.forecast_at(3).shape[1], track.times[0], 'torch' in sys.modules)"
    )
    command = [sys.executable, "-c", code, str(checkpoint.path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.split() == [str(SENSORS), "2024-01-01T00:55:00", "False"]


def test_where_there_is_none_there_is_none(checkpoint):
    assert load_track(checkpoint.path) is None


def test_a_city_without_dates_is_tracked_by_step(tmp_path, town):
    info = replace(town.info, name="undated", start=None, first_weekday=None)
    undated = replace(town, info=info, timestamps=None)
    checkpoint = load_checkpoint(write_model(tmp_path / "undated.safetensors", undated))
    track = compute(checkpoint, undated, start=40)
    assert (track.start, track.times, track.steps[0]) == (None, None, 40)
    save_track(track_file(checkpoint.path), track)
    assert load_track(checkpoint.path).times is None
    with pytest.raises(DataError, match="has no dates"):
        compute(checkpoint, undated, start=dt.datetime(2024, 1, 1))


def test_a_model_that_forecasts_less_has_fewer_horizons(tmp_path, town):
    config = replace(CONFIG, in_steps=4, out_steps=5)
    checkpoint = load_checkpoint(write_model(tmp_path, town, config=config))
    track = compute(checkpoint, town)
    assert (track.horizons, track.steps[0]) == ((1, 3), 3)
    save_track(track_file(checkpoint.path), track)
    with pytest.raises(ConfigError, match=r"has forecasts of steps \(1, 3\), not 12"):
        load_track(checkpoint.path).forecast_at(12)


@pytest.mark.parametrize(
    ("options", "error", "said"),
    [
        ({"start": dt.datetime(2023, 12, 31)}, DataError, "is outside the data set"),
        ({"start": dt.datetime(2024, 1, 4)}, DataError, "is outside the data set"),
        ({"start": -1}, ConfigError, "no moment to track from step -1"),
        ({"start": 10**6}, ConfigError, "no moment to track from step 1000000"),
        ({"start": 0, "days": 0.01}, ConfigError, "has steps 11 to 863 with 12 steps of history"),
        ({"days": 0}, ConfigError, "no moment to track"),
    ],
)
def test_moments_that_do_not_exist_are_refused(checkpoint, town, options, error, said):
    with pytest.raises(error, match=said):
        compute(checkpoint, town, **options)


def test_another_citys_data_is_refused(checkpoint):
    with pytest.raises(DataError, match="6 sensors but the data set"):
        compute(checkpoint, synthetic_city(num_nodes=7, days=2))


def test_over_20_mb_is_refused_before_anything_is_computed(tmp_path, monkeypatch):
    town = synthetic_city(num_nodes=12, days=3)
    config = replace(CONFIG, num_nodes=12, st_embedding_dim=1024)
    checkpoint = load_checkpoint(write_model(tmp_path, town, config=config))
    track = compute(checkpoint, town, start=500, days=0.01)
    monkeypatch.setattr(HimNet, "forecast_with_embedding", None)
    with pytest.raises(CheckpointError, match=r"would have \d+ MB, .* 20 MB .* fewer --days"):
        compute(checkpoint, town, days=3)
    many = {name: np.repeat(getattr(track, name), 600, axis=0) for name in track_module._ARRAYS}
    with pytest.raises(CheckpointError, match="fewer --days"):
        save_track(track_file(checkpoint.path), replace(track, **many))
    assert not track_file(checkpoint.path).exists()


def test_forecasts_beyond_float16_are_refused(checkpoint, town):
    track = compute(replace(checkpoint, scaler=Scaler(1e6, 1.0)), town)
    with pytest.raises(CheckpointError, match="'forecasts' contains values that are not finite"):
        save_track(track_file(checkpoint.path), track)


def test_a_track_of_another_model_is_refused(checkpoint, town):
    saved(checkpoint, town)
    write_model(checkpoint.path, town, seed=1)
    with pytest.raises(CheckpointError) as caught:
        load_track(checkpoint.path)
    assert "computed by another model than model.safetensors" in str(caught.value)
    command = f"make it again with: python -m himnet track {checkpoint.path.parent}"
    assert str(caught.value).endswith(command)


def test_a_model_without_a_sum_keeps_its_track(checkpoint, town):
    saved(checkpoint, town)
    unseal(checkpoint.path)
    assert load_arrays(checkpoint.path).warnings
    assert len(load_track(checkpoint.path)) > 0


def unseal(path):
    content = path.read_bytes()
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    del header["__metadata__"]["sha256"]
    raw = json.dumps(header).encode()
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + content[8 + length :])


def refused(checkpoint):
    with pytest.raises(CheckpointError) as caught:
        load_track(checkpoint.path)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    assert len(message) < 2000
    return message


def test_a_track_without_a_sum_is_refused(checkpoint, town):
    unseal(saved(checkpoint, town))
    assert "has no sha256" in refused(checkpoint)


def test_a_model_in_place_of_a_track_is_refused(checkpoint):
    track_file(checkpoint.path).write_bytes(checkpoint.path.read_bytes())
    assert "'himnet-track/1' is needed" in refused(checkpoint)


@pytest.mark.parametrize("seed", range(40))
def test_damage_is_refused(checkpoint, town, seed):
    path = saved(checkpoint, town, days=0.05)
    content = bytearray(path.read_bytes())
    rng = np.random.default_rng(seed)
    if seed % 4:
        content[rng.integers(len(content))] ^= 1 << rng.integers(8)
    else:
        del content[rng.integers(len(content)) :]
    path.write_bytes(content)
    refused(checkpoint)


def test_a_track_too_long_to_be_one_is_refused_unread(checkpoint, town):
    path = saved(checkpoint, town)
    with path.open("ab") as file:
        file.truncate(2**30)
    assert "MB are read" in refused(checkpoint)


@pytest.mark.parametrize(
    "change",
    [
        {"start": "yesterday"},
        {"start": 3},
        {"start": "2024-01-01T00:00:00+01:00"},
        {"step_minutes": "5"},
        {"step_minutes": 0},
        {"step_minutes": True},
        {"step_minutes": 10**400},
        {"horizons": [1, 3, 6]},
        {"horizons": [1, 3, 6, "12"]},
        {"horizons": [1, 3, 6, 0]},
        {"horizons": None},
        {"horizons": 12},
        {"dataset": None},
        {"dataset": ["town"]},
        {"checkpoint_sha256": None},
        {"checkpoint_sha256": "0" * 64},
        {"colour": "red"},
    ],
    ids=str,
)
def test_a_sealed_track_that_says_impossible_things_is_refused(checkpoint, town, change):
    rewrite(checkpoint, town, {}, change)
    refused(checkpoint)


@pytest.mark.parametrize(
    "change",
    [
        {"steps": np.zeros(3, np.int64)},
        {"steps": None},
        {"steps": np.zeros(17)},
        {"dow": np.zeros((17, 1), np.int64)},
        {"st_embedding": np.zeros((17, SENSORS), np.float16)},
        {"st_embedding": np.zeros((17, SENSORS, 6), np.float16)},
        {"st_embedding": np.zeros((17, SENSORS, 5))},
        {"st_embedding": np.full((17, SENSORS, 5), np.nan, np.float16)},
        {"st_embedding": np.zeros((0, SENSORS, 5), np.float16)},
        {"forecasts": np.zeros((17, 4, SENSORS + 1), np.float16)},
        {"forecasts": np.zeros((17, 4, SENSORS), np.int64)},
        {"forecasts": np.full((17, 4, SENSORS), np.inf, np.float16)},
        {"more": np.zeros(3)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_sealed_track_of_other_arrays_is_refused(checkpoint, town, change):
    rewrite(checkpoint, town, change, {})
    refused(checkpoint)


def test_the_rewriting_itself_does_no_harm(checkpoint, town):
    rewrite(checkpoint, town, {}, {})
    assert len(load_track(checkpoint.path)) == 17


def rewrite(checkpoint, town, arrays, texts):
    """Write a track with other arrays (None: without) or texts, with a sum that fits."""
    path = saved(checkpoint, town, start=100, days=17 / PER_DAY)
    track = load_track(checkpoint.path)
    kept = load_file(path)
    said = {f.name: getattr(track, f.name) for f in fields(track) if f.name not in kept}
    changed = {**kept, **arrays}
    stored = {name: array for name, array in changed.items() if array is not None}
    write_sealed(path, stored, {**said, **texts}, FORMAT)
