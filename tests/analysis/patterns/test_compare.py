"""Two models side by side: matched by sensor, aligned, and no more alike than they are."""

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from analysis.errors import AnalysisError
from analysis.evidence.agreement import neighbourhoods
from analysis.geometry.clustering import cluster, renumbered_like
from analysis.geometry.similarity import cosine_matrix, distance_matrix
from analysis.geometry.spaces import spatial_coordinates
from analysis.patterns.compare import (
    Accuracy,
    accuracies,
    aligned_layouts,
    cluster_agreement,
    cosine_difference,
    matched,
    spatial_pair,
)
from analysis.patterns.representations import linear_cka, rsa, sensor_rearrangements
from himnet.checkpoints import load_arrays
from himnet.data.info import DatasetInfo, Sensors
from tests.analysis.expanded import SENSORS, small
from tests.analysis.towns import NAMELESS, TOWN, town_model

FEW = {"perplexity": 5, "iterations": 60}


def info(sensors, name="town"):
    return DatasetInfo(name, sensors, steps_per_day=48)


def named(*ids):
    return info(Sensors(ids))


@pytest.fixture(scope="module")
def clouds():
    """Three clouds of twelve points, far from each other."""
    rng = np.random.default_rng(0)
    return np.repeat(20 * np.eye(3, 5), 12, axis=0) + rng.normal(size=(36, 5))


def test_two_models_of_one_data_set_match_whole():
    found = matched(info(TOWN), info(TOWN))
    assert found.is_whole
    assert found.first.tolist() == found.second.tolist() == list(range(SENSORS))


def test_sensors_in_another_order_are_matched_by_their_ids():
    found = matched(named("a", "b", "c", "d", "e"), named("e", "c", "x", "a", "b"))
    assert [*zip(found.first, found.second, strict=True)] == [(0, 3), (1, 4), (2, 1), (4, 0)]
    assert found.left_out == (1, 1)
    assert len(found) == 4
    assert not found.is_whole
    assert not matched(named(*"abcd"), named(*"badc")).is_whole


def test_too_few_sensors_in_common_cannot_be_compared():
    with pytest.raises(AnalysisError, match="have 3 sensors in common; choose two with 4 or more"):
        matched(named(*"abcd"), named(*"abcx"))
    with pytest.raises(AnalysisError, match="have 0 sensors in common"):
        matched(info(TOWN), info(NAMELESS))


@pytest.mark.parametrize("name", ["town", ""])
def test_sensors_that_are_only_numbered_match_within_a_data_set(name):
    assert matched(info(NAMELESS), info(NAMELESS, name)).is_whole


@pytest.mark.parametrize(
    ("count", "name"), [(SENSORS, "village"), (SENSORS + 1, "town"), (SENSORS + 1, "village")]
)
def test_numbers_of_columns_do_not_name_the_same_sensors_elsewhere(count, name):
    with pytest.raises(AnalysisError, match="only numbered, so sensors cannot be matched"):
        matched(info(NAMELESS), info(Sensors.numbered(count), name))


def test_coordinates_of_the_same_sensors_stand_beside_each_other():
    order = np.random.default_rng(0).permutation(SENSORS)
    mixed = Sensors(tuple(TOWN.ids[n] for n in order))
    model, other = town_model(), town_model(seed=1, sensors=mixed)
    first, second = spatial_pair(model, other)
    assert np.array_equal(first, spatial_coordinates(model.model))
    assert np.array_equal(second[order], spatial_coordinates(other.model))


@pytest.mark.parametrize("ablate", ["E_s", "SMP"])
def test_an_ablated_model_has_nothing_spatial_to_compare(ablate):
    for pair in ((small(ablate=ablate), small()), (small(), small(ablate=ablate))):
        with pytest.raises(AnalysisError, match=f"without {ablate}, so it has no spatial"):
            spatial_pair(*(town_model(config) for config in pair))


def test_models_of_other_sizes_can_be_compared():
    first, second = spatial_pair(town_model(), town_model(small(hidden_dim=7, num_layers=2)))
    assert len(first) == len(second) == SENSORS
    assert 0 <= linear_cka(first, second, sensor_rearrangements(SENSORS, draws=3)).value <= 1


@pytest.mark.parametrize("alignment", ["start", "procrustes"])
def test_alignment_keeps_neighbours_and_places(clouds, alignment):
    rotated = clouds @ np.linalg.qr(np.random.default_rng(1).normal(size=(5, 5)))[0]
    first, second = aligned_layouts(clouds, rotated, alignment=alignment, **FEW)
    for layout in (first, second):
        apart = distance_matrix(layout) + np.diag(np.full(36, np.inf))
        assert np.array_equal(apart.argmin(axis=1) // 12, np.arange(36) // 12)
    for own in np.arange(36).reshape(3, 12):
        assert np.linalg.norm(first[own].mean(0) - second[own].mean(0)) < first.std()


def test_the_first_layout_is_the_one_it_has_by_itself(clouds):
    layouts = [
        aligned_layouts(clouds, other, alignment=alignment, **FEW)[0]
        for other, alignment in ((clouds + 1, "start"), (clouds**2, "procrustes"))
    ]
    assert np.array_equal(*layouts)


def test_an_unknown_alignment_and_other_sensors_are_refused(clouds):
    with pytest.raises(AnalysisError, match="no alignment 'luck'; choose start or procrustes"):
        aligned_layouts(clouds, clouds, alignment="luck", **FEW)
    for alignment in ("start", "procrustes"):
        with pytest.raises(AnalysisError, match="of the same points"):
            aligned_layouts(clouds, clouds[:30], alignment=alignment, **FEW)


def test_clusters_agree_whatever_their_numbers(clouds):
    labels = cluster(clouds, k=3)
    found = cluster_agreement(labels, (labels + 1) % 3)
    assert found.value == 1
    assert found.null_mean == pytest.approx(0, abs=0.05)
    assert found.p_value == pytest.approx(0.01)


def test_clusters_of_nothing_in_common_are_like_their_null():
    rng = np.random.default_rng(2)
    first, second = rng.integers(0, 5, (2, 200))
    found = cluster_agreement(first, second)
    assert found.value == pytest.approx(adjusted_rand_score(first, second))
    assert found.null_low <= found.value <= found.null_high


def test_nearness_alone_is_part_of_the_harder_null():
    places = np.random.default_rng(3).uniform(size=(120, 2))
    first, second = (places[:, 0] > 0.5).astype(int), (places[:, 0] > 0.48).astype(int)
    easy = cluster_agreement(first, second)
    hard = cluster_agreement(first, second, cells=neighbourhoods(places))
    assert easy.value == hard.value
    assert easy.null_mean < 0.1 < 0.3 < hard.null_mean


def test_clusters_of_other_sensors_cannot_agree():
    with pytest.raises(AnalysisError, match="clusters of 3 and 4 sensors cannot be compared"):
        cluster_agreement(np.zeros(3, dtype=int), np.zeros(4, dtype=int))


@pytest.mark.parametrize("centred", [False, True])
def test_differences_are_antisymmetric_in_the_models(clouds, centred):
    other = clouds[:, :3] + 1
    there = cosine_difference(clouds, other, centred=centred)
    assert there == pytest.approx(-cosine_difference(other, clouds, centred=centred))
    assert there[3, 5] == pytest.approx(
        cosine_matrix(other, centred=centred)[3, 5] - cosine_matrix(clouds, centred=centred)[3, 5]
    )
    assert cosine_difference(clouds, clouds @ np.eye(5)[::-1]) == pytest.approx(
        np.zeros((36, 36)), abs=1e-9
    )
    with pytest.raises(AnalysisError, match="cannot be subtracted"):
        cosine_difference(clouds, clouds[:5])


def test_errors_stand_beside_each_other_as_far_as_they_are_known():
    first = {"test": {"all": {"mae": 3.0, "rmse": 6.0}, "windows": 10}, "val": {}}
    second = {"test": {"all": {"mae": 2.9}, "3": {"mape": 7}}}
    assert accuracies(first, second) == (
        Accuracy("test", "all", "mae", 3.0, 2.9),
        Accuracy("test", "all", "rmse", 6.0, None),
        Accuracy("test", "3", "mape", None, 7.0),
    )
    rows = accuracies(first, second)
    assert rows[0].difference == pytest.approx(-0.1)
    assert rows[1].difference is None
    assert accuracies({}, {"val": {"all": {"mae": None}}}) == ()
    assert accuracies(first, second, splits=("val",)) == ()


def test_the_bundled_model_is_like_its_snapshots_and_unlike_its_beginning():
    trained = load_arrays("metr-la")
    values = []
    for step in ("000000", "002000", "030000"):
        snapshot = load_arrays(trained.path.parent / f"snapshots/step-{step}.safetensors")
        pair = spatial_pair(snapshot, trained)
        among = sensor_rearrangements(len(pair[0]))
        labels = [cluster(points, k=15) for points in pair]
        labels[1] = renumbered_like(labels[1], labels[0])
        agreed = cluster_agreement(*labels)
        values.append((linear_cka(*pair, among), rsa(*pair, among), agreed))
    for found in values[0]:
        assert found.p_value > 0.05
    for earlier, later in zip(values[1], values[2], strict=True):
        assert earlier.null_high < earlier.value < later.value
        assert earlier.p_value == pytest.approx(0.01)
