"""Which windows, and what was read after them."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.forecasts.windows import (
    checked_steps,
    days_of,
    truth_after,
    window_errors,
    window_steps,
)
from analysis.material import Material
from himnet.metrics import MetricSums
from tests.analysis.what_if.lively import material, town


@pytest.fixture(scope="module")
def city_of_hours():
    return town()


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    return material(tmp_path_factory.mktemp("windows"))


def test_windows_are_those_of_the_split_and_of_the_moment(some):
    dataset = some.dataset
    every = window_steps(some)
    assert np.array_equal(every + 1, dataset.splits["test"].middles)
    assert len(window_steps(some, split=None)) == sum(map(len, dataset.splits.values()))
    mondays = window_steps(some, split=None, tod_index=20, dow=0)
    assert len(mondays)
    assert (dataset.dow[mondays] == 0).all()
    assert (dataset.tod_index[mondays] == 20).all()


def test_a_choice_is_fixed_by_its_seed_and_has_no_window_twice(some):
    one, again, other = (window_steps(some, most=9, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert len(np.unique(one)) == 9
    assert (np.diff(one) > 0).all()
    assert len(window_steps(some, most=10**6)) == len(window_steps(some))


def test_windows_that_there_are_not(some):
    with pytest.raises(AnalysisError, match="unknown split 'night'"):
        window_steps(some, split="night")
    with pytest.raises(AnalysisError, match="test has no window at time of day 99"):
        window_steps(some, tod_index=99)
    with pytest.raises(AnalysisError, match="no windows were chosen"):
        checked_steps([], some.dataset)
    with pytest.raises(AnalysisError, match="outside the data set"):
        checked_steps([10**6], some.dataset)
    nothing = Material(some.arrays, None, None, "there is no folder of data")
    with pytest.raises(AnalysisError, match="needs the data set, but there is no folder"):
        window_steps(nothing)


def test_truth_is_nan_where_nothing_was_read_and_after_the_end(city_of_hours):
    last = len(city_of_hours.values) - 1
    truth = truth_after(city_of_hours, np.array([30, last - 2, last]), 12)
    assert truth.shape == (3, 12, 12)
    assert np.array_equal(truth[0], city_of_hours.readings()[31:43], equal_nan=True)
    assert np.isnan(truth[0]).any()
    assert np.isnan(truth[2]).all()
    assert np.isnan(truth[1, 2:]).all()
    assert not np.isnan(truth[1, :2]).all()


def test_errors_are_those_of_the_metrics(city_of_hours):
    steps = np.array([20, 40, 90])
    forecasts = np.random.default_rng(0).uniform(20, 70, (3, 12, 12)).astype(np.float32)
    sums, counts = window_errors(forecasts, truth_after(city_of_hours, steps, 12))
    metrics = MetricSums(steps=12, missing_value=0.0)
    metrics.update(forecasts, city_of_hours.values[steps[:, None] + 1 + np.arange(12)])
    assert counts.sum() == metrics.count.sum() < forecasts.size
    assert sums.sum() / counts.sum() == pytest.approx(metrics.over_steps(range(12))["mae"])


def test_windows_of_one_date_are_of_one_day(city_of_hours):
    days = days_of(city_of_hours, np.array([0, 23, 24, 47, 48]))
    assert np.array_equal(days - days[0], [0, 0, 1, 1, 2])
