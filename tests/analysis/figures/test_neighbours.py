"""Series of a sensor and its neighbours: one colour each, gaps where nothing was read."""

import numpy as np
import pytest

from analysis.figures.colours import PALETTE
from analysis.figures.neighbours import neighbour_series
from tests.analysis.expanded import SENSORS
from tests.analysis.towns import NAMELESS, TOWN

TIMES = np.datetime64("2012-03-01", "s") + np.arange(12) * np.timedelta64(300, "s")


@pytest.fixture
def readings():
    found = np.random.default_rng(0).uniform(20, 60, (12, SENSORS))
    found[4:6, 13] = np.nan
    return found


def draw(readings, sensors=TOWN, others=(2, 13), times=TIMES, **options):
    return neighbour_series(
        times, readings, 7, others, sensors=sensors, quantity="speed", unit="mph", **options
    )


def test_the_sensor_is_drawn_strongly_on_top_and_named_first(readings):
    figure = draw(readings)
    assert [trace.name for trace in figure.data] == ["s2 A N", "s13 B E", "s7 A S"]
    *neighbours, own = figure.data
    assert own.line.width > max(trace.line.width for trace in neighbours)
    assert own.legendrank < 1000  # Plotly's own rank of all others
    assert len({trace.line.color for trace in figure.data}) == 3
    assert own.line.color == PALETTE[0]


def test_readings_and_gaps_are_those_of_the_columns(readings):
    by_name = {trace.name: np.asarray(trace.y) for trace in draw(readings).data}
    assert by_name["s7 A S"] == pytest.approx(readings[:, 7], abs=0.01)
    assert np.flatnonzero(np.isnan(by_name["s13 B E"])).tolist() == [4, 5]
    assert not any(trace.connectgaps for trace in draw(readings).data)


def test_sensors_of_unknown_road_have_their_id_alone(readings):
    assert [trace.name for trace in draw(readings, NAMELESS).data] == ["2", "13", "7"]


def test_a_sensor_without_neighbours_is_drawn_alone(readings):
    (alone,) = draw(readings, others=(), times=np.arange(12) / 12, meta={"day": 1}).data
    assert alone.name == "s7 A S"
