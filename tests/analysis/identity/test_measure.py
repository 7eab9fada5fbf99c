"""Sums of errors of exchanged embeddings: exact, resumable, and safe to read from a file."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace

import numpy as np
import pytest
import torch

from analysis.cache import keep_cached
from analysis.errors import AnalysisError
from analysis.forecasts.windows import days_of
from analysis.identity import measure as module
from analysis.identity.measure import BATCH, REACHES, measure, plan_of, so_far, sums_file
from himnet.checkpoints.format import read_sealed, write_sealed
from himnet.forecasting.inference import Forecaster
from himnet.metrics import present
from himnet.model.layers import adaptive_graph
from himnet.model.untrained import untrained_weights
from tests.analysis.what_if.lively import CONFIG, material, town
from tests.processes import ROOT

TABLES = ("own", "counts", "sensors", "moments", "moments_own", "moments_counts")


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    return material(tmp_path_factory.mktemp("identity"))


@pytest.fixture(scope="module")
def plan(some):
    return plan_of(some, windows=20)


@pytest.fixture(scope="module")
def sums(plan):
    return measure(plan)


def errors_of(some, step, forecast):
    """Return absolute errors (T', N) of one window, NaN where a reading is missing."""
    ahead = some.model.out_steps
    truth = some.dataset.values[step + 1 : step + 1 + ahead]
    there = present(truth, some.dataset.info.missing_value)
    return np.where(there, np.abs(forecast.astype(np.float64) - truth), np.nan)


def brute(some, plan, forecast_of):
    """Sum the errors by day and sensor, window by window."""
    days = days_of(some.dataset, plan.steps)
    numbers = {day: number for number, day in enumerate(sorted(set(days.tolist())))}
    found = np.zeros((len(numbers), some.info.num_nodes))
    for number, (step, day) in enumerate(zip(plan.steps, days.tolist(), strict=True)):
        errors = errors_of(some, step, forecast_of(int(step), number))
        found[numbers[day]] += np.nansum(errors, axis=0)
    return found


@pytest.mark.parametrize("name", ["road", "cluster-match", "any", "mean"])
def test_both_uses_are_a_model_with_other_embeddings(some, plan, sums, name):
    place = next(n for n, one in enumerate(plan.sensors) if one.name == name)
    model = some.model.module()
    with torch.no_grad():
        model.node_embedding.copy_(torch.from_numpy(plan.sensors[place].queries))
    other = Forecaster(model, some.dataset, some.arrays.scaler)
    expected = brute(some, plan, lambda step, _: other.forecasts([step + 1])[0])
    np.testing.assert_allclose(sums.sensors[REACHES.index("both"), place], expected, rtol=1e-4)


@pytest.mark.parametrize("reach", ["pool", "graph"])
def test_each_use_alone_is_the_model_s_parts_put_together(some, plan, sums, reach):
    place = next(n for n, one in enumerate(plan.sensors) if one.name == "cluster")
    own = some.forecaster
    model = own.model
    given = torch.from_numpy(plan.sensors[place].queries)

    @torch.inference_mode()
    def forecast_of(step, _):
        x, y_cov = own.batches.inputs(torch.tensor([step + 1]))
        query = given if reach == "pool" else model.node_embedding
        graph = adaptive_graph(given if reach == "graph" else model.node_embedding)
        state = model.encode_time(x, graph, model.temporal_embedding(x))
        state = state + model.encode_space(x, graph, query)
        output, _ = model.decode(state, y_cov)
        return own.scaler.denormalise(output.squeeze(-1)).numpy()[0]

    expected = brute(some, plan, forecast_of)
    np.testing.assert_allclose(sums.sensors[REACHES.index(reach), place], expected, rtol=1e-4)


def test_moments_are_a_model_with_a_turned_dictionary(some, plan, sums):
    place = next(n for n, one in enumerate(plan.moments) if (one.name, one.draw) == ("3h", 0))
    model = some.model.module()
    with torch.no_grad():
        hours = model.tod_embedding.weight
        hours.copy_(hours.roll(-3, dims=0).clone())
    other = Forecaster(model, some.dataset, some.arrays.scaler)
    expected = brute(some, plan, lambda step, _: other.forecasts([step + 1])[0])
    np.testing.assert_allclose(sums.moments[place], expected.sum(axis=1), rtol=1e-4)
    np.testing.assert_allclose(sums.moments_own[place], sums.own.sum(axis=1))
    np.testing.assert_allclose(sums.moments_counts[place], sums.counts.sum(axis=1))


def test_windows_without_such_a_moment_do_not_count(some, plan, sums):
    place = next(n for n, one in enumerate(plan.moments) if one.name == "period")
    counted = plan.moments[place].counted
    assert 0 < counted.sum() < len(counted)
    own = some.forecaster.forecasts(plan.steps + 1)
    errors = [
        np.nansum(errors_of(some, step, forecast))
        for step, forecast in zip(plan.steps[counted], own[counted], strict=True)
    ]
    assert sums.moments_own[place].sum() == pytest.approx(sum(errors), rel=1e-5)
    assert sums.moments_counts[place].sum() < sums.counts.sum()


def test_own_embeddings_and_readings_are_counted_once(some, plan, sums):
    own = some.forecaster
    expected = brute(some, plan, lambda step, _: own.forecasts([step + 1])[0])
    np.testing.assert_allclose(sums.own, expected, rtol=1e-4)
    assert sums.done == len(plan.steps)
    assert 0 < sums.counts.sum() < len(plan.steps) * some.model.out_steps * some.info.num_nodes


def equal(one, other):
    return one.done == other.done and all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes() for name in TABLES
    )


def test_a_measurement_that_stops_goes_on_and_ends_with_the_same_bytes(
    plan, sums, tmp_path, monkeypatch
):
    keep = module.keep_cached

    def stop(*given):
        keep(*given)
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "keep_cached", stop)
    with pytest.raises(KeyboardInterrupt):
        measure(plan, cache_dir=tmp_path)
    monkeypatch.undo()
    assert so_far(plan, tmp_path).done == BATCH
    again = measure(plan, cache_dir=tmp_path)
    assert equal(again, sums)
    monkeypatch.setattr(module, "_with_batch", None)  # nothing is measured again
    assert equal(measure(plan, cache_dir=tmp_path), sums)


@pytest.mark.slow  # three commands
def test_a_killed_command_goes_on_and_says_the_same(tmp_path):
    city = "synthetic:num_nodes=12,days=14,steps_per_day=24,missing_share=0.1"
    file = material(tmp_path / "mine").arrays.path
    words = ["identity", "--checkpoint", str(file), "--dataset", city, "--windows", "48", "--json"]

    def command(cache, **options):
        return subprocess.Popen(
            [sys.executable, "-m", "analysis", *words, "--cache", str(cache)],
            cwd=ROOT, env=os.environ | {"OMP_NUM_THREADS": "1"}, text=True,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, **options,
        )  # fmt: skip

    killed, cache = tmp_path / "killed", tmp_path / "whole"
    process = command(killed)
    until = time.monotonic() + 120
    while not list(killed.glob("*.safetensors")) and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    again, told = command(killed).communicate()
    assert "going on after" in told
    whole, _ = command(cache).communicate()
    assert json.loads(again) == json.loads(whole)
    assert json.loads(whole)["windows"] == 48


def put(arrays, name, value):
    array = arrays[name].copy()
    array.flat[0] = value
    return {**arrays, name: array}


DAMAGES = {
    "negative": lambda said, arrays: (said, put(arrays, "sensors", -1)),
    "NaN": lambda said, arrays: (said, put(arrays, "own", np.nan)),
    "endless": lambda said, arrays: (said, put(arrays, "moments", np.inf)),
    "other counts": lambda said, arrays: (said, put(arrays, "counts", 3)),
    "other counts of moments": lambda said, arrays: (said, put(arrays, "moments_counts", 3)),
    "flat": lambda said, arrays: (said, {**arrays, "own": arrays["own"].ravel()}),
    "another type": lambda said, arrays: (said, {**arrays, "own": arrays["own"].astype("f4")}),
    "lacking one": lambda said, arrays: (said, {n: a for n, a in arrays.items() if n != "own"}),
    "too many windows": lambda said, arrays: ({**said, "done": 21}, arrays),
    "other windows": lambda said, arrays: ({**said, "done": 4}, arrays),
    "no number": lambda said, arrays: ({**said, "done": "20"}, arrays),
    "other exchanges": lambda said, arrays: ({**said, "exchanges": "0"}, arrays),
}


@pytest.fixture
def kept(plan, sums, tmp_path):
    """The file of a whole measurement."""
    path = sums_file(plan, tmp_path)
    tables = {name: getattr(sums, name) for name in TABLES}
    keep_cached(path, module.FORMAT, {**plan.settings, "done": sums.done}, tables)
    return path


@pytest.mark.parametrize("how", DAMAGES)
def test_a_file_that_cannot_be_is_as_none(plan, sums, kept, tmp_path, how):
    path = kept
    assert equal(so_far(plan, tmp_path), sums)
    said, arrays = read_sealed(path, module.FORMAT, max_bytes=10**7)
    said, arrays = DAMAGES[how](said, arrays)
    write_sealed(path, arrays, said, module.FORMAT)
    assert so_far(plan, tmp_path).done == 0


def test_a_file_that_is_no_such_file_is_as_none(plan, tmp_path):
    sums_file(plan, tmp_path).write_bytes(b"no tensors")
    assert so_far(plan, tmp_path).done == 0


def test_a_folder_that_cannot_be_written_loses_nothing(plan, sums, tmp_path):
    blocked = tmp_path / "a file"
    blocked.write_text("")
    assert equal(measure(plan, cache_dir=blocked), sums)


def test_each_model_seed_and_number_of_windows_has_its_own_file(some, plan, tmp_path):
    other = material(tmp_path, dataset=town(seed=3))
    plans = [
        plan,
        plan_of(some, windows=19),
        plan_of(some, windows=20, seed=1),
        plan_of(other, windows=20),
    ]
    assert len({sums_file(one, tmp_path) for one in plans}) == len(plans)


@pytest.mark.parametrize(
    ("part", "gone", "left"), [("E_s", "sensors", "moments"), ("E_t", "moments", "sensors")]
)
def test_a_model_without_a_part_measures_the_other(tmp_path, part, gone, left):
    weights = untrained_weights(replace(CONFIG, ablate=part), seed=0)
    found = plan_of(material(tmp_path, weights, ablate=part), windows=4)
    assert not getattr(found, gone)
    assert getattr(found, left)
    assert measure(found).done == 4


def test_it_needs_the_data_set_and_windows(some):
    with pytest.raises(AnalysisError, match="needs the data set"):
        plan_of(replace(some, dataset=None, dataset_problem="it is elsewhere"))
    with pytest.raises(AnalysisError, match="0 windows cannot be measured"):
        plan_of(some, windows=0)
