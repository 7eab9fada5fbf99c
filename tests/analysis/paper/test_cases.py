"""Cases are found by what they are: planted ones come first, whatever the clusters' numbers."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.paper.cases import (
    carriageway_cases,
    crossing_cases,
    described,
    diverging_cases,
    given_pair,
    most_congested,
    unlike_cases,
)
from tests.analysis.paper.places import city, crossroads, two_carriageways

TWO_ROADS = city(two_carriageways("R-1", 6) + two_carriageways("R-2", 6, north=20_000.0))
CROSS = city(crossroads())
SPLIT = np.repeat([0, 1], 4)  # the crossroads, a cluster for each freeway


def split(first, second, *, wrong=0):
    """Labels of six places: one cluster for each side, but for `wrong` places."""
    labels = np.tile([first, second], 6)
    labels[: 2 * wrong] = first
    return labels


@pytest.mark.parametrize(("east", "west"), [(4, 2), (2, 4)])
def test_the_two_carriageways_of_a_road_are_found(east, west):
    labels = np.concatenate([np.zeros(12, dtype=np.int64), split(east, west)])
    best = carriageway_cases(TWO_ROADS, labels)[0]
    assert best.clusters == (east, west)
    assert best.freeways == ("R-2", "R-2")
    assert best.score == 6
    assert set(best.members[0]) == set(range(12, 24, 2))


def test_the_cleaner_split_comes_first():
    labels = np.concatenate([split(0, 1, wrong=2), split(2, 3, wrong=1)])
    assert [(c.clusters, c.score) for c in carriageway_cases(TWO_ROADS, labels)] == [
        ((2, 3), 4.0),
        ((0, 1), 2.0),
    ]


def test_equal_splits_keep_the_order_of_the_roads():
    labels = np.concatenate([split(5, 6), split(0, 1)])
    assert [c.freeways[0] for c in carriageway_cases(TWO_ROADS, labels)] == ["R-1", "R-2"]


def test_clusters_that_do_not_part_the_carriageways_are_no_case():
    assert carriageway_cases(TWO_ROADS, np.repeat([0, 1], 12)) == []
    mixed = np.tile([0, 1, 1, 0], 6)  # each side has as many of either
    assert carriageway_cases(TWO_ROADS, mixed) == []


def test_without_roads_there_are_no_cases():
    nameless = city([(x, y, "", "") for x, y, *_ in crossroads()])
    assert carriageway_cases(nameless, SPLIT) == []
    assert crossing_cases(nameless, SPLIT, np.ones((3, 8)), each=5) == []


def test_the_slowest_cluster_is_the_congested_one():
    labels = np.repeat([0, 1, 2], [4, 4, 1])
    values = np.tile(np.array([60.0] * 4 + [30.0] * 4 + [5.0]), (10, 1))
    values[:5, 4] = np.nan
    assert most_congested(values, labels) == [(1, 30.0), (0, 60.0)]  # a single sensor is too few


def test_clusters_without_readings_are_not_congested():
    values = np.full((4, 6), np.nan)
    assert most_congested(values, np.repeat([0, 1], 3)) == []
    values[:, :3] = 50
    assert most_congested(values, np.repeat([0, 1], 3)) == [(0, 50.0)]


def test_clusters_of_crossing_roads_are_found_with_the_sensors_nearest_to_the_crossing():
    values = np.tile(np.repeat([60.0, 20.0], 4), (6, 1))
    [case] = crossing_cases(CROSS, SPLIT, values, each=2, unit="mph")
    assert case.clusters == (0, 1)
    assert case.score == pytest.approx(40)
    assert case.freeways == ("R-1", "R-2")
    assert [set(own) for own in case.members] == [{1, 2}, {5, 6}]
    assert "mph" in case.about


def test_roads_that_do_not_meet_do_not_cross():
    values = np.tile(np.arange(24.0), (3, 1))
    assert crossing_cases(TWO_ROADS, np.repeat([0, 1], 12), values, each=5) == []


def test_what_was_never_read_at_the_same_moment_does_not_diverge():
    values = np.full((4, 8), np.nan)
    values[:2, :4], values[2:, 4:] = 60, 20
    assert crossing_cases(CROSS, SPLIT, values, each=5) == []
    assert diverging_cases(SPLIT, values, [""] * 8) == []
    assert crossing_cases(CROSS, SPLIT, np.empty((0, 8)), each=5) == []


def test_two_sensors_are_too_few():
    labels = np.array([0, 0, 2, 2, 1, 1, 1, 1])
    assert crossing_cases(CROSS, labels, np.ones((3, 8)), each=5) == []
    assert diverging_cases(labels, np.ones((3, 8)), [""] * 8) == []


def test_the_pair_that_diverges_most_comes_first():
    labels = np.repeat([0, 1, 2], 3)
    values = np.tile(np.repeat([60.0, 50.0, 20.0], 3), (8, 1))
    values[::2, 6] = np.nan
    cases = diverging_cases(labels, values, ["A"] * 3 + ["B"] * 3 + [""] * 3, unit="mph")
    assert [(c.clusters, c.score) for c in cases] == [((0, 2), 40), ((1, 2), 30), ((0, 1), 10)]
    assert cases[0].freeways == ("A", "")
    left = diverging_cases(labels, values, [""] * 9, without=(0,))
    assert [case.clusters for case in left] == [(1, 2)]


def test_a_given_pair_has_its_score_where_it_was_found():
    values = np.tile(np.repeat([60.0, 50.0, 20.0], 3), (8, 1))
    labels, roads = np.repeat([0, 1, 2], 3), [""] * 9
    cases = diverging_cases(labels, values, roads)
    assert given_pair([2, 1], cases, labels, roads).score == 30
    alone = given_pair([2, 1], [], labels, roads)
    assert alone.clusters == (2, 1)
    told = described(alone, cases, given=True)
    assert told["score"] is None
    assert [other["score"] for other in told["runners_up"]] == [40, 30, 10]


@pytest.mark.parametrize("wrong", [3, -1])
def test_a_cluster_that_there_is_not_is_named(wrong):
    with pytest.raises(AnalysisError, match=f"no cluster {wrong}; choose 0 to 2"):
        given_pair([0, wrong], [], np.repeat([0, 1, 2], 3), [""] * 9)


def test_unlike_clusters_are_near_and_correlate_least():
    # four clusters of four sensors in a row; the first and the last are most unlike
    east = (0.0, 1000.0, 1900.0, 3500.0)
    rows = [(begin + 10 * n, 0.0, "", "") for begin in east for n in range(4)]
    labels, hours = np.repeat(np.arange(4), 4), np.linspace(0, 2 * np.pi, 50)
    shapes = (np.sin(hours), np.sin(hours + 0.3), np.sin(hours + 2), np.sin(hours + np.pi))
    series = np.repeat(np.stack(shapes, axis=1), 4, axis=1)
    best, *others = unlike_cases(labels, series, [""] * 16, city(rows))
    assert best.clusters == (1, 2)
    assert best.score == pytest.approx(1 - np.corrcoef(shapes[1], shapes[2])[0, 1])
    assert len(others) == 1, "of six pairs, the nearest quarter"
    assert best.members == ((7, 6, 5, 4), (8, 9, 10, 11)), "the nearest first"
    anywhere = unlike_cases(labels, series, [""] * 16, None)
    assert (anywhere[0].clusters, len(anywhere)) == ((0, 3), 6)
    assert best.unlike
    assert best.nearest_first
    assert not anywhere[0].nearest_first


def test_clusters_without_a_series_are_no_case():
    labels = np.repeat([0, 1], 3)
    assert unlike_cases(labels, np.full((9, 6), np.nan), [""] * 6, None) == []
    assert unlike_cases(np.arange(6), np.ones((9, 6)), [""] * 6, None) == []
