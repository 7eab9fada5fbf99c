"""Hourly counts of a city without freeways: no page and no figure speaks of cars."""

import json
import re
from dataclasses import replace

import numpy as np
import pytest
from google.protobuf.message import Message

from analysis.claims.catalogue import EVERY
from analysis.claims.run import evaluate_claims
from analysis.claims.stored import save_claims
from analysis.figures.colouring import by_name
from analysis.material import load_material
from analysis.paper.registry import draw
from analysis.paper.settings import FigureSettings
from app.pages import EVERY as PAGES
from app.session.city_map import MapView, draw_map, map_file
from himnet.data.info import DatasetInfo, Sensors
from tests.analysis.paper.drawn import texts_of
from tests.app import made_up
from tests.app.canaries import PLAIN_FIELDS, _nodes
from tests.app.conftest import go

pytestmark = pytest.mark.slow

FOREIGN = re.compile(
    r"\bmph\b|speed|5[- ]min|five[- ]min|freeway|carriageway|traffic|congest|\b720 min|\bcars?\b",
    re.IGNORECASE,
)
CONFIG = replace(made_up.CONFIG, steps_per_day=24)
DAYS = 9
HIDDEN = ("template", "script", "filename")
CODE = {"js_content", "css_content", "html_content"}
# what is the program's, not this city's: the paper's words on a claim, and the name of a button
ALLOWED = ("opposite lanes fall in different clusters",)
SOURCE = "City of Somewhere"


def city():
    """Hourly counts of people at corners that have names and places."""
    count, rng = made_up.SENSORS, np.random.default_rng(3)
    sensors = Sensors(
        tuple(f"P{number}" for number in range(count)),
        -37.8 + 0.02 * rng.normal(size=count),
        144.9 + 0.02 * rng.normal(size=count),
        name=tuple(f"{['Mill', 'Bridge', 'Market'][n % 3]} St {n}" for n in range(count)),
    )
    return DatasetInfo(
        "people", sensors, steps_per_day=24, start=made_up.START.isoformat(),
        num_steps=DAYS * 24, unit="people/h", quantity="count", source=SOURCE, licence="CC0",
    )  # fmt: skip


def written(folder, name, info):
    saved = made_up.save(folder, name, CONFIG, info, metrics=made_up.METRICS)
    made_up.add_track(saved, days=DAYS, per_day=24)
    return saved


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    place = tmp_path_factory.mktemp("counts")
    info = city()
    saved = written(place, "counts", info)
    made_up.add_errors(saved)
    material = load_material(saved, data_dir=place)
    results = evaluate_claims(material, claims=EVERY, untrained=20, draws=19)
    save_claims(material.arrays, results, data="", command="claims")
    written(place, "no-places", replace(info, sensors=Sensors(info.sensors.ids)))
    return place


@pytest.fixture
def visit(explorer, folder, monkeypatch):
    def opened(checkpoint, page, **query):
        monkeypatch.setenv("HIMNET_CHECKPOINTS", str(folder))
        return explorer(checkpoint, page, **query)

    def pay(checkpoint, page, **query):
        app = opened(checkpoint, page, **query)
        assert not app.exception, app.exception
        return go(app, page)

    return pay


def shown(app):
    """Every text that is sent to the browser, tooltips and charts included."""
    for node in _nodes(app._tree):
        proto = getattr(node, "proto", None)
        if isinstance(proto, Message):
            yield from _words(proto)


def _words(proto):
    for field, value in proto.ListFields():
        if field.name in CODE | PLAIN_FIELDS - {"placeholder", "alt"}:
            continue
        for one in value if field.is_repeated else [value]:
            if isinstance(one, Message):
                yield from _words(one)
            elif isinstance(one, str):
                yield from _parts(one)


def _parts(text):
    """Yield a text; of a chart or other JSON, every text in it."""
    try:
        told = json.loads(text)
    except ValueError:
        yield re.sub(r"<style>.*?</style>", "", text, flags=re.DOTALL)
        return
    waiting = [told]
    while waiting:
        one = waiting.pop()
        if isinstance(one, dict):
            waiting += [
                value
                for name, value in one.items()
                if name not in ("template", "script", "filename")
            ]
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, str):
            yield one


def foreign(told):
    return sorted({text[:300] for text in told if FOREIGN.search(text) and text not in ALLOWED})


@pytest.mark.parametrize("page", [page.file for page in PAGES])
def test_no_page_speaks_of_cars(visit, page):
    told = list(shown(visit("counts", page)))
    assert foreign(told) == []
    assert any(SOURCE in text for text in told)


# the last step is from the bundled synthetic city where the readings are missing, and says so
@pytest.mark.parametrize("step", range(1, 9))
def test_no_step_of_the_tour_does(visit, step):
    assert foreign(shown(visit("counts", "tour", step=str(step)))) == []


@pytest.mark.parametrize("page", [page.file for page in PAGES])
def test_every_page_opens_without_places(visit, page):
    app = visit("no-places", page)
    assert [error.value for error in app.error] == []


@pytest.mark.parametrize("number", ["1", "4", "5", "6"])
@pytest.mark.parametrize("name", ["counts", "no-places"])
def test_no_figure_speaks_of_cars(folder, name, number):
    material = load_material(folder / name, data_dir=folder)
    drawn = draw(number, material, FigureSettings(clusters=6))
    assert foreign([*texts_of(drawn.figure), drawn.caption, drawn.case["score_is"]]) == []
    assert SOURCE in drawn.caption


def test_verdicts_on_places_stand_where_those_on_roads_would(visit):
    said = "\n".join(shown(visit("counts", "spatial")))
    assert "near sensors share clusters" in said
    assert "road segments" not in said
    assert "no question for this data set" not in "\n".join(shown(visit("counts", "overview")))


def test_a_map_on_its_own_says_whose_data_it_shows(folder):
    arrays = load_material(folder / "counts", data_dir=folder).arrays
    colouring = by_name([""] * made_up.SENSORS, name="")
    view = MapView("both", apart=False, focus=None)
    told = [map_file(draw_map(arrays, colouring, view, alone=alone)) for alone in (True, False)]
    assert [SOURCE in one for one in told] == [True, False]


def test_widgets_for_carriageways_are_not_there(visit):
    app = visit("counts", "spatial")
    keys = {widget.key for kind in ("segmented_control", "toggle") for widget in app.get(kind)}
    assert not {"carriageway", "apart"} & keys


def test_clusters_are_named_by_where_they_are(visit):
    app = visit("counts", "spatial")
    (focus,) = (box for box in app.multiselect if box.key == "focus")
    assert all(re.search("centre|north|south|east|west", name) for name in focus.options)
