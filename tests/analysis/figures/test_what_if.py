"""Figures of exchanged parameters: what is missing stays a gap, and darkest is what hurts."""

import numpy as np
import pytest

from analysis.figures.colours import DIFFERENCES
from analysis.figures.what_if import cluster_errors, window_forecasts

NAN = float("nan")
MINUTES = np.array([-5.0, 0.0]), np.array([5.0, 10.0, 15.0])


def window(truth):
    return window_forecasts(
        MINUTES,
        np.array([60.0, NAN]),
        np.array(truth),
        {"own": np.array([60.0, 59.0, 58.0]), "other": np.array([60.0, 50.0, 40.0])},
        quantity="speed",
        unit="mph",
    )


def test_readings_that_are_missing_are_gaps_and_forecasts_start_after_the_moment():
    read, own, other = window([61.0, NAN, 59.0]).data
    assert np.isnan(read.y[[1, 3]]).all()
    assert read.connectgaps is None
    assert min(own.x) == min(other.x) == 5
    assert own.line.dash != other.line.dash  # not told by colour alone


def test_a_window_without_any_reading_is_drawn():
    read, own, _ = window([NAN] * 3).data
    assert len(read.x) == 5
    assert len(own.x) == 3


def test_axes_have_units():
    layout = window([60.0] * 3).layout
    assert layout.yaxis.title.text == "speed (mph)"
    assert "minutes" in layout.xaxis.title.text


@pytest.mark.parametrize("excess", [np.zeros((3, 3)), np.full((3, 3), NAN), np.eye(3) - 2])
def test_the_scale_is_even_around_no_change_and_darkest_where_it_hurts(excess):
    trace = cluster_errors(excess, ["0 I-5 N", "1 I-5 S", "2"], unit="mph").data[0]
    assert trace.zmax == -trace.zmin > 0
    assert [tuple(stop) for stop in trace.colorscale] == DIFFERENCES
    np.testing.assert_array_equal(trace.z, excess)
    assert list(trace.y) == ["0 I-5 N", "1 I-5 S", "2"]
