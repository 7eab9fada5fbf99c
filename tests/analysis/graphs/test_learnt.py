"""The parts of a learnt graph's rows, and its largest excesses."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.graphs.edges import largest_edges
from analysis.graphs.learnt import learnt_graph


def embeddings(count: int = 30, *, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(count, 5))


def softmax_of_relu(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(np.maximum(scores, 0))
    return powers / powers.sum(axis=1, keepdims=True)


def test_weights_are_the_softmax_of_the_positive_scores() -> None:
    left, right = embeddings(), embeddings(seed=1)
    graph = learnt_graph(left, right)
    np.testing.assert_allclose(graph.weights(), softmax_of_relu(left @ right.T), atol=1e-15)
    assert not graph.is_symmetric
    assert learnt_graph(left).is_symmetric


def test_the_parts_of_a_row_are_its_floor_self_and_others() -> None:
    rows = embeddings()
    graph, weights = learnt_graph(rows), softmax_of_relu(rows @ rows.T)
    floor = 1 / np.exp(np.maximum(rows @ rows.T, 0)).sum(axis=1)
    excess = weights - floor[:, None]
    apart = excess - np.diag(np.diag(excess))
    found = graph.rows
    np.testing.assert_allclose(found.floor, 30 * floor)
    np.testing.assert_allclose(found.own, np.diag(excess))
    np.testing.assert_allclose(found.others, apart.sum(axis=1))
    np.testing.assert_allclose(found.read, apart.sum(axis=0))
    np.testing.assert_allclose(found.floor + found.own + found.others, 1)
    np.testing.assert_allclose(found.largest, (weights - np.diag(np.diag(weights))).max(axis=1))


def test_an_excess_is_exactly_zero_where_the_score_is_not_positive() -> None:
    rows = 20 * embeddings()  # large scores, as of the decoder
    excess = learnt_graph(rows).excess()
    assert (excess[rows @ rows.T <= 0] == 0).all()
    assert (excess >= 0).all()


def test_effective_neighbours_count_equal_ones() -> None:
    found = learnt_graph(np.ones((8, 1))).rows.effective
    np.testing.assert_allclose(found, 7)
    assert (learnt_graph(np.eye(4)).rows.effective == 0).all()  # nobody reads another


@pytest.mark.parametrize("readers", [None, np.array([3, 7, 7, 11])])
def test_the_largest_edges_are_those_of_the_whole_matrix(
    readers: np.ndarray | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("analysis.graphs.learnt._BLOCK", 100)  # several blocks
    graph = learnt_graph(embeddings(), embeddings(seed=1))
    found = largest_edges(graph, 20, readers=readers)
    excess = graph.excess()
    np.fill_diagonal(excess, 0)
    rows = np.arange(30) if readers is None else np.unique(readers)
    ordered = np.sort(excess[rows].ravel())[::-1]
    np.testing.assert_array_equal(found.excess, ordered[:20])
    np.testing.assert_array_equal(excess[found.readers, found.read], found.excess)
    assert set(found.readers) <= set(rows)
    assert found.total == pytest.approx(ordered.sum())
    half = found.up_to_share(found.shares[4])
    assert len(half) == 5
    assert len(found.up_to_share(0)) == 0
    assert len(found.up_to_share(1)) == 20


@pytest.mark.parametrize("wrong", [np.ones(3), np.ones((0, 2)), np.full((2, 2), np.nan)])
def test_what_is_not_an_embedding_is_refused(wrong: np.ndarray) -> None:
    with pytest.raises(AnalysisError):
        learnt_graph(wrong)
    with pytest.raises(AnalysisError):
        largest_edges(learnt_graph(embeddings()), 0)
