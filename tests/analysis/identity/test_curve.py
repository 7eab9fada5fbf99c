"""The statistics of the identity curve, against their definitions, and what they tell apart."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.evidence.intervals import Interval
from analysis.identity.curve import FIXED, MAIN_REACH, identity_of, pair_costs
from analysis.identity.measure import REACHES, Sums, plan_of
from analysis.identity.partners import ANY, CLUSTER, MATCHED, ROAD
from analysis.identity.table import main_association, results, text, verdict
from tests.analysis.evidence.pairs import partial
from tests.analysis.what_if.lively import SENSORS, material


@pytest.fixture(scope="module")
def plan(tmp_path_factory):
    return plan_of(material(tmp_path_factory.mktemp("curve")), windows=24)


def made(plan, cost, *, noise=0.3, seed=0):
    """Sums of a model in which sensor i costs `cost[i, j]` with the embedding of j.

    Args:
        cost: (N, N), per reading; the same at each reach.
        noise: deviation of the cost from day to day.
    """
    rng = np.random.default_rng(seed)
    days = int(plan.days.max()) + 1
    counts = np.full((days, SENSORS), 20.0)
    own = 5 * counts
    everybody = np.arange(SENSORS)
    sensors = np.empty((len(REACHES), len(plan.sensors), days, SENSORS))
    for place, one in enumerate(plan.sensors):
        grown = np.where(one.givers >= 0, cost[everybody, one.givers], 1.0)
        daily = grown + noise * rng.normal(size=(days, 1))
        sensors[:, place] = own + daily * counts
    moments = np.tile(own.sum(axis=1), (len(plan.moments), 1))
    of_days = np.tile(counts.sum(axis=1), (len(plan.moments), 1))
    return Sums(len(plan.steps), own, counts, sensors, moments + of_days, moments, of_days)


@pytest.fixture(scope="module")
def random_cost():
    return np.random.default_rng(1).uniform(0.5, 2, size=(SENSORS, SENSORS))


@pytest.fixture(scope="module")
def found(plan, random_cost):
    return identity_of(plan, made(plan, random_cost), draws=19)


def test_the_cost_is_the_mean_over_sensors_with_a_partner_and_draws(plan, random_cost, found):
    sums = made(plan, random_cost)
    for name in (ROAD, ANY, MATCHED[ROAD]):
        draws = [(place, one) for place, one in enumerate(plan.sensors) if one.name == name]
        grown = counts = 0.0
        for place, one in draws:
            who = np.flatnonzero(one.counted)
            grown += (sums.sensors[0, place] - sums.own)[:, who].sum()
            counts += sums.counts[:, who].sum()
        cost = found.cost(name)
        assert cost.difference.value == pytest.approx(grown / counts)
        assert cost.mae == pytest.approx(5 + grown / counts)
        assert (cost.own, cost.draws) == (5, len(draws))
        assert cost.readings == counts
        assert cost.difference.low < cost.difference.value < cost.difference.high
        assert cost.difference.days == found.days


def test_a_share_is_of_the_cost_of_any_partner_of_the_same_sensors(plan, random_cost, found):
    sums = made(plan, random_cost)
    more = (sums.sensors[0] - sums.own).sum(axis=1)
    of_any = np.mean([more[n] for n, one in enumerate(plan.sensors) if one.name == ANY], axis=0)
    top = bottom = 0.0
    for place, one in enumerate(plan.sensors):
        if one.name == CLUSTER:
            top += more[place, one.counted].sum()
            bottom += of_any[one.counted].sum()
    share = found.cost(CLUSTER).share
    assert share.value == pytest.approx(1 - top / bottom)
    assert share.low < share.value < share.high
    assert found.cost(ANY).share is None


def test_a_comparison_is_over_sensors_with_a_match_in_the_same_draw(plan, random_cost, found):
    compared = next(one for one in found.comparisons if (one.name, one.reach) == (ROAD, MAIN_REACH))
    sums = made(plan, random_cost)
    more = (sums.sensors[0] - sums.own).sum(axis=1)
    readings, pairs, costs = sums.counts.sum(axis=0), 0, np.zeros(2)
    gaps = []
    for place, match in enumerate(plan.sensors):
        if match.name != MATCHED[ROAD]:
            continue
        other = next(
            n for n, one in enumerate(plan.sensors) if (one.name, one.draw) == (ROAD, match.draw)
        )
        who = np.flatnonzero(match.counted)
        pairs += len(who)
        costs += more[other, who].sum(), more[place, who].sum()
        series = plan.series.correlations
        gaps += list(series[who, match.givers[who]] - series[who, plan.sensors[other].givers[who]])
    costs /= pairs * readings[0]
    assert (compared.cost, compared.matched) == pytest.approx(tuple(costs))
    assert compared.difference.value == pytest.approx(costs[1] - costs[0])
    assert compared.pairs == pairs
    assert compared.correlation_gap == pytest.approx(np.mean(gaps))


def test_costs_of_pairs_are_means_over_the_draws_that_have_them(plan, random_cost):
    sums = made(plan, random_cost, noise=0)
    pairs = pair_costs(plan.sensors, sums.sensors[0] - sums.own, sums.counts)
    known = ~np.isnan(pairs)
    assert SENSORS < known.sum() < SENSORS**2
    np.testing.assert_allclose(pairs[known], random_cost[known])
    assert not known.diagonal().any()


def test_the_association_is_the_partial_correlation_over_known_pairs(plan, random_cost, found):
    sums = made(plan, random_cost)
    cost = pair_costs(plan.sensors, sums.sensors[0] - sums.own, sums.counts)
    theta = plan.material.spatial_coordinates()
    far = np.linalg.norm(theta[:, None] - theta, axis=2)
    levels = plan.series.levels
    fixed = [plan.series.correlations, plan.ground.distances, np.abs(levels[:, None] - levels)]
    for count in (2, 3):
        one = next(
            a for a in found.associations if a.reach == MAIN_REACH and a.fixed == FIXED[:count]
        )
        pairs = np.nonzero(~np.isnan(cost))
        assert one.value == pytest.approx(partial(far, cost, fixed[:count], pairs))
        assert one.pairs == len(pairs[0])
    assert main_association(found).fixed == FIXED


def test_what_roads_share_beyond_their_series_is_found_and_a_name_tag_is_not(plan):
    roads = np.unique(plan.material.info.sensors.roads, return_inverse=True)[1]
    same = roads[:, None] == roads
    structure = identity_of(plan, made(plan, np.where(same, 0.2, 1.0)), draws=19)
    assert structure.comparison().difference.low > 0
    assert structure.comparison().share.value == pytest.approx(0.8, abs=0.15)
    assert structure.comparison().matched_share.value < 0.3
    assert "share more than similar series explain (" in verdict(structure, "mph")
    tag = identity_of(plan, made(plan, np.ones((SENSORS, SENSORS))), draws=19)
    assert tag.comparison().difference.low < 0 < tag.comparison().difference.high
    assert "is not shown" in verdict(tag, "mph")


def test_distant_meta_parameters_that_cost_more_are_found(plan):
    theta = plan.material.spatial_coordinates()
    far = np.linalg.norm(theta[:, None] - theta, axis=2)
    found = identity_of(plan, made(plan, 1 + far / far.max()), draws=99)
    assert main_association(found).value > 0.8
    assert main_association(found).p_value < 0.05


def test_costs_that_are_not_above_zero_have_no_share(plan):
    found = identity_of(plan, made(plan, np.zeros((SENSORS, SENSORS))), draws=9)
    assert all(one.share is None for one in found.costs)
    assert all(one.share is None and one.matched_share is None for one in found.comparisons)
    assert "saves" not in verdict(found, "mph")


def test_a_part_is_told_as_partial(plan, random_cost):
    half = identity_of(plan, replace(made(plan, random_cost), done=12), draws=9)
    assert half.is_partial
    assert text(half, "mph").startswith("PARTIAL: 12 of 24 windows")
    assert "single seed, partial" in verdict(half, "mph")
    assert results(half, "mph")["partial"] is True


def test_the_text_names_every_class_reach_and_null(found):
    told = text(found, "mph")
    for words in (
        "same road and direction", "similar series, another road", "within 3 km", "the graph",
        "3 hours away", "mean of all sensors", "single seed", "sensors permuted within",
        "matches differ by", "saved of the cost of any",
    ):  # fmt: skip
        assert words in told
    assert all(len(line) < 130 for line in told.splitlines()[:-1])  # the verdict is a sentence


def test_nothing_measured_is_one_sentence(plan, random_cost):
    with pytest.raises(AnalysisError, match="no window has been measured yet"):
        identity_of(plan, replace(made(plan, random_cost), done=0))


def test_without_a_match_there_is_no_verdict(found):
    told = verdict(replace(found, comparisons=()), "mph")
    assert told.startswith("Whether embeddings are more than names cannot be told")


def test_matches_that_cost_less_are_said_as_they_are(found):
    [road] = [one for one in found.comparisons if (one.name, one.reach) == (ROAD, MAIN_REACH)]
    below = replace(road, difference=Interval(-0.2, -0.3, -0.1, 5))
    told = verdict(replace(found, comparisons=(below,)), "mph")
    assert "share less than sensors elsewhere with as similar a series" in told
