"""Values from anyone are what they should be, or refused."""

import math
from dataclasses import asdict

import pytest

from analysis.checked import (
    checked_count,
    checked_fields,
    checked_interval,
    checked_line,
    checked_number,
    checked_size,
)
from analysis.evidence.intervals import Interval
from himnet.limits import MAX_LINE

ONE = Interval(0.5, -1.0, 2.0, 3)


@pytest.mark.parametrize("value", [0, 1.5, -2])
def test_numbers_are_floats(value):
    assert checked_number(value) == value
    assert type(checked_number(value)) is float


def test_none_is_a_number_that_json_does_not_have():
    assert math.isnan(checked_number(None))
    assert math.isnan(checked_size(None))


@pytest.mark.parametrize("value", ["1", True, [1], math.inf, math.nan, 1e300])
def test_other_numbers_are_refused(value):
    with pytest.raises(TypeError):
        checked_number(value)


def test_sizes_are_not_negative():
    assert checked_size(0) == 0
    with pytest.raises(ValueError, match="negative"):
        checked_size(-1e-9)


@pytest.mark.parametrize("value", [-1, 0, 6, 2.0, True, None, "2"])
def test_counts_are_whole_and_within_their_bounds(value):
    assert checked_count(1, 5, least=1) == 1
    assert checked_count(5, 5, least=1) == 5
    with pytest.raises(TypeError):
        checked_count(value, 5, least=1)


@pytest.mark.parametrize("value", ["two\nlines", "x" * (MAX_LINE + 1), None, 3])
def test_lines_are_short_texts(value):
    assert checked_line("") == ""
    assert checked_line("plain") == "plain"
    with pytest.raises(TypeError):
        checked_line(value)


def test_an_interval_comes_back():
    assert checked_interval(asdict(ONE)) == ONE


@pytest.mark.parametrize(
    "change", [{"days": -1}, {"days": 1.0}, {"low": "x"}, {"more": 1}, {"value": math.inf}]
)
def test_what_is_no_interval_is_refused(change):
    with pytest.raises(TypeError):
        checked_interval(asdict(ONE) | change)


@pytest.mark.parametrize("told", [None, [], {}, {"value": 1.0}])
def test_an_object_has_exactly_the_fields_of_its_kind(told):
    with pytest.raises(TypeError):
        checked_fields(told, Interval)
