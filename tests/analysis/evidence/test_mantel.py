"""The partial Mantel correlation: its definition, its null, missing pairs and its limits."""

from itertools import permutations

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.evidence.mantel import partial_mantel
from tests.analysis.evidence.pairs import COUNT, partial, symmetric


@pytest.mark.parametrize("seed", range(4))
def test_it_is_the_correlation_of_what_the_third_matrix_leaves(seed):
    fixed = symmetric(seed)
    one, other = symmetric(seed + 10) + fixed, symmetric(seed + 20) - fixed + symmetric(seed + 10)
    found = partial_mantel(one, other, [fixed], draws=5)
    assert found.value == pytest.approx(partial(one, other, [fixed]))
    assert partial_mantel(other, one, [fixed], draws=5).value == pytest.approx(found.value)


def test_without_a_third_it_is_the_plain_correlation():
    one, other = symmetric(0), symmetric(0) + symmetric(1)
    pairs = np.triu_indices(COUNT, 1)
    expected = np.corrcoef(one[pairs], other[pairs])[0, 1]
    assert partial_mantel(one, other, draws=5).value == pytest.approx(expected)


def test_scale_offset_diagonal_and_order_of_objects_do_not_matter():
    one, other, fixed = symmetric(0), symmetric(0) + symmetric(1), symmetric(2)
    expected = partial_mantel(one, other, [fixed], draws=5).value
    scaled = partial_mantel(3 * one - 7 + 100 * np.eye(COUNT), other, [0.1 * fixed], draws=5)
    assert scaled.value == pytest.approx(expected)
    order = np.ix_(*[np.random.default_rng(3).permutation(COUNT)] * 2)
    moved = partial_mantel(one[order], other[order], [fixed[order]], draws=5)
    assert moved.value == pytest.approx(expected)


def test_the_null_permutes_objects_of_the_first_matrix():
    one, other, fixed = symmetric(0, 4), symmetric(1, 4), symmetric(2, 4)
    found = partial_mantel(one, other, [fixed], draws=400)
    possible = {
        round(partial(one[np.ix_(order, order)], other, [fixed]), 9)
        for order in permutations(range(4))
    }
    assert {round(draw, 9) for draw in found.sample} == possible
    assert found.p_smallest == pytest.approx(1 / 24)


def test_what_distance_alone_explains_is_not_claimed():
    places = np.random.default_rng(4).normal(size=(60, 2))
    metres = np.linalg.norm(places[:, None] - places, axis=2)
    noisy = [-metres + 0.5 * symmetric(seed, 60) for seed in (5, 6)]
    assert partial_mantel(*noisy, draws=99).value > 0.5
    assert abs(partial_mantel(*noisy, [metres], draws=99).value) < 0.1
    shared = symmetric(7, 60)
    assert partial_mantel(shared - metres, shared - 2 * metres, [metres], draws=99).p_value == 0.01


def test_p_values_are_spread_where_there_is_nothing():
    found = [
        partial_mantel(symmetric(seed), symmetric(seed + 50), [symmetric(99)], draws=39).p_value
        for seed in range(40)
    ]
    assert 0.3 < np.mean(found) < 0.7
    assert np.mean(np.array(found) <= 0.05) <= 0.15


def test_what_is_all_alike_has_no_correlation():
    assert np.isnan(partial_mantel(np.ones((9, 9)), symmetric(0, 9), draws=3).value)
    same = symmetric(0, 9)
    assert np.isnan(partial_mantel(same, symmetric(1, 9), [same], draws=3).value)


@pytest.mark.parametrize("ordered", [False, True])
def test_several_fixed_matrices_and_missing_pairs(ordered):
    rng = np.random.default_rng(0)
    one, fixed = symmetric(0), [symmetric(1), symmetric(2), symmetric(1) + symmetric(2)]
    other = one + fixed[0] - 2 * fixed[1] + (rng.normal(size=one.shape) if ordered else 0)
    other, fixed[1] = other + symmetric(3), fixed[1].copy()
    lost = rng.random(one.shape) < 0.4
    other[lost] = np.nan
    fixed[1][2, 5] = fixed[1][5, 2] = np.nan
    known = np.isfinite(other) & np.isfinite(fixed[1])
    known &= ~np.eye(COUNT, dtype=bool) if ordered else np.triu(np.ones_like(known), 1)
    pairs = np.nonzero(known)
    found = partial_mantel(one, other, fixed, ordered=ordered, draws=99)
    assert found.value == pytest.approx(partial(one, other, fixed[:2], pairs))
    assert found.p_value < 0.05
    order = rng.permutation(COUNT)
    moved = partial_mantel(one[np.ix_(order, order)], other, fixed, ordered=ordered, draws=9)
    shuffled = one[np.ix_(order, order)]
    assert moved.value == pytest.approx(partial(shuffled, other, fixed[:2], pairs))


def test_objects_are_permuted_within_their_cells_only():
    cells, one, other = np.repeat([0, 1], [1, 3]), symmetric(0, 4), symmetric(1, 4)
    found = partial_mantel(one, other, (), cells, draws=400)
    orders = [(0, *(1 + np.array(order))) for order in permutations(range(3))]
    possible = {
        round(partial(one[np.ix_(order, order)], other, []), 9) for order in map(list, orders)
    }
    assert {round(draw, 9) for draw in found.sample} == possible


def test_too_few_pairs_are_one_sentence():
    other = np.full((5, 5), np.nan)
    other[0, 1:4] = 1, 2, 3
    with pytest.raises(AnalysisError, match="3 pairs of sensors can be compared, but at least 4"):
        partial_mantel(symmetric(0, 5), other, [symmetric(1, 5)], draws=3)
