"""Making a base map: curves in the order of travel, without spikes and without invented roads."""

import json

import numpy as np
import pytest

from analysis.city.basemap import ground_in, load_basemap
from analysis.city.make_basemap import LONGEST_GAP, curves, freeway_name, main

DEGREE = 111_320.0


def stations(metres, postmiles=None):
    """Stations at (metres east, metres north) of a place at the equator."""
    places = np.array(metres, dtype=float) / DEGREE
    along = np.arange(len(places)) if postmiles is None else np.array(postmiles)
    return np.column_stack([along, places[:, 1], places[:, 0]])


def test_a_curve_follows_the_postmiles_whatever_their_order():
    way = [(1000 * k, 400 * (k % 2)) for k in range(8)]
    order = np.random.default_rng(0).permutation(8)
    (line,) = curves(stations(np.array(way)[order], order))
    np.testing.assert_allclose(line * DEGREE, way, atol=1)


def test_points_on_a_straight_line_are_left_out():
    (line,) = curves(stations([(500 * k, 0) for k in range(9)]))
    assert len(line) == 2


def test_a_line_is_broken_where_its_course_is_not_known():
    way = [(900 * k, 0) for k in range(4)] + [
        (2700 + LONGEST_GAP + 10 + 900 * k, 0) for k in range(4)
    ]
    pieces = curves(stations(way))
    assert len(pieces) == 2
    gap = (pieces[1][0, 0] - pieces[0][-1, 0]) * DEGREE
    assert gap == pytest.approx(LONGEST_GAP + 10, abs=1)


def test_a_station_far_off_the_way_makes_no_spike():
    way = [(900 * k, 0) for k in range(9)]
    way[4] = (3600, 2500)
    (line,) = curves(stations(way))
    assert np.abs(line[:, 1]).max() * DEGREE < 1


def test_two_stations_say_little_of_a_course():
    assert curves(stations([(0, 0), (900, 0)])) == []
    assert curves(stations([(0, 0)])) == []


@pytest.mark.parametrize(("number", "name"), [(5, "I-5"), (101, "US-101"), (134, "SR-134")])
def test_numbers_become_names(number, name):
    assert freeway_name(number) == name


def test_what_is_written_is_a_base_map(tmp_path):
    square = [[-119.0, 33.0], [-117.0, 33.0], [-117.0, 35.0], [-119.0, 35.0], [-119.0, 33.0]]
    half = [[-118.0, 33.0], [-117.0, 33.0], [-117.0, 35.0], [-118.0, 35.0], [-118.0, 33.0]]
    land, counties, out = (tmp_path / name for name in ("land", "counties", "out"))
    for file, ring in ((land, square), (counties, half)):
        shape = {"type": "Polygon", "coordinates": [ring]}
        feature = {"type": "Feature", "properties": {}, "geometry": shape}
        file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    table = tmp_path / "stations.csv"
    rows = [f"5,N,{k},{34 + 0.005 * k},{-118 + 0.004 * (k % 2)},{k}" for k in range(6)]
    table.write_text("\n".join(["freeway,direction,postmile,latitude,longitude,station", *rows]))
    assert main([str(table), str(land), str(counties), str(out)]) == 0
    ground = load_basemap(out)
    assert [(road.name, road.direction) for road in ground.roads] == [("I-5", "N")]
    assert ground.bounds == (-119.0, 33.0, -117.0, 35.0)
    (border,) = ground.borders
    assert np.allclose(border[:, 0], -118)
    assert ground_in(json.loads(out.read_text())).places
