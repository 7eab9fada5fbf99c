"""Figures of learnt graphs: bars, edges on a map, matrices and animations."""

import numpy as np
import pytest

from analysis.city.ground import Ground
from analysis.figures.city import city_scatter
from analysis.figures.colouring import by_name, by_value
from analysis.figures.graph import (
    PARTS,
    Frame,
    Places,
    change_heatmap,
    excess_heatmap,
    graph_film,
    growth,
    parts_over_day,
    row_parts,
    with_edges,
    with_values,
)
from analysis.graphs.average import AverageRow
from analysis.graphs.edges import Edges

ROW = AverageRow(0.9, 0.02, 0.08)
LATITUDE, LONGITUDE = np.array([34.0, 34.1, 34.2]), np.array([-118.0, -118.1, -118.0])
IDS = ("a", "b", "<c>")


def city(colouring=None):
    return city_scatter(
        LATITUDE, LONGITUDE, Ground(), colouring or by_name(["x"] * 3, name="road"), ids=IDS,
        about=[""] * 3,
    )  # fmt: skip


def edges(*pairs, excess=None):
    readers, read = np.array(pairs, dtype=np.int64).reshape(-1, 2).T
    weights = np.array(excess or [1.0] * len(pairs))
    return Edges(readers, read, weights, 10.0)


def test_the_bars_of_a_row_fill_it():
    figure = row_parts({"encoders": ROW, "decoder": AverageRow(0, 0.5, 0.5)})
    assert [trace.name for trace in figure.data] == list(PARTS)
    assert sum(np.array(trace.x) for trace in figure.data).tolist() == [100, 100]


def test_edges_are_drawn_below_the_sensors_and_end_at_them():
    figure = with_edges(city(), edges((0, 1), (1, 0), excess=[2.0, 1.0]), _places(), ["x", "<y>"])
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert figure.data[-1].customdata[0][0] == "a"
    assert not any(trace.customdata is not None for trace in figure.data[:-1])
    ends = {(trace.lat[0], trace.lat[len(trace.lat) - 2]) for trace in lines}
    assert ends == {(34.0, 34.1), (34.1, 34.0)}
    (dots,) = [trace for trace in figure.data if trace.text]
    assert list(dots.text) == ["x", "&lt;y&gt;"]


def test_both_directions_of_a_pair_are_apart_and_each_bends_to_its_right():
    figure = with_edges(city(), edges((0, 2), (2, 0)), _places(), ["north", "south"])
    (dots,) = [trace for trace in figure.data if trace.text]
    north, south = dots.lon
    assert north > -118.0 > south  # going north, the right is the east
    assert dots.lat[0] > 34.1 > dots.lat[1]  # nearer to the sensor that is read


def test_wider_lines_are_larger_excesses():
    figure = with_edges(
        city(), edges((0, 1), (0, 2), (1, 2), excess=[3.0, 2.9, 1.0]), _places(), ["", "", ""]
    )
    lines = [trace for trace in figure.data if trace.mode == "lines"]
    assert [sum(place is None for place in trace.lat) for trace in lines] == [1, 2]
    assert lines[0].line.width < lines[1].line.width


def test_no_edges_leave_the_map():
    assert len(with_edges(city(), edges(), _places(), []).data) == len(city().data)


def test_the_legend_of_a_number_is_in_the_map_and_that_of_groups_is_not():
    numbers = by_value(np.array([0.1, 0.2, 0.3]), name="<read>", unit="%", digits=(2, 1))
    before = len(city().layout.annotations)
    (told,) = with_values(city(numbers), numbers).layout.annotations[before:]
    assert "&lt;read&gt;" in told.text
    assert "0.2 &#37;" in told.text
    groups = by_name(["x", "y", "z"], name="road")
    assert len(with_values(city(groups), groups).layout.annotations) == before


def test_a_matrix_has_its_rows_in_order_and_colours_from_zero():
    cells = np.array([[np.nan, 1.0], [2.0, np.nan]])
    figure = excess_heatmap(
        cells, np.array([2, 0]), np.array([0, 1]), ["g", "h", "k"], ids=IDS, height=300
    )
    (heat,) = figure.data
    assert list(heat.y) == ["sensor &lt;c&gt;", "sensor a"]
    assert heat.zmin == 0
    assert heat.zmax <= 2
    changed = change_heatmap(
        cells - 1.5, np.array([2, 0]), np.array([0, 1]), ["", "", ""], ids=IDS, height=300
    )
    assert changed.data[0].zmin == -changed.data[0].zmax


def test_an_empty_matrix_is_drawn():
    nothing = np.full((1, 1), np.nan)
    for draw in (excess_heatmap, change_heatmap):
        draw(nothing, np.array([0]), np.array([0]), [""], ids=["a"], height=200)


def test_an_animation_has_the_scale_of_its_strongest_frame():
    weak, strong = np.full((2, 2), 0.1), np.full((2, 2), 0.9)
    frames = [Frame("0", "step 0 <b>", weak), Frame("9", "step 9", strong)]
    figure = graph_film(frames, np.arange(2), np.arange(2), ["", "", ""], ids=IDS, height=300)
    assert figure.data[0].zmax == pytest.approx(0.9)
    assert [frame.data[0].z[0][0] for frame in figure.frames] == pytest.approx([0.1, 0.9])
    assert figure.layout.annotations[0].text == "step 0 &lt;b&gt;"
    assert len(figure.layout.sliders[0].steps) == 2


def test_a_day_is_stacked_to_the_whole():
    hours, share = np.arange(3.0), np.array([0.2, 0.3, 0.5])
    parts = {"floor": share, "self": share, "others": 1 - 2 * share}
    figure = parts_over_day(hours, parts, cursor=1.0)
    assert sum(np.array(trace.y) for trace in figure.data) == pytest.approx([100, 100, 100])
    assert len(figure.layout.shapes) == 1


@pytest.mark.parametrize(("auc", "lines"), [([None, None], 1), ([None, 0.8], 2)])
def test_growth_has_an_axis_for_the_auc_where_there_is_one(auc, lines):
    figure = growth(["0", "10"], [ROW, ROW], auc)
    assert len(figure.data) == lines


def _places():
    return Places(LATITUDE, LONGITUDE)
