"""Clusters that touch, on the map or in a projection, have colours that all can tell apart."""

import time
from itertools import combinations

import numpy as np
import pytest

from analysis.city.roads import positions, sensor_frame
from analysis.figures.cluster_colours import (
    LEAST,
    assigned,
    close_pairs,
    cluster_colours,
    differ,
    touching,
    with_more,
)
from analysis.figures.colours import PALETTE
from analysis.geometry.clustering import cluster
from analysis.geometry.projection import tsne
from analysis.geometry.spaces import spatial_coordinates
from himnet.checkpoints import load_arrays, named_checkpoints
from himnet.data.info import Sensors

BUNDLED = ("metr-la", "synthetic-city")


def random_city(seed, count):
    """Locations (n, 2) of sensors, and parameters (n, 6) that follow them loosely."""
    rng = np.random.default_rng(seed)
    places = rng.random((count, 2))
    return places, np.c_[
        places + rng.normal(0, 0.01, places.shape), rng.normal(0, 0.05, (count, 4))
    ]


@pytest.mark.parametrize("name", BUNDLED)
@pytest.mark.parametrize("count", [4, 10, 15, 20, 25])
def test_neighbours_of_the_bundled_models_are_far_apart_in_every_sight(name, count):
    arrays = load_arrays(named_checkpoints()[name])
    sensors, coordinates = arrays.dataset.sensors, spatial_coordinates(arrays.model)
    labels = cluster(coordinates, k=count)
    colours = cluster_colours(sensors, coordinates, labels)
    drawn = (positions(sensor_frame(sensors)), tsne(coordinates, perplexity=15, seed=0))
    touches = touching(labels, *drawn)
    assert touches.sum() >= count
    assert close_pairs(colours, touches) == []
    assert len(set(colours)) == labels.max() + 1


@pytest.mark.parametrize("seed", range(12))
def test_neighbours_in_random_cities_are_far_apart(seed):
    count = 60 + 40 * seed
    places, parameters = random_city(seed, count)
    labels = cluster(parameters, k=3 + 2 * seed % 25)
    touches = touching(labels, places, parameters)
    assert close_pairs(assigned(touches), touches) == []


@pytest.mark.parametrize("count", range(1, 10))
def test_few_clusters_are_all_far_apart_whatever_touches(count):
    everything = ~np.eye(count, dtype=bool)
    assert close_pairs(assigned(everything), everything) == []
    assert close_pairs(assigned(np.zeros_like(everything)), everything) == []


def test_the_same_clusters_have_the_same_colours():
    places, parameters = random_city(3, 150)
    touches = touching(cluster(parameters, k=15), places, parameters)
    assert assigned(touches) == assigned(touches.copy())


def test_clusters_touch_if_a_sensor_of_one_is_near_a_sensor_of_the_other():
    line = np.arange(12.0)[:, None] ** 1.2  # growing distances, so that no two are equal
    labels = np.repeat([0, 1, 2], 4)
    expected = np.array([[0, 1, 0], [1, 0, 1], [0, 1, 0]], dtype=bool)
    np.testing.assert_array_equal(touching(labels, line), expected)
    unknown = np.where(labels[:, None] == 2, np.nan, line)
    assert touching(labels, unknown)[2].sum() == 0
    assert touching(labels, np.full_like(line, np.nan)).sum() == 0
    np.testing.assert_array_equal(touching(labels, unknown, line), expected)


def test_without_coordinates_the_parameters_alone_count():
    sensors = Sensors.numbered(40)
    _, parameters = random_city(0, 40)
    labels = cluster(parameters, k=5)
    touches = touching(labels, parameters)
    assert cluster_colours(sensors, parameters, labels) == assigned(touches)


def test_more_clusters_than_colours_repeat_them_but_not_side_by_side():
    chain = np.eye(40, k=1, dtype=bool) | np.eye(40, k=-1, dtype=bool)
    colours = assigned(chain)
    assert set(colours) <= set(PALETTE)
    assert close_pairs(colours, chain) == []


def test_no_cluster_has_no_colour():
    assert assigned(np.zeros((0, 0), dtype=bool)) == ()


def test_further_clusters_take_other_colours():
    own = PALETTE[3:6]
    more = with_more(own, 8)
    assert more[:3] == own
    assert len(set(more)) == 8
    assert with_more(own, 2) == own
    assert len(with_more(PALETTE, 30)) == 30


def test_colours_that_differ_do_so_in_every_sight():
    for one, other in combinations(range(len(PALETTE)), 2):
        far = close_pairs((PALETTE[one], PALETTE[other]), ~np.eye(2, dtype=bool)) == []
        assert differ(PALETTE, (one, other)) == far
    assert LEAST == 15


def test_a_very_large_city_has_colours_for_all_clusters_within_moments():
    count = 20_000
    rng = np.random.default_rng(0)
    labels = np.arange(count) % 15
    begun = time.monotonic()
    colours = cluster_colours(Sensors.numbered(count), rng.normal(size=(count, 16)), labels)
    assert time.monotonic() - begun < 10  # to search the nearest of all would take longer
    assert len(set(colours)) == 15
