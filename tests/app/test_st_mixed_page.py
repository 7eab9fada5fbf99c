"""The ST-mixed page: which sensors, which day, and what the clock moves."""

import numpy as np
import pytest

from tests.app.conftest import texts
from tests.app.drawn import (
    charts,
    circles,
    clusters,
    colours,
    curves,
    heatmaps,
    map_script,
    numbers,
)

pytestmark = pytest.mark.slow


def test_the_player_is_the_page_and_the_charts_to_keep_can_be_folded_away(explorer):
    app = explorer("city", "st_mixed")
    assert "st-cosines" in charts(app)
    app.toggle(key="charts").set_value(False).run()
    assert not charts(app)
    assert app.get("bidi_component")


def at_time(app, time):
    return charts(app.select_slider(key="time").set_value(time).run())


def test_two_clusters_and_three_periods_and_the_chosen_time(explorer):
    app = explorer("metr-la", "st_mixed")
    drawn = charts(app)
    panels = heatmaps(drawn["st-cosines"])
    assert [panel.shape for panel in panels] == [(10, 10)] * 4
    for panel in panels:
        np.testing.assert_allclose(panel, panel.T, atol=2e-4)
        assert np.abs(panel).max() <= 1
    titles = [note["text"] for note in drawn["st-cosines"]["layout"]["annotations"]]
    assert titles[3] == "at 08:00"
    assert titles[0] == "midnight, 0–2 h"
    assert "The first moment with 12 input steps, 00:55, is in midnight" in texts(app)
    assert len(set(titles)) == 4
    assert len(curves(drawn["speeds"])) == 2


def test_the_three_periods_are_shaded(explorer):
    layout = charts(explorer("city", "st_mixed"))["speeds"]["layout"]
    bands = [shape for shape in layout["shapes"] if shape["type"] == "rect"]
    assert len(bands) == 3
    assert all(0 <= band["x0"] < band["x1"] <= 24 for band in bands)
    assert len({band["fillcolor"] for band in bands}) == 3


def test_the_clock_moves_the_fourth_heatmap_and_the_red_line_alone(explorer):
    app = explorer("city", "st_mixed")
    before, after = charts(app), at_time(app, "17:30")
    pairs = list(zip(heatmaps(before["st-cosines"]), heatmaps(after["st-cosines"]), strict=True))
    for first, second in pairs[:3]:
        np.testing.assert_array_equal(first, second)
    assert not np.allclose(*pairs[3])
    assert after["st-cosines"]["layout"]["annotations"][3]["text"] == "at 17:30"
    assert after["speeds"]["data"] == before["speeds"]["data"]
    assert after["st-curves"]["data"] == before["st-curves"]["data"]
    cursor = [shape for shape in after["speeds"]["layout"]["shapes"] if shape["type"] == "line"]
    assert [line["x0"] for line in cursor] == [17.5]


def test_the_first_day_begins_when_the_model_has_its_history(explorer):
    app = explorer("city", "st_mixed")
    first = app.select_slider(key="time").options
    assert (first[0], first[-1], len(first)) == ("00:55", "23:55", 277)
    second = app.selectbox(key="day").set_value(19_724).run().select_slider(key="time").options
    assert (second[0], second[-1], len(second)) == ("00:00", "23:55", 288)


def test_another_day_has_other_speeds_and_the_clock_stays(explorer):
    app = explorer("city", "st_mixed")
    before = at_time(app, "06:15")
    app.selectbox(key="day").set_value(app.selectbox(key="day").value + 1).run()
    assert app.select_slider(key="time").value == "06:15"
    lengths = [numbers(drawn["speeds"]["data"][-1]["x"]).size for drawn in (before, charts(app))]
    assert lengths == [277, 288]


def test_a_time_that_a_day_has_not_is_forgotten_instead_of_failing(explorer):
    app = explorer("city", "st_mixed")
    app.selectbox(key="day").set_value(19_724).run()
    at_time(app, "00:10")
    app.selectbox(key="day").set_value(19_723).run()
    assert not app.exception
    assert app.select_slider(key="time").value in app.select_slider(key="time").options


def test_the_chosen_clusters_are_those_that_are_drawn(explorer):
    app = explorer("city", "st_mixed")
    app.selectbox(key="cluster-a").set_value(0).run()
    app.selectbox(key="cluster-b").set_value(1).run()
    drawn = charts(app)
    assert list(curves(drawn["speeds"])) == ["cluster 0", "cluster 1"]
    lines = {
        t["name"]: t["line"]["color"] for t in drawn["speeds"]["data"] if t.get("showlegend", True)
    }
    spatial = charts(explorer("city", "spatial"))["sensors"]
    found, shown = clusters(spatial), colours(spatial)
    by_number = {number: shown[name] for name, number in found.items()}
    assert lines == {f"cluster {number}": by_number[number] for number in (0, 1)}


def test_a_cluster_beside_itself_is_one_group(explorer):
    app = explorer("city", "st_mixed")
    app.selectbox(key="cluster-a").set_value(2).run()
    app.selectbox(key="cluster-b").set_value(2).run()
    assert not app.exception
    assert list(curves(charts(app)["speeds"])) == ["cluster 2"]
    assert "between" not in curves(charts(app).get("st-curves", {"data": []}))


def test_members_and_colours_are_those_of_the_spatial_page(explorer):
    spatial = charts(explorer("city", "spatial", clusters="4"))["sensors"]
    on_spatial, shown = clusters(spatial), colours(spatial)
    app = explorer("city", "st_mixed", clusters="4")
    app.selectbox(key="cluster-a").set_value(1).run()
    app.selectbox(key="cluster-b").set_value(3).run()
    app.number_input(key="each").set_value(20).run()
    table = app.dataframe[0].value
    wanted = {name: f"cluster {number}" for name, number in on_spatial.items() if number in (1, 3)}
    assert dict(zip(table["sensor"], table["group"], strict=True)) == wanted
    painted = {name: circle["fillColor"] for name, circle in circles(map_script(app)).items()}
    assert painted.items() >= {name: shown[name] for name in wanted}.items()


def test_any_sensors_are_compared_in_the_heatmaps(explorer):
    app = explorer("city", "st_mixed", compare="any sensors")
    app.multiselect(key="sensors").set_value(["S005", "S010", "S011", "S023"]).run()
    assert {panel.shape for panel in heatmaps(charts(app)["st-cosines"])} == {(4, 4)}
    assert set(app.dataframe[0].value["sensor"]) == {"S005", "S010", "S011", "S023"}
    assert not app.exception


def test_no_sensor_is_a_message_and_no_trace(explorer):
    app = explorer("city", "st_mixed", compare="any sensors")
    app.multiselect(key="sensors").set_value([]).run()
    assert not app.exception
    assert not app.error
    (told,) = [info.value for info in app.info]
    assert told == "No sensor is chosen: choose one or more above."
    app.multiselect(key="sensors").set_value(["S001"]).run()
    assert not app.info


def test_a_single_sensor_has_speeds_but_cannot_be_compared(explorer):
    app = explorer("city", "st_mixed", compare="any sensors")
    app.multiselect(key="sensors").set_value(["S001"]).run()
    assert not app.exception
    assert set(charts(app)) == {"speeds", "st-cosines"}
    assert "cannot be compared" in texts(app)


def test_the_common_direction_is_taken_out_unless_asked_for(explorer):
    app = explorer("city", "st_mixed")
    centred = heatmaps(charts(app)["st-cosines"])
    app.segmented_control(key="measure").set_value("raw").run()
    raw = heatmaps(charts(app)["st-cosines"])
    assert min(panel.mean() for panel in raw) > max(panel.mean() for panel in centred)


@pytest.mark.parametrize("pool", ["gate", "update"])
def test_the_pool_changes_similarities_but_no_speeds(explorer, pool):
    app = explorer("city", "st_mixed")
    before = charts(app)
    after = charts(app.selectbox(key="st-pool").set_value(pool).run())
    assert not np.allclose(heatmaps(before["st-cosines"])[0], heatmaps(after["st-cosines"])[0])
    assert before["speeds"]["data"] == after["speeds"]["data"]


def test_all_heatmaps_share_one_scale(explorer):
    app = explorer("city", "st_mixed")
    sign = charts(app)["st-cosines"]
    paper = charts(app.segmented_control(key="st-scale").set_value("paper").run())["st-cosines"]
    assert {trace["coloraxis"] for trace in sign["data"]} == {"coloraxis"}
    assert (sign["layout"]["coloraxis"]["cmin"], paper["layout"]["coloraxis"]["cmin"]) == (-1, 0)
    for first, second in zip(heatmaps(sign), heatmaps(paper), strict=True):
        np.testing.assert_array_equal(first, second)


def test_curves_are_means_within_and_across_with_a_number_and_its_null(explorer):
    app = explorer("city", "st_mixed", clusters="4")
    found = curves(charts(app)["st-curves"])
    assert sum(name.startswith("within cluster") for name in found) == 2
    assert "between" in found
    assert all(len(values) == 277 for values in found.values())
    assert "Within minus between" in [metric.label for metric in app.metric]
    assert "assigned to the groups at random" in " ".join(metric.help for metric in app.metric)
