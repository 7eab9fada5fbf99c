"""Facts about readings, against their literal computation, and doubts about them."""

import numpy as np
import pytest

from himnet.data.info import Sensors
from himnet.prepare.facts import find_facts, missing_value_for
from himnet.prepare.places import doubts_on_places


def speeds(steps=2000, sensors=6, seed=0):
    """Return readings of a city with rush hours, around 60."""
    rng = np.random.default_rng(seed)
    day = 60 - 20 * np.sin(np.arange(steps) / 46)[:, None] ** 2
    return (day + rng.normal(0, 2, (steps, sensors))).astype(np.float32)


def counts(steps=2000, sensors=6, seed=0):
    """Return hourly counts with quiet nights, of which some are 0."""
    rng = np.random.default_rng(seed)
    level = 200 * np.maximum(np.sin(np.arange(steps) / 24 * 2 * np.pi), 0) ** 2 + 0.5
    return rng.poisson(level[:, None] * np.ones(sensors)).astype(np.float32)


def facts_of(values, block=97):
    return find_facts(
        (values[at : at + block] for at in range(0, len(values), block)), values.shape[1]
    )


def literal_longest(absent):
    longest = gap = 0
    for missing in absent:
        gap = gap + 1 if missing else 0
        longest = max(longest, gap)
    return longest


@pytest.mark.parametrize("block", [1, 7, 97, 5000])
def test_sums_over_blocks_are_those_of_the_whole(block):
    values, rng = speeds(), np.random.default_rng(1)
    values[rng.random(values.shape) < 0.3] = np.nan
    values[100:400, 2] = np.nan
    values[50:60] = np.nan
    facts = facts_of(values, block)
    absent = np.isnan(values)
    assert facts.steps == len(values)
    assert facts.silent == absent.all(axis=1).sum() >= 10
    np.testing.assert_array_equal(facts.missing, absent.sum(axis=0))
    assert facts.longest.tolist() == [literal_longest(column) for column in absent.T]
    np.testing.assert_allclose(facts.mean, np.nanmean(values, axis=0, dtype=float))
    np.testing.assert_array_equal(facts.least, np.nanmin(values, axis=0))
    np.testing.assert_array_equal(facts.most, np.nanmax(values, axis=0))


def test_dead_and_constant_sensors():
    values = speeds()
    values[:, 1], values[:, 4] = np.nan, 7
    facts = facts_of(values)
    assert facts.dead.tolist() == [1]
    assert facts.constant.tolist() == [4]


def test_undeclared_codes_are_suspected_and_readings_are_not():
    assert not facts_of(speeds()).suspects
    assert not facts_of(counts()).suspects
    for code in (-1, -99, 255, 9999):
        values = speeds()
        values[300:340, 3] = code
        assert list(facts_of(values).suspects) == [code], code
    values = counts()
    values[:40, 3] = -1
    assert list(facts_of(values).suspects) == [-1]


def test_zeros_are_suspected_if_readings_fall_to_them_at_once():
    values = speeds()
    values[300:340, 3] = values[500:510] = 0
    told = facts_of(values).suspects[0.0]
    assert "fall to it at once" in told


def test_the_missing_value_is_one_that_no_reading_has():
    values = speeds()
    assert missing_value_for(facts_of(values)) == 0
    values[5, 1] = np.nan
    assert missing_value_for(facts_of(values)) == 0
    assert missing_value_for(facts_of(counts())) is None
    values = counts()
    values[5, 1] = np.nan
    assert missing_value_for(facts_of(values)) == -1
    values[6, 1] = -1
    assert missing_value_for(facts_of(values)) == -9999
    values[7, 1] = -9999
    assert missing_value_for(facts_of(values)) == -10000


def placed(latitude, longitude):
    names = tuple(str(number) for number in range(len(latitude)))
    return Sensors(names, np.array(latitude, float), np.array(longitude, float))


def test_places_that_look_wrong():
    north, east = np.linspace(48, 48.3, 9), np.linspace(11, 11.4, 9)
    assert not doubts_on_places(placed(north, east))
    assert "--sensors" in doubts_on_places(Sensors.numbered(3))[0]
    swapped = placed([*north, 11.1], [*east, 48.1])
    assert "are exchanged: 1 (9)" in doubts_on_places(swapped)[0]
    unset = placed([*north, 0], [*east, 0])
    assert "sensors at 0/0, usually an unknown place: 1 (9)" in doubts_on_places(unset)[0]
    far = placed([*north, 52.5], [*east, 13.4])
    assert "over 300 km" in doubts_on_places(far)[0]
