"""Every page on a model of another architecture, without pools, moments and forecasts."""

import pytest

from app.pages import EVERY
from app.session import opened
from himnet.checkpoints import load_arrays
from himnet.data.synthetic import synthetic_city
from tests.analysis.embeddings_only import with_tables
from tests.app import made_up
from tests.app.conftest import texts

DATA = {"without": None, "with": synthetic_city(num_nodes=made_up.SENSORS, days=made_up.DAYS).info}
NO_MOMENTS = "This model has no embedding of moments."
NO_FORECASTS = "Tables models cannot forecast; open another checkpoint."
NO_READINGS = "This step needs readings or a track, and neither is available."
NO_GRAPH = "Tables models learn no graph."
# what a page reports, without and with the data set
REPORTS = {
    "graph": ([NO_GRAPH], [NO_GRAPH]),
    "tour": ([NO_READINGS], []),
    "st_mixed": ([NO_MOMENTS], [NO_MOMENTS]),
    "forecasts": ([], [NO_FORECASTS]),
    "what_if": ([], [NO_FORECASTS]),
    "why": ([], [NO_FORECASTS]),
}


@pytest.fixture(params=sorted(DATA, reverse=True))
def tabled(request, explorer, tmp_path, monkeypatch):
    """Open the app on a checkpoint of tables, without or with its data set."""
    folder = tmp_path / "others"
    for name in ("tables", "others"):
        made_up.save(folder, name, info=DATA[request.param])
    monkeypatch.setattr(opened, "load_arrays", lambda path: with_tables(load_arrays(path)))

    def open_page(page, **query):
        monkeypatch.setenv("HIMNET_CHECKPOINTS", str(folder))
        return explorer("tables", page, **query)

    open_page.has_data = request.param == "with"
    return open_page


@pytest.mark.parametrize("page", [page.file for page in EVERY])
def test_a_page_shows_what_there_is_and_says_what_is_not(tabled, page):
    app = tabled(page)
    assert not app.exception
    reports = REPORTS.get(page, ([], []))[tabled.has_data]
    assert sorted({error.value for error in app.error}) == reports


@pytest.mark.parametrize("other", ["others", "untrained"])
def test_it_is_compared_with_another_and_with_its_untrained_self(tabled, other):
    app = tabled("compare", compare=other)
    assert not app.error
    assert other in texts(app) or app.selectbox(key="compare").value == other


def test_readings_are_shown_without_an_embedding_of_moments(tabled):
    shown = texts(tabled("st_mixed"))
    assert ("How does their" in shown) == tabled.has_data
    assert "How similar are their parameters" not in shown
