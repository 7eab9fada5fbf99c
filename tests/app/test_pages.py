"""Every page opens on every kind of checkpoint, shows what it can, and says what is missing."""

import importlib
import re
import shlex

import pytest

from app.pages import EVERY
from himnet.cli import COMMANDS, LINE
from tests.app.conftest import go, texts
from tests.app.drawn import charts

TITLES = {
    "overview": "What is this model?",
    "temporal": "At which times does the model behave similarly?",
    "spatial": "Which sensors are similar?",
    "st_mixed": "How does similarity change over a day?",
}
ABLATIONS = ("E_t", "E_s", "E_st", "TMP", "SMP", "STMP")
WITHOUT = tuple(f"without-{part}" for part in ABLATIONS)
WITH_TRACK = ("city", "dateless", "metr-la", "without-E_s", "without-E_st")
PLACED = ("city", "metr-la", "layered", "misfit", *WITHOUT)  # whose sensors have coordinates
CHECKPOINTS = ("city", "dateless", "metr-la", "bare", "layered", "misfit", *WITHOUT)
PARTS = {"temporal": ("E_t", "TMP"), "spatial": ("E_s", "SMP"), "st_mixed": ("E_st", "STMP")}
TRACK = "python -m himnet track {} --days 7"
PLACES = "python -m himnet convert {0} checkpoints/{0}-placed --sensors sensors.csv"
MISSING = [  # checkpoint, page, and the commands that add what is missing
    ("bare", "overview", ["python -m himnet evaluate bare --split test --save"]),
    ("city", "overview", []),
    ("bare", "spatial", [PLACES.format("bare"), TRACK.format("bare")]),
    ("bare", "st_mixed", [TRACK.format("bare")]),
    ("dateless", "spatial", [PLACES.format("dateless")]),
    ("dateless", "st_mixed", [PLACES.format("dateless")]),
    ("layered", "spatial", [TRACK.format("layered")]),
    ("layered", "st_mixed", [TRACK.format("layered")]),
    ("misfit", "spatial", [TRACK.format("misfit")]),
    ("misfit", "st_mixed", [TRACK.format("misfit")]),
    ("metr-la", "spatial", ["python -m himnet download METRLA"]),
    ("city", "temporal", []),
]


def expected_charts(checkpoint, page):
    lost = any(checkpoint == f"without-{part}" for part in PARTS.get(page, ()))
    track = checkpoint in WITH_TRACK
    if page == "temporal":
        return set() if lost else {"hours", "hour-cosines", "hour-lags", "day-distances"}
    if page == "spatial":
        own = set() if lost else {"sensors", "sensor-cosines"}
        return own | ({"cluster-series"} if track else set())
    if page == "st_mixed" and track:
        return {"speeds"} if lost else {"speeds", "st-cosines", "st-curves"}
    return {"overview-map"} if page == "overview" and checkpoint in PLACED else set()


def every_page():
    """Return all pages of all checkpoints; those that an ablation leaves whole are slow ones."""
    for checkpoint in CHECKPOINTS:
        for page in TITLES:
            part = checkpoint.removeprefix("without-")
            whole = checkpoint in WITHOUT and part not in PARTS.get(page, ()) and page != "overview"
            yield pytest.param(checkpoint, page, marks=[pytest.mark.slow] if whole else [])


@pytest.mark.parametrize(("checkpoint", "page"), list(every_page()))
def test_every_page_opens_on_every_checkpoint_with_the_charts_that_can_be_there(
    explorer, checkpoint, page
):
    app = explorer(checkpoint, page)
    assert not app.exception
    assert app.selectbox(key="checkpoint").value == checkpoint
    assert [title.value for title in app.title] == [TITLES[page]]
    assert set(charts(app)) == expected_charts(checkpoint, page)


@pytest.mark.parametrize(("page", "part"), [(page, p) for page in PARTS for p in PARTS[page]])
def test_a_page_of_an_ablated_part_says_which_one_was_left_out(explorer, page, part):
    app = explorer(f"without-{part}", page)
    (told,) = [error.value for error in app.error]
    assert f"trained without {part}" in told
    assert told.endswith(".")


@pytest.mark.parametrize("page", ["spatial", "st_mixed"])
def test_a_track_of_another_model_is_refused_in_words(explorer, page):
    (told,) = [error.value for error in explorer("misfit", page).error]
    assert "track" in told


def test_a_model_without_clusters_compares_any_sensors(explorer):
    app = explorer("without-E_s", "st_mixed")
    assert app.segmented_control(key="compare").options == ["any sensors"]
    assert "This model has no clusters" in texts(app)


def test_a_model_without_st_mixed_parameters_still_shows_the_speeds_of_two_clusters(explorer):
    drawn = charts(explorer("without-E_st", "st_mixed"))
    names = {trace["name"] for trace in drawn["speeds"]["data"] if trace.get("showlegend", True)}
    assert len(names) == 2
    assert all(name.startswith("cluster ") for name in names)


@pytest.mark.parametrize("part", ABLATIONS)
def test_the_overview_names_the_ablation(explorer, part):
    facts = "".join(html.value for html in explorer(f"without-{part}").html)
    assert f"<td>ablation</td><td>{part}</td>" in facts


@pytest.mark.parametrize(("checkpoint", "page", "commands"), MISSING)
def test_what_is_missing_is_said_with_the_command_that_adds_it(
    explorer, checkpoint, page, commands
):
    app = explorer(checkpoint, page)
    said = [code.value for code in app.code]
    assert [text for text in said if text.startswith("python -m himnet")] == commands


@pytest.mark.parametrize("command", sorted({c for *_, commands in MISSING for c in commands}))
def test_commands_that_pages_name_exist_and_take_these_options(command):
    python, _, program, name, *arguments = shlex.split(command)
    assert (python, program) == ("python", "himnet")
    assert name in COMMANDS
    parsed = LINE.parser(name).parse_args([name, *arguments])
    assert parsed.command == name
    assert importlib.import_module(f"himnet.cli.{name}")


@pytest.mark.parametrize("checkpoint", ["city", "dateless"])
def test_forecasts_are_not_passed_off_as_readings(explorer, checkpoint):
    app = explorer(checkpoint, "spatial")
    assert "the model's forecasts, made 5 minutes ahead" in texts(app)
    assert charts(app)["cluster-series"]["layout"]["meta"]["are_readings"] is False
    assert "mean forecast" in " ".join(app.dataframe[0].value.columns)
    app = go(app, "st_mixed")
    assert "the model's forecasts, made 5 minutes ahead" in texts(app)
    assert charts(app)["speeds"]["layout"]["meta"]["are_readings"] is False


def test_a_model_without_coordinates_has_no_map_and_says_so(explorer):
    for page in ("spatial", "st_mixed"):
        app = explorer("dateless", page)
        assert not app.get("component_instance")
        assert "sensors are not known" in texts(app)


def test_a_model_without_dates_numbers_days_and_weeks(explorer):
    app = explorer("dateless", "spatial")
    assert app.selectbox(key="week").options == ["week 1"]
    app = go(app, "st_mixed")
    assert app.selectbox(key="day").options == ["day 0", "day 1", "day 2"]
    assert "dates unknown" in texts(go(app, "overview"))


def test_days_are_named_where_the_calendar_is_known(explorer):
    named = charts(explorer("city", "temporal"))["day-distances"]["data"][0]["x"]
    assert named == ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    unnamed = charts(explorer("bare", "temporal"))["day-distances"]["data"][0]["x"]
    assert len(set(unnamed)) == 7
    assert not set(unnamed) & set(named)


def test_the_weekend_is_compared_only_where_it_is_known(explorer):
    city, bare = explorer("city", "temporal"), explorer("bare", "temporal")
    assert "Weekend separation" in [metric.label for metric in city.metric]
    assert "Weekend separation" not in [metric.label for metric in bare.metric]
    assert "weekend days of this data set are not known" in texts(bare)


@pytest.mark.parametrize("checkpoint", ["metr-la", "synthetic-city"])
def test_the_weekend_stands_beside_days_on_a_line(explorer, checkpoint):
    told = texts(explorer(checkpoint, "temporal"))
    assert "on a line, in their order, have a value of **1.83**" in told


def test_a_layer_is_asked_for_only_where_there_are_several(explorer):
    layered = explorer("layered", "temporal")
    assert layered.selectbox(key="t-layer").options == ["all", "1", "2"]
    layered.selectbox(key="t-layer").set_value("2").run()
    assert "layer 2" in texts(layered)
    assert "t-layer" not in [box.key for box in explorer("city", "temporal").selectbox]


def test_the_overview_tells_size_and_accuracy(explorer):
    told = {metric.label: metric.value for metric in explorer("city").metric}
    assert told["Sensors"] == "24"
    assert told["Training steps"] == "1,200"
    assert told["Test error (MAE)"] == "3.10 mph"
    told = {metric.label: metric.value for metric in explorer("bare").metric}
    assert told["Training steps"] == "not known"
    assert told["Test error (MAE)"] == "not measured"
    told = {metric.label: metric.value for metric in explorer("metr-la").metric}
    assert (told["Sensors"], told["Parameters"]) == ("207", "1,250,937")


def test_published_results_stand_beside_metr_la_alone(explorer):
    metr_la = "".join(html.value for html in explorer("metr-la").html)
    city = "".join(html.value for html in explorer("city").html)
    assert "HimNet, as published" in metr_la
    assert "HimNet, as published" not in city
    assert "This checkpoint" in city


def test_the_overview_leads_to_the_other_pages(explorer):
    links = {link.page for link in explorer().page_link}
    assert links == {page.file for page in EVERY[1:]}


def test_the_diagram_is_drawn_and_greys_what_was_left_out(explorer):
    whole, without = explorer("layered"), explorer("without-E_s")
    (drawn,) = [text.value for text in whole.markdown if "<svg" in text.value]
    (ablated,) = [text.value for text in without.markdown if "<svg" in text.value]
    assert drawn.count("<svg") == drawn.count("</svg>") == 1
    assert drawn != ablated


def test_the_sidebar_tells_what_is_beside_the_checkpoint(explorer):
    there = "\n".join(text.value for text in explorer("city").sidebar.markdown)
    lacking = "\n".join(text.value for text in explorer("bare").sidebar.markdown)
    assert re.search(r"Track: available", there)
    assert re.search(r"Track: not available", lacking)
    assert "Readings: not available" in there
