"""The bundled model of METR-LA: whatever its weights, these hold of a model that has learnt."""

import json
import subprocess
import sys

import numpy as np
import pytest

from analysis.city.roads import positions, sensor_frame
from analysis.claims.model_view import ModelView
from analysis.claims.stored import stored_claims
from analysis.claims.temporal import clock_order
from analysis.evidence.agreement import (
    agreement,
    cluster_silhouette,
    neighbourhoods,
    trustworthiness,
)
from analysis.geometry.clustering import DEFAULT_CLUSTERS, cluster
from analysis.geometry.projection import tsne
from analysis.geometry.similarity import cosine_matrix
from analysis.geometry.spaces import learnt_space, spatial_coordinates, spatial_queries
from analysis.patterns.hours import day_distances, hour_cosines, week_coordinates
from analysis.patterns.structure import hour_structure
from analysis.what_if.stored import stored_exchange, stored_matrix
from himnet import CheckpointArrays, Track, load_arrays, load_track
from himnet.forecasting.split_errors import stored_errors

WITHOUT_TORCH = """
import json, sys
from himnet import load_arrays
from analysis.patterns.hours import day_distances
from analysis.geometry.spaces import spatial_queries, learnt_space
loaded = load_arrays("metr-la")
space = learnt_space(loaded.model, "spatial")
points = space.coordinates(spatial_queries(loaded.model))
day_distances(loaded.model)
print(json.dumps({"shape": points.shape, "torch": "torch" in sys.modules}))
"""


@pytest.fixture(scope="module")
def metr_la() -> CheckpointArrays:
    return load_arrays("metr-la")


@pytest.fixture(scope="module")
def coordinates(metr_la):
    space = learnt_space(metr_la.model, "spatial")
    return space.coordinates(spatial_queries(metr_la.model))


@pytest.fixture(scope="module")
def track() -> Track:
    found = load_track("metr-la")
    assert found is not None
    return found


def test_it_is_analysed_without_torch():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    answer = json.loads(done.stdout)
    assert not answer["torch"]
    assert answer["shape"] == [207, 16]


def test_it_is_of_metrla_and_loads_without_a_warning(metr_la):
    assert metr_la.dataset.name == "METRLA"
    assert metr_la.config.num_nodes == len(metr_la.dataset.sensors) == 207
    assert metr_la.warnings == ()
    assert len(metr_la.sha256) == 64


def test_its_days_have_distances(metr_la):
    distances = day_distances(metr_la.model)
    assert np.array_equal(distances, distances.T)
    assert not np.diagonal(distances).any()
    assert (distances[~np.eye(7, dtype=bool)] > 0).all()
    assert week_coordinates(metr_la.model).shape == (168, 16)


def test_its_cosines_are_cosines(metr_la, coordinates):
    hours = hour_cosines(metr_la.model)
    for cosines in (hours, cosine_matrix(coordinates), cosine_matrix(coordinates, centred=True)):
        assert np.isfinite(cosines).all()
        assert np.diagonal(cosines) == pytest.approx(np.ones(len(cosines)))
        assert np.abs(cosines).max() <= 1


def test_its_hours_are_in_order_wherever_that_is_asked(metr_la):
    view = ModelView(metr_la.model, DEFAULT_CLUSTERS)
    claimed = clock_order(view, None, draws=99, seed=0)
    assert claimed.is_above
    # the page, the tour and the film take this one
    assert hour_structure(metr_la.model).order == claimed


def test_its_clusters_follow_the_roads_more_than_nearness_alone_would(metr_la, coordinates):
    sensors = metr_la.dataset.sensors
    labels = cluster(coordinates, k=DEFAULT_CLUSTERS)
    cells = neighbourhoods(positions(sensor_frame(sensors)))
    for kind in ("ARI", "NMI"):
        found = agreement(labels, sensors.roads, kind=kind, cells=cells)
        assert found.value > found.null_mean
        assert found.p_value <= 0.05


def test_its_clusters_and_projection_have_numbers_to_judge_them_by(coordinates):
    labels = cluster(coordinates, k=DEFAULT_CLUSTERS)
    found = cluster_silhouette(coordinates, labels, method="ward", draws=5)
    assert -1 <= found.null_low <= found.null_high <= 1
    trusted = trustworthiness(coordinates, tsne(coordinates, iterations=250), draws=5)
    assert trusted.value > trusted.null_high
    assert trusted.p_value == 1 / 6


def test_its_track_belongs_to_it_and_has_a_geometry(metr_la, track):
    assert track.checkpoint_sha256 == metr_la.sha256
    embedding = track.st_embedding[:: len(track) // 20]
    points = learnt_space(metr_la.model, "moment").coordinates(embedding)
    assert points.shape[:2] == (len(embedding), 207)
    cosines = cosine_matrix(points)
    assert np.isfinite(cosines).all()
    assert np.abs(cosines).max() <= 1


@pytest.mark.parametrize("name", ["metr-la", "synthetic-city"])
def test_every_bundled_model_carries_what_was_measured_on_it(name):
    """Pages open on it without data; measuring again is what makes it equal."""
    arrays = load_arrays(name)
    errors, _ = stored_errors(arrays, "test")
    for step in (3, 6, 12):
        mae = arrays.metrics["test"][str(step)]["mae"]
        assert errors.horizons[step - 1] == pytest.approx(mae, rel=1e-6)
    matrix, _ = stored_matrix(arrays)
    np.testing.assert_array_equal(matrix.labels, cluster(spatial_coordinates(arrays.model)))
    assert stored_exchange(arrays) is not None
    assert stored_claims(arrays) is not None
