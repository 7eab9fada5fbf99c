"""The player's map: sensors and ground in one rectangle, in true proportions."""

import json
from dataclasses import replace

import numpy as np
import pytest

from analysis.city.basemap import choose_basemap
from analysis.city.ground import Curve, Ground
from analysis.figures.places import in_a_rectangle
from himnet.data.registry import DATASETS


def test_sensors_and_roads_keep_their_places_and_proportions():
    latitude, longitude = np.array([60.0, 60.1, 60.05]), np.array([10.0, 10.4, 10.2])
    road = Curve("R", "N", np.column_stack([longitude, latitude]))
    places = in_a_rectangle(latitude, longitude, Ground((road,)))
    (line,) = places.ground["roads"]
    np.testing.assert_allclose(line, np.column_stack([places.x, places.y]), atol=1e-4)
    assert (np.diff(places.x[:2]) > 0, np.diff(places.y[:2]) > 0) == (True, True)
    wide, high = np.ptp(places.x) * places.aspect, np.ptp(places.y)
    assert wide / high == pytest.approx(4 * np.cos(np.radians(60.05)), rel=2e-3)
    assert high * places.north == pytest.approx(0.1, rel=1e-2)


def test_all_sensors_are_inside_with_a_margin_also_of_one_place():
    for latitude, longitude in (
        (np.array([60.0]), np.array([10.0])),
        (np.array([0.0, 0.001]), np.array([0.0, 3.0])),
        (np.array([0.0, 3.0]), np.array([179.9, 180.1])),
    ):
        places = in_a_rectangle(latitude, longitude, Ground())
        shares = np.concatenate([places.x, places.y])
        assert ((shares > 0.01) & (shares < 0.99)).all()
        assert places.ground["roads"] == places.ground["names"] == []


def test_the_base_map_is_sent_in_few_bytes_and_lines_far_away_are_not():
    sensors = DATASETS["METRLA"].info().sensors
    ground, _ = choose_basemap(sensors)
    far = Curve("R", "N", np.array([[-100.0, 34.0], [-99.0, 34.0]]))
    more = replace(ground, roads=(*ground.roads, far))
    places = in_a_rectangle(sensors.latitude, sensors.longitude, more)
    assert len(json.dumps(places.ground, allow_nan=False)) < 40_000
    assert 10 < len(places.ground["roads"]) <= len(ground.roads)
    assert 1.2 < places.aspect < 2
    assert {one["kind"] for one in places.ground["names"]} == {"road", "place"}
    assert places.ground["sea"]
