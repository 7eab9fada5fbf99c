"""Structure in a few numbers: there where it was learnt, and None where there is nothing to ask."""

import numpy as np
import pytest

from analysis.geometry.clustering import cluster
from analysis.geometry.spaces import spatial_coordinates
from analysis.patterns.hours import hour_cosines
from analysis.patterns.structure import (
    cosines_apart,
    hour_structure,
    road_structure,
)
from himnet.checkpoints import load_arrays
from himnet.data.info import Sensors
from himnet.model.parameters import HimNetParameters
from tests.analysis.expanded import ONE_LAYER, SENSORS, small
from tests.analysis.towns import NAMELESS, TOWN, town_model


def test_cosines_are_taken_round_the_clock():
    cosines = np.zeros((24, 24))
    cosines[23, 0] = cosines[23, 1] = 24
    assert cosines_apart(cosines) == pytest.approx({1: 1, 2: 1, 3: 0})


def test_hours_are_compared_by_time_of_day_alone():
    model = town_model()
    found = hour_structure(model.model, draws=5)
    cosines = hour_cosines(HimNetParameters(model.weights, ONE_LAYER), variant="tod")
    assert found.cosines == cosines_apart(cosines)
    assert found.order.draws == 5


@pytest.mark.parametrize("ablate", ["E_t", "TMP"])
def test_a_model_without_temporal_meta_parameters_has_no_order_of_hours(ablate):
    assert hour_structure(town_model(small(ablate=ablate)).model) is None


def test_hours_need_a_day_of_at_least_24_steps():
    assert hour_structure(town_model(small(steps_per_day=12)).model) is None


def test_clusters_that_are_the_roads_agree_with_them():
    labels = np.repeat([0, 1, 2], 6)
    found = road_structure(labels, TOWN)
    assert found["ARI"].value == found["NMI"].value == 1
    assert found["ARI"].null_mean < 1


@pytest.mark.parametrize(
    "sensors",
    [
        NAMELESS,
        Sensors(TOWN.ids, TOWN.latitude, TOWN.longitude),
        Sensors(TOWN.ids, freeway=TOWN.freeway, direction=TOWN.direction),
        Sensors(TOWN.ids, TOWN.latitude, TOWN.longitude, ("",) * SENSORS, ("",) * SENSORS),
    ],
)
def test_without_places_or_roads_there_is_nothing_to_agree_with(sensors):
    assert road_structure(np.repeat([0, 1, 2], 6), sensors) is None


def test_the_bundled_model_has_learnt_and_its_first_snapshot_has_not():
    trained = load_arrays("metr-la")
    snapshots = trained.path.parent / "snapshots"
    untrained = load_arrays(snapshots / "step-000000.safetensors")
    found = []
    for model in (trained, untrained):
        labels = cluster(spatial_coordinates(model.model))
        found.append((hour_structure(model.model), road_structure(labels, model.dataset.sensors)))
    (hours, roads), (no_hours, no_roads) = found
    assert no_hours.order.p_value > 0.05
    assert hours.cosines[1] > 0.5 > abs(no_hours.cosines[1])
    assert hours.cosines[1] > hours.cosines[2] > hours.cosines[3]
    assert roads["ARI"].p_value <= 0.05 < no_roads["ARI"].p_value
