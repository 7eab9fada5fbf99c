"""The tour: nine steps on any checkpoint, answers that follow the open model, and the link."""

import re

import pytest

from app.pages import EVERY
from tests.app.conftest import texts
from tests.app.drawn import charts, curves

pytestmark = pytest.mark.slow

STEPS = range(1, 10)


def press(app, label):
    return next(button for button in app.button if button.label == label).click().run()


def answer(app):
    app = press(app, "Show the answer")
    assert not app.exception
    (told,) = [info.value for info in app.info]
    return told


@pytest.mark.parametrize("step", STEPS)
def test_each_step_asks_draws_and_answers(explorer, step):
    app = explorer("synthetic-city", "tour", step=str(step))
    assert not app.exception
    assert not app.error
    assert app.title[0].value.endswith("?")
    assert charts(app)
    assert len(app.radio[0].options) >= 2
    assert not app.info
    assert any(sign.isdigit() for sign in answer(app))


def test_next_and_back_walk_through_all_steps_and_the_link_follows(explorer):
    app = explorer("city", "tour")
    titles = [app.title[0].value]
    for step in STEPS[1:]:
        app = press(app, "Next")
        titles.append(app.title[0].value)
        assert "".join(app.query_params["step"]) == str(step)
    assert len(set(titles)) == len(STEPS)
    assert next(button for button in app.button if button.label == "Next").disabled
    assert press(app, "Back").title[0].value == titles[-2]


def test_answers_follow_the_model_that_is_open(explorer):
    told = [answer(explorer(name, "tour", step="5")) for name in ("metr-la", "synthetic-city")]
    assert told[0] != told[1]


def test_the_answer_about_days_is_that_of_both_kinds_of_untrained_models(explorer):
    told = [answer(explorer(name, "tour", step="3")) for name in ("metr-la", "synthetic-city")]
    assert "depends on the null" in told[0]
    assert "untrained models" in told[0]
    assert told[0] != told[1]


def test_without_readings_the_last_step_feeds_a_model_its_own_forecasts(explorer):
    app = explorer("metr-la", "tour", step="9")
    assert "fed its own forecasts" in texts(app)
    assert "forecast, fed to the model" in curves(charts(app)["tour-exchange"])


def test_without_readings_and_track_the_last_step_shows_the_bundled_city(explorer, monkeypatch):
    monkeypatch.setattr("app.tour.doubts.on_own_series", None)
    app = explorer("bare", "tour", step="9")
    assert "synthetic city" in texts(app)
    assert "tour-exchange" in charts(app)


@pytest.mark.parametrize("step", ["0", "10", "99", "-1", "x", "1e9"])
def test_a_step_that_is_not_there_opens_the_first_and_is_said(explorer, step):
    app = explorer("city", "tour", step=step)
    assert not app.exception
    assert app.title[0].value == explorer("city", "tour").title[0].value
    assert app.warning[0].value == f"Step: '{step}' was not found; showing '1' instead."
    assert not press(app, "Next").warning


@pytest.mark.parametrize("checkpoint", ["metr-la", "synthetic-city"])
@pytest.mark.parametrize("step", STEPS)
def test_a_vote_is_said_to_be_right_or_wrong_with_what_was_measured(explorer, checkpoint, step):
    app, right = explorer(checkpoint, "tour", step=str(step)), []
    for option in app.radio[0].options:
        app = app.radio[0].set_value(option).run()
        assert not app.exception
        (told,) = [box.value for box in (*app.success, *app.info)]
        assert any(sign.isdigit() for sign in told)
        if app.success:
            assert told.startswith("**That is right.**")
            right.append(option)
        else:
            assert told.startswith("**No: “")
    assert len(right) == 1


def test_the_right_option_is_named_to_who_asks_for_the_answer_without_a_vote(explorer):
    assert answer(explorer("city", "tour", step="2")).startswith("**“A short list of numbers")


def test_the_rush_hour_names_its_clusters_and_a_time_of_day(explorer):
    told = answer(explorer("metr-la", "tour", step="6"))
    assert re.search(r"between cluster \d+ and cluster \d+ is", told)
    assert re.search(r"lowest at \d\d:\d\d\.", told)


@pytest.mark.parametrize("step", [3, 4, 5])
def test_each_number_is_said_to_be_one_of_something(explorer, step):
    told = answer(explorer("metr-la", "tour", step=str(step)))
    assert "The value is" not in told
    assert re.search("silhouette|rank correlation|Rand index", told)


def test_presentation_mode_hides_the_sidebar_on_every_page_until_it_is_left(explorer):
    def is_hidden(app):
        return any('stSidebar"], ' in html.value for html in app.html)

    app = explorer("city", "tour")
    assert not is_hidden(app)
    app = app.button(key="tour-present").click().run()
    assert is_hidden(app)
    assert "".join(app.query_params["present"]) == "true"
    app = press(app, "Next")
    assert is_hidden(app)
    app = app.button(key="leave-presenting").click().run()
    assert not is_hidden(app)
    assert "present" not in app.query_params
    assert is_hidden(explorer("city", "temporal", present="true"))
    assert not is_hidden(explorer("city", "temporal", present="maybe"))


@pytest.mark.parametrize("checkpoint", ["bare", "without-E_t", "without-E_s", "without-E_st"])
def test_a_step_that_a_model_has_not_says_so_and_can_be_passed(explorer, checkpoint):
    app, failed = explorer(checkpoint, "tour"), 0
    for _ in STEPS[1:]:
        assert not app.exception
        failed += bool(app.error)
        app = press(app, "Next")
    assert 0 < failed < len(STEPS)


def test_every_step_leads_to_a_page(explorer):
    known = {page.file for page in EVERY}
    for step in STEPS:
        (link,) = explorer("city", "tour", step=str(step)).get("page_link")
        assert link.proto.page in known
