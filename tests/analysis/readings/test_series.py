"""Series of groups: missing readings are left out, not averaged as zeros."""

import numpy as np
import pytest

from analysis.readings.series import group_means, interval_means, sensor_means, weeks

GAP = np.nan


def test_a_group_is_averaged_over_the_sensors_that_have_a_reading():
    readings = np.array([[10.0, 20.0, 5.0], [GAP, 30.0, GAP]], dtype=np.float32)
    means = group_means(readings, np.array([0, 0, 1]))
    assert means == pytest.approx(np.array([[15.0, 5.0], [30.0, GAP]]), nan_ok=True)


def test_group_means_do_not_depend_on_the_order_of_the_sensors():
    rng = np.random.default_rng(0)
    readings, labels = rng.uniform(0, 70, (5, 9)), np.array([0, 1, 2] * 3)
    readings[rng.random((5, 9)) < 0.2] = GAP
    order = rng.permutation(9)
    mixed = group_means(readings[:, order], labels[order])
    assert mixed == pytest.approx(group_means(readings, labels), nan_ok=True)


def test_a_sensor_without_readings_has_no_mean():
    means = sensor_means(np.array([[10.0, GAP], [20.0, GAP]]))
    assert means == pytest.approx(np.array([15.0, GAP]), nan_ok=True)


def test_means_of_intervals_leave_out_gaps_and_keep_empty_intervals():
    times = np.array([0.0, 10, 20, 30, 100]) / 1440
    values = np.array([[1.0, GAP], [2.0, GAP], [GAP, GAP], [4.0, 8.0], [5.0, 6.0]])
    middles, means = interval_means(times, values, 30 / 1440)
    assert middles * 1440 == pytest.approx([15, 45, 75, 105])
    expected = [[1.5, GAP], [4.0, 8.0], [GAP, GAP], [5.0, 6.0]]
    assert means == pytest.approx(np.array(expected), nan_ok=True)


def test_a_moment_at_a_border_is_in_the_later_interval_on_every_day():
    times = np.arange(7 * 288) / 288  # five-minute steps of a week
    values = np.floor(times * 48 + 1e-9)[:, None]
    middles, means = interval_means(times, values, 1 / 48)
    assert len(means) == 7 * 48
    assert means[:, 0] == pytest.approx(np.arange(7 * 48))
    assert middles == pytest.approx((np.arange(7 * 48) + 0.5) / 48)


@pytest.mark.parametrize(("steps", "lengths"), [(28, [14, 14]), (30, [14, 14, 2]), (5, [5])])
def test_weeks_cover_the_series(steps, lengths):
    found = weeks(steps, 2)
    assert [len(week) for week in found] == lengths
    assert [step for week in found for step in week] == list(range(steps))
