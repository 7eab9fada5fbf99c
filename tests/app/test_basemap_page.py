"""A base map in a data set's folder: drawn on every map, and a message where it cannot be used."""

import json
from dataclasses import replace

import pytest

from analysis.city.basemap import FILE_NAME
from tests.app import made_up
from tests.app.canaries import CANARY, leaks

pytestmark = pytest.mark.slow

MAPS = ("explore", "spatial", "st_mixed", "neighbours", "forecasts")
TOWN = "a town"


@pytest.fixture
def town(checkpoints, tmp_path):
    """The folder of the data set that a made-up checkpoint names; it has no readings."""
    if not (checkpoints / "town").exists():
        info = replace(made_up.city_info(), name=TOWN)
        made_up.add_track(made_up.save(checkpoints, "town", info=info))
    folder = tmp_path / "no-data" / TOWN
    folder.mkdir(parents=True)
    return folder


def write(folder, *, source="made up", name="Somewhere", east=1.0):
    sensors = made_up.city_info().sensors
    x, y = float(sensors.longitude.mean()), float(sensors.latitude.mean())
    shapes = [
        ({"kind": "road", "name": name}, "LineString", [[x - east, y - 1], [x + east, y + 1]]),
        ({"kind": "place", "name": name}, "Point", [x, y]),
    ]
    features = [
        {"type": "Feature", "properties": about, "geometry": {"type": kind, "coordinates": place}}
        for about, kind, place in shapes
    ]
    content = {"type": "FeatureCollection", "source": source, "features": features}
    (folder / FILE_NAME).write_text(json.dumps(content), encoding="utf-8")


def drawn(app):
    """All that a page's maps are made of, as text."""
    charts = [chart.proto.spec for chart in app.get("plotly_chart")]
    leaflet = [one.proto.json_args for one in app.get("component_instance")]
    player = [one.proto.json for one in app.get("bidi_component")]
    return "\n".join([*charts, *leaflet, *player])


@pytest.mark.parametrize("page", MAPS)
def test_it_is_drawn_and_credited(explorer, town, page):
    write(town, source="the surveyor", name="Somewhere")
    app = explorer("town", page)
    assert not app.exception
    assert not app.error
    told = drawn(app)
    assert "the surveyor" in told
    assert "Somewhere" in told
    assert "Caltrans" not in told


@pytest.mark.parametrize("page", MAPS)
def test_one_that_cannot_be_used_is_a_sentence_and_the_page_works(explorer, town, page):
    (town / FILE_NAME).write_text('{"type": "FeatureCollection", "features": [1]}', "utf-8")
    app = explorer("town", page)
    assert not app.exception
    (message,) = {error.value for error in app.error}
    assert "base map" in message
    assert "feature 1: it must be an object" in message
    assert "R-1" in drawn(app)  # the city's freeways


@pytest.mark.parametrize("page", MAPS)
def test_its_texts_are_nothing_but_texts(explorer, town, page):
    write(town, source=CANARY, name=CANARY)
    app = explorer("town", page)
    assert not app.exception
    assert leaks(app) == []


def test_one_around_other_places_is_told(explorer, town):
    write(town, east=1e-4)
    (message,) = (error.value for error in explorer("town", "explore").error)
    assert "does not cover the sensors" in message
