"""The scaler: what the published code computes from arrays of windows, without those arrays."""

from dataclasses import replace

import numpy as np
import pytest

from himnet.data.scaling import training_scaler
from himnet.data.windows import Windows
from himnet.errors import DataError


def of_windows(dataset):
    """Mean and standard deviation over the array (n, T, N) that the published code builds."""
    index = dataset.splits["train"].index
    windows = np.stack([dataset.values[start:middle] for start, middle, _ in index])
    return windows.astype(np.float64).mean(), windows.astype(np.float64).std()


def test_it_is_that_of_the_windows(city):
    scaler = training_scaler(city)
    assert (scaler.mean, scaler.std) == pytest.approx(of_windows(city), rel=1e-12)


def test_steps_count_as_often_as_they_lie_in_windows(city):
    index = city.splits["train"].index[[0, 1, 2, 50, 50 + 7, 400]]
    few = replace(city, splits={**city.splits, "train": Windows(index)})
    scaler = training_scaler(few)
    assert (scaler.mean, scaler.std) == pytest.approx(of_windows(few), rel=1e-12)


def test_missing_readings_count_as_zeros(city):
    filled = replace(city, values=np.where(city.missing(), 60, city.values))
    assert training_scaler(filled).mean > training_scaler(city).mean


def test_validation_and_test_do_not_matter(city):
    values = city.values.copy()
    last = city.splits["train"].index[-1, 1]
    values[last:] = 1000
    assert training_scaler(replace(city, values=values)) == training_scaler(city)


def test_constant_readings_are_refused(city):
    with pytest.raises(DataError, match=r"all training readings of .* are 7; there is nothing"):
        training_scaler(replace(city, values=np.full_like(city.values, 7)))


def test_no_training_windows_are_refused(city):
    none = {**city.splits, "train": Windows(np.empty((0, 3), dtype=np.int64))}
    with pytest.raises(DataError, match="has no training windows"):
        training_scaler(replace(city, splits=none))
