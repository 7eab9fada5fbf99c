"""The ground: what it covers, where it is sea, and how it gets to print."""

import numpy as np
import pytest

from analysis.city.ground import Curve, Ground, Place, ground_through, in_metres
from analysis.city.roads import find_roads, freeway_lines, sensor_frame
from analysis.city.scale_bar import bar_length, bar_text
from himnet.data.info import Sensors

RING = np.array([[10.0, 50.0], [11.0, 50.0], [11.0, 51.0], [10.0, 50.0]])
GROUND = Ground(
    roads=(Curve("R", "N", RING[:2]),),
    bounds=(10.0, 50.0, 12.0, 52.0),
    land=((RING,),),
    borders=(RING[:2],),
    places=(Place("P", 10.5, 50.5),),
)


def test_it_covers_what_is_within_its_bounds_on_any_turn_of_the_earth():
    latitude, longitude = np.array([51.0, 51.0, 53.0, 51.0]), np.array([11.0, 371.0, 11.0, 13.0])
    assert GROUND.covers(latitude, longitude).tolist() == [True, True, False, False]
    assert not Ground().covers(latitude, longitude).any()


def test_sea_is_known_only_where_land_is():
    assert GROUND.sea is not None
    west, south, east, north = GROUND.bounds
    assert (GROUND.sea > [west, south]).all()
    assert (GROUND.sea < [east, north]).all()
    assert Ground(bounds=GROUND.bounds).sea is None
    assert Ground(land=GROUND.land).sea is None


def test_all_of_it_turns_around_the_earth_together():
    turned = GROUND.turned_to(371.0)
    assert turned.bounds == (370.0, 50.0, 372.0, 52.0)
    assert turned.places[0].longitude == 370.5
    for one, other in (
        (turned.roads[0].line, RING[:2]), (turned.land[0][0], RING), (turned.borders[0], RING[:2])
    ):  # fmt: skip
        np.testing.assert_allclose(one - other, [[360.0, 0.0]] * len(one))
    assert GROUND.turned_to(11.0) is GROUND
    assert Ground().turned_to(500.0).bounds is None


def test_without_a_base_map_it_is_lines_through_the_sensors():
    sensors = Sensors(
        ("a", "b", "c"), np.array([50.0, 50.0, 50.0]), np.array([8.0, 8.01, 8.1]),
        ("A5",) * 3, ("E",) * 3,
    )  # fmt: skip
    frame = sensor_frame(sensors)
    ground = ground_through(freeway_lines(frame, find_roads(frame)))
    assert [(road.name, road.gap) for road in ground.roads] == [("A5", False), ("A5", True)]
    np.testing.assert_allclose(ground.roads[0].line, [[8.0, 50.0], [8.01, 50.0]], atol=1e-9)
    assert ground.sensed == {"A5"}
    assert ground_through(freeway_lines(frame, [])).roads == ()
    (line,) = in_metres([ground.roads[0].line], frame.crs)
    assert np.linalg.norm(line[1] - line[0]) == pytest.approx(716.8, abs=0.5)
    assert in_metres([], frame.crs) == []


@pytest.mark.parametrize(
    ("most", "length"), [(7_300, 5_000), (10_000, 10_000), (999, 500), (3, 20)]
)
def test_a_scale_bar_has_a_round_length(most, length):
    assert bar_length(most) == length


def test_kilometres_begin_at_one():
    assert [bar_text(metres) for metres in (500, 1000, 20_000)] == ["500 m", "1 km", "20 km"]
