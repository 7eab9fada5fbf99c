"""Claims about clusters at a moment: what is measured, and how pairs are held against others."""

from dataclasses import replace
from itertools import combinations, permutations

import numpy as np
import pytest
from scipy.stats import spearmanr

from analysis.claims.model_view import ModelView
from analysis.claims.st_mixed import (
    cluster_cosines,
    cluster_gaps,
    divergence,
    divergence_beside,
    divergence_of,
    pair_contrast,
    within_excess,
    within_excess_of,
)
from analysis.errors import AnalysisError
from analysis.geometry.similarity import cosine_matrix
from analysis.geometry.spaces import learnt_space
from analysis.patterns.over_a_day import without_common
from himnet.model.parameters import HimNetParameters
from tests.analysis.claims.towns import CONFIG, SENSORS, TOWN, ground, planted_weights, view

DRAWS = {"draws": 99, "seed": 0}
LABELS = np.array([0, 0, 0, 1, 1, 2, 2, 2])
GROUND = ground()
STEPS = GROUND.moments.steps


def random(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape)


def embedding(of_speed=0.0, *, by_road=0.0, seed=0):
    """E_st that turns with each sensor's own speed, and has a part of its road, beside noise."""
    rng = np.random.default_rng(seed)
    plane, still = rng.normal(size=(2, 5)), rng.normal(size=5)
    angle = np.nan_to_num(GROUND.speeds, nan=50.0) / 10
    turned = np.stack([np.cos(angle), np.sin(angle)], axis=-1) @ plane
    roads = np.unique(TOWN.sensors.roads, return_inverse=True)[1]
    own = rng.normal(size=(4, 5))[roads]
    noise = 0.5 * rng.normal(size=(len(STEPS), SENSORS, 5))
    return 3 * still + of_speed * turned + by_road * own + noise


def roads_view(**options):
    labels = np.unique(TOWN.sensors.roads, return_inverse=True)[1].astype(np.int64)
    return view(embedding=embedding(**options), given_labels=labels)


def test_cosines_between_clusters_are_means_over_pairs_of_members():
    coordinates = random(0, 5, 8, 3)
    cosines, members = cosine_matrix(coordinates), [np.flatnonzero(LABELS == 0), [3, 4], [5, 6, 7]]
    expected = [
        cosines[:, members[first]][:, :, members[second]].mean(axis=(1, 2))
        for first, second in combinations(range(3), 2)
    ]
    assert cluster_cosines(coordinates, LABELS) == pytest.approx(np.array(expected))


def test_gaps_between_clusters_are_differences_of_mean_readings():
    readings = random(1, 6, 8) + 50
    readings[2, :2] = np.nan
    readings[4, LABELS == 2] = np.nan
    found = cluster_gaps(readings, LABELS)
    assert found.shape == (3, 6)
    assert found[0, 2] == pytest.approx(abs(readings[2, 2] - readings[2, 3:5].mean()))
    assert np.isnan(found).tolist() == [
        [False] * 6,
        [False] * 4 + [True, False],
        [False] * 4 + [True, False],
    ]


def test_the_value_is_minus_the_mean_rank_correlation_of_each_pair():
    own = roads_view(of_speed=1.0)
    cosines = cluster_cosines(own.st_differences, own.labels)
    gaps = cluster_gaps(GROUND.speeds, own.labels)
    expected = np.mean(
        [spearmanr(*pair, nan_policy="omit").statistic for pair in zip(cosines, gaps, strict=True)]
    )
    assert divergence(own, GROUND, **DRAWS).value == pytest.approx(-expected)
    assert divergence_of(own, GROUND) == pytest.approx(-expected)
    centred, raw, pairs, falling, _ = (
        beside.value for beside in divergence_beside(own, GROUND, **DRAWS)
    )
    assert len({centred, raw, expected}) == 3
    assert pairs == 6
    assert falling in np.arange(7) / 6


def test_embeddings_that_follow_speeds_part_with_them_and_noise_does_not():
    following, noise = (divergence_of(roads_view(of_speed=of), GROUND) for of in (4.0, 0.0))
    assert following > 0.15 > 0.05 > abs(noise)


@pytest.mark.parametrize("seed", range(3))
def test_few_clusters_are_permuted_in_all_ways(seed):
    correlations = random(seed, 6, 6)  # 4 clusters
    pairs = list(combinations(range(4), 2))
    expected = [
        -np.mean(
            [
                correlations[row, pairs.index(tuple(sorted((order[a], order[b]))))]
                for row, (a, b) in enumerate(pairs)
            ]
        )
        for order in permutations(range(4))
    ]
    found = pair_contrast(correlations, draws=99)
    assert sorted(found.sample) == pytest.approx(sorted(expected))
    assert found.value == pytest.approx(-np.trace(correlations) / 6)
    assert found.p_value == np.mean(np.array(expected) >= found.value - 1e-9)


def test_a_pair_that_follows_only_its_own_speeds_stands_out():
    own = random(3, 28, 28) / 10 - np.eye(28)  # 8 clusters
    found = pair_contrast(own, draws=199)
    assert found.p_value == found.p_smallest == 1 / 200
    assert found.value > 0.8 > 0.3 > found.null_mean


def test_what_all_pairs_share_does_not_stand_out():
    """A daily cycle makes every pair follow every other pair's speeds as well as its own."""
    found = pair_contrast(np.full((28, 28), -0.7), draws=99)
    assert found.value == pytest.approx(0.7)
    assert found.p_value == found.p_smallest == 1


def test_two_clusters_are_one_pair_that_nothing_can_be_held_against():
    assert pair_contrast(np.array([[-0.9]]), draws=99).p_smallest == 1


def test_pairs_that_are_not_known_do_not_count():
    correlations = random(4, 15, 15)
    correlations[:, 3] = np.nan
    known = np.delete(np.diagonal(correlations), 3)
    assert pair_contrast(correlations, draws=9).value == pytest.approx(-known.mean())
    assert np.isnan(pair_contrast(np.full((3, 3), np.nan), draws=9).value)


def test_clusters_that_are_alike_inside_are_found_and_noise_has_none():
    planted = within_excess(roads_view(by_road=2.0), GROUND, **DRAWS)
    assert planted.value == pytest.approx(within_excess_of(roads_view(by_road=2.0), GROUND))
    assert planted.value > 0.5
    assert planted.p_value == planted.p_smallest == 1 / 100
    noise = [within_excess(roads_view(seed=seed), GROUND, **DRAWS) for seed in range(6)]
    assert max(abs(one.value) for one in noise) < 0.1
    assert max(one.p_value for one in noise) > 0.3


def test_the_common_part_is_removed_and_says_nothing():
    weights, raw = planted_weights(), embedding(by_road=1.0)
    expected = without_common(
        learnt_space(HimNetParameters(weights, CONFIG), "moment").coordinates(raw)
    )
    assert view(embedding=raw).st_coordinates == pytest.approx(expected)
    moved = view(embedding=raw + 100 * random(5, 5))
    assert moved.st_coordinates == pytest.approx(expected, abs=1e-6)


def test_a_sensor_without_readings_leaves_its_cluster_to_the_others():
    values = TOWN.values.copy()
    values[:, 4] = TOWN.info.missing_value
    found = divergence_of(roads_view(of_speed=4.0), ground(dataset=replace(TOWN, values=values)))
    assert found > 0.15


def test_clusters_without_any_reading_have_no_pairs():
    silent = ground(dataset=replace(TOWN, values=np.full_like(TOWN.values, 0.0)))
    assert np.isnan(divergence_of(roads_view(of_speed=2.0), silent))


def test_what_is_missing_is_said():
    with pytest.raises(AnalysisError, match="embeddings are not known"):
        within_excess(view(), GROUND, **DRAWS)
    with pytest.raises(AnalysisError, match="needs the data set"):
        divergence_of(view(embedding=embedding()), ground(dataset=None))
    together = view(embedding=embedding(), given_labels=np.zeros(SENSORS, dtype=np.int64))
    with pytest.raises(AnalysisError, match="there is only one cluster"):
        divergence_of(together, GROUND)
    assert np.isnan(within_excess_of(together, GROUND))


@pytest.mark.parametrize("ablation", ["E_st", "STMP"])
def test_without_st_mixed_meta_parameters_there_is_nothing_to_measure(ablation):
    config = replace(CONFIG, ablate=ablation)
    own = ModelView(HimNetParameters(planted_weights(config), config), 4, embedding())
    for test in (within_excess, divergence):
        with pytest.raises(AnalysisError, match=f"trained without {ablation}"):
            test(own, GROUND, **DRAWS)
