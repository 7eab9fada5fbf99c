"""Scheduled sampling and the order of windows follow from seed, epoch and position alone."""

import math

import numpy as np
import pytest

from himnet.training.sampling import TeacherDraws, epoch_order, truth_probability


def test_truth_probability_is_the_published_formula():
    for batches_seen in (0, 1, 1499, 6000, 60_000):
        expected = 6000 / (6000 + math.exp(batches_seen / 6000))
        assert truth_probability(batches_seen, 6000) == pytest.approx(expected)
    assert truth_probability(52_200, 6000) == pytest.approx(0.5, abs=0.01)


def test_truth_probability_at_its_ends():
    assert truth_probability(10**9, 6000) == 0.0  # exp alone would overflow
    assert truth_probability(0, 0) == 0.0


def test_every_epoch_has_its_own_permutation():
    orders = [epoch_order(3, epoch, 50) for epoch in range(4)]
    for order in orders:
        assert np.array_equal(np.sort(order), np.arange(50))
    assert len({tuple(order) for order in orders}) == 4
    assert np.array_equal(orders[2], epoch_order(3, 2, 50))
    assert not np.array_equal(orders[2], epoch_order(4, 2, 50))


def test_draws_follow_the_probability_and_can_be_drawn_again():
    draws = TeacherDraws(0, 0, 2000, 12)
    taken = [draws.teacher(batch, 0.3) for batch in range(2000)]
    assert {len(teacher) for teacher in taken} == {11}
    assert np.mean(taken) == pytest.approx(0.3, abs=0.01)
    again = TeacherDraws(0, 0, 2000, 12)
    assert again.teacher(1234, 0.3) == taken[1234]
    assert TeacherDraws(0, 1, 2000, 12).teacher(1234, 0.3) != taken[1234]


def test_probabilities_zero_and_one_are_never_and_always():
    draws = TeacherDraws(0, 0, 10, 12)
    assert not any(draws.teacher(0, 0.0))
    assert all(draws.teacher(0, 1.0))
