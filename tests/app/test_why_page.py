"""The Why page: attributions when asked for, of what is chosen and of nothing else."""

import re
import sys

import numpy as np
import pytest
from streamlit.runtime.scriptrunner import StopException

import himnet.forecasting.attribution
from himnet.data.synthetic import synthetic_city
from tests.app import made_up, odd_cities
from tests.app.conftest import go, texts
from tests.app.drawn import charts, heatmaps, numbers

pytestmark = pytest.mark.slow

CITY = {"num_nodes": made_up.SENSORS, "days": 5, "seed": 3}
SETTINGS = {"sensor": "S002", "time": "09:00", "day": "Wednesday, 3 January 2024"}
YESTERDAY = "the readings of the day before"


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    """Untrained models of a city that is made on the fly, and of some of `odd_cities`."""
    folder = tmp_path_factory.mktemp("why")
    made_up.save(folder, "whole", info=synthetic_city(**CITY).info)
    for name in ("two-sensors", "names-alone", "no-roads"):
        odd_cities.save(folder, name)
    return folder


@pytest.fixture
def why(explorer, models, monkeypatch):
    """Open the page on one of the models."""
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(models))
    return lambda name="whole", **query: explorer(name, "why", **{**SETTINGS, **query})


def press(app, key):
    return next(button for button in app.button if button.key == key).click().run()


def keys(app):
    return {button.key for button in app.button}


def attributed(app):
    """Ask for the attribution unless it is there already."""
    return press(app, "y-go") if "y-go" in keys(app) else app


def told(app):
    """Forecast, difference and gap as the page says them."""
    said = texts(app)
    forecast = re.search(r"forecasts \*\*([\d.]+) mph", said)
    differs = re.search(r"\*\*([\d.]+) mph (above|below)\*\*", said)
    return float(forecast[1]), float(differs[1]) * (1 if differs[2] == "above" else -1)


def test_nothing_is_attributed_until_it_is_asked_for(why):
    app = why()
    assert not app.exception
    assert "y-go" in keys(app)
    assert "y-map" not in charts(app)
    assert "to find out on this computer" in texts(app)


def test_map_and_matrix_add_up_to_the_difference_that_is_stated(why):
    app = attributed(why(baseline="each sensor's mean"))
    assert not app.exception
    drawn = charts(app)
    (cells,) = heatmaps(drawn["y-matrix"])
    totals = numbers(drawn["y-map"]["data"][1]["marker"]["color"])
    assert cells.shape == (13, 12)
    assert len(totals) == made_up.SENSORS
    assert cells.sum() == pytest.approx(totals.sum(), abs=1e-2)
    _, differs = told(app)
    gap = float(re.search(r"gap of ([\d.e-]+) mph", texts(app))[1])
    assert abs(totals.sum() - differs) <= gap + 0.06  # a digit is shown


def test_the_forecast_is_the_same_before_and_after(why):
    app = why(sensor="S007")
    before = float(re.search(r"forecasts \*\*([\d.]+) mph", texts(app))[1])
    assert told(attributed(app))[0] == before


def test_what_was_attributed_is_shown_at_once_and_only_for_its_own_settings(why):
    first = attributed(why())
    known = numbers(charts(first)["y-map"]["data"][1]["marker"]["color"])
    again = why()
    assert "y-go" not in keys(again)
    np.testing.assert_array_equal(
        numbers(charts(again)["y-map"]["data"][1]["marker"]["color"]), known
    )
    others = {"sensor": "S003"}, {"ahead": "5 min"}, {"baseline": YESTERDAY}, {"time": "15:00"}
    for changed in (*others, {"day": "Thursday, 4 January 2024"}):
        app = why(**changed)
        assert not app.exception
        if "y-go" not in keys(app):
            shown = numbers(charts(app)["y-map"]["data"][1]["marker"]["color"])
            assert not np.array_equal(shown, known), changed


def test_stop_in_the_middle_leaves_no_result_and_the_button(why, monkeypatch):
    app, real = why(sensor="S011"), himnet.forecasting.attribution.attribute

    def stopped(*args, tell, **more):
        def ended(share):
            tell(share)
            raise StopException  # as Streamlit ends a run after a click

        return real(*args, tell=ended, **more)

    monkeypatch.setattr(himnet.forecasting.attribution, "attribute", stopped)
    app = press(app, "y-go")
    assert "y-map" not in charts(app)
    app = press(app, "y-stop")
    assert not app.exception
    assert "y-go" in keys(app)
    assert "y-map" not in charts(app)


def test_occlusion_is_asked_for_and_agreement_is_stated(why):
    app = attributed(why())
    if "y-occlude" in keys(app):
        app = press(app, "y-occlude")
    assert not app.exception
    assert "rank correlation" in texts(app)
    falls = numbers(charts(app)["y-agreement"]["data"][1]["y"])
    assert len(falls) == made_up.SENSORS
    table = next(one for one in app.dataframe if "where" in one.value.columns)
    assert "occlusion (mph)" in table.value.columns


def test_a_link_holds_the_settings_and_the_sensor_once_it_is_attributed(why):
    app = attributed(why(ahead="15 min", baseline=YESTERDAY))
    link = {name: "".join(app.query_params[name]) for name in ("sensor", "ahead", "baseline")}
    assert link == {"sensor": "S002", "ahead": "15 min", "baseline": YESTERDAY}
    app = go(go(app, "spatial"), "why")
    assert app.selectbox(key="sensor").value == "S002"
    assert "y-map" in charts(app)


def test_without_the_data_set_it_runs_on_its_own_forecasts_and_says_so(explorer):
    app = explorer("city", "why")
    assert not app.exception
    assert "its own forecasts" in texts(app)
    assert "y-go" in keys(app)


def test_without_data_set_and_track_it_says_what_is_missing(explorer):
    app = explorer("bare", "why")
    assert not app.exception
    assert "needs readings or a track" in texts(app)
    assert "y-go" not in keys(app)


@pytest.mark.parametrize("city", ["two-sensors", "names-alone", "no-roads"])
def test_cities_of_which_little_is_known_are_attributed(explorer, models, monkeypatch, city):
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(models))
    app = attributed(explorer(city, "why"))
    assert not app.exception
    assert not app.error
    drawn = charts(app)
    assert "y-matrix" in drawn
    assert ("y-map" in drawn) == (city != "names-alone")
    assert "upstream and" not in texts(app)


def test_without_captum_there_is_a_sentence(why, monkeypatch):
    monkeypatch.setitem(sys.modules, "captum", None)
    monkeypatch.setitem(sys.modules, "captum.attr", None)
    app = press(why(sensor="S013"), "y-go")
    assert not app.exception
    (error,) = app.error
    assert "captum" in error.value
    assert error.value.endswith(".")
