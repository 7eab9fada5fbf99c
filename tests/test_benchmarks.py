"""The benchmarks run, in their smallest mode, and their exit status tells right from wrong."""

import json

import numpy as np
import pytest

from benchmarks import analysis_matrices, training_step
from himnet.config import HimNetConfig
from himnet.model.untrained import untrained_weights
from tests.processes import run_python

SMALL = HimNetConfig(num_nodes=9, hidden_dim=4, num_layers=2, node_embedding_dim=5)


def run(module, *options):
    return run_python("-m", f"benchmarks.{module}", *options)


@pytest.mark.slow
def test_the_matrices_benchmark_runs_and_writes_what_it_measured(tmp_path):
    file = tmp_path / "figures" / "matrices.json"
    done = run("analysis_matrices", "--runs", 1, "--threads", 1, "--json", file)
    assert done.returncode == 0, done.stderr
    result = json.loads(file.read_text(encoding="utf-8"))
    assert result["largest_difference"] <= 1e-6
    assert result["ratio"] == pytest.approx(result["expanded_s"] / result["gram_s"])
    assert result["ratio"] > 1
    assert "| ratio" in done.stdout


@pytest.mark.slow
def test_the_benchmark_of_attributions_runs_and_writes_what_it_measured(tmp_path):
    file = tmp_path / "attribution.json"
    done = run("attribution", "synthetic-city", "--windows", 2, "--json", file)
    assert done.returncode == 0, done.stderr
    result = json.loads(file.read_text(encoding="utf-8"))
    assert all(len(seconds) == 2 for seconds in result["seconds"].values())
    assert result["peak_mb"] >= result["resident_before_mb"] > 0
    assert all(result["complete"])


@pytest.mark.slow
def test_the_training_benchmark_runs_and_writes_what_it_measured(tmp_path):
    file = tmp_path / "steps.json"
    done = run(
        "training_step",
        *("--nodes", 5, "--batch-size", 2, "--rounds", 1, "--runs", 1, "--threads", 1),
        *("--precisions", "bfloat16", "--json", file),
    )
    assert done.returncode == 0, done.stderr
    result = json.loads(file.read_text(encoding="utf-8"))
    assert result["agreement"]["float32"] <= 1e-5
    assert len(result["verdicts"]) == 6
    assert all(figures["step_s"] > 0 for figures in result["variants"].values())


@pytest.mark.slow
def test_the_benchmark_of_prepare_runs_and_writes_what_it_measured(tmp_path):
    file = tmp_path / "prepare.json"
    done = run("prepare_memory", "--sensors", 3, "--steps", 60, 90, "--json", file)
    assert done.returncode == 0, done.stderr
    results = json.loads(file.read_text(encoding="utf-8"))["results"]
    assert [one["steps"] for one in results] == [60, 90] * 3
    assert all(one["peak_mb"] > 20 for one in results)


@pytest.mark.parametrize(("slowdown", "measured"), [(0.5, 2), (50.0, 1)])
def test_a_precision_that_is_emulated_is_not_measured_unasked(
    monkeypatch, capsys, slowdown, measured
):
    monkeypatch.setattr(training_step, "bfloat16_slowdown", lambda device: slowdown)
    assert training_step.chosen_precisions(None) == ("float32", "bfloat16")[:measured]
    assert ("emulates bfloat16" in capsys.readouterr().err) == (measured == 1)
    assert training_step.chosen_precisions(["bfloat16"]) == ("float32", "bfloat16")


def test_verdicts_are_about_what_was_measured():
    figures = {"step_s": 1.0, "forward_s": 1.0, "step_peak_mb": 1.0}
    slow = {name: 6 * value for name, value in figures.items()}
    rounds = {("reference", "float32"): [slow] * 3, ("fast", "float32"): [figures] * 3}
    verdicts = training_step.judge(rounds)
    assert [verdict["what"] for verdict in verdicts] == [
        "training step, float32",
        "forward pass, float32",
        "peak memory of a training step, float32",
    ]
    assert all(verdict["met"] for verdict in verdicts)


def test_a_time_is_compared_with_that_of_the_same_round():
    def times(*seconds):
        return [{"step_s": [second], "forward_s": [1.0], "step_peak_mb": 1.0} for second in seconds]

    fast, slow = times(1, 9, 2), times(4, 45, 6)  # the machine was busy in the second round
    verdicts = training_step.judge({("reference", "float32"): slow, ("fast", "float32"): fast})
    assert verdicts[0]["ratios"] == [4, 5, 3]
    assert verdicts[0]["measured"] == 4


def test_both_ways_to_the_matrices_agree_for_several_layers():
    weights = untrained_weights(SMALL, seed=0)
    ours = analysis_matrices.through_gram(weights, SMALL)
    expected = analysis_matrices.through_expansion(weights, SMALL)
    assert len(ours) == len(expected) == 18
    assert analysis_matrices.largest_difference(ours, expected) < 1e-9


def test_ways_that_disagree_end_in_status_one(monkeypatch, capsys):
    class Preset:
        model = SMALL

    exact = analysis_matrices.through_expansion

    def shifted(weights, config):
        return [matrix + 2e-6 * np.abs(matrix).max() for matrix in exact(weights, config)]

    monkeypatch.setattr(analysis_matrices, "preset", lambda name: Preset)
    assert analysis_matrices.main(["--runs", "1", "--threads", "1"]) == 0
    monkeypatch.setattr(analysis_matrices, "through_expansion", shifted)
    assert analysis_matrices.main(["--runs", "1", "--threads", "1"]) == 1
    assert "largest difference between the two: 2.0e-06" in capsys.readouterr().out
