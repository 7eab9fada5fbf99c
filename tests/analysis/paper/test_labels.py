"""Labels cover neither each other nor, where there is room, what they name."""

from itertools import combinations

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.paper.canvas import checked_width, legend_below, letter, panel, sheet
from analysis.paper.labels import place_labels, readable_on, text_boxes
from analysis.paper.panels import shade_periods, side_by_side
from tests.analysis.paper.drawn import assert_readable, texts_of


@pytest.fixture
def axes():
    axes = panel(sheet("single", 60), (2, 7, 80, 50))
    axes.set_axis_off()
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)
    return axes


def label(axes, anchors, **more):
    names = [str(place) for place in range(len(anchors))]
    colours = ["#0072b2"] * len(names)
    return place_labels(axes, anchors, names, colours=colours, fontsize=6, **more)


def test_labels_of_a_crowd_do_not_cover_each_other(axes):
    anchors = np.random.default_rng(0).normal(0.5, 0.03, (20, 2))
    label(axes, anchors, points=anchors)
    assert_readable(axes.figure)


def test_a_label_hides_no_point_where_there_is_room(axes):
    anchor = np.array([[0.5, 0.5]])
    label(axes, anchor, points=anchor)
    [box] = text_boxes(axes.figure)
    assert not box.contains(*axes.transData.transform(anchor[0]))


@pytest.mark.parametrize("corner", [(0, 0), (0, 1), (1, 0), (1, 1)])
def test_labels_of_points_in_a_corner_stay_inside_the_panel(axes, corner):
    label(axes, np.array([corner]), points=np.array([corner]))
    [box], inside = text_boxes(axes.figure), axes.get_window_extent()
    assert inside.x0 <= box.x0 < box.x1 <= inside.x1
    assert inside.y0 <= box.y0 < box.y1 <= inside.y1


def test_labels_avoid_texts_that_were_there_before(axes):
    axes.text(0.5, 0.5, "a title that is here", fontsize=7, ha="center", va="center")
    label(axes, np.array([[0.5, 0.5]]), points=np.empty((0, 2)))
    one, other = text_boxes(axes.figure)
    assert not one.overlaps(other)


def test_a_leader_crosses_no_other_label_where_another_place_is_free(axes):
    points = np.array([[0.5, 0.5]])
    labels = label(axes, np.repeat(points, 8, axis=0), points=points, start=8.0)
    assert all(text.arrow_patch is not None for text in labels)
    boxes = text_boxes(axes.figure)
    for place, text in enumerate(labels):
        start = axes.transData.transform(text.xy)
        box = boxes[place]
        along = np.linspace(start, ((box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2), 50)
        for other in (*boxes[:place], *boxes[place + 1 :]):
            assert not other.count_contains(along)


def test_no_labels_are_no_trouble(axes):
    assert label(axes, np.empty((0, 2)), points=np.empty((0, 2))) == []


@pytest.mark.parametrize(("colour", "ink"), [("#ffffff", "#000000"), ("#0a0a30", "#ffffff")])
def test_letters_stand_out_from_their_box(colour, ink):
    assert readable_on(colour) == ink


def test_a_title_wider_than_its_panel_is_cut(axes):
    letter(axes, "a", "a title " * 30, left_mm=1)
    assert_readable(axes.figure)
    assert any(text.endswith("…") for text in texts_of(axes.figure))


@pytest.mark.parametrize("names", [["a", "b"], ["a road of a name " * n for n in (1, 3, 8)]])
def test_a_legend_stays_on_the_sheet(names):
    axes = panel(sheet("single", 60), (60, 5, 22, 20))
    axes.set_xticks([])
    axes.set_yticks([])
    for name in names:
        axes.plot([0, 1], [0, 1], label=name)
    legend_below(axes, 3)
    assert_readable(axes.figure)


PERIODS = [
    {"midnight": (0, 2), "small hours": (2, 4), "dawn": (4, 5), "morning": (5, 9)},
    {"late evening": (22, 23), "last hour of the day": (23, 24)},
    {"a very long name of a period " * 2: (1, 2), "another that is as long " * 3: (1, 3)},
    {"one": (0, 24)},
]


@pytest.mark.parametrize("periods", PERIODS)
def test_names_of_periods_keep_apart_and_in_order(axes, periods):
    axes.set_xlim(0, 24)
    shade_periods(axes, periods)
    assert_readable(axes.figure)
    boxes = text_boxes(axes.figure)
    assert len(boxes) == len(periods)
    starts = [start + end for start, end in periods.values()]
    assert np.argsort(starts, kind="stable").tolist() == np.argsort([b.x0 for b in boxes]).tolist()


def test_names_with_room_stand_above_the_middle_of_their_period(axes):
    axes.set_xlim(0, 24)
    shade_periods(axes, {"noon": (11, 13)})
    [box] = text_boxes(axes.figure)
    middle = axes.transData.transform((12, 0))[0]
    assert (box.x0 + box.x1) / 2 == pytest.approx(middle, abs=2)


def test_intervals_that_fit_together_fit():
    from matplotlib.transforms import Bbox

    within, widths = Bbox.from_extents(0, 0, 100, 1), np.array([30.0, 40.0, 20.0])
    placed = side_by_side(np.array([90.0, 91.0, 99.0]), widths, within)
    lows, highs = placed - widths / 2, placed + widths / 2
    assert lows.min() >= 0
    assert highs.max() <= 100
    assert all(highs[a] <= lows[b] + 1e-9 for a, b in combinations(range(3), 2))


def test_an_unknown_width_is_refused():
    with pytest.raises(AnalysisError, match=r"no width 'wide'; choose single \(84 mm\) or double"):
        checked_width("wide")
