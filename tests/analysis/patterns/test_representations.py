"""CKA and RSA: one for the same geometry, like their null for unrelated ones."""

import numpy as np
import pytest
from scipy.stats import spearmanr

from analysis.errors import AnalysisError
from analysis.geometry.similarity import cosine_matrix
from analysis.geometry.spaces import spatial_coordinates
from analysis.patterns.hours import week_coordinates
from analysis.patterns.representations import (
    linear_cka,
    rsa,
    sensor_rearrangements,
    week_rearrangements,
)
from himnet.model.parameters import HimNetParameters
from himnet.model.untrained import untrained_weights
from tests.analysis.expanded import ONE_LAYER, expanded, trained_like
from tests.analysis.towns import town_model

COUNT = 40
MEASURES = (linear_cka, rsa)


@pytest.fixture
def vectors():
    return np.random.default_rng(0).normal(size=(COUNT, 5))


@pytest.fixture(scope="module")
def among():
    return sensor_rearrangements(COUNT)


def rotation(width, seed=0):
    return np.linalg.qr(np.random.default_rng(seed).normal(size=(width, width)))[0]


@pytest.mark.parametrize("measure", MEASURES)
def test_a_rotated_and_scaled_copy_is_the_same(vectors, among, measure):
    found = measure(vectors, 3 * vectors @ rotation(5), among)
    assert found.value == pytest.approx(1)
    assert found.value > found.null_high
    assert found.p_value == pytest.approx(0.01)
    padded = np.pad(vectors, ((0, 0), (0, 4))) @ rotation(9)
    assert measure(vectors, padded, among).value == pytest.approx(1)


@pytest.mark.parametrize("measure", MEASURES)
@pytest.mark.parametrize("kind", ["permuted", "unrelated"])
def test_permuted_and_unrelated_sensors_are_like_the_null(vectors, among, measure, kind):
    rng = np.random.default_rng(5)
    found = []
    for _ in range(60):
        shuffled, drawn = vectors[rng.permutation(COUNT)], rng.normal(size=(COUNT, 7))
        found.append(measure(vectors, shuffled if kind == "permuted" else drawn, among))
    inside = [one.null_low <= one.value <= one.null_high for one in found]
    assert np.mean(inside) >= 0.85  # of 95 % that are to be expected
    assert 0.3 < np.median([one.p_value for one in found]) < 0.7


@pytest.mark.parametrize("measure", MEASURES)
def test_the_two_sets_may_be_exchanged(vectors, among, measure):
    other = vectors + np.random.default_rng(2).normal(size=vectors.shape)
    there, back = measure(vectors, other, among), measure(other, vectors, among)
    assert there.value == pytest.approx(back.value)
    assert 0 < there.value < 1


@pytest.mark.parametrize("measure", MEASURES)
def test_the_order_of_the_sensors_does_not_matter(vectors, among, measure):
    other = vectors + np.random.default_rng(2).normal(size=vectors.shape)
    order = np.random.default_rng(3).permutation(COUNT)
    mixed = measure(vectors[order], other[order], among)
    assert mixed.value == pytest.approx(measure(vectors, other, among).value)


def test_cka_does_not_see_a_shift_and_centred_rsa_does_not_either(vectors, among):
    shifted = vectors + 7
    assert linear_cka(vectors, shifted, among).value == pytest.approx(1)
    assert rsa(vectors, shifted, among, centred=True).value == pytest.approx(1)
    assert rsa(vectors, shifted, among).value < 0.9


def test_they_are_what_the_papers_define(vectors, among):
    other = vectors[:, :3] ** 3
    first, second = (matrix - matrix.mean(axis=0) for matrix in (vectors, other))
    one, two = first @ first.T, second @ second.T
    wanted = (one * two).sum() / (np.linalg.norm(one) * np.linalg.norm(two))
    assert linear_cka(vectors, other, among).value == pytest.approx(wanted)
    pairs = np.triu_indices(COUNT, 1)
    wanted = spearmanr(cosine_matrix(vectors)[pairs], cosine_matrix(other)[pairs]).statistic
    assert rsa(vectors, other, among).value == pytest.approx(wanted)


def test_correlations_of_rearranged_ranks_are_those_over_the_pairs_one_by_one(vectors, among):
    other = vectors[:, :3] ** 3
    pairs = np.triu_indices(COUNT, 1)
    fixed, moving = cosine_matrix(vectors)[pairs], cosine_matrix(other)
    expected = [
        spearmanr(fixed, moving[np.ix_(order, order)][pairs]).statistic for order in among.orders
    ]
    assert rsa(vectors, other, among).sample == pytest.approx(np.array(expected))


def test_coordinates_stand_for_the_meta_parameters_written_out():
    models = [town_model(seed=seed) for seed in (0, 1)]
    thetas = [
        expanded(m.weights, ONE_LAYER, "encoder_s", m.weights["node_embedding"]) for m in models
    ]
    short = [spatial_coordinates(model.model) for model in models]
    among = sensor_rearrangements(len(short[0]), draws=3)
    for measure in MEASURES:
        assert measure(*short, among).value == pytest.approx(measure(*thetas, among).value)


@pytest.mark.parametrize("measure", MEASURES)
def test_where_nothing_differs_there_is_no_number(vectors, among, measure):
    found = measure(vectors, np.ones((COUNT, 3)), among)
    assert np.isnan([found.value, found.p_value, found.null_mean]).all()
    assert np.isnan(measure(np.zeros((COUNT, 3)), vectors, among).value)


def test_a_vector_of_length_zero_does_not_count_in_the_ranks(vectors):
    broken = vectors.copy()
    broken[4] = 0
    whole = np.arange(COUNT) != 4
    found = rsa(broken, vectors, sensor_rearrangements(COUNT)).value
    assert found == pytest.approx(1, abs=0.01)
    same = rsa(vectors[whole], vectors[whole], sensor_rearrangements(COUNT - 1)).value
    assert same == pytest.approx(1)


@pytest.mark.parametrize("measure", MEASURES)
def test_what_cannot_be_compared_is_one_sentence(vectors, among, measure):
    with pytest.raises(AnalysisError, match="40 and 39 vectors cannot be compared"):
        measure(vectors, vectors[1:], among)
    with pytest.raises(AnalysisError, match="give 4 or more"):
        measure(vectors[:3], vectors[:3], among)
    with pytest.raises(AnalysisError, match="10 vectors cannot be rearranged by orders of 40"):
        measure(vectors[:10], vectors[:10], among)
    vectors[2, 2] = np.nan
    with pytest.raises(AnalysisError, match="not all finite"):
        measure(vectors, vectors, among)


def test_sensors_are_rearranged_among_all_or_nearby_only():
    cells = np.arange(12) // 3
    nearby = sensor_rearrangements(12, cells=cells, draws=50)
    assert (np.sort(nearby.orders, axis=1) == np.arange(12)).all()
    assert (cells[nearby.orders] == cells).all()
    assert nearby.ways == 6**4
    assert (nearby.orders != np.arange(12)).any()
    everywhere = sensor_rearrangements(12, draws=50)
    assert (np.sort(everywhere.orders, axis=1) == np.arange(12)).all()
    assert not (cells[everywhere.orders] == cells).all()
    assert np.isinf(sensor_rearrangements(30, draws=1).ways)
    assert np.array_equal(sensor_rearrangements(12, draws=50).orders, everywhere.orders)


def test_the_same_p_value_cannot_be_smaller_than_the_rearrangements_allow(vectors):
    few = sensor_rearrangements(4, cells=np.array([0, 0, 1, 1]), draws=99)
    found = linear_cka(vectors[:4], vectors[:4], few)
    assert found.p_smallest == pytest.approx(1 / 4)


def test_a_week_is_rearranged_hour_by_hour_and_day_by_day():
    for order in week_rearrangements(draws=20).orders:
        grid = order.reshape(7, 24)
        assert sorted(order) == list(range(168))
        assert (grid % 24 == grid[0] % 24).all()
        assert (grid // 24 == grid[:, :1] // 24).all()


def test_weeks_of_untrained_models_are_not_alike_though_all_weeks_are_built_alike():
    first, second = (
        week_coordinates(HimNetParameters(untrained_weights(ONE_LAYER, seed=seed), ONE_LAYER))
        for seed in (0, 1)
    )
    for measure in MEASURES:
        found = measure(first, second, week_rearrangements())
        assert found.p_value > 0.05
    # permuting all 168 hours would have called them alike
    assert linear_cka(first, second, sensor_rearrangements(168)).p_value == pytest.approx(0.01)


def test_a_week_is_like_itself_with_other_axes():
    week = week_coordinates(HimNetParameters(trained_like(ONE_LAYER), ONE_LAYER))
    turned = week @ rotation(week.shape[1])
    for measure in MEASURES:
        found = measure(week, turned, week_rearrangements())
        assert found.value == pytest.approx(1)
        assert found.p_value <= 0.02
