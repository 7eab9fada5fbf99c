"""Forecasts over whole splits, baselines, and the numbers that the field agrees on."""

import dataclasses
import json

import numpy as np
import pytest
import torch

from himnet.checkpoints import save_checkpoint
from himnet.cli import main
from himnet.config import HimNetConfig
from himnet.data.batching import WindowBatches
from himnet.data.load import load_dataset
from himnet.data.synthetic import synthetic_city
from himnet.errors import ConfigError, DataError
from himnet.forecasting.baselines import baseline
from himnet.forecasting.evaluate import evaluate_baseline, evaluate_model
from himnet.forecasting.inference import Forecaster
from himnet.metrics import masked_metrics
from himnet.model.himnet import HimNet
from himnet.scaler import Scaler

SCALER = Scaler(50.0, 12.0)


@pytest.fixture(scope="module")
def town():
    return synthetic_city(num_nodes=8, days=4, seed=0)


@pytest.fixture(scope="module")
def model(town):
    return HimNet(HimNetConfig(8, hidden_dim=4, steps_per_day=town.steps_per_day), seed=0)


def test_windows_on_the_device_are_the_series_itself(town):
    batches = WindowBatches(town, SCALER)
    middles = torch.tensor([12, 300, len(town.values) - 12])
    x, y_cov, truth = batches.batch(middles)
    assert x.shape == (3, 12, 8, 3)
    np.testing.assert_array_equal(truth[1, :, :, 0], town.values[300:312])
    np.testing.assert_allclose(x[1, :, :, 0] * 12 + 50, town.values[288:300], atol=1e-4)
    np.testing.assert_array_equal(x[1, :, 0, 1], town.tod[288:300])
    np.testing.assert_array_equal(y_cov[1, :, 0, 1], town.dow[300:312])


def test_the_last_moment_has_a_forecast_whose_calendar_goes_on(town):
    end = len(town.values)
    _, y_cov = WindowBatches(town, SCALER).inputs(torch.tensor([end]))
    steps = (town.tod_index[-1] + 1 + np.arange(12)) % town.steps_per_day
    np.testing.assert_allclose(y_cov[0, :, 0, 0] * town.steps_per_day, steps, atol=1e-4)
    assert y_cov[0, 0, 0, 1] == (town.dow[-1] + (steps[0] == 0)) % 7


def test_evaluation_equals_one_pass_over_all_windows_whatever_the_batch(town, model):
    middles = town.splits["val"].middles
    predicted = Forecaster(model, town, SCALER, device="cpu").forecasts(middles)
    truth = town.values[middles[:, None] + np.arange(12)]
    at_once = masked_metrics(predicted, truth)
    for batch_size in (7, 64):
        result = evaluate_model(model, town, SCALER, "val", device="cpu", batch_size=batch_size)
        assert result["windows"] == len(middles)
        assert result["all"] == pytest.approx(at_once, rel=1e-5)
        third = masked_metrics(predicted[:, 2], truth[:, 2])
        assert result["3"] == pytest.approx(third, rel=1e-5)


def test_st_embeddings_are_those_of_the_same_windows(town, model):
    middles = [12, 40, 500]
    found = Forecaster(model, town, SCALER, device="cpu", batch_size=2).embeddings(middles)
    x, _, _ = WindowBatches(town, SCALER).batch(torch.tensor(middles))
    with torch.no_grad():
        np.testing.assert_allclose(found, model.encode(x), atol=1e-5)
    assert Forecaster(model, town, SCALER, device="cpu").embeddings([]).shape == (0, 8, 16)


def test_windows_outside_the_series_are_refused(town, model):
    for middle in (11, len(town.values) + 1):
        with pytest.raises(DataError, match="this data set has windows from 12 to"):
            Forecaster(model, town, SCALER, device="cpu").forecasts([middle])


def test_another_citys_data_is_refused(town):
    other = HimNet(HimNetConfig(9, steps_per_day=town.steps_per_day))
    with pytest.raises(DataError, match=r"9 sensors but the data set .* has 8"):
        evaluate_model(other, town, SCALER, device="cpu")
    coarse = HimNet(HimNetConfig(8, steps_per_day=24))
    with pytest.raises(DataError, match="24 steps per day"):
        evaluate_model(coarse, town, SCALER, device="cpu")


def test_unknown_splits_and_baselines_are_refused(town):
    with pytest.raises(DataError, match="no split 'holdout'; choose one of train, val, test"):
        evaluate_baseline("HI", town, "holdout")
    with pytest.raises(ConfigError, match="unknown baseline 'ARIMA'; choose one of HI"):
        evaluate_baseline("ARIMA", town)


def test_historical_inertia_on_metr_la_is_the_published_one(metrla):
    result = evaluate_baseline("HI", metrla)
    assert result["windows"] == 6850
    assert round(result["all"]["mae"], 2) == 6.80
    assert round(result["all"]["rmse"], 2) == 14.21
    assert round(result["all"]["mape"], 1) == 16.7


def test_the_command_prints_the_documented_json(tmp_path, capsys, town, model):
    path = save_checkpoint(
        tmp_path / "model.safetensors",
        model.state_dict(),
        config=model.config,
        scaler=SCALER,
        dataset=town.info,
    )
    folder = _write_folder(tmp_path / "town", town)
    status = main(["evaluate", str(path), "--dataset", str(folder), "--split", "val", "--json"])
    result = json.loads(capsys.readouterr().out)
    assert status == 0
    assert list(result) == ["dataset", "split", "windows", "all", "3", "6", "12"]
    assert set(result["all"]) == {"mae", "rmse", "mape"}
    assert main(["evaluate", "--baseline", "HI", "--dataset", str(folder)]) == 0
    assert "MAPE %" in capsys.readouterr().out


def _write_folder(folder, dataset):
    folder.mkdir()
    calendar = np.stack([dataset.tod, dataset.dow.astype(np.float32)], axis=-1)
    calendar = np.repeat(calendar[:, None], dataset.num_nodes, axis=1)
    data = np.concatenate([dataset.values[..., None], calendar], axis=-1)
    np.savez(folder / "data.npz", data=data)
    splits = {name: windows.index for name, windows in dataset.splits.items()}
    np.savez(folder / "index.npz", **splits)
    assert load_dataset(str(folder)).num_nodes == dataset.num_nodes
    return folder


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["evaluate"], "either a checkpoint or --baseline NAME"),
        (["evaluate", "x", "--baseline", "HI"], "either a checkpoint or --baseline NAME"),
        (["evaluate", "--baseline", "HI"], "add --dataset NAME"),
        (["evaluate", "no-such-checkpoint"], "no-such-checkpoint"),
        (["evaluate", "x", "--batch-size", "0"], "--batch-size must be at least 1"),
    ],
)
def test_failures_are_one_sentence_and_a_status(arguments, sentence, capsys):
    assert main(arguments) == 1
    message = capsys.readouterr().err.strip()
    assert message.startswith("error: ")
    assert sentence in message
    assert len(message.splitlines()) == 1


def test_the_last_value_is_the_newest_reading_that_is_not_missing(town):
    values = town.values.copy()
    values[50:60, 0] = 0.0  # missing
    values[48:60, 1] = 0.0
    gaps = dataclasses.replace(town, values=values)
    forecast_of = baseline("last-value", gaps, 12)
    predicted = forecast_of(np.array([60]))
    assert predicted.shape == (1, 12, 8)
    assert (predicted[0, :, 0] == values[49, 0]).all()
    assert (predicted[0, :, 1] == 0).all()
    assert (predicted[0, :, 2] == values[59, 2]).all()


def test_the_weekly_mean_knows_the_training_steps_alone(town):
    middle = int(town.splits["test"].middles[0])
    end = int(town.splits["train"].middles.max()) + 12
    own = (town.tod_index == town.tod_index[middle]) & (town.dow == town.dow[middle])
    own[end:] = False
    predicted = baseline("weekly-mean", town, 12)(np.array([middle]))
    known = town.readings()[own if own.any() else slice(0, end)]
    expected = np.nanmean(known, axis=0)
    np.testing.assert_allclose(predicted[0, 0], expected, rtol=1e-5)
    later = dataclasses.replace(town, values=np.where(np.arange(len(town.values))[:, None] < end,
                                                      town.values, np.float32(1e6)))  # fmt: skip
    np.testing.assert_array_equal(baseline("weekly-mean", later, 12)(np.array([middle])), predicted)


def test_on_a_week_that_repeats_the_weekly_mean_is_exact():
    town = synthetic_city(num_nodes=4, days=21, seed=0)
    slot = town.dow * town.steps_per_day + town.tod_index
    again = dataclasses.replace(town, values=(20 + slot[:, None] % 50 + np.zeros(4, dtype="f4")))
    result = evaluate_baseline("weekly-mean", again)
    assert result["all"]["mae"] == pytest.approx(0, abs=1e-4)


def test_the_simple_baselines_on_metrla(metrla):
    inertia, last, week = (
        evaluate_baseline(name, metrla)["all"]["mae"]
        for name in ("HI", "last-value", "weekly-mean")
    )
    assert last < inertia  # the newest reading says more than the oldest
    assert last > 2.92
    assert week > 2.92
