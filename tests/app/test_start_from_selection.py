"""Pages about some sensors start from the selected ones, and keep what they were started with."""

import pytest

from tests.app.conftest import find, go

pytestmark = pytest.mark.slow

CHOSEN = ["S004", "S010", "S021"]


@pytest.mark.parametrize("page", ["forecasts", "what_if", "why", "neighbours"])
def test_a_page_about_one_sensor_starts_with_the_first_selected_one(explorer, page):
    checkpoint = "synthetic-city" if page == "what_if" else "city"
    app = explorer(checkpoint, page)
    ids = list(app.selectbox(key="sensor").options)
    wanted = [ids[5], ids[9]]
    app = explorer(checkpoint, page, selection=[name.split()[0] for name in wanted])
    assert app.selectbox(key="sensor").value == wanted[0].split()[0]
    if page == "what_if":  # and the second one lends its parameters
        assert app.selectbox(key="giver").value == wanted[1].split()[0]


def test_st_mixed_starts_with_the_selected_sensors_and_without_any_with_clusters(explorer):
    app = explorer("city", "st_mixed", selection=CHOSEN)
    assert app.segmented_control(key="compare").value == "any sensors"
    assert app.multiselect(key="sensors").value == CHOSEN
    assert explorer("city", "st_mixed").segmented_control(key="compare").value == "two clusters"


def test_a_selection_made_on_st_mixed_does_not_change_what_it_compares(explorer):
    app = find(explorer("city", "st_mixed"), "S004, S010")
    assert app.segmented_control(key="compare").value == "two clusters"
    assert "".join(app.query_params["compare"]) == "two clusters"  # as its link shows
    app = go(go(app, "temporal"), "st_mixed")
    assert app.segmented_control(key="compare").value == "two clusters"


def test_an_explicit_choice_stands(explorer):
    app = explorer("city", "st_mixed", selection=CHOSEN, compare="two clusters")
    assert app.segmented_control(key="compare").value == "two clusters"
