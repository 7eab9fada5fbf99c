"""What the player is given: the same numbers as the charts below it, in few bytes."""

import base64
import json

import numpy as np
import pytest

from analysis.figures.playback import NOTHING
from app.choices.groups import MOST_SENSORS
from tests.app.conftest import texts
from tests.app.drawn import charts, curves, heatmaps

pytestmark = pytest.mark.slow
MOST_BYTES = 3_000_000


def player(app):
    """Return the one element that plays a day: the page's address is another."""
    (element,) = (one for one in app.get("bidi_component") if '"clock"' in one.proto.json)
    return element


def given(app):
    return json.loads(player(app).proto.json)


def unpacked(layer, *shape):
    """Return the values (M, ...) of a layer, NaN where none is known."""
    cells = np.frombuffer(base64.b64decode(layer["bytes"]), np.uint8).astype(float)
    cells[cells == NOTHING] = np.nan
    return (layer["low"] + cells / 254 * (layer["high"] - layer["low"])).reshape(-1, *shape)


@pytest.mark.parametrize("scale", ["sign", "spread"])
def test_the_chosen_frame_is_the_heatmap_at_the_chosen_time(explorer, scale):
    app = explorer("city", "st_mixed", time="17:30")
    app.segmented_control(key="st-scale").set_value(scale).run()
    data, below = given(app), heatmaps(charts(app)["st-cosines"])[3]
    size = data["heat"]["size"]
    frame = unpacked(data["heat"], size, size)[data["moment"]]
    assert data["clock"][data["moment"]] == "17:30"
    others = ~np.eye(size, dtype=bool)
    np.testing.assert_allclose(frame[others], below[others], atol=5e-3)


def test_curves_and_series_are_those_of_the_charts_below(explorer):
    app = explorer("city", "st_mixed")
    data, below = given(app), charts(app)
    drawn = curves(below["st-curves"]) | curves(below["speeds"])
    for line in (*data["curves"], *data["series"]):
        np.testing.assert_allclose(np.array(line["values"], float), drawn[line["name"]], atol=0.06)
    for axis, lines in (("curvesAxis", "curves"), ("seriesAxis", "series")):
        ends = np.array([line["values"] for line in data[lines]], float)
        assert data[axis]["low"] <= np.nanmin(ends) <= np.nanmax(ends) <= data[axis]["high"]


def test_raw_cosines_have_an_axis_on_which_they_differ(explorer):
    data = given(explorer("city", "st_mixed", measure="raw"))
    lowest = min(value for line in data["curves"] for value in line["low"])
    assert lowest > 0
    assert data["curvesAxis"]["low"] >= 0


def test_the_map_is_coloured_by_likeness_to_the_sensor_of_the_link(explorer):
    app = explorer("city", "st_mixed", like="3")
    data = given(app)
    likeness, readings = data["layers"]
    assert data["places"]["chosen"] == 3
    assert likeness["name"] == f"cosine to {data['places']['ids'][3]}"
    found = unpacked(likeness, len(data["places"]["x"]))
    np.testing.assert_allclose(found[:, 3], 1, atol=5e-3)
    assert len(unpacked(readings, len(data["places"]["x"]))) == len(data["clock"])


def test_without_st_mixed_parameters_the_readings_play_alone(explorer):
    app = explorer("without-E_st", "st_mixed")
    data = given(app)
    assert (data["heat"], data["curves"], len(data["layers"])) == (None, [], 1)
    assert data["places"]["chosen"] == -1
    assert data["series"]


def test_a_city_without_places_has_no_map(explorer):
    data = given(explorer("dateless", "st_mixed"))
    assert data["places"] is None
    assert data["heat"]


def test_a_day_of_metr_la_is_small_with_the_most_sensors_too(explorer):
    app = explorer("metr-la", "st_mixed", each=str(MOST_SENSORS // 2))
    assert "Traceback" not in texts(app)
    assert player(app).proto.ByteSize() < MOST_BYTES


@pytest.mark.usefixtures("metrla")
def test_missing_readings_have_no_colour(explorer, data_dir, monkeypatch):
    monkeypatch.setenv("HIMNET_DATA_DIR", str(data_dir))
    app = explorer("metr-la", "st_mixed")
    data = given(app)
    values = unpacked(data["layers"][-1], len(data["places"]["x"]))
    assert 0 < np.isnan(values).sum() < values.size


def test_titles_say_that_speeds_are_forecasts_and_that_carriageways_are_apart(explorer):
    titles = given(explorer("city", "st_mixed"))["titles"]
    assert titles["series"] == "Mean forecast speed of each group (there are no readings)"
    assert titles["map"].endswith("(carriageways drawn apart)")
