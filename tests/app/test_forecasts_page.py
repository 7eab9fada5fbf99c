"""The Forecasts page: with readings, with a track alone, and with neither."""

import numpy as np
import pytest

from tests.app.conftest import texts
from tests.app.drawn import charts, numbers

WITH_READINGS = ("f-moment", "f-day", "f-horizons", "f-map", "f-bands", "f-hours", "f-clusters")


def drawn(app, key):
    return {trace["name"]: numbers(trace["y"]) for trace in charts(app)[key]["data"]}


def test_with_readings_everything_is_drawn(explorer):
    app = explorer("synthetic-city", "forecasts")
    assert not app.exception
    assert not app.error
    keys = charts(app)
    assert all(any(key.startswith(name) for key in keys) for name in WITH_READINGS)
    assert "readings; missing ones count for nothing" in texts(app)


def test_the_error_is_forecast_less_read_and_a_gap_where_nothing_was_read(explorer):
    lines = drawn(explorer("synthetic-city", "forecasts"), "f-day")
    np.testing.assert_allclose(lines["error"], lines["forecast"] - lines["read"], atol=0.02)
    assert np.isnan(lines["read"]).any()
    assert np.isfinite(lines["forecast"]).all()


def test_selected_sensors_have_a_curve_of_their_own(explorer):
    app = explorer("synthetic-city", "forecasts", selection=["S001", "S004"])
    assert "selected sensors" in drawn(app, "f-horizons")


def test_forecasts_of_the_test_split_are_made_when_asked_for(explorer):
    app = explorer("synthetic-city", "forecasts", over="the test split", moments="32")
    assert "f-horizons" not in charts(app)
    app = next(button for button in app.button if button.label == "Forecast").click().run()
    assert not app.exception
    assert len(drawn(app, "f-horizons")["all sensors"]) == 12
    assert "Over 32 moments" in texts(app)


def test_with_a_track_alone_forecasts_are_drawn_and_no_error(explorer):
    app = explorer("metr-la", "forecasts")
    assert not app.exception
    assert set(charts(app)) == {"f-moment", "f-day"}
    assert list(drawn(app, "f-day")) == ["forecast"]
    assert "With the readings, errors" in texts(app)


@pytest.mark.parametrize(
    "checkpoint", ["bare", "dateless", "without-E_st", "without-E_s", "misfit"]
)
def test_less_than_that_is_no_trace(explorer, checkpoint):
    app = explorer(checkpoint, "forecasts")
    assert not app.exception
