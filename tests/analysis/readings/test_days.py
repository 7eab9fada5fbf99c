"""Days and times of day as texts."""

import pytest

from analysis.readings.days import clock_time, short_day


@pytest.mark.parametrize(
    ("tod_index", "per_day", "told"),
    [
        (0, 288, "00:00"),
        (96, 288, "08:00"),
        (287, 288, "23:55"),
        (1, 7, "03:25"),
        (999, 1000, "23:58"),
        (0, 1, "00:00"),
        (86_399, 86_400, "23:59:59"),
        (1, 2_880, "00:00:30"),
    ],
)
def test_a_time_is_told_with_seconds_where_it_needs_them(tod_index, per_day, told):
    assert clock_time(tod_index, per_day) == told


@pytest.mark.parametrize("per_day", [1, 7, 25, 288, 1000, 1440, 1441, 10_000, 86_400])
def test_no_two_times_of_a_day_are_told_alike(per_day):
    assert len({clock_time(at, per_day) for at in range(per_day)}) == per_day


def test_days_without_a_calendar_keep_their_numbers():
    assert [short_day(name) for name in ("Saturday", "Day 6")] == ["Sat", "Day 6"]
