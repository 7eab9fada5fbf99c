"""Figures of a day: every sensor and group as given, periods shaded, one scale for all panels."""

import json

import numpy as np
import pytest

from analysis.figures.colours import NEUTRAL, PERIOD_COLOURS, with_alpha
from analysis.figures.cosines import scale_options
from analysis.figures.st_mixed import Group, similarity_curves, similarity_panels, speed_series
from analysis.patterns.over_a_day import PERIODS

IDS = ("717446", "717450", "717453", "717456", "717460")
NAMES = ("1", "2", "3", "4", "5")
GROUPS = (Group("cluster 3", "#0072b2", (0, 1, 3)), Group("cluster 8", "#e69f00", (2, 4)))
HOURS = np.arange(0, 24, 0.5)
META = {"day": "2012-03-01"}


@pytest.fixture
def values():
    return np.random.default_rng(0).uniform(20, 65, (48, 5))


def series(values, **options):
    settings = dict(label="speed", unit="mph", periods=PERIODS) | options
    return speed_series(HOURS, values, settings.pop("groups", GROUPS), **settings)


def sensor_lines(figure, group):
    """Return the lines of a group's sensors (n, T), and their hours."""
    trace = next(trace for trace in figure.data if trace.name == f"sensors of {group.name}")
    lines, hours = (np.reshape(part, (len(group.members), -1)) for part in (trace.y, trace.x))
    assert np.isnan(lines[:, -1]).all()  # the gap to the next sensor's
    return lines[:, :-1], hours[:, :-1]


def test_each_sensor_is_a_faint_line_in_its_groups_colour(values):
    figure = series(values)
    for group in GROUPS:
        lines, hours = sensor_lines(figure, group)
        assert lines == pytest.approx(values[:, list(group.members)].T, abs=0.06)
        assert (hours == HOURS).all()
    assert [trace.line.color for trace in figure.data[:2]] == [
        with_alpha(group.colour, 0.35) for group in GROUPS
    ]


def test_each_group_is_a_strong_line_of_its_mean_above_the_sensors(values):
    traces = series(values).data
    assert [trace.name for trace in traces[-2:]] == ["cluster 3", "cluster 8"]
    for trace, group in zip(traces[-2:], GROUPS, strict=True):
        expected = values[:, list(group.members)].mean(axis=1)
        assert trace.y == pytest.approx(expected, abs=0.06)
        assert trace.line.color == group.colour
        assert trace.line.width > traces[0].line.width


def test_missing_readings_are_gaps_and_do_not_pull_the_mean_down(values):
    values[4, 0] = np.nan
    values[9] = np.nan
    figure = series(values)
    traces = {trace.name: trace for trace in figure.data}
    group = next(group for group in GROUPS if 0 in group.members)
    line = sensor_lines(figure, group)[0][group.members.index(0)]
    assert np.flatnonzero(np.isnan(line)).tolist() == [4, 9]
    mean = traces["cluster 3"].y
    assert mean[4] == pytest.approx(values[4, [1, 3]].mean(), abs=0.06)
    assert np.flatnonzero(np.isnan(mean)).tolist() == [9]
    assert not any(trace.connectgaps for trace in traces.values())


def test_one_sensor_alone_draws(values):
    figure = series(values[:, :1], groups=[Group("chosen", "#0072b2", (0,))])
    assert [trace.name for trace in figure.data] == ["sensors of chosen", "chosen"]
    assert figure.data[0].y[:-1] == pytest.approx(figure.data[1].y)


def test_the_axis_names_quantity_and_unit(values):
    assert series(values).layout.yaxis.title.text == "speed (mph)"
    assert series(values, label="flow", unit="").layout.yaxis.title.text == "flow"


def curves(**options):
    values = np.linspace(0.2, 0.8, 48)
    drawn = [("within cluster 3", "#0072b2", values), ("across", NEUTRAL, values - 0.1)]
    return similarity_curves(HOURS, drawn, periods=PERIODS, **options)


@pytest.mark.parametrize("draw", ["series", "curves"])
def test_periods_are_shaded_from_their_first_to_their_last_hour_and_named(values, draw):
    figure = series(values) if draw == "series" else curves()
    shades = [shape for shape in figure.layout.shapes if shape.type == "rect"]
    assert [(shade.x0, shade.x1) for shade in shades] == list(PERIODS.values())
    assert [shade.fillcolor for shade in shades] == [PERIOD_COLOURS[name] for name in PERIODS]
    assert {shade.layer for shade in shades} == {"below"}
    assert [note.text for note in figure.layout.annotations] == list(PERIODS)


@pytest.mark.parametrize("draw", ["series", "curves"])
def test_the_chosen_moment_is_marked_where_there_is_one(values, draw):
    def lines(cursor):
        figure = series(values, cursor=cursor) if draw == "series" else curves(cursor=cursor)
        return [shape.x0 for shape in figure.layout.shapes if shape.type == "line"]

    assert lines(7.25) == [7.25]
    assert lines(0.0) == [0.0]
    assert lines(None) == []


@pytest.mark.parametrize("draw", ["series", "curves"])
def test_the_axis_is_the_whole_day(values, draw):
    axis = (series(values) if draw == "series" else curves()).layout.xaxis
    assert list(axis.range) == [0, 24]
    assert (axis.ticktext[0], axis.ticktext[-1]) == ("00:00", "24:00")
    assert axis.tickvals[-1] == 24


def test_curves_are_drawn_as_given_and_the_one_across_is_dashed():
    within, across = curves().data
    assert within.y == pytest.approx(np.linspace(0.2, 0.8, 48), abs=1e-4)
    assert (within.name, within.line.color, within.line.dash) == (
        "within cluster 3",
        "#0072b2",
        "solid",
    )
    assert (across.line.color, across.line.dash) == (NEUTRAL, "dash")


def test_an_unknown_curve_draws_as_a_gap():
    figure = similarity_curves(HOURS, [("within", "#0072b2", np.full(48, np.nan))], periods={})
    assert np.isnan(figure.data[0].y).all()
    assert not figure.layout.shapes


@pytest.fixture
def matrices():
    rng = np.random.default_rng(1)
    found = []
    for _ in range(3):
        half = rng.uniform(-0.6, 0.9, (5, 5))
        matrix = (half + half.T) / 2
        np.fill_diagonal(matrix, 1.0)
        found.append(matrix)
    return dict(zip(("midnight", "morning", "07:15"), found, strict=True))


def panels(matrices, scale="sign", **options):
    settings = dict(groups=GROUPS, names=NAMES, ids=IDS) | options
    return similarity_panels(list(matrices.items()), scale=scale, **settings)


def heatmaps(figure):
    return [trace for trace in figure.data if trace.type == "heatmap"]


def test_each_panel_holds_its_matrix_under_its_title(matrices):
    figure = panels(matrices)
    assert [trace.xaxis for trace in heatmaps(figure)] == ["x", "x2", "x3"]
    for trace, matrix in zip(heatmaps(figure), matrices.values(), strict=True):
        assert trace.z == pytest.approx(matrix, abs=1e-4)
        assert list(trace.x) == list(trace.y) == list(NAMES)
        assert trace.customdata[1][4] == f"{IDS[1]} and {IDS[4]}"
    assert [note.text for note in figure.layout.annotations] == list(matrices)
    axes = [figure.layout.yaxis, figure.layout.yaxis2, figure.layout.yaxis3]
    assert {axis.autorange for axis in axes} == {"reversed"}
    assert [axis.scaleanchor for axis in axes] == ["x", "x2", "x3"]


@pytest.mark.parametrize("scale", ["sign", "paper", "spread"])
def test_all_panels_share_one_scale(matrices, scale):
    figure = panels(matrices, scale)
    expected = scale_options(np.stack(list(matrices.values())), scale)
    axis = figure.layout.coloraxis
    assert (axis.cmin, axis.cmax) == (expected["cmin"], expected["cmax"])
    assert {trace.coloraxis for trace in heatmaps(figure)} == {"coloraxis"}
    assert axis.colorbar.title.text == "cosine similarity"


def test_in_the_papers_scale_negative_cells_are_struck_out_in_their_own_panel(matrices):
    matrices["morning"] = np.abs(matrices["morning"])
    marks = {t.xaxis: t for t in panels(matrices, "paper").data if t.type == "scatter"}
    assert set(marks) == {"x", "x3"}
    for axis, name in (("x", "midnight"), ("x3", "07:15")):
        struck = set(zip(marks[axis].y, marks[axis].x, strict=True))
        expected = {(NAMES[row], NAMES[column]) for row, column in np.argwhere(matrices[name] < 0)}
        assert struck == expected
    assert len(panels(matrices, "sign").data) == 3


def frames(figure, axis):
    return [
        (shape.x0, shape.x1, shape.line.color)
        for shape in figure.layout.shapes
        if shape.xref == axis and (shape.x0, shape.x1) == (shape.y0, shape.y1)
    ]


def test_each_run_of_a_groups_sensors_is_framed_in_its_colour_in_every_panel(matrices):
    figure = panels(matrices)
    for axis in ("x", "x2", "x3"):
        assert frames(figure, axis) == [
            (-0.5, 1.5, "#0072b2"),  # sensors 0 and 1
            (2.5, 3.5, "#0072b2"),  # sensor 3
            (1.5, 2.5, "#e69f00"),
            (3.5, 4.5, "#e69f00"),
        ]


def test_the_order_of_a_groups_members_does_not_matter(matrices):
    turned = [Group(group.name, group.colour, group.members[::-1]) for group in GROUPS]
    assert frames(panels(matrices, groups=turned), "x") == frames(panels(matrices), "x")


def test_unknown_cells_stay_empty_and_harm_no_scale(matrices):
    matrices["morning"][2] = matrices["morning"][:, 2] = np.nan
    for scale in ("sign", "paper", "spread"):
        figure = panels(matrices, scale)
        assert np.isnan(heatmaps(figure)[1].z[2]).all()
        assert np.isfinite([figure.layout.coloraxis.cmin, figure.layout.coloraxis.cmax]).all()


@pytest.mark.parametrize("scale", ["sign", "paper", "spread"])
def test_one_sensor_in_one_panel_draws(scale):
    group = [Group("chosen", "#0072b2", (0,))]
    figure = similarity_panels(
        [("noon", np.ones((1, 1)))], group, names=["1"], ids=IDS[:1], scale=scale
    )
    assert figure.data[0].z.tolist() == [[1.0]]
    assert frames(figure, "x") == [(-0.5, 0.5, "#0072b2")]


def test_the_choices_travel_with_every_figure(values, matrices):
    for figure in (series(values, meta=META), curves(meta=META), panels(matrices, meta=META)):
        assert dict(figure.layout.meta) == META
        json.loads(figure.to_json())
