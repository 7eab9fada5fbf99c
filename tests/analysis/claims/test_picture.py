"""The small picture of a claim: places on its axis are those of the numbers."""

import re
from dataclasses import replace
from xml.etree import ElementTree

import numpy as np
import pytest

from analysis.claims.picture import WIDTH, null_picture
from analysis.claims.result import ClaimResult

NULL = np.linspace(-0.1, 0.1, 200)
UNTRAINED = np.array([0.0, 0.1, 0.2])
RESULT = ClaimResult(
    id="hours", claim="hours <are> alike", statistic="a correlation", value=0.5, null="shuffled",
    null_mean=0.0, null_range=(-0.1, 0.1), p_value=0.005, p_smallest=0.005, p_holm=0.05,
    p_untrained=(0.25, 0.25), p_readings=None, verdict="does not hold", draws=NULL,
    untrained_draws=UNTRAINED,
)  # fmt: skip


def drawn(result):
    """Return the picture's elements."""
    return list(ElementTree.fromstring(null_picture(result)))


def strokes(result, colour):
    return [float(e.get("x1")) for e in drawn(result) if e.get("stroke") == colour]


def test_the_trained_model_lies_where_its_number_is():
    (value,) = strokes(RESULT, "#c1274f")
    untrained = strokes(RESULT, "#d9660f")
    assert len(untrained) == len(UNTRAINED)
    assert max(untrained) < value <= WIDTH
    gaps = np.diff([*untrained, value])  # 0, 0.1, 0.2 and 0.5 on one axis
    np.testing.assert_allclose(gaps / gaps[0], [1, 1, 3], atol=0.02)


def test_bars_stand_over_the_null_and_the_axis_names_its_ends():
    bars = [e for e in drawn(RESULT) if e.tag == "rect"]
    assert all(float(bar.get("x")) < max(strokes(RESULT, "#d9660f")) for bar in bars)
    assert [e.text for e in drawn(RESULT) if e.tag == "text"] == ["-0.10", "0.50"]


def test_it_is_told_in_words_too():
    label = re.search(r'aria-label="([^"]+)"', null_picture(RESULT))[1]
    assert label == "trained model 0.50; null 0.00; untrained models 0.10"


@pytest.mark.parametrize("value", [None, float("nan"), float("inf")])
def test_what_was_not_measured_has_no_picture(value):
    assert null_picture(replace(RESULT, value=value)) == ""


def test_without_any_null_there_is_no_picture():
    nothing = np.array([])
    assert null_picture(replace(RESULT, draws=nothing, untrained_draws=nothing)) == ""


@pytest.mark.parametrize(
    "draws", [np.array([0.5]), np.full(50, 0.5), np.array([np.nan, 0.2]), np.array([])]
)
def test_equal_missing_and_single_numbers_are_drawn(draws):
    assert drawn(replace(RESULT, draws=draws))
    assert "nan" not in null_picture(replace(RESULT, draws=draws))
