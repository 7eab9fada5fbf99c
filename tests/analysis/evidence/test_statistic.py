"""A number beside its null: p-values are what they say, and nothing is compared with nothing."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.evidence.statistic import against


def test_the_p_value_counts_the_draws_that_are_at_least_as_large():
    found = against(2.0, [0, 1, 2, 3], null="some numbers")
    assert found.p_value == 3 / 5  # 2 and 3, and the value itself
    assert found.null_mean == 1.5
    assert (found.value, found.null, found.draws) == (2.0, "some numbers", 4)
    assert found.null_low < found.null_mean < found.null_high


def test_no_p_value_is_zero_and_none_passes_one():
    draws = np.random.default_rng(0).normal(size=19)
    assert against(100, draws, null="").p_value == 1 / 20
    assert against(-100, draws, null="").p_value == 1


def test_of_all_possible_draws_the_measured_one_counts_once():
    assert against(3.0, [0, 1, 2, 3], null="", exhaustive=True).p_value == 1 / 4
    assert against(0.0, [0, 1, 2, 3], null="", exhaustive=True).p_value == 1


def test_rounding_does_not_part_equals():
    assert against(0.3, [0.1 + 0.2 - 1e-16, 0.0], null="").p_value == 2 / 3
    assert against(0.1 + 0.2, [0.3, 0.0], null="").p_value == 2 / 3


def test_the_interval_holds_95_percent_of_the_draws():
    draws = np.random.default_rng(1).normal(size=2000)
    found = against(0.0, draws, null="")
    inside = ((draws >= found.null_low) & (draws <= found.null_high)).mean()
    assert inside == pytest.approx(0.95, abs=0.002)


def test_p_values_are_uniform_where_the_null_is_true():
    rng = np.random.default_rng(2)
    values = np.array([against(*_one_of(rng), null="").p_value for _ in range(1000)])
    for level in (0.05, 0.25, 0.5, 0.75):
        # five standard deviations of a share of 1000
        spread = 5 * np.sqrt(level * (1 - level) / 1000)
        assert (values <= level + 1e-9).mean() == pytest.approx(level, abs=spread)


def _one_of(rng):
    draws = rng.normal(size=20)
    return draws[0], draws[1:]


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_what_has_no_meaning_is_compared_with_nothing(value):
    found = against(value, [1.0, 2.0], null="")
    assert not np.isfinite(found.value)
    assert np.isnan([found.null_mean, found.null_low, found.null_high, found.p_value]).all()
    assert found.draws == 2


def test_no_draws_are_refused():
    with pytest.raises(AnalysisError, match="no draws of 'labels permuted'"):
        against(1.0, [], null="labels permuted")


def test_the_smallest_p_is_one_above_the_draws_or_one_of_all_ways():
    assert against(1.0, [0, 1, 2, 3], null="").p_smallest == 1 / 5
    assert against(1.0, [0, 1, 2, 3], null="", exhaustive=True).p_smallest == 1 / 4
    # of all ways, two equal ones at the top
    assert against(1.0, [0, 1, 3, 3], null="", exhaustive=True).p_smallest == 2 / 4
    # random draws of three ways only
    assert against(1.0, [0, 1, 2] * 33, null="", ways=3).p_smallest == 1 / 3


def test_of_all_ways_the_measured_one_is_left_out_of_the_mean_and_the_range():
    found = against(9.0, [0, 1, 2, 9], null="", exhaustive=True)
    assert found.null_mean == 1
    assert found.null_high < 2.01
    assert against(9.0, [9.0], null="", exhaustive=True).null_mean == 9


def test_draws_that_depend_on_each_other_have_a_larger_smallest_p():
    found = against(9.0, [0, 1, 2, 9], null="", exhaustive=True, least=0.5)
    assert found.p_value == found.p_smallest == 0.5
    assert against(1.0, [0, 1, 2, 9], null="", exhaustive=True, least=0.5).p_value == 0.75


def test_a_null_that_is_all_alike_cannot_be_beaten():
    for exhaustive in (False, True):
        found = against(0.0, [0.0] * 99, null="", exhaustive=exhaustive)
        assert found.p_value == found.p_smallest == 1
    assert against(1.0, [0.0] * 99, null="").p_smallest == 1 / 100


def test_a_draw_without_meaning_counts_as_one_that_is_as_large():
    assert against(2.0, [0, 1, np.nan, 1.5], null="").p_value == 2 / 5


def test_the_draws_are_kept_and_take_no_part_in_equality():
    first, other = against(2.0, [0, 1, 3], null=""), against(2.0, [1, 0, 3], null="")
    assert first.sample.tolist() == [0, 1, 3]
    assert first == other


def test_only_a_p_value_below_the_level_is_above_the_null():
    assert against(1.0, [0.0] * 20, null="").is_above  # p = 1/21
    assert not against(1.0, [0.0] * 19, null="").is_above  # p = 1/20, the level itself
    assert not against(np.nan, [0.0] * 20, null="").is_above
