"""Rows on a regular series: absent, repeated, late and shifted ones, and changes of the clock."""

import datetime as dt
from contextlib import closing

import numpy as np
import pytest

from himnet.errors import DataError
from himnet.prepare.grid import days_and_times, find_grid, regular_moments
from himnet.prepare.spool import Spool

START = np.datetime64("2024-03-01T00:00", "s")


def hours(*numbers):
    return START + np.array(numbers) * np.timedelta64(1, "h")


@pytest.fixture
def spool():
    with closing(Spool(2)) as made:
        yield made


def gridded(spool, moments, values=None, **ways):
    """Return the grid of rows, and their readings on it."""
    if values is None:
        values = np.arange(2 * len(moments), dtype=np.float32).reshape(-1, 2)
    spool.append(np.asarray(values, dtype=np.float32))
    grid = find_grid(moments, spool, **ways)
    return grid, np.concatenate(list(grid.blocks(spool)))


def test_regular_rows_stay_as_they_are(spool):
    grid, values = gridded(spool, hours(*range(30)))
    assert grid.unchanged
    assert (grid.step, grid.steps_per_day, grid.notes) == (3600, 24, ())
    np.testing.assert_array_equal(values, np.arange(60).reshape(-1, 2))
    np.testing.assert_array_equal(grid.moments, hours(*range(30)))


def test_absent_rows_are_missing(spool):
    grid, values = gridded(spool, hours(0, 1, 2, 5, 6, 7, 8))
    assert grid.counts["absent"] == 2
    assert not grid.unchanged
    assert np.isnan(values[3:5]).all()
    np.testing.assert_array_equal(values[5], [6, 7])
    assert any("they say: 2 (22.22% of the steps)" in note for note in grid.notes)


def test_rows_out_of_order_are_sorted(spool):
    order = [3, 0, 2, 1, 4]
    grid, values = gridded(spool, hours(*order), [[n, n] for n in order])
    np.testing.assert_array_equal(values[:, 0], np.arange(5))
    assert grid.counts["late"] == 3


def test_rows_of_one_moment_are_merged_and_contradictions_are_named(spool):
    nan = np.nan
    values = [[1, nan], [nan, 2], [3, 3], [3, 3], [4, 4], [5, 5], [6, 6], [7, 7]]
    values += [[8, 8]] * 12 + [[9, 9]]
    moments = hours(0, 0, 1, 1, 2, 3, 4, 5, *range(6, 18), 17)
    grid, found = gridded(spool, moments, values)
    np.testing.assert_array_equal(found[:3], [[1, 2], [3, 3], [4, 4]])
    np.testing.assert_array_equal(found[-1], [8, 8])
    assert (grid.counts["repeated"], grid.counts["contradicting"]) == (2, 1)
    assert any("the first at 2024-03-01T17:00:00" in note for note in grid.notes)


def test_many_contradictions_are_refused(spool):
    with pytest.raises(
        DataError, match=r"5 of 10 rows have the time of another row .* 00:00:00|5 of"
    ):
        gridded(spool, hours(*range(5), *range(5)))


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_an_hour_that_occurs_twice_is_kept_once_and_one_that_is_skipped_is_missing(spool, minutes):
    utc = np.datetime64("2024-03-30T00:00", "s") + np.arange(
        300 * 1440 // minutes
    ) * np.timedelta64(minutes, "m")
    summer = (utc >= np.datetime64("2024-03-31T01:00")) & (utc < np.datetime64("2024-10-27T01:00"))
    local = utc + np.timedelta64(1, "h") + summer * np.timedelta64(1, "h")
    grid, values = gridded(spool, local)
    told = " ".join(grid.notes)
    assert "the hour from 2024-10-27T02:00:00 occurs twice" in told
    assert "the hour from 2024-03-31T02:00:00 is absent" in told
    assert grid.counts["absent"] == 60 // minutes
    assert grid.counts["repeated"] == grid.counts["contradicting"] == grid.counts["late"] == 0
    at = int((np.datetime64("2024-10-27T02:00") - grid.start) / np.timedelta64(minutes, "m"))
    first = np.flatnonzero(local == np.datetime64("2024-10-27T02:00"))[0]
    assert values[at, 0] == 2 * first


def test_jitter_is_snapped_and_said(spool):
    off = np.array([0, 3, -4, 2, 1]) * np.timedelta64(1, "s")
    grid, _ = gridded(spool, hours(*range(5)) + off)
    np.testing.assert_array_equal(grid.moments, hours(*range(5)))
    assert any("by up to 4 seconds, moved to the nearest step: 4" in note for note in grid.notes)


def test_a_constant_shift_is_taken_back(spool):
    grid, _ = gridded(spool, hours(*range(5)) + np.timedelta64(30, "m"))
    np.testing.assert_array_equal(grid.moments, hours(*range(5)))
    assert any("1,800 seconds after whole steps" in note for note in grid.notes)


def test_moments_far_off_the_grid_are_refused_with_the_largest_offset(spool):
    moments = hours(*range(20))
    moments[7] += np.timedelta64(25, "m")
    with pytest.raises(DataError, match="2024-03-01T07:25:00 is 1,500 seconds off the grid"):
        gridded(spool, moments)


def test_the_given_step_is_taken(spool):
    rng = np.random.default_rng(0)
    moments = hours(*range(50)) + rng.integers(-200, 200, 50) * np.timedelta64(1, "s")
    grid, _ = gridded(spool, moments, step_minutes=60)
    assert (grid.step, grid.counts["absent"]) == (3600, 0)


def test_an_interval_that_is_no_part_of_a_day_is_refused(spool):
    moments = START + np.arange(50) * np.timedelta64(7, "m")
    with pytest.raises(DataError, match=r"420 seconds \(100% of them\)"):
        gridded(spool, moments)


def test_a_date_far_away_is_named(spool):
    with pytest.raises(DataError, match=r"nothing from 2024-03-02T05:00:00 to 2064"):
        gridded(spool, np.append(hours(*range(30)), np.datetime64("2064-01-01T00:00", "s")))


def test_columns_of_the_calendar_become_moments():
    steps = np.arange(48) % 24
    tod, dow = (steps / 24).astype(np.float32), np.repeat([5.0, 6.0], 24)
    for start in (None, dt.datetime(2024, 3, 2)):
        moments, minutes = days_and_times(tod, dow, start, None)
        assert minutes == 60
        assert moments[0].astype(dt.datetime).weekday() == 5
    assert str(moments[0]) == "2024-03-02T00:00:00"
    with pytest.raises(DataError, match=r"should start at .* 07:00"):
        days_and_times(tod, dow, dt.datetime(2024, 3, 2, 7), None)


def test_rows_without_times_follow_from_start_and_step():
    moments = regular_moments(dt.datetime(2024, 3, 1), 7.5, 3)
    assert [str(moment)[11:] for moment in moments] == ["00:00:00", "00:07:30", "00:15:00"]
    with pytest.raises(DataError, match="does not divide a day"):
        regular_moments(dt.datetime(2024, 3, 1), 7, 3)


def test_steps_that_a_published_set_lacks_stay_absent(spool):
    moments = hours(*range(2), *range(3, 30))
    grid, values = gridded(spool, moments, published=moments)
    np.testing.assert_array_equal(grid.moments, moments)
    np.testing.assert_array_equal(values, np.arange(2 * len(moments)).reshape(-1, 2))
    assert grid.counts["absent"] == 0
    assert not grid.notes


def test_other_rows_than_a_published_set_has_are_filled_in(spool):
    published = hours(*range(2), *range(3, 30))
    grid, _ = gridded(spool, hours(*range(5), *range(6, 30)), published=published)
    assert len(grid.moments) == 30
    assert grid.counts["absent"] == 1
