"""The decoder's graph over a day: the same as from whole matrices, in blocks of any size."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.graphs import over_time
from analysis.graphs.of_model import decoder_graph
from analysis.graphs.over_time import OverDay, day_graphs, most_moments, over_day
from analysis.readings.days import Day
from himnet.model.parameters import HimNetParameters
from tests.analysis.embeddings_only import tables
from tests.analysis.expanded import ONE_LAYER, SENSORS, trained_like

MOMENTS = 9


@pytest.fixture
def model():
    return HimNetParameters(trained_like(ONE_LAYER), ONE_LAYER)


@pytest.fixture
def day():
    rng = np.random.default_rng(0)
    embedding = rng.normal(size=(MOMENTS, SENSORS, 5)).astype(np.float32)
    steps = np.arange(100, 100 + MOMENTS)
    return Day(np.arange(MOMENTS) / 2, steps, embedding, np.zeros((MOMENTS, SENSORS)))


def test_mean_and_difference_are_those_of_the_whole_matrices(model, day, monkeypatch):
    monkeypatch.setattr(over_time, "_BLOCK", 5 * SENSORS)  # several blocks
    whole = np.stack([decoder_graph(model, one).weights() for one in day.embedding])
    mean = whole.mean(axis=0)
    told = []
    found = over_day(model, day, tell=told.append)
    expected = np.abs(whole - mean).sum(axis=2).mean(axis=1) / 2
    np.testing.assert_allclose(found.difference, expected)
    np.testing.assert_array_equal(found.steps, day.steps)
    assert told == sorted(told)
    assert told[-1] == 1
    graphs = day_graphs(model, day)
    np.testing.assert_allclose(graphs.mean(), mean)
    rows = np.array([2, 7])
    np.testing.assert_allclose(graphs.change(3, rows), whole[3, rows] - mean[rows], atol=1e-12)


def test_parts_are_medians_over_the_sensors(model, day):
    found = over_day(model, day)
    rows = [decoder_graph(model, one).rows for one in day.embedding]
    np.testing.assert_allclose(found.of("own"), [np.median(one.own) for one in rows])
    np.testing.assert_allclose(
        found.of("largest"), [SENSORS * np.median(one.largest) for one in rows]
    )


def test_a_day_that_never_changes_differs_nowhere(model, day):
    still = Day(day.hours, day.steps, np.repeat(day.embedding[:1], MOMENTS, axis=0), day.values)
    np.testing.assert_allclose(over_day(model, still).difference, 0, atol=1e-12)


def test_large_cities_take_fewer_moments_evenly(model, day):
    assert most_moments(207) >= 288
    assert most_moments(8_600) == 4
    few = over_day(model, day, most=3)
    np.testing.assert_array_equal(few.steps, [100, 104, 108])


def test_the_moments_that_differ_most_are_apart():
    hours = np.arange(6) / 2
    difference = np.array([0.1, 0.5, 0.6, 0.4, 0.2, 0.3])
    found = OverDay(hours, np.arange(6), np.zeros((6, 5)), difference)
    assert found.most(2) == [2, 5]
    assert found.most(2, apart=0) == [2, 1]
    assert len(found.most(99)) == 3


def test_a_model_without_graphs_says_so(day):
    with pytest.raises(AnalysisError, match="learn no graph"):
        over_day(tables(SENSORS), day)
