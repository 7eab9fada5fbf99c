"""Forecasts beside readings, baselines and newer forecasts, with gaps and with parts missing."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.forecasts.forecasts import (
    Forecasts,
    baseline_forecasts,
    beside_newest,
    forecasts_at,
    forecasts_of_track,
    newest_forecasts,
    splits_of,
)
from analysis.material import Material, load_material
from himnet.errors import ConfigError
from himnet.forecasting.baselines import BASELINES

NAN = np.float32("nan")


@pytest.fixture(scope="module")
def city() -> Material:
    return load_material("synthetic-city")


def in_a_row(moments=6, horizons=(1, 3)):
    """Forecasts that tell their own moment and horizon: 100 times the moment, plus the horizon."""
    steps = np.arange(20, 20 + moments)
    told = 100 * steps[:, None, None] + np.array(horizons)[:, None] + np.zeros((1, 1, 2))
    forecast = told.astype(np.float32)
    return Forecasts(steps, steps * 0, steps, horizons, forecast, np.full_like(forecast, NAN))


def test_the_newest_forecast_of_a_step_was_made_just_before_it():
    found = newest_forecasts(in_a_row(), np.array([[20, 21], [26, 27]]))
    assert found.shape == (2, 2, 2)
    assert np.isnan(found[0, 0]).all()  # made before the first moment
    assert (found[0, 1] == 2001).all()
    assert (found[1, 0] == 2501).all()
    assert np.isnan(found[1, 1]).all()


def test_older_forecasts_are_beside_the_newest_of_the_same_step():
    found = beside_newest(in_a_row())
    assert found.horizons == (3,)
    assert (found.forecast[:, 0, 0] == 100 * found.steps + 3).all()
    assert found.truth[:, 0, 0].tolist()[:4] == [2201, 2301, 2401, 2501]  # for steps 23 to 26
    assert np.isnan(found.truth[4:]).all()
    with pytest.raises(AnalysisError, match="only forecasts 1 steps ahead"):
        beside_newest(in_a_row(horizons=(1,)))


def test_some_moments_are_those_of_the_same_forecasts():
    found = in_a_row().at(np.array([1, 4]))
    assert found.steps.tolist() == [21, 24]
    assert found.forecast[:, 0, 0].tolist() == [2101, 2401]


def test_the_track_tells_what_the_model_says_anew(city):
    of_track = forecasts_of_track(city)
    anew = forecasts_at(city, of_track.steps[:3])
    assert anew.horizons == tuple(range(1, 13))
    ahead = [horizon - 1 for horizon in of_track.horizons]
    np.testing.assert_allclose(of_track.forecast[:3], anew.forecast[:, ahead], atol=0.05)  # float16
    np.testing.assert_array_equal(of_track.truth[:3], anew.truth[:, ahead])
    assert of_track.days.tolist()[:3] == anew.days.tolist()


def test_baselines_are_those_of_the_same_moments_and_the_model_beats_them(city):
    of_track = forecasts_of_track(city)
    last = baseline_forecasts(of_track, city.dataset)
    assert np.ptp(last.forecast, axis=1).max() == 0  # one value for all horizons
    now = city.dataset.values[of_track.steps]
    read = ~city.dataset.missing()[of_track.steps]
    np.testing.assert_array_equal(last.forecast[:, 0][read], now[read])
    assert np.nanmean(np.abs(of_track.error)) < np.nanmean(np.abs(last.error))
    with pytest.raises(ConfigError, match="unknown baseline 'guess'"):
        baseline_forecasts(of_track, city.dataset, "guess")


def test_where_a_baseline_has_no_forecast_the_truth_is_left_out(city):
    of_track = forecasts_of_track(city)
    values = city.dataset.values.copy()
    values[:, 3] = np.nan
    silent = replace(city.dataset, values=values)
    last = baseline_forecasts(of_track, silent)
    assert np.isnan(last.truth[..., 3]).all()
    assert np.isfinite(last.forecast).all()


@pytest.mark.parametrize("name", BASELINES)
def test_baselines_say_nothing_of_windows_that_reach_beyond_the_data(city, name):
    last = len(city.dataset.values) - 1
    model = forecasts_at(city, np.array([last - 12, last - 1]))
    found = baseline_forecasts(model, city.dataset, name)
    assert np.isfinite(found.truth[0]).any()
    assert np.isnan(found.truth[1]).all()


def test_windows_are_counted_by_split(city):
    middles = {name: windows.middles for name, windows in city.dataset.splits.items()}
    steps = np.concatenate([middles["train"][:5], middles["test"][:2]]) - 1
    assert splits_of(city.dataset, steps) == {"train": 5, "test": 2}
    assert splits_of(city.dataset, np.array([0])) == {}


def test_without_data_set_or_track_it_says_what_is_missing(city):
    alone = Material(city.arrays, None, None, "the data set is not here")
    with pytest.raises(AnalysisError, match="himnet track"):
        forecasts_of_track(alone)
    with pytest.raises(AnalysisError, match="needs the data set"):
        forecasts_at(alone, [20])
    untold = forecasts_of_track(Material(city.arrays, city.track, None, "not here"))
    assert untold.readings == 0
