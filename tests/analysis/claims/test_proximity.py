"""Claims about places: planted districts are found, and the two do not touch the paper's ten."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest

from analysis.claims.catalogue import CLAIMS, EVERY, PLACE_CLAIMS
from analysis.claims.places import one_direction, without_roads
from analysis.claims.proximity import (
    chance_share,
    distance_decay,
    near_beside,
    near_sharing,
    shared_share,
)
from analysis.claims.run import evaluate_claims
from analysis.errors import AnalysisError
from himnet.data.info import Sensors
from himnet.model.untrained import untrained_weights
from tests.analysis.claims.towns import (
    CONFIG,
    SENSORS,
    TOWN,
    ground,
    material,
    nameless,
    planted_weights,
    view,
)

DRAWS = {"draws": 99, "seed": 0}
QUICK = {"untrained": 20, "draws": 99}


def districts(places):
    """Weights of sensors whose embedding follows where they are."""
    weights = planted_weights()
    spread = (places - places.mean(axis=0)) / places.std()
    rng = np.random.default_rng(0)
    weights["node_embedding"][:] = spread @ rng.normal(size=(2, CONFIG.node_embedding_dim))
    return weights


def place(of):
    return np.column_stack([of.frame.geometry.x, of.frame.geometry.y])


def test_planted_districts_are_found_by_both():
    own = ground()
    found = view(districts(place(own)))
    near, falls = near_sharing(found, own, **DRAWS), distance_decay(found, own, **DRAWS)
    assert near.p_value == falls.p_value == near.p_smallest == 1 / 100
    assert near.value > 0.3
    assert falls.value > 0.3


def test_untrained_models_know_no_places():
    own = ground()
    models = [view(untrained_weights(CONFIG, seed=seed)) for seed in range(8)]
    for test in (near_sharing, distance_decay):
        found = [test(one, own, **DRAWS) for one in models]
        assert max(one.p_value for one in found) > 0.3
        assert abs(np.mean([one.value for one in found])) < 0.1


def test_the_five_nearest_are_the_five_nearest_and_never_oneself():
    own = ground()
    for sensor, near in enumerate(own.nearest):
        metres = own.distances[sensor]
        others = np.setdiff1d(np.arange(SENSORS), [*near, sensor])
        assert sensor not in near
        assert metres[near].max() <= metres[others].min()


def test_the_expected_share_is_the_mean_over_every_permutation():
    labels, near = np.array([0, 0, 1, 1, 1]), np.array([[1, 2], [0, 2], [3, 4], [4, 0], [3, 1]])
    every = [shared_share(np.array(order), near) for order in permutations(labels)]
    assert chance_share(labels) == pytest.approx(np.mean(every))
    beside = near_beside(view(), ground(), **DRAWS)
    assert near_sharing(view(), ground(), **DRAWS).value == pytest.approx(
        beside[0].value - beside[1].value
    )


def test_too_few_sensors_have_no_five_nearest():
    sensors = Sensors(tuple("abcde"), np.arange(5.0), np.arange(5.0))
    info = replace(TOWN.info, sensors=sensors)
    with pytest.raises(AnalysisError, match="5 sensors are too few to compare the 5 nearest"):
        ground(dataset=None, info=info).nearest  # noqa: B018


def test_the_second_family_changes_no_number_of_the_first():
    of = material()
    of = replace(of, dataset=None, dataset_problem="not here")
    alone = evaluate_claims(of, **QUICK)
    together = evaluate_claims(of, claims=EVERY, **QUICK)
    assert str([one.to_dict() for one in alone]) == str([one.to_dict() for one in together[:10]])
    apart = evaluate_claims(of, claims=PLACE_CLAIMS, **QUICK)
    assert str([one.to_dict() for one in apart]) == str([one.to_dict() for one in together[10:]])
    assert [one.id for one in together] == [claim.id for claim in EVERY]


def test_each_family_is_corrected_on_its_own():
    rows = evaluate_claims(material(dataset=None, info=TOWN.info), claims=EVERY, **QUICK)
    own = [row for row in rows if row.id in {claim.id for claim in PLACE_CLAIMS}]
    assert all(row.p_holm <= 2 * row.p_value for row in own)
    assert len(CLAIMS) == 10


def test_without_places_they_are_not_applicable():
    rows = evaluate_claims(material(dataset=None, info=nameless()), claims=PLACE_CLAIMS, **QUICK)
    assert [row.verdict for row in rows] == ["not applicable"] * 2
    assert all("locations of the sensors are not known" in row.note for row in rows)


@pytest.mark.parametrize(
    ("freeway", "direction", "roads", "carriageways"),
    [
        (None, None, "names no roads", "names no roads"),
        (["I-5"] * SENSORS, ["N"] * SENSORS, "are on one", "in two directions"),
        (["I-5"] * SENSORS, ["N", "S"] * (SENSORS // 2), "", ""),
        (["I-5", "I-8"] * (SENSORS // 2), ["N"] * SENSORS, "", "in two directions"),
        (["I-5", ""] * (SENSORS // 2), ["N"] * SENSORS, "are on one", "in two directions"),
    ],
)
def test_claims_about_roads_need_roads(freeway, direction, roads, carriageways):
    plain = TOWN.sensors
    sensors = Sensors(
        plain.ids, plain.latitude, plain.longitude,
        None if freeway is None else tuple(freeway),
        None if direction is None else tuple(direction),
    )  # fmt: skip
    own = ground(dataset=None, info=replace(TOWN.info, sensors=sensors))
    for why, said in ((without_roads(own), roads), (one_direction(own), carriageways)):
        assert (said in why) if said else (why == "")
