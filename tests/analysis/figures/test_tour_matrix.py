"""What the tour says: mixtures are those of the model, and verdicts follow numbers."""

import numpy as np
import pytest

from analysis.evidence.statistic import against
from analysis.figures.tour_matrix import shared_area, spatial_mixture, told
from himnet import load_arrays


@pytest.fixture(scope="module")
def city():
    return load_arrays("synthetic-city")


def test_a_mixture_is_the_sum_of_pool_entries_weighed_by_the_query(city):
    mixture = spatial_mixture(city.model)
    query = mixture.queries[3]
    slow = sum(q * entry for q, entry in zip(query, mixture.pool, strict=True))
    np.testing.assert_allclose(mixture.weights(query), slow, atol=1e-12)
    np.testing.assert_allclose(mixture.weights(2 * query), 2 * slow, atol=1e-12)


def test_the_strongest_entry_changes_the_weights_most(city):
    mixture = spatial_mixture(city.model)
    changes = []
    for entry in range(len(mixture.pool)):
        query = mixture.queries[0].copy()
        query[entry] = 0
        changes.append(np.linalg.norm(mixture.weights(query) - mixture.weights(mixture.queries[0])))
    assert mixture.strongest(0, 3) == np.argsort(-np.array(changes))[:3].tolist()


def test_far_fewer_numbers_are_stored_than_made(city):
    mixture = spatial_mixture(city.model)
    assert mixture.made == city.config.num_nodes * mixture.pool[0].size
    assert mixture.stored < mixture.made


def test_a_block_has_the_largest_weight_and_keeps_the_order(city):
    mixture = spatial_mixture(city.model)
    rows, columns = mixture.block(0, 5, 4)
    whole = np.abs(mixture.weights(mixture.queries[0]))
    assert whole[np.ix_(rows, columns)].max() == whole.max()
    assert (np.diff(rows) > 0).all()
    assert (np.diff(columns) > 0).all()


def test_a_verdict_follows_the_number_and_its_null():
    assert told(against(2.0, list(range(-50, 0)), null="x"), "it", "Yes.", "No.").startswith("Yes.")
    assert told(against(-9.0, list(range(-50, 0)), null="x"), "it", "Yes.", "No.").startswith("No.")


def test_a_number_is_said_to_be_one_of_something():
    said = told(against(2.0, list(range(-50, 0)), null="x"), "the share of islands", "Yes.", "No.")
    assert "The share of islands is **2.00**" in said


@pytest.mark.parametrize(
    ("first", "second", "share"),
    [([1, 2, 3], [1, 2, 3], 1), ([0, 1], [10, 11], 0), ([1, np.nan], [1, 1], 1)],
)
def test_distributions_share_all_or_nothing(first, second, share):
    assert shared_area(np.array(first, float), np.array(second, float)) == pytest.approx(share)


def test_nothing_shares_nothing():
    assert np.isnan(shared_area(np.array([np.nan]), np.array([1.0])))
