"""Errors of forecasts: against direct computation, with gaps, and without any reading."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.forecasts.errors import (
    MOST_BANDS,
    errors_by_horizon,
    errors_by_hour,
    errors_by_reading,
    errors_by_sensor,
)
from analysis.forecasts.forecasts import Forecasts, forecasts_of_track
from analysis.material import load_material

NAN = np.float32("nan")


def made(seed=0, missing=0.1):
    """Forecasts of 40 moments over eight days, two horizons and five sensors."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(10, 70, (40, 2, 5)).astype(np.float32)
    forecast = (truth + rng.normal(0, 4, truth.shape)).astype(np.float32)
    truth[rng.random(truth.shape) < missing] = NAN
    steps = np.arange(40)
    return Forecasts(steps, steps // 5, steps * 14 % 288, (1, 12), forecast, truth)


def whole(found):
    """Return the mean of the cells, weighted by what is in them."""
    return np.nansum(found.mae * found.counts) / found.counts.sum()


def test_errors_are_those_of_a_direct_computation():
    some = made()
    direct = np.abs(some.forecast.astype(np.float64) - some.truth)
    found = errors_by_horizon(some)
    np.testing.assert_allclose(found["mae"], np.nanmean(direct, axis=(0, 2)), rtol=1e-6)
    np.testing.assert_allclose(found["rmse"] ** 2, np.nanmean(direct**2, axis=(0, 2)), rtol=1e-5)
    mean, readings = errors_by_sensor(some)
    np.testing.assert_allclose(mean, np.nanmean(direct, axis=(0, 1)), rtol=1e-6)
    assert readings.sum() == some.readings
    alone = errors_by_horizon(some, [3])["mae"]
    np.testing.assert_allclose(alone, np.nanmean(direct[:, :, 3], axis=0), rtol=1e-6)


@pytest.mark.parametrize("by", [errors_by_reading, lambda some: errors_by_hour(some, 288)])
def test_cells_hold_every_reading_once_and_their_mean_is_the_whole_error(by):
    some = made()
    found = by(some)
    assert found.counts.sum() == some.readings
    assert whole(found) == pytest.approx(np.nanmean(np.abs(some.error)), rel=1e-6)
    known = np.isfinite(found.low)
    assert known.any()
    assert (found.low[known] <= found.mae[known]).all()
    assert (found.mae[known] <= found.high[known]).all()


def test_bands_are_round_and_hold_what_they_say():
    some = made()
    found = errors_by_reading(some)
    assert np.diff(found.edges) == pytest.approx(5)  # of 60 mph
    assert len(found.mae) <= MOST_BANDS + 1
    slow = some.truth < 15
    assert found.counts[0] == slow.sum()
    assert found.mae[0] == pytest.approx(np.abs(some.error[slow]).mean(), rel=1e-5)
    assert len(errors_by_reading(some, width=20).mae) == 4
    with pytest.raises(AnalysisError, match="above 0"):
        errors_by_reading(some, width=0)


def test_equal_readings_are_one_band():
    some = made(missing=0)
    same = replace(some, truth=np.full_like(some.truth, 60))
    assert errors_by_reading(same).counts.tolist() == [400]


def test_a_forecast_that_is_always_too_high_has_that_bias_in_every_band():
    some = made(missing=0)
    fast = replace(some, forecast=some.truth + np.float32(3))
    np.testing.assert_allclose(errors_by_reading(fast).bias, 3, atol=1e-4)


def test_the_hour_is_the_one_that_was_forecast():
    some = made()
    few = replace(some, tod_index=np.full(40, 282))  # 23:30, an hour before 0:30
    found = errors_by_hour(few, 288)
    assert np.flatnonzero(found.counts).tolist() == [0, 23]
    assert found.counts[23] == np.isfinite(few.truth[:, 0]).sum()


def test_of_few_days_sensors_are_drawn_and_without_either_there_is_no_interval():
    some = made()
    assert errors_by_reading(some).drawn == "days"
    few = some.at(np.arange(20))
    found = errors_by_reading(few, width=30)
    assert found.drawn == "sensors"
    assert np.isfinite(found.low).all()
    few.truth[:, :, 1:] = NAN
    assert np.isnan(errors_by_reading(few, width=30).low).all()


def test_without_any_reading_it_says_so():
    some = made()
    some.truth[:, :, 2] = NAN
    assert np.isnan(errors_by_sensor(some)[0][2])
    some.truth[:] = NAN
    with pytest.raises(AnalysisError, match="have no readings"):
        errors_by_reading(some)
    assert np.isnan(errors_by_horizon(some)["mae"]).all()
    assert np.isnan(errors_by_hour(some, 288).mae).all()


def test_on_metr_la_congestion_is_forecast_worse(metrla, data_dir):
    found = errors_by_reading(forecasts_of_track(load_material("metr-la", data_dir=data_dir)))
    assert found.edges[:3].tolist() == [0, 5, 10]
    slow, free = found.edges[1:] <= 40, found.edges[:-1] == 65
    assert (found.low[slow] > found.high[free]).all()
