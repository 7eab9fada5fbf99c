"""Differences of colours: CIEDE2000 against published pairs, and sight without red or green."""

import numpy as np
import pytest

from analysis.figures.vision import (
    SIGHTS,
    ciede2000,
    contrast,
    lab,
    least_differences,
    luminance,
)

# L, a, b of two colours and their difference: table 1 of Sharma, Wu and Dalal (2005)
PAIRS = """
50.0000 2.6772 -79.7751 50.0000 0.0000 -82.7485 2.0425
50.0000 3.1571 -77.2803 50.0000 0.0000 -82.7485 2.8615
50.0000 2.8361 -74.0200 50.0000 0.0000 -82.7485 3.4412
50.0000 -1.3802 -84.2814 50.0000 0.0000 -82.7485 1.0000
50.0000 -1.1848 -84.8006 50.0000 0.0000 -82.7485 1.0000
50.0000 -0.9009 -85.5211 50.0000 0.0000 -82.7485 1.0000
50.0000 0.0000 0.0000 50.0000 -1.0000 2.0000 2.3669
50.0000 -1.0000 2.0000 50.0000 0.0000 0.0000 2.3669
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0009 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0010 7.1792
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0011 7.2195
50.0000 2.4900 -0.0010 50.0000 -2.4900 0.0012 7.2195
50.0000 -0.0010 2.4900 50.0000 0.0009 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0010 -2.4900 4.8045
50.0000 -0.0010 2.4900 50.0000 0.0011 -2.4900 4.7461
50.0000 2.5000 0.0000 50.0000 0.0000 -2.5000 4.3065
50.0000 2.5000 0.0000 73.0000 25.0000 -18.0000 27.1492
50.0000 2.5000 0.0000 61.0000 -5.0000 29.0000 22.8977
50.0000 2.5000 0.0000 56.0000 -27.0000 -3.0000 31.9030
50.0000 2.5000 0.0000 58.0000 24.0000 15.0000 19.4535
50.0000 2.5000 0.0000 50.0000 3.1736 0.5854 1.0000
50.0000 2.5000 0.0000 50.0000 3.2972 0.0000 1.0000
50.0000 2.5000 0.0000 50.0000 1.8634 0.5757 1.0000
50.0000 2.5000 0.0000 50.0000 3.2592 0.3350 1.0000
60.2574 -34.0099 36.2677 60.4626 -34.1751 39.4387 1.2644
63.0109 -31.0961 -5.8663 62.8187 -29.7946 -4.0864 1.2630
61.2901 3.7196 -5.3901 61.4292 2.2480 -4.9620 1.8731
35.0831 -44.1164 3.7933 35.0232 -40.0716 1.5901 1.8645
22.7233 20.0904 -46.6940 23.0331 14.9730 -42.5619 2.0373
36.4612 47.8580 18.3852 36.2715 50.5065 21.2231 1.4146
90.8027 -2.0831 1.4410 91.1528 -1.6435 0.0447 1.4441
90.9257 -0.5406 -0.9208 88.6381 -0.8985 -0.7239 1.5381
6.7747 -0.2908 -2.4247 5.8714 -0.0985 -2.2286 0.6377
2.0776 0.0795 -1.1350 0.9033 -0.0636 -0.5514 0.9082
"""


def test_the_differences_are_those_that_were_published():
    rows = np.array([list(map(float, row.split())) for row in PAIRS.strip().splitlines()])
    assert len(rows) == 34
    found = ciede2000(rows[:, :3], rows[:, 3:6])
    np.testing.assert_allclose(found, rows[:, 6], atol=1e-4)
    np.testing.assert_allclose(ciede2000(rows[:, 3:6], rows[:, :3]), found)


@pytest.mark.parametrize(
    ("colour", "expected"),
    [
        ("#ffffff", (100, 0, 0)),
        ("#000000", (0, 0, 0)),
        ("#ff0000", (53.24, 80.09, 67.20)),
        ("#0000ff", (32.30, 79.19, -107.86)),
        ("#808080", (53.59, 0, 0)),
    ],
)
def test_lightness_and_hue_are_those_of_cielab(colour, expected):
    np.testing.assert_allclose(lab([colour])[0], expected, atol=0.02)


@pytest.mark.parametrize("sight", SIGHTS)
def test_greys_look_the_same_in_every_sight(sight):
    greys = [f"#{level:02x}{level:02x}{level:02x}" for level in range(0, 256, 15)]
    np.testing.assert_allclose(lab(greys, sight), lab(greys), atol=0.01)


def test_red_and_green_of_equal_lightness_are_alike_without_the_cones_but_blue_is_not():
    red, green, blue = "#c05050", "#708030", "#0050c0"
    normal = ciede2000(lab([red]), lab([green]))[0]
    assert least_differences([red], [green])[0, 0] < normal / 3
    assert least_differences([red], [blue])[0, 0] > 25


def test_contrast_is_that_of_wcag():
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#123456", "#123456") == 1
    assert luminance([]).shape == (0,)


def test_least_differences_are_a_table_over_all_pairs():
    one, other = ["#ff0000", "#00ff00"], ["#0000ff", "#ff0000", "#ffffff"]
    found = least_differences(one, other)
    assert found.shape == (2, 3)
    assert found[0, 1] == 0
    np.testing.assert_allclose(found, least_differences(other, one).T)
