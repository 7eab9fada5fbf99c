"""What distinguishes a selection: shares are counted, mean cosines are those of all pairs."""

import numpy as np
import pytest

from analysis.geometry.similarity import cosine_matrix
from analysis.patterns.selected import Share, alike, largest_share


def places(*numbers):
    return np.array(numbers, dtype=np.int64)


def test_the_largest_share_counts_inside_and_everywhere():
    roads = ["I-5 N", "I-5 N", "SR-2 E", "I-5 N", "", ""]
    assert largest_share(roads, places(0, 1, 2)) == Share("I-5 N", 2, 3)
    assert largest_share(roads, places(2, 4, 5)) == Share("SR-2 E", 1, 1)
    assert largest_share(["b", "a"], places(0, 1)) == Share("a", 1, 1)


def test_unknown_groups_have_no_share():
    assert largest_share(["", "", "a"], places(0, 1)) is None


def test_mean_cosines_are_those_of_all_pairs():
    points = np.random.default_rng(0).normal(size=(40, 6)) + 3
    inside = np.arange(5, 17)
    found = alike(points, inside)
    cosines = cosine_matrix(points, centred=True)
    among = cosines[np.ix_(inside, inside)][np.triu_indices(len(inside), 1)]
    others = np.delete(cosines[inside], inside, axis=1)
    assert found.among.value == pytest.approx(among.mean())
    assert found.others == pytest.approx(others.mean())


def test_planted_sensors_exceed_random_ones_and_others_rarely_do():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(200, 8))
    points[:12] += 4 * rng.normal(size=8)
    assert alike(points, np.arange(12)).among.is_above
    others = [rng.choice(np.arange(12, 200), 12, replace=False) for _ in range(20)]
    assert sum(alike(points, some).among.is_above for some in others) <= 4


def test_all_sensors_have_no_others_and_one_has_no_pairs():
    points = np.random.default_rng(2).normal(size=(9, 3))
    assert np.isnan(alike(points, np.arange(9)).others)
    assert alike(points, places(4)) is None
    assert alike(points, places()) is None


def test_sensors_without_a_direction_are_left_out():
    points = np.random.default_rng(3).normal(size=(9, 3))
    points[0] = np.nan
    assert alike(points, places(0, 1)) is None
    kept = alike(points, places(0, 1, 2))
    assert kept.among.value == pytest.approx(alike(points, places(1, 2)).among.value)
