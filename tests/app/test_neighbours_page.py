"""The Neighbours page: nearest sensors, two lists of pairs, and hours."""

import numpy as np
import pytest

from analysis.geometry.spaces import spatial_coordinates
from analysis.patterns.neighbours import nearest_sensors
from analysis.patterns.relations import relations
from analysis.readings.series import series_correlations
from himnet import load_arrays
from tests.app import made_up
from tests.app.conftest import texts
from tests.app.drawn import charts, heatmaps

pytestmark = pytest.mark.slow


def tables(app):
    return [frame.value for frame in app.dataframe]


def test_it_lists_what_the_analysis_finds(explorer):
    app = explorer("metr-la", "neighbours", sensor="717446", neighbours="5")
    assert not app.exception
    arrays = load_arrays("metr-la")
    points = spatial_coordinates(arrays.model)
    sensors = arrays.dataset.sensors
    place = sensors.ids.index("717446")
    nearest = nearest_sensors(relations(points, sensors, centred=True), place, count=5)
    shown = tables(app)[0]
    assert shown["sensor"].tolist() == [sensors.ids[one.sensor] for one in nearest]
    assert shown["cosine"].is_monotonic_decreasing
    far, close = tables(app)[1:3]
    assert (far["metres"] > 5000).all()
    assert (close["metres"] <= 500).all()
    assert far["cosine"].min() > close["cosine"].max()


def test_the_nearest_are_selected_on_all_pages_by_a_button(explorer):
    app = explorer("city", "neighbours", sensor="S003", neighbours="2")
    names = ["S003", *tables(app)[0]["sensor"]]
    button = next(one for one in app.button if one.label == "Select these sensors on all pages")
    app = button.click().run()
    assert sorted(app.session_state["selection"]) == sorted(names)


@pytest.mark.parametrize(
    ("scope", "rows"), [("all hours of the week", 7), ("times of day alone", 1)]
)
def test_an_hour_is_most_like_itself(explorer, scope, rows):
    query = {"hour-day": "2", "hour": "9", "hour-scope": scope}
    (cells,) = heatmaps(charts(explorer("city", "neighbours", **query))["n-hours"])
    assert cells.shape == (rows, 24)
    assert cells[2 if rows == 7 else 0, 9] == pytest.approx(1) == cells.max()


@pytest.mark.parametrize(
    "checkpoint", ["bare", "dateless", "without-E_s", "without-E_t", "layered"]
)
def test_what_a_model_lacks_is_said(explorer, checkpoint):
    app = explorer(checkpoint, "neighbours")
    assert not app.exception
    assert bool(app.error) == checkpoint.startswith("without")
    if checkpoint == "bare":
        assert "sensors are not known" in texts(app)


def test_correlations_take_common_steps_and_tell_when_there_are_too_few():
    rng = np.random.default_rng(0)
    values = rng.normal(size=(50, 4))
    values[:, 1] = 2 * values[:, 0] + 1
    values[10:20, 1] = np.nan
    values[:, 2] = 5.0
    values[2:, 3] = np.nan
    same, constant, short = series_correlations(values, 0, [1, 2, 3])
    assert same == pytest.approx(1)
    assert np.isnan([constant, short]).all()


def test_how_many_neighbours_share_the_road_is_said_beside_what_random_sensors_have(explorer):
    app = explorer("city", "neighbours", sensor="S003", neighbours="4")
    sensors = made_up.city_info().sensors
    own = sensors.road_names[sensors.ids.index("S003")]
    expected = 4 * (sensors.road_names.count(own) - 1) / (len(sensors) - 1)
    assert f"4 random sensors would have {expected:.1f} there on average" in texts(app)
