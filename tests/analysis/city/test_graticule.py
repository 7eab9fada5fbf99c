"""The ground of a city without roads: lines at round degrees that say which."""

import numpy as np
import pytest

from analysis.city.graticule import graticule

NORTH, EAST = np.linspace(-37.824, -37.797, 20), np.linspace(144.94, 144.974, 20)


def test_lines_are_at_round_degrees_and_are_named():
    ground = graticule(NORTH, EAST)
    told = {place.name for place in ground.places}
    assert {"37.81° S", "37.82° S", "144.95° E", "144.97° E"} <= told
    for line in ground.borders:
        across = line[0] == line[1]
        assert across.sum() == 1
        at = float(line[0][across][0])
        assert at == pytest.approx(round(at, 2), abs=1e-9)
    assert not ground.roads
    assert ground.sea is None


def test_lines_go_on_beyond_the_sensors():
    lines = np.concatenate(graticule(NORTH, EAST).borders)
    assert lines[:, 0].min() < EAST.min() - 0.1
    assert lines[:, 1].max() > NORTH.max() + 0.1


def test_names_of_sensors_come_after_degrees_and_far_apart_first():
    names = tuple(f"corner {number}" if number != 3 else " " for number in range(20))
    told = [place.name for place in graticule(NORTH, EAST, names).places]
    corners = [name for name in told if name.startswith("corner")]
    assert told[-len(corners) :] == corners
    assert set(corners[1:3]) == {"corner 0", "corner 19"}
    assert len(corners) < 19


@pytest.mark.parametrize(
    ("north", "east", "told"),
    [
        ([-17.0, -17.1], [179.9, 180.1], "179.95° W"),
        ([0.0, 0.0], [0.0, 0.0], "0.000°"),
        ([-80.0, 80.0], [-170.0, 170.0], "45° N"),
        ([89.99, 89.99], [0.0, 1.0], "1.0° E"),
    ],
)
def test_odd_places_have_one_too(north, east, told):
    names = {place.name for place in graticule(np.array(north), np.array(east)).places}
    assert told in names
