"""Graphs against the world: ranks by the libraries' definitions, QAP by all permutations."""

from itertools import permutations

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import roc_auc_score

from analysis.errors import AnalysisError
from analysis.graphs.field import kernel
from analysis.graphs.learnt import learnt_graph
from analysis.graphs.world import Comparison, World

COUNT = 12
FIRST, SECOND = np.triu_indices(COUNT, 1)


def symmetric(count=COUNT, *, seed=0):
    drawn = np.random.default_rng(seed).normal(size=(count, count))
    return drawn + drawn.T


def connected(count=COUNT, *, seed=1):
    return np.random.default_rng(seed).random(count * (count - 1) // 2) < 0.3


def world(roads=("a", "a", "b", "b", "a", "b", "", "a", "b", ""), **more):
    rng = np.random.default_rng(0)
    count = len(roads)
    places = rng.uniform(0, 10_000, (count, 2))
    along = np.where([bool(name) for name in roads], rng.uniform(0, 9_000, count), np.nan)
    return World(np.arange(count), places, tuple(roads), along, np.arange(count) // 5, **more)


def test_the_value_is_the_area_under_the_curve():
    scores, target = symmetric(), connected()
    found = Comparison(np.arange(COUNT), FIRST, SECOND, target).value(scores)
    assert found == pytest.approx(roc_auc_score(target, scores[FIRST, SECOND]))
    tied = np.round(scores)
    found = Comparison(np.arange(COUNT), FIRST, SECOND, target).value(tied)
    assert found == pytest.approx(roc_auc_score(target, tied[FIRST, SECOND]))


def test_the_value_is_the_rank_correlation():
    scores, metres = symmetric(), np.abs(symmetric(seed=3))[FIRST, SECOND].round(1)
    found = Comparison(np.arange(COUNT), FIRST, SECOND, metres).value(scores)
    assert found == pytest.approx(spearmanr(scores[FIRST, SECOND], metres).statistic)


@pytest.mark.parametrize("share", [1.0, 0.6])
@pytest.mark.parametrize("cells", [None, np.array([0, 0, 0, 0, 1, 1, 1])])
def test_the_null_is_that_of_all_permutations(share, cells):
    """The permutation p and mean of many draws agree with those of every permutation."""
    count = 7
    rng = np.random.default_rng(5)
    first, second = np.triu_indices(count, 1)
    some = rng.random(len(first)) < share
    first, second = first[some], second[some]
    scores, target = symmetric(count), rng.random(len(first)) < 0.4
    pairs = Comparison(np.arange(count), first, second, target)
    assert pairs.is_of_all == (share == 1)
    where = np.zeros(count, dtype=int) if cells is None else cells

    def value(order):
        """The area under the curve, as how often a connected pair is above another one."""
        moved = scores[order[first], order[second]]
        yes, no = moved[target, None], moved[None, ~target]
        return ((yes > no) + (yes == no) / 2).mean()

    every = [
        value(np.array(order))
        for order in permutations(range(count))
        if (where[list(order)] == where).all()
    ]
    expected = np.mean(np.array(every) >= value(np.arange(count)) - 1e-12)
    found = pairs.against_permuted(scores, cells, draws=4_000)
    assert found.value == pytest.approx(value(np.arange(count)))
    assert found.null_mean == pytest.approx(np.mean(every), abs=0.01)
    assert found.p_value == pytest.approx(expected, abs=0.03)
    assert found.p_smallest == pytest.approx(max(1 / 4_001, 1 / len(every)))
    assert set(np.round(found.sample, 9)) <= set(np.round(every, 9))


def test_small_values_support_a_claim_of_the_other_sign():
    metres = -symmetric()[FIRST, SECOND]
    pairs = Comparison(np.arange(COUNT), FIRST, SECOND, metres)
    found = pairs.against_permuted(symmetric(), None, draws=99, sign=-1)
    assert found.value == pytest.approx(1)
    assert found.p_value == pytest.approx(0.01)


def test_sensors_without_a_road_are_left_out_of_what_is_about_roads():
    city = world()
    roads = city.same_road
    assert len(roads.members) == 8
    assert len(roads.first) == 8 * 7 / 2
    assert roads.connected == 2 * (4 * 3 / 2)
    along = city.along_road
    assert len(along.first) == roads.connected
    expected = city.along[along.members]
    np.testing.assert_allclose(along.target, np.abs(expected[along.first] - expected[along.second]))
    assert len(city.straight.first) == 10 * 9 / 2


def test_one_road_has_an_order_but_nothing_to_tell_apart():
    city = world(roads=("a",) * 6)
    with pytest.raises(AnalysisError, match="fewer than two roads"):
        _ = city.same_road
    assert len(city.along_road.first) == 15
    with pytest.raises(AnalysisError, match="fewer than three pairs"):
        _ = world(roads=("a", "b", "", "", "", "")).along_road


def test_near_sensors_are_the_nearest_five_of_either():
    city = world()
    near = city.near
    apart = city.distances + np.diag(np.full(10, np.inf))
    for first, second, is_near in zip(near.first, near.second, near.target, strict=True):
        ranks = [np.sum(apart[a] < apart[a, b]) for a, b in ((first, second), (second, first))]
        assert is_near == (min(ranks) < 5)
    with pytest.raises(AnalysisError, match="too few"):
        _ = world(roads=("a", "b", "a")).near


def test_without_a_file_the_adjacency_is_the_kernel_of_distances():
    city = world()
    weights = kernel(city.distances)
    pairs = city.adjacent
    np.testing.assert_array_equal(pairs.target, weights[pairs.first, pairs.second] > 0)
    apart = city.distances[~np.eye(10, dtype=bool)]
    one = np.exp(-((city.distances[0, 1] / apart.std()) ** 2))
    assert weights[0, 1] == pytest.approx(one if one >= 0.1 else 0)


def test_scores_of_directed_graphs_are_averaged_and_samples_are_parts():
    rng = np.random.default_rng(0)
    graph = learnt_graph(rng.normal(size=(10, 3)), rng.normal(size=(10, 3)))
    whole = graph.scores()
    np.testing.assert_allclose(world().scores(graph), (whole + whole.T) / 2)
    some = np.array([1, 4, 7])
    part = World(some, np.zeros((3, 2)), ("",) * 3, np.zeros(3), np.zeros(3, dtype=int))
    np.testing.assert_allclose(part.scores(graph), ((whole + whole.T) / 2)[np.ix_(some, some)])


def test_what_is_constant_has_no_value():
    everyone = np.arange(COUNT)
    none = Comparison(everyone, FIRST, SECOND, np.zeros(len(FIRST), dtype=bool))
    assert np.isnan(none.value(symmetric()))
    flat = Comparison(everyone, FIRST, SECOND, np.ones(len(FIRST)))
    assert np.isnan(flat.value(symmetric()))
