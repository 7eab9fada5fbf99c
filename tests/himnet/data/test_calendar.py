"""Calendars: rounding where truncation is wrong, and dates that agree with the columns."""

import datetime as dt

import numpy as np
import pytest

from himnet.data.calendar import (
    calendar_of_columns,
    calendar_of_moments,
    day_of_week,
    regular_calendar,
    time_of_day_index,
)
from himnet.errors import DataError

START = dt.datetime(2012, 3, 1)  # a Thursday
WEEK = 7 * 288
DST = np.datetime64("2012-03-11T02:00:00")


def columns(calendar, dtype=np.float32):
    return (calendar.tod_index / calendar.steps_per_day).astype(dtype), calendar.dow.astype(dtype)


def with_gap(steps=WEEK * 2):
    """Moments of which the hour that summer time skips is left out."""
    moments = regular_calendar(START, steps, 288).timestamps
    return moments[(moments < DST) | (moments >= DST + np.timedelta64(1, "h"))]


@pytest.mark.parametrize("per_day", [1, 24, 96, 288, 1440])
def test_every_time_of_day_finds_its_row_however_it_was_computed(per_day):
    rows = np.arange(per_day)
    for tod in (rows / per_day, rows * (1 / per_day), (rows / per_day).astype(np.float32)):
        np.testing.assert_array_equal(time_of_day_index(tod, per_day), rows)


def test_truncation_would_have_lost_rows():
    tod = np.arange(288) * (1 / 288)
    assert ((tod * 288).astype(int) != np.arange(288)).any()


def test_half_precision_is_near_enough():
    tod = (np.arange(288) / 288).astype(np.float16)
    np.testing.assert_array_equal(time_of_day_index(tod, 288), np.arange(288))


@pytest.mark.parametrize("value", [1.0, -0.1, 2.5, np.nan, np.inf])
def test_a_time_of_day_is_a_fraction_of_a_day(value):
    with pytest.raises(DataError, match=r"the time of day of step 1 is .* in \[0, 1\)"):
        time_of_day_index(np.array([0.0, value]), 288)


def test_a_time_of_day_between_steps_is_refused():
    with pytest.raises(DataError, match='not a multiple of 1/288 of a day; set "step_minutes"'):
        time_of_day_index(np.array([0.0, 1 / 1440]), 288)


@pytest.mark.parametrize("value", [0.5, 3 / 7, 7, -1, np.nan])
def test_a_day_of_week_is_a_whole_number_from_0_to_6(value):
    with pytest.raises(DataError, match="a whole number from 0 to 6"):
        day_of_week(np.array([0.0, value]))


def test_days_stored_as_fractions_of_a_week_get_a_hint():
    with pytest.raises(DataError, match=r"step 0 is 0\.428571.*multiply by 7 and round"):
        day_of_week(np.full(10, np.float32(3 / 7)))


def test_a_regular_calendar_counts_from_its_start():
    calendar = regular_calendar(START, WEEK + 1, 288)
    assert calendar.start_time == START
    assert calendar.tod_index[[0, 287, 288]].tolist() == [0, 287, 0]
    assert calendar.dow[[0, 288, 4 * 288, WEEK]].tolist() == [3, 4, 0, 3]
    assert calendar.timestamps[-1] == np.datetime64("2012-03-08T00:00:00")


@pytest.mark.parametrize("first", range(7))
def test_the_first_weekday_turns_the_numbers(first):
    calendar = regular_calendar(START, 10, 288, first_weekday=first)
    assert (calendar.dow[0] + first) % 7 == START.weekday()


@pytest.mark.parametrize("per_day", [0, -1, 7, 86_401])
def test_steps_are_whole_seconds(per_day):
    with pytest.raises(DataError, match="whole number of seconds"):
        regular_calendar(START, 10, per_day)


def test_a_start_between_steps_is_refused():
    with pytest.raises(DataError, match="not a whole number of steps of 300 seconds"):
        regular_calendar(START + dt.timedelta(minutes=2), 10, 288)


def test_moments_tell_everything():
    moments = regular_calendar(START, WEEK, 96).timestamps
    calendar = calendar_of_moments(moments)
    assert calendar.steps_per_day == 96
    np.testing.assert_array_equal(calendar.tod_index, np.arange(WEEK) % 96)
    np.testing.assert_array_equal(calendar.dow, (3 + np.arange(WEEK) // 96) % 7)


def test_a_gap_does_not_shift_what_follows():
    moments = with_gap()
    calendar = calendar_of_moments(moments)
    after = int(np.searchsorted(moments, DST))
    assert calendar.tod_index[after - 1 : after + 1].tolist() == [23, 36]
    again = calendar_of_columns(*columns(calendar), start=START)
    np.testing.assert_array_equal(again.timestamps, moments)


@pytest.mark.parametrize(
    ("stamps", "said"),
    [
        (["2012-03-01T00:00"], "1 row.s. of readings"),
        (
            ["2012-03-01T00:00", "2012-03-01T00:05", "2012-03-01T00:05"],
            "do not increase at .*00:05",
        ),
        (["2012-03-01T00:05", "2012-03-01T00:00"], "do not increase at .*00:00"),
        (["2012-03-01T00:00", "NaT"], "row 1 of FILE has no timestamp"),
        (["2012-03-01T00:00", "2012-03-01T00:07", "2012-03-01T00:14"], "mostly 420 seconds"),
        (["2012-03-01T00:02", "2012-03-01T00:07"], "00:02:00 of FILE is not a whole number"),
        (
            ["2012-03-01T00:00", "2012-03-01T00:05", "2012-03-01T00:10", "2012-03-01T00:12"],
            "00:12:00 of FILE is not a whole number",
        ),
    ],
)
def test_moments_that_are_no_clock_are_refused(stamps, said):
    with pytest.raises(DataError, match=said):
        calendar_of_moments(np.array(stamps, dtype="datetime64[s]"), source="FILE")


@pytest.mark.parametrize("per_day", [24, 96, 288, 1440, 5760])
def test_steps_per_day_are_read_off_the_times_of_day(per_day):
    known = regular_calendar(START + dt.timedelta(hours=5), 3 * per_day + 7, per_day)
    calendar = calendar_of_columns(*columns(known))
    assert calendar.steps_per_day == per_day
    np.testing.assert_array_equal(calendar.tod_index, known.tod_index)
    np.testing.assert_array_equal(calendar.dow, known.dow)
    assert calendar.timestamps is None
    assert calendar.first_weekday is None


def test_a_start_gives_the_columns_dates_and_weekdays():
    known = regular_calendar(START, 600, 288, first_weekday=3)  # day 0 is the file's first day
    calendar = calendar_of_columns(*columns(known), start=START)
    assert calendar.first_weekday == 3
    np.testing.assert_array_equal(calendar.timestamps, known.timestamps)


def test_a_start_that_contradicts_the_columns_is_refused():
    tod, dow = columns(regular_calendar(START, 600, 288))
    with pytest.raises(DataError, match="its first time of day is 0 steps after midnight"):
        calendar_of_columns(tod, dow, start=START + dt.timedelta(hours=1))
    with pytest.raises(DataError, match=r"starts on Friday 2012-03-02 with day-of-week number 3"):
        calendar_of_columns(tod, dow, start=START + dt.timedelta(days=1), first_weekday=0)


def test_a_step_length_that_contradicts_the_columns_is_refused():
    tod, dow = columns(regular_calendar(START, 600, 96))
    with pytest.raises(DataError, match=r'advances by 3 steps .* correct "step_minutes"'):
        calendar_of_columns(tod, dow, steps_per_day=288)


def test_a_day_that_never_turns_is_refused():
    tod, dow = columns(regular_calendar(START, 900, 288))
    with pytest.raises(DataError, match=r"does not advance at midnight .step 288."):
        calendar_of_columns(tod, np.zeros_like(dow))


def test_steps_that_are_no_whole_seconds_are_refused():
    tod = np.arange(14) % 7 / 7
    with pytest.raises(DataError, match="not a whole number of seconds"):
        calendar_of_columns(tod, np.arange(14) // 7)


@pytest.mark.parametrize("steps", [0, 1])
def test_one_step_is_no_series(steps):
    with pytest.raises(DataError, match="at least 2 are needed"):
        calendar_of_columns(np.zeros(steps), np.zeros(steps))
