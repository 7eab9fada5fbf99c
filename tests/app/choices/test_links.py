"""Links hold ids and numbers, and a choice that is gone takes no page with it."""

import pytest

from tests.app.drawn import charts

pytestmark = pytest.mark.slow


def test_the_link_holds_ids_not_names(explorer):
    app = explorer("city", "st_mixed", compare="any sensors")
    app.multiselect(key="sensors").set_value(["S003", "S007"]).run()
    assert app.query_params["sensors"] == ["S003", "S007"]
    again = explorer("city", "st_mixed", compare="any sensors", sensors=["S003", "S007"])
    assert again.multiselect(key="sensors").value == ["S003", "S007"]


def test_a_default_choice_is_not_in_the_link(explorer):
    app = explorer("city", "spatial")
    app.multiselect(key="focus").set_value([1]).run()
    assert list(app.query_params["focus"]) == ["1"]
    app.multiselect(key="focus").set_value([]).run()
    assert "focus" not in app.query_params


def test_clusters_looked_at_survive_other_clusters_and_another_checkpoint(explorer):
    app = explorer("city", "spatial", clusters="6", focus=["5"])
    for count in (3, 8):
        app.slider(key="clusters").set_value(count).run()
        assert not app.exception
    app.multiselect(key="focus").set_value([7]).run()
    for name in ("bare", "metr-la", "city"):
        app.selectbox(key="checkpoint").set_value(name).run()
        assert not app.exception
        assert "sensors" in charts(app)


def test_a_link_to_what_does_not_exist_falls_back_to_the_default(explorer):
    app = explorer("city", "st_mixed", **{"cluster-a": "99", "cluster-b": "x"})
    assert not app.exception
    plain = explorer("city", "st_mixed")
    for key in ("cluster-a", "cluster-b"):
        assert app.selectbox(key=key).value == plain.selectbox(key=key).value


def test_a_link_to_an_unknown_checkpoint_says_so(explorer):
    app = explorer("nowhere-at-all", "temporal")
    assert any("nowhere-at-all" in warning.value for warning in app.warning)
    assert not explorer("city", "temporal").warning
