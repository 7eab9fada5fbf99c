"""The hours of a week: what is compared is what is said, and a planted week is found."""

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.geometry.similarity import cosine_matrix, distance_matrix
from analysis.geometry.spaces import SpaceChoice, temporal_queries
from analysis.patterns.hours import (
    clock_order,
    day_distances,
    day_silhouette,
    hour_cosines,
    hour_means,
    hour_order,
    hour_rows,
    time_cosines,
    time_rows,
    week_coordinates,
    week_hours,
    weekend_contrast,
)
from himnet.model.parameters import HimNetParameters
from himnet.model.untrained import untrained_weights
from tests.analysis.expanded import TWO_LAYERS, expanded, small, trained_like

CONFIG = TWO_LAYERS
WEIGHTS = trained_like(CONFIG)
CHOICES = (SpaceChoice(), SpaceChoice(pool="gate", bias=False, layer=0))
CLOCK = np.arange(24)


def theta_of(queries, choice):
    return expanded(WEIGHTS, CONFIG, "encoder_t", queries, choice)


def queries_at(day):
    return temporal_queries(
        HimNetParameters(WEIGHTS, CONFIG), 2 * CLOCK, np.full(24, day)
    )  # 48 steps a day


def test_a_week_has_its_hours_day_by_day():
    hours, days = week_hours()
    assert hours.shape == days.shape == (168,)
    assert len(set(zip(hours.tolist(), days.tolist(), strict=True))) == 168
    assert (np.diff(days) >= 0).all()
    assert hours[:24].tolist() == list(range(24))


@pytest.mark.parametrize("steps", [24, 25, 36, 48, 100, 288])
def test_an_hours_row_is_the_step_during_which_it_begins(steps):
    rows = hour_rows(small(steps_per_day=steps))
    starts = rows * 24 / steps
    assert rows.shape == (24,)
    assert (starts <= CLOCK).all()
    assert (starts + 24 / steps > CLOCK).all()
    assert rows.max() < steps


@pytest.mark.parametrize("steps", [1, 23])
def test_days_of_fewer_than_24_steps_have_no_hours(steps):
    config = small(steps_per_day=steps)
    with pytest.raises(AnalysisError, match=f"has {steps} steps; hours require 24 or more"):
        hour_rows(config)
    with pytest.raises(AnalysisError, match="24 or more"):
        hour_cosines(HimNetParameters(trained_like(config), config))


@pytest.mark.parametrize("steps", [24, 36, 100, 288])
def test_the_mean_of_an_hour_is_that_of_the_parameters_of_all_its_steps(steps):
    config = small(steps_per_day=steps)
    weights = trained_like(config)
    model = HimNetParameters(weights, config)
    means = hour_means(model)
    assert means.sum(axis=1) == pytest.approx(np.ones(24))
    assert (means > 0).sum(axis=0).tolist() == [1] * steps  # a step belongs to one hour
    rows = np.arange(steps)
    queries = temporal_queries(model, rows, np.full(steps, 3))
    theta = expanded(weights, config, "encoder_t", queries, SpaceChoice())
    expected = cosine_matrix(means @ theta)
    found = hour_cosines(model, variant="day", day=3, part="whole")
    np.testing.assert_allclose(found, expected, atol=1e-6)
    week = week_coordinates(model, part="whole")[3 * 24 : 4 * 24]
    np.testing.assert_allclose(distance_matrix(week), distance_matrix(means @ theta), atol=1e-5)


def test_the_mean_of_an_hour_is_less_noisy_than_its_first_row():
    config = small(steps_per_day=288)
    weights = trained_like(config)
    clock = np.arange(288) / 288 * 2 * np.pi
    rng = np.random.default_rng(0)
    table = weights["tod_embedding.weight"]
    smooth = np.stack([np.cos(clock + phase) for phase in range(table.shape[1])], axis=1)
    noisy = (smooth + rng.normal(size=smooth.shape)).astype(np.float32)
    model = HimNetParameters(weights | {"tod_embedding.weight": noisy}, config)
    true = HimNetParameters(weights | {"tod_embedding.weight": smooth.astype(np.float32)}, config)
    wanted = hour_cosines(true, variant="tod", part="whole")
    off = [np.abs(hour_cosines(model, variant="tod", part=part) - wanted).mean()
           for part in ("start", "whole")]  # fmt: skip
    assert off[1] < off[0] / 2


def test_steps_that_do_not_fill_hours_evenly_are_fine():
    config = small(steps_per_day=100)
    weights = trained_like(config)
    assert week_coordinates(HimNetParameters(weights, config)).shape[0] == 168
    assert np.isfinite(hour_cosines(HimNetParameters(weights, config))).all()


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.label)
def test_two_days_are_equally_far_apart_at_every_hour(choice):
    distances = day_distances(HimNetParameters(WEIGHTS, CONFIG), choice)
    for first, second in [(0, 1), (2, 6)]:
        apart = theta_of(queries_at(first), choice) - theta_of(queries_at(second), choice)
        expected = np.full(24, distances[first, second])
        assert np.linalg.norm(apart, axis=1) == pytest.approx(expected)


def test_day_distances_are_a_distance():
    distances = day_distances(HimNetParameters(WEIGHTS, CONFIG))
    assert distances.shape == (7, 7)
    assert np.array_equal(distances, distances.T)
    assert not np.diagonal(distances).any()
    assert (distances + 100 * np.eye(7) > 0).all()


def test_a_weeks_coordinates_are_those_of_its_meta_parameters():
    theta = np.concatenate([theta_of(queries_at(day), SpaceChoice()) for day in range(7)])
    found = distance_matrix(week_coordinates(HimNetParameters(WEIGHTS, CONFIG)))
    assert found == pytest.approx(distance_matrix(theta), abs=1e-6)


@pytest.mark.parametrize("choice", CHOICES, ids=lambda choice: choice.label)
@pytest.mark.parametrize("centred", [False, True])
def test_the_variants_are_what_they_say_in_expanded_parameters(choice, centred):
    def cosines(variant, day=0):
        return hour_cosines(
            HimNetParameters(WEIGHTS, CONFIG), choice, variant=variant, day=day, centred=centred
        )

    by_day = [cosine_matrix(theta_of(queries_at(d), choice), centred=centred) for d in range(7)]
    for day in (0, 5):
        assert cosines("day", day) == pytest.approx(by_day[day], abs=1e-6)
    assert cosines("mean") == pytest.approx(np.mean(by_day, axis=0), abs=1e-6)
    without_day = queries_at(0)
    without_day[:, CONFIG.tod_embedding_dim :] = 0
    alone = cosine_matrix(theta_of(without_day, choice), centred=centred)
    assert cosines("tod") == pytest.approx(alone, abs=1e-6)


def test_centred_cosines_know_no_day():
    """A day adds the same to all its hours, and centring takes it away again."""
    alone = hour_cosines(HimNetParameters(WEIGHTS, CONFIG), variant="tod", centred=True)
    for day in range(7):
        found = hour_cosines(
            HimNetParameters(WEIGHTS, CONFIG), variant="day", day=day, centred=True
        )
        assert found == pytest.approx(alone)


def test_an_unknown_variant_is_refused():
    with pytest.raises(AnalysisError, match="unknown variant 'week'; choose mean, day or tod"):
        hour_cosines(HimNetParameters(WEIGHTS, CONFIG), variant="week")


@pytest.mark.parametrize("ablation", ["E_t", "TMP"])
def test_without_temporal_meta_parameters_there_is_no_week(ablation):
    config = small(ablate=ablation)
    model = HimNetParameters(trained_like(config), config)
    for measure in (week_coordinates, hour_cosines, day_distances, day_silhouette):
        with pytest.raises(AnalysisError, match=f"trained without {ablation}"):
            measure(model)


def circle(order=CLOCK):
    """Cosines of hours that lie on a circle in the given order."""
    angle = 2 * np.pi * np.asarray(order) / 24
    return np.cos(angle[:, None] - angle)


def test_hours_on_a_circle_are_in_perfect_order():
    found = hour_order(circle())
    assert found.value == pytest.approx(1)
    assert found.p_value == 1 / 100
    assert abs(found.null_mean) < 0.1


def test_it_does_not_matter_at_which_hour_the_circle_begins():
    assert hour_order(circle(np.roll(CLOCK, 7))).value == pytest.approx(1)


def test_hours_in_no_order_are_not_in_order():
    rng = np.random.default_rng(0)
    found = [hour_order(circle(rng.permutation(24)), seed=seed) for seed in range(20)]
    assert np.mean([one.value for one in found]) == pytest.approx(0, abs=0.1)
    assert sum(one.p_value <= 0.05 for one in found) <= 4


def test_hours_that_are_alike_only_far_apart_are_in_the_opposite_order():
    found = hour_order(-circle())
    assert found.value == pytest.approx(-1)
    assert found.p_value == 1


@pytest.mark.parametrize("value", [1.0, np.nan])
def test_cosines_that_do_not_differ_have_no_order(value):
    assert np.isnan(hour_order(np.full((24, 24), value)).value)


def test_the_order_of_a_day_is_that_of_all_its_times():
    model, rows = HimNetParameters(WEIGHTS, CONFIG), np.arange(CONFIG.steps_per_day)
    found = clock_order(model, draws=19)
    every = time_cosines(model, rows=rows)
    assert found == hour_order(every, draws=19)
    alone = hour_cosines(model, variant="tod")
    assert time_cosines(model, rows=hour_rows(model)) == pytest.approx(alone)


@pytest.mark.parametrize("steps", [1, 24, 288, 1440, 86_400])
def test_of_a_day_of_many_steps_evenly_spaced_ones_are_compared(steps):
    rows = time_rows(small(steps_per_day=steps))
    assert len(rows) == min(steps, 288)
    assert rows[0] == 0
    assert len(set(np.diff(rows))) == (steps > 1)
    assert rows[-1] < steps


def test_a_day_of_three_steps_has_no_order():
    with pytest.raises(AnalysisError, match="a day of 3 steps is too short to measure an order"):
        hour_order(np.eye(3))


def week_with(weekend, gap=3.0):
    """Distances of seven days of which some lie apart from the others."""
    places = np.random.default_rng(1).normal(0, 0.3, (7, 4))
    places[list(weekend), 0] += gap
    return distance_matrix(places)


def test_a_planted_weekend_has_the_smallest_p_value_that_there_is():
    found = weekend_contrast(week_with((5, 6)), (5, 6))
    assert found.value > 2
    assert found.p_value == pytest.approx(1 / 21)
    assert found.draws == 21
    assert found.null == "all 21 ways to choose 2 of 7 days"


def test_the_wrong_days_are_no_weekend():
    assert weekend_contrast(week_with((5, 6)), (0, 3)).p_value > 0.2


def test_a_weekend_of_one_day_has_seven_ways():
    assert weekend_contrast(week_with((4,)), (4,)).p_value == pytest.approx(1 / 7)


@pytest.mark.parametrize("weekend", [(), tuple(range(7)), (7,)])
def test_a_weekend_that_leaves_no_weekdays_or_no_weekend_is_refused(weekend):
    with pytest.raises(AnalysisError, match="weekend"):
        weekend_contrast(week_with((5, 6)), weekend)


def test_days_that_are_all_alike_have_no_contrast():
    assert np.isnan(weekend_contrast(np.zeros((7, 7)), (5, 6)).value)


def test_days_of_an_untrained_model_part_no_more_than_those_of_others():
    for seed in (100, 101, 102):
        found = day_silhouette(
            HimNetParameters(untrained_weights(CONFIG, seed=seed), CONFIG), draws=12
        )
        assert found.null_low <= found.value <= found.null_high
        assert found.p_value > 1 / 13
        assert found.null.startswith(
            "12 untrained models, dictionaries of the trained model's sizes"
        )


def test_the_scale_of_the_dictionaries_alone_is_no_finding():
    """Larger day rows part the days, but they do so in the null as well."""
    weights = untrained_weights(CONFIG, seed=100)
    weights["dow_embedding.weight"] *= 6
    plain = day_silhouette(HimNetParameters(untrained_weights(CONFIG, seed=100), CONFIG), draws=12)
    scaled = day_silhouette(HimNetParameters(weights, CONFIG), draws=12)
    assert scaled.value > plain.value + 0.2
    assert scaled.null_low <= scaled.value <= scaled.null_high


def test_days_that_training_drew_apart_stand_out():
    """Their pools turn days into larger differences than those of untrained models do."""
    weights = untrained_weights(CONFIG, seed=100)
    for name, array in weights.items():
        if name.startswith("encoder_t"):
            array[CONFIG.tod_embedding_dim :] *= 5
    found = day_silhouette(HimNetParameters(weights, CONFIG), draws=12)
    assert found.value > found.null_high
    assert found.p_value == 1 / 13
