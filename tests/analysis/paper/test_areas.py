"""Areas: the two that differ most are found by their readings, wherever they lie."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.paper.areas import differing_areas, neighbourhood_size


@pytest.fixture
def places():
    """Four villages of ten sensors each, far apart."""
    rng = np.random.default_rng(0)
    centres = np.repeat([[0, 0], [9000, 0], [0, 9000], [9000, 9000]], 10, axis=0)
    return centres + rng.normal(size=(40, 2)) * 100


def readings(*levels, steps=200):
    """Readings (T, 40) around one level for each village."""
    rng = np.random.default_rng(1)
    return np.repeat(levels, 10) + rng.normal(size=(steps, 40))


def roads(*names):
    return [name for name in names for _ in range(10)]


def test_the_villages_that_differ_most_come_first_and_the_slower_one_of_them(places):
    pairs = differing_areas(places, readings(60, 20, 50, 62), roads("W", "X", "Y", "Z"))
    assert [area.freeway for area in pairs[0].areas] == ["X", "Z"]
    assert sorted(pairs[0].areas[0].members) == list(range(10, 20))
    assert pairs[0].areas[0].mean == pytest.approx(20, abs=0.2)
    assert pairs[0].score == pytest.approx(42, abs=0.2)  # a shift is its own distance


def test_every_pair_is_scored_in_falling_order(places):
    pairs = differing_areas(places, readings(60, 20, 50, 62), roads("W", "X", "Y", "Z"))
    scores = [pair.score for pair in pairs]
    assert len(scores) == 6
    assert scores == sorted(scores, reverse=True)
    assert all(pair.areas[0].mean <= pair.areas[1].mean for pair in pairs)


def test_areas_of_one_mean_differ_by_how_their_readings_are_spread(places):
    values = readings(50, 50, 50, 50)
    values[:100, :10] += 20
    values[100:, :10] -= 20
    best = differing_areas(places, values, roads("W", "X", "Y", "Z"))[0]
    assert "W" in [area.freeway for area in best.areas]
    assert best.score == pytest.approx(20, abs=1.5)


def test_missing_readings_do_not_count(places):
    values = readings(60, 20, 50, 62)
    holes = np.where(np.random.default_rng(2).random(values.shape) < 0.3, np.nan, values)
    whole, torn = (
        differing_areas(places, v, roads("W", "X", "Y", "Z"))[0] for v in (values, holes)
    )
    assert torn.score == pytest.approx(whole.score, abs=0.3)
    values[:, 10:20] = np.nan
    best = differing_areas(places, values, roads("W", "X", "Y", "Z"))[0]
    assert [area.freeway for area in best.areas] == ["Y", "Z"]


def test_two_sensors_apart_from_all_others_are_no_area(places):
    far = np.concatenate([places, [[90_000.0, 0.0], [90_100.0, 0.0]]])
    values = np.column_stack([readings(60, 55, 50, 62), np.full((200, 2), 1.0)])
    for pair in differing_areas(far, values, [*roads("W", "X", "Y", "Z"), "lost", "lost"]):
        assert "lost" not in [area.freeway for area in pair.areas]


def test_where_nothing_was_read_there_are_no_two_areas(places):
    with pytest.raises(AnalysisError, match="40 sensors form 0 areas with readings"):
        differing_areas(places, np.full((5, 40), np.nan), [""] * 40)


def test_the_scores_are_plain_numbers(places):
    told = differing_areas(places, readings(60, 20, 50, 62), roads("W", "X", "Y", ""))[0].to_dict()
    assert told["sensors"] == [10, 10]
    assert told["freeways"] == ["X", ""]
    assert {type(mean) for mean in told["means"]} == {float}


@pytest.mark.parametrize(("sensors", "size"), [(207, 10), (40, 10), (12, 3), (2, 1)])
def test_a_small_city_has_small_areas(sensors, size):
    assert neighbourhood_size(sensors) == size
