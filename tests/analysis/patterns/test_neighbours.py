"""Neighbours: the nearest sensors and hours, and pairs that the map does not explain."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.geometry.similarity import cosine_matrix
from analysis.geometry.spaces import spatial_coordinates
from analysis.patterns.hours import hour_cosines, week_coordinates
from analysis.patterns.neighbours import (
    close_but_different,
    nearest_sensors,
    similar_but_far,
    similar_hours,
)
from analysis.patterns.relations import relations
from himnet.checkpoints import load_arrays
from himnet.data.info import Sensors
from himnet.model.parameters import HimNetParameters
from tests.analysis.expanded import ONE_LAYER, SENSORS, expanded, small, trained_like
from tests.analysis.towns import NAMELESS, TOWN, town_model

WEIGHTS = trained_like(ONE_LAYER)
MODEL = HimNetParameters(WEIGHTS, ONE_LAYER)


@pytest.fixture
def vectors():
    return np.random.default_rng(0).normal(size=(SENSORS, 4))


@pytest.fixture(scope="module")
def metr_la():
    model = load_arrays("metr-la")
    return relations(spatial_coordinates(model.model), model.dataset.sensors)


def test_the_nearest_are_those_of_the_meta_parameters_written_out():
    weights = trained_like(ONE_LAYER)
    theta = expanded(weights, ONE_LAYER, "encoder_s", weights["node_embedding"])
    cosines = cosine_matrix(theta)[3]
    found = nearest_sensors(relations(spatial_coordinates(town_model().model), TOWN), 3, count=5)
    wanted = [n for n in np.argsort(-cosines) if n != 3][:5]
    assert [row.sensor for row in found] == wanted
    assert [row.cosine for row in found] == pytest.approx(cosines[wanted])


def test_rows_fall_say_where_they_stand_and_leave_the_sensor_itself_out(vectors):
    related = relations(vectors, TOWN)
    found = nearest_sensors(related, 0, count=SENSORS)
    assert sorted(row.sensor for row in found) == list(range(1, SENSORS))
    cosines = [row.cosine for row in found]
    assert cosines == sorted(cosines, reverse=True)
    by_sensor = {row.sensor: row for row in found}
    assert by_sensor[2].metres == pytest.approx(2000, rel=1e-2)
    assert by_sensor[6].metres == pytest.approx(40, rel=1e-2)
    assert (by_sensor[6].road, by_sensor[17].road) == ("A S", "B E")


def test_sensors_that_are_equally_similar_come_in_the_order_of_the_columns(vectors):
    vectors[[4, 9, 13]] = 2 * vectors[0], 0.1 * vectors[0], 7 * vectors[0]
    found = nearest_sensors(relations(vectors, TOWN), 0, count=3)
    assert [row.sensor for row in found] == [4, 9, 13]


def test_centring_removes_what_all_share(vectors):
    shifted = vectors + 100
    raw, centred = (relations(shifted, TOWN, centred=flag) for flag in (False, True))
    assert min(row.cosine for row in nearest_sensors(raw, 0, count=17)) > 0.99
    assert min(row.cosine for row in nearest_sensors(centred, 0, count=17)) < 0
    unshifted = relations(vectors, TOWN, centred=True)
    assert centred.cosines == pytest.approx(unshifted.cosines)


@pytest.mark.parametrize(
    ("value", "centred"), [(0.0, False), (np.nan, False), (np.nan, True), (np.inf, True)]
)
def test_vectors_without_a_direction_are_in_no_list(vectors, value, centred):
    vectors[5] = value
    related = relations(vectors, TOWN, centred=centred)
    assert len(nearest_sensors(related, 0, count=SENSORS)) == SENSORS - 2
    for found in (
        similar_but_far(related, count=99, most_per_sensor=99),
        close_but_different(related, within=1e6, count=999, most_per_sensor=99),
    ):
        assert found
        assert not any(5 in pair.sensors for pair in found)
    with pytest.raises(AnalysisError, match="sensor s5 are zero or not finite"):
        nearest_sensors(related, 5)


def test_without_places_or_roads_there_are_neighbours_but_no_metres(vectors):
    related = relations(vectors, NAMELESS)
    found = nearest_sensors(related, 0)
    assert [(row.metres, row.road) for row in found] == [(None, "")] * 10
    for pairs in (similar_but_far, close_but_different):
        with pytest.raises(AnalysisError, match="no coordinates; add latitude"):
            pairs(related)


def test_planted_pairs_are_found(vectors):
    vectors[16] = vectors[2] + 1e-3  # 20 km apart, other freeway
    vectors[9] = -vectors[3]  # opposite each other on freeway A
    related = relations(vectors, TOWN)
    alike, different = similar_but_far(related)[0], close_but_different(related)[0]
    assert alike.sensors == (2, 16)
    assert alike.roads == ("A N", "B E")
    assert alike.share_below == 1 - 1 / 153
    assert not alike.facing
    assert different.sensors == (3, 9)
    assert different.cosine == pytest.approx(-1)
    assert different.share_below == 0
    assert different.facing


def test_pairs_keep_the_distance_that_was_asked_for_and_their_order(vectors):
    related = relations(vectors, TOWN)
    far = similar_but_far(related, farther_than=16_000, count=99, most_per_sensor=99)
    close = close_but_different(related, within=2_100, count=99, most_per_sensor=99)
    assert {pair.metres > 16_000 for pair in far} == {True}
    assert {pair.metres <= 2_100 for pair in close} == {True}
    assert [p.cosine for p in far] == sorted((p.cosine for p in far), reverse=True)
    assert [p.cosine for p in close] == sorted(p.cosine for p in close)
    assert all(first < second for first, second in (p.sensors for p in far + close))


def test_one_freeway_is_no_surprise_but_unknown_freeways_may_be(vectors):
    related = relations(vectors, TOWN)
    pairs = similar_but_far(related, farther_than=1_500, count=999, most_per_sensor=99)
    assert {pair.roads[0][0] + pair.roads[1][0] for pair in pairs} == {"AB"}
    placed = Sensors(TOWN.ids, TOWN.latitude, TOWN.longitude)
    pairs = similar_but_far(relations(vectors, placed), farther_than=0, count=999,
                            most_per_sensor=99)  # fmt: skip
    assert len(pairs) == SENSORS * (SENSORS - 1) / 2


@pytest.mark.parametrize("most", [1, 2, 3])
def test_no_sensor_fills_a_list(vectors, most):
    vectors[0] = vectors[12:].mean(axis=0)  # alike to all of freeway B
    found = similar_but_far(relations(vectors, TOWN), count=99, most_per_sensor=most)
    times = np.bincount([sensor for pair in found for sensor in pair.sensors])
    assert times.max() == most


def test_a_list_may_be_shorter_than_asked_or_empty(vectors):
    related = relations(vectors, TOWN)
    assert len(similar_but_far(related, count=3)) == 3
    assert similar_but_far(related, farther_than=1e6) == ()
    assert close_but_different(related, within=1) == ()


def test_the_order_of_the_sensors_does_not_matter(vectors):
    order = np.random.default_rng(1).permutation(SENSORS)
    mixed = Sensors(
        *(
            tuple(np.asarray(column)[order].tolist())
            if not isinstance(column, np.ndarray)
            else column[order]
            for column in (TOWN.ids, TOWN.latitude, TOWN.longitude, TOWN.freeway, TOWN.direction)
        )
    )
    found = similar_but_far(relations(vectors, TOWN))
    again = similar_but_far(relations(vectors[order], mixed))
    named = [{TOWN.ids[n] for n in pair.sensors} for pair in found]
    assert [{mixed.ids[n] for n in pair.sensors} for pair in again] == named


def test_what_cannot_be_asked_is_one_sentence(vectors):
    related = relations(vectors, TOWN)
    for sensor in (-1, SENSORS):
        with pytest.raises(AnalysisError, match="choose 0 to 17"):
            nearest_sensors(related, sensor)
    with pytest.raises(AnalysisError, match="at least 1 row, not 0"):
        nearest_sensors(related, 0, count=0)
    with pytest.raises(AnalysisError, match="at least 1 row, not -1"):
        similar_but_far(related, count=-1)
    with pytest.raises(AnalysisError, match="of 3 sensors but 18 sensors"):
        relations(vectors[:3], TOWN)


def test_metrla_neighbours_are_mostly_on_the_same_road(metr_la):
    roads = metr_la.sensors.roads
    same = [nearest_sensors(metr_la, n, count=1)[0].road == roads[n] for n in range(207)]
    pairs = [(a, b) for a in range(207) for b in range(a) if roads[a] == roads[b]]
    chance = 2 * len(pairs) / (207 * 206)
    assert np.mean(same) > 3 * chance


def test_metrla_has_facing_carriageways_that_differ(metr_la):
    found = close_but_different(metr_la, within=100, count=5)
    assert any(pair.facing for pair in found)
    assert all(pair.cosine < 0 for pair in found)


@pytest.mark.parametrize("centred", [False, True])
def test_all_other_hours_of_the_week_are_ranked(centred):
    found = similar_hours(MODEL, 8, day=2, count=999, centred=centred)
    assert len({(row.day, row.hour) for row in found} - {(2, 8)}) == len(found) == 167
    cosines = cosine_matrix(week_coordinates(MODEL), centred=centred)
    for row in found[::20]:
        assert row.cosine == cosines[2 * 24 + 8, row.day * 24 + row.hour]
    assert [row.cosine for row in found] == sorted((r.cosine for r in found), reverse=True)


def test_the_time_of_day_alone_knows_no_days():
    found = similar_hours(MODEL, 8, scope="tod", count=99)
    assert {row.day for row in found} == {None}
    assert sorted(row.hour for row in found) == [h for h in range(24) if h != 8]
    cosines = hour_cosines(MODEL, variant="tod")
    assert [row.cosine for row in found] == [cosines[8, row.hour] for row in found]
    assert found == similar_hours(MODEL, 8, day=5, scope="tod", count=99)


def test_a_planted_rush_hour_is_found():
    weights = {name: array.copy() for name, array in WEIGHTS.items()}
    weights["tod_embedding.weight"][2 * 17] = weights["tod_embedding.weight"][2 * 8]
    assert (
        similar_hours(HimNetParameters(weights, ONE_LAYER), 8, scope="tod", count=1)[0].hour == 17
    )
    (nearest,) = similar_hours(HimNetParameters(weights, ONE_LAYER), 8, day=4, count=1)
    assert (nearest.day, nearest.hour) == (4, 17)
    assert nearest.cosine == pytest.approx(1)


def test_days_that_are_all_alike_leave_the_same_hour_nearest():
    weights = {name: array.copy() for name, array in WEIGHTS.items()}
    weights["dow_embedding.weight"][:] = weights["dow_embedding.weight"][0]
    found = similar_hours(HimNetParameters(weights, ONE_LAYER), 8, day=3, count=6)
    assert [(row.day, row.hour) for row in found] == [(day, 8) for day in (0, 1, 2, 4, 5, 6)]


@pytest.mark.parametrize("hour", [0, 23])
def test_a_model_of_zeros_has_no_similar_hours(hour):
    weights = {name: np.zeros_like(array) for name, array in WEIGHTS.items()}
    assert similar_hours(HimNetParameters(weights, ONE_LAYER), hour) == ()


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"hour": 24}, "no hour 24 of day 0"),
        ({"hour": 3, "day": 7}, "no hour 3 of day 7"),
        ({"hour": -1}, "choose 0 to 23"),
        ({"hour": 3, "scope": "month"}, "'month' for comparing hours; choose week or tod"),
        ({"hour": 3, "count": 0}, "at least 1 row"),
        ({"hour": 3, "scope": "tod", "count": 0}, "at least 1 row"),
    ],
)
def test_an_hour_that_cannot_be_asked_for_is_one_sentence(asked, words):
    with pytest.raises(AnalysisError, match=words):
        similar_hours(MODEL, **asked)


@pytest.mark.parametrize("ablate", ["E_t", "TMP"])
@pytest.mark.parametrize("scope", ["week", "tod"])
def test_an_ablated_model_says_so(ablate, scope):
    config = small(ablate=ablate)
    with pytest.raises(AnalysisError, match=f"trained without {ablate}"):
        similar_hours(HimNetParameters(trained_like(config), config), 8, scope=scope)
