"""Moments whose embedding a window takes: of the right hour and day, at the same minute."""

import numpy as np
import pytest

from analysis.forecasts.windows import window_steps
from analysis.identity.moments import HOURS, MOMENT_CLASSES, moment_exchanges
from analysis.patterns.over_a_day import PERIODS
from tests.analysis.what_if.lively import material, town


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    return material(tmp_path_factory.mktemp("moments"))


@pytest.fixture(scope="module")
def steps(some):
    return window_steps(some, split=None)


@pytest.fixture(scope="module")
def found(some, steps):
    return moment_exchanges(some, steps)


def rows_of(some, queries):
    """Return the rows of both dictionaries that queries are made of."""
    tables = [some.arrays.weights[f"{name}_embedding.weight"] for name in ("tod", "dow")]
    width, places = tables[0].shape[1], []
    for table, part in zip(tables, (queries[:, :width], queries[:, width:]), strict=True):
        same = (part[:, None] == table.astype(np.float32)).all(axis=2)
        assert (same.sum(axis=1) == 1).all()
        places.append(same.argmax(axis=1))
    return places


def named(found, name):
    return [one for one in found if one.name == name]


def test_all_classes_are_there(found):
    assert {one.name for one in found} == set(MOMENT_CLASSES)


@pytest.mark.parametrize("name", HOURS)
def test_hours_away_are_earlier_and_later_on_the_same_day_of_the_week(some, steps, found, name):
    own, days = some.dataset.tod_index[steps], some.dataset.dow[steps]
    away = []
    for one in named(found, name):
        times, on = rows_of(some, one.queries)
        np.testing.assert_array_equal(on, days)
        away.append(set((times - own) % 24))
        assert one.counted.all()
    assert away == ([{12}] if name == "12h" else [{HOURS[name]}, {24 - HOURS[name]}])


def test_another_hour_of_the_same_period_is_another_and_in_it(some, steps, found):
    own = some.dataset.tod_index[steps]
    inside = np.zeros(len(own), dtype=bool)
    for one in named(found, "period"):
        times, _ = rows_of(some, one.queries)
        for start, end in PERIODS.values():
            here = (own >= start) & (own < end)
            inside |= here
            assert ((times[here] >= start) & (times[here] < end)).all()
            assert (times[here] != own[here]).all()
        np.testing.assert_array_equal(one.counted, inside)
        np.testing.assert_array_equal(times[~inside], own[~inside])


def test_days_are_of_the_same_or_of_the_other_kind(some, steps, found):
    own, days = some.dataset.tod_index[steps], some.dataset.dow[steps]
    weekend = np.isin(np.arange(7), some.info.weekend)
    for name, same in (("same-kind", True), ("other-kind", False)):
        for one in named(found, name):
            times, on = rows_of(some, one.queries)
            np.testing.assert_array_equal(times, own)
            assert ((weekend[on] == weekend[days]) == same).all()
            assert (on != days).all()
            assert one.counted.all()


def test_means_replace_their_part_only(some, steps, found):
    hours, week = (some.arrays.weights[f"{name}_embedding.weight"] for name in ("tod", "dow"))
    width = hours.shape[1]
    [hour], [day], [both] = (named(found, name) for name in ("hour-mean", "day-mean", "week-mean"))
    own = np.concatenate(
        [hours[some.dataset.tod_index[steps]], week[some.dataset.dow[steps]]], axis=1
    )
    np.testing.assert_allclose(
        hour.queries[:, :width], np.tile(hours.mean(axis=0), (len(own), 1)), rtol=1e-5
    )
    np.testing.assert_array_equal(hour.queries[:, width:], own[:, width:])
    np.testing.assert_array_equal(day.queries[:, :width], own[:, :width])
    np.testing.assert_allclose(day.queries[0, width:], week.mean(axis=0), rtol=1e-5)
    np.testing.assert_array_equal(both.queries[:, :width], hour.queries[:, :width])
    np.testing.assert_array_equal(both.queries[:, width:], day.queries[:, width:])


def test_steps_of_more_than_an_hour_leave_out_what_they_cannot_reach(tmp_path):
    coarse = material(tmp_path, dataset=town(steps_per_day=8, days=30), steps_per_day=8)
    found = moment_exchanges(coarse, window_steps(coarse, split=None))
    assert {one.name for one in found}.isdisjoint({"period", "1h"})
    assert {"3h", "6h", "12h"} <= {one.name for one in found}
