"""Lags of readings: planted waves are found with their sign, and missing readings left out."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.attribution.lags import best_lags, lags, road_pairs
from analysis.attribution.reach import City
from himnet.data.synthetic import synthetic_city

CITY = synthetic_city(num_nodes=12, days=28, steps_per_day=96)


def with_wave(steps, missing=0.0):
    """Noise that reaches each next sensor of a road `steps` later; negative: the previous one."""
    rng, roads = np.random.default_rng(1), City(CITY.sensors).roads
    values = np.full(CITY.values.shape, 60.0)
    for road in roads:
        source = np.convolve(rng.normal(size=len(values) + 400), np.ones(6) / 3, mode="same")
        for place, sensor in enumerate(road.members):
            first = 200 - place * steps
            values[:, sensor] += source[first : first + len(values)]
    values += 0.05 * rng.normal(size=values.shape)
    values[rng.random(values.shape) < missing] = CITY.info.missing_value
    return replace(CITY, values=values.astype(np.float32)), roads


@pytest.mark.parametrize("steps", [1, -1, 0])
@pytest.mark.parametrize("missing", [0.0, 0.2])
def test_a_wave_is_found_with_its_direction(steps, missing):
    city, roads = with_wave(steps, missing)
    found = lags(city, roads)[0]
    pairs, km = road_pairs(roads)
    places = {sensor: at for road in roads for at, sensor in enumerate(road.members.tolist())}
    expected = 15.0 * steps * np.mean([places[down] - places[up] for up, down in pairs.tolist()])
    assert found.minutes.value == pytest.approx(expected, abs=2.0)
    assert found.pairs == len(pairs)
    assert found.km == pytest.approx(km.mean())
    assert found.upstream_first == (steps > 0)
    assert found.downstream_first == (steps < 0)
    assert found.minutes.low <= found.minutes.value + 1 <= found.minutes.high + 2


def test_pairs_name_the_upstream_sensor_first_and_are_near():
    roads = City(CITY.sensors).roads
    pairs, km = road_pairs(roads)
    assert len(pairs)
    assert ((km >= 0.5) & (km <= 5)).all()
    along = {s: at for road in roads for s, at in zip(road.members, road.along, strict=True)}
    apart = [along[down] - along[up] for up, down in pairs]
    np.testing.assert_allclose(np.array(apart) / 1000, km)


def test_roads_without_a_direction_of_travel_have_no_lags():
    roads = [replace(road, direction="") for road in City(CITY.sensors).roads]
    assert lags(CITY, roads) == ()


def test_the_best_lag_is_between_steps_and_unknown_without_readings():
    shifts = np.arange(-6, 7)
    parabola = 1 - 0.01 * (shifts - 1.3) ** 2
    flat = np.full(13, np.nan)
    found = best_lags(np.stack([parabola, parabola[::-1], flat, shifts / 10]))
    assert found[:2] == pytest.approx([1.3, -1.3])
    assert np.isnan(found[2])
    assert found[3] == 6
