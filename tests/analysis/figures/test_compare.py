"""Two models in one figure: same colours, same axes, and differences around zero."""

import numpy as np
import pytest

from analysis.figures.colouring import by_cluster, by_value
from analysis.figures.colours import DIFFERENCES, PALETTE
from analysis.figures.compare import difference_heatmap, side_by_side, symmetric_reach

COUNT = 24
IDS = tuple(f"s{number}" for number in range(COUNT))
ROADS = ("US-101 N", "") * (COUNT // 2)
LABELS = np.arange(COUNT) % 3


@pytest.fixture
def layouts():
    rng = np.random.default_rng(0)
    return rng.normal(size=(COUNT, 2)), 3 * rng.normal(size=(COUNT, 2))


def draw(layouts, colourings=None, labels=(LABELS, LABELS), **options):
    colourings = colourings or tuple(by_cluster(own, PALETTE) for own in labels)
    return side_by_side(
        layouts, colourings, labels, titles=("before", "after"), ids=IDS, roads=ROADS, **options
    )


def test_the_same_sensor_has_the_same_place_in_both_lists_and_the_same_colour(layouts):
    first, second = draw(layouts).data
    assert [row[0] for row in first.customdata] == [row[0] for row in second.customdata]
    assert first.marker.color == second.marker.color
    for trace, points in zip((first, second), layouts, strict=True):
        assert np.column_stack([trace.x, trace.y]) == pytest.approx(points, abs=1e-3)
    assert (first.xaxis, second.xaxis) == ("x", "x2")


def test_both_halves_have_the_same_axes(layouts):
    layout = draw(layouts).layout
    assert layout.xaxis.range == layout.xaxis2.range
    assert layout.yaxis.range == layout.yaxis2.range
    assert (layout.xaxis2.matches, layout.yaxis2.matches) == ("x", "y")
    # both halves are stretched alike to fill the figure, so no ratio is fixed
    assert layout.yaxis.scaleanchor is layout.yaxis2.scaleanchor is None
    assert layout.xaxis.matches is layout.yaxis.matches is None
    everything = np.concatenate(layouts)
    assert layout.xaxis.range[0] < everything[:, 0].min()
    assert layout.yaxis.range[1] > everything[:, 1].max()


def test_titles_and_cluster_numbers_stand_in_their_own_half(layouts):
    other = (LABELS + 1) % 5
    notes = draw(layouts, labels=(LABELS, other)).layout.annotations
    assert [note.text for note in notes[:2]] == ["before", "after"]
    numbers = {half: [n.text for n in notes if n.xref == half] for half in ("x", "x2")}
    assert numbers["x"] == ["<b>0</b>", "<b>1</b>", "<b>2</b>"]
    assert numbers["x2"] == ["<b>1</b>", "<b>2</b>", "<b>3</b>"]


def test_a_legend_that_both_share_stands_once(layouts):
    speed = by_value(np.linspace(20, 60, COUNT), name="mean speed", unit="mph")
    other = by_value(np.linspace(0, 90, COUNT), name="mean speed", unit="mph")
    shared, own = draw(layouts, (speed, speed)), draw(layouts, (speed, other))
    assert len(shared.data) == 2 + len(speed.legend)
    assert len(own.data) == 2 + len(speed.legend) + len(other.legend)
    assert shared.layout.showlegend


def test_selected_sensors_are_ringed_in_both(layouts):
    selected = np.arange(COUNT) == 3
    figure = draw(layouts, selected=selected, meta={"seed": 1})
    for trace in figure.data:
        assert trace.marker.size[3] > trace.marker.size[4]
    assert figure.layout.meta == {"seed": 1}


@pytest.mark.parametrize("sign", [-1, 1])
def test_differences_are_grey_at_zero_even_where_all_have_one_sign(sign):
    difference = sign * np.abs(np.random.default_rng(1).normal(size=(COUNT, COUNT)))
    np.fill_diagonal(difference, 0)
    figure = difference_heatmap(difference, np.arange(COUNT), ROADS, ids=IDS)
    heatmap = figure.data[0]
    assert heatmap.zmin == -heatmap.zmax < 0
    assert [tuple(stop) for stop in heatmap.colorscale] == DIFFERENCES
    assert "second minus first" in heatmap.hovertemplate


def test_cells_lie_in_the_order_that_was_asked_for():
    difference = np.arange(COUNT * COUNT, dtype=float).reshape(COUNT, COUNT)
    order = np.random.default_rng(2).permutation(COUNT)
    figure = difference_heatmap(difference, order, ROADS, ids=IDS)
    assert np.asarray(figure.data[0].z) == pytest.approx(difference[np.ix_(order, order)])


def test_equal_models_have_a_grey_figure():
    figure = difference_heatmap(np.zeros((COUNT, COUNT)), np.arange(COUNT), ROADS, ids=IDS)
    assert not np.asarray(figure.data[0].z).any()
    assert symmetric_reach(np.zeros(4)) > 0
    assert symmetric_reach(np.full(4, np.nan)) > 0


def test_one_extreme_pair_does_not_take_the_whole_scale():
    values = np.append(np.random.default_rng(3).uniform(-0.1, 0.1, 2_000), 2.0)
    assert symmetric_reach(values) < 0.11
