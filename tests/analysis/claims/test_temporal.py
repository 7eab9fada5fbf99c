"""Claims about the clock: what is measured, and that planted hours and weekends are found."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from analysis.claims.model_view import ModelView
from analysis.claims.temporal import (
    beats_line,
    clock_beside,
    clock_order,
    day_silhouette,
    independent,
    rush_beside,
    rush_hours,
    weekend,
    weekend_beside,
    window_contrast,
)
from analysis.errors import AnalysisError
from analysis.patterns.hours import day_distances, hour_cosines, hour_rows, time_cosines
from himnet.model.parameters import HimNetParameters
from himnet.model.untrained import untrained_weights
from tests.analysis.claims.towns import CONFIG, STEPS, TOWN, ground, planted_weights, view

DRAWS = {"draws": 99, "seed": 0}
WEEKEND = ("Saturday", "Sunday")
CLOCK = np.arange(STEPS) / STEPS * 24


def fresh(seed):
    return view(untrained_weights(CONFIG, seed=seed, like=planted_weights()))


def test_cosines_are_those_of_the_figures_at_the_hours():
    own = view()
    rows = np.ix_(*[hour_rows(own.model)] * 2)
    alone = hour_cosines(own.model, variant="tod")
    assert own.time_cosines[rows] == pytest.approx(alone)
    assert time_cosines(own.model, variant="mean")[rows] == pytest.approx(hour_cosines(own.model))


def test_a_larger_day_changes_nothing_of_what_is_said_about_hours():
    weights = planted_weights()
    weights["dow_embedding.weight"] *= 100
    assert view(weights).time_cosines == pytest.approx(view().time_cosines)
    whole, usual = (time_cosines(of.model, variant="mean") for of in (view(weights), view()))
    assert whole.min() > 0.9 > usual.min()


def test_hours_on_a_circle_are_in_order_and_untrained_ones_are_not():
    planted = clock_order(view(), ground(), **DRAWS)
    assert planted.value > 0.6
    assert planted.p_value == planted.p_smallest == 1 / 100
    others = [clock_order(fresh(seed), ground(), **DRAWS) for seed in range(8)]
    assert max(other.value for other in others) < 0.2
    assert max(other.p_value for other in others) > 0.3
    *lags, centred, whole = clock_beside(view(), ground(), **DRAWS)
    assert min(centred.value, whole.value) > 0.6
    at = {beside.name: beside.value for beside in lags}
    assert at["mean cosine 1 h apart"] > at["mean cosine 4 h apart"] > at["mean cosine 9 h apart"]
    assert at["lag with the smallest mean cosine, in hours"] > 9
    assert "mean cosine 0 h apart" not in at


def windows(cosines, shift):
    """The mean cosine of 6-9 and 16-19 h, both moved by some rows, one pair at a time."""
    first, second = range(12, 18), range(32, 38)  # half hours
    return np.mean(
        [
            cosines[(row + shift) % STEPS, (column + shift) % STEPS]
            for row in first
            for column in second
        ]
    )


def test_rush_hours_are_compared_with_all_windows_as_far_apart():
    cosines = view(untrained_weights(CONFIG, seed=3)).time_cosines
    means = [windows(cosines, shift) for shift in range(STEPS)]
    found = window_contrast(cosines)
    assert found.value == pytest.approx(means[0] - np.mean(means[1:]))
    nominal = np.mean(np.array(means) >= means[0] - 1e-12)
    assert found.p_value == max(nominal, found.p_smallest)
    assert found.p_smallest > 1 / STEPS
    assert found.draws == STEPS


def test_the_smallest_p_counts_independent_shifts_only():
    rng = np.random.default_rng(0)
    white = rng.normal(size=480)
    assert independent(white) > 480 / 3
    smooth = np.array([np.roll(white, -shift)[:40].mean() for shift in range(480)])
    assert 480 / 80 < independent(smooth) < 480 / 20  # blocks of 40
    assert independent(np.ones(480)) == 1
    assert independent(np.repeat(white, 2)) == pytest.approx(independent(white), rel=0.2)


def alike_at(hours):
    """Cosines of a clock on whose circle certain hours have one more thing in common."""
    busy = np.exp(-(np.min([np.abs(CLOCK - hour) for hour in hours], axis=0) ** 2))
    vectors = np.stack([np.cos(CLOCK / 12 * np.pi), np.sin(CLOCK / 12 * np.pi), 3 * busy], axis=1)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors @ vectors.T


def test_planted_rush_hours_are_found_and_other_hours_are_not_taken_for_them():
    planted = window_contrast(alike_at([7.25, 17.25]))
    assert planted.p_value == planted.p_smallest
    assert planted.value > 0.5
    assert window_contrast(alike_at([1.5, 11.5])).p_value > 0.5


def test_hours_in_order_alone_do_not_make_rush_hours_alike():
    """On a plain circle all windows as far apart are equally alike."""
    found = window_contrast(np.cos((CLOCK[:, None] - CLOCK) / 12 * np.pi))
    assert found.value == pytest.approx(0, abs=1e-12)
    assert found.p_value == found.p_smallest == 1


def test_rush_hours_are_measured_in_three_ways():
    found = rush_hours(view(), ground(), **DRAWS)
    assert found.value == window_contrast(view().time_cosines).value
    whole = rush_beside(view(), ground(), **DRAWS)[1]
    of_days = time_cosines(view().model, variant="mean")
    assert whole.value == window_contrast(of_days).value


@pytest.mark.parametrize("steps", [1, 2])
def test_days_without_a_step_in_a_rush_hour_are_refused(steps):
    with pytest.raises(
        AnalysisError, match=f"a day of {steps} steps has no step in one of the rush"
    ):
        window_contrast(np.eye(steps))


def test_a_planted_weekend_is_the_first_of_all_21_ways():
    found = weekend(view(), ground(), **DRAWS)
    distances = day_distances(HimNetParameters(planted_weights(), CONFIG))
    ratios = [ratio(distances, days) for days in combinations(range(7), 2)]
    assert sorted(found.sample) == pytest.approx(sorted(ratios))
    assert found.value == pytest.approx(ratio(distances, (5, 6)))
    assert found.p_value == found.p_smallest == pytest.approx(1 / 21)
    assert (found.p_smallest, len(found.sample)) == (1 / 21, 21)


def test_a_line_of_days_is_no_weekend():
    weights = planted_weights()
    rng = np.random.default_rng(0)
    weights["dow_embedding.weight"][:] = np.arange(7)[:, None] * rng.normal(size=4)
    line = view(weights)
    found = weekend(line, ground(), **DRAWS)
    assert found.value == pytest.approx(11 / 6)  # 3.5 / (21 / 11)
    above, words = beats_line(line, ground(), found.value)
    assert not above
    assert "does not exceed" in words
    near = weekend_beside(line, ground(), **DRAWS)
    assert near[0].value == pytest.approx(found.value)
    assert len(near) == 8


def test_a_planted_weekend_is_more_than_a_line_and_its_days_are_the_farthest():
    above, words = beats_line(view(), ground(), weekend(view(), ground(), **DRAWS).value)
    assert above
    assert "exceeds" in words
    assert "are those" in words
    farthest = {one.name for one in weekend_beside(view(), ground(), **DRAWS)[1:3]}
    assert farthest == {f"mean distance of {day} to the other days" for day in WEEKEND}


def ratio(distances, days):
    chosen = np.isin(np.arange(7), days)
    alike = (chosen[:, None] == chosen) & ~np.eye(7, dtype=bool)
    return distances[chosen][:, ~chosen].mean() / distances[alike].mean()


def test_a_weekend_follows_the_calendar():
    later = replace(TOWN.info, first_weekday=2)  # day 0 is a Wednesday
    assert ground(info=later, dataset=None).weekend == [3, 4]
    found = weekend(view(), ground(info=later, dataset=None), **DRAWS)
    assert found.p_value > 1 / 21


def test_an_unknown_calendar_has_no_weekend():
    unknown = ground(info=replace(TOWN.info, first_weekday=None), dataset=None)
    with pytest.raises(AnalysisError, match="the weekend days of this data set are not known"):
        weekend(view(), unknown, **DRAWS)


def test_days_part_the_more_the_farther_they_are_from_each_other():
    weights = planted_weights()
    before = day_silhouette(view(weights), ground())
    weights["dow_embedding.weight"] *= 5
    assert -1 <= before < day_silhouette(view(weights), ground()) <= 1


@pytest.mark.parametrize("ablation", ["E_t", "TMP"])
def test_without_temporal_meta_parameters_there_is_nothing_to_measure(ablation):
    config = replace(CONFIG, ablate=ablation)
    own = ModelView(HimNetParameters(planted_weights(config), config), 4)
    for test in (weekend, clock_order, rush_hours):
        with pytest.raises(AnalysisError, match=f"trained without {ablation}"):
            test(own, ground(), **DRAWS)
    with pytest.raises(AnalysisError, match=f"trained without {ablation}"):
        day_silhouette(own, ground())
