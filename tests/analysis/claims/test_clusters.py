"""The claim that sensors form clusters: planted ones are found, a single cloud has none."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.claims.clusters import (
    GapCurve,
    cluster_form,
    gap_beside,
    gap_statistic,
    log_within,
    silhouette_of,
)
from analysis.claims.model_view import ModelView
from analysis.errors import AnalysisError
from analysis.geometry.clustering import cluster
from himnet.model.parameters import HimNetParameters
from himnet.model.untrained import untrained_weights
from tests.analysis.claims.towns import CONFIG, SENSORS, ground, view

DRAWS = {"draws": 39, "seed": 0}


def blobs(groups, *, each=10, seed=0):
    rng = np.random.default_rng(seed)
    return np.concatenate(
        [rng.normal(size=(each, 3)) + 40 * rng.normal(size=3) for _ in range(groups)]
    )


def cloud(seed=0, count=60):
    return np.random.default_rng(seed).normal(size=(count, 3)) * [3, 2, 1]


def test_roads_that_were_planted_are_clusters_and_untrained_models_have_none():
    planted = cluster_form(view(), ground(), **DRAWS)
    assert planted.value == pytest.approx(silhouette_of(view(), ground()))
    assert planted.value > 0.8
    assert planted.p_value == planted.p_smallest == 1 / 40
    fresh = [
        cluster_form(view(untrained_weights(CONFIG, seed=seed)), ground(), **DRAWS).p_value
        for seed in range(6)
    ]
    assert max(fresh) > 0.3


@pytest.mark.parametrize("groups", [3, 6])
def test_the_gap_is_largest_at_the_number_of_planted_clusters(groups):
    curve = gap_statistic(blobs(groups), references=20)
    assert curve.largest == curve.chosen == groups


def test_the_gap_of_a_single_cloud_is_nothing_to_speak_of():
    single = [gap_statistic(cloud(seed), references=20) for seed in range(10)]
    gaps = np.array([curve.gaps / curve.errors for curve in single])
    assert np.abs(gaps.mean(axis=0)).max() < 1.5  # standard errors
    planted = gap_statistic(blobs(6), references=20)
    assert (planted.gaps / planted.errors).max() > 5


def test_sums_of_squares_within_clusters_are_those_of_the_clusters():
    points, counts = cloud(3), np.arange(1, 30)
    within = [
        sum(np.square(own - own.mean(axis=0)).sum() for own in groups_of(points, k)) for k in counts
    ]
    assert log_within(points, counts) == pytest.approx(np.log(within))


def test_the_gap_knows_no_unit_and_no_place():
    curve = gap_statistic(cloud(3), references=5, seed=2)
    other = gap_statistic(7 + 2 * cloud(3), references=5, seed=2)
    assert curve.gaps == pytest.approx(other.gaps)
    assert curve.errors == pytest.approx(other.errors)


def groups_of(points, k):
    labels = cluster(points, k=k)
    return [points[labels == number] for number in range(k)]


def test_the_one_standard_error_rule_by_hand():
    curve = GapCurve(np.arange(2, 6), np.array([0.1, 0.5, 0.55, 0.4]), np.full(4, 0.1))
    assert curve.chosen == 3  # 0.5 >= 0.55 - 0.1
    assert curve.largest == 4
    rising = GapCurve(np.arange(2, 5), np.array([0.1, 0.5, 0.9]), np.full(3, 0.1))
    assert rising.chosen == rising.largest == 4


def test_the_gap_is_looked_at_as_far_as_there_are_sensors():
    curve = gap_statistic(cloud(count=6), references=3)
    assert curve.counts.tolist() == [2, 3, 4, 5]
    names = [beside.name for beside in gap_beside(view(), ground(), **DRAWS)]
    assert names[0].startswith("gap statistic at k = 4")
    assert f"2 to {SENSORS - 1}" in names[1]


def test_points_that_coincide_are_clusters_of_no_extent():
    curve = gap_statistic(np.repeat(blobs(4, each=1), 5, axis=0), references=3)
    assert np.isfinite(curve.gaps).all()
    assert curve.largest >= 4


def test_few_sensors_make_no_clusters():
    config = replace(CONFIG, num_nodes=7)
    few = ModelView(HimNetParameters(untrained_weights(config, seed=0), config), 2)
    with pytest.raises(AnalysisError, match="are too few for clusters; 8 or more form two"):
        cluster_form(few, ground(), **DRAWS)
