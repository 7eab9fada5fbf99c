"""Base lines: the means that they promise, over training steps only."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.attribution.baselines import BaseLines, base_line, base_line_words, training_end
from analysis.errors import AnalysisError
from himnet.forecasting.baselines import weekly_mean
from tests.analysis.attribution.cities import long_town

TOWN = long_town()
LINES, MIDDLE = BaseLines(TOWN), 500


def test_the_usual_one_is_the_weekly_mean_of_the_baseline_forecast():
    expected = weekly_mean(TOWN, 12)(np.array([MIDDLE - 12]))[0]
    np.testing.assert_array_equal(LINES.of_window(MIDDLE, 12), expected)
    assert LINES.chosen(None) == "weekly-mean"


def test_means_are_over_the_readings_of_training():
    end = training_end(TOWN)
    assert end < len(TOWN.values)
    expected = np.nanmean(TOWN.readings()[:end].astype(float), axis=0)
    np.testing.assert_allclose(LINES.of_window(MIDDLE, 12, "mean")[3], expected, rtol=1e-6)
    later = TOWN.values.copy()
    later[end:] += 1
    for kind in ("mean", "weekly-mean"):
        same = BaseLines(replace(TOWN, values=later)).of_window(MIDDLE, 12, kind)
        np.testing.assert_array_equal(same, LINES.of_window(MIDDLE, 12, kind))


def test_the_day_before_has_the_weekly_mean_where_it_has_no_reading():
    found = LINES.of_window(MIDDLE, 12, "last-day")
    before = TOWN.readings()[MIDDLE - 12 - 24 : MIDDLE - 24]
    missing = np.isnan(before)
    assert 0 < missing.sum() < missing.size
    np.testing.assert_array_equal(found[~missing], before[~missing])
    weekly = LINES.of_window(MIDDLE, 12)
    np.testing.assert_array_equal(found[missing], weekly[missing])


def test_a_number_is_that_number_everywhere():
    assert (LINES.of_window(MIDDLE, 12, base_line("-3.5")) == -3.5).all()
    assert base_line_words(30.0, "mph") == "30 mph"


@pytest.mark.parametrize("text", ["weekly", "", "nan", "inf", "1e99"])
def test_anything_else_is_refused(text):
    with pytest.raises(AnalysisError, match="unknown base line"):
        base_line(text)


def test_less_than_two_weeks_have_no_weekly_mean():
    short = BaseLines(long_town(days=14))
    assert short.chosen(None) == "mean"
    with pytest.raises(AnalysisError, match=r"over two weeks or more.*mean or last-day"):
        short.chosen("weekly-mean")


@pytest.mark.parametrize(("middle", "kind"), [(11, "mean"), (35, "last-day"), (10**6, "mean")])
def test_a_window_without_history_is_refused(middle, kind):
    with pytest.raises(AnalysisError, match=r"choose a later moment"):
        LINES.of_window(middle, 12, kind)
