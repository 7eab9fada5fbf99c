"""The claims' numbers against an oracle that writes every meta-parameter out; see there."""

import ast
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score, silhouette_score

from analysis.claims.catalogue import CLAIMS, EVERY
from analysis.claims.ground import Ground
from analysis.claims.other_readings import with_mean_readings
from analysis.claims.places import expected_split_share
from analysis.claims.run import evaluate_claims
from analysis.material import Material, load_material
from himnet.forecasting.track import Track
from tests import claims_oracle as oracle

EXACT = {"rel": 0, "abs": 1e-6}
FLOAT16 = 2**-11  # relative rounding error
WEEKEND = (5, 6)  # day numbers of Saturday and Sunday in both data sets
ALLOWED = {"__future__", "collections", "itertools", "math", "typing"} | {
    "numpy", "scipy", "sklearn", "torch",
    "himnet.checkpoints", "himnet.data.dataset", "himnet.forecasting.track",
    "himnet.model.reference",
}  # fmt: skip


@dataclass
class Case:
    """One checkpoint, as the explorer opens it and as the oracle reads it.

    Attributes:
        material: checkpoint, track and data set.
        results: of the explorer, by claim.
        ground: of the explorer.
        theta: (N, L) of the sensors.
        labels, cells: (N,) clusters and neighbourhoods of the oracle.
        places: (N, 2) metres.
        steps: (M,) of the oracle's moments.
    """

    material: Material
    results: dict[str, Any]
    ground: Ground
    theta: Any = field(repr=False)
    labels: Any = field(repr=False)
    cells: Any = field(repr=False)
    places: Any = field(repr=False)
    steps: Any = field(repr=False)

    @property
    def weights(self):
        return self.material.arrays.weights

    @property
    def roads(self):
        return oracle.road_names(self.material.info)

    @property
    def pairs(self):
        return oracle.opposite_pairs(self.places, self.material.info.sensors.freeway, self.roads)

    @property
    def periods(self):
        return oracle.groups_of_periods(self.material.dataset, self.steps)

    @property
    def speeds(self):
        return self.material.dataset.readings()[self.steps]

    def theta_at(self):
        """Theta at the moments, from the same E_st as the explorer's: the track's float16."""
        track: Track = self.material.track
        rows = [track.steps.tolist().index(step) for step in self.steps.tolist()]
        return oracle.theta_at_moments(self.weights, track.st_embedding[rows])


def case_of(name, data_dir=None) -> Case:
    material = load_material(name, data_dir=data_dir)
    arrays, ground = material.arrays, Ground(material)
    results = evaluate_claims(material, claims=EVERY, untrained=0, draws=3, ground=ground)
    theta = oracle.theta_of_sensors(arrays.weights)
    sensors = arrays.dataset.sensors
    places = oracle.places(sensors.latitude, sensors.longitude)
    return Case(
        material=material,
        results={result.id: result for result in results},
        ground=ground,
        theta=theta,
        labels=oracle.ward(theta, oracle.number_of_clusters(len(theta))),
        cells=oracle.neighbourhoods(places),
        places=places,
        steps=oracle.moments(material.dataset, material.track, arrays.config.in_steps),
    )


@pytest.fixture(
    scope="module",
    params=["synthetic-city", pytest.param("metr-la", marks=pytest.mark.slow)],
)
def case(request) -> Case:
    """The bundled city, which is generated from its name, and METR-LA where its data is."""
    if request.param == "synthetic-city":
        return case_of(request.param)
    return case_of(request.param, request.getfixturevalue("data_dir"))


# these take minutes on METR-LA, whose ten values are compared all the same
in_the_city = pytest.mark.parametrize("case", ["synthetic-city"], indirect=True)


@pytest.fixture(scope="module")
def time_cosines(case):
    return oracle.time_cosines(case.weights, case.material.model.steps_per_day)


def measured(case, name):
    return case.results[name].value


def beside(case, name, beginning):
    (found,) = (one.value for one in case.results[name].beside if one.name.startswith(beginning))
    return found


def test_the_oracle_imports_nothing_of_the_analysis():
    with open(oracle.__file__, encoding="utf-8") as file:
        tree = ast.parse(file.read())
    imported = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            imported |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level
            imported.add(node.module)
    assert {"numpy", "himnet.model.reference"} <= imported
    assert all(name in ALLOWED or name.split(".")[0] in ALLOWED for name in imported), imported
    called = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not called & {"__import__", "importlib", "exec", "eval"}


def test_every_claim_has_a_value_to_compare(case):
    assert list(case.results) == [claim.id for claim in EVERY]
    assert all(np.isfinite(result.value) for result in case.results.values())


def test_days(case):
    expected = oracle.days(case.weights, case.material.model.steps_per_day)
    assert measured(case, "days") == pytest.approx(expected, **EXACT)


def test_weekend_and_all_21_ways_to_choose_it(case):
    assert measured(case, "weekend") == pytest.approx(
        oracle.weekend(case.weights, WEEKEND), **EXACT
    )
    ratios = oracle.all_ratios(case.weights)
    assert len(ratios) == 21
    assert case.results["weekend"].draws == pytest.approx(ratios, **EXACT)
    others = np.delete(ratios, 20)  # Saturday and Sunday are the last of all combinations
    assert case.results["weekend"].null_mean == pytest.approx(others.mean(), **EXACT)


def test_days_are_as_far_apart_at_any_time(case):
    morning, night = (oracle.days_apart(case.weights, row) for row in (99, 0))
    assert morning == pytest.approx(night, abs=1e-9)


def test_the_line_has_a_ratio_of_11_to_6(case):
    assert oracle.ratio_of_a_line(WEEKEND) == pytest.approx(11 / 6, rel=1e-12)
    assert beside(case, "weekend", "the same for seven days") == pytest.approx(11 / 6, rel=1e-12)


def test_hours(case, time_cosines):
    assert measured(case, "hours") == pytest.approx(oracle.hours(time_cosines), **EXACT)


def test_rush_hours_and_all_shifts_of_the_clock(case, time_cosines):
    contrasts = oracle.rush_contrasts(time_cosines)
    assert measured(case, "rush-hours") == pytest.approx(contrasts[0], **EXACT)
    assert case.results["rush-hours"].draws == pytest.approx(contrasts, **EXACT)
    least = 1 / oracle.independent_shifts(contrasts)
    reached = sum(one >= contrasts[0] - 1e-12 for one in contrasts) / len(contrasts)
    assert case.results["rush-hours"].p_smallest == pytest.approx(least, **EXACT)
    assert case.results["rush-hours"].p_value == pytest.approx(max(least, reached), **EXACT)


def test_clusters(case):
    found = oracle.clusters(case.theta, case.labels)
    assert measured(case, "clusters") == pytest.approx(found, **EXACT)
    third_opinion = silhouette_score(case.theta, case.labels)
    assert found == pytest.approx(third_opinion, **EXACT)


def test_roads(case):
    expected = oracle.rand(case.labels, case.roads)
    assert measured(case, "roads") == pytest.approx(expected, **EXACT)
    known = [sensor for sensor, name in enumerate(case.roads) if name]
    names = [case.roads[sensor] for sensor in known]
    assert expected == pytest.approx(adjusted_rand_score(names, case.labels[known]), **EXACT)


def test_places_and_neighbourhoods_are_the_same(case):
    found = case.ground.distances
    assert found == pytest.approx(oracle.distances(case.places), abs=1e-3)  # metres
    assert adjusted_rand_score(case.ground.cells, case.cells) == 1


def test_carriageways_and_the_share_that_is_expected(case):
    labels, pairs, cells = case.labels, case.pairs, case.cells
    assert case.ground.opposite.tolist() == [list(pair) for pair in pairs]
    expected = oracle.carriageways(labels, pairs, cells)
    assert measured(case, "carriageways") == pytest.approx(expected, **EXACT)
    share, chance = (
        beside(case, "carriageways", name)
        for name in ("opposite pairs in different", "the same expected of labels")
    )
    assert share == pytest.approx(oracle.split_share(labels, pairs), **EXACT)
    assert chance == pytest.approx(oracle.expected_share(labels, pairs, cells), **EXACT)


def test_effect_sizes_that_are_not_the_statistic(case):
    h = [
        2 * np.arcsin(np.sqrt(of(case.labels, case.pairs, *more)))
        for of, more in ((oracle.split_share, ()), (oracle.expected_share, (case.cells,)))
    ]
    assert case.results["carriageways"].effect.value == pytest.approx(h[0] - h[1], **EXACT)
    multiple = oracle.weekend(case.weights, WEEKEND) / (11 / 6)
    assert case.results["weekend"].effect.value == pytest.approx(multiple, **EXACT)


def test_series(case):
    expected = oracle.series(case.theta, case.places, case.material.dataset)
    assert measured(case, "series") == pytest.approx(expected, **EXACT)


def test_near_sensors_share_clusters(case):
    expected = oracle.near_clusters(case.labels, case.places)
    assert measured(case, "near-clusters") == pytest.approx(expected, **EXACT)


def test_similarity_by_distance(case):
    expected = oracle.distance_decay(case.theta, case.places)
    assert measured(case, "distance") == pytest.approx(expected, **EXACT)


def test_moments_are_the_same(case):
    assert case.ground.moments.steps.tolist() == case.steps.tolist()
    days = len(case.material.track_days)
    assert 24 * days - 1 <= len(case.steps) <= 24 * days
    assert [len(period) for period in case.periods] in ([2, 3, 2], [1, 3, 2])
    assert np.array_equal(case.ground.speeds, case.speeds, equal_nan=True)


def test_within_clusters(case):
    expected = oracle.within_clusters(case.theta_at(), len(case.steps), case.periods, case.labels)
    assert measured(case, "within-clusters") == pytest.approx(expected, **EXACT)


def test_divergence(case):
    expected = oracle.divergence(case.theta_at(), case.speeds, case.labels)
    assert measured(case, "divergence") == pytest.approx(expected, **EXACT)


@in_the_city
def test_divergence_with_other_centrings(case):
    for centring, name in (("everything", "cosines centred over all"), ("none", "raw cosines")):
        expected = oracle.divergence(case.theta_at(), case.speeds, case.labels, centring)
        shown = beside(case, "divergence", f"Spearman's correlation, {name}")
        assert shown == pytest.approx(expected, **EXACT), centring


def test_the_track_is_what_the_reference_model_computes(case):
    steps = case.steps[:: max(1, len(case.steps) // 24)]
    rows = steps - case.material.track.steps[0]
    dataset = case.material.dataset
    own = oracle.embedding_of(case.material.arrays, dataset, dataset.values, steps)
    stored = case.material.track.st_embedding[rows].astype(np.float64)
    assert stored == pytest.approx(own, rel=FLOAT16, abs=1e-4)


@in_the_city
def test_both_claims_with_every_sensor_reading_the_networks_mean(case):
    dataset, arrays = case.material.dataset, case.material.arrays
    equal = oracle.network_mean(dataset)
    other = with_mean_readings(case.material)
    assert np.array_equal(other.dataset.values, equal)
    own = oracle.embedding_of(arrays, dataset, equal, case.steps)
    fast = other.embeddings(case.steps)
    assert fast == pytest.approx(own, abs=1e-4)
    # the readings' difference is told by the true speeds, and E_st by equal ones
    theta_at = oracle.theta_at_moments(case.weights, own)
    within = oracle.within_clusters(theta_at, len(case.steps), case.periods, case.labels)
    falls = oracle.divergence(theta_at, case.speeds, case.labels)
    from_code = same_reading(case, fast)
    assert from_code["within-clusters"] == pytest.approx(within, abs=1e-5)
    assert from_code["divergence"] == pytest.approx(falls, abs=1e-3)


def same_reading(case, embedding):
    """The claims' values as the explorer measures them, by claim, for another E_st."""
    from analysis.claims.model_view import ModelView

    view = ModelView(case.material.model, len(np.unique(case.labels)), embedding=embedding)
    return {
        claim.id: claim.sign * claim.value(view, case.ground)
        for claim in CLAIMS
        if claim.takes_forward_passes
    }


def test_the_expected_share_is_the_mean_over_every_permutation():
    labels, cells = np.array([0, 1, 1, 2, 0, 1]), np.array([0, 0, 0, 1, 1, 1])
    pairs = np.array([(0, 1), (2, 3), (4, 5)])
    every = [
        oracle.split_share(np.array([*first, *second]), pairs)
        for first in every_order(labels[:3])
        for second in every_order(labels[3:])
    ]
    assert len(every) == 36
    assert oracle.expected_share(labels, pairs, cells) == pytest.approx(np.mean(every))
    assert expected_split_share(labels, pairs, cells) == pytest.approx(np.mean(every))


def every_order(values):
    first = [(a, b, c) for a in range(3) for b in range(3) for c in range(3)]
    return [[values[i] for i in order] for order in first if len(set(order)) == 3]


def test_the_oracles_own_ward_and_map_are_right():
    rng = np.random.default_rng(0)
    points = np.concatenate([rng.normal(size=(6, 3)) + 20 * corner for corner in np.eye(3)])
    assert oracle.ward(points, 3).tolist() == [0] * 6 + [1] * 6 + [2] * 6
    # a degree of the equator, and the quarter meridian from the equator to (almost) the pole
    assert oracle.geodesic(0, 0, 0, 1)[0] == pytest.approx(111_319.491, abs=1e-3)
    assert oracle.geodesic(0, 0, 89.999999, 0)[0] == pytest.approx(10_001_965.729, abs=0.2)
    assert oracle.geodesic(0, 0, 0, 1)[1] == pytest.approx(np.pi / 2)
    assert len(list(combinations(range(7), 2))) == 21
