"""How far forecasts look: planted attributions come back, and chance gives no direction."""

import numpy as np
import pytest

from analysis.attribution.reach import (
    BANDS,
    City,
    mean_over_days,
    quantity,
    reach_of,
    side,
    upstream_share,
)
from analysis.city.along import Seen
from himnet.data.info import Sensors
from tests.analysis.towns import TOWN

CITY = City(TOWN)
COUNT, STEPS = len(TOWN), 4
RNG = np.random.default_rng(0)


def planted(sensor, readings):
    """Sizes of one forecast: {(step, sensor): size}."""
    sizes = np.zeros((1, STEPS, COUNT))
    for (step, place), size in readings.items():
        sizes[0, step, place] = size
    return reach_of(sizes, np.array([sensor]), CITY, 5.0)


def test_minutes_count_back_from_the_last_reading():
    assert planted(0, {(3, 0): 2}).quantities["minutes"][0] == 0
    assert planted(0, {(0, 0): 2}).quantities["minutes"][0] == 15
    assert planted(0, {(3, 0): 3, (1, 4): 1}).quantities["minutes"][0] == pytest.approx(2.5)


def test_distances_are_of_the_other_sensors():
    found = planted(0, {(3, 0): 9, (3, 2): 1, (3, 4): 3}).quantities
    assert found["km"][0] == pytest.approx((2 + 3 * 4) / 4, rel=1e-2)
    assert found["along"][0] == pytest.approx((2 + 3 * 4) / 4, rel=1e-2)
    assert np.isnan(planted(0, {(3, 0): 9}).quantities["km"][0])


def test_parts_of_the_city_add_up_to_one():
    sizes = RNG.random((3, STEPS, COUNT))
    found = reach_of(sizes, np.array([0, 7, 13]), CITY, 5.0).quantities
    parts = sum(found[name] for name in ("own", "road", "opposite", "elsewhere"))
    np.testing.assert_allclose(parts, 1)
    one = planted(0, {(3, 0): 1, (3, 1): 2, (3, 6): 3, (3, 12): 4}).quantities
    shares = [float(one[name][0]) for name in ("own", "road", "opposite", "elsewhere")]
    assert shares == pytest.approx([0.1, 0.2, 0.3, 0.4])


def test_shares_by_step_and_band_add_up_to_one():
    found = reach_of(RNG.random((2, STEPS, COUNT)), np.array([3, 9]), CITY, 5.0)
    for table, width in ((found.by_step, STEPS), (found.by_band, len(BANDS))):
        assert table.shape == (2, width)
        np.testing.assert_allclose(table.sum(axis=1), 1)


def test_nothing_that_moved_is_unknown():
    found = planted(0, {})
    assert np.isnan(list(found.quantities.values())).all()
    assert np.isnan(found.upstream).all()


def test_without_places_only_time_is_known():
    city = City(Sensors.numbered(COUNT))
    found = reach_of(np.ones((1, STEPS, COUNT)), np.array([2]), city, 5.0)
    known = {name for name, values in found.quantities.items() if np.isfinite(values).all()}
    assert known == {"minutes", "own"}
    assert np.isnan(found.upstream[0])


def seen(along):
    along = np.array([0.0, *along])
    return Seen(0, np.abs(along), along)


def test_upstream_is_compared_at_equal_distances_only():
    # many downstream sensors, and a far one upstream, do not matter
    place = seen([-0.7, 0.7, 0.8, 0.9, -15.0])
    assert upstream_share(place, np.ones(6)) == 0.5
    assert upstream_share(place, np.array([0, 3.0, 1, 1, 1, 99])) == 0.75
    assert np.isnan(upstream_share(seen([0.7, 0.9]), np.ones(3)))
    assert np.isnan(upstream_share(seen([-9.0, 0.9]), np.ones(3)))


def test_exchanging_the_sides_exchanges_the_shares():
    along, sizes = RNG.uniform(-8, 8, 30), RNG.random(31)
    one, other = (upstream_share(seen(sign * along), sizes) for sign in (1, -1))
    assert one + other == pytest.approx(1)


DAYS, BLOCKS = np.repeat(np.arange(12), 10), np.arange(120) // 4


def test_a_direction_is_found_and_named_by_its_share():
    shares = np.clip(0.6 + 0.1 * RNG.normal(size=120), 0, 1)
    found = side(shares, np.full(120, 0.5), DAYS, BLOCKS)
    assert found.upstream.value == pytest.approx(shares.mean())
    assert found.upstream.low < shares.mean() < found.upstream.high
    assert found.p_value == found.p_even == found.p_smallest == 0.001
    assert found.null_low < 0.5 < found.null_high < shares.mean()
    assert (found.forecasts, found.blocks) == (120, 30)


def test_downstream_is_found_as_well_and_what_readings_explain_is_not():
    shares = np.clip(0.4 + 0.1 * RNG.normal(size=120), 0, 1)
    found = side(shares, shares + 0.02 * RNG.normal(size=120), DAYS, BLOCKS)
    assert found.p_value == 0.001
    assert found.p_even > 0.05


def test_p_values_are_spread_where_there_is_no_direction_though_neighbours_agree():
    """Forecasts of one stretch look the same way; flips of single ones would find too much."""
    found = []
    for seed in range(60):
        rng = np.random.default_rng(seed)
        shares = 0.5 + 0.2 * (rng.random(30) - 0.5)[BLOCKS] + 0.01 * rng.normal(size=120)
        found.append(side(shares, np.full(120, 0.5), DAYS, BLOCKS).p_value)
    assert 0.35 < np.mean(found) < 0.65
    assert np.mean(np.array(found) < 0.05) < 0.15


def test_unknown_shares_are_left_out():
    shares = np.where(np.arange(120) % 2, np.nan, 0.7)
    assert side(shares, np.full(120, 0.5), DAYS, BLOCKS).forecasts == 60
    nobody = side(np.full(120, np.nan), np.full(120, 0.5), DAYS, BLOCKS)
    assert np.isnan(nobody.p_value)
    assert nobody.forecasts == 0


def test_means_are_over_known_values_with_days_drawn():
    values = np.where(np.arange(120) == 0, np.nan, DAYS.astype(float))
    found = mean_over_days(values, DAYS)
    assert found.value == pytest.approx(np.nanmean(values))
    assert found.low < found.value < found.high
    told = quantity(values, np.ones(120), DAYS)
    assert (told.even, told.forecasts) == (1.0, 119)
