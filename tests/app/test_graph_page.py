"""The Graph page: what a row consists of, edges, matrix, the day, the training, the findings."""

import re
from dataclasses import replace

import numpy as np
import pytest

from analysis.graphs.edges import largest_edges
from analysis.graphs.of_model import decoder_graph, encoder_graph
from analysis.material import load_material
from app.graph.shown import MOST_DRAWN
from tests.app import made_up
from tests.app.conftest import texts
from tests.app.drawn import charts, heatmaps, numbers

pytestmark = pytest.mark.slow

PARTS = ("floor", "self", "others")
IDS = made_up.city_info().sensors.ids


def bars(app):
    """Return the shares of each bar in percent, by the names of the bars."""
    traces = charts(app)["g-parts"]["data"]
    shares = np.stack([numbers(trace["x"]) for trace in traces], axis=1)
    return dict(zip(traces[0]["y"], shares, strict=True))


def drawn_edges(app):
    """Return what is said of each edge on the map."""
    told = [trace["text"] for trace in charts(app)["g-map"]["data"] if trace.get("text")]
    return [text for some in told for text in some]


def press(app, key):
    return next(button for button in app.button if button.key == key).click().run()


def test_before_any_edge_it_says_what_a_row_consists_of(explorer, checkpoints):
    app = explorer("city", "graph")
    assert not app.exception
    assert not app.error
    material = load_material(checkpoints / "city")
    rows = encoder_graph(material.model).rows
    mean = [100 * part.mean() for part in (rows.floor, rows.own, rows.others)]
    found = bars(app)
    assert list(found) == ["encoders", "encoders, untrained", "decoder, 08:00"]
    assert found["encoders"] == pytest.approx(mean, abs=1e-3)
    assert all(shares.sum() == pytest.approx(100, abs=0.01) for shares in found.values())
    assert f"**{mean[0]:.1f} % floor**" in texts(app)
    assert f"**{mean[2]:.1f} % others**" in texts(app)


def test_the_edges_on_the_map_are_the_largest_excesses_up_to_the_share(explorer, checkpoints):
    graph = encoder_graph(load_material(checkpoints / "city").model)
    for share in (5, 30):
        app = explorer("city", "graph", share=str(share))
        wanted = largest_edges(graph).up_to_share(share / 100).first(MOST_DRAWN)
        told = drawn_edges(app)
        assert len(told) == len(wanted)
        first = f"{IDS[wanted.readers[0]]} ("
        assert first in told[0]
        assert re.search(r"reads .*\d km (along the road|in a straight line)", told[0])
        assert f"the {len(wanted)} largest of {len(IDS) * (len(IDS) - 1):,} entries" in texts(app)


def test_never_more_edges_are_drawn_than_can_be_seen_and_the_page_says_so(explorer):
    app = explorer("metr-la", "graph", share="50")
    assert len(drawn_edges(app)) == MOST_DRAWN
    assert re.search(r"the 400 largest of 42,642 entries.*50 % of it are in the [\d,]+", texts(app))


@pytest.mark.parametrize("chosen", [IDS[3:4], IDS[3:6], IDS])
def test_with_a_selection_only_its_rows_are_drawn(explorer, chosen):
    app = explorer("city", "graph", selection=list(chosen), share="20")
    assert not app.exception
    told = drawn_edges(app)
    assert told
    assert {text.split(" ")[0] for text in told} <= set(chosen)
    assert "entries in the rows of the selected sensors" in texts(app)


def test_the_matrix_is_the_excess_in_the_order_of_clusters_or_roads(explorer, checkpoints):
    graph = encoder_graph(load_material(checkpoints / "city").model)
    excess = len(graph) * graph.excess()
    for order in ("cluster", "road"):
        app = explorer("city", "graph", order=order)
        figure = charts(app)["g-matrix"]
        (cells,) = heatmaps(figure)
        places = [IDS.index(name.removeprefix("sensor ")) for name in figure["data"][0]["y"]]
        assert sorted(places) == list(range(len(IDS)))
        wanted = excess[np.ix_(places, places)]
        np.fill_diagonal(wanted, np.nan)
        np.testing.assert_allclose(cells, wanted, atol=1e-4)


def test_the_decoders_graph_is_that_of_the_chosen_moment(explorer, checkpoints):
    material = load_material(checkpoints / "city")
    day = material.day(material.track_days[0])
    for time, hour in (("03:00", 3), ("17:00", 17)):
        app = explorer("city", "graph", graph="decoder", time=time)
        assert not app.exception
        place = int(np.abs(day.hours - hour).argmin())
        rows = decoder_graph(material.model, day.embedding[place]).rows
        found = bars(app)[f"decoder, {time}"]
        assert found == pytest.approx(
            [100 * part.mean() for part in (rows.floor, rows.own, rows.others)], abs=1e-3
        )


def test_a_difference_from_the_days_mean_has_both_signs(explorer):
    app = explorer("city", "graph", graph="decoder", matrix="minus the day's mean")
    assert not app.exception
    (cells,) = heatmaps(charts(app)["g-matrix"])
    assert np.nanmin(cells) < 0 < np.nanmax(cells)
    assert len(app.segmented_control(key="matrix").options) == 2


def test_the_day_is_whole_and_a_button_goes_to_a_moment(explorer):
    app = explorer("city", "graph", graph="decoder")
    lines = [numbers(trace["y"]) for trace in charts(app)["g-day"]["data"]]
    assert np.sum(lines, axis=0) == pytest.approx(100, abs=0.01)
    (*_, button) = [one for one in app.button if str(one.key).startswith("g-at-")]
    time = button.label.split(" ")[0]
    app = button.click().run()
    assert not app.exception
    assert f"decoder, {time}" in bars(app)
    assert "".join(app.query_params["time"]) == time


def test_a_day_is_played_when_asked_for(explorer):
    assert "g-day-film" not in charts(explorer("city", "graph"))
    app = explorer("city", "graph", play="true")
    frames = charts(app)["g-day-film"]["frames"]
    assert len(frames) == 23  # the first hour has too little input
    assert {len(heatmaps(frame)[0]) for frame in frames} == {len(IDS)}


def test_the_training_is_shown_where_there_are_snapshots(explorer):
    app = explorer("metr-la", "graph")
    drawn = charts(app)
    steps = drawn["g-growth"]["data"][0]["x"]
    assert steps[0] == "0"
    assert len(drawn["g-film"]["frames"]) == len(steps) > 2
    assert "g-growth" not in charts(explorer("city", "graph"))


def test_it_says_that_symmetric_scores_have_no_direction(explorer):
    app = explorer("metr-la", "graph")
    told = texts(app)
    assert "The scores are symmetric" in told
    assert "1.5 % below the larger (median over pairs), at most 6.3 %" in told
    assert "why" in {link.proto.page for link in app.get("page_link")}


def test_the_table_has_a_row_for_each_sensor_with_what_it_reads_and_is_read(explorer, checkpoints):
    rows = encoder_graph(load_material(checkpoints / "city").model).rows
    app = explorer("city", "graph")
    table = app.dataframe[-1].value.set_index("sensor")
    assert len(table) == len(IDS)
    assert table.loc[IDS[5], "is read (%)"] == pytest.approx(100 * rows.read[5], abs=1e-3)
    given, taken = table["excess over others (%)"], table["is read (%)"]
    assert taken.mean() == pytest.approx(given.mean(), abs=0.01)


def test_without_places_there_is_a_matrix_and_the_command_that_adds_them(explorer):
    app = explorer("dateless", "graph")
    assert not app.exception
    assert "g-map" not in charts(app)
    assert "g-matrix" in charts(app)
    assert any("--sensors" in code.value for code in app.code)


def test_without_a_track_only_the_encoders_are_shown_and_the_command_is_said(explorer):
    app = explorer("layered", "graph")
    assert not app.exception
    assert list(bars(app)) == ["encoders", "encoders, untrained"]
    assert "g-day" not in charts(app)
    assert "python -m himnet track layered --days 7" in [code.value for code in app.code]
    app = explorer("layered", "graph", graph="decoder")
    assert not app.exception
    assert "There is no day to show" in texts(app)


@pytest.mark.parametrize(
    ("part", "names"),
    [
        ("E_s", ["decoder, 08:00"]),
        ("E_st", ["encoders", "encoders, untrained"]),
        ("SMP", ["encoders", "encoders, untrained"]),
    ],
)
def test_an_ablated_model_shows_the_graphs_that_it_has(explorer, part, names):
    app = explorer(f"without-{part}", "graph")
    assert not app.exception
    assert list(bars(app)) == names
    assert "g-matrix" in charts(app)


def test_what_was_not_measured_is_said_with_the_command(explorer):
    app = explorer("city", "graph")
    wanted = "python -m analysis graph --checkpoint city --save"
    assert wanted in [code.value for code in app.code]


@pytest.mark.parametrize("count", [2, 3])
def test_a_city_of_very_few_sensors_is_drawn(explorer, tmp_path, monkeypatch, count):
    info = made_up.city_info()
    sensors = info.sensors
    few = replace(
        sensors, ids=sensors.ids[:count], latitude=sensors.latitude[:count],
        longitude=sensors.longitude[:count], freeway=sensors.freeway[:count],
        direction=sensors.direction[:count],
    )  # fmt: skip
    config = replace(made_up.CONFIG, num_nodes=count)
    saved = made_up.save(tmp_path, "few", config, replace(info, sensors=few))
    made_up.add_track(saved)
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(tmp_path))
    for graph in ("encoders", "decoder"):
        app = explorer("few", "graph", graph=graph, play="true", share="50")
        assert not app.exception
        assert not app.error
        assert "g-matrix" in charts(app)
