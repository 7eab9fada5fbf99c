"""Frames of a day: bytes bring values back, and curves are those of a direct computation."""

import base64

import numpy as np
import pytest

from analysis.dynamics import group_similarity
from analysis.playback import (
    NOTHING,
    cosines_over_time,
    packed,
    plain,
    similarity_to,
    spread_curves,
    to_bytes,
)
from analysis.similarity import cosine_matrix

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
    assert [curve.name for curve in curves] == ["within a", "within b", "across"]
    np.testing.assert_allclose(curves[0].mean, direct.within[0], atol=1e-6)
    np.testing.assert_allclose(curves[2].mean, direct.across, atol=1e-6)
    for curve in curves:
        assert (curve.low <= curve.high).all()


@pytest.mark.parametrize("groups", [[[4]], [[4], [1]]])
def test_a_single_sensor_has_nobody_to_be_alike_with(groups):
    curves = spread_curves(
        POINTS, groups, ["a", "b"][: len(groups)], ["#0"] * len(groups), across=""
    )
    assert np.isnan(curves[0].mean).all()
    assert len(curves) == (1 if len(groups) == 1 else 3)
