"""A data set: missing readings, moments, and the hash of its values."""

import datetime as dt
import hashlib

import numpy as np
import pytest

from himnet.data.calendar import calendar_of_columns, calendar_of_moments, regular_calendar
from himnet.data.dataset import build_dataset
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.windows import split_windows
from himnet.errors import DataError

START = dt.datetime(2012, 3, 1)
STEPS = 60


def build(values, calendar=None, **info):
    info = DatasetInfo("mine", Sensors.numbered(2), **info)
    calendar = calendar or regular_calendar(START, len(values), 288)
    return build_dataset(info, values, calendar, split_windows(len(values), (0.7, 0.1, 0.2)))


def readings(*changes):
    values = np.arange(2 * STEPS, dtype=np.float64).reshape(STEPS, 2) + 1
    for step, sensor, value in changes:
        values[step, sensor] = value
    return values


def test_nan_becomes_the_missing_value():
    dataset = build(readings((3, 1, np.nan)), missing_value=-1.0)
    assert dataset.values[3, 1] == -1.0
    assert np.argwhere(dataset.missing()).tolist() == [[3, 1]]
    assert np.argwhere(np.isnan(dataset.readings())).tolist() == [[3, 1]]
    assert dataset.values.dtype == np.float32


def test_nan_without_a_missing_value_is_refused():
    with pytest.raises(DataError, match=r'2 readings of .mine. are NaN.*set "missing_value"'):
        build(readings((3, 1, np.nan), (4, 1, np.nan)), missing_value=None)


def test_without_a_missing_value_zero_is_a_reading():
    dataset = build(readings((3, 1, 0.0)), missing_value=None)
    assert not dataset.missing().any()


@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e39])
def test_infinite_readings_are_refused(value):
    with pytest.raises(DataError, match="the reading of sensor 1 at step 3 of 'mine' is infinite"):
        build(readings((3, 1, value)))


@pytest.mark.parametrize("shape", [(STEPS,), (STEPS, 3), (STEPS, 2, 1)])
def test_readings_of_another_shape_are_refused(shape):
    with pytest.raises(DataError, match=r"2 sensors need \(steps, 2\)"):
        build(np.ones(shape))


def test_the_hash_is_of_the_values_alone():
    values = readings().astype(np.float32)
    assert build(values).info.sha256 == hashlib.sha256(values.tobytes()).hexdigest()
    assert build(np.asfortranarray(values)).info.sha256 == build(values).info.sha256
    assert build(readings((0, 0, 5.0))).info.sha256 != build(values).info.sha256


def test_the_identity_takes_the_calendar_over():
    dataset = build(readings(), regular_calendar(START, STEPS, 96, first_weekday=3))
    info = dataset.info
    assert (info.start, info.steps_per_day, info.first_weekday) == ("2012-03-01T00:00:00", 96, 3)
    assert (info.num_steps, dataset.num_nodes, dataset.steps_per_day) == (STEPS, 2, 96)


def test_the_time_of_day_is_the_published_one():
    dataset = build(np.ones((288, 2)))
    np.testing.assert_array_equal(dataset.tod, np.arange(288, dtype=np.float32) / np.float32(288))


def test_a_moment_finds_the_reading_that_holds_then():
    dataset = build(readings())
    assert dataset.step_at(START) == 0
    assert dataset.step_at(START + dt.timedelta(minutes=5)) == 1
    assert dataset.step_at(START + dt.timedelta(minutes=9, seconds=59)) == 1
    assert dataset.step_at(START + dt.timedelta(minutes=5 * STEPS - 1)) == STEPS - 1


def test_a_moment_behind_a_gap_finds_its_reading():
    moments = regular_calendar(START, STEPS + 12, 288).timestamps
    dataset = build(readings(), calendar_of_moments(np.delete(moments, range(20, 32))))
    assert dataset.step_at(START + dt.timedelta(minutes=5 * 32)) == 20
    assert dataset.step_at(START + dt.timedelta(minutes=5 * 25)) == 19


@pytest.mark.parametrize("minutes", [-1, 5 * STEPS])
def test_a_moment_outside_the_series_is_refused(minutes):
    with pytest.raises(
        DataError, match="choose a moment from 2012-03-01 00:00 to 2012-03-01 04:55"
    ):
        build(readings()).step_at(START + dt.timedelta(minutes=minutes))


def test_a_moment_with_a_time_zone_is_refused():
    with pytest.raises(DataError, match="has a time zone"):
        build(readings()).step_at(START.replace(tzinfo=dt.UTC))


def test_without_dates_no_moment_is_found():
    known = regular_calendar(START, STEPS, 288)
    dataset = build(readings(), calendar_of_columns(known.tod_index / 288, known.dow))
    assert dataset.timestamps is None
    assert dataset.info.start is None
    with pytest.raises(DataError, match='has no dates; add "start"'):
        dataset.step_at(START)
