"""Clusters: found where they were planted, numbered so that numbers stay."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.errors import AnalysisError
from analysis.geometry.clustering import (
    cluster,
    number_of_clusters,
    renumbered,
    renumbered_like,
)

METHODS = ("ward", "kmeans")
SIZES = (14, 9, 5, 2)


@pytest.fixture
def planted():
    """Points (30, 3) and the group of each; group 0 is the largest, and the order is mixed."""
    rng = np.random.default_rng(0)
    truth = rng.permutation(np.repeat(np.arange(4), SIZES))
    corners = np.array([[0, 0, 0], [9, 0, 0], [0, 9, 0], [0, 0, 9]])
    return corners[truth] + rng.normal(0, 0.3, (30, 3)), truth


@pytest.mark.parametrize("method", METHODS)
def test_planted_clusters_are_found_and_numbered_by_size(planted, method):
    points, truth = planted
    found = cluster(points, k=4, method=method)
    assert np.array_equal(found, truth)
    assert found.dtype == np.int64


def test_few_points_make_fewer_clusters_by_default():
    counts = (207, 60, 24, 8, 7, 2, 1)
    assert [number_of_clusters(count) for count in counts] == [15, 15, 6, 2, 2, 2, 1]
    points = np.random.default_rng(6).normal(size=(60, 3))
    assert [len(np.unique(cluster(points[:count]))) for count in (60, 24, 9)] == [15, 6, 2]
    assert cluster(np.zeros((1, 3))).tolist() == [0]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [1, 2, 7, 30])
def test_labels_count_from_zero_by_falling_size(planted, method, k):
    sizes = np.bincount(cluster(planted[0], k=k, method=method))
    assert len(sizes) == k
    assert (np.diff(sizes) <= 0).all()
    assert sizes.min() >= 1


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_the_points_does_not_matter(planted, method):
    points = planted[0]
    order = np.random.default_rng(1).permutation(len(points))
    assert np.array_equal(
        cluster(points[order], k=4, method=method), cluster(points, k=4, method=method)[order]
    )


def test_ward_parts_noise_alike_whatever_the_order():
    points = np.random.default_rng(2).normal(size=(60, 5))
    order = np.random.default_rng(3).permutation(60)
    first, mixed = cluster(points, k=9), cluster(points[order], k=9)
    assert adjusted_rand_score(first[order], mixed) == 1


def test_moving_turning_and_scaling_all_points_changes_nothing():
    rng = np.random.default_rng(4)
    points = rng.normal(size=(40, 4))
    turn = np.linalg.qr(rng.normal(size=(4, 4)))[0]
    assert np.array_equal(cluster(7 * points @ turn + 3, k=6), cluster(points, k=6))


def test_kmeans_is_the_same_for_the_same_seed():
    points = np.random.default_rng(5).normal(size=(80, 3))
    first = cluster(points, k=8, method="kmeans", seed=3)
    assert np.array_equal(first, cluster(points, k=8, method="kmeans", seed=3))


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("k", [0, -1, 31])
def test_impossible_numbers_of_clusters_are_refused(planted, method, k):
    with pytest.raises(AnalysisError, match=f"30 points can form 1 to 30 clusters, not {k}"):
        cluster(planted[0], k=k, method=method)


def test_values_that_are_not_finite_are_refused(planted):
    planted[0][2, 1] = np.nan
    with pytest.raises(AnalysisError, match="not all finite"):
        cluster(planted[0], k=4)


def test_an_unknown_method_is_refused(planted):
    with pytest.raises(
        AnalysisError, match="unknown method 'dbscan'; choose ward, kmeans, minibatch"
    ):
        cluster(planted[0], k=4, method="dbscan")


@pytest.mark.parametrize("method", METHODS)
def test_points_that_are_equal_stay_together(method):
    same = np.repeat(np.array([[0.0, 1], [5, 5]]), 4, axis=0)
    assert cluster(same, k=3, method=method).tolist() == [0] * 4 + [1] * 4


@pytest.mark.parametrize("method", METHODS)
def test_one_point_is_one_cluster(method):
    assert cluster(np.zeros((1, 3)), k=1, method=method).tolist() == [0]


def test_renumbering_keeps_the_partition_and_breaks_ties_by_the_first_member():
    assert renumbered(np.array([7, 3, 3, 9, 7, 5])).tolist() == [0, 1, 1, 2, 0, 3]
    assert renumbered(np.array(["b", "a", "a"])).tolist() == [1, 0, 0]
    once = renumbered(np.random.default_rng(7).integers(0, 6, 40))
    assert np.array_equal(renumbered(once), once)


def test_permuted_numbers_are_recovered():
    rng = np.random.default_rng(8)
    reference = renumbered(rng.integers(0, 7, 60))
    assert np.array_equal(renumbered_like(rng.permutation(7)[reference] + 3, reference), reference)


def test_as_many_points_as_can_be_keep_their_number(planted):
    truth = planted[1]
    noisy = truth.copy()
    noisy[:4] = (noisy[:4] + 1) % 4
    found = renumbered_like((noisy + 2) % 4, truth)
    assert np.array_equal(found, noisy)
    assert (found == truth).sum() == 26


def test_renumbering_parts_and_joins_no_cluster():
    rng = np.random.default_rng(9)
    labels, reference = rng.integers(0, 9, 80), renumbered(rng.integers(0, 5, 80))
    assert adjusted_rand_score(renumbered_like(labels, reference), labels) == 1


@pytest.mark.parametrize(
    ("labels", "reference", "wanted"),
    [
        ([0, 0, 0, 1, 1, 2], [0, 0, 0, 0, 0, 0], [0, 0, 0, 1, 1, 2]),  # more clusters than before
        ([0, 0, 0, 0], [0, 0, 1, 1], [0, 0, 0, 0]),  # fewer
        ([1, 1, 0, 1], [0, 0, 0, 1], [0, 0, 2, 0]),  # no point in common with the only one left
        ([4], [0], [0]),
        ([], [], []),
    ],
)
def test_clusters_without_a_partner_get_new_numbers(labels, reference, wanted):
    found = renumbered_like(np.array(labels, dtype=int), np.array(reference, dtype=int))
    assert found.tolist() == wanted


def test_clusters_of_other_points_are_refused():
    with pytest.raises(AnalysisError, match="of 3 and 2 points do not match"):
        renumbered_like(np.zeros(3, dtype=int), np.zeros(2, dtype=int))
