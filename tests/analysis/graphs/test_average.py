"""The average row, how much the directions differ, and lengths of connections."""

import numpy as np
import pytest

from analysis.city.roads import find_roads, sensor_frame
from analysis.graphs.average import average_row, rows_of_sample
from analysis.graphs.direction import direction
from analysis.graphs.learnt import learnt_graph
from analysis.graphs.lengths import lengths_of
from himnet.data.info import Sensors


def graph_of(count=12, *, scale=1.0):
    return learnt_graph(scale * np.random.default_rng(0).normal(size=(count, 4)))


def test_the_average_row_sums_to_one():
    graph = graph_of()
    row = average_row(graph.rows)
    assert row.floor + row.own + row.others == pytest.approx(1)
    assert row.others == pytest.approx(graph.rows.read.mean())


def test_a_uniform_graph_is_all_floor():
    row = average_row(learnt_graph(np.zeros((5, 2))).rows)
    assert (row.floor, row.own, row.others) == (1.0, 0.0, 0.0)


def test_rows_of_a_large_city_are_exact_and_their_columns_estimates(monkeypatch):
    graph = graph_of(40)
    monkeypatch.setattr("analysis.graphs.average.is_large", lambda count: True)
    chosen = np.arange(0, 40, 2)
    monkeypatch.setattr("analysis.graphs.average.sample", lambda count: chosen)
    rows, places = rows_of_sample(graph)
    np.testing.assert_array_equal(places, chosen)
    np.testing.assert_allclose(rows.others, graph.rows.others[chosen])
    excess = graph.excess(chosen)
    excess[np.arange(20), chosen] = 0
    np.testing.assert_allclose(rows.read, 2 * excess.sum(axis=0))


@pytest.mark.parametrize("scale", [0.3, 1.0, 3.0])
def test_directions_differ_by_the_floors_alone(scale):
    graph = graph_of(scale=scale)
    weights = graph.weights()
    low, high = np.minimum(weights, weights.T), np.maximum(weights, weights.T)
    apart = (1 - low / high)[np.triu_indices(len(graph), 1)]
    found = direction(graph, graph.rows.floor)
    assert found.median == pytest.approx(np.median(apart))
    assert found.largest == pytest.approx(apart.max())


def test_a_direction_is_not_told_of_one_sensor_or_of_scores_with_one():
    rng = np.random.default_rng(0)
    both = learnt_graph(rng.normal(size=(5, 2)), rng.normal(size=(5, 2)))
    assert direction(both, both.rows.floor) is None
    assert direction(learnt_graph(np.ones((1, 2))), np.ones(1)) is None


def test_lengths_follow_the_road_where_both_lie_on_it():
    corner = [(34.0, -118.0), (34.01, -118.0), (34.02, -118.0), (34.02, -118.012), (34.0, -118.012)]
    sensors = Sensors(
        tuple("abcde"), *np.array(corner).T, freeway=("1",) * 4 + ("2",), direction=("N",) * 5
    )
    frame = sensor_frame(sensors)
    first, second = np.array([0, 0, 0]), np.array([1, 3, 4])
    found = lengths_of(frame, find_roads(frame), first, second)
    metres = found.metres
    assert found.on_road.tolist() == [True, True, False]
    assert np.isnan(found.along).tolist() == [False, False, True]
    assert found.straight[1] < found.along[1]
    assert metres == pytest.approx([1109, 3327, 1108], rel=0.01)
    ends = np.array([frame.geometry.iloc[place].coords[0] for place in (0, 3)])
    assert metres[1] > 1.2 * np.linalg.norm(ends[0] - ends[1])
