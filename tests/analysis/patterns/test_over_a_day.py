"""Sensors over a day: sums of unit vectors give what all pairs would, and planted groups part."""

from itertools import combinations, product

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.geometry.similarity import cosine_matrix
from analysis.patterns.over_a_day import (
    PERIODS,
    cosine_excess,
    diverging_pair,
    excess,
    group_similarity,
    period_cosines,
    separation,
    typical_members,
    without_common,
)

MOMENTS, SENSORS = 6, 12
GROUPS = [(0, 3, 4), (1, 2), (7, 8, 9, 11)]


@pytest.fixture
def coordinates():
    return np.random.default_rng(0).normal(0.5, 1, (MOMENTS, SENSORS, 5))


def test_similarity_within_is_the_mean_over_the_pairs_of_a_group(coordinates):
    cosines = cosine_matrix(coordinates)
    found = group_similarity(coordinates, GROUPS)
    assert found.within.shape == (3, MOMENTS)
    for group, within in zip(GROUPS, found.within, strict=True):
        pairs = [cosines[:, a, b] for a, b in combinations(group, 2)]
        assert within == pytest.approx(np.mean(pairs, axis=0))


def test_similarity_across_is_the_mean_over_the_pairs_of_different_groups(coordinates):
    cosines = cosine_matrix(coordinates)
    pairs = [cosines[:, a, b] for one, two in combinations(GROUPS, 2) for a, b in product(one, two)]
    assert group_similarity(coordinates, GROUPS).across == pytest.approx(np.mean(pairs, axis=0))


def test_a_group_of_one_has_no_similarity_within_but_one_across(coordinates):
    found = group_similarity(coordinates, [(0,), (1, 2)])
    assert np.isnan(found.within[0]).all()
    assert np.isfinite(found.within[1]).all()
    cosines = cosine_matrix(coordinates)[:, 0, [1, 2]].mean(axis=1)
    assert found.across == pytest.approx(cosines)


def test_one_group_alone_has_nothing_across(coordinates):
    found = group_similarity(coordinates, [(0, 1, 2)])
    assert found.within.shape == (1, MOMENTS)
    assert found.across.shape == (MOMENTS,)
    assert np.isnan(found.across).all()


def test_sensors_that_are_all_alike_have_similarity_one():
    same = np.broadcast_to(np.arange(1.0, 6), (MOMENTS, SENSORS, 5))
    found = group_similarity(same, GROUPS)
    assert found.within == pytest.approx(np.ones((3, MOMENTS)))
    assert found.across == pytest.approx(np.ones(MOMENTS))


@pytest.mark.parametrize("groups", [[], [()], [(0, 1), ()]])
def test_no_group_and_an_empty_one_are_refused(coordinates, groups):
    with pytest.raises(AnalysisError, match="an empty group"):
        group_similarity(coordinates, groups)


def test_a_sensor_without_direction_leaves_its_own_group_unknown_only(coordinates):
    coordinates[:, 0] = 0
    found = group_similarity(coordinates, GROUPS)
    assert np.isnan(found.within[0]).all()
    assert np.isfinite(found.within[1:]).all()


def test_what_all_share_is_taken_away(coordinates):
    left = without_common(coordinates)
    assert left.mean(axis=(0, 1)) == pytest.approx(np.zeros(5), abs=1e-12)
    assert without_common(coordinates + 100) == pytest.approx(left)
    assert np.diff(left, axis=0) == pytest.approx(np.diff(coordinates, axis=0))
    assert without_common(coordinates.astype(np.float16)).dtype == np.float64


def test_what_a_single_sensor_does_over_time_is_not_taken_away(coordinates):
    left = without_common(coordinates)
    assert np.abs(left.mean(axis=0)).max() > 0.1
    assert np.abs(left.mean(axis=1)).max() > 0.1


def test_periods_are_means_over_their_moments_and_the_last_hour_does_not_count(coordinates):
    hours = np.array([0.0, 1.9, 2.0, 6.0, 8.99, 9.0])
    found = period_cosines(coordinates, hours, PERIODS)
    cosines = cosine_matrix(coordinates)
    assert list(found) == ["midnight", "morning"]
    assert found["midnight"] == pytest.approx(cosines[[0, 1]].mean(axis=0))
    assert found["morning"] == pytest.approx(cosines[[3, 4]].mean(axis=0))


def test_a_day_without_any_period_has_none(coordinates):
    assert period_cosines(coordinates, np.full(MOMENTS, 20.0), PERIODS) == {}


def test_the_papers_periods_are_known():
    assert set(PERIODS) == {"midnight", "morning", "noon"}
    assert all(0 <= start < end <= 24 for start, end in PERIODS.values())


def test_typical_members_are_those_nearest_to_the_mean_in_their_given_order():
    points = np.array([[0.0], [9], [5], [4], [100], [6]])
    assert typical_members(points, [3, 1, 0, 2, 5], 2) == [3, 2]
    assert typical_members(points, [4], 3) == [4]
    assert typical_members(points, [2, 0], 9) == [2, 0]


def readings():
    """A day (24, 20) in which group 1 has a rush hour that groups 0 and 2 do not have."""
    values = np.full((24, 20), 60.0) + np.random.default_rng(0).normal(0, 1, (24, 20))
    labels = np.repeat([0, 1, 2, 3], [7, 6, 5, 2])
    values[7:10, labels == 1] -= 40
    values[7:10, labels == 2] -= 5
    values[:, labels == 3] = 0.0
    return values, labels


def test_the_groups_that_differ_most_over_a_day_are_found():
    values, labels = readings()
    assert diverging_pair(values, labels) == (0, 1)


def test_it_does_not_matter_which_of_the_two_groups_is_the_faster():
    values, labels = readings()
    slow_first = np.array([1, 0, 2, 3])[labels]
    assert diverging_pair(values, slow_first) == (0, 1)


def test_small_groups_count_only_where_they_are_asked_for():
    values, labels = readings()
    assert diverging_pair(values, labels, least=2) == (0, 3)
    # one group of seven is no pair, so the next size counts too, but not the smallest
    assert diverging_pair(values, labels, least=7) == (0, 1)


def test_missing_readings_do_not_make_a_difference():
    values, labels = readings()
    values[np.random.default_rng(1).random(values.shape) < 0.3] = np.nan
    values[12:15] = np.nan
    assert diverging_pair(values, labels) == (0, 1)
    assert set(diverging_pair(np.full((24, 20), np.nan), labels)) <= {0, 1, 2}


def test_one_cluster_has_no_pair():
    with pytest.raises(AnalysisError, match="only one cluster; choose two or more"):
        diverging_pair(np.zeros((4, 3)), np.zeros(3, dtype=int))


def test_planted_groups_part_and_dealt_out_ones_do_not():
    rng = np.random.default_rng(2)
    middles = 2 * rng.normal(size=(2, 5))
    planted = np.repeat(middles, 6, axis=0) + rng.normal(size=(MOMENTS, SENSORS, 5))
    groups = [range(6), range(6, 12)]
    found = separation(planted, groups)
    assert found.value > found.null_high
    assert found.p_value == 1 / 100
    assert abs(found.null_mean) < 0.1
    mixed = separation(planted, [(0, 1, 2, 6, 7, 8), (3, 4, 5, 9, 10, 11)])
    assert mixed.p_value > 0.2


def test_separation_is_within_minus_across_over_pairs_of_all_groups(coordinates):
    cosines = cosine_matrix(coordinates).mean(axis=0)
    within = [cosines[a, b] for group in GROUPS for a, b in combinations(group, 2)]
    across = [cosines[a, b] for one, two in combinations(GROUPS, 2) for a, b in product(one, two)]
    expected = np.mean(within) - np.mean(across)
    assert separation(coordinates, GROUPS, draws=3).value == pytest.approx(expected)


def test_p_values_of_groups_that_mean_nothing_are_spread_evenly():
    rng = np.random.default_rng(3)
    p_values = np.array(
        [
            separation(rng.normal(size=(2, 10, 4)), [range(4), range(4, 10)], draws=19).p_value
            for _ in range(200)
        ]
    )
    assert p_values.mean() == pytest.approx(0.525, abs=4 * 0.29 / np.sqrt(200))
    assert (p_values <= 0.1).mean() <= 0.1 + 4 * np.sqrt(0.09 / 200)


def test_separation_is_the_same_for_the_same_seed(coordinates):
    first = separation(coordinates, GROUPS, seed=1)
    assert separation(coordinates, GROUPS, seed=1) == first
    assert separation(coordinates, GROUPS, seed=2).null_mean != first.null_mean


@pytest.mark.parametrize("groups", [[], [(0, 1)], [(0,), (1,)], [(0, 1), ()]])
def test_separation_needs_two_groups_and_a_pair(coordinates, groups):
    with pytest.raises(AnalysisError, match="a comparison needs two groups"):
        separation(coordinates, groups)


def test_the_excess_of_labels_is_that_of_their_groups(coordinates):
    everyone = [sensor for group in GROUPS for sensor in group]
    labels = np.repeat([5, 2, 9], [len(group) for group in GROUPS])
    cosines = cosine_matrix(coordinates[:, everyone]).mean(axis=0)
    expected = separation(coordinates, GROUPS, draws=9)
    assert excess(cosines, labels) == pytest.approx(expected.value)
    assert cosine_excess(cosines, labels, draws=9).null_mean == pytest.approx(expected.null_mean)


@pytest.mark.parametrize("labels", [np.zeros(5, dtype=int), np.arange(5)])
def test_there_is_no_excess_of_one_group_or_of_groups_of_one(labels):
    assert np.isnan(excess(np.eye(5), labels))
