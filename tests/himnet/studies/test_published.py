"""What others published is quoted as they published it, and nothing is made up in between."""

import itertools

import pytest

from himnet.config import ABLATIONS
from himnet.forecasting.evaluate import evaluate_baseline
from himnet.studies.published import HORIZONS, METRICS, METRLA_RESULTS
from himnet.studies.studies import METRLA_ABLATIONS


def test_every_quoted_number_is_of_a_known_horizon_and_metric_and_has_a_source():
    for result in METRLA_RESULTS:
        assert result.source
        assert set(result.errors) <= set(HORIZONS)
        for errors in result.errors.values():
            assert set(errors) <= set(METRICS)
            assert all(0 < value < 100 for value in errors.values())


def test_what_nobody_quoted_is_unknown_and_not_a_number():
    paper = METRLA_RESULTS[0]
    assert paper.error("all", "mae") == 2.92
    assert paper.error("all", "rmse") is None
    assert paper.error("9", "mae") is None


def test_errors_grow_with_the_horizon():
    for result in METRLA_RESULTS[:2]:
        for metric in METRICS:
            steps = [result.error(horizon, metric) for horizon in ("3", "6", "12")]
            assert steps == sorted(steps)


def test_every_ablation_of_the_model_has_its_published_error():
    assert set(METRLA_ABLATIONS) == set(ABLATIONS) - {"none"}
    assert min(METRLA_ABLATIONS.values()) > METRLA_RESULTS[0].error("all", "mae")


@pytest.mark.parametrize(
    ("name", "baseline"), [("Last value", "last-value"), ("Weekly mean", "weekly-mean")]
)
def test_the_baselines_beside_a_checkpoint_are_what_evaluation_measures(metrla, name, baseline):
    shown = next(result for result in METRLA_RESULTS if result.name == name)
    measured = evaluate_baseline(baseline, metrla)
    for horizon, metric in itertools.product(HORIZONS, METRICS):
        assert shown.error(horizon, metric) == pytest.approx(measured[horizon][metric], abs=5e-4)
