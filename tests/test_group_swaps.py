"""Swaps within groups and across them."""

import pytest

from analysis.errors import AnalysisError
from analysis.forecasts.windows import window_steps
from analysis.material import load_material
from analysis.what_if.sensors_and_hours import swap_sensors
from benchmarks.group_swaps import compare_group_swaps, draw_swaps
from himnet.checkpoints.locate import named_checkpoints
from tests.analysis.what_if.lively import CONFIG, lively_weights, material
from tests.himnet.data.test_synthetic import inward

NAMES = ["A", "A", "A", "B", "B", "", "C", "B", "A", "B", "A", "C"]
AREAS = ["x", "x", "x", "x", "x", "x", "y", "y", "y", "y", "y", "y"]


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    return material(tmp_path_factory.mktemp("groups"))


def test_swaps_are_drawn_as_they_are_told():
    rounds = draw_swaps(NAMES, most=3, seed=1)
    for one in rounds:
        received = [NAMES[swap.receiver] for swap in one]
        assert len(set(received)) == len(received)
        for swap in one:
            assert NAMES[swap.receiver] == NAMES[swap.within] != NAMES[swap.across] != ""
            assert swap.receiver != swap.within
    receivers = [swap.receiver for one in rounds for swap in one]
    assert len(set(receivers)) == len(receivers) == 3 + 3 + 2
    assert rounds == draw_swaps(NAMES, most=3, seed=1) != draw_swaps(NAMES, most=3, seed=2)


def test_a_giver_across_may_have_to_be_of_the_same_area():
    for seed in range(5):
        for one in draw_swaps(NAMES, inside=AREAS, seed=seed):
            assert all(AREAS[swap.receiver] == AREAS[swap.across] for swap in one)


@pytest.mark.parametrize("names", [["A"] * 12, [""] * 12, list("ABCDEFGHIJKL")])
def test_groups_that_leave_nothing_to_swap(some, names):
    with pytest.raises(AnalysisError, match="nothing to swap; choose other groups"):
        compare_group_swaps(some, window_steps(some, most=3), names)


def test_a_round_of_one_swap_is_that_swap(some):
    steps = window_steps(some, split=None, most=20)
    names = ["A", "A", *["B"] + [""] * 9]
    found = compare_group_swaps(some, steps, names, most=1, reach="row")
    (swap,) = found.swaps
    for kind, giver in (("within", swap.within), ("across", swap.across)):
        alone = swap_sensors(some, steps, [swap.receiver], [giver], reach="row").error_change()
        assert getattr(found, kind).value == pytest.approx(alone.difference.value)
        assert found.own == pytest.approx(alone.before)
    difference = found.difference
    assert difference.value == pytest.approx(found.across.value - found.within.value)
    assert difference.low <= difference.value <= difference.high
    assert found.windows == 20


def test_sensors_of_a_group_that_are_alike_to_the_model_stand_in_for_each_other(tmp_path):
    weights = lively_weights(CONFIG)
    weights["node_embedding"][1:6] = weights["node_embedding"][0]
    alike = material(tmp_path, weights)
    found = compare_group_swaps(
        alike, window_steps(alike, split=None, most=20), ["A"] * 6 + ["B"] + [""] * 5
    )
    assert found.within.value == found.within.low == found.within.high == 0
    assert found.difference.value == found.across.value != 0


@pytest.mark.slow
@pytest.mark.skipif("synthetic-city" not in named_checkpoints(), reason="no such checkpoint here")
def test_in_the_trained_city_swaps_within_a_road_and_direction_hurt_less_than_across():
    # the direction that was planted is that of the rush, towards the centre or away from it: a
    # carriageway through the centre is of both, so its compass direction says nothing of it
    city = load_material("synthetic-city")
    freeways = city.info.sensors.freeway
    ways = ["in" if towards else "out" for towards in inward(city.dataset)]
    groups = [f"{freeway} {way}" for freeway, way in zip(freeways, ways, strict=True)]
    steps = window_steps(city, most=96)
    for inside in (None, freeways):
        for reach in ("pool", "row"):
            found = compare_group_swaps(city, steps, groups, inside=inside, reach=reach)
            assert found.difference.low > 0
            assert found.within.value < found.across.value / 2
    compass = compare_group_swaps(city, steps, city.info.sensors.roads)
    assert compass.difference.low < 0
