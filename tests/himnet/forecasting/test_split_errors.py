"""Errors by sensor, horizon and hour of day: the metrics, taken apart, and safely read back."""

import dataclasses

import numpy as np
import pytest

from himnet.checkpoints import load_arrays, save_checkpoint, save_measured
from himnet.checkpoints.locate import measured_file
from himnet.config import HimNetConfig
from himnet.data.synthetic import synthetic_city
from himnet.errors import CheckpointError
from himnet.forecasting.evaluate import evaluate_model, evaluate_split
from himnet.forecasting.inference import Forecaster
from himnet.forecasting.split_errors import pooled, save_errors, stored_errors
from himnet.model.himnet import HimNet
from himnet.scaler import Scaler

SCALER = Scaler(50.0, 12.0)
SENSORS, STEPS = 8, 12


@pytest.fixture(scope="module")
def town():
    return synthetic_city(num_nodes=SENSORS, days=4, seed=0, missing_share=0.2)


@pytest.fixture(scope="module")
def model(town):
    return HimNet(HimNetConfig(SENSORS, hidden_dim=4, steps_per_day=town.steps_per_day), seed=0)


@pytest.fixture(scope="module")
def found(town, model):
    return evaluate_split(Forecaster(model, town, SCALER, device="cpu"), town, "test")


@pytest.fixture
def loaded(tmp_path, town, model):
    file = save_checkpoint(
        tmp_path / "mine", model.state_dict(), config=model.config, scaler=SCALER,
        dataset=town.info,
    )  # fmt: skip
    return load_arrays(file)


def test_averaged_they_are_the_metrics_of_the_same_pass(found, town, model):
    errors, metrics = found.errors, found.metrics
    assert metrics == evaluate_model(model, town, SCALER, "test", device="cpu")
    overall = metrics["all"]["mae"]
    assert pooled(errors.by_sensor, errors.sensor_readings) == pytest.approx(overall, rel=1e-6)
    assert pooled(errors.by_hour, errors.hour_readings) == pytest.approx(overall, rel=1e-6)
    for step in (3, 6, 12):
        mae = metrics[str(step)]["mae"]
        assert errors.horizons[step - 1] == pytest.approx(mae, rel=1e-6)
        by_hour = pooled(errors.by_hour, errors.hour_readings, axis=0)
        assert by_hour[step - 1] == pytest.approx(mae, rel=1e-6)


def test_each_is_the_mean_over_its_own_readings_one_by_one(found, town, model):
    forecaster = Forecaster(model, town, SCALER, device="cpu")
    middles = town.splits["test"].middles
    predicted = forecaster.forecasts(middles)
    of_sensor, of_hour = {}, {}
    missing = town.missing()
    for window, middle in enumerate(middles):
        for ahead in range(STEPS):
            at = middle + ahead
            hour = int(town.tod_index[at]) * 24 // town.steps_per_day
            for sensor in np.flatnonzero(~missing[at]):
                error = abs(
                    float(predicted[window, ahead, sensor]) - float(town.values[at, sensor])
                )
                of_sensor.setdefault((sensor, ahead), []).append(error)
                of_hour.setdefault((hour, ahead), []).append(error)
    errors = found.errors
    for means, counts, parts in (
        (errors.by_sensor, errors.sensor_readings, of_sensor),
        (errors.by_hour, errors.hour_readings, of_hour),
    ):
        assert counts.sum() == sum(map(len, parts.values()))
        for place, values in parts.items():
            assert counts[place] == len(values)
            assert means[place] == pytest.approx(np.mean(values), rel=1e-5)
        unread = [place for place in np.ndindex(means.shape) if place not in parts]
        assert all(np.isnan(means[place]) for place in unread)


def test_the_share_done_is_told_and_grows_to_one(town, model):
    told = []
    forecaster = Forecaster(model, town, SCALER, device="cpu", batch_size=50)
    evaluate_split(forecaster, town, "val", tell=told.append)
    assert told == sorted(told)
    assert told[-1] == 1
    assert len(told) == -(-len(town.splits["val"]) // 50)


def test_they_come_back_from_the_file_as_they_were(loaded, found):
    assert stored_errors(loaded, "test") is None
    save_errors(loaded, "test", found.errors, data="", command="measure")
    again, part = stored_errors(load_arrays(loaded.path), "test")
    for name, array in vars(found.errors).items():
        np.testing.assert_array_equal(getattr(again, name), array)
    assert part.command == "measure"
    assert stored_errors(load_arrays(loaded.path), "val") is None
    assert measured_file(loaded.path).stat().st_size < 20_000


def changed(errors, name, how):
    array = getattr(errors, name).copy()
    return {**vars(errors), name: how(array)}


def with_first(value):
    def put(array):
        array.flat[0] = value
        return array

    return put


ODD = {
    "negative": lambda e: changed(e, "by_sensor", with_first(-1)),
    "infinite": lambda e: changed(e, "by_hour", with_first(np.inf)),
    "without readings": lambda e: changed(e, "sensor_readings", with_first(0)),
    "negative readings": lambda e: changed(e, "hour_readings", with_first(-3)),
    "NaN with readings": lambda e: changed(e, "by_sensor", with_first(np.nan)),
    "of other sensors": lambda e: changed(e, "by_sensor", lambda a: a[:-1]),
    "of other horizons": lambda e: changed(e, "by_hour", lambda a: a[:, :-1]),
    "of a day of 23 hours": lambda e: changed(e, "hour_readings", lambda a: a[:-1]),
    "flat": lambda e: changed(e, "by_sensor", np.ravel),
    "in another type": lambda e: changed(e, "by_sensor", lambda a: a.astype(np.float64)),
    "counts as numbers": lambda e: changed(e, "hour_readings", lambda a: a.astype(np.float32)),
    "lacking one": lambda e: {n: a for n, a in vars(e).items() if n != "by_hour"},
    "with more": lambda e: {**vars(e), "more": np.zeros(3)},
    "nothing": lambda e: {},
}


@pytest.mark.parametrize("how", ODD)
def test_what_a_stranger_s_file_says_wrongly_is_one_sentence(loaded, found, how):
    said = {"data": "", "command": ""}
    arrays = ODD[how](found.errors)
    save_measured(loaded.path, loaded.sha256, "errors/test", {}, arrays=arrays, **said)
    with pytest.raises(CheckpointError, match="measure them again with evaluate --save") as caught:
        stored_errors(load_arrays(loaded.path), "test")
    assert len(str(caught.value).splitlines()) == 1


def test_errors_of_another_model_are_not_used(loaded, found, model, town):
    save_errors(loaded, "test", found.errors, data="", command="")
    weights = {name: 2 * value for name, value in model.state_dict().items()}
    config = dataclasses.replace(model.config)
    save_checkpoint(loaded.path, weights, config=config, scaler=SCALER, dataset=town.info)
    assert stored_errors(load_arrays(loaded.path), "test") is None
