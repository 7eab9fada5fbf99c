"""Numbers and texts become moments of the local clock."""

import numpy as np
import pytest

from himnet.data.stored_moments import (
    declared_unit,
    local_clock,
    moments_of,
    moments_of_texts,
    unit_of,
)
from himnet.errors import DataError

SOME = np.array(["2012-03-01T00:00:00", "2012-03-01T00:05:00"], dtype="datetime64[s]")


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_numbers_of_any_unit_are_the_same_moments(unit):
    numbers = SOME.astype(f"datetime64[{unit}]").astype(np.int64)
    assert unit_of(int(numbers[0])) == unit
    np.testing.assert_array_equal(moments_of(numbers, unit), SOME)
    np.testing.assert_array_equal(moments_of(numbers.astype(float), unit), SOME)


def test_a_declared_unit_counts_unless_it_is_impossible():
    microseconds = int(SOME.astype("datetime64[us]").astype(np.int64)[0])
    assert unit_of(microseconds, "us") == "us"
    assert unit_of(microseconds, "ns") == "us"  # as pandas 2 stored them
    assert unit_of(0, "ns") == "ns"
    assert unit_of(7) is None


@pytest.mark.parametrize(
    ("kind", "unit"),
    [
        ("datetime64", "ns"), ("datetime64[us]", "us"), ("datetime64[s]", "s"),
        ("datetime64[D]", "D"), ("integer", None), ("datetime64[weeks]", None), ("", None),
    ],
)  # fmt: skip
def test_the_kind_of_pandas_names_the_unit(kind, unit):
    assert declared_unit(kind) == unit


@pytest.mark.parametrize("bad", [np.nan, np.inf, 1e300])
def test_numbers_that_are_no_moments_are_refused(bad):
    with pytest.raises(DataError, match="which is none"):
        moments_of(np.array([1.3e9, bad]), "s")
    with pytest.raises(DataError, match="which is none"):
        moments_of(np.array([np.iinfo(np.int64).min]), "s")


def test_texts_keep_the_local_clock():
    cells = np.array([b"2012-03-01 00:00:00+08:00", b"2012-03-01T00:05:00Z"])
    found, had_offsets = moments_of_texts(cells)
    np.testing.assert_array_equal(found, SOME)
    assert had_offsets
    with pytest.raises(DataError, match="not ISO dates"):
        moments_of_texts(np.array(["01/03/2012"]))


def test_clocks_of_zones_are_shown_with_their_changes():
    utc = np.array(["2017-03-12T09:55", "2017-03-12T10:00"], dtype="datetime64[s]")
    shown = local_clock(utc, "America/Los_Angeles")
    assert list(map(str, shown)) == ["2017-03-12T01:55:00", "2017-03-12T03:00:00"]
    assert str(local_clock(utc, "UTC+05:30")[0]) == "2017-03-12T15:25:00"
    for zone in ("Nowhere/City", "../../etc/passwd", "/etc/passwd", "x\0y"):
        with pytest.raises(DataError, match="which this machine does not know"):
            local_clock(utc, zone)
