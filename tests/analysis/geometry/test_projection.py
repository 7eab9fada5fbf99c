"""Projections: the same picture for the same seed, and no picture of what cannot be drawn."""

from itertools import pairwise

import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from analysis.errors import AnalysisError
from analysis.geometry.projection import (
    MAX_POINTS,
    chained_tsne,
    largest_perplexity,
    pca,
    tsne,
    turned_onto,
)
from analysis.geometry.similarity import distance_matrix

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


def test_a_layout_to_start_from_keeps_places_and_neighbours(clouds):
    first = tsne(clouds, **FEW)
    moved = clouds + np.random.default_rng(4).normal(0, 0.05, clouds.shape)
    second = tsne(moved, start=first, **FEW)
    assert np.array_equal(second, tsne(moved, start=first.copy(), **FEW))
    for own in np.arange(36).reshape(3, 12):  # each cloud is where it was
        assert np.linalg.norm(first[own].mean(0) - second[own].mean(0)) < first.std()
    mirrored = tsne(moved, start=first * [-1, 1], **FEW)
    for own in np.arange(36).reshape(3, 12):
        assert mirrored[own, 0].mean() == pytest.approx(-second[own, 0].mean(), abs=first.std())


def test_the_scale_and_the_middle_of_a_start_do_not_matter_to_the_picture(clouds):
    first = tsne(clouds, **FEW)
    near, far = (distance_matrix(tsne(clouds, start=layout, **FEW)) for layout in
                 (first, 50 * first))  # fmt: skip
    assert near == pytest.approx(far, rel=1e-3, abs=1e-3 * far.max())


@pytest.mark.parametrize("start", [np.zeros((36, 2)), np.ones((36, 2))])
def test_a_start_in_one_place_still_draws(clouds, start):
    assert tsne(clouds, start=start, **FEW).std() > 0


@pytest.mark.parametrize("shape", [(35, 2), (36, 3), (36, 1)])
def test_a_start_of_other_points_is_refused(clouds, shape):
    with pytest.raises(AnalysisError, match=r"layout of 36 points has the shape \(36, 2\)"):
        tsne(clouds, start=np.zeros(shape))


def test_a_start_that_is_not_finite_is_refused(clouds):
    with pytest.raises(AnalysisError, match="not all finite"):
        tsne(clouds, start=np.full((36, 2), np.nan))


def test_a_turned_mirrored_and_shifted_layout_is_turned_back(clouds):
    layout = clouds[:, :2]
    angle = 2.1
    turn = np.array([[np.cos(angle), np.sin(angle)], [np.sin(angle), -np.cos(angle)]])
    assert turned_onto(layout @ turn + [5, -3], layout) == pytest.approx(layout)


def test_turning_changes_no_distance_and_moves_others_alike(clouds):
    layout, other = clouds[:, :2], clouds[:, 2:4]
    turned = turned_onto(layout, 3 * other)
    assert distance_matrix(turned) == pytest.approx(distance_matrix(layout))
    assert turned.mean(axis=0) == pytest.approx(3 * other.mean(axis=0))
    assert turned_onto(layout, 3 * other, moved=layout[:5]) == pytest.approx(turned[:5])


def test_no_turn_is_nearer_than_the_one_found(clouds):
    layout, other = clouds[:, :2], clouds[:, 2:4]
    best = np.square(turned_onto(layout, other) - other).sum()
    for angle in np.linspace(0, 2 * np.pi, 30):
        turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
        for mirror in ([1, 1], [-1, 1]):
            tried = (layout - layout.mean(0)) @ turn * mirror + other.mean(0)
            assert np.square(tried - other).sum() >= best - 1e-9


def test_layouts_of_other_points_cannot_be_turned_onto_each_other(clouds):
    with pytest.raises(AnalysisError, match="of the same points"):
        turned_onto(clouds[:, :2], clouds[:5, :2])


def test_a_chain_lies_across_the_page_and_neighbouring_layouts_are_alike(clouds):
    rng = np.random.default_rng(5)
    several = [clouds + rng.normal(0, spread, clouds.shape) for spread in (8, 0.5, 0)]
    chain = chained_tsne(several, **FEW)
    assert [layout.shape for layout in chain] == [(36, 2)] * 3
    last = chain[-1] - chain[-1].mean(axis=0)
    assert last.T @ last == pytest.approx(np.diag(np.square(last).sum(axis=0)), abs=1e-6)
    assert last[:, 0].std() >= last[:, 1].std()
    # each is already turned onto the one before: turning again changes nothing
    for before, after in pairwise(chain):
        assert turned_onto(after, before) == pytest.approx(after, abs=1e-6)


def test_a_chain_of_one_is_a_layout_and_an_empty_one_is_empty(clouds):
    (alone,) = chained_tsne([clouds], **FEW)
    assert alone == pytest.approx(tsne(clouds, **FEW), abs=1e-9)
    assert chained_tsne([]) == []


def test_a_start_holds_the_places_better_than_turning_alone():
    cloud = np.random.default_rng(6).normal(size=(60, 5))
    other = cloud + np.random.default_rng(7).normal(0, 0.1, cloud.shape)
    first = tsne(cloud, perplexity=10)
    begun, alone = tsne(other, perplexity=10, start=first), tsne(other, perplexity=10)
    held, turned = (np.linalg.norm(layout - first) for layout in (
        begun, turned_onto(alone, first)))  # fmt: skip
    assert held < turned
