"""Means over days, and how far they can be trusted."""

import numpy as np
import pytest

from analysis.evidence.intervals import by_day, cell_intervals, mean_interval


def test_sums_belong_to_their_days():
    sums = by_day(np.array([[1.0, 10], [2, 20], [4, 40]]), np.array([7, 3, 7]))
    assert np.array_equal(sums, [[2, 20], [5, 50]])


@pytest.mark.parametrize("columns", [1, 5])
@pytest.mark.parametrize("seed", range(5))
def test_an_interval_contains_its_mean_and_is_that_of_its_seed(columns, seed):
    rng = np.random.default_rng(seed)
    counts = rng.integers(1, 30, (12, columns)).astype(float)
    sums = counts * rng.normal(0.3, 1, counts.shape)
    found = mean_interval(sums, counts, seed=seed)
    assert found.low < found.value < found.high
    assert found.days == 12
    assert found.value == pytest.approx(sums.sum() / counts.sum())
    assert found == mean_interval(sums, counts, seed=seed)


def test_an_interval_covers_the_truth_about_as_often_as_it_says():
    rng, hits = np.random.default_rng(0), 0
    for _ in range(300):
        of_days = rng.normal(2.0, 1.0, (30, 1))  # all windows of a day are alike
        found = mean_interval(of_days * 50, np.full((30, 1), 50.0), draws=199)
        hits += found.low <= 2.0 <= found.high
    assert 0.88 < hits / 300 < 0.99


def test_drawing_columns_too_widens_the_interval_where_they_differ():
    sums = np.tile(np.arange(6.0), (20, 1)) + np.random.default_rng(0).normal(0, 0.1, (20, 6))
    both = mean_interval(sums, np.ones_like(sums))
    days = mean_interval(sums.sum(axis=1), np.full(20, 6.0))
    assert both.value == pytest.approx(days.value)
    assert both.high - both.low > 5 * (days.high - days.low)


def test_a_day_without_readings_weighs_nothing():
    sums, counts = np.array([10.0, 0.0, 30.0]), np.array([10.0, 0.0, 10.0])
    found = mean_interval(sums, counts)
    assert found.value == 2
    assert found.days == 2
    assert (found.low, found.high) == (1, 3)


def test_one_day_has_a_mean_but_no_interval_and_no_reading_has_neither():
    one = mean_interval(np.array([6.0]), np.array([3.0]))
    assert one.value == 2
    assert np.isnan([one.low, one.high]).all()
    assert one.days == 1
    none = mean_interval(np.zeros(4), np.zeros(4))
    assert np.isnan([none.value, none.low, none.high]).all()
    assert none.days == 0


def test_cells_have_the_intervals_that_they_have_alone():
    rng = np.random.default_rng(1)
    counts = rng.integers(1, 9, (15, 3, 1)).astype(float)
    sums = rng.normal(size=(15, 3, 2)) * counts
    counts[:, 2] = 0
    low, high = cell_intervals(sums, counts, seed=4)
    alone = mean_interval(sums[:, 1, 0], counts[:, 1, 0], seed=4)
    assert (low[1, 0], high[1, 0]) == pytest.approx((alone.low, alone.high))
    assert np.isnan(low[2]).all()
    assert np.isnan(high[2]).all()
    assert (low[:2] < high[:2]).all()
