"""Claims on the map: planted roads and lanes are found, and nulls are what they say."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from analysis.claims.ground import Ground
from analysis.claims.places import (
    carriageway_beside,
    carriageways,
    expected_split_share,
    lane_contrast,
    road_alignment,
    road_beside,
    split_share,
)
from analysis.errors import AnalysisError
from analysis.evidence.agreement import against_permuted, permuted_within
from analysis.material import Material
from himnet.model.untrained import untrained_weights
from tests.analysis.claims.towns import CONFIG, TOWN, arrays, ground, nameless, view

DRAWS = {"draws": 99, "seed": 0}
OPPOSITE = np.array([[place, place + 6] for place in range(6)])
CONSECUTIVE = np.array([[place + lane, place + lane + 1] for lane in (0, 6) for place in range(5)])


def test_planted_roads_align_with_clusters():
    found = road_alignment(view(), ground(), **DRAWS)
    assert found.value == pytest.approx(1)
    assert found.p_value == found.p_smallest == 1 / 100
    others = {
        beside.name.split(",")[0]: beside for beside in road_beside(view(), ground(), **DRAWS)
    }
    assert others["NMI"].value == others["purity"].value == pytest.approx(1)
    assert others["consecutive sensors in one cluster"].value == 1
    assert all(beside.p_value < 0.05 for beside in others.values())


def test_permuted_nearby_is_harder_than_permuted_freely():
    nearby = road_alignment(view(), ground(), **DRAWS)
    freely = road_beside(view(), ground(), **DRAWS)[0]
    assert freely.value == nearby.value
    assert freely.null_mean < nearby.null_mean


def test_untrained_models_do_not_align():
    found = [
        road_alignment(view(untrained_weights(CONFIG, seed=seed)), ground(), **DRAWS)
        for seed in range(8)
    ]
    assert max(one.p_value for one in found) > 0.3
    assert abs(np.mean([one.value for one in found])) < 0.1


def test_clusters_that_are_neighbourhoods_do_not_pass_for_roads():
    """Sensors of both lanes side by side: what is near is alike, and that is all."""
    own = ground()
    found = road_alignment(view(given_labels=own.cells), own, **DRAWS)
    assert found.p_value == found.p_smallest == 1  # within a cell all labels are the same


def test_the_share_of_pairs_that_are_split():
    labels = np.array([0, 0, 1])
    assert split_share(labels, np.array([[0, 1], [1, 2]])) == 0.5
    assert split_share(labels[::-1], np.array([[0, 2]])) == 1


def test_each_lane_a_cluster_is_what_is_claimed():
    lanes = np.repeat([0, 1], 6)
    found = lane_contrast(lanes, OPPOSITE, CONSECUTIVE, draws=99)
    assert found.value == 1
    assert found.null_mean == pytest.approx((64 * 0.5 - 1) / 63)  # without the lanes as they are
    assert found.draws == 64  # all ways
    assert found.p_value == found.p_smallest == 2 / 64  # the lanes as they are, and the other way


def test_one_cluster_for_both_lanes_has_nothing_to_swap():
    found = lane_contrast(np.zeros(12, dtype=int), OPPOSITE, CONSECUTIVE, draws=99)
    assert found.value == 0
    assert found.p_value == found.p_smallest == 1


def test_clusters_across_lanes_are_not_what_is_claimed():
    across = np.tile(np.repeat([0, 1, 2], 2), 2)
    found = lane_contrast(across, OPPOSITE, CONSECUTIVE, draws=99)
    assert found.value == pytest.approx(-2 / 5)


@pytest.mark.parametrize("seed", range(3))
def test_few_places_are_swapped_in_all_ways(seed):
    labels = np.random.default_rng(seed).integers(3, size=12)
    found = lane_contrast(labels, OPPOSITE, CONSECUTIVE, draws=999)
    expected = []
    for ways in product([False, True], repeat=6):
        swapped = labels.copy()
        for (first, second), swap in zip(OPPOSITE, ways, strict=True):
            if swap:
                swapped[[first, second]] = labels[[second, first]]
        expected.append(split_share(labels, OPPOSITE) - split_share(swapped, CONSECUTIVE))
    # places whose two labels are the same are swapped without effect
    others = (np.sum(expected) - found.value) / (len(expected) - 1)
    assert found.null_mean == pytest.approx(others, abs=0.02)
    assert found.p_value == pytest.approx(np.mean(np.array(expected) >= found.value - 1e-12))


def test_many_places_are_swapped_at_random():
    lanes, places = np.repeat([0, 1], 40), np.arange(40)
    opposite = np.column_stack([places, places + 40])
    along = np.column_stack([places[:-1], places[1:]])
    found = lane_contrast(lanes, opposite, along, draws=199)
    assert found.p_value == found.p_smallest == 1 / 200
    assert found.null_mean == pytest.approx(0.5, abs=0.05)


def test_planted_lanes_are_found_in_the_town():
    found = carriageways(view(), ground(), **DRAWS)
    shares = {beside.name: beside.value for beside in carriageway_beside(view(), ground(), **DRAWS)}
    assert shares["opposite pairs in different clusters"] == 1
    expected = shares["the same expected of labels permuted within neighbourhoods"]
    assert found.value == pytest.approx(1 - expected)
    assert found.null_mean == pytest.approx(0, abs=0.03)
    assert found.value > 0.15
    assert shares["consecutive pairs in different clusters"] == 0
    assert shares["opposite pairs"] == len(ground().opposite) == len(TOWN.sensors) // 2


@pytest.mark.parametrize("seed", range(3))
def test_the_expected_share_is_the_mean_over_permutations(seed):
    rng = np.random.default_rng(seed)
    labels, cells = rng.integers(4, size=30), rng.integers(3, size=30)
    pairs = rng.permutation(30).reshape(15, 2)
    drawn = [split_share(permuted_within(labels, cells, rng), pairs) for _ in range(4000)]
    assert expected_split_share(labels, pairs, cells) == pytest.approx(np.mean(drawn), abs=0.01)


def test_a_clustering_that_splits_one_road_alone_is_not_what_is_claimed():
    """Both carriageways of nine roads are one cluster each, those of the tenth are two."""
    places = np.arange(100)
    opposite = np.column_stack([places, places + 100])
    roads = np.concatenate([places // 10, np.where(places < 10, 10, places // 10)])
    cells = np.concatenate([places // 10, places // 10])
    found = against_permuted(
        lambda labels: split_share(labels, opposite)
        - expected_split_share(roads, opposite, cells),
        roads, cells, draws=199,
    )  # fmt: skip
    assert split_share(roads, opposite) == pytest.approx(0.1)
    contrast = lane_contrast(roads, opposite, _along(100), draws=199)
    assert contrast.p_value < 0.01  # what the first version of the rules took for the claim
    assert found.value < 0.06


def _along(count):
    """Consecutive sensors of two carriageways of ten roads."""
    starts = np.array([place for place in range(count) if place % 10 < 9])
    one = np.column_stack([starts, starts + 1])
    return np.concatenate([one, one + count])


def test_what_the_ground_lacks_is_said():
    bare = Ground(Material(arrays(info=nameless()), None, None, "it is away"))
    for test in (road_alignment, carriageways):
        with pytest.raises(AnalysisError, match="have no coordinates"):
            test(view(), bare, **DRAWS)


@pytest.mark.parametrize(
    ("freeway", "direction", "said"),
    [
        (("",) * 24, ("",) * 24, "fewer than two roads are known"),
        (("A",) * 24, ("N",) * 24, "fewer than two roads are known"),
    ],
)
def test_roads_that_are_not_known_align_with_nothing(freeway, direction, said):
    with pytest.raises(AnalysisError, match=said):
        road_alignment(view(), _with_roads(freeway, direction), **DRAWS)


def test_lanes_need_two_carriageways():
    one_way = _with_roads(("A",) * 24, ("N",) * 24)
    with pytest.raises(AnalysisError, match="fewer than two roads are known"):
        carriageways(view(), one_way, **DRAWS)
    apart = _with_roads(tuple(f"A{number}" for number in range(24)), ("N",) * 24)
    with pytest.raises(
        AnalysisError, match=r"no two sensors on opposite carriageways .* 200 metres"
    ):
        carriageways(view(), apart, **DRAWS)
    alone = _with_roads(tuple(f"A{number // 2}" for number in range(24)), ("N", "S") * 12)
    with pytest.raises(AnalysisError, match="no road has two or more sensors"):
        _ = alone.consecutive


def _with_roads(freeway, direction):
    sensors = replace(TOWN.sensors, freeway=freeway, direction=direction)
    info = replace(TOWN.info, sensors=sensors)
    return Ground(Material(arrays(info=info), None, None, "it is away"))
