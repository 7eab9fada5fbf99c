"""Figures of the hours and days: what is drawn is what was given, under its name and colour."""

import json

import numpy as np
import pytest

from analysis.figures.colours import BLUES, COSINES, DAY_COLOURS
from analysis.figures.cosines import negative_marks, scale_options
from analysis.figures.temporal import HOUR_NAMES, day_heatmap, hour_heatmap, hour_scatter
from analysis.patterns.hours import week_hours

DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
NUMBERED = tuple(f"Day {number}" for number in range(7))


@pytest.fixture
def points():
    return np.random.default_rng(0).normal(size=(168, 2))


@pytest.fixture
def cosines():
    angle = 2 * np.pi * np.arange(24) / 24
    return 0.7 * np.cos(angle[:, None] - angle) + 0.3 * np.eye(24)


def scatter(points, **options):
    return hour_scatter(points, *week_hours(), day_names=DAYS, **options)


def markers(figure):
    """The trace of the points themselves."""
    (trace,) = [t for t in figure.data if t.mode == "markers" and t.customdata is not None]
    return trace


def test_every_hour_of_the_week_is_a_point_that_knows_its_name(points):
    trace = markers(scatter(points))
    assert np.column_stack([trace.x, trace.y]) == pytest.approx(points, abs=1e-3)
    assert tuple(trace.customdata[0]) == ("Monday", "00:00")
    assert tuple(trace.customdata[167]) == ("Sunday", "23:00")
    assert len({tuple(row) for row in trace.customdata}) == 168


def test_points_have_the_colour_of_their_day(points):
    colours = list(markers(scatter(points)).marker.color)
    assert colours == [DAY_COLOURS[day] for day in week_hours()[1]]
    assert len(set(DAY_COLOURS)) == 7


def test_hours_have_one_colour_on_all_days_and_a_bar_that_explains_it(points):
    figure = scatter(points, colour_by="hour")
    colours = np.array(markers(figure).marker.color).reshape(7, 24)
    assert (colours == colours[0]).all()
    assert len(set(colours[0])) == 24
    bars = [t for t in figure.data if t.marker.showscale]
    assert [(bar.marker.cmin, bar.marker.cmax) for bar in bars] == [(0, 24)]
    assert not any(t.marker.showscale for t in scatter(points).data)


def test_the_hours_of_a_day_are_joined_in_their_order_whatever_order_they_come_in(points):
    order = np.random.default_rng(1).permutation(168)
    hours, days = week_hours()
    mixed = hour_scatter(points[order], hours[order], days[order], day_names=DAYS)
    paths = [t for t in mixed.data if t.mode == "lines"]
    assert len(paths) == 7
    for day, path in enumerate(paths):
        expected = points[24 * day : 24 * day + 24]
        assert np.column_stack([path.x, path.y]) == pytest.approx(expected, abs=1e-3)


def test_each_day_is_named_beside_its_points(points):
    notes = {note.text: note for note in scatter(points).layout.annotations}
    assert set(notes) == {f"<b>{day}</b>" for day in DAYS}
    for day, name in enumerate(DAYS):
        own, note = points[24 * day : 24 * day + 24], notes[f"<b>{name}</b>"]
        inside = (own.min(axis=0) <= [note.x, note.y]) & ([note.x, note.y] <= own.max(axis=0))
        assert inside.sum() == 1  # above, below or at a side of its points, not on them
        assert note.bgcolor == DAY_COLOURS[day]


def test_names_of_neighbouring_days_do_not_cover_each_other(points):
    apart, close = points.copy(), points.copy()
    apart[:, 0] += np.repeat(np.arange(7), 24) * 100
    close[:, 0] += np.repeat([0, 100, 200, 300, 400, 500, 505], 24)
    named = {note.text: note for note in scatter(close).layout.annotations}
    saturday, sunday = named["<b>Saturday</b>"], named["<b>Sunday</b>"]
    across, up = np.ptp(close, axis=0) / (640, 460)  # of a pixel
    assert abs(saturday.x - sunday.x) > 60 * across or abs(saturday.y - sunday.y) > 15 * up
    for day, note in enumerate(scatter(apart).layout.annotations):
        assert note.y > apart[24 * day : 24 * day + 24, 1].max()  # where all are free: above


def test_names_of_days_that_lie_on_each_other_do_not_cover_each_other(points):
    same = np.tile(points[:24], (7, 1))
    notes = scatter(same).layout.annotations
    across, up = np.ptp(same, axis=0) / (640, 460)  # of a pixel
    for number, one in enumerate(notes):
        for other in notes[:number]:
            assert abs(one.x - other.x) > 30 * across or abs(one.y - other.y) > 15 * up


def test_a_name_does_not_lie_on_the_points_of_another_day(points):
    stacked = points / np.ptp(points) * 30
    stacked[24:48] += [0, 45]  # right above the first day
    stacked[48:] += np.repeat(np.arange(1, 6), 24)[:, None] * [200, 0]
    first = scatter(stacked).layout.annotations[0]
    other = stacked[24:48]
    inside = (other.min(axis=0) < [first.x, first.y]) & ([first.x, first.y] < other.max(axis=0))
    assert not inside.all()


def test_part_of_a_week_draws_too():
    figure = hour_scatter(np.zeros((2, 2)), np.array([5, 6]), np.array([3, 3]), day_names=DAYS)
    assert [note.text for note in figure.layout.annotations] == ["<b>Thursday</b>"]
    assert len(markers(figure).x) == 2


def test_the_axes_of_a_projection_are_hidden_and_stretched_to_fill_the_figure(points):
    layout = scatter(points).layout
    assert not layout.xaxis.visible
    assert not layout.yaxis.visible
    assert layout.yaxis.scaleanchor is None
    assert layout.height == 460


def test_cosines_of_hours_are_drawn_as_given_with_midnight_on_top(cosines):
    figure = hour_heatmap(cosines)
    (trace,) = figure.data
    assert trace.z == pytest.approx(cosines, abs=1e-4)
    assert list(trace.x) == list(trace.y) == list(HOUR_NAMES)
    assert figure.layout.yaxis.autorange == "reversed"
    assert figure.layout.xaxis.type == figure.layout.yaxis.type == "category"
    assert set(figure.layout.xaxis.tickvals) <= set(HOUR_NAMES)


@pytest.mark.parametrize("scale", ["sign", "paper", "spread"])
def test_the_heatmap_has_the_scale_that_was_asked_for(cosines, scale):
    axis = hour_heatmap(cosines, scale=scale).layout.coloraxis
    expected = scale_options(cosines, scale)
    assert (axis.cmin, axis.cmax) == (expected["cmin"], expected["cmax"])
    assert [tuple(step) for step in axis.colorscale] == expected["colorscale"]
    assert axis.colorbar.title.text == "cosine similarity"


def test_a_scale_that_begins_at_zero_strikes_out_what_is_below(cosines):
    marks = hour_heatmap(cosines, scale="paper").data[1]
    struck = {(y, x) for x, y in zip(marks.x, marks.y, strict=True)}
    below = {(HOUR_NAMES[row], HOUR_NAMES[column]) for row, column in np.argwhere(cosines < 0)}
    assert struck == below
    assert below
    assert len(hour_heatmap(np.abs(cosines), scale="paper").data) == 1
    assert len(hour_heatmap(cosines, scale="sign").data) == 1


def test_the_scale_of_the_sign_is_grey_at_zero_and_even_around_it():
    options = scale_options(np.array([[1.0, -0.2], [-0.2, 1.0]]), "sign")
    assert options == {"colorscale": COSINES, "cmin": -1.0, "cmax": 1.0}
    assert COSINES[len(COSINES) // 2] == (0.5, "#868686")


def test_the_papers_scale_runs_from_zero_to_one_in_blues():
    options = scale_options(np.array([[1.0, -0.2], [-0.2, 1.0]]), "paper")
    assert options == {"colorscale": BLUES, "cmin": 0.0, "cmax": 1.0}


def test_the_scale_of_the_spread_leaves_the_diagonal_out():
    values = np.array([[1.0, 0.97, np.nan], [0.97, 1.0, 0.95], [np.nan, 0.95, 1.0]])
    options = scale_options(values, "spread")
    assert (options["cmin"], options["cmax"]) == (0.95, 0.97)


@pytest.mark.parametrize(
    "values", [np.ones((1, 1)), np.full((2, 2), np.nan), np.full((3, 3), 0.4), np.ones((4, 4))]
)
def test_the_scale_of_the_spread_has_two_ends_whatever_the_values(values):
    options = scale_options(values, "spread")
    assert np.isfinite([options["cmin"], options["cmax"]]).all()
    assert options["cmin"] < options["cmax"]


def test_unknown_cells_are_not_struck_out():
    values = np.array([[np.nan, -0.5], [0.0, 1.0]])
    marks = negative_marks(values, ("a", "b"), size=9)
    assert (list(marks.x), list(marks.y)) == (["b"], ["a"])
    assert negative_marks(np.full((2, 2), np.nan), ("a", "b"), size=9) is None


def test_distances_of_days_are_written_into_the_cells():
    distances = np.abs(np.subtract.outer(np.arange(7.0), np.arange(7.0)))
    figure = day_heatmap(distances, day_names=DAYS)
    (trace,) = figure.data
    off = ~np.eye(7, dtype=bool)
    assert trace.z[off] == pytest.approx(distances[off])
    assert np.isnan(np.diagonal(trace.z)).all()  # a day's distance from itself says nothing
    notes = figure.layout.annotations
    assert len(notes) == 42
    at = {day: place for place, day in enumerate(trace.x)}
    assert all(note.text == f"{distances[at[note.y], at[note.x]]:.2f}" for note in notes)
    assert {note.font.color for note in notes} == {"#000000", "#ffffff"}
    assert list(trace.x) == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]


def test_days_without_a_name_keep_their_numbers():
    trace = day_heatmap(np.ones((7, 7)), day_names=NUMBERED).data[0]
    assert list(trace.y) == list(NUMBERED)
    assert len(set(trace.y)) == 7


def test_the_choices_travel_with_every_figure(points, cosines):
    choices = {"variant": "mean", "seed": 3}
    figures = (
        scatter(points, meta=choices),
        hour_heatmap(cosines, meta=choices),
        day_heatmap(np.ones((7, 7)), day_names=DAYS, meta=choices),
    )
    for figure in figures:
        assert dict(figure.layout.meta) == choices


def test_figures_are_small_enough_to_send(points, cosines):
    for figure in (scatter(points), hour_heatmap(cosines, scale="paper")):
        assert len(figure.to_json()) < 60_000
        json.loads(figure.to_json())
