"""Errors of forecasts: against direct computation, with gaps, and without any reading."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.forecasts import (
    Forecasts,
    errors_by_horizon,
    errors_by_reading,
    errors_by_sensor,
    errors_by_time,
    forecasts_at,
    forecasts_of_track,
    last_value,
)
from analysis.material import Material, load_material

NAN = np.float32("nan")


def made(seed=0, missing=0.1):
    """Forecasts of 40 moments over two days, two horizons and five sensors."""
    rng = np.random.default_rng(seed)
    truth = rng.uniform(10, 70, (40, 2, 5)).astype(np.float32)
    forecast = (truth + rng.normal(0, 4, truth.shape)).astype(np.float32)
    truth[rng.random(truth.shape) < missing] = NAN
    steps = np.arange(40)
    return Forecasts(steps, steps // 20, steps * 14 % 288, (1, 12), forecast, truth)


@pytest.fixture(scope="module")
def city() -> Material:
    return load_material("synthetic-city")


def test_errors_are_those_of_a_direct_computation():
    some = made()
    direct = np.abs(some.forecast.astype(np.float64) - some.truth)
    found = errors_by_horizon(some)
    np.testing.assert_allclose(found["mae"], np.nanmean(direct, axis=(0, 2)), rtol=1e-6)
    np.testing.assert_allclose(found["rmse"] ** 2, np.nanmean(direct**2, axis=(0, 2)), rtol=1e-5)
    np.testing.assert_allclose(errors_by_sensor(some), np.nanmean(direct, axis=(0, 1)), rtol=1e-6)
    alone = errors_by_horizon(some, [3])["mae"]
    np.testing.assert_allclose(alone, np.nanmean(direct[:, :, 3], axis=0), rtol=1e-6)


def test_bands_hold_every_reading_once_and_their_mean_is_the_whole_error():
    some = made()
    found = errors_by_reading(some, bands=7)
    assert found.counts.sum() == some.readings
    whole = np.nansum(found.mae * found.counts) / found.counts.sum()
    assert whole == pytest.approx(np.nanmean(np.abs(some.error)), rel=1e-6)
    known = np.isfinite(found.low)
    assert (found.low[known] <= found.mae[known]).all()
    assert (found.mae[known] <= found.high[known]).all()


def test_a_forecast_that_is_always_too_fast_has_that_bias_in_every_band():
    some = made(missing=0)
    fast = Forecasts(**{**vars(some), "forecast": some.truth + np.float32(3)})
    np.testing.assert_allclose(errors_by_reading(fast, bands=4).bias, 3, atol=1e-4)


def test_hours_without_a_forecast_and_sensors_without_a_reading_are_nan():
    some = made()
    some.truth[:, :, 2] = NAN
    assert np.isnan(errors_by_sensor(some)[2])
    few = Forecasts(**{**vars(some), "tod_index": np.full(40, 100)})
    errors, means = errors_by_time(few, 288)
    assert np.flatnonzero(np.isfinite(errors)).tolist() == [8]
    assert np.isfinite(means).tolist() == np.isfinite(errors).tolist()


def test_without_any_reading_it_says_so():
    some = made()
    some.truth[:] = NAN
    assert some.readings == 0
    with pytest.raises(AnalysisError, match="no reading belongs"):
        errors_by_reading(some)
    assert np.isnan(errors_by_horizon(some)["mae"]).all()


def test_the_track_tells_what_the_model_says_anew(city):
    of_track = forecasts_of_track(city)
    anew = forecasts_at(city, of_track.steps[:3])
    assert anew.horizons == tuple(range(1, 13))
    same = anew.forecast[:, [ahead - 1 for ahead in of_track.horizons]]
    np.testing.assert_allclose(of_track.forecast[:3], same, atol=0.05)  # a track is float16
    np.testing.assert_array_equal(
        of_track.truth[:3], anew.truth[:, [ahead - 1 for ahead in of_track.horizons]]
    )
    assert of_track.days.tolist()[:3] == anew.days.tolist()


def test_the_model_beats_the_guess_that_nothing_changes(city):
    of_track = forecasts_of_track(city)
    ours = errors_by_horizon(of_track)["mae"]
    guess = errors_by_horizon(last_value(of_track, city.dataset))["mae"]
    assert (ours < guess).all()


def test_without_data_set_or_track_it_says_what_is_missing(city):
    alone = Material(city.arrays, None, None, "the data set is not here")
    with pytest.raises(AnalysisError, match="himnet track"):
        forecasts_of_track(alone)
    with pytest.raises(AnalysisError, match="needs the data set"):
        forecasts_at(alone, [20])
    untold = forecasts_of_track(Material(city.arrays, city.track, None, "not here"))
    assert untold.readings == 0
