"""Quantiles of the parts of rows."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.graphs.learnt import learnt_graph
from analysis.graphs.shares import PARTS, QUANTILES, shares_of, shares_of_rows, stacked


def graph(seed=0, count=20):
    return learnt_graph(np.random.default_rng(seed).normal(size=(count, 4)))


def test_quantiles_are_over_the_sensors_of_all_graphs():
    both = [graph(0), graph(1)]
    found = shares_of(both)
    assert found.quantiles.shape == (len(PARTS), len(QUANTILES))
    every = np.concatenate([one.rows.others for one in both])
    assert found.of("others") == pytest.approx(np.median(every))
    assert found.of("others", 0.95) == pytest.approx(np.quantile(every, 0.95))
    np.testing.assert_allclose(
        shares_of([graph()]).quantiles, shares_of_rows(graph().rows).quantiles
    )


def test_the_largest_weight_is_in_units_of_a_uniform_one():
    found = shares_of([graph()])
    assert found.of("largest", 1.0) == pytest.approx(20 * graph().rows.largest.max())


def test_several_are_stacked_even_if_there_are_none():
    some = stacked([shares_of([graph(0)]), shares_of([graph(1)])])
    assert some.of("floor").shape == (2,)
    assert stacked([]).quantiles.shape == (0, len(PARTS), len(QUANTILES))
    with pytest.raises(AnalysisError, match="no graph"):
        shares_of([])
