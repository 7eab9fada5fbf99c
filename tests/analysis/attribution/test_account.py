"""An attribution in a few numbers: shares add up, and halves are halves."""

import numpy as np
import pytest

from analysis.attribution.account import account_of, folded, rank_agreement, weighted_median
from analysis.city.along import Seen, nowhere

NAN = float("nan")
# the sensor, one upstream, one downstream, two elsewhere
SEEN = Seen(0, np.array([0.0, 1.0, 2.0, 3.0, 9.0]), np.array([0.0, -1.0, 2.0, NAN, NAN]))
RNG = np.random.default_rng(0)


def values(steps=4):
    return RNG.normal(size=(steps, 5)).astype(np.float32)


def test_shares_of_all_sides_add_up_to_one():
    told = account_of(values(), SEEN)
    assert told.own + told.upstream + told.downstream + told.elsewhere == pytest.approx(1)


def test_totals_keep_signs_and_sizes_do_not():
    told = account_of(np.array([[1, -2, 0, 0, 0], [1, 2, 0, 0, 0]]), SEEN)
    assert told.totals.tolist() == [2, 0, 0, 0, 0]
    assert told.sizes.tolist() == [2, 4, 0, 0, 0]
    assert told.order[:2].tolist() == [1, 0]
    assert (told.own, told.upstream) == pytest.approx((1 / 3, 2 / 3))


def test_numbers_do_not_depend_on_the_order_of_the_sensors():
    some, order = values(), np.array([3, 0, 4, 1, 2])
    mixed = Seen(1, SEEN.km[order], SEEN.along[order])
    one, other = account_of(some, SEEN), account_of(some[:, order], mixed)
    names = ("own", "upstream", "downstream", "elsewhere", "km", "back")
    assert [getattr(one, n) for n in names] == pytest.approx([getattr(other, n) for n in names])
    assert one.order.tolist() == order[other.order].tolist()


def test_the_distance_is_that_of_the_others_and_the_time_counts_back_from_the_last_step():
    some = np.zeros((3, 5))
    some[:, 0], some[0, 1], some[2, 4] = 9, 1, -3
    told = account_of(some, SEEN)
    assert told.km == 9.0
    assert told.back == 1.0  # 30 of 31 are the sensor's, evenly over the steps


def test_nothing_that_moved_gives_no_shares():
    told = account_of(np.zeros((3, 5)), SEEN)
    assert np.isnan([told.own, told.km, told.back]).all()


def test_without_places_sides_and_distance_are_unknown_and_the_rest_is_elsewhere():
    told = account_of(np.ones((3, 5)), nowhere(0, 5))
    assert np.isnan([told.upstream, told.downstream, told.km]).all()
    assert (told.own, told.elsewhere) == pytest.approx((0.2, 0.8))


@pytest.mark.parametrize("count", [1, 2, 5, 50])
def test_the_weighted_median_with_equal_weights_is_the_lower_median(count):
    some = RNG.normal(size=count)
    assert weighted_median(some, np.ones(count)) == np.sort(some)[(count - 1) // 2]


def test_the_weighted_median_leaves_out_what_is_not_known():
    assert weighted_median(np.array([NAN, 3.0]), np.array([9.0, 1.0])) == 3.0
    assert np.isnan(weighted_median(np.array([NAN, NAN]), np.ones(2)))


def test_rank_agreement_is_that_of_ranks_and_undefined_where_there_are_none():
    some = RNG.normal(size=9)
    assert rank_agreement(some, np.exp(some)) == pytest.approx(1)
    assert rank_agreement(some, -some) == pytest.approx(-1)
    assert np.isnan(rank_agreement(some[:2], some[:2]))
    assert np.isnan(rank_agreement(np.zeros(9), some))


@pytest.mark.parametrize("most", [2, 4, 5, 9])
def test_rows_that_are_folded_keep_the_sum(most):
    some = values()
    rows, kept, rest = folded(some, account_of(some, SEEN).order, most)
    assert len(rows) == min(most, 5)
    assert len(kept) + rest == 5
    assert (rest == 0) == (most >= 5)
    assert rows.sum(axis=0) == pytest.approx(some.sum(axis=1), abs=1e-5)
