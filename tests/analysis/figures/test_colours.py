"""Colours: a thing has one colour in every view, and no two things that matter share one."""

import re

import numpy as np
import pytest

from analysis.figures.colouring import by_cluster, by_name, by_value
from analysis.figures.colours import (
    BLUES,
    CLUSTER_COLOURS,
    DAY_COLOURS,
    DIVERGING,
    HOURS,
    NEUTRAL,
    PERIOD_COLOURS,
    cluster_colour,
    road_colours,
    with_alpha,
)
from analysis.patterns.over_a_day import PERIODS


def lightness(colour):
    """Relative luminance of a ``#rrggbb`` colour, 0 to 1, as WCAG defines it."""
    channels = np.array([int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)])
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def contrast(one, two):
    high, low = sorted((lightness(one), lightness(two)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_cluster_colours_are_distinct_and_come_again_in_the_same_order():
    count = len(CLUSTER_COLOURS)
    colours = [cluster_colour(number) for number in range(2 * count)]
    assert len(set(colours[:count])) == count
    assert colours[count:] == colours[:count]
    assert NEUTRAL not in colours


@pytest.mark.parametrize("page", ["#ffffff", "#0e1117"])
def test_colours_of_things_can_be_seen_on_light_and_dark_pages(page):
    for colour in (*CLUSTER_COLOURS, *DAY_COLOURS, NEUTRAL):
        assert contrast(colour, page) > 1.5, colour


@pytest.mark.parametrize("scale", [BLUES, DIVERGING, HOURS])
def test_scales_run_from_zero_to_one(scale):
    places = [place for place, _ in scale]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, 1)
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for _, colour in scale)


def test_the_scale_of_the_hours_meets_itself_at_midnight():
    assert HOURS[0][1] == HOURS[-1][1]
    assert len({colour for _, colour in HOURS}) == len(HOURS) - 1


def test_blues_darken_towards_one_and_the_diverging_scale_towards_both_ends():
    blues = [lightness(colour) for _, colour in BLUES]
    assert blues == sorted(blues, reverse=True)
    diverging = [lightness(colour) for _, colour in DIVERGING]
    assert diverging[:5] == sorted(diverging[:5])
    assert diverging[4:] == sorted(diverging[4:], reverse=True)


def test_every_period_has_a_colour():
    assert set(PERIOD_COLOURS) == set(PERIODS)


def test_roads_keep_their_colours_whatever_the_order_and_number_of_their_sensors():
    first = road_colours(["A N", "B S", "", "A N"])
    assert road_colours(["", "B S", "B S", "A N"]) == first
    assert first[""] == NEUTRAL
    assert first["A N"] != first["B S"]
    assert road_colours([]) == {"": NEUTRAL}


@pytest.mark.parametrize("alpha", [0, 0.35, 1])
def test_an_opacity_is_added_to_a_colour(alpha):
    assert with_alpha("#ff8000", alpha) == f"rgba(255, 128, 0, {alpha:g})"


def test_values_are_coloured_in_their_order_and_a_few_extremes_do_not_take_the_scale():
    values = np.append(np.linspace(20, 60, 200), [10_000.0])
    colouring = by_value(values, name="mean speed", unit="mph")
    assert len(set(colouring.colours[:200])) > 100
    assert colouring.colours[-1] == colouring.colours[-2]
    assert colouring.groups[-1] == "10000.0 mph"
    assert colouring.legend[-1][0] == "59 mph"


def test_each_thing_has_the_colour_that_the_legend_gives_it():
    clusters = by_cluster(np.array([2, 0, 1, 0]))
    legend = {text.split()[0]: colour for text, colour in clusters.legend}
    assert [legend[group] for group in clusters.groups] == list(clusters.colours)
    roads = by_name(("B", "", "A"), name="freeway")
    legend = {text.rsplit(" ", 1)[0]: colour for text, colour in roads.legend}
    assert [legend[group] for group in roads.groups] == list(roads.colours)


def test_a_value_without_a_unit_is_a_number_alone():
    assert by_value(np.array([0.25, 0.75]), name="share", unit="").groups == ("0.2", "0.8")
