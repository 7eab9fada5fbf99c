"""What a visitor has chosen is changed by a choice alone, and what is not there is told."""

import shutil

import pytest
from streamlit.testing.v1 import AppTest

from tests.app.conftest import find, go
from tests.app.drawn import charts


def warned(app):
    return [warning.value for warning in app.warning]


def strip(app, **query):
    """Let the browser send another query than the app has written, or none."""
    app.query_params.clear()
    app.query_params.update(query)
    return app


def small():
    """An app of two choices and buttons that choose for the visitor."""
    import streamlit as st

    from app.choices.chosen import begin, choose, enter, missing
    from app.choices.links import named_one, whole_number

    begin()
    enter(st.session_state.get("at", "one"))
    for letter in "bc":
        st.button(f"Choose {letter}", on_click=choose, args=("checkpoint", [letter]), key=letter)
    options = st.session_state.get("options", ["a", "b", "c"])
    st.text(named_one("Letter", options, key="checkpoint"))
    st.text(whole_number("Count", key="count", min_value=0, max_value=9, value=4))
    for told in missing():
        st.warning(told)


@pytest.fixture
def app():
    return AppTest.from_function(small).run()


def asked(app, name):
    """Return what the link says under a name; streamlit's tests hold a single text as it is."""
    found = app.query_params.get(name, [])
    return [found] if isinstance(found, str) else list(found)


def shown(app):
    return [text.value for text in app.text]


def test_a_visit_begins_with_what_its_link_asks_for():
    app = AppTest.from_function(small)
    app.query_params["checkpoint"] = "c"
    app.query_params["count"] = "7"
    assert shown(app.run()) == ["c", "7"]
    assert not app.warning


@pytest.mark.parametrize("query", [{}, {"checkpoint": "a"}, {"checkpoint": "", "count": "0"}])
def test_a_link_that_comes_late_or_was_stripped_changes_nothing(app, query):
    app.selectbox(key="checkpoint").set_value("c").run()
    app.number_input(key="count").set_value(7).run()
    assert shown(strip(app, **query).run()) == ["c", "7"]
    assert (asked(app, "checkpoint"), asked(app, "count")) == (["c"], ["7"])


def test_a_choice_of_what_is_usual_is_not_in_the_link_and_holds(app):
    app.selectbox(key="checkpoint").set_value("c").run()
    app.selectbox(key="checkpoint").set_value("a").run()
    assert "checkpoint" not in app.query_params
    app.session_state["options"] = ["b", "a"]
    assert shown(app.run())[0] == "a"


def test_a_setting_of_a_page_is_there_again_on_return_and_not_on_another(app):
    app.number_input(key="count").set_value(7).run()
    app.session_state["at"] = "two"
    assert shown(app.run()) == ["a", "4"]
    assert "count" not in app.query_params
    app.session_state["at"] = "one"
    assert shown(app.run()) == ["a", "7"]
    assert asked(app, "count") == ["7"]


def test_what_a_browser_had_not_heard_of_when_the_page_changed_is_no_choice(app):
    app.selectbox(key="checkpoint").set_value("c").run()
    app.button(key="b").click().run()
    assert shown(app)[0] == "b"
    app.session_state["at"] = "two"
    app.selectbox(key="checkpoint").set_value("c")
    assert shown(app.run())[0] == "b"


@pytest.mark.parametrize("late", ["a", "b"])
def test_what_a_browser_had_not_heard_of_when_the_program_chose_again_is_no_choice(app, late):
    """As a day's player does while it is stepped: each step is told before the last is answered."""
    app.button(key="b").click().run()
    app.selectbox(key="checkpoint").set_value("a")  # what the browser still shows
    app.button(key="c").click().run()
    assert shown(app)[0] == "c"
    app.selectbox(key="checkpoint").set_value(late)
    app.button(key="b").click().run()
    assert shown(app)[0] == "b"
    assert shown(app.selectbox(key="checkpoint").set_value("a").run())[0] == "a"


def test_a_visitor_can_go_back_to_what_the_program_had_replaced(app):
    app.selectbox(key="checkpoint").set_value("c").run()
    app.button(key="b").click().run()
    assert shown(app.selectbox(key="checkpoint").set_value("c").run())[0] == "c"
    app.session_state["at"] = "two"
    assert shown(app.run())[0] == "c"


def test_a_choice_that_disappears_is_told_until_there_is_another_and_holds_again(app):
    app.selectbox(key="checkpoint").set_value("c").run()
    app.session_state["options"] = ["a", "b"]
    for _ in range(2):
        assert shown(app.run())[0] == "a"
        (told,) = warned(app)
        assert "'c' was not found; showing 'a' instead" in told
        assert asked(app, "checkpoint") == ["c"]
    app.session_state["options"] = ["a", "b", "c"]
    assert shown(app.run())[0] == "c"
    assert not app.warning
    app.session_state["options"] = ["a", "b"]
    app.run().selectbox(key="checkpoint").set_value("b").run()
    assert not app.warning


@pytest.mark.parametrize("text", ["99", "-1", "x", "1e999", "nan", "4.5", "9" * 400])
def test_a_number_that_cannot_be_is_told_and_the_usual_one_shown(text):
    app = AppTest.from_function(small)
    app.query_params["count"] = text
    assert shown(app.run()) == ["a", "4"]
    (told,) = warned(app)
    assert told.startswith("Count: ")
    assert not app.exception


@pytest.mark.parametrize("page", ["temporal", "overview"])
def test_no_page_change_with_a_stripped_link_changes_the_model(explorer, page):
    app = explorer("city", "spatial", clusters="5", selection=["S001", "S004"])
    for name in (page, "compare", "spatial"):
        app = go(strip(app), name)
        assert app.selectbox(key="checkpoint").value == "city"
        assert asked(app, "checkpoint") == ["city"]
        assert app.query_params["selection"] == ["S001", "S004"]
        assert asked(app, "clusters") == ["5"]
    assert app.slider(key="clusters").value == 5
    assert not app.warning


def test_a_checkpoint_that_is_not_here_is_told_on_every_page(explorer):
    app = explorer("lost", "temporal")
    for page in ("temporal", "overview", "figures"):
        app = go(app, page)
        assert any(
            "'lost' was not found; showing 'metr-la' instead" in told for told in warned(app)
        )
    app.selectbox(key="checkpoint").set_value("synthetic-city").run()
    assert not app.warning


def test_a_folder_that_is_deleted_during_a_visit_is_told(
    explorer, checkpoints, tmp_path, monkeypatch
):
    folder = tmp_path / "mine"
    shutil.copytree(checkpoints / "city", folder / "mine")
    monkeypatch.setenv("HIMNET_CHECKPOINTS", str(folder))
    app = explorer("mine", "temporal")
    assert not app.warning
    kept = tmp_path / "kept"
    shutil.move(folder / "mine", kept)
    assert any("'mine' was not found" in told for told in warned(app.run()))
    assert app.selectbox(key="checkpoint").value == "metr-la"
    shutil.move(kept, folder / "mine")
    assert not warned(app.run())
    assert app.selectbox(key="checkpoint").value == "mine"


def test_sensors_and_settings_that_a_checkpoint_has_not_are_told_and_kept(explorer):
    app = explorer("city", "neighbours", sensor="S003", selection=["S001", "S002"], hour="30")
    assert any("Hour: '30' was not found; showing '8' instead" in told for told in warned(app))
    app.selectbox(key="checkpoint").set_value("bare").run()
    told = " ".join(warned(app))
    assert "Sensor: 'S003' was not found" in told
    assert "Selected sensors: 'S001', 'S002' were not found" in told
    app.selectbox(key="checkpoint").set_value("city").run()
    assert app.selectbox(key="sensor").value == "S003"
    assert app.query_params["selection"] == ["S001", "S002"]


def test_selected_sensors_that_a_checkpoint_has_not_can_be_dismissed_on_any_page(explorer):
    app = explorer("city", "temporal", selection=["S001", "nobody"])
    (told,) = warned(app)
    assert "'nobody' was not found; showing 'S001' instead" in told
    app.button(key="missing-dismiss").click().run()
    for page in ("overview", "explore"):
        assert not warned(go(app, page))
        assert app.session_state["selection"] == ("S001",)


def test_switching_the_checkpoint_on_spatial_ends_in_no_error(explorer):
    app = explorer("synthetic-city", "spatial")
    for name in ("metr-la", "dateless", "synthetic-city", "city"):
        app.selectbox(key="checkpoint").set_value(name).run()
        assert not app.exception
        assert not app.error
        assert app.selectbox(key="checkpoint").value == name
        assert "sensors" in charts(app)


def test_two_pages_with_a_setting_of_one_name_do_not_mix(explorer):
    app = explorer("city", "st_mixed", measure="raw")
    app = go(app, "forecasts")
    assert not [told for told in warned(app) if "raw" in told]
    assert go(app, "st_mixed").segmented_control(key="measure").value == "raw"


def test_a_link_holds_a_selection_of_any_size_on_every_page(explorer):
    app = explorer("metr-la", "explore")
    app = find(app, "101, 405, sr-2")
    app.button(key="selection-invert").click().run()
    chosen, (link,) = app.session_state["selection"], asked(app, "selection")
    assert len(chosen) > 80
    assert len(link) < 60
    for page in ("spatial", "overview"):
        assert explorer("metr-la", page, selection=link).session_state["selection"] == chosen


@pytest.mark.parametrize("text", ["set1.", "set1.AAAAAAAA.bAAAA", "set1." + "A" * 10_000])
def test_a_damaged_selection_in_the_link_selects_nothing_and_is_told_in_a_sentence(explorer, text):
    app = explorer("city", "explore", selection=text)
    (told,) = warned(app)
    assert told.startswith("The selection in the link is damaged or belongs to other sensors")
    assert "S001" not in told
    assert not app.exception
    assert "None of 24 sensors is selected" in "".join(one.value for one in app.markdown)
    app = find(app, "S001")
    assert app.session_state["selection"] == ("S001",)
    assert not warned(app)


def test_a_choice_that_is_not_there_can_be_dismissed(explorer):
    app = explorer("nowhere", "spatial", clusters="999")
    assert len(app.warning) == 1
    assert "'nowhere' was not found; showing 'metr-la' instead" in app.warning[0].value
    assert app.warning[0].value.count("was not found") == 2
    app.button(key="missing-dismiss").click().run()
    assert not app.warning
    assert app.selectbox(key="checkpoint").value == "metr-la"
    assert "clusters" not in app.query_params


def test_a_link_with_the_old_name_of_an_option_opens_the_same(explorer):
    app = explorer("city", "st_mixed", measure="as they are")
    assert not warned(app)
    assert app.segmented_control(key="measure").value == "raw"
