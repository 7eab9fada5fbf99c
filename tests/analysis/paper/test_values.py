"""What is drawn over time: readings where they are, else forecasts, of the day asked for."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.paper.values import chosen_day, week_of
from himnet.data.synthetic import synthetic_city
from tests.analysis.paper.places import material, without_roads
from tests.app import made_up


@pytest.fixture(scope="module")
def tracked(folder):
    return material(folder, "tracked")


@pytest.fixture(scope="module")
def read(folder):
    info = synthetic_city(num_nodes=made_up.SENSORS, days=9).info
    return material(folder, "read", track=False, info=info)


@pytest.fixture(scope="module")
def dateless(folder):
    return material(folder, "dateless", info=without_roads())


def test_forecasts_stand_for_readings_and_say_so(tracked):
    week = week_of(tracked, None)
    assert week.count == made_up.DAYS
    assert week.minutes_ahead == 5
    assert week.day_names(tracked.info) == ["Mo", "Tu", "We"]
    said = week.said(tracked.info)
    assert "2024-01-01 to 2024-01-03" in said
    assert "Forecasts of the model, 5 minutes ahead, instead of readings" in said


def test_readings_are_a_week_of_the_data_set(read):
    week = week_of(read, "2024-01-02")
    assert week.count == 7
    assert week.minutes_ahead == 0
    assert week.said(read.info) == "Generated readings for 2024-01-02 to 2024-01-08."
    expected = read.dataset.readings()[288 : 8 * 288]
    assert np.array_equal(week.values, expected, equal_nan=True)
    assert np.allclose(np.diff(week.days), 1 / 288)


def test_the_first_day_has_its_readings_before_the_first_window(read):
    assert len(week_of(read, None).days) == 7 * 288


def test_a_week_ends_where_the_data_ends(read):
    assert week_of(read, "2024-01-08").count == 2


def test_days_without_a_calendar_have_numbers(dateless):
    week = week_of(dateless, "1")
    assert week.day_names(dateless.info) == ["1", "2"]
    assert "days 1 to 2" in week.said(dateless.info)
    assert chosen_day(dateless, None) == 0
    with pytest.raises(AnalysisError, match=r"no dates, so 2024-01-01 cannot .* number of a day"):
        chosen_day(dateless, "2024-01-01")
    with pytest.raises(AnalysisError, match="day 3 is not one of the available days"):
        chosen_day(dateless, "3")


def test_a_day_that_there_is_not_is_named(tracked):
    assert chosen_day(tracked, "2024-01-03") == chosen_day(tracked, None) + 2
    with pytest.raises(AnalysisError, match=r"2024-01-04 is not one of .* days, 2024-01-01 to"):
        chosen_day(tracked, "2024-01-04")
    with pytest.raises(AnalysisError, match="'3' is not a date; write it as 2012-03-01"):
        chosen_day(tracked, "3")


def test_with_neither_data_nor_track_there_is_no_day(tracked):
    alone = replace(tracked, track=None)
    assert week_of(alone, None) is None
    with pytest.raises(AnalysisError, match="there is no track next to"):
        chosen_day(alone, None)
