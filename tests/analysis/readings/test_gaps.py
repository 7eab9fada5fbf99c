"""Missing readings in cells: shares add up, cells cover all readings, gaps are the literal ones."""

from itertools import groupby

import numpy as np
import pytest

from analysis.readings import gaps as module
from analysis.readings.gaps import cell_length, find_gaps

DAY = 24


def readings(steps=100, sensors=7, *, share=0.3, seed=0, code=0.0):
    rng = np.random.default_rng(seed)
    values = rng.uniform(1, 70, (steps, sensors)).astype(np.float32)
    values[rng.random(values.shape) < share] = code
    return values


def found(values, *, code=0.0, moments=None, **limits):
    moments = np.arange(len(values)) if moments is None else moments
    return find_gaps(values, code, moments, DAY, **limits)


def literal_gaps(absent):
    """Every gap by its steps and start, with the sensors that have it."""
    told = {}
    for sensor in range(absent.shape[1]):
        start = 0
        for is_gap, run in groupby(absent[:, sensor].tolist()):
            length = len(list(run))
            if is_gap:
                told.setdefault((length, start), []).append(sensor)
            start += length
    return told


def weights(gaps, steps, sensors, first=0):
    """How many readings each cell has."""
    across = [min(gaps.cell_sensors, sensors - n) for n in range(0, sensors, gaps.cell_sensors)]
    numbers = (first + np.arange(steps)) // gaps.cell_steps
    return np.outer(across, np.unique(numbers, return_counts=True)[1])


@pytest.mark.parametrize("limits", [{}, {"most_times": 9}, {"most_times": 5, "most_sensors": 3}])
@pytest.mark.parametrize("first", [0, 7])
def test_shares_add_up_to_the_missing_readings_however_they_are_divided(limits, first):
    values = readings()
    gaps = found(values, moments=first + np.arange(100), **limits)
    missing = (values == 0).sum()
    counts = weights(gaps, 100, 7, first)
    assert counts.sum() == values.size
    assert (gaps.share * counts).sum() == pytest.approx(missing)
    assert (gaps.over_time * counts.sum(axis=0)).sum() == pytest.approx(missing)
    assert gaps.by_group * counts.sum(axis=1) @ np.ones(len(counts)) == pytest.approx(missing)
    assert gaps.by_sensor == pytest.approx((values == 0).mean(axis=0))
    assert gaps.share_missing == pytest.approx((values == 0).mean())


def test_without_limits_a_cell_is_a_reading():
    values = readings(30, 4)
    assert found(values).share == pytest.approx((values == 0).T.astype(float))


def test_each_cell_has_the_share_of_its_own_readings():
    values = readings(60, 5)
    gaps = found(values, most_times=10, most_sensors=2)
    assert (gaps.cell_steps, gaps.cell_sensors) == (6, 3)
    for row, column in np.ndindex(gaps.share.shape):
        cell = values[6 * column : 6 * column + 6, 3 * row : 3 * row + 3]
        assert gaps.share[row, column] == pytest.approx((cell == 0).mean())


def test_the_raster_is_bounded_and_blocks_of_sensors_change_nothing(monkeypatch):
    values = readings(1000, 53)
    limits = {"most_times": 20, "most_sensors": 10}
    whole = found(values, **limits)
    assert whole.share.shape[0] <= 10
    assert whole.share.shape[1] <= 20
    monkeypatch.setattr(module, "_BLOCK", 1)
    parts = found(values, **limits)
    for name in ("share", "over_time", "by_sensor"):
        assert getattr(parts, name) == pytest.approx(getattr(whole, name))
    assert (parts.longest, parts.silent) == (whole.longest, whole.silent)


@pytest.mark.parametrize("block", [1, 2_000_000])
@pytest.mark.parametrize("seed", range(5))
def test_the_longest_gaps_are_those_of_a_literal_search(seed, block, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", block)
    values = readings(60, 9, share=0.5, seed=seed)
    values[10:20] = 0  # of all sensors
    literal = literal_gaps(values == 0)
    ranked = sorted(literal, key=lambda key: (-key[0], key[1]))[:4]
    told = found(values, most_listed=4).longest
    assert [(gap.steps, gap.start) for gap in told] == ranked
    for gap in told:
        sensors = literal[gap.steps, gap.start]
        assert (gap.sensor, gap.sensors) == (sensors[0], len(sensors))


def test_nan_is_missing_whatever_the_code_and_zero_only_where_it_is_the_code():
    values = readings(share=0.2)
    values[0, 0] = np.nan
    assert found(values).by_sensor[0] == pytest.approx(((values[:, 0] == 0).sum() + 1) / 100)
    assert found(values, code=None).share_missing == pytest.approx(1 / values.size)


def test_nothing_and_everything_may_be_missing():
    none = found(readings(share=0))
    assert none.share_missing == none.silent == 0
    assert none.longest == ()
    every = found(np.zeros((50, 3), np.float32))
    assert (every.share == 1).all()
    assert every.silent == 50
    (gap,) = every.longest
    assert (gap.start, gap.steps, gap.sensors) == (0, 50, 3)


def test_one_reading_is_enough():
    gaps = found(np.ones((1, 1), np.float32))
    assert gaps.share.tolist() == [[0]]


def test_times_without_rows_are_neither_missing_nor_there():
    moments = np.concatenate([np.arange(24), 72 + np.arange(24)])
    gaps = found(np.zeros((48, 2), np.float32), moments=moments, most_times=4)
    assert gaps.over_time == pytest.approx(np.array([1, np.nan, np.nan, 1]), nan_ok=True)
    assert gaps.by_sensor == pytest.approx(np.ones(2))


@pytest.mark.parametrize("per_day", [1, 24, 96, 288])
@pytest.mark.parametrize("last", [0, 23, 500, 10_000])
@pytest.mark.parametrize("most", [1, 7, 240])
def test_cells_are_few_and_begin_at_midnight(per_day, last, most):
    length = cell_length(0, last, per_day, most)
    assert last // length + 1 <= most
    assert per_day % length == 0 or length % per_day == 0
