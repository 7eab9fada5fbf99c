"""Cosines and distances: what they are by definition, for one cloud, two, and stacks of them."""

import numpy as np
import pytest

from analysis.geometry.similarity import cosine_matrix, distance_matrix, unit_rows


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(1.0, 2.0, (9, 4))


@pytest.mark.parametrize("centred", [False, True])
def test_cosines_are_symmetric_with_ones_on_the_diagonal_and_within_their_range(points, centred):
    cosines = cosine_matrix(points, centred=centred)
    assert cosines == pytest.approx(cosines.T)
    assert np.diagonal(cosines) == pytest.approx(np.ones(9))
    assert np.abs(cosines).max() <= 1


def test_cosines_of_nearly_equal_vectors_do_not_pass_one():
    points = np.full((50, 3), 0.1) + 1e-9 * np.random.default_rng(0).normal(size=(50, 3))
    assert cosine_matrix(points).max() == 1


def test_cosines_do_not_depend_on_lengths(points):
    lengths = np.random.default_rng(1).uniform(0.1, 1e6, (9, 1))
    assert cosine_matrix(points * lengths) == pytest.approx(cosine_matrix(points))


def test_opposite_and_right_angled_vectors():
    cosines = cosine_matrix(np.array([[2.0, 0], [-1, 0], [0, 3]]))
    assert cosines == pytest.approx(np.array([[1, -1, 0], [-1, 1, 0], [0, 0, 1.0]]))


def test_a_vector_of_length_zero_has_no_direction_and_harms_no_other(points):
    points[4] = 0
    cosines = cosine_matrix(points)
    assert np.isnan(cosines[4]).all()
    assert np.isnan(cosines[:, 4]).all()
    kept = np.delete(np.arange(9), 4)
    assert cosines[np.ix_(kept, kept)] == pytest.approx(cosine_matrix(points[kept]))
    assert np.isnan(unit_rows(points)[4]).all()


def test_unit_rows_have_length_one_in_any_shape():
    units = unit_rows(np.random.default_rng(0).normal(size=(3, 5, 4)).astype(np.float32))
    assert units.dtype == np.float64
    assert np.linalg.norm(units, axis=-1) == pytest.approx(np.ones((3, 5)))


def test_cosines_with_others_are_a_block_of_the_whole(points):
    whole = cosine_matrix(points)
    assert cosine_matrix(points[:3], others=points[3:]) == pytest.approx(whole[:3, 3:])
    assert distance_matrix(points[:3], others=points[3:]) == pytest.approx(
        distance_matrix(points)[:3, 3:]
    )


def test_centring_removes_what_all_vectors_share(points):
    shared = np.array([100.0, -50, 20, 7])
    assert cosine_matrix(points + shared, centred=True) == pytest.approx(
        cosine_matrix(points, centred=True)
    )
    assert cosine_matrix(points + shared).min() > 0.9
    units = unit_rows(points - points.mean(axis=0))
    assert cosine_matrix(points, centred=True) == pytest.approx(units @ units.T)


def test_others_are_centred_by_the_mean_of_the_first(points):
    mean = points[:5].mean(axis=0)
    expected = cosine_matrix(points[:5] - mean, others=points[5:] - mean)
    found = cosine_matrix(points[:5], others=points[5:], centred=True)
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("centred", [False, True])
def test_a_stack_is_computed_one_by_one(centred):
    stack = np.random.default_rng(2).normal(size=(2, 3, 6, 4))
    others = np.random.default_rng(3).normal(size=(2, 3, 5, 4))
    found = cosine_matrix(stack, others=others, centred=centred)
    assert found.shape == (2, 3, 6, 5)
    for place in np.ndindex(2, 3):
        one = cosine_matrix(stack[place], others=others[place], centred=centred)
        assert found[place] == pytest.approx(one)


def test_distances_are_euclidean_and_a_metric(points):
    distances = distance_matrix(points)
    assert distances[2, 7] == pytest.approx(np.sqrt(((points[2] - points[7]) ** 2).sum()))
    assert np.array_equal(distances, distances.T)
    assert not np.diagonal(distances).any()
    detours = distances[:, :, None] + distances[None, :, :]
    assert (detours.min(axis=1) >= distances - 1e-12).all()


def test_inputs_are_left_as_they_were(points):
    before = points.copy()
    cosine_matrix(points, centred=True)
    assert np.array_equal(points, before)
