"""Projections: the same picture for the same seed, and no picture of what cannot be drawn."""

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from analysis.errors import AnalysisError
from analysis.projection import MAX_POINTS, largest_perplexity, pca, tsne
from analysis.similarity import distance_matrix

FEW = {"perplexity": 5, "iterations": 60}


@pytest.fixture(scope="module")
def clouds():
    """Three clouds of twelve points, far from each other."""
    rng = np.random.default_rng(0)
    return np.repeat(20 * np.eye(3, 5), 12, axis=0) + rng.normal(size=(36, 5))


def test_the_same_seed_gives_the_same_picture(clouds):
    first = tsne(clouds, **FEW)
    assert np.array_equal(first, tsne(clouds.copy(), **FEW))
    assert first.shape == (36, 2)
    assert np.isfinite(first).all()


def test_another_seed_gives_another_picture_of_the_same_clouds(clouds):
    first, second = tsne(clouds, **FEW), tsne(clouds, seed=1, **FEW)
    assert not np.array_equal(first, second)
    for places in (first, second):
        distances = distance_matrix(places) + np.diag(np.full(36, np.inf))
        assert np.array_equal(distances.argmin(axis=1) // 12, np.arange(36) // 12)


def test_the_picture_does_not_depend_on_the_number_of_threads(clouds):
    with threadpool_limits(1):
        alone = tsne(clouds, **FEW)
    with threadpool_limits(2):
        assert np.array_equal(tsne(clouds, **FEW), alone)


def test_the_input_is_left_as_it_was_and_may_be_float32(clouds):
    single = clouds.astype(np.float32)
    before = single.copy()
    assert np.isfinite(tsne(single, **FEW)).all()
    assert np.array_equal(single, before)


def test_tsne_keeps_clouds_apart(clouds):
    distances = distance_matrix(tsne(clouds, **FEW))
    np.fill_diagonal(distances, np.inf)
    assert np.array_equal(distances.argmin(axis=1) // 12, np.arange(36) // 12)


@pytest.mark.parametrize("count", [4, 5, 7])
def test_few_points_lower_the_perplexity_by_themselves(clouds, count, caplog):
    assert largest_perplexity(count) == (count - 1) / 3
    places = tsne(clouds[:count], perplexity=30, iterations=20)
    assert np.array_equal(
        places, tsne(clouds[:count], perplexity=largest_perplexity(count), iterations=20)
    )
    assert not caplog.records  # openTSNE complains of a perplexity that it has to lower


def test_perplexity_has_a_smallest_value_that_always_works():
    assert largest_perplexity(2) == 1


@pytest.mark.parametrize("perplexity", [0.5, 0, -3, np.nan])
def test_a_perplexity_below_one_is_refused(clouds, perplexity):
    with pytest.raises(AnalysisError, match="perplexity must be at least 1"):
        tsne(clouds, perplexity=perplexity)


@pytest.mark.parametrize("count", [0, 3, MAX_POINTS + 1])
def test_too_few_and_too_many_points_are_refused(count):
    with pytest.raises(AnalysisError, match=f"4 to {MAX_POINTS} points, not {count}"):
        tsne(np.zeros((count, 2)))


@pytest.mark.parametrize("project", [tsne, pca])
@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_is_not_finite_is_refused(clouds, project, value):
    broken = clouds.copy()
    broken[3, 1] = value
    with pytest.raises(AnalysisError, match="not all finite vectors; check the weights"):
        project(broken)


@pytest.mark.parametrize("project", [tsne, pca])
def test_a_single_column_of_numbers_is_no_set_of_vectors(project):
    with pytest.raises(AnalysisError):
        project(np.arange(10.0))


def test_points_that_coincide_are_both_seen(clouds):
    clouds = np.append(clouds, clouds[:1], axis=0)
    places = tsne(clouds, **FEW)
    apart = distance_matrix(places)
    assert 0 < apart[0, 36] < np.median(apart)


@pytest.mark.parametrize("value", [0.0, 0.1])
def test_points_that_are_all_equal_have_finite_places(value):
    same = np.full((12, 3), value)
    assert np.isfinite(tsne(same, perplexity=3, iterations=20)).all()
    found = pca(same)
    assert found.points == pytest.approx(np.zeros((12, 2)), abs=1e-12)
    assert np.isfinite(found.explained).all()


def test_vectors_of_one_dimension_are_projected_too():
    line = np.arange(8.0)[:, None]
    places = tsne(line, perplexity=2, iterations=20)
    assert np.isfinite(places).all()
    assert places[:, 1].std() > 0
    found = pca(line)
    assert found.explained.tolist() == [1, 0]
    assert np.abs(found.points[:, 0]) == pytest.approx(np.abs(line[:, 0] - 3.5))


def test_principal_components_explain_their_share_of_the_variance():
    rng = np.random.default_rng(1)
    points = rng.normal(size=(200, 4)) * [5, 3, 1, 0.5]
    found = pca(points)
    eigenvalues = np.linalg.eigvalsh(np.cov(points.T))[::-1]
    assert found.explained == pytest.approx(eigenvalues[:2] / eigenvalues.sum())
    assert found.points.var(axis=0, ddof=1) == pytest.approx(eigenvalues[:2])
    assert found.points.mean(axis=0) == pytest.approx(np.zeros(2), abs=1e-9)


def test_two_components_of_a_plane_keep_all_distances():
    rng = np.random.default_rng(2)
    plane = rng.normal(size=(15, 2)) @ np.linalg.qr(rng.normal(size=(6, 2)))[0].T
    found = pca(plane)
    assert found.explained.sum() == pytest.approx(1)
    assert distance_matrix(found.points) == pytest.approx(distance_matrix(plane))


def test_components_do_not_mirror_when_the_points_come_in_another_order(clouds):
    order = np.random.default_rng(3).permutation(len(clouds))
    assert pca(clouds[order]).points == pytest.approx(pca(clouds).points[order])


def test_two_points_have_components_and_one_has_none():
    assert pca(np.array([[0.0, 0], [3, 4]])).explained == pytest.approx([1, 0])
    with pytest.raises(AnalysisError, match="at least 2 points"):
        pca(np.zeros((1, 2)))
