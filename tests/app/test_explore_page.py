"""The Explore page without a browser: what each view draws of a selection, and what sets it."""

import json
import re

import numpy as np
import pytest

from analysis.selection_link import encoded
from app.pages import EVERY
from himnet.data.info import Sensors
from himnet.forecasting.split_errors import pooled
from tests.app import made_up
from tests.app.conftest import find, go, texts
from tests.app.drawn import charts, curves, heatmaps, numbers

pytestmark = pytest.mark.slow

IDS = [f"S{number:03d}" for number in range(24)]
SOME = ["S003", "S010", "S021"]


def chosen(app):
    return list(app.session_state["selection"])


def selected_in(figure):
    """Return the ids that a chart of all sensors draws as selected."""
    (trace,) = [trace for trace in figure["data"] if "customdata" in trace]
    return [trace["customdata"][place][0] for place in trace.get("selectedpoints") or ()]


def component(app, name):
    """Return what a component in the browser is told."""
    (element,) = [
        element
        for element in app.get("bidi_component")
        if element.proto.component_name.endswith(name)
    ]
    return json.loads(element.proto.json)


def linker(app):
    """Return what the charts in the browser are told of the selection."""
    return component(app, "himnet-linked")


def chip(app):
    """Return what the chip in the sidebar shows and keeps."""
    return component(app, "himnet-chip")


def test_a_link_restores_the_selection_in_every_view(explorer):
    app = explorer("city", "explore", selection=SOME)
    drawn = charts(app)
    assert selected_in(drawn["e-projection"]) == selected_in(drawn["e-map"]) == SOME
    assert set(curves(drawn["e-series"])) == {"all sensors", "selected (3)"}
    assert sorted(drawn["e-cosines"]["layout"]["yaxis"]["ticktext"]) == SOME
    assert heatmaps(drawn["e-cosines"])[0].shape == (3, 3)
    assert list(app.dataframe[0].value["sensor"][:3]) == SOME
    assert "**3** of 24 sensors selected" in texts(app)
    assert linker(app)["selected"] == SOME


def test_without_a_selection_all_sensors_are_drawn(explorer):
    app = explorer("city", "explore")
    drawn = charts(app)
    assert selected_in(drawn["e-map"]) == []
    assert heatmaps(drawn["e-cosines"])[0].shape == (24, 24)
    assert set(curves(drawn["e-series"])) == {"all sensors"}


def test_one_sentence_says_what_is_special_about_the_selection(explorer):
    app = explorer("city", "explore", selection=SOME)
    table = app.dataframe[0].value.set_index("sensor").loc[SOME]
    roads = table["freeway"] + " " + table["direction"]
    told = texts(app)
    assert f"**{roads.value_counts().max()}** on " in told
    assert f"**{table['cluster'].value_counts().max()}** in cluster " in told
    cosines = heatmaps(charts(app)["e-cosines"])[0]
    among = cosines[np.triu_indices(len(cosines), 1)].mean()
    (shown,) = re.findall(r"mean centred cosine \*\*(.\d\.\d\d)\*\*", told)
    assert float(shown) == pytest.approx(among, abs=0.006)
    assert "Error of their forecasts" not in told  # nothing was measured


def test_the_sentence_compares_errors_where_they_are_known(explorer, tmp_path, monkeypatch):
    errors = made_up.add_errors(made_up.save(tmp_path, "known"))
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(tmp_path))
    app = explorer("known", "explore", selection=SOME)
    places = [IDS.index(name) for name in SOME]
    own = pooled(errors.by_sensor[places], errors.sensor_readings[places])
    assert f"**{own:.2f} mph**" in texts(app)


def test_without_a_selection_a_sentence_says_what_is_shown_and_how_to_select(explorer):
    app = explorer("city", "explore")
    count = app.dataframe[0].value["cluster"].nunique()
    told = texts(app)
    assert f"**{count} clusters** of sensors" in told
    assert "lasso" in told
    one = find(app, "S001")
    assert "Select at least two" in texts(one)


def test_find_invert_add_and_clear(explorer):
    app = find(explorer("city", "explore"), "S003, S010")
    assert chosen(app) == ["S003", "S010"]
    app.toggle(key="selection_adds").set_value(True).run()
    assert chosen(find(app, "S021")) == SOME
    app.button(key="selection-invert").click().run()
    assert chosen(app) == [name for name in IDS if name not in SOME]
    assert linker(app)["selected"] == chosen(app)
    app.button(key="selection-clear").click().run()
    assert chosen(app) == []
    assert "selection" not in app.query_params


def test_words_that_describe_nothing_change_nothing_and_are_told(explorer):
    app = find(explorer("city", "explore", selection=SOME), "Route 66")
    assert app.warning[0].value.startswith("'Route 66' matches no sensor")
    assert chosen(find(app, "S001")) == ["S001"]
    assert not app.warning


def test_isolated_sensors_are_drawn_alone(explorer):
    app = explorer("city", "explore", selection=SOME, isolate="true")
    (trace,) = [trace for trace in charts(app)["e-map"]["data"] if "customdata" in trace]
    assert np.flatnonzero(np.isfinite(numbers(trace["lat"]))).tolist() == [3, 10, 21]
    assert list(app.dataframe[0].value["sensor"]) == SOME
    app.button(key="selection-clear").click().run()
    assert len(app.dataframe[0].value) == 24
    assert app.toggle(key="isolate").disabled
    app = find(app, "S001, S002")
    assert not app.toggle(key="isolate").value
    assert len(app.dataframe[0].value) == 24


def test_isolation_ends_with_the_selection_on_whatever_page_that_is_cleared(explorer):
    app = go(explorer("city", "explore", selection=SOME, isolate="true"), "temporal")
    app.button(key="selection-clear").click().run()
    app = go(find(app, "S001, S002"), "explore")
    assert not app.toggle(key="isolate").value
    assert len(app.dataframe[0].value) == 24


def test_what_was_selected_before_comes_back_and_goes_again(explorer):
    app = explorer("city", "temporal", selection=SOME)
    app = find(find(app, "S001"), "S002, S003")
    app.button(key="selection-clear").click().run()
    seen = []
    for key in ("undo", "undo", "undo", "redo", "redo"):
        app.button(key=f"selection-{key}").click().run()
        assert not app.warning
        seen.append(chosen(app))
    assert seen == [["S002", "S003"], ["S001"], SOME, ["S001"], ["S002", "S003"]]
    app = find(app, "S009")  # a new selection: there is nothing to redo
    app.button(key="selection-redo").click().run()
    assert app.warning[0].value == "No selection was undone."
    assert chosen(app) == ["S009"]


@pytest.mark.parametrize("settings", [
    {}, {"clusters": "5", "method": "k-means", "s-pool": "gate only", "s-bias": "false"},
    {"clusters": "999", "method": "none", "s-pool": "", "cluster-seed": "x"},
])  # fmt: skip
def test_a_cluster_is_found_as_the_form_on_other_pages_has_it(explorer, settings):
    app = go(find(explorer("city", "temporal", **settings), "cluster 0"), "explore")
    table = app.dataframe[0].value
    assert sorted(table["sensor"][table["cluster"] == 0]) == sorted(chosen(app))


@pytest.mark.parametrize("page", [one.file for one in EVERY])
def test_every_page_has_the_selection_in_sight(explorer, page):
    app = explorer("city", page, selection=SOME)
    assert chip(app)["count"] == 3
    app.button(key="selection-invert").click().run()
    assert chip(app) | {"count": 21, "total": 24} == chip(app)


def test_what_the_browser_keeps_is_taken_over_once_and_nonsense_is_left_alone(explorer):
    app = explorer("city", "temporal", selection=SOME)
    assert not chip(app)["loaded"]
    assert chip(app)["keep"] is None
    app.text_input(key="selection_name").set_value("three").run()
    app.button(key="selection-keep").click().run()
    kept = chip(app)["keep"]
    assert json.loads(kept)["selections"] == {"three": SOME}
    app.button(key="selection-without-three").click().run()
    assert json.loads(chip(app)["keep"])["selections"] == {}
    assert "selection-of-three" not in [button.key for button in app.button]


def test_named_selections_come_back_and_need_a_name(explorer):
    app = explorer("city", "explore", selection=SOME)
    app.button(key="selection-keep").click().run()
    assert "needs a name" in app.warning[0].value
    app.text_input(key="selection_name").set_value("three").run()
    app.button(key="selection-keep").click().run()
    app.button(key="selection-clear").click().run()
    app.button(key="selection-of-three").click().run()
    assert chosen(app) == SOME


def test_the_selection_goes_along_to_other_pages_and_other_checkpoints_know_their_own(explorer):
    app = go(find(explorer("city", "explore"), "S003, S010, S021"), "spatial")
    assert selected_in(charts(app)["sensors"]) == SOME
    assert "".join(app.query_params["selection"]) == encoded(Sensors(ids=tuple(IDS)), SOME)
    marks = charts(app)["sensor-cosines"]["layout"]["shapes"]
    assert any(shape.get("fillcolor") for shape in marks)
    app = go(app, "st_mixed")
    app.segmented_control(key="compare").set_value("any sensors").run()
    assert sorted(app.multiselect(key="sensors").value) == SOME
    app.selectbox(key="checkpoint").set_value("bare").run()
    assert not app.exception
    app.selectbox(key="checkpoint").set_value("city").run()
    assert chosen(app) == SOME


def test_day_and_time_are_shared_between_pages(explorer):
    app = explorer("city", "explore")
    days = app.selectbox(key="day").options
    app.selectbox(key="day").select(days[1]).run()
    app.select_slider(key="time").set_value("17:00").run()
    figure = charts(app)["e-series"]
    assert figure["layout"]["shapes"][0]["x0"].startswith("2024-01-02T17:00")
    app = go(app, "st_mixed")
    assert app.selectbox(key="day").options[1] == days[1]
    assert app.session_state["day"] == 19_724
    assert app.session_state["time"] == "17:00"


def test_a_week_holds_the_day_and_marks_its_time(explorer):
    app = explorer("city", "explore", span="week", selection=SOME)
    figure = charts(app)["e-series"]
    assert len(figure["data"][0]["x"]) == 3 * 288 - 11
    assert figure["layout"]["shapes"][0]["x0"].startswith("2024-01-01T08:00")


@pytest.mark.parametrize(("checkpoint", "views"), [
    ("bare", {"e-projection", "e-cosines"}),
    ("dateless", {"e-projection", "e-cosines", "e-series"}),
    ("misfit", {"e-projection", "e-map", "e-cosines"}),
    ("without-E_s", {"e-map", "e-series"}),
    ("without-SMP", {"e-map"}),
    ("layered", {"e-projection", "e-map", "e-cosines"}),
])  # fmt: skip
def test_what_a_model_or_its_data_lack_hides_only_the_views_that_need_it(
    explorer, checkpoint, views
):
    app = explorer(checkpoint, "explore")
    assert set(charts(app)) == views
    app = find(app, app.dataframe[0].value["sensor"].iloc[5])
    assert len(chosen(app)) == 1
    assert not app.exception


def test_one_colour_is_chosen_for_both_pages(explorer):
    app = explorer("city", "explore")
    app.selectbox(key="colour").set_value("road").run()
    by_road = charts(app)["e-projection"]["data"][0]["marker"]["color"]
    app = go(app, "spatial")
    assert app.segmented_control(key="colour").value == "road"
    assert charts(app)["sensors"]["data"][0]["marker"]["color"] == by_road


def test_readings_of_metr_la_with_gaps_are_drawn(explorer, data_dir, monkeypatch):
    monkeypatch.setenv("HIMNET_DATA_DIR", str(data_dir))
    app = explorer("metr-la", "explore", selection=["773869", "767541"])
    drawn = curves(charts(app)["e-series"])
    assert np.isfinite(drawn["selected (2)"]).any()
    assert len(drawn["all sensors"]) == 288
