"""The Spatial page: clusters in the scatter, on the map and over a week, in the same colours."""

import numpy as np
import pytest
import streamlit as st

from analysis.figures.colours import NEUTRAL
from himnet.checkpoints import load_arrays
from tests.app.conftest import texts
from tests.app.drawn import (
    charts,
    circles,
    city,
    clusters,
    colours,
    curves,
    heatmaps,
    map_script,
    points,
)

pytestmark = pytest.mark.slow

PROJECT = "FormSubmitter:s-projection-Compute projection"


def in_clusters(app, count, method="ward"):
    app.slider(key="clusters").set_value(count)
    return app.selectbox(key="method").set_value(method).run()


def test_every_sensor_of_metr_la_is_in_the_scatter_and_on_the_map(explorer):
    app = explorer("metr-la", "spatial", apart="false")
    sensors = load_arrays("metr-la").dataset.sensors
    assert points(charts(app)["sensors"]).shape == (207, 2)
    assert set(clusters(charts(app)["sensors"])) == set(sensors.ids)
    drawn = circles(map_script(app))
    assert set(drawn) == set(sensors.ids)
    at = np.array([drawn[name]["at"] for name in sensors.ids])
    np.testing.assert_allclose(at, np.column_stack([sensors.latitude, sensors.longitude]))


def test_the_freeways_are_lines_on_the_map(explorer):
    sensors = load_arrays("metr-la").dataset.sensors
    drawn = city(map_script(explorer("metr-la", "spatial")))
    assert len(drawn["roads"]) >= len(set(sensors.freeway))
    assert {one["name"] for one in drawn["names"]} >= set(sensors.freeway)


def test_the_map_asks_for_no_tiles_where_they_are_off_and_for_some_where_they_are_on(
    explorer, monkeypatch
):
    assert city(map_script(explorer("city", "spatial")))["tiles"] is None
    monkeypatch.setenv("HIMNET_TILES", "on")
    assert city(map_script(explorer("city", "spatial")))["tiles"]["url"]


def test_there_are_as_many_clusters_as_asked_for(explorer):
    app = explorer("city", "spatial")
    for count in (2, 7):
        found = clusters(charts(in_clusters(app, count))["sensors"])
        assert set(found.values()) == set(range(count))
        assert len(found) == 24


def test_k_means_and_ward_are_both_offered(explorer):
    app = explorer("city", "spatial")
    ward = clusters(charts(in_clusters(app, 6))["sensors"])
    kmeans = clusters(charts(in_clusters(app, 6, "kmeans"))["sensors"])
    assert set(kmeans.values()) == set(range(6))
    assert kmeans != ward
    assert not app.exception


def test_a_change_of_the_clusters_is_drawn_at_once(explorer):
    app = explorer("city", "spatial")
    drawn = charts(app.slider(key="clusters").set_value(3).run())
    assert set(clusters(drawn["sensors"]).values()) == {0, 1, 2}


def test_a_cluster_has_one_colour_in_scatter_map_and_series(explorer):
    app = in_clusters(explorer("city", "spatial"), 5)
    drawn = charts(app)
    found, shown = clusters(drawn["sensors"]), colours(drawn["sensors"])
    by_number = {number: shown[name] for name, number in found.items()}
    assert shown == {name: by_number[number] for name, number in found.items()}
    assert len(set(by_number.values())) == 5
    on_map = {name: circle["fillColor"] for name, circle in circles(map_script(app)).items()}
    assert on_map == shown
    over_time = {t["name"]: t["line"]["color"] for t in drawn["cluster-series"]["data"]}
    assert over_time
    assert all(over_time[name] == by_number[int(name.split()[1])] for name in over_time)


def test_the_pool_changes_the_picture(explorer):
    app = explorer("city", "spatial")
    before = points(charts(app)["sensors"])
    after = points(charts(app.selectbox(key="s-pool").set_value("update").run())["sensors"])
    assert not np.allclose(before, after)
    assert "update" in charts(app)["sensors"]["layout"]["meta"]["space"]


def test_the_same_seed_gives_the_same_points_and_clusters(explorer):
    first = charts(explorer("city", "spatial"))["sensors"]
    st.cache_data.clear()
    assert charts(explorer("city", "spatial"))["sensors"] == first


@pytest.mark.parametrize(("kind", "key", "value"), [
    ("slider", "s-perplexity", 5),
    ("segmented_control", "s-method", "PCA"),
])  # fmt: skip
def test_the_projection_moves_points_but_no_sensor_to_another_cluster(explorer, kind, key, value):
    app = explorer("city", "spatial")
    before = charts(app)["sensors"]
    getattr(app, kind)(key=key).set_value(value)
    after = charts(app.button(key=PROJECT).click().run())["sensors"]
    assert not np.allclose(points(before), points(after))
    assert clusters(before) == clusters(after)


def test_looking_at_clusters_fades_the_others_everywhere(explorer):
    app = in_clusters(explorer("city", "spatial"), 6)
    app.multiselect(key="focus").set_value([1, 4]).run()
    drawn = charts(app)
    figure = drawn["sensors"]
    wanted = {name for name, number in clusters(figure).items() if number in (1, 4)}
    opacity = dict(zip(clusters(figure), figure["data"][0]["marker"]["opacity"], strict=True))
    assert {name for name, value in opacity.items() if value > 0.5} == wanted
    on_map = circles(map_script(app))
    assert {name for name, circle in on_map.items() if circle["fillOpacity"] > 0.5} == wanted
    assert set(curves(drawn["cluster-series"])) == {"cluster 1", "cluster 4"}
    table = app.dataframe[0].value
    assert set(table["sensor"]) == wanted
    assert set(table["cluster"]) == {1, 4}


def test_the_zoom_to_what_is_looked_at_can_be_left_out(explorer):
    app = in_clusters(explorer("city", "spatial"), 6)
    whole = bounds(app)
    app.multiselect(key="focus").set_value([3]).run()
    zoomed = bounds(app)
    assert area(zoomed) < area(whole)
    app.toggle(key="zoom").set_value(False).run()
    assert bounds(app) == whole


def bounds(app):
    text = map_script(app).split("fitBounds(", 1)[1].split("]]", 1)[0] + "]]"
    return [float(part) for part in text.replace("[", " ").replace("]", " ").split(",")]


def area(box):
    return (box[2] - box[0]) * (box[3] - box[1])


def test_one_carriageway_at_a_time_and_both_together_are_all_sensors(explorer):
    app = explorer("city", "spatial")
    sides = {}
    for side in ("both", "north and east", "south and west"):
        app.segmented_control(key="carriageway").set_value(side).run()
        sides[side] = set(circles(map_script(app)))
    assert sides["north and east"] | sides["south and west"] == sides["both"]
    assert not sides["north and east"] & sides["south and west"]
    direction = app.dataframe[0].value.set_index("sensor")["direction"]
    assert set(direction[sorted(sides["north and east"])]) == {"N", "E"}


def test_carriageways_drawn_apart_are_further_from_each_other(explorer):
    app = explorer("city", "spatial")
    assert "carriageways drawn apart" in texts(app)
    apart = circles(map_script(app))
    app.toggle(key="apart").set_value(False).run()
    assert "carriageways drawn apart" not in texts(app)
    true = circles(map_script(app))
    assert set(apart) == set(true)
    gaps = [gap_between_sides(drawn) for drawn in (true, apart)]
    assert gaps[1] > 2 * gaps[0]


def gap_between_sides(drawn):
    """Return the distance in degrees between S000 and S001, which face each other."""
    return np.hypot(*(np.array(drawn["S000"]["at"]) - np.array(drawn["S001"]["at"])))


def test_carriageways_of_unknown_roads_cannot_be_chosen(explorer):
    app = explorer("dateless", "spatial")
    assert "carriageway" not in [control.key for control in app.segmented_control]


def test_colours_can_stand_for_roads_or_for_the_mean_speed(explorer):
    app = explorer("city", "spatial")
    control = app.segmented_control(key="colour")
    assert control.options == ["cluster", "freeway", "road", "mean forecast speed"]
    by_road = colours(charts(control.set_value("road").run())["sensors"])
    assert len(set(by_road.values())) == 4
    by_mean = colours(
        charts(app.segmented_control(key="colour").set_value("mean forecast speed").run())[
            "sensors"
        ]
    )
    assert by_mean != by_road
    on_map = {name: circle["fillColor"] for name, circle in circles(map_script(app)).items()}
    assert on_map == by_mean


def test_colours_of_a_model_without_roads_and_readings_are_those_of_clusters(explorer):
    assert explorer("bare", "spatial").segmented_control(key="colour").options == ["cluster"]


def test_sensors_of_a_model_without_clusters_are_still_on_the_map(explorer):
    app = explorer("without-SMP", "spatial")
    assert len(circles(map_script(app))) == 24
    app = explorer("without-E_s", "spatial")
    assert set(curves(charts(app)["cluster-series"])) == {"all sensors"}
    assert NEUTRAL not in {circle["fillColor"] for circle in circles(map_script(app)).values()}


def test_the_order_by_roads_permutes_the_similarities(explorer):
    app = explorer("city", "spatial")
    by_cluster = charts(app)["sensor-cosines"]
    by_road = charts(app.segmented_control(key="order").set_value("road").run())["sensor-cosines"]
    assert by_cluster["data"][0]["x"] != by_road["data"][0]["x"]
    assert sorted(by_cluster["data"][0]["x"]) == sorted(by_road["data"][0]["x"])
    sorted_cells = [np.sort(heatmaps(figure)[0], axis=None) for figure in (by_cluster, by_road)]
    np.testing.assert_allclose(*sorted_cells)


def test_the_table_has_a_row_for_each_sensor_with_its_cluster(explorer):
    app = explorer("city", "spatial")
    table = app.dataframe[0].value
    found = clusters(charts(app)["sensors"])
    assert dict(zip(table["sensor"], table["cluster"], strict=True)) == found
    assert "mean forecast speed (mph)" in table.columns


def test_agreement_with_roads_is_measured_only_where_they_are_known(explorer):
    city = {metric.label for metric in explorer("city", "spatial").metric}
    bare = {metric.label for metric in explorer("bare", "spatial").metric}
    assert city - bare == {"ARI with roads", "NMI with roads"}
    assert {"Silhouette", "Trustworthiness"} <= bare


def test_the_series_ends_where_the_track_does(explorer):
    app = explorer("city", "spatial")
    figure = charts(app)["cluster-series"]
    times = figure["data"][0]["x"]
    assert len(times) == 3 * 288 - 11
    assert times[0].startswith("2024-01-01T01:00")
    assert "1 January to" in app.selectbox(key="week").options[0]
    assert "gaps where readings are missing" in texts(app)
