"""Similar meta-parameters, similar series: the partial Mantel correlation, and where it fails."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from analysis.claims.mantel import (
    complete_part,
    partial_mantel,
    series_beside,
    series_similarity,
)
from analysis.errors import AnalysisError
from analysis.geometry.similarity import cosine_matrix
from himnet.model.untrained import untrained_weights
from tests.analysis.claims.towns import CONFIG, SENSORS, TOWN, ground, planted_weights, view

COUNT = 20


def symmetric(seed, count=COUNT):
    values = np.random.default_rng(seed).normal(size=(count, count))
    return values + values.T


def partial(one, other, fixed):
    """By its definition: the correlation of what a line through the third leaves of both."""
    pairs = np.triu_indices(len(one), 1)
    design = np.column_stack([np.ones(len(pairs[0])), fixed[pairs]])
    left = [
        matrix[pairs] - design @ np.linalg.lstsq(design, matrix[pairs])[0]
        for matrix in (one, other)
    ]
    return np.corrcoef(*left)[0, 1]


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_correlation_of_what_the_third_matrix_leaves(seed):
    fixed = symmetric(seed)
    one, other = symmetric(seed + 10) + fixed, symmetric(seed + 20) - fixed + symmetric(seed + 10)
    found = partial_mantel(one, other, fixed, draws=5)
    assert found.value == pytest.approx(partial(one, other, fixed))
    assert partial_mantel(other, one, fixed, draws=5).value == pytest.approx(found.value)


def test_without_a_third_it_is_the_plain_correlation():
    one, other = symmetric(0), symmetric(0) + symmetric(1)
    pairs = np.triu_indices(COUNT, 1)
    expected = np.corrcoef(one[pairs], other[pairs])[0, 1]
    assert partial_mantel(one, other, None, draws=5).value == pytest.approx(expected)


def test_scale_offset_diagonal_and_order_of_objects_do_not_matter():
    one, other, fixed = symmetric(0), symmetric(0) + symmetric(1), symmetric(2)
    expected = partial_mantel(one, other, fixed, draws=5).value
    scaled = partial_mantel(3 * one - 7 + 100 * np.eye(COUNT), other, 0.1 * fixed, draws=5)
    assert scaled.value == pytest.approx(expected)
    order = np.ix_(*[np.random.default_rng(3).permutation(COUNT)] * 2)
    moved = partial_mantel(one[order], other[order], fixed[order], draws=5)
    assert moved.value == pytest.approx(expected)


def test_the_null_permutes_objects_of_the_first_matrix():
    one, other, fixed = symmetric(0, 4), symmetric(1, 4), symmetric(2, 4)
    found = partial_mantel(one, other, fixed, draws=400)
    possible = {
        round(partial(one[np.ix_(order, order)], other, fixed), 9)
        for order in permutations(range(4))
    }
    assert {round(draw, 9) for draw in found.sample} == possible
    assert found.p_smallest == pytest.approx(1 / 24)


def test_what_distance_alone_explains_is_not_claimed():
    places = np.random.default_rng(4).normal(size=(60, 2))
    metres = np.linalg.norm(places[:, None] - places, axis=2)
    noisy = [-metres + 0.5 * symmetric(seed, 60) for seed in (5, 6)]
    assert partial_mantel(*noisy, None, draws=99).value > 0.5
    assert abs(partial_mantel(*noisy, metres, draws=99).value) < 0.1
    shared = symmetric(7, 60)
    assert partial_mantel(shared - metres, shared - 2 * metres, metres, draws=99).p_value == 0.01


def test_p_values_are_spread_where_there_is_nothing():
    found = [
        partial_mantel(symmetric(seed), symmetric(seed + 50), symmetric(99), draws=39).p_value
        for seed in range(40)
    ]
    assert 0.3 < np.mean(found) < 0.7
    assert np.mean(np.array(found) <= 0.05) <= 0.15


def test_what_is_all_alike_has_no_correlation():
    assert np.isnan(partial_mantel(np.ones((9, 9)), symmetric(0, 9), None, draws=3).value)
    same = symmetric(0, 9)
    assert np.isnan(partial_mantel(same, symmetric(1, 9), same, draws=3).value)


def test_sensors_without_a_correlation_are_left_out():
    matrix = symmetric(0, 6)
    assert complete_part(matrix).tolist() == [0, 1, 2, 3, 4, 5]
    matrix[2], matrix[:, 2] = np.nan, np.nan
    assert complete_part(matrix).tolist() == [0, 1, 3, 4, 5]
    matrix[4, 5] = matrix[5, 4] = np.nan
    assert len(complete_part(matrix)) == 4
    assert complete_part(np.full((3, 3), np.nan)).tolist() == []


def test_meta_parameters_made_from_the_series_are_found():
    weights = planted_weights()
    parts, vectors = np.linalg.eigh(ground().series_correlations)
    weights["node_embedding"][:] = vectors[:, -6:] * np.sqrt(parts[-6:])
    found = series_similarity(view(weights), ground(), draws=99, seed=0)
    assert found.value > 0.1
    assert found.p_value == found.p_smallest == 0.01
    fresh = [
        series_similarity(view(untrained_weights(CONFIG, seed=seed)), ground(), draws=39, seed=0)
        for seed in range(6)
    ]
    assert max(one.value for one in fresh) < found.value
    assert max(one.p_value for one in fresh) > 0.2


def test_series_are_those_of_the_test_split_where_both_have_readings():
    windows = TOWN.splits["test"].index
    steps = slice(windows[0, 1], windows[-1, 2])
    first, second = TOWN.readings()[steps, 3].astype(float), TOWN.readings()[steps, 8].astype(float)
    both = np.isfinite(first) & np.isfinite(second)
    assert not both.all()
    expected = np.corrcoef(first[both], second[both])[0, 1]
    assert ground().series_correlations[3, 8] == pytest.approx(expected)


def test_silent_and_constant_sensors_do_not_count():
    values = TOWN.values.copy()
    values[:, 2], values[:, 7] = TOWN.info.missing_value, 55.0
    own = ground(dataset=replace(TOWN, values=values))
    assert np.isnan(own.series_correlations[[2, 7]]).all()
    found = series_similarity(view(), own, draws=19, seed=0)
    assert np.isfinite(found.value)
    counted = series_beside(view(), own, draws=19, seed=0)[-1]
    assert counted.value == SENSORS - 2
    kept = np.delete(np.arange(SENSORS), [2, 7])
    part = np.ix_(kept, kept)
    theta = cosine_matrix(view().spatial_coordinates)[part]
    expected = partial(theta, own.series_correlations[part], own.distances[part])
    assert found.value == pytest.approx(expected)


def test_it_needs_the_data_set_and_some_sensors():
    with pytest.raises(AnalysisError, match="needs the data set, but the data set is somewhere"):
        series_similarity(view(), ground(dataset=None), draws=9, seed=0)
    silent = replace(TOWN, values=np.full_like(TOWN.values, TOWN.info.missing_value))
    with pytest.raises(AnalysisError, match="0 sensors can be compared, but at least 4 are needed"):
        series_similarity(view(), ground(dataset=silent), draws=9, seed=0)
