"""The What if page: exchanges of parameters, over one window, many, and pairs of clusters."""

import shutil
from dataclasses import replace

import numpy as np
import pytest

from analysis.identity.curve import identity_of
from analysis.identity.measure import measure, plan_of
from analysis.identity.stored import save_identity
from analysis.material import Material
from himnet.checkpoints import load_arrays, save_measured
from himnet.checkpoints.locate import MODEL_FILE, measured_file
from himnet.data.synthetic import synthetic_city
from tests.analysis.identity.curves import put_beside
from tests.app import made_up
from tests.app.conftest import texts
from tests.app.drawn import charts, heatmaps, numbers

pytestmark = pytest.mark.slow

CITY = {"num_nodes": made_up.SENSORS, "days": 4, "seed": 3}
PARTS = ("E_t", "E_s", "E_st")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Untrained models of a city that is made on the fly, one for each part left out."""
    folder, info = tmp_path_factory.mktemp("what-if"), synthetic_city(**CITY).info
    made_up.save(folder, "whole", info=info)
    for part in PARTS:
        made_up.save(folder, f"less-{part}", replace(made_up.CONFIG, ablate=part), info)
    return folder


@pytest.fixture(scope="module")
def measured_model(tmp_path_factory):
    """A folder with a model beside which the identity curve is stored, and the curve."""
    folder, city = tmp_path_factory.mktemp("measured"), synthetic_city(**CITY)
    file = made_up.save(folder, "measured", info=city.info)
    plan = plan_of(Material(load_arrays(file), None, city), windows=6)
    found = identity_of(plan, measure(plan), draws=19)
    save_identity(plan.material, found, command="python -m analysis identity --save")
    return folder, found


@pytest.fixture
def what_if(explorer, models, monkeypatch, tmp_path):
    """Open the page on one of the models."""
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(models))
    monkeypatch.setenv("HIMNET_CACHE_DIR", str(tmp_path / "kept"))
    return lambda name="whole", **query: explorer(name, "what_if", **query)


def drawn(app):
    """Return the forecasts of the window by the names of their lines."""
    figure = charts(app)["wi-window"]
    return {trace["name"]: numbers(trace["y"]) for trace in figure["data"]}


def press(app, key):
    return next(button for button in app.button if button.key == key).click().run()


def test_own_parameters_change_nothing_to_the_bit(what_if):
    own, same = list(drawn(what_if(sensor="S002", giver="S002")).values())[1:]
    assert np.array_equal(own, same)


@pytest.mark.parametrize("reach", ["pool query", "pool query and graph row"])
def test_another_sensors_parameters_change_the_forecast_and_not_the_readings(what_if, reach):
    lines = drawn(what_if(sensor="S002", giver="S005", reach=reach))
    assert list(lines) == ["reading", "with its own parameters", "with those of S005"]
    read, own, other = lines.values()
    assert len(read) == 24
    assert np.abs(own - other).max() > 0


def test_a_clusters_mean_and_a_moments_parameters_are_asked_for_by_a_link(what_if):
    of_cluster = what_if(**{"giver-kind": "a cluster's mean", "giver-cluster": "1"})
    assert "with the mean of cluster 1" in drawn(of_cluster)
    of_moment = what_if(exchange="a moment's", **{"giver-day": "2", "giver-time": "96"})
    assert "with those of Wednesday 08:00" in drawn(of_moment)


def test_many_windows_are_measured_when_asked_for_with_count_and_interval(what_if):
    app = what_if(sensor="S002", giver="S005", windows="16")
    assert not app.metric
    app = press(app, "wi-measure")
    assert not app.exception
    assert [metric.label for metric in app.metric][-1] == "Change in error"
    assert "on 16 windows from" in texts(app)


def test_all_pairs_of_clusters_are_measured_once_and_kept_on_disk(what_if, tmp_path):
    app = press(what_if(clusters="3"), "wi-matrix")
    assert not app.exception
    (cells,) = heatmaps(charts(app)["wi-clusters"])
    assert cells.shape == (3, 3)
    kept = list((tmp_path / "kept").iterdir())
    assert len(kept) == 1
    stamp = kept[0].stat().st_mtime_ns
    again = press(what_if(clusters="3"), "wi-matrix")
    assert np.array_equal(heatmaps(charts(again)["wi-clusters"])[0], cells)
    assert kept[0].stat().st_mtime_ns == stamp


def test_without_an_identity_curve_the_page_names_the_command(what_if):
    app = what_if()
    assert "Structure or name tag?" in texts(app)
    assert any("analysis identity --checkpoint" in block.value for block in app.code)
    assert "wi-identity" not in charts(app)


def test_what_a_command_stores_while_the_page_is_open_is_shown(what_if, models):
    app = what_if("less-E_t")
    assert "wi-identity" not in charts(app)
    arrays = load_arrays(models / "less-E_t")
    put_beside(arrays)
    try:
        assert "wi-identity" in charts(app.run())
    finally:
        measured_file(arrays.path).unlink()


@pytest.mark.parametrize("kind", ["a sensor's", "a moment's"])
def test_the_stored_identity_curve_has_its_verdict_intervals_and_null(
    explorer, measured_model, kind, monkeypatch
):
    folder, found = measured_model
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(folder))
    app = explorer("measured", "what_if", exchange=kind)
    assert not app.exception
    told = texts(app)
    assert "single seed" in told
    assert f"{found.comparison().cost:.3f}" in told
    assert "Partial Mantel correlation of distance and cost" in [one.label for one in app.metric]
    sides = {trace["name"]: trace for trace in charts(app)["wi-identity"]["data"]}
    assert set(sides) == {
        "exchanged: the query of the pools", "exchanged: the graph", "exchanged: both",
        "another moment",
    }  # fmt: skip
    drawn_costs = numbers(sides["exchanged: the graph"]["x"])
    costs = [one.difference.value for one in found.costs if one.reach == "graph"]
    assert drawn_costs == pytest.approx(costs)


def test_a_damaged_identity_curve_is_a_sentence_and_the_rest_is_drawn(
    explorer, measured_model, monkeypatch, tmp_path
):
    model = shutil.copytree(measured_model[0], tmp_path / "copy") / "measured" / MODEL_FILE
    arrays = load_arrays(model)
    value = arrays.measured.used["identity"].value | {"days": -1}
    save_measured(model, arrays.sha256, "identity", value, data="", command="x")
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(tmp_path / "copy"))
    app = explorer("measured", "what_if")
    assert not app.exception
    assert any("incomplete or damaged" in error.value for error in app.error)
    assert "wi-window" in charts(app)


@pytest.mark.parametrize("part", PARTS)
def test_a_model_without_a_part_says_so_or_works(what_if, part):
    app = what_if(f"less-{part}")
    assert not app.exception
    if part == "E_s":
        assert app.error
        assert charts(what_if(f"less-{part}", exchange="a moment's"))
    else:
        assert "wi-window" in charts(app)
    if part == "E_t":
        assert what_if(f"less-{part}", exchange="a moment's").error


def test_without_the_data_set_it_runs_on_its_own_forecasts_and_says_so(explorer):
    app = explorer("metr-la", "what_if")
    assert not app.exception
    assert "its own forecasts" in texts(app)
    assert "forecast, fed to the model" in drawn(app)
    read, own, other = drawn(app).values()
    assert np.isfinite(read).all()
    assert np.abs(own - other).max() > 0


def test_without_data_set_and_track_it_says_what_is_missing(explorer):
    app = explorer("bare", "what_if")
    assert not app.exception
    assert "needs readings or a track" in texts(app)
