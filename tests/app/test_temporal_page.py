"""The Temporal page: the hours and days of a week, and what its widgets change."""

import numpy as np
import pytest
import streamlit as st

from himnet.checkpoints import load_arrays
from tests.app.conftest import texts
from tests.app.drawn import charts, heatmaps, points

pytestmark = pytest.mark.slow

PROJECT = "FormSubmitter:t-projection-Compute projection"


def test_a_week_has_168_hours_in_seven_named_clouds(explorer):
    figure = charts(explorer("metr-la", "temporal"))["hours"]
    assert points(figure).shape == (168, 2)
    named = [note["text"] for note in figure["layout"]["annotations"]]
    assert sorted(named) == sorted(
        f"<b>{day}</b>" for day in load_arrays("metr-la").dataset.day_names
    )


def test_the_cosines_of_hours_are_24_by_24_symmetric_with_ones_on_the_diagonal(explorer):
    (cosines,) = heatmaps(charts(explorer("metr-la", "temporal"))["hour-cosines"])
    assert cosines.shape == (24, 24)
    assert np.abs(cosines).max() <= 1
    np.testing.assert_allclose(cosines, cosines.T, atol=1e-4)
    np.testing.assert_allclose(np.diag(cosines), 1, atol=1e-4)


def test_distances_of_days_are_positive_and_symmetric(explorer):
    (distances,) = heatmaps(charts(explorer("metr-la", "temporal"))["day-distances"])
    others = ~np.eye(7, dtype=bool)
    assert distances.shape == (7, 7)
    assert (distances[others] > 0).all()
    np.testing.assert_allclose(distances[others], distances.T[others])


@pytest.mark.parametrize(
    ("key", "value", "changed", "kept"),
    [
        ("t-variant", "mean", "hour-cosines", ("hours", "day-distances")),
        ("t-pool", "gate", "hour-cosines", ()),
        ("t-pool", "update", "day-distances", ()),
    ],
)
def test_a_choice_changes_the_numbers_it_is_about_and_no_others(
    explorer, key, value, changed, kept
):
    app = explorer("city", "temporal")
    before = charts(app)
    after = charts(app.selectbox(key=key).set_value(value).run())
    assert not np.allclose(*(heatmaps(drawn[changed])[0] for drawn in (before, after)))
    assert all(before[name] == after[name] for name in kept)
    assert not app.exception


def test_without_biases_the_parameters_are_others(explorer):
    app = explorer("city", "temporal")
    (before,) = heatmaps(charts(app)["hour-cosines"])
    (after,) = heatmaps(charts(app.toggle(key="t-bias").set_value(False).run())["hour-cosines"])
    assert not np.allclose(before, after)
    assert "bias" in texts(app)


def test_a_layer_of_several_has_parameters_of_its_own(explorer):
    app = explorer("layered", "temporal")
    drawn = [heatmaps(charts(app)["hour-cosines"])[0]]
    for layer in ("1", "2"):
        app.selectbox(key="t-layer").set_value(layer).run()
        drawn += heatmaps(charts(app)["hour-cosines"])
    assert not np.allclose(drawn[0], drawn[1])
    assert not np.allclose(drawn[1], drawn[2])


def test_one_day_asks_which_and_shows_that_one(explorer):
    app = explorer("city", "temporal", **{"t-variant": "one day"})
    (monday,) = heatmaps(charts(app)["hour-cosines"])
    (sunday,) = heatmaps(charts(app.selectbox(key="t-day").set_value(6).run())["hour-cosines"])
    assert "Shown: one day: Sunday" in texts(app)
    assert not np.allclose(monday, sunday)


def test_a_scale_changes_colours_and_never_numbers(explorer):
    app = explorer("city", "temporal")
    drawn = {}
    for scale in ("sign", "spread", "paper"):
        app.selectbox(key="t-scale").set_value(scale).run()
        drawn[scale] = charts(app)["hour-cosines"]
    axes = {scale: figure["layout"]["coloraxis"] for scale, figure in drawn.items()}
    assert (axes["sign"]["cmin"], axes["paper"]["cmin"]) == (-1, 0)
    assert -1 < axes["spread"]["cmin"] < axes["spread"]["cmax"] < 1
    for figure in drawn.values():
        np.testing.assert_array_equal(heatmaps(figure)[0], heatmaps(drawn["sign"])[0])


def test_the_scale_of_the_paper_strikes_through_what_it_cannot_show(explorer):
    app = explorer("city", "temporal", **{"t-scale": "0 to 1 (paper)"})
    figure = charts(app)["hour-cosines"]
    (cosines,) = heatmaps(figure)
    (marks,) = [trace for trace in figure["data"] if trace["type"] == "scatter"]
    assert len(marks["x"]) == (cosines < 0).sum() > 0


def test_the_same_seed_gives_the_same_picture(explorer):
    first = points(charts(explorer("city", "temporal"))["hours"])
    st.cache_data.clear()
    np.testing.assert_array_equal(first, points(charts(explorer("city", "temporal"))["hours"]))


@pytest.mark.parametrize(("kind", "key", "value"), [
    ("number_input", "t-seed", 7),
    ("slider", "t-perplexity", 5),
    ("segmented_control", "t-method", "PCA"),
])  # fmt: skip
def test_a_form_projects_anew_when_it_is_sent(explorer, kind, key, value):
    app = explorer("city", "temporal")
    before = charts(app)["hours"]
    getattr(app, kind)(key=key).set_value(value)
    app.button(key=PROJECT).click().run()
    after = charts(app)["hours"]
    assert not np.allclose(points(before), points(after))
    stored = after["layout"]["meta"]
    assert stored[key.removeprefix("t-")] == value


def test_colours_go_by_hour_or_by_day(explorer):
    app = explorer("city", "temporal")
    by_day = charts(app)["hours"]["data"][7]["marker"]["color"]
    app.segmented_control(key="t-colour").set_value("hour").run()
    by_hour = charts(app)["hours"]["data"][7]["marker"]["color"]
    assert len(set(by_day)) == 7
    assert len(set(by_hour)) == 24


def test_numbers_stand_beside_their_null(explorer):
    app = explorer("metr-la", "temporal")
    assert {metric.label for metric in app.metric} == {
        "Silhouette by day", "Trustworthiness", "Order of hours",
        "Weekend separation",
    }  # fmt: skip
    assert sum("Null model (" in caption.value for caption in app.caption) == 4
