"""Figures of a selection: spread, linked scatter and map, brackets beside a heatmap."""

import numpy as np
import plotly.graph_objects as go
import pytest

from analysis.city.ground import Curve, Ground
from analysis.city.maps import DARK
from analysis.figures.brackets import (
    MOST_NAMED,
    runs,
    with_brackets,
    with_ids,
    with_marked_rows,
)
from analysis.figures.city import NARROW, city_scatter
from analysis.figures.colouring import by_cluster
from analysis.figures.colours import PALETTE
from analysis.figures.selection import EDGE, spread, spread_series, with_selection
from analysis.figures.spatial import sensor_heatmap, sensor_scatter
from analysis.figures.vision import contrast

COUNT = 30
IDS = [str(700 + number) for number in range(COUNT)]
LABELS = np.sort(np.random.default_rng(0).integers(0, 4, COUNT))
POINTS = np.random.default_rng(1).normal(size=(COUNT, 2))
NOTHING = Ground()
LATITUDE, LONGITUDE = 34 + 0.1 * POINTS[:, 0], -118 + 0.3 * POINTS[:, 1]


def test_a_spread_is_mean_and_percentiles_of_what_is_known():
    values = np.random.default_rng(2).normal(size=(50, 13))
    values[np.random.default_rng(3).random(values.shape) < 0.3] = np.nan
    expected = np.vstack([np.nanmean(values, axis=1), np.nanpercentile(values, [10, 90], axis=1)])
    np.testing.assert_allclose(spread(values), expected)
    np.testing.assert_allclose(spread(values.astype(np.float32)), expected, rtol=1e-5)


def test_a_step_without_any_value_is_a_gap_and_one_sensor_has_no_width():
    values = np.array([[np.nan, np.nan], [1.0, np.nan]])
    found = spread(values)
    assert np.isnan(found[:, 0]).all()
    assert found[:, 1].tolist() == [1.0, 1.0, 1.0]
    assert np.isnan(spread(np.full((3, 0), np.nan))).all()


def test_the_selected_are_drawn_last_and_the_moment_is_marked():
    times = np.datetime64("2012-03-01T00:00") + np.arange(4) * np.timedelta64(5, "m")
    groups = {"all": np.ones((3, 4)), "selected (2)": np.zeros((3, 4))}
    figure = spread_series(times, groups, quantity="speed", unit="mph", cursor=times[2])
    assert [trace.name for trace in figure.data if trace.name] == list(groups)
    (line,) = figure.layout.shapes
    assert np.datetime64(line.x0) == times[2]
    alone = spread_series(times, {"all": np.ones((3, 4))}, quantity="flow", unit="")
    assert alone.data[2].line.color == figure.data[5].line.color
    assert not alone.layout.shapes


def scatter(points=POINTS):
    return sensor_scatter(
        points, by_cluster(LABELS, PALETTE), ids=IDS, roads=[""] * COUNT, labels=LABELS
    )


def test_a_selection_is_drawn_as_plotly_draws_its_own():
    drawn = with_selection(scatter(), [IDS[3], IDS[5]], trace=0)
    assert list(drawn.data[0].selectedpoints) == [3, 5]
    assert drawn.data[0].selected.marker.size > drawn.data[0].marker.size
    assert drawn.layout.dragmode == "lasso"
    none = with_selection(scatter(), (), trace=0)
    assert none.data[0].selectedpoints is None
    assert none.data[0].unselected == drawn.data[0].unselected


def test_sensors_that_are_hidden_have_no_point_and_no_number():
    points = POINTS.copy()
    points[LABELS != 1] = np.nan
    figure = scatter(points)
    assert len(figure.data[0].x) == COUNT
    assert np.isfinite(figure.data[0].x).sum() == (LABELS == 1).sum()
    assert [note.text for note in figure.layout.annotations] == ["<b>1</b>"]


def city(latitude=LATITUDE, longitude=LONGITUDE, ground=NOTHING, **options):
    about = [""] * COUNT
    return city_scatter(
        latitude, longitude, ground, by_cluster(LABELS, PALETTE), ids=IDS, about=about, **options
    )


@pytest.mark.parametrize(("height", "width"), [(200, NARROW), (400, NARROW), (900, 560)])
def test_all_sensors_fit_on_the_map(height, width):
    view = city(height=height, width=width).layout.map
    world = 512 * 2**view.zoom  # pixels around the earth
    across = (LONGITUDE - view.center.lon) / 360 * world
    up = np.arcsinh(np.tan(np.radians(LATITUDE))) - np.arcsinh(np.tan(np.radians(view.center.lat)))
    shares = np.abs(across).max() / width, np.abs(up / 2 / np.pi * world).max() / height
    assert 0.4 < max(shares) < 0.5


def test_the_map_is_that_of_the_sensors_that_are_shown():
    latitude, longitude = LATITUDE.copy(), LONGITUDE.copy()
    latitude[5:] = longitude[5:] = np.nan
    zoomed, whole = city(latitude, longitude), city()
    assert zoomed.layout.map.zoom > whole.layout.map.zoom
    assert [about[0] for about in zoomed.data[-1].customdata] == IDS
    one = np.full(COUNT, np.nan)
    one[0] = 34.0
    assert np.isfinite(city(one, one).layout.map.zoom)


def test_the_sensors_and_their_edges_are_the_only_traces_whatever_is_beneath_them():
    road = Curve("R", "N", np.array([[-118.0, 34.0], [-118.1, 34.1]]))
    for figure in (city(), city(ground=Ground((road,)))):
        edges, sensors = figure.data
        assert edges.meta == EDGE
        assert edges.customdata is None
        assert np.array_equal(edges.lat, sensors.lat)
        assert np.array_equal(edges.lon, sensors.lon)
        assert edges.marker.size > sensors.marker.size


def test_a_selection_on_the_map_has_its_edges():
    drawn = with_selection(city(), [IDS[3], IDS[5]], trace=1)
    edges, sensors = drawn.data
    assert edges.selectedpoints == sensors.selectedpoints == (3, 5)
    assert edges.selected.marker.size > sensors.selected.marker.size


def test_points_that_are_not_selected_are_stronger_on_a_dark_page():
    light, dark = (with_selection(scatter(), [IDS[3]], trace=0, on_dark=on) for on in (False, True))
    opacities = [one.data[0].unselected.marker.opacity for one in (light, dark)]
    assert opacities[0] < opacities[1] < 1


@pytest.mark.parametrize("ground", [DARK.background, DARK.sea])
def test_edges_stand_out_from_a_dark_map(ground):
    assert contrast(DARK.outline, ground) >= 3


def heatmap(count=COUNT, most=400):
    cosine, order = np.eye(count), np.arange(count)
    ids = [str(number) for number in range(count)]
    return sensor_heatmap(cosine, order, [""] * count, ids=ids, title="cosine", most_cells=most)


def test_brackets_cover_each_row_once_in_the_colour_of_its_group():
    names = ["a", "a", "b", "a"]
    found = runs(names, ["red", "red", "blue", "red"])
    assert [(run.start, run.end, run.name) for run in found] == [
        (0, 2, "a"), (2, 3, "b"), (3, 4, "a")
    ]  # fmt: skip
    figure = with_brackets(heatmap(4), found, 4)
    assert [shape.fillcolor for shape in figure.layout.shapes] == ["red"] * 2 + ["blue"] * 2 + [
        "red"
    ] * 2
    assert {note.text for note in figure.layout.annotations} == {"a", "b"}
    assert runs([], []) == []


def test_rows_are_named_as_long_as_there_is_room():
    few, many = (with_ids(heatmap(n), [str(k) for k in range(n)]) for n in (5, MOST_NAMED + 1))
    assert list(few.layout.yaxis.ticktext) == list("01234")
    assert not many.layout.yaxis.ticktext


@pytest.mark.parametrize(("count", "most"), [(12, 400), (12, 5)])
def test_marks_are_at_the_cells_of_the_chosen_rows(count, most):
    marked = np.zeros(count, dtype=bool)
    marked[[1, 2, 11]] = True
    figure = with_marked_rows(heatmap(count, most), marked)
    cells, stride = len(figure.data[0].x), -(-count // most)
    covered = set()
    for shape in figure.layout.shapes[::2]:
        covered |= {n for n in range(cells) if shape.y0 < n + 0.2 and n - 0.2 < shape.y1}
    assert covered == {row // stride for row in (1, 2, 11)}
    none = with_marked_rows(heatmap(count, most), np.zeros(count, dtype=bool))
    assert isinstance(none, go.Figure)
    assert not none.layout.shapes
