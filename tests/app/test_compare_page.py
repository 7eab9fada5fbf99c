"""The Compare page: snapshots, an untrained model, other checkpoints and other cities."""

import shutil

import numpy as np
import pytest

from analysis.claims.stored import stored_claims
from analysis.claims.words import numbers
from himnet.checkpoints import load_arrays
from himnet.checkpoints.locate import snapshot_file
from himnet.forecasting.snapshot_metrics import save_snapshot_metrics
from himnet.texts import html, markdown
from tests.app import made_up
from tests.app.conftest import texts
from tests.app.drawn import charts, heatmaps
from tests.app.drawn import numbers as array

pytestmark = pytest.mark.slow

LABELS = ("CKA of sensors", "RSA of sensors", "CKA of hours", "RSA of hours")


def with_(app, name):
    """Choose the model to compare with by its name."""
    box = app.selectbox(key="with")
    return box.select_index(box.options.index(name)).run()


def pieces(app):
    """Return the HTML that a page draws."""
    return [element.proto.body for element in app.get("html")]


def told(app):
    return {metric.label: metric.value for metric in app.metric}


def test_a_model_beside_a_copy_of_itself_agrees_in_everything(explorer):
    app = with_(explorer("city", "compare"), "without-E_t")
    assert not app.exception
    assert told(app)["Agreement of the clusters (ARI)"] == "1.00"  # made up with the same seed
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
    assert len(array(first["x"])) == len(array(second["x"]))


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


def test_who_forecasts_better_is_the_first_thing_that_it_says(explorer):
    app = explorer("metr-la", "compare")
    said = texts(app)
    assert "**metr-la** forecasts better" in said
    assert "is 2.93, that of **step 30000** 3.03" in said
    first = next(one.value for one in app.markdown if "forecasts" in one.value)
    assert "forecasts better" in first
    asked = [one.value for one in app.subheader]
    film, pairs = asked.index("How did the structure emerge?"), "Which pairs of sensors changed?"
    assert asked[0] == "Do both models group the sensors in the same way?"
    assert film < asked.index(pairs)
    (table,) = [html for html in pieces(app) if "MAE in mph" in html]
    assert "+0.11" in table
    splits = [row for row in app.dataframe[0].value["split"]]
    assert splits == ["test"] * 12 + ["val"] * 12


def test_where_errors_are_missing_it_says_which_command_measures_them(explorer):
    app = with_(explorer("city", "compare"), "without-E_t")
    said = texts(app)
    assert f"have not been measured for **{markdown('without-E_t')}**" in said
    assert "python -m himnet evaluate without-E_t --save" in said
    assert "himnet evaluate city" not in said
    app = with_(app, "untrained")
    assert "himnet evaluate" not in texts(app)


def test_the_verdicts_of_both_models_stand_side_by_side(explorer):
    app = with_(explorer("metr-la", "compare"), "synthetic-city")
    (table,) = [text for text in texts(app).split("\n") if "claim of the paper" in text]
    for name in ("metr-la", "synthetic-city"):
        stored = stored_claims(load_arrays(name))
        for result in stored.results:
            assert result.verdict in table
            assert html(numbers(result)) in table
    assert table.count("<tr>") == 11
    app = with_(app, "step 0")
    (table,) = [text for text in texts(app).split("\n") if "claim of the paper" in text]
    assert "–</td>" not in table  # a snapshot has no column
    assert "step 0: no claims; snapshots" in texts(app)


def test_a_snapshot_has_what_was_measured_beside_its_model(explorer, checkpoints):
    model = checkpoints / "city" / "model.safetensors"
    snapshot = snapshot_file(model.parent, 40)
    made_up.save(snapshot.parent, snapshot.name)
    trained, found = load_arrays(model), {"windows": 5, "all": {"mae": 1.5}}
    said = {"data": "", "command": "evaluate"}
    path = save_snapshot_metrics(
        trained, "test", {40: (load_arrays(snapshot).sha256, found)}, **said
    )
    app = with_(explorer("city", "compare"), "step 40")
    path.unlink()
    shutil.rmtree(snapshot.parent)
    assert not app.exception
    assert "**step 40** forecasts better" in texts(app)
    assert "test split is 1.50, that of **city** 3.10" in texts(app)
    caption = charts(app)["c-film"]["frames"][0]["layout"]["annotations"][0]["text"]
    assert "test MAE 1.50" in caption
