"""Panels that figures share: projections that fill them, cosines that grey does not confuse."""

import numpy as np
import pytest

from analysis.paper.canvas import panel, sheet
from analysis.paper.panels import (
    cosine_scale,
    cosines,
    projection,
    said_of_scale,
    scale_in_print,
    turned_to_axes,
)

SIGNED = np.array([[1.0, -0.4], [-0.4, 1.0]])
POSITIVE = np.array([[1.0, 0.4], [0.4, 1.0]])


def axes(wide=60.0, high=25.0):
    return panel(sheet("single", 40), (10, 5, wide, high))


def strip(angle):
    """Points in a strip five times as long as wide, turned by an angle."""
    points = np.random.default_rng(0).uniform(-1, 1, (200, 2)) * (5, 1)
    turn = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])
    return points @ turn


@pytest.mark.parametrize("angle", [0.0, 0.8, 1.57, 2.5])
@pytest.mark.parametrize(("wide", "high"), [(60, 25), (20, 30)])
def test_a_projection_fills_its_panel_however_it_lies(angle, wide, high):
    drawn_on = axes(wide, high)
    drawn = projection(drawn_on, strip(angle), ["#000000"] * 200)
    shown = drawn_on.transAxes.inverted().transform(drawn_on.transData.transform(drawn))
    assert (np.ptp(shown, axis=0) > 0.9).all()
    assert shown.min() >= 0
    assert shown.max() <= 1
    longer = int(np.argmax(np.ptp(drawn, axis=0)))
    assert longer == (0 if wide > high else 1)


def test_turning_keeps_distances_and_is_the_same_again():
    points = strip(1.0)
    turned = turned_to_axes(points)
    distances = [np.linalg.norm(p[:, None] - p, axis=-1) for p in (points, turned)]
    assert distances[0] == pytest.approx(distances[1])
    assert (turned_to_axes(points) == turned).all()
    assert np.ptp(turned[:, 0]) > np.ptp(turned[:, 1])


def test_points_in_one_place_can_be_drawn():
    drawn = projection(axes(), np.ones((5, 2)), ["#000000"] * 5)
    assert np.isfinite(drawn).all()


@pytest.mark.parametrize("scale", ["sign", "spread", "paper"])
def test_negative_cells_and_no_others_are_hatched(scale):
    drawn_on = axes()
    cosines(drawn_on, SIGNED, scale=scale)
    [area] = [patch for patch in drawn_on.patches if patch.get_hatch()]
    path = area.get_path()
    centres = path.vertices[path.codes != path.CLOSEPOLY].reshape(-1, 4, 2).mean(axis=1)
    assert sorted(map(tuple, centres.round(6).tolist())) == [(0.0, 1.0), (1.0, 0.0)]
    assert "Hatched cells are below 0." in said_of_scale(SIGNED, scale)
    plain = axes()
    cosines(plain, POSITIVE, scale=scale)
    assert not plain.patches
    assert "Hatched" not in said_of_scale(POSITIVE, scale)


def test_cosines_without_a_sign_use_the_whole_of_a_scale():
    assert scale_in_print(SIGNED, "sign") == "sign"
    assert scale_in_print(POSITIVE, "sign") == "spread"
    matrix = np.array([[1.0, 0.4, 0.9], [0.4, 1.0, 0.5], [0.9, 0.5, 1.0]])
    _, ends = cosine_scale(matrix, "sign")
    assert (ends.vmin, ends.vmax) == pytest.approx((0.4, 0.9))
    assert said_of_scale(matrix, "sign") == "Colours run from 0.4 to 0.9."
