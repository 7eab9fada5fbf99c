"""Forecasts with uniform graphs: measured, kept, and safely read back."""

from dataclasses import asdict

import numpy as np
import pytest
import torch

from analysis.errors import AnalysisError
from analysis.evidence.intervals import Interval
from analysis.forecasts.windows import window_steps
from analysis.graphs.use import (
    PART,
    GraphUse,
    save_use,
    stored_use,
    uniform_graphs,
    use_sentence,
    usual_use,
)
from analysis.material import Material
from himnet.checkpoints import load_arrays, save_measured
from himnet.metrics import MetricSums
from himnet.model import himnet as model_file
from tests.analysis.what_if.lively import material, town

COMMAND = "python -m analysis graph --checkpoint mine --save"
SAID = {"data": "", "command": COMMAND}
ONE = Interval(0.5, 0.25, 0.75, 3)


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return material(tmp_path_factory.mktemp("use"), dataset=town())


def error_of(found: Material, forecast: np.ndarray, steps: np.ndarray) -> float:
    ahead = steps[:, None] + 1 + np.arange(found.model.out_steps)
    sums = MetricSums(steps=found.model.out_steps, missing_value=0.0)
    sums.update(forecast, found.dataset.values[ahead])
    return sums.result()["all"]["mae"]


@pytest.mark.parametrize(("graph", "axes"), [("encoders", 2), ("decoder", 3)])
def test_the_increase_is_that_of_a_model_that_reads_the_mean_of_all(city, monkeypatch, graph, axes):
    steps = window_steps(city, most=12)
    found = uniform_graphs(city, steps)
    assert found.own == pytest.approx(error_of(city, city.forecaster.forecasts(steps + 1), steps))
    own_graph = model_file.adaptive_graph

    def uniform(embedding):  # E_s is (N, d), E_st (B, N, d)
        graph = own_graph(embedding)
        return torch.full_like(graph, 1 / graph.shape[-1]) if embedding.ndim == axes else graph

    monkeypatch.setattr(model_file, "adaptive_graph", uniform)
    without = error_of(city, city.forecaster.forecasts(steps + 1), steps)
    assert without - found.own == pytest.approx(getattr(found, graph).value, abs=1e-5)
    assert abs(without - found.own) > 1e-4


def test_a_graph_that_is_uniform_already_costs_nothing_to_replace(tmp_path):
    from himnet.model.untrained import untrained_weights
    from tests.analysis.what_if.lively import CONFIG

    weights = untrained_weights(CONFIG, seed=0)
    weights["node_embedding"] = np.zeros_like(weights["node_embedding"])
    found = uniform_graphs(of := material(tmp_path, weights), window_steps(of, most=12))
    assert found.encoders.value == pytest.approx(0, abs=1e-6)
    assert found.word(found.encoders) == "not used"


@pytest.mark.parametrize(
    ("low", "value", "word"),
    [(-0.1, 0.5, "not used"), (np.nan, 0.5, "not used"), (0.001, 0.004, "hardly used"),
     (0.1, 0.5, "used")],
)  # fmt: skip
def test_a_graph_is_used_if_the_error_rises_without_it(low, value, word):
    use = GraphUse(9, 1.0, ONE, Interval(value, low, 1.0, 3))
    assert use.word(use.decoder) == word


def test_a_sentence_says_which_graph_is_used_and_what_a_uniform_one_costs():
    use = GraphUse(9, 2.0, Interval(-0.0004, -0.1, 0.1, 3), Interval(0.5, 0.25, 0.75, 3))
    told = use_sentence(use, "mph", 2)
    assert "encoders' graph is not used (a uniform one costs +0.00 mph)" in told
    assert "decoder's graphs are used (+0.50 mph)" in told


def test_it_comes_back_as_it_was_and_is_the_same_when_measured_again(city):
    found = usual_use(city)
    save_use(city, found, command=COMMAND)
    again, part = stored_use(load_arrays(city.arrays.path))
    assert (again, part.command) == (found, COMMAND)
    assert usual_use(city) == found


def test_without_data_nothing_is_measured(city):
    assert usual_use(Material(city.arrays, None, None, "there is none")) is None


GOOD = asdict(GraphUse(9, 1.0, ONE, ONE))
WRONG = {
    "another field": GOOD | {"more": 1},
    "a missing field": {name: GOOD[name] for name in ("windows", "own", "encoders")},
    "no windows": GOOD | {"windows": -1},
    "a negative error": GOOD | {"own": -1.0},
    "a text": GOOD | {"own": "<b>1</b>"},
    "ends in the wrong order": GOOD | {"decoder": {**GOOD["decoder"], "low": 1.0}},
    "no value": GOOD | {"decoder": {**GOOD["decoder"], "value": None}},
    "no interval": GOOD | {"decoder": {"value": 1.0}},
    "many days": GOOD | {"decoder": {**GOOD["decoder"], "days": 10**9}},
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_such_measurement_is_ignored_and_said(tmp_path, name):
    arrays = material(tmp_path).arrays
    save_measured(arrays.path, arrays.sha256, PART, WRONG[name], **SAID)
    with pytest.raises(AnalysisError, match="graph-use"):
        stored_use(load_arrays(arrays.path))


def test_a_model_that_nobody_measured_has_none(tmp_path):
    assert stored_use(material(tmp_path).arrays) is None
