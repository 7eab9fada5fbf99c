"""Figures 5 and 6: two clusters, their speeds, their sensors, and how alike they are by period."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.figures.cluster_colours import differ
from analysis.material import load_material
from analysis.paper.figure5 import figure5, figure6
from analysis.paper.settings import Case, FigureSettings
from tests.analysis.paper.drawn import assert_readable, texts_of, width_mm
from tests.analysis.paper.places import material, without_roads
from tests.app import made_up

WIDTHS = {"single": 84, "double": 178}
DEFAULT = FigureSettings()
DRAW = {"5": figure5, "6": figure6}


def given(case, number="5"):
    return FigureSettings(clusters=6, cases={number: case})


@pytest.fixture(scope="module")
def bundled(folder):
    return load_material("metr-la", data_dir=folder)


@pytest.fixture(scope="module")
def small(folder):
    return material(folder, "small")


@pytest.fixture(scope="module")
def drawn(bundled):
    return {
        (number, width): draw(bundled, DEFAULT, width=width)
        for number, draw in DRAW.items()
        for width in WIDTHS
    }


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("number", DRAW)
def test_it_can_be_read_at_the_width_of_a_column(drawn, number, width):
    figure = drawn[number, width].figure
    assert width_mm(figure) == pytest.approx(WIDTHS[width])
    assert_readable(figure)
    texts = set(texts_of(figure))
    assert {*"abcd", "midnight", "morning", "noon", "10 sensors"} <= texts
    assert {str(sensor) for sensor in range(1, 11)} <= texts


def test_figure_5_compares_clusters_of_two_roads_that_cross(drawn):
    case = drawn["5", "single"].case
    assert case == drawn["5", "double"].case
    assert len(set(case["freeways"])) == 2
    assert case["score"] >= max(other["score"] for other in case["runners_up"])
    assert case["date"] == "Thursday, 1 March 2012"
    assert [len(own) for own in case["sensors"]] == [5, 5]


def test_figure_6_compares_two_others(drawn):
    five, six = (set(drawn[number, "single"].case["clusters"]) for number in "56")
    assert not five & six
    lines = drawn["6", "single"].figure.axes[1].get_lines()
    (one, other) = dict.fromkeys(line.get_color() for line in lines)
    assert differ((one, other), (0, 1))


def test_a_cluster_has_one_colour_in_every_panel(drawn):
    told = drawn["5", "double"]
    series, heatmap = told.figure.axes[1], told.figure.axes[3]
    colours = {line.get_color() for line in series.get_lines()}
    assert len(colours) == 2
    assert {line.get_color() for line in heatmap.get_lines()} == colours


def test_heatmaps_are_cosines_on_one_scale(drawn):
    images = [axes.images[0] for axes in drawn["5", "double"].figure.axes[3:6]]
    assert {image.get_clim() for image in images} == {(-1.0, 1.0)}
    for image in images:
        matrix = np.asarray(image.get_array())
        assert matrix.shape == (10, 10)
        assert np.allclose(matrix, matrix.T)
        assert np.allclose(np.diag(matrix), 1)


def test_the_caption_says_what_is_not_to_be_seen(drawn):
    caption = drawn["5", "single"].caption
    assert "forecasts of the model, 5 minutes ahead, because there are no readings" in caption
    assert "The first moment with 12 input steps, 00:55, is in midnight." in caption


@pytest.mark.parametrize("width", WIDTHS)
def test_a_city_without_roads_and_dates_is_drawn_for_given_clusters(folder, width):
    bare = material(folder, f"bare-{width}", info=without_roads())
    told = figure5(bare, given(Case((0, 1), date="1")), width=width)
    assert_readable(told.figure)
    assert "clusters 0 and 1" in texts_of(told.figure)
    assert told.case["date"] == "day 1"
    assert told.case["score"] is None


@pytest.mark.parametrize("width", WIDTHS)
def test_where_nothing_crosses_near_and_unlike_clusters_are_shown(folder, width):
    bare = material(folder, f"roadless-{width}", info=without_roads())
    for draw in DRAW.values():
        assert_readable(draw(bare, FigureSettings(clusters=6), width=width).figure)
    told = figure5(bare, FigureSettings(clusters=6), width=width)
    assert "Of all near clusters, the means of these two correlate least" in told.caption
    assert "crossroads" not in told.title != ""
    assert all(len(own) > 1 for own in told.case["sensors"])


def test_clusters_that_are_too_small_must_be_given(small):
    with pytest.raises(
        AnalysisError, match=r"have readings that can be compared; give two clusters with --c"
    ):
        figure5(small, FigureSettings(clusters=24), width="single")
    with pytest.raises(AnalysisError, match="no two clusters of 3 or more sensors have readings"):
        figure6(small, FigureSettings(clusters=24), width="single")


def test_given_sensors_name_their_clusters(small):
    labels, ids = small.clusters(k=6), small.info.sensors.ids
    chosen = [ids[np.flatnonzero(labels == k)[place]] for place in (1, 0) for k in (2, 4)]
    case = figure5(small, given(Case(sensors=tuple(chosen))), width="single").case
    assert sorted(case["clusters"]) == [2, 4]
    assert sorted(name for own in case["sensors"] for name in own) == sorted(chosen)
    assert case["given"] is True


def of_clusters(small, *numbers):
    labels, ids = small.clusters(k=6), small.info.sensors.ids
    return tuple(ids[np.flatnonzero(labels == k)[0]] for k in numbers)


def test_sensors_that_do_not_fit_are_refused(small):
    with pytest.raises(AnalysisError, match=r"belong to 3 clusters \(0, 1, 2\); choose sensors of"):
        figure5(small, given(Case(sensors=of_clusters(small, 0, 1, 2))), width="single")
    for sensors in (of_clusters(small, 0, 2), of_clusters(small, 2, 3)):
        with pytest.raises(
            AnalysisError, match="must belong to clusters 0 and 1, at least one to each"
        ):
            figure5(small, given(Case((0, 1), sensors)), width="single")
    with pytest.raises(AnalysisError, match="no sensor 'X'; valid ids are, for example, S000"):
        figure5(small, given(Case(sensors=("X", "S000"))), width="single")


@pytest.mark.parametrize(
    ("case", "said"),
    [
        (Case(clusters=(0, 6)), "no cluster 6; choose 0 to 5"),
        (Case((0, 1), date="2024-01-09"), "2024-01-09 is not one of the available days"),
        (Case((0, 1), date="7"), "'7' is not a date"),
    ],
)
@pytest.mark.parametrize("number", DRAW)
def test_what_is_given_must_be_there(small, number, case, said):
    with pytest.raises(AnalysisError, match=said):
        DRAW[number](small, given(case, number), width="single")


def test_periods_without_a_moment_are_left_out_in_words(small):
    early = {"first": (0, 0.5), "noon": (11, 13)}
    told = figure5(small, replace(given(Case((0, 1))), periods=early), width="single")
    assert "No moment of the day is in first." in told.caption
    assert len([axes for axes in told.figure.axes if axes.images]) == 1
    with pytest.raises(AnalysisError, match="no moment of this day is in first; choose other"):
        figure5(small, replace(given(Case((0, 1))), periods={"first": (0, 0.5)}), width="single")


def test_series_reach_as_far_as_the_periods(small):
    evening = {"evening": (16.5, 19)}
    told = figure5(small, replace(given(Case((0, 1))), periods=evening), width="single")
    assert told.figure.axes[1].get_xlim() == (0, 24)


@pytest.mark.parametrize("part", ["E_s", "SMP", "E_st", "STMP"])
def test_a_model_without_these_meta_parameters_says_so(folder, part):
    ablated = material(
        folder, f"without-{part}", track=False, config=replace(made_up.CONFIG, ablate=part)
    )
    for draw in DRAW.values():
        with pytest.raises(AnalysisError, match=f"trained without {part}, so it has no "):
            draw(ablated, DEFAULT if part.startswith("ST") else given(Case((0, 1))), width="single")


@pytest.mark.parametrize("number", DRAW)
@pytest.mark.parametrize("width", WIDTHS)
def test_without_coordinates_there_are_panels_without_a_map(folder, number, width):
    bare = material(folder, f"nowhere-{number}-{width}", info=made_up.bare_info())
    told = DRAW[number](bare, FigureSettings(clusters=6), width=width)
    assert_readable(told.figure)
    assert "panels a and c are omitted because the locations of the sensors" in told.caption
    assert "sensors of clusters" in told.caption
    with pytest.raises(AnalysisError, match="panel a and c cannot be drawn because the locations"):
        DRAW[number](bare, FigureSettings(clusters=6, panels={number: ("a", "c")}), width=width)


FOUR = {"midnight": (0, 2), "morning": (6, 9), "noon": (11, 13), "evening rush hour": (16, 19)}
VARIANTS = {
    "paper": {"scale": "paper"},
    "raw": {"measure": "raw", "scale": "spread"},
    "rescaled": {"measure": "rescaled"},
    "k-means": {"method": "kmeans", "seed": 3},
    "one pool": {"pool": "update", "bias": False, "layer": 1},
    "one period": {"periods": {"noon": (11, 13)}},
    "two periods": {"periods": {"early hours": (0, 2), "before breakfast": (2, 4)}},
    "four periods": {"periods": FOUR, "each": 10},
    **{f"each {each}": {"each": each} for each in (1, 2, 3, 7, 10)},
}


@pytest.mark.slow
@pytest.mark.parametrize("number", DRAW)
@pytest.mark.parametrize("variant", VARIANTS)
def test_it_can_be_read_whatever_the_settings(bundled, variant, number):
    for width in WIDTHS:
        told = DRAW[number](bundled, FigureSettings(**VARIANTS[variant]), width=width)
        assert_readable(told.figure)
    if variant == "paper":
        patches = [patch for axes in told.figure.axes[3:] for patch in axes.patches]
        assert any(patch.get_hatch() for patch in patches)
        assert "Hatched cells are below 0." in told.caption


@pytest.mark.slow
def test_any_two_clusters_can_be_read(bundled):
    for pair in list(combinations(range(15), 2))[::9]:
        settings = FigureSettings(each=10, cases={"6": Case(clusters=pair)})
        assert_readable(figure6(bundled, settings, width="single").figure)


@pytest.mark.slow
def test_with_the_data_set_readings_are_drawn(data_dir):
    told = figure5(load_material("metr-la", data_dir=data_dir), DEFAULT, width="single")
    assert "on Thursday, 1 March 2012: readings." in told.caption
    assert_readable(told.figure)
