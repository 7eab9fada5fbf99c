"""Means of blocks of a matrix without its diagonal, whatever the blocks of rows."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.graphs.learnt import learnt_graph
from analysis.graphs.matrix import mean_cells


def literal(matrix, order, starts):
    """Return the means written out cell by cell."""
    blocks = np.split(order, starts[1:])
    return np.array(
        [[pairs(matrix, rows, columns) for columns in blocks] for rows in blocks], dtype=float
    )


def pairs(matrix, rows, columns):
    found = [matrix[row, column] for row in rows for column in columns if row != column]
    return np.mean(found) if found else np.nan


@pytest.mark.parametrize("block", [1, 70, 10_000])
@pytest.mark.parametrize("chosen", [23, 9])
def test_cells_are_the_means_over_pairs_of_different_sensors(monkeypatch, block, chosen):
    rng = np.random.default_rng(0)
    graph = learnt_graph(rng.normal(size=(23, 4)))
    order, starts = rng.permutation(23)[:chosen], np.array([0, 1, 5])
    monkeypatch.setattr("analysis.graphs.matrix._BLOCK", block)
    found = mean_cells(graph.excess, order, starts)
    np.testing.assert_allclose(found, literal(graph.excess(), order, starts), atol=1e-15)
    assert np.isnan(found[0, 0])


@pytest.mark.parametrize("starts", [[], [1], [0, 4]])
def test_cells_outside_of_the_sensors_are_refused(starts):
    with pytest.raises(AnalysisError, match="begin"):
        mean_cells(lambda rows: np.ones((len(rows), 4)), np.arange(4), np.array(starts, dtype=int))
