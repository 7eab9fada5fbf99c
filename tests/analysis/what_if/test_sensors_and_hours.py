"""What a forecast becomes under other queries, against edited weights."""

import re
from dataclasses import replace
from typing import get_args

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.forecasts.windows import window_steps
from analysis.material import Material
from analysis.what_if.sensors_and_hours import (
    Reach,
    own_queries,
    spatial_changes,
    swap_sensors,
    swap_time,
    with_query_of,
)
from himnet.metrics import masked_metrics
from tests.analysis.what_if.lively import CONFIG, lively_weights, material, town

SWAPS = {
    "sensors": lambda some, steps: swap_sensors(some, steps, [3], [7]),
    "time": lambda some, steps: swap_time(some, steps, dow=6),
}


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    return material(tmp_path_factory.mktemp("whatif"))


@pytest.fixture(scope="module")
def steps(some):
    return window_steps(some, split=None, most=60)


@pytest.mark.parametrize("reach", get_args(Reach))
def test_own_parameters_change_nothing_to_the_bit(some, steps, reach):
    for sensor in (0, 5, 11):
        effect = swap_sensors(some, steps, [sensor], [sensor], reach=reach)
        assert effect.before.tobytes() == effect.after.tobytes()
        change = effect.error_change()
        assert change.before == change.after
        assert (change.difference.low, change.difference.high, change.moved) == (0, 0, 0)


def test_the_own_moment_changes_nothing_to_the_bit(some, steps):
    own = some.dataset.tod_index[steps], some.dataset.dow[steps]
    effect = swap_time(some, steps, tod_index=own[0], dow=own[1])
    assert effect.before.tobytes() == effect.after.tobytes()
    assert np.array_equal(swap_time(some, steps).after, effect.before)


def test_a_swap_is_one_of_rows_of_the_embedding(some, steps, tmp_path):
    weights = lively_weights(CONFIG)
    weights["node_embedding"][[2, 9]] = weights["node_embedding"][[4, 4]]
    edited = swap_sensors(material(tmp_path, weights), steps, [0], [0])
    effect = swap_sensors(some, steps, [9, 2], [4], reach="embedding")
    assert np.array_equal(effect.after, edited.before)
    assert np.array_equal(effect.changed, [2, 9])
    assert np.abs(effect.after - effect.before).max() > 0.01


def test_several_givers_give_their_mean(some, steps):
    own = own_queries(some)
    queries = with_query_of(own, np.array([1]), np.array([5, 6, 7]))
    np.testing.assert_allclose(queries[1], own[5:8].mean(axis=0), atol=1e-6)
    assert np.array_equal(np.delete(queries, 1, axis=0), np.delete(own, 1, axis=0))
    assert not np.array_equal(own[1], queries[1])


def test_another_moment_is_one_of_rows_of_the_dictionaries(some, steps, tmp_path):
    weights = lively_weights(CONFIG)
    weights["tod_embedding.weight"][:] = weights["tod_embedding.weight"][8]
    weights["dow_embedding.weight"][:] = weights["dow_embedding.weight"][6]
    edited = swap_time(material(tmp_path, weights), steps)
    effect = swap_time(some, steps, tod_index=8, dow=6)
    assert np.array_equal(effect.after, edited.before)
    assert len(effect.changed) == CONFIG.num_nodes
    assert np.abs(effect.after - effect.before).max() > 0.01


def test_windows_may_each_have_a_moment_of_their_own_in_every_batch(some):
    steps = np.arange(20, 160)  # three batches
    days = np.arange(len(steps)) % 7
    together = swap_time(some, steps, dow=days)
    for day in (0, 3):
        alone = swap_time(some, steps[days == day], dow=day)
        np.testing.assert_allclose(together.after[days == day], alone.after, atol=1e-4)


def test_errors_are_masked_as_the_metrics_are(some, steps):
    effect = swap_sensors(some, steps, [3, 4], [7], reach="row")
    change = effect.error_change()
    truth = some.dataset.values[steps[:, None] + 1 + np.arange(12)][..., [3, 4]]
    for found, forecasts in ((change.before, effect.before), (change.after, effect.after)):
        assert found == pytest.approx(masked_metrics(forecasts[..., [3, 4]], truth)["mae"])
    assert change.readings == (truth > 0).sum() < truth.size
    assert change.windows == 60
    difference = change.difference
    assert difference.value == pytest.approx(change.after - change.before)
    assert difference.low <= difference.value <= difference.high
    assert difference.days == len(np.unique(effect.days)) > 5


def test_others_are_moved_too_but_less(some, steps):
    effect = swap_sensors(some, steps, [3], [7], reach="embedding")
    others = effect.error_change([0, 1, 2])
    assert 0 < others.moved < effect.error_change().moved


def test_a_window_at_the_very_end_has_a_forecast_but_no_error(some):
    effect = swap_sensors(some, [len(some.dataset.values) - 1], [3], [7])
    change = effect.error_change()
    assert np.isfinite(effect.after).all()
    assert change.moved > 0
    assert change.readings == 0
    assert np.isnan([change.before, change.after, change.difference.value]).all()


def test_a_city_whose_receiver_was_never_read(some, steps, tmp_path):
    silent = some.dataset.values.copy()
    silent[:, 3] = 0
    dataset = replace(some.dataset, values=silent)
    effect = swap_sensors(material(tmp_path, dataset=dataset), steps, [3], [7])
    assert effect.error_change().readings == 0
    assert effect.error_change([3, 4]).readings == effect.error_change([4]).readings > 0


@pytest.mark.parametrize(
    ("ablation", "swap"),
    [("E_s", "sensors"), ("SMP", "sensors"), ("E_t", "time"), ("TMP", "time")],
)
def test_a_model_without_such_meta_parameters_says_so(tmp_path, steps, ablation, swap):
    ablated = material(tmp_path, ablate=ablation)
    with pytest.raises(AnalysisError, match=f"trained without {ablation}") as caught:
        SWAPS[swap](ablated, steps)
    assert len(re.findall(r"[.!?](\s|$)", str(caught.value))) == 0
    other = "time" if swap == "sensors" else "sensors"
    assert SWAPS[other](ablated, steps).error_change().moved > 0


@pytest.mark.parametrize("swap", SWAPS)
def test_without_a_data_set_nothing_can_be_forecast(some, steps, swap):
    bare = Material(some.arrays, None, None, "there is no folder of data")
    with pytest.raises(AnalysisError, match="this needs the data set, but there is no folder"):
        SWAPS[swap](bare, steps)
    with pytest.raises(AnalysisError, match="no windows were chosen"):
        SWAPS[swap](some, [])


def test_sensors_moments_and_reaches_that_there_are_not(some, steps):
    for receivers, givers in (([], [1]), ([1], [])):
        with pytest.raises(AnalysisError, match="no sensor was chosen"):
            swap_sensors(some, steps, receivers, givers)
    for wrong in (-1, 12):
        with pytest.raises(AnalysisError, match=f"no sensor at position {wrong}; choose 0 to 11"):
            swap_sensors(some, steps, [0], [wrong])
    with pytest.raises(AnalysisError, match="unknown reach 'graph'; choose pool, row or embedding"):
        spatial_changes(own_queries(some), "graph")
    for moment in ({"dow": 7}, {"dow": [1, 2]}, {"tod_index": 24}, {"tod_index": -1}):
        with pytest.raises(AnalysisError, match="give a number from 0 to"):
            swap_time(some, steps, **moment)


def test_a_city_without_missing_readings_counts_all_of_them(tmp_path):
    whole = material(tmp_path, dataset=town(missing_share=0.0))
    effect = swap_time(whole, window_steps(whole, most=5), dow=6)
    assert effect.error_change().readings == effect.truth.size
