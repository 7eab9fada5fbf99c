"""Errors of an evaluation that had nothing to measure, or of huge size, where pages show errors."""

import pytest

from tests.app import made_up
from tests.app.conftest import texts

PAGES = ("overview", "compare", "forecasts")
VALUES = {"nothing": None, "perfect": 0.0, "huge": 1e100}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured")
    for name, value in VALUES.items():
        errors = dict.fromkeys(("mae", "rmse", "mape"), value)
        metrics = {"test": {"windows": 0, "all": errors, "3": errors, "12": {}}}
        made_up.add_track(made_up.save(folder, f"{name}.safetensors", metrics=metrics))
    return folder


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", VALUES)
def test_the_page_opens(explorer, name, page):
    app = explorer(name, page)
    assert not app.exception
    assert not app.error


@pytest.mark.parametrize(
    ("name", "told", "cell"),
    [
        ("nothing", "not measured", "<td>–</td>"),
        ("perfect", "0.00 mph", "<td>0.00<small>0.00 / 0.0</small></td>"),
        ("huge", "1e+100 mph", "<td>1e+100<small>1e+100 / 1e+100</small></td>"),
    ],
)
def test_the_overview_tells_it(explorer, name, told, cell):
    app = explorer(name, "overview")
    (found,) = [metric.value for metric in app.metric if metric.label == "Test error (MAE)"]
    assert found == told
    (table,) = [html.value for html in app.html if 'class="accuracy"' in html.value]
    assert cell in table
    assert "Traceback" not in texts(app)
