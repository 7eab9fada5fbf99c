"""The Forecasts page: with readings, with a track alone, and with neither."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.readings.days import dataset_days, day_label
from himnet.checkpoints import load_arrays, save_measured
from himnet.data.synthetic import synthetic_city
from himnet.forecasting.split_errors import pooled, stored_errors
from tests.app import made_up
from tests.app.conftest import texts
from tests.app.drawn import charts, numbers

pytestmark = pytest.mark.slow

ERRORS = {"f-horizons", "f-map", "f-clusters", "f-bands", "f-hours"}
ALL = {"f-moment", "f-day", *ERRORS}
KNOWN = {"f-horizons", "f-map", "f-hours", "f-clusters"}
CITY = {"num_nodes": made_up.SENSORS, "days": 4, "seed": 3, "missing_share": 0.1}
PARTS = ("E_t", "E_s", "E_st")


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Untrained models of a city that is made on the fly: ablated ones have no track."""
    folder, info = tmp_path_factory.mktemp("forecasts"), synthetic_city(**CITY).info
    made_up.add_track(made_up.save(folder, "whole", info=info), days=2)
    bare = replace(info, sensors=type(info.sensors)(info.sensors.ids))
    made_up.add_track(made_up.save(folder, "placeless", info=bare), days=2)
    known = made_up.save(folder, "known", metrics=made_up.METRICS)
    made_up.add_track(known)
    made_up.add_errors(known)
    for part in PARTS:
        made_up.save(folder, f"less-{part}", replace(made_up.CONFIG, ablate=part), info)
    return folder


@pytest.fixture
def forecasts(explorer, models, monkeypatch):
    """Open the page on one of the models."""
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(models))
    return lambda name="whole", **query: explorer(name, "forecasts", **query)


def day_name(number):
    """Return how the city's day is called in a link."""
    city = synthetic_city(**CITY)
    return day_label(int(dataset_days(city, 12)[288 * number + 12]), city.info)


def drawn(app, key):
    return {trace["name"]: numbers(trace["y"]) for trace in charts(app)[key]["data"]}


def press(app, key):
    return next(button for button in app.button if button.key == key).click().run()


def test_with_readings_everything_is_drawn_and_counted(forecasts):
    app = forecasts()
    assert not app.exception
    assert not app.error
    assert set(charts(app)) == ALL
    assert f"{made_up.SENSORS} sensors" in texts(app)
    assert "forecasts with a reading" in texts(app)


def test_a_moment_has_its_history_and_gaps_where_nothing_was_read(forecasts):
    app = forecasts(sensor="S002", day=day_name(1), time="09:00")
    lines = drawn(app, "f-moment")
    assert len(lines["reading"]) == 24
    assert np.isfinite(lines["forecast"]).tolist() == [False] * 12 + [True] * 12
    city = synthetic_city(**CITY)
    step = 288 + 9 * 12
    around = slice(step - 11, step + 13)
    gaps = city.missing()[around, 2]
    assert gaps.any()
    assert np.isnan(lines["reading"]).tolist() == gaps.tolist()
    np.testing.assert_allclose(lines["reading"][~gaps], city.values[around, 2][~gaps], atol=0.01)


def test_over_a_day_the_error_is_forecast_less_read(forecasts):
    lines = drawn(forecasts(day=day_name(1), ahead="30 min"), "f-day")
    np.testing.assert_allclose(lines["error"], lines["forecast"] - lines["reading"], atol=0.02)
    assert np.isnan(lines["reading"]).any()
    assert np.isfinite(lines["forecast"]).all()


def test_a_day_outside_the_track_is_forecast_when_asked_for(forecasts):
    app = forecasts(day=day_name(3), over="the chosen day")
    lines = drawn(app, "f-day")
    assert np.isfinite(lines["reading"]).any()  # what is known is there at once
    assert not np.isfinite(lines["forecast"]).any()
    assert not ERRORS & set(charts(app))
    app = press(app, "f-day-run-go")
    assert not app.exception
    assert set(charts(app)) == ALL
    assert len(drawn(app, "f-horizons")["all sensors"]) == 12
    assert "of 1 day," in texts(app)
    assert "bootstrap over sensors" in texts(app)


def test_selected_sensors_and_a_baseline_have_curves_of_their_own(forecasts):
    app = forecasts(selection=["S001", "S004"], beside="weekly mean", measure="RMSE")
    assert list(drawn(app, "f-horizons")) == [
        "all sensors",
        "selected (2)",
        "weekly mean, all sensors",
        "weekly mean, selected (2)",
    ]
    choice = next(box for box in app.selectbox if box.key == "sensor")
    assert choice.value == "S001"


def test_forecasts_of_the_test_split_are_made_when_asked_for(forecasts):
    app = forecasts(over="some of the test split", moments="32")
    assert not ERRORS & set(charts(app))
    app = press(app, "f-test-run-go")
    assert not app.exception
    assert len(drawn(app, "f-horizons")["all sensors"]) == 12
    assert "32 are in the test split" in texts(app)


@pytest.mark.parametrize("part", PARTS)
def test_models_without_a_part_forecast_too(forecasts, part):
    app = press(forecasts(f"less-{part}"), "f-day-run-go")
    assert not app.exception
    assert not app.error
    assert {"f-moment", "f-day"} <= set(charts(app))


def test_without_places_and_roads_the_map_says_what_adds_them(forecasts):
    app = forecasts("placeless")
    assert not app.exception
    assert set(charts(app)) == ALL - {"f-map"}
    assert "himnet convert" in texts(app)


def test_with_a_track_alone_forecasts_are_beside_the_newest_ones(explorer):
    app = explorer("metr-la", "forecasts", time="08:00", over="the days of the track")
    assert not app.exception
    assert set(charts(app)) == ALL
    assert "each forecast is compared with the latest forecast" in texts(app)
    assert "forecasts with a newer forecast" in texts(app)
    assert "python -m himnet download METRLA" in texts(app)
    newest, forecast, change = drawn(app, "f-moment").values()
    assert np.flatnonzero(np.isfinite(forecast)).tolist() == [14, 17, 23]  # 15, 30 and 60 min
    assert np.isfinite(newest).all()
    known = np.isfinite(change)
    np.testing.assert_allclose(change[known], (forecast - newest)[known], atol=0.02)


def test_a_time_of_the_track_is_that_of_the_window(explorer):
    app = explorer("metr-la", "forecasts", time="08:00")
    assert "at 08:00 on Thursday, 1 March 2012" in texts(app)


def test_it_opens_on_what_was_measured_without_readings_too(forecasts, models):
    app = forecasts("known")
    assert not app.exception
    assert not app.error
    assert set(charts(app)) == KNOWN | {"f-moment", "f-day"}
    errors, part = stored_errors(load_arrays(models / "known"), "test")
    mean = pooled(errors.by_sensor, errors.sensor_readings)
    said = texts(app)
    assert f"forecasts are off by **{mean:.2f} mph** on average over all horizons (MAE)" in said
    for step, minutes in ((3, 15), (6, 30), (12, 60)):
        assert f"**{errors.horizons[step - 1]:.2f}** at {minutes} min" in said
    assert f"by version {part.software}, on 100 windows" in said
    curves = drawn(app, "f-horizons")
    np.testing.assert_allclose(curves["all sensors"], errors.horizons, atol=1e-3)
    bars = charts(app)["f-hours"]["data"][0]
    np.testing.assert_allclose(numbers(bars["y"]), errors.hours, atol=1e-3)
    shown = charts(app)["f-map"]["data"][-1]["marker"]["color"]
    np.testing.assert_allclose(numbers(shown), errors.sensors, atol=1e-3)
    assert not [button for button in app.button if button.key == "f-measure"]


def test_selected_sensors_have_a_measured_curve_of_their_own(forecasts, models):
    app = forecasts("known", selection=["S003", "S007"])
    errors, _ = stored_errors(load_arrays(models / "known"), "test")
    two = pooled(errors.by_sensor[[3, 7]], errors.sensor_readings[[3, 7]], axis=0)
    np.testing.assert_allclose(drawn(app, "f-horizons")["selected (2)"], two, atol=1e-3)


def test_what_was_never_measured_is_measured_when_asked_for_and_stays(forecasts):
    app = forecasts("less-E_t")
    assert "have not been measured for this model" in texts(app)
    assert "himnet evaluate less-E_t --save" in texts(app)
    app = press(app, "f-measure")
    assert not app.exception
    assert set(charts(app)) >= KNOWN
    assert "on average over all horizons (MAE)" in texts(app)
    assert "by this explorer" in texts(app)
    again = forecasts("less-E_t")
    assert set(charts(again)) >= KNOWN
    assert drawn(again, "f-horizons").keys() == {"all sensors"}


def test_damaged_errors_are_a_sentence_and_the_rest_is_drawn(forecasts, models):
    loaded = load_arrays(models / "whole")
    said = {"data": "", "command": ""}
    path = save_measured(loaded.path, loaded.sha256, "errors/test", {}, **said)
    app = forecasts()
    path.unlink()
    assert not app.exception
    assert any("incomplete or damaged" in error.value for error in app.error)
    assert {"f-moment", "f-day"} <= set(charts(app))


def test_it_opens_on_a_day_of_the_test_split(forecasts):
    city = synthetic_city(**CITY)
    days = dataset_days(city, 1)
    last = day_label(int(days[city.splits["test"].middles[-1]]), city.info)
    assert last in texts(forecasts())


@pytest.mark.parametrize("checkpoint", ["dateless", "without-E_s", "without-E_st"])
def test_a_track_without_dates_or_of_an_ablated_model_is_drawn(explorer, checkpoint):
    app = explorer(checkpoint, "forecasts")
    assert not app.exception
    assert not app.error
    assert {"f-moment", "f-day", "f-horizons"} <= set(charts(app))


@pytest.mark.parametrize("checkpoint", ["bare", "misfit"])
def test_with_nothing_to_draw_it_says_so(explorer, checkpoint):
    app = explorer(checkpoint, "forecasts")
    assert not app.exception
    assert not charts(app)
    assert "No forecasts are available" in texts(app)
