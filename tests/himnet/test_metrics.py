"""The metrics, and the mistakes that others made with them."""

import numpy as np
import pytest

from himnet.errors import InputError
from himnet.metrics import MetricSums, masked_metrics

RNG = np.random.default_rng(0)
TRUTH = np.where(RNG.random((10, 12, 4)) < 0.2, 0, RNG.uniform(5, 70, (10, 12, 4)))
FORECAST = TRUTH + RNG.normal(scale=4, size=TRUTH.shape)


def by_hand(prediction, truth):
    pairs = [(p, t) for p, t in zip(prediction.ravel(), truth.ravel(), strict=True) if t != 0]
    errors = np.array([p - t for p, t in pairs])
    return {
        "mae": np.mean(np.abs(errors)),
        "rmse": np.sqrt(np.mean(errors**2)),
        "mape": 100 * np.mean([abs(p - t) / t for p, t in pairs]),
    }


def test_metrics_equal_a_plain_loop_over_the_readings_that_exist():
    assert masked_metrics(FORECAST, TRUTH) == pytest.approx(by_hand(FORECAST, TRUTH))


def test_mape_is_in_percent():
    assert masked_metrics([11.0], [10.0])["mape"] == pytest.approx(10)


@pytest.mark.parametrize("shape", [(480,), (120, 4), (2, 5, 12, 2, 2)])
def test_the_shape_does_not_matter(shape):
    reshaped = masked_metrics(FORECAST.reshape(shape), TRUTH.reshape(shape))
    assert reshaped == pytest.approx(masked_metrics(FORECAST, TRUTH))


def test_batches_of_unequal_missing_share_do_not_shift_the_mean():
    truth, forecast = TRUTH.copy(), FORECAST.copy()
    truth[:5] *= RNG.random(truth[:5].shape) < 0.1  # the first batch is nearly empty
    sums = MetricSums(steps=12)
    for part in (slice(0, 5), slice(5, 10)):
        sums.update(forecast[part], truth[part])
    assert sums.result()["all"] == pytest.approx(by_hand(forecast, truth))
    halves = [by_hand(forecast[part], truth[part])["mae"] for part in (slice(0, 5), slice(5, 10))]
    assert np.mean(halves) != pytest.approx(sums.result()["all"]["mae"], rel=1e-3)


def test_a_short_last_batch_counts_as_what_it_holds():
    sums = MetricSums(steps=12)
    for start in range(0, 10, 4):
        sums.update(FORECAST[start : start + 4], TRUTH[start : start + 4])
    assert sums.result()["all"] == pytest.approx(by_hand(FORECAST, TRUTH))


def test_a_batch_without_readings_neither_scores_zero_nor_breaks():
    sums = MetricSums(steps=12)
    sums.update(FORECAST, TRUTH)
    before = sums.result()
    sums.update(FORECAST, np.zeros_like(TRUTH))
    assert sums.result() == before
    assert all(np.isnan(value) for value in masked_metrics([1.0, 2.0], [0.0, 0.0]).values())


def test_rmse_is_the_root_of_the_mean_square_not_a_mean_of_roots():
    sums = MetricSums(steps=2)
    sums.update(np.array([[11.0, 17.0]]), np.array([[10.0, 10.0]]))
    assert sums.result([])["all"]["rmse"] == pytest.approx(5)  # not (1 + 7) / 2 = 4


def test_the_truth_alone_tells_what_is_missing():
    assert masked_metrics([0.0, 12.0], [10.0, 10.0])["mae"] == pytest.approx(6)


def test_horizons_are_single_steps_and_all_is_all_of_them():
    sums = MetricSums(steps=12)
    sums.update(FORECAST, TRUTH)
    result = sums.result()
    for horizon in (3, 6, 12):
        at = by_hand(FORECAST[:, horizon - 1], TRUTH[:, horizon - 1])
        assert result[str(horizon)] == pytest.approx(at)
    assert result["all"] == pytest.approx(by_hand(FORECAST, TRUTH))
    assert list(result) == ["all", "3", "6", "12"]


def test_nan_truth_is_missing_and_zero_counts_when_it_is_a_reading():
    assert masked_metrics([1.0, 5.0], [np.nan, 4.0])["mae"] == pytest.approx(1)
    metrics = masked_metrics([1.0, 5.0], [0.0, 4.0], missing_value=None)
    assert metrics["mae"] == pytest.approx(1)
    assert metrics["mape"] == pytest.approx(25)


def test_float32_forecasts_are_summed_in_float64():
    truth = np.full(3_000_000, 60, dtype=np.float32)
    forecast = truth + np.float32(0.1)
    exact = float(forecast[0]) - 60
    assert masked_metrics(forecast, truth)["mae"] == pytest.approx(exact, rel=1e-12)


def test_mismatched_shapes_and_broken_forecasts_are_refused():
    with pytest.raises(InputError, match="must be equal"):
        masked_metrics([1.0], [1.0, 2.0])
    with pytest.raises(InputError, match="not finite"):
        masked_metrics([np.nan], [1.0])
    with pytest.raises(InputError, match=r"must be \(n, 12, ...\)"):
        MetricSums(steps=12).update(np.ones((2, 3)), np.ones((2, 3)))
