"""Pages with a data set at hand: readings are drawn, and any of its days can be looked at."""

import datetime as dt
from dataclasses import replace

import numpy as np
import pytest
import streamlit as st

import app.session.chunks
from himnet.data.load import load_dataset
from himnet.data.synthetic import synthetic_city
from tests.app import made_up
from tests.app.drawn import charts, heatmaps, numbers

CITY = {"num_nodes": made_up.SENSORS, "days": 4, "seed": 3}


@pytest.fixture(scope="module")
def city_models(tmp_path_factory):
    """Untrained models of a city that is made on the fly: whole, without E_st, and with track."""
    folder, info = tmp_path_factory.mktemp("cities"), synthetic_city(**CITY).info
    made_up.save(folder, "whole", info=info)
    made_up.save(folder, "without-E_st", replace(made_up.CONFIG, ablate="E_st"), info)
    made_up.add_track(made_up.save(folder, "tracked", info=info), days=2)
    return folder


@pytest.fixture
def in_city(explorer, city_models, monkeypatch):
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(city_models))
    return explorer


@pytest.fixture
def in_los_angeles(explorer, data_dir, monkeypatch):
    monkeypatch.setenv("HIMNET_DATA_DIR", str(data_dir))
    return explorer


@pytest.fixture
def told(monkeypatch):
    """Collect what progress bars said."""
    said, original = [], app.session.chunks.st.progress

    def progress(value, text=None):
        said.append(text)
        bar = original(value, text=text)

        class Bar:
            progress = staticmethod(lambda value, text=None: said.append(text))
            empty = staticmethod(bar.empty)

        return Bar

    monkeypatch.setattr(app.session.chunks.st, "progress", progress)
    return said


def drawn_speeds(figure, steps):
    """Return the lines (n, T) of the sensors that a figure draws faintly, a gap after each."""
    faint = [numbers(t["y"]) for t in figure["data"] if t.get("showlegend", True) is False]
    return np.concatenate([line.reshape(-1, len(steps) + 1)[:, :-1] for line in faint])


def assert_readings(figure, dataset, steps):
    """Assert that every line that a figure draws is another sensor's readings at some steps."""
    readings = np.where(dataset.values[steps] == 0, np.nan, dataset.values[steps]).T
    found = set()
    for line in drawn_speeds(figure, steps):
        alike = [np.allclose(line, own, atol=0.06, equal_nan=True) for own in readings]
        (sensor,) = np.flatnonzero(alike)
        found.add(int(sensor))
    assert len(found) == len(drawn_speeds(figure, steps)) > 1


def test_the_day_of_a_track_shows_readings_where_the_city_can_be_made(in_city, told):
    app = in_city("tracked", "st_mixed")
    assert not app.exception
    figure = charts(app)["speeds"]
    assert figure["layout"]["meta"]["are_readings"] is True
    assert_readings(figure, synthetic_city(**CITY), np.arange(11, 288))
    assert told == []  # the track has this day: the model did not run


def test_readings_of_all_weeks_are_drawn_on_the_spatial_page(in_city):
    app = in_city("whole", "spatial")
    figure = charts(app)["cluster-series"]
    assert figure["layout"]["meta"]["are_readings"] is True
    assert len(figure["data"][0]["x"]) == 4 * 288
    assert "mean speed (mph)" in app.dataframe[0].value.columns


@pytest.mark.slow
def test_a_day_without_track_runs_the_model_with_progress(in_city, told):
    app = in_city("whole", "st_mixed")
    assert not app.exception
    assert len(app.selectbox(key="day").options) == 4
    assert told[0].startswith("Computing embeddings")
    assert "100%" in told[-1]
    app.selectbox(key="day").set_value(19_726).run()
    assert not app.exception
    drawn = charts(app)
    assert "100%" in told[-1]
    assert set(drawn) == {"speeds", "st-cosines", "st-curves"}
    assert len(heatmaps(drawn["st-cosines"])) == 4
    assert_readings(drawn["speeds"], synthetic_city(**CITY), np.arange(3 * 288, 4 * 288))


@pytest.mark.slow
def test_the_model_runs_on_days_that_the_track_lacks_and_on_no_others(in_city, told):
    app = in_city("tracked", "st_mixed")
    assert len(app.selectbox(key="day").options) == 4
    app.selectbox(key="day").set_value(19_724).run()
    assert told == []
    app.selectbox(key="day").set_value(19_725).run()
    assert not app.exception
    assert told


def test_a_day_that_the_model_reads_can_be_left_for_one_of_the_track(in_city, monkeypatch):
    app = in_city("tracked", "st_mixed")
    first = app.selectbox(key="day").value
    monkeypatch.setattr("app.clock.days.embeddings_with_progress", lambda *_: st.stop())
    app.selectbox(key="day").set_value(19_725).run()
    assert not charts(app)
    app.button(key="day-stop").click().run()
    assert not app.exception
    assert app.selectbox(key="day").value == first
    assert "st-cosines" in charts(app)
    assert not [button for button in app.button if button.key == "day-stop"]


@pytest.mark.slow
def test_a_model_without_st_mixed_parameters_shows_the_speeds_of_any_day(in_city):
    app = in_city("without-E_st", "st_mixed")
    assert not app.exception
    assert set(charts(app)) == {"speeds"}
    assert len(app.selectbox(key="day").options) == 4


@pytest.mark.slow
def test_any_date_of_metr_la_can_be_chosen(in_los_angeles, data_dir, told):
    app = in_los_angeles("metr-la", "st_mixed")
    assert not app.exception
    date = app.date_input(key="date")
    assert (date.min, date.max) == (dt.date(2012, 3, 1), dt.date(2012, 6, 27))
    assert date.value == dt.date(2012, 3, 1)
    assert told == []
    app.date_input(key="date").set_value(dt.date(2012, 5, 17)).run(timeout=300)
    assert not app.exception
    assert told[0].startswith("Computing embeddings")
    assert "100%" in told[-1]
    dataset = load_dataset("METRLA", data_dir)
    midnight = np.datetime64("2012-05-17T00:00")
    (start,) = np.flatnonzero(dataset.timestamps == midnight)
    figure = charts(app)["speeds"]
    assert figure["layout"]["meta"]["are_readings"] is True
    assert_readings(figure, dataset, np.arange(start, start + 288))
    assert len(heatmaps(charts(app)["st-cosines"])) == 4


@pytest.mark.slow
def test_readings_of_metr_la_are_drawn_over_its_seventeen_weeks(in_los_angeles):
    app = in_los_angeles("metr-la", "spatial")
    assert not app.exception
    assert len(app.selectbox(key="week").options) == 17
    assert charts(app)["cluster-series"]["layout"]["meta"]["are_readings"] is True
    assert "Readings: available" in "\n".join(text.value for text in app.sidebar.markdown)
    assert not [code.value for code in app.code if "himnet" in code.value]


@pytest.mark.slow
@pytest.mark.parametrize("date", ["2012-02-29", "2031-01-01", "0001-01-01", "tomorrow", ""])
def test_a_link_to_a_date_without_data_opens_on_the_first_day(in_los_angeles, date):
    app = in_los_angeles("metr-la", "st_mixed", date=date)
    assert not app.exception
    assert app.date_input(key="date").value == dt.date(2012, 3, 1)
