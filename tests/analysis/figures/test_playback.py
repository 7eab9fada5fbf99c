"""Frames of a day: bytes bring values back, and curves are those of a direct computation."""

import base64

import numpy as np
import pytest

from analysis.figures import playback
from analysis.figures.playback import (
    NOTHING,
    cosines_over_time,
    packed,
    plain,
    similarity_to,
    spread_curves,
    ticks_between,
    to_bytes,
    value_ends,
)
from analysis.geometry.similarity import cosine_matrix
from analysis.patterns.over_a_day import group_similarity

POINTS = np.random.default_rng(0).normal(size=(6, 9, 4))
GROUPS = [[0, 2, 5], [1, 8]]


def test_bytes_bring_values_back_to_half_a_step_and_clip_what_is_outside():
    values = np.random.default_rng(1).uniform(-1, 1, (7, 5))
    back = to_bytes(values, -1, 1).astype(float) / 254 * 2 - 1
    np.testing.assert_allclose(back, values, atol=1 / 254)
    assert to_bytes(np.array([-9.0, 9.0]), 0, 1).tolist() == [0, 254]


def test_what_is_not_known_has_a_byte_of_its_own():
    assert to_bytes(np.array([np.nan, 1.0]), 0, 1).tolist() == [NOTHING, 254]
    assert to_bytes(np.full(3, np.nan), 0, 0).tolist() == [NOTHING] * 3
    assert plain(np.array([np.nan, 0.12345]), 2) == [None, 0.12]


def test_bytes_are_packed_row_by_row():
    cells = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    assert list(base64.b64decode(packed(cells.transpose(0, 2, 1)))) == [
        int(cell) for cell in cells.transpose(0, 2, 1).ravel()
    ]


def test_cosines_at_each_moment_are_those_of_that_moment():
    found = cosines_over_time(POINTS, [3, 1, 7])
    for moment, frame in enumerate(found):
        np.testing.assert_allclose(frame, cosine_matrix(POINTS[moment, [3, 1, 7]]), atol=1e-6)
    to_third = similarity_to(POINTS, 3)
    np.testing.assert_allclose(to_third[2], cosine_matrix(POINTS[2])[3], atol=1e-6)


def test_curves_have_the_means_of_the_groups_within_their_range():
    curves = spread_curves(POINTS, GROUPS, ["a", "b"], ["#000000", "#111111"], across="#222222")
    direct = group_similarity(POINTS, GROUPS)
    assert [curve.name for curve in curves] == ["within a", "within b", "between"]
    np.testing.assert_allclose(curves[0].mean, direct.within[0], atol=1e-6)
    np.testing.assert_allclose(curves[2].mean, direct.across, atol=1e-6)
    for curve in curves:
        assert (curve.low <= curve.high).all()


def test_a_range_holds_eight_of_ten_pairs_at_each_moment():
    members = list(range(60))
    points = np.random.default_rng(2).normal(size=(3, 60, 4))
    (curve,) = spread_curves(points, [members], ["a"], ["#0"], across="")
    pairs = cosines_over_time(points, members)[:, *np.triu_indices(60, 1)]
    within = (pairs >= curve.low[:, None]) & (pairs <= curve.high[:, None])
    np.testing.assert_allclose(within.mean(axis=1), 0.8, atol=2 / pairs.shape[1])


def test_curves_do_not_depend_on_how_many_moments_are_in_memory(monkeypatch):
    whole = spread_curves(POINTS, GROUPS, ["a", "b"], ["#0", "#1"], across="")
    monkeypatch.setattr(playback, "_CELLS_AT_ONCE", 60)  # two moments of five sensors
    for one, other in zip(
        whole, spread_curves(POINTS, GROUPS, ["a", "b"], ["#0", "#1"], across=""), strict=True
    ):
        np.testing.assert_allclose(one.mean, other.mean, atol=1e-6)
        np.testing.assert_allclose(one.high, other.high, atol=1e-6)


@pytest.mark.parametrize("groups", [[[4]], [[4], [1]]])
def test_a_single_sensor_has_nobody_to_be_alike_with(groups):
    curves = spread_curves(
        POINTS, groups, ["a", "b"][: len(groups)], ["#0"] * len(groups), across=""
    )
    assert np.isnan(curves[0].mean).all()
    assert len(curves) == (1 if len(groups) == 1 else 3)


@pytest.mark.parametrize(("low", "high"), [(0, 71.3), (-0.83, 1), (0.9612, 0.9987), (3, 3), (0, 0)])
def test_ticks_are_few_and_hold_both_ends(low, high):
    ticks = ticks_between(low, high)
    assert ticks[0] <= low + 1e-6
    assert ticks[-1] >= high - 1e-6
    assert 2 <= len(ticks) <= 8


def test_a_scale_of_readings_has_two_ends_whatever_was_read():
    for values in (np.full(4, np.nan), np.zeros(4), np.array([50.0, np.nan])):
        low, high = value_ends(values)
        assert (low, high > low) == (0, True)
