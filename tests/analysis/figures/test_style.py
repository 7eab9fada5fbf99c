"""Axes of time spans."""

import numpy as np

from analysis.figures.style import ticks_of_minutes


def test_an_axis_of_minutes_has_few_ticks_and_is_in_hours_where_it_is_long():
    assert ticks_of_minutes(np.arange(-55, 61, 5)) == ("minutes", {"dtick": 15})
    for step in (15, 60, 24 * 60, 7 * 24 * 60):
        unit, ticks = ticks_of_minutes(step * np.arange(-11, 13))
        assert unit == "hours"
        assert 2 <= len(ticks["tickvals"]) <= 10
        assert [float(text) * 60 for text in ticks["ticktext"]] == ticks["tickvals"]
        assert 0 in ticks["tickvals"]
