"""Partners of sensors: of the right class, drawn anew, and matched with sensors elsewhere."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.claims.ground import Ground
from analysis.identity.partners import (
    ANY,
    CALIPER,
    CLUSTER,
    CLUSTER_MEAN,
    DRAWS,
    MATCHED,
    MEAN,
    RADII,
    ROAD,
    Series,
    drawn,
    known_roads,
    matched,
    sensor_exchanges,
    series_of,
)
from himnet.data.info import Sensors
from tests.analysis.what_if.lively import SENSORS, material, town

LABELS = np.array([0, 1, 0, 2, 1, 0, 0, 2, 1, 0, 0, 3])  # sensor 11 has a cluster of its own


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    return material(tmp_path_factory.mktemp("partners"))


def exchanges_of(some, labels=LABELS, **more):
    ground = Ground(some)
    found = sensor_exchanges(some, ground, series_of(ground), labels, **more)
    by_name = {}
    for one in found:
        by_name.setdefault(one.name, []).append(one)
    return by_name


def test_partners_are_of_their_class_and_everybody_else_keeps_the_own(some):
    found, own = exchanges_of(some), some.model.spatial_queries().astype(np.float32)
    roads, metres = known_roads(some), Ground(some).distances
    rules = {
        ROAD: roads[:, None] == roads,
        CLUSTER: LABELS[:, None] == LABELS,
        ANY: np.ones((SENSORS, SENSORS), dtype=bool),
        **{name: metres <= far for name, far in RADII.items()},
    }
    apart = ~np.eye(SENSORS, dtype=bool)
    for name, rule in rules.items():
        for one in found[name]:
            has = (rule & apart).any(axis=1)
            np.testing.assert_array_equal(one.counted, has)
            np.testing.assert_array_equal(one.givers < 0, ~has)
            who = np.flatnonzero(has)
            assert (rule & apart)[who, one.givers[who]].all()
            np.testing.assert_array_equal(one.queries[who], own[one.givers[who]])
            np.testing.assert_array_equal(one.queries[~has], own[~has])
    assert not found[CLUSTER][0].counted[11]
    assert [len(found[name]) for name in rules] == [DRAWS] * len(rules)


def test_draws_differ_and_come_again_with_the_same_seed(some):
    found, again, other = exchanges_of(some), exchanges_of(some), exchanges_of(some, seed=1)
    givers = [one.givers.tolist() for one in found[ANY]]
    assert len({tuple(one) for one in givers}) == DRAWS
    assert givers == [one.givers.tolist() for one in again[ANY]]
    assert givers != [one.givers.tolist() for one in other[ANY]]


def test_a_partner_is_equally_likely():
    allowed = np.array([[0, 1, 1], [0, 0, 0], [1, 0, 0]], dtype=bool)
    rng = np.random.default_rng(0)
    found = np.array([drawn(allowed, rng) for _ in range(600)])
    assert set(found[:, 1]) == {-1}
    assert set(found[:, 2]) == {0}
    assert 240 < (found[:, 0] == 1).sum() < 360


def test_a_match_is_the_most_alike_sensor_that_is_elsewhere():
    correlations = np.array(
        [
            [1.0, 0.80, 0.81, 0.79, 0.10],
            [0.80, 1.0, 0.2, 0.3, 0.4],
            [0.81, 0.2, 1.0, 0.5, 0.6],
            [0.79, 0.3, 0.5, 1.0, 0.7],
            [0.10, 0.4, 0.6, 0.7, 1.0],
        ]
    )
    levels = np.array([60.0, 50.0, 50.1, 40.0, 50.0])
    givers = np.array([1, 0, -1, 4, 3])
    everyone = np.ones((5, 5), dtype=bool)
    # sensor 3 has another level, sensor 4 another correlation: 2 is left
    assert matched(givers, everyone & (np.arange(5) != 1), Series(correlations, levels))[0] == 2
    elsewhere = everyone & ~np.isin(np.arange(5), [1, 2])
    assert matched(givers, elsewhere, Series(correlations, levels))[0] == -1
    assert matched(givers, everyone, Series(correlations, levels))[2] == -1


def test_matches_are_as_alike_as_the_caliper_says_and_elsewhere(some):
    found, series, roads = exchanges_of(some), series_of(Ground(some)), known_roads(some)
    apart = ~np.eye(SENSORS, dtype=bool)
    wide, high = series.correlations[apart].std(), series.levels.std()
    seen = 0
    for name, match in MATCHED.items():
        for one in found.get(match, ()):
            partner = next(other for other in found[name] if other.draw == one.draw)
            who = np.flatnonzero(one.counted)
            seen += len(who)
            mine, theirs = one.givers[who], partner.givers[who]
            gaps = series.correlations[who, mine] - series.correlations[who, theirs]
            assert (np.abs(gaps) <= CALIPER * wide + 1e-12).all()
            assert (np.abs(series.levels[mine] - series.levels[theirs]) <= CALIPER * high).all()
            assert (roads[mine] != roads[who]).all()
            if name == CLUSTER:
                assert (LABELS[mine] != LABELS[who]).all()
            # without a match, the class's partner is taken, and does not count
            np.testing.assert_array_equal(one.queries[~one.counted], partner.queries[~one.counted])
            assert (one.givers[~one.counted] == -1).all()
    assert seen


def test_means_are_of_the_cluster_and_of_all(some):
    found, own = exchanges_of(some), some.model.spatial_queries()
    [of_cluster], [overall] = found[CLUSTER_MEAN], found[MEAN]
    np.testing.assert_allclose(of_cluster.queries[1], own[LABELS == 1].mean(axis=0), rtol=1e-6)
    assert not of_cluster.counted[11]
    np.testing.assert_allclose(overall.queries, np.tile(own.mean(axis=0), (SENSORS, 1)), rtol=1e-6)
    assert overall.counted.all()


def test_one_cluster_has_partners_but_nobody_elsewhere(some):
    found = exchanges_of(some, np.zeros(SENSORS, dtype=np.int64))
    assert MATCHED[CLUSTER] not in found
    assert found[CLUSTER][0].counted.all()


def test_clusters_of_one_sensor_each_have_no_partners(some):
    found = exchanges_of(some, np.arange(SENSORS))
    assert {CLUSTER, MATCHED[CLUSTER], CLUSTER_MEAN}.isdisjoint(found)


def test_without_roads_and_places_clusters_remain(tmp_path):
    city = town()
    bare = replace(city, info=replace(city.info, sensors=Sensors.numbered(SENSORS)))
    found = exchanges_of(material(tmp_path, dataset=bare))
    assert set(found) <= {CLUSTER, ANY, MATCHED[CLUSTER], CLUSTER_MEAN, MEAN}
    assert {CLUSTER, ANY, MEAN} <= set(found)


def test_one_road_alone_is_no_class(tmp_path):
    city = town()
    sensors = replace(city.info.sensors, freeway=("I-5",) * SENSORS, direction=("N",) * SENSORS)
    found = exchanges_of(
        material(tmp_path, dataset=replace(city, info=replace(city.info, sensors=sensors)))
    )
    assert ROAD not in found
    assert "3km" in found


def test_mean_readings_leave_missing_ones_out(tmp_path):
    city = town()
    values = city.values.copy()
    values[:, 4] = city.info.missing_value
    some = material(tmp_path, dataset=replace(city, values=values))
    series, windows = series_of(Ground(some)), city.splits["test"].index
    part = some.dataset.readings()[windows[0, 1] : windows[-1, 2]].astype(float)
    assert np.isnan(part[:, 0]).any()
    assert series.levels[0] == pytest.approx(np.nanmean(part[:, 0]))
    assert np.isnan(series.levels[4])
    found = exchanges_of(some)
    assert not any(
        (one.givers == 4).any() for name in MATCHED.values() for one in found.get(name, ())
    )
