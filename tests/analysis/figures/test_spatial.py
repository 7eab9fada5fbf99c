"""Figures of the sensors: what is drawn is what was given, in colours that stay."""

import numpy as np
import pytest

from analysis.figures.colouring import by_cluster, by_name, by_value
from analysis.figures.colours import COSINES, NEUTRAL, PALETTE
from analysis.figures.spatial import MAX_CELLS, cluster_series, sensor_heatmap, sensor_scatter

COUNT = 30
IDS = tuple(str(700_000 + number) for number in range(COUNT))
ROADS = tuple(["US-101 N", "SR-2 E", ""][number % 3] for number in range(COUNT))


@pytest.fixture
def labels():
    return np.sort(np.random.default_rng(0).integers(0, 4, COUNT))


@pytest.fixture
def points():
    return np.random.default_rng(1).normal(size=(COUNT, 2))


def scatter(points, labels, colouring=None, **options):
    return sensor_scatter(
        points,
        colouring or by_cluster(labels, PALETTE),
        ids=IDS,
        roads=ROADS,
        labels=labels,
        **options,
    )


def test_each_sensor_is_a_point_in_its_clusters_colour_and_knows_its_id(points, labels):
    (trace,) = scatter(points, labels).data
    assert [row[0] for row in trace.customdata] == list(IDS)
    assert list(trace.marker.color) == [PALETTE[k] for k in labels]
    assert np.column_stack([trace.x, trace.y]) == pytest.approx(points, abs=1e-3)


def test_cluster_numbers_stand_at_members_of_their_clusters(points, labels):
    notes = scatter(points, labels).layout.annotations
    assert [note.text for note in notes] == [f"<b>{k}</b>" for k in np.unique(labels)]
    for number, note in enumerate(notes):
        own = points[labels == number]
        assert np.linalg.norm(own - [note.x, note.y], axis=1).min() < 1e-9
        assert note.bgcolor == PALETTE[number]


def test_other_colourings_have_no_numbers_but_tell_the_value(points, labels):
    speed = by_value(np.linspace(20, 65, COUNT), name="mean speed", unit="mph")
    figure = scatter(points, labels, speed)
    assert not figure.layout.annotations
    assert figure.data[0].customdata[0][3] == "mean speed 20.0 mph"
    assert "<br>%{customdata[3]}" in figure.data[0].hovertemplate


def test_selected_points_are_ringed_and_the_others_of_a_focus_fade(points, labels):
    selected, strong = np.zeros(COUNT, dtype=bool), np.zeros(COUNT, dtype=bool)
    selected[2], strong[[3, 4]] = True, True
    marker = scatter(points, labels, selected=selected, emphasised=strong).data[0].marker
    assert marker.opacity[2] == marker.opacity[3] > marker.opacity[5]
    assert marker.size[2] > marker.size[3]


def test_the_choices_travel_with_the_figure(points, labels):
    assert scatter(points, labels, meta={"perplexity": 30}).layout.meta["perplexity"] == 30


def test_a_cluster_keeps_its_colour_and_its_gaps_over_time(labels):
    times = np.datetime64("2012-03-01", "s") + np.arange(12) * np.timedelta64(300, "s")
    means = np.random.default_rng(2).uniform(20, 60, (12, 4))
    means[3:5, 1] = np.nan
    figure = cluster_series(times, means, [1, 3], colours=PALETTE, quantity="speed", unit="mph")
    assert [trace.line.color for trace in figure.data] == [PALETTE[1], PALETTE[3]]
    assert np.isnan(figure.data[0].y[3:5]).all()
    assert not figure.data[0].connectgaps
    assert figure.layout.yaxis.title.text == "speed (mph)"


def test_without_a_calendar_time_is_counted_in_days():
    figure = cluster_series(
        np.arange(4) / 2, np.ones((4, 2)), [0], colours=PALETTE, quantity="flow", unit=""
    )
    assert figure.layout.xaxis.title.text == "day"
    assert figure.layout.xaxis.dtick == 1
    assert figure.layout.yaxis.title.text == "flow"


def heatmap(cosine, labels, **options):
    order = np.argsort(labels, kind="stable")
    return sensor_heatmap(
        cosine,
        order,
        [str(label) for label in labels],
        ids=[f"{n}" for n in range(len(cosine))],
        title="cosine",
        **options,
    )


def test_the_heatmap_is_ordered_and_its_ids_are_no_axis_positions():
    labels = np.array([1, 0, 1, 0])
    cosine = np.arange(16.0).reshape(4, 4) / 16
    (trace,) = heatmap(cosine, labels).data
    assert trace.z == pytest.approx(cosine[np.ix_([1, 3, 0, 2], [1, 3, 0, 2])], abs=1e-3)
    assert list(trace.x) == ["sensor 1", "sensor 3", "sensor 0", "sensor 2"]
    assert trace.z.dtype == np.float32


def test_blocks_are_framed_and_named():
    layout = heatmap(np.eye(6), np.array([0, 0, 0, 1, 1, 2])).layout
    assert sorted({shape.x0 for shape in layout.shapes if shape.x0 == shape.x1}) == [2.5, 4.5]
    assert list(layout.xaxis.ticktext) == ["0", "1", "2"]
    assert list(layout.xaxis.tickvals) == [1, 4, 5]


@pytest.mark.parametrize("values", [(0.96, 1.0), (-0.4, 0.2), (np.nan, np.nan)])
def test_a_cosine_has_one_colour_whatever_else_is_shown(values):
    cosine = np.random.default_rng(3).uniform(0, 1, (20, 20)) * (values[1] - values[0]) + values[0]
    (trace,) = heatmap(cosine, np.zeros(20, dtype=int)).data
    assert (trace.zmin, trace.zmax) == (-1, 1)
    assert [tuple(stop) for stop in trace.colorscale] == COSINES


def test_a_heatmap_of_many_sensors_is_averaged():
    count = 2 * MAX_CELLS + 1
    labels = np.repeat([0, 1], [count - 1, 1])
    (trace,) = heatmap(np.eye(count), labels).data
    assert trace.z.shape == (401 - 134, 401 - 134)
    assert trace.z[0, 0] == pytest.approx(1 / 3, abs=1e-3)
    assert trace.x[0] == "sensors 0 to 2"
    assert len(trace.z.tobytes()) < 4 * MAX_CELLS**2


def test_a_heatmap_of_two_sensors_draws():
    (trace,) = heatmap(np.array([[1.0, 0.3], [0.3, 1.0]]), np.array([0, 1])).data
    assert trace.zmax > trace.zmin


def test_a_sensor_without_direction_leaves_cells_empty():
    cosine = np.random.default_rng(4).uniform(-0.5, 0.5, (6, 6))
    cosine[2] = cosine[:, 2] = np.nan
    (trace,) = heatmap(cosine, np.zeros(6, dtype=int)).data
    assert np.isnan(trace.z[2]).all()


def test_one_sensor_alone_has_a_heatmap():
    (trace,) = heatmap(np.ones((1, 1)), np.zeros(1, dtype=int)).data
    assert trace.z.tolist() == [[1.0]]
    assert trace.zmin < trace.zmax


def test_a_flat_cloud_gets_a_flat_figure(points, labels):
    round_one, flat = scatter(points, labels), scatter(points * [1, 0.2], labels)
    assert flat.layout.height < round_one.layout.height
    assert scatter(points * 0, labels).layout.height > 0


def test_cluster_colouring_counts_its_members(labels):
    colouring = by_cluster(labels, PALETTE)
    counts = np.bincount(labels)
    assert colouring.legend == tuple((f"{k} ({counts[k]})", PALETTE[k]) for k in range(len(counts)))


def test_unknown_names_and_values_are_neutral():
    roads = by_name(("A", "", "B", "A"), name="freeway")
    assert roads.colours[1] == NEUTRAL
    assert roads.groups == ("A", "unknown", "B", "A")
    assert roads.colours[0] == roads.colours[3] != roads.colours[2]
    speeds = by_value(np.array([20.0, np.nan, 60.0]), name="mean speed", unit="mph")
    assert speeds.colours[1] == NEUTRAL
    assert speeds.groups == ("20.0 mph", "unknown", "60.0 mph")
    assert len(set(speeds.colours)) == 3
    nothing = by_value(np.full(2, np.nan), name="mean speed", unit="mph")
    assert nothing.colours == (NEUTRAL, NEUTRAL)
    assert nothing.legend == ()


def test_equal_values_are_one_colour():
    assert len(set(by_value(np.full(5, 42.0), name="mean speed", unit="mph").colours)) == 1


@pytest.mark.parametrize(("flatness", "is_equal"), [(1.0, True), (0.7, True), (0.2, False)])
def test_axes_are_equal_as_long_as_the_points_fill_half_of_the_panel(labels, flatness, is_equal):
    points = np.random.default_rng(1).uniform(size=(COUNT, 2)) * [500, 380 * flatness]
    layout = scatter(points, labels, height=380).layout
    assert layout.height == 380
    assert (layout.yaxis.scaleanchor == "x") == is_equal
