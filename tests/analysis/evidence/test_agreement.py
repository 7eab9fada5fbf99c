"""How good clusters are: planted ones are told from none, and every null keeps what it must."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.evidence.agreement import (
    against_permuted,
    agreement,
    cluster_silhouette,
    gaussian_like,
    majority_names,
    neighbourhoods,
    permuted_within,
    silhouette,
    trustworthiness,
)
from analysis.geometry.clustering import cluster, renumbered

KINDS = ("ARI", "NMI")


@pytest.fixture
def planted():
    """Forty points (40, 6) around four far corners, and the corner of each."""
    rng = np.random.default_rng(0)
    truth = np.arange(40) % 4
    return 6 * np.eye(4, 6)[truth] + rng.normal(0, 0.5, (40, 6)), truth


@pytest.mark.parametrize("method", ["ward", "kmeans"])
def test_planted_clusters_stand_out_from_clusters_of_one_cloud(planted, method):
    points, _ = planted
    draws = 20 if method == "ward" else 5
    found = cluster_silhouette(
        points, cluster(points, k=4, method=method), method=method, draws=draws
    )
    assert found.value > 0.7 > found.null_high
    assert found.p_value == 1 / (draws + 1)
    assert found.draws == draws


def test_clusters_of_one_cloud_do_not_stand_out():
    p_values = []
    for seed in range(8):
        points = np.random.default_rng(seed).normal(size=(50, 4)) @ np.diag([4, 2, 1, 0.5])
        labels = cluster(points, k=5)
        p_values.append(cluster_silhouette(points, labels, method="ward", seed=seed).p_value)
    assert np.median(p_values) > 0.15
    assert sum(p < 0.05 for p in p_values) <= 1


def test_the_null_cloud_has_the_covariance_of_the_points_whatever_their_rank():
    rng = np.random.default_rng(1)
    flat = rng.normal(size=(40, 2)) @ rng.normal(size=(2, 5))
    turned = np.linalg.qr(rng.normal(size=(5, 5)))[0]
    labels = cluster(flat, k=4)
    first = cluster_silhouette(flat, labels, method="ward")
    again = cluster_silhouette(flat @ turned, labels, method="ward")
    assert again.null_mean == pytest.approx(first.null_mean, abs=1e-6)
    assert again.value == pytest.approx(first.value)


def test_the_silhouette_of_clusters_does_not_depend_on_scale_and_seed_makes_the_null(planted):
    points, labels = planted
    first = cluster_silhouette(points, labels, method="ward", draws=5)
    assert cluster_silhouette(points, labels, method="ward", draws=5) == first
    larger = cluster_silhouette(1000 * points, labels, method="ward", draws=5)
    assert larger.value == pytest.approx(first.value)
    assert larger.null_mean == pytest.approx(first.null_mean)
    other = cluster_silhouette(points, labels, method="ward", draws=5, seed=1)
    assert other.null_mean != first.null_mean


@pytest.mark.parametrize("labels", [np.zeros(40, dtype=int), np.arange(40)])
def test_one_cluster_and_clusters_of_one_have_no_silhouette(planted, labels):
    assert np.isnan(silhouette(planted[0], labels))
    found = cluster_silhouette(planted[0], labels, method="ward", draws=3)
    assert np.isnan([found.value, found.p_value, found.null_mean]).all()


def test_a_projection_that_keeps_neighbours_is_trusted_and_a_random_one_is_not():
    rng = np.random.default_rng(2)
    plane = rng.normal(size=(50, 2))
    space = plane @ np.linalg.qr(rng.normal(size=(7, 2)))[0].T
    kept = trustworthiness(space, plane)
    assert kept.value == pytest.approx(1)
    assert kept.p_value == 1 / 21
    lost = trustworthiness(space, rng.normal(size=(50, 2)))
    assert lost.value < 0.7
    assert lost.p_value > 0.05


@pytest.mark.parametrize("count", [4, 5, 6, 20, 21])
def test_few_points_are_asked_for_few_neighbours(count):
    points = np.random.default_rng(3).normal(size=(count, 2))
    assert trustworthiness(points, points, draws=2).value == pytest.approx(1)


def test_fewer_than_four_points_have_no_neighbours():
    with pytest.raises(AnalysisError, match="3 points are too few"):
        trustworthiness(np.zeros((3, 5)), np.zeros((3, 2)))


@pytest.mark.parametrize("kind", KINDS)
def test_equal_partitions_agree_fully_whatever_their_names(kind):
    names = [f"road {number % 5}" for number in range(40)]
    labels = (np.arange(40) + 3) % 5
    found = agreement(labels, names, kind=kind)
    assert found.value == pytest.approx(1)
    assert found.p_value == 1 / 100
    assert found.null == "cluster labels permuted among all sensors"


@pytest.mark.parametrize("kind", KINDS)
def test_unrelated_labels_agree_no_more_than_the_null(kind):
    rng = np.random.default_rng(4)
    names = [f"road {number % 4}" for number in range(48)]
    p_values = np.array(
        [
            agreement(rng.integers(0, 5, 48), names, kind=kind, draws=9, seed=s).p_value
            for s in range(60)
        ]
    )
    # uniform over 0.1 to 1: three standard deviations around the mean and a share
    assert p_values.mean() == pytest.approx(0.55, abs=3 * 0.287 / np.sqrt(60))
    assert (p_values <= 0.1).mean() <= 0.1 + 3 * np.sqrt(0.09 / 60)


def test_the_adjusted_index_is_zero_on_average_where_there_is_nothing():
    names = [f"road {number % 4}" for number in range(60)]
    found = agreement(np.random.default_rng(5).integers(0, 6, 60), names, kind="ARI")
    assert found.null_mean == pytest.approx(0, abs=0.02)


@pytest.mark.parametrize("kind", KINDS)
def test_labels_permuted_nearby_stay_in_their_cells(kind):
    rng = np.random.default_rng(6)
    cells, labels = rng.integers(0, 6, 50), rng.integers(0, 4, 50)
    # agreement with the cells themselves depends only on which labels each cell has
    found = agreement(labels, [f"cell {c}" for c in cells], kind=kind, cells=cells)
    assert found.null_low == pytest.approx(found.value)
    assert found.null_high == pytest.approx(found.value)
    assert found.p_value == 1
    assert found.null == "cluster labels permuted within neighbourhoods"
    anywhere = agreement(labels, [f"cell {c}" for c in cells], kind=kind)
    assert anywhere.null_low < anywhere.null_high


def test_labels_permuted_nearby_do_move_within_their_cells():
    cells = np.repeat(np.arange(8), 6)
    labels = np.tile([0, 0, 0, 1, 1, 1], 8)
    found = agreement(labels, [f"side {label}" for label in labels], kind="ARI", cells=cells)
    assert found.value == pytest.approx(1)
    assert found.null_high < 0.5
    assert found.p_value == 1 / 100


def test_being_near_each_other_alone_agrees_with_roads_but_not_more_than_nearby_labels():
    rng = np.random.default_rng(7)
    positions = rng.uniform(0, 1, (120, 2))
    roads = [f"road {int(4 * x)}" for x, _ in positions]
    labels = cluster(positions + rng.normal(0, 0.03, (120, 2)), k=8)
    everywhere = agreement(labels, roads, kind="NMI")
    nearby = agreement(labels, roads, kind="NMI", cells=neighbourhoods(positions))
    assert everywhere.p_value == 1 / 100
    assert nearby.value == everywhere.value
    assert nearby.null_mean > everywhere.null_mean + 0.2


def test_sensors_of_unknown_road_do_not_count():
    rng = np.random.default_rng(8)
    labels, names = rng.integers(0, 3, 20), [f"r{n}" for n in rng.integers(0, 3, 20)]
    cells = rng.integers(0, 4, 20)
    with_unknown = agreement(
        np.append(labels, [0, 1, 2]),
        [*names, "", "", ""],
        kind="ARI",
        cells=np.append(cells, [0, 1, 2]),
    )
    assert with_unknown == agreement(labels, names, kind="ARI", cells=cells)


def test_agreement_is_the_same_for_the_same_seed():
    rng = np.random.default_rng(9)
    labels, names = rng.integers(0, 3, 30), [f"r{n}" for n in rng.integers(0, 3, 30)]
    first = agreement(labels, names, kind="NMI", seed=3)
    assert agreement(labels, names, kind="NMI", seed=3) == first
    assert agreement(labels, names, kind="NMI", seed=4).null_mean != first.null_mean


@pytest.mark.parametrize("names", [["", "", ""], ["A N", "", ""]])
def test_nothing_can_agree_with_unknown_roads(names):
    with pytest.raises(AnalysisError, match="fewer than two sensors have a known road"):
        agreement(np.zeros(3, dtype=int), names, kind="ARI")


def test_an_unknown_agreement_is_refused():
    with pytest.raises(AnalysisError, match="unknown agreement 'AMI'; choose ARI, NMI, purity"):
        agreement(np.zeros(3, dtype=int), ["a", "b", "c"], kind="AMI")


def test_neighbourhoods_are_compact_and_of_about_the_size_asked_for():
    positions = np.random.default_rng(10).uniform(0, 1000, (200, 2))
    cells = neighbourhoods(positions, size=10)
    assert cells.max() + 1 == 20
    within = [positions[cells == cell].std(axis=0).mean() for cell in range(20)]
    assert np.mean(within) < 0.4 * positions.std(axis=0).mean()
    assert np.array_equal(cells, renumbered(cells))


@pytest.mark.parametrize("count", [1, 3])
def test_a_handful_of_sensors_is_one_neighbourhood(count):
    positions = np.random.default_rng(11).uniform(size=(count, 2))
    assert neighbourhoods(positions).tolist() == [0] * count


def test_clusters_are_told_by_the_road_that_most_of_their_members_have():
    labels = np.array([0, 0, 0, 1, 1, 2, 2])
    names = ["A N", "A N", "B S", "", "B S", "", ""]
    assert majority_names(labels, names) == ["A N", "B S", ""]
    assert majority_names(np.array([0, 0]), ["B", "A"]) == ["A"]


def test_labels_are_permuted_within_their_cells():
    rng = np.random.default_rng(0)
    labels, cells = rng.integers(5, size=40), rng.integers(4, size=40)
    permuted = permuted_within(labels, cells, rng)
    assert not np.array_equal(permuted, labels)
    for cell in range(4):
        assert sorted(permuted[cells == cell]) == sorted(labels[cells == cell])


def test_few_different_permutations_allow_no_small_p():
    labels, cells = np.array([0, 1, 0, 1]), np.array([0, 0, 1, 1])
    found = against_permuted(lambda of: float(of[0] + of[2]), labels, cells, draws=99)
    assert found.p_smallest == 1 / 4  # two ways in each of two cells
    assert against_permuted(lambda of: float(of[0]), labels, draws=99).p_smallest == pytest.approx(
        1 / 6
    )
    wide = np.arange(40) % 2
    assert against_permuted(lambda of: float(of[:9].sum()), wide, draws=99).p_smallest == 1 / 100


def test_gaussian_points_have_the_covariance_of_the_points_they_are_like():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(30, 3)) @ rng.normal(size=(3, 4)) + 50  # of rank 3
    drawn = np.concatenate([gaussian_like(points, rng) for _ in range(400)])
    assert np.cov(drawn.T) == pytest.approx(np.cov(points.T), abs=0.15)
    assert np.abs(drawn.mean(axis=0)).max() < 0.2
    assert np.linalg.matrix_rank(drawn, tol=1e-6) == 3
