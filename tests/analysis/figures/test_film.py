"""The film's figure: it plays by itself, and no frame swaps a point."""

import json
from dataclasses import replace

import numpy as np
import pytest

from analysis.evidence.statistic import against
from analysis.figures.colours import PALETTE
from analysis.figures.film import film_figure
from analysis.patterns.film import Film, Frame
from analysis.patterns.structure import HourStructure

COUNT = 20
IDS = tuple(f"s{number}" for number in range(COUNT))
ROADS = ("US-101 N", "") * (COUNT // 2)
LABELS = np.arange(COUNT) % 4


def statistic(value):
    return against(value, [-0.004, 0.0], null="none")


def frame(step, seed, **changes):
    points = np.random.default_rng(seed).normal(size=(COUNT, 2))
    hours = HourStructure({1: 0.7, 2: 0.3, 3: -0.001}, statistic(0.16))
    roads = {"ARI": statistic(0.28), "NMI": statistic(0.5)}
    return Frame(**{"step": step, "points": points, "hours": hours, "roads": roads} | changes)


@pytest.fixture
def film():
    return Film((frame(0, 1), frame(11_750, 2), frame(22_243, 3)), LABELS)


def draw(film, **options):
    return film_figure(film, colours=PALETTE, ids=IDS, roads=ROADS, **options)


def caption(drawn):
    (note,) = drawn.layout.annotations
    return note.text


def test_each_frame_moves_the_same_points(film):
    figure = draw(film)
    assert [row[0] for row in figure.data[0].customdata] == list(IDS)
    assert list(figure.data[0].marker.color) == [PALETTE[k] for k in LABELS]
    for shown, wanted in zip(figure.frames, film.frames, strict=True):
        places = np.column_stack([shown.data[0].x, shown.data[0].y])
        assert places == pytest.approx(wanted.points, abs=1e-3)
        assert list(shown.traces) == [0, 1]
        assert shown.data[0].marker.color is None  # colours stay as they are


def test_cluster_numbers_move_with_a_member_of_their_cluster(film):
    figure = draw(film)
    assert list(figure.data[1].text) == [f"<b>{k}</b>" for k in range(4)]
    for shown in figure.frames:
        points, middles = (np.column_stack([trace.x, trace.y]) for trace in shown.data)
        for number, place in enumerate(middles):
            own = points[number == LABELS]
            assert np.linalg.norm(own - place, axis=1).min() < 1e-9


def test_button_and_slider_reach_every_frame_in_order(film):
    figure = draw(film)
    names = [shown.name for shown in figure.frames]
    (slider,) = figure.layout.sliders
    assert [list(step.args[0]) for step in slider.steps] == [[name] for name in names]
    assert [step.label for step in slider.steps] == ["0", "11,750", "22,243"]
    play, pause = figure.layout.updatemenus[0].buttons
    assert play.args[0] is None  # all frames
    assert play.args[1]["fromcurrent"]
    assert list(pause.args[0]) == [None]
    assert play.method == pause.method == "animate"


def test_a_frame_says_its_step_and_its_numbers_beside_their_nulls(film):
    figure = draw(film)
    texts = [caption(shown) for shown in figure.frames]
    assert texts[0] == caption(figure)
    assert "<b>step 11,750</b> | clusters and roads: ARI 0.28 (null 0.00)" in texts[1]
    assert "order of hours 0.16 (null 0.00)" in texts[1]
    assert "0.70 · 0.30 · 0.00" in texts[1]
    assert "trained model, step 22,243" in texts[2]


def test_a_frame_says_its_error_where_it_was_measured():
    measured = replace(frame(0, 1, hours=None, roads=None), error=3.7252)
    texts = [caption(shown) for shown in draw(Film((measured, frame(5, 2)), LABELS)).frames]
    assert texts[0] == "<b>step 0</b>, test MAE 3.73"
    assert "MAE" not in texts[1]


def test_what_a_model_has_not_is_not_said():
    bare = Film((frame(0, 1, hours=None, roads=None), frame(None, 2, hours=None)), LABELS)
    texts = [caption(shown) for shown in draw(bare).frames]
    assert texts == [
        "<b>step 0</b>",
        "<b>trained model, step unknown</b> | clusters and roads: ARI 0.28 (null 0.00)",
    ]
    without = HourStructure({1: 1.0, 2: 1.0, 3: 1.0}, statistic(float("nan")))
    assert "order of hours undefined" in caption(draw(Film((frame(0, 1, hours=without),),
                                                                 LABELS)))  # fmt: skip


def test_the_axes_hold_all_frames_and_do_not_move(film):
    figure = draw(film)
    everything = np.concatenate([one.points for one in film.frames])
    for axis, column in ((figure.layout.xaxis, 0), (figure.layout.yaxis, 1)):
        assert axis.range[0] < everything[:, column].min()
        assert axis.range[1] > everything[:, column].max()
    for shown in figure.frames:
        assert shown.layout.xaxis.range is None


def test_one_frame_needs_no_buttons_and_equal_steps_have_names_of_their_own():
    alone = draw(Film((frame(5, 1),), LABELS))
    assert not alone.layout.sliders
    assert not alone.layout.updatemenus
    assert "trained model, step 5" in caption(alone)
    twice = draw(Film((frame(5, 1), frame(5, 2)), LABELS))
    assert len({shown.name for shown in twice.frames}) == 2


def test_the_figure_is_small_json_with_its_choices(film):
    figure = draw(film, meta={"perplexity": 30})
    assert json.loads(figure.to_json())["layout"]["meta"] == {"perplexity": 30}
    assert len(figure.to_json()) < 40_000
