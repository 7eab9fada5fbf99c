"""Agreement of partitions, held against scikit-learn and against what it must be."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix

from analysis.evidence.contingency import (
    adjusted_rand,
    contingency,
    normalised_mutual_information,
    purity,
)


def partitions(seed, *, count=60, first=5, second=8):
    rng = np.random.default_rng(seed)
    one = rng.integers(first, size=count)
    return one, np.where(rng.random(count) < 0.5, one, rng.integers(second, size=count))


@pytest.mark.parametrize("seed", range(5))
def test_the_measures_are_those_of_scikit_learn(seed):
    one, other = partitions(seed)
    table = contingency(one, other)
    seen = table[:, table.any(axis=0)]  # a number that no member has is a group of none
    assert np.array_equal(seen, contingency_matrix(one, other))
    assert adjusted_rand(table) == pytest.approx(adjusted_rand_score(one, other))
    shared = normalized_mutual_info_score(one, other)
    assert normalised_mutual_information(table) == pytest.approx(shared)


@pytest.mark.parametrize("seed", range(3))
def test_they_do_not_care_about_the_numbers_of_groups_or_which_comes_first(seed):
    one, other = partitions(seed, second=5)
    renamed = np.random.default_rng(seed).permutation(5)[one]
    for measure in (adjusted_rand, normalised_mutual_information):
        expected = measure(contingency(one, other))
        assert measure(contingency(renamed, other)) == pytest.approx(expected)
        assert measure(contingency(other, one)) == pytest.approx(expected)


def test_equal_partitions_agree_wholly():
    one = partitions(0)[0]
    for labels in (one, np.zeros(5, dtype=np.int64), np.arange(5)):
        table = contingency(labels, labels)
        assert adjusted_rand(table) == 1
        assert normalised_mutual_information(table) == pytest.approx(1)
        assert purity(table) == 1


def test_one_group_says_nothing_of_many():
    table = contingency(np.arange(6), np.zeros(6, dtype=np.int64))
    assert adjusted_rand(table) == 0
    assert normalised_mutual_information(table) == 0


def test_random_partitions_agree_by_chance_only():
    rng = np.random.default_rng(3)
    found = [
        adjusted_rand(contingency(rng.integers(4, size=80), rng.integers(6, size=80)))
        for _ in range(300)
    ]
    assert abs(np.mean(found)) < 5 * np.std(found) / np.sqrt(300)


def test_purity_by_hand():
    truth = np.array([0, 0, 1, 1, 1, 2])
    labels = np.array([0, 0, 0, 1, 1, 1])
    assert purity(contingency(truth, labels)) == pytest.approx(4 / 6)  # two of three in each
