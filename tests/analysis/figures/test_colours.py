"""Colours: a thing has one colour in every view, and no two things that matter share one."""

import re

import numpy as np
import pytest

from analysis.city.maps import DARK, LIGHT
from analysis.figures.colouring import by_cluster, by_cosine, by_name, by_value
from analysis.figures.colours import (
    BLUES,
    COSINES,
    DAY_COLOURS,
    DIFFERENCES,
    HOURS,
    NEUTRAL,
    PALETTE,
    PERIOD_COLOURS,
    palette_colour,
    readable_on,
    road_colours,
    sampled,
    with_alpha,
)
from analysis.figures.selection import SELECTED
from analysis.figures.vision import (
    SIGHTS,
    ciede2000,
    contrast,
    lab,
    least_differences,
    luminance,
)
from analysis.patterns.over_a_day import PERIODS

# of pages, as in `app/.streamlit/config.toml`, and of maps
GROUNDS = ("#ffffff", "#0f141a", LIGHT.background, DARK.background)


def test_the_palettes_colours_are_distinct_and_come_again_in_the_same_order():
    count = len(PALETTE)
    colours = [palette_colour(number) for number in range(2 * count)]
    assert len(set(colours[:count])) == count
    assert colours[count:] == colours[:count]
    assert NEUTRAL not in colours


@pytest.mark.parametrize("ground", GROUNDS)
def test_colours_of_things_can_be_seen_on_light_and_dark_pages_and_maps(ground):
    for colour in (*DAY_COLOURS, NEUTRAL):
        assert contrast(colour, ground) > 1.5, colour
    assert least_differences(PALETTE, [ground]).min() >= 20


def test_any_two_colours_of_the_palette_differ_in_normal_sight():
    seen = lab(PALETTE)
    apart = ciede2000(seen[:, None], seen[None])
    assert apart[np.triu_indices(len(PALETTE), 1)].min() >= 14
    assert least_differences(PALETTE, PALETTE)[np.triu_indices(len(PALETTE), 1)].min() > 5.9


@pytest.mark.parametrize("scale", [BLUES, COSINES, DIFFERENCES, HOURS])
def test_scales_run_from_zero_to_one(scale):
    places = [place for place, _ in scale]
    assert places == sorted(places)
    assert (places[0], places[-1]) == (0, 1)
    assert all(re.fullmatch(r"#[0-9a-f]{6}", colour) for _, colour in scale)


def test_the_scale_of_the_hours_meets_itself_at_midnight():
    assert HOURS[0][1] == HOURS[-1][1]
    assert len({colour for _, colour in HOURS}) == len(HOURS) - 1


@pytest.mark.parametrize("scale", [BLUES, COSINES, DIFFERENCES])
@pytest.mark.parametrize("sight", SIGHTS)
def test_scales_darken_steadily_so_that_their_order_survives_grey(scale, sight):
    colours = sampled(scale, np.linspace(0, 1, 41))
    steps = -np.diff(lab(colours, sight)[:, 0])
    assert steps.min() > 0.1
    printed = luminance(colours)
    assert (np.diff(printed) < 0).all()


@pytest.mark.parametrize("scale", [COSINES, DIFFERENCES])
def test_scales_of_signed_numbers_are_grey_at_zero_and_coloured_on_both_sides(scale):
    low, zero, high = lab([scale[0][1], scale[len(scale) // 2][1], scale[-1][1]])
    assert np.abs(zero[1:]).max() < 1
    assert min(np.hypot(*low[1:]), np.hypot(*high[1:])) > 35
    assert low[0] - zero[0] == pytest.approx(zero[0] - high[0], abs=1)


@pytest.mark.parametrize("ground", GROUNDS)
def test_the_ends_of_a_scale_of_cosines_stand_out_from_the_page(ground):
    assert least_differences([COSINES[0][1], COSINES[-1][1]], [ground]).min() > 11


@pytest.mark.parametrize("colour", [*PALETTE, *DAY_COLOURS, NEUTRAL, SELECTED])
def test_a_number_can_be_read_on_its_colour(colour):
    assert contrast(readable_on(colour), colour) >= 4.5


def test_a_cosine_of_a_sensor_has_the_colour_of_the_scale_of_all_cosines():
    colouring = by_cosine(np.array([-1.0, 0.0, 1.0, 0.25, np.nan]))
    ends = sampled(COSINES, np.array([0.0, 0.5, 1.0, 0.625]))
    assert list(colouring.colours) == [*ends, NEUTRAL]
    assert dict(colouring.legend) == {"-1": ends[0], "0": ends[1], "1": ends[2]}
    assert colouring.groups[-2:] == ("0.25", "unknown")


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
    clusters = by_cluster(np.array([2, 0, 1, 0]), PALETTE)
    legend = {text.split()[0]: colour for text, colour in clusters.legend}
    assert [legend[group] for group in clusters.groups] == list(clusters.colours)
    roads = by_name(("B", "", "A"), name="freeway")
    legend = {text.rsplit(" ", 1)[0]: colour for text, colour in roads.legend}
    assert [legend[group] for group in roads.groups] == list(roads.colours)


def test_a_value_without_a_unit_is_a_number_alone():
    assert by_value(np.array([0.25, 0.75]), name="share", unit="").groups == ("0.2", "0.8")
