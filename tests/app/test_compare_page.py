"""The Compare page: snapshots, an untrained model, other checkpoints and other cities."""

import numpy as np
import pytest

from tests.app.conftest import texts
from tests.app.drawn import charts, heatmaps, numbers

pytestmark = pytest.mark.slow

LABELS = ("CKA of sensors", "RSA of sensors", "CKA of hours", "RSA of hours")


def with_(app, name):
    """Choose the model to compare with by its name."""
    box = app.selectbox(key="with")
    return box.select_index(box.options.index(name)).run()


def told(app):
    return {metric.label: metric.value for metric in app.metric}


def test_a_model_beside_a_copy_of_itself_agrees_in_everything(explorer):
    app = with_(explorer("city", "compare"), "without-E_t")
    assert not app.exception
    assert told(app)["Clusters: ARI"] == "1.00"  # made up with the same seed
    assert told(app)["CKA of sensors"] == told(app)["RSA of sensors"] == "1.00"
    assert "CKA of hours" not in told(app)
    (cells,) = heatmaps(charts(app)["c-difference"])
    assert np.nanmax(np.abs(cells)) < 1e-6


@pytest.mark.slow
def test_the_trained_model_beside_its_snapshots_and_an_untrained_one(explorer):
    app = explorer("metr-la", "compare")
    options = app.selectbox(key="with").options
    assert options[:5] == ["step 30000", "step 8000", "step 2000", "step 0", "untrained"]
    near = float(told(app)["CKA of sensors"])
    app = with_(app, "untrained")
    assert not app.exception
    assert float(told(app)["CKA of sensors"]) < near
    assert set(told(app)) >= set(LABELS)
    film = charts(app)["c-film"]
    assert len(film["frames"]) == 5


def test_sensors_keep_their_order_in_both_layouts(explorer):
    app = with_(explorer("city", "compare"), "untrained")
    first, second = (
        trace
        for trace in charts(app)["c-layouts"]["data"]
        if trace["mode"] == "markers" and trace.get("customdata")
    )
    assert [row[0] for row in first["customdata"]] == [row[0] for row in second["customdata"]]
    assert len(numbers(first["x"])) == len(numbers(second["x"]))


def test_another_city_has_no_common_sensor_and_its_hours_are_still_compared(explorer):
    app = with_(explorer("city", "compare"), "metr-la")
    assert not app.exception
    assert any("in common" in error.value for error in app.error)
    assert set(told(app)) == {"CKA of hours", "RSA of hours"}


@pytest.mark.parametrize("checkpoint", ["bare", "without-E_s", "layered"])
def test_what_a_model_lacks_is_said(explorer, checkpoint):
    app = with_(explorer(checkpoint, "compare"), "untrained")
    assert not app.exception
    assert bool(app.error) == (checkpoint == "without-E_s")
    assert "There are no snapshots" in texts(app) or checkpoint == "without-E_s"
