"""Days, weeks and what is drawn over them: readings, else forecasts, and never made-up values."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest

from analysis.readings.days import (
    dataset_days,
    date_of,
    day_from_dataset,
    day_from_track,
    day_label,
    day_numbers,
    readings_at,
    track_days,
)
from analysis.readings.source import forecasts_in, readings_of
from himnet.data.synthetic import synthetic_city
from himnet.forecasting.track import load_track

HISTORY = 12


@pytest.fixture(scope="module")
def track(checkpoints):
    return load_track(checkpoints / "city")


@pytest.fixture(scope="module")
def dateless(checkpoints):
    return load_track(checkpoints / "dateless")


@pytest.fixture(scope="module")
def small():
    return synthetic_city(num_nodes=24, days=3)


def test_days_are_counted_from_1970_where_there_is_a_calendar(small):
    days = dataset_days(small, HISTORY)
    assert date_of(int(days[HISTORY])) == dt.date(2024, 1, 1)
    assert sorted(set(days.tolist())) == [-1, 19_723, 19_724, 19_725]


def test_moments_without_history_belong_to_no_day(small):
    days = dataset_days(small, HISTORY)
    assert (days == -1).sum() == HISTORY - 1
    assert (days[: HISTORY - 1] == -1).all()


def test_without_calendar_the_first_day_is_the_one_that_the_data_begin_in():
    begins_at_noon = (np.arange(20) + 6) % 12  # twelve readings a day
    steps = np.arange(20)
    days = day_numbers(steps, begins_at_noon, None, 12)
    assert days.tolist() == [0] * 6 + [1] * 12 + [2] * 2


def test_a_day_changes_at_midnight_with_and_without_calendar(track, dateless, city_info):
    for each in (track, dateless):
        days = track_days(each, city_info)
        turns = np.flatnonzero(np.diff(days))
        assert (each.tod_index[turns + 1] == 0).all()
        assert len(turns) == 2


@pytest.fixture(scope="module")
def city_info(small):
    return small.info


def test_days_have_names_where_there_is_a_calendar(city_info):
    assert day_label(19_723, city_info) == "Monday, 1 January 2024"
    assert day_label(2, replace(city_info, start=None)) == "day 2"


def test_missing_readings_are_gaps_and_not_zeros(small):
    steps = np.arange(len(small.values))
    found = readings_at(small, steps)
    missing = small.values == 0
    assert missing.any()
    np.testing.assert_array_equal(np.isnan(found), missing)
    np.testing.assert_array_equal(found[~missing], small.values[~missing])


def test_zeros_of_a_data_set_that_marks_nothing_missing_are_readings(small):
    unmarked = replace(small, info=replace(small.info, missing_value=None))
    assert not np.isnan(readings_at(unmarked, np.arange(300))).any()


def test_a_day_of_the_track_without_data_set_shows_the_forecast_for_each_moment(track, city_info):
    day = day_from_track(track, 19_724, None, city_info)
    assert not day.are_readings
    assert len(day.hours) == 288
    made_before = np.flatnonzero(track.steps == day.steps[0] - 1)[0]
    expected = track.forecast_at(1)[made_before : made_before + 288]
    np.testing.assert_array_equal(day.values, expected.astype(np.float32))


def test_the_first_moment_of_a_track_was_forecast_by_nobody(track, city_info):
    day = day_from_track(track, 19_723, None, city_info)
    assert np.isnan(day.values[0]).all()
    assert np.isfinite(day.values[1:]).all()


def test_a_day_of_the_track_with_data_set_shows_readings(track, small):
    day = day_from_track(track, 19_724, small, small.info)
    assert day.are_readings
    np.testing.assert_array_equal(day.values, readings_at(small, day.steps))
    np.testing.assert_allclose(day.hours, np.arange(288) / 12)


def test_a_day_of_the_data_set_pairs_each_moment_with_its_reading(small):
    steps = np.flatnonzero(dataset_days(small, HISTORY) == 19_725)
    embedding = np.zeros((len(steps), 24, 6), dtype=np.float32)
    day = day_from_dataset(small, steps, embedding)
    assert day.hours[0] == 0
    assert day.embedding is embedding
    np.testing.assert_array_equal(day.values, readings_at(small, steps))


def test_weeks_of_readings_begin_with_the_data_and_forecasts_five_minutes_after(small, track):
    readings, forecasts = readings_of(small), forecasts_in(track)
    assert (readings.are_readings, forecasts.are_readings) == (True, False)
    assert readings.times[0] == np.datetime64("2024-01-01T00:00")
    assert forecasts.times[0] == np.datetime64("2024-01-01T01:00")
    assert forecasts.minutes_ahead == 5
    assert [len(week) for week in readings.weeks] == [3 * 288]
    assert readings.week_label(readings.weeks[0]) == "1 January to 3 January 2024"


def test_weeks_without_calendar_are_numbered(dateless):
    source = forecasts_in(dateless)
    assert source.week_label(source.weeks[0]) == "week 1"
    assert source.times[0] == pytest.approx(1 / 288)


def test_forecasts_are_given_by_row_and_readings_by_step(small, track):
    rows = np.array([0, 5])
    np.testing.assert_array_equal(forecasts_in(track).values(rows), track.forecast_at(1)[rows])
    np.testing.assert_array_equal(readings_of(small).values(rows), readings_at(small, rows))
