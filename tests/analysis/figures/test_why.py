"""Figures of attributions: even scales, a ring, and texts that stay texts."""

import numpy as np
import pytest

from analysis.city.ground import Ground
from analysis.figures.city import city_scatter
from analysis.figures.colouring import by_name
from analysis.figures.colours import DIFFERENCES
from analysis.figures.selection import EDGE, with_selection
from analysis.figures.why import (
    agreement_scatter,
    attribution_map,
    attribution_matrix,
    colour_end,
)

COUNT, SENSORS = 5, 1  # the second trace is that of the sensors
IDS = [f"s{n}" for n in range(COUNT)]
TOTALS = np.array([-8.0, 2.0, -1.0, 0.0, 0.5])


def mapped(totals=TOTALS, target=0):
    places = np.linspace(40.0, 40.1, COUNT)
    figure = city_scatter(
        places, places, Ground(), by_name([""] * COUNT, name="road"), ids=IDS, about=[""] * COUNT
    )
    return attribution_map(figure, totals, [""] * COUNT, target=target, ring="#000000", unit="mph")


def test_the_scale_is_even_around_zero_and_ends_at_the_largest_of_the_others():
    marks = mapped().data[SENSORS].marker
    assert marks.cmax == -marks.cmin == colour_end(TOTALS, 0) == 2.0
    assert [tuple(stop) for stop in marks.colorscale] == DIFFERENCES


def test_sizes_grow_with_the_magnitude_whatever_its_sign():
    sizes = np.array(mapped().data[SENSORS].marker.size)
    assert sizes[0] == sizes[1] == sizes.max()
    assert sizes[3] == sizes.min()
    assert (np.diff(sizes[np.argsort(np.abs(TOTALS))]) >= 0).all()


@pytest.mark.parametrize("target", [0, 3])
def test_the_target_has_a_ring_on_top_and_its_own_colour_within(target):
    edges, sensors, *rings = mapped(target=target).data
    assert edges.meta == EDGE
    for one in rings:
        assert (one.lat[0], one.lon[0]) == (sensors.lat[target], sensors.lon[target])
        assert one.customdata is None  # the sensors remain the trace that selects
    sizes = [one.marker.size for one in rings]
    assert sizes == sorted(sizes, reverse=True)
    assert sizes[-1] == sensors.marker.size[target]
    assert rings[-1].marker.color[0] == TOTALS[target]
    assert rings[-1].marker.cmax == sensors.marker.cmax


def test_a_selection_keeps_sizes_and_fades_nobody():
    figure = mapped()
    with_selection(figure, ["s2"], trace=SENSORS, fades=False)
    assert figure.data[SENSORS].selectedpoints == (2,)
    assert figure.data[SENSORS].selected.marker.size is None
    assert figure.data[SENSORS].unselected.marker.opacity == 1


@pytest.mark.parametrize("totals", [np.zeros(COUNT), np.array([3.0, 0, 0, 0, 0])])
def test_without_others_there_is_still_a_scale(totals):
    marks = mapped(totals).data[SENSORS].marker
    assert marks.cmax == -marks.cmin > 0


def test_the_matrix_shows_each_value_and_each_sum():
    values = np.arange(-6.0, 6.0).reshape(3, 4)
    figure = attribution_matrix(values, ["a", "b", "c"], np.arange(4)[::-1] * 5.0, unit="mph")
    cells, sums = figure.data
    np.testing.assert_array_equal(cells.z, values)
    np.testing.assert_array_equal(sums.x, values.sum(axis=1))
    assert cells.zmax == -cells.zmin
    assert list(cells.x) == [15, 10, 5, 0]
    assert list(figure.layout.yaxis.ticktext) == ["a", "b", "c"]
    assert "before" in figure.layout.xaxis.title.text
    assert "mph" in figure.layout.xaxis2.title.text


def test_equal_names_are_separate_rows_and_long_ones_are_cut():
    figure = attribution_matrix(np.ones((2, 3)), ["x" * 99] * 2, np.arange(3.0), unit="")
    assert list(figure.data[0].y) == [0, 1]
    assert all(len(name) < 50 for name in figure.layout.yaxis.ticktext)


@pytest.mark.parametrize("rows", [1, 2])
def test_a_matrix_of_nothing_is_drawn(rows):
    figure = attribution_matrix(np.zeros((rows, 12)), ["a"] * rows, np.arange(12.0), unit="mph")
    assert figure.data[0].zmax > 0


def test_the_agreement_marks_the_target_by_its_shape_and_draws_equality():
    figure = agreement_scatter(TOTALS, TOTALS / 2, IDS, target=0, unit="mph")
    line, points = figure.data
    assert list(line.x) == list(line.y) == [-8.0, 2.0]
    assert points.marker.symbol[0] != points.marker.symbol[1]
    assert "mph" in figure.layout.xaxis.title.text
