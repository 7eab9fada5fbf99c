"""The usual exchanges beside a model: measured, kept, measured again, and safely read back."""

import json
from dataclasses import replace

import numpy as np
import pytest

from analysis.cli import main
from analysis.errors import AnalysisError
from analysis.forecasts.windows import window_steps
from analysis.material import Material
from analysis.what_if.cluster_matrix import WINDOWS, cluster_matrix
from analysis.what_if.sensors_and_hours import least_alike, swap_sensors
from analysis.what_if.stored import (
    EXCHANGE,
    EXCHANGE_WINDOWS,
    MATRIX,
    save_exchanges,
    stored_exchange,
    stored_matrix,
    usual_exchange,
    usual_matrix,
)
from himnet.checkpoints import load_arrays, save_measured
from himnet.checkpoints.locate import measured_file
from himnet.checkpoints.measured import read_measured
from tests.analysis.what_if.lively import material, town

SAID = {"data": "", "command": "python -m analysis what-if --checkpoint mine --save"}


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    """A model whose city every command can make from its name, with both measurements."""
    dataset = town()
    found = material(tmp_path_factory.mktemp("stored"), dataset=dataset)
    matrix, exchange = usual_matrix(found), usual_exchange(found)
    save_exchanges(found, matrix, exchange, command=SAID["command"])
    return Material(load_arrays(found.arrays.path), None, dataset), matrix, exchange


def test_the_usual_ones_are_those_of_the_page_s_defaults(some):
    found, matrix, exchange = some
    giver = least_alike(found, 0)
    steps = window_steps(found, most=EXCHANGE_WINDOWS)
    change = swap_sensors(found, steps, [0], [giver]).error_change()
    assert (exchange.sensor, exchange.giver, exchange.reach) == (0, giver, "pool")
    assert exchange.change == change
    windows = window_steps(found, most=WINDOWS)
    again = cluster_matrix(found, found.clusters(), windows)
    np.testing.assert_array_equal(matrix.matrix.sums, again.sums)
    np.testing.assert_array_equal(matrix.labels, found.clusters())


def test_they_come_back_as_they_were(some):
    found, matrix, exchange = some
    again, part = stored_matrix(found.arrays)
    for name in ("steps", "sums", "own_sums", "counts"):
        np.testing.assert_array_equal(getattr(again.matrix, name), getattr(matrix.matrix, name))
    np.testing.assert_array_equal(again.labels, matrix.labels)
    np.testing.assert_array_equal(again.matrix.excess, matrix.matrix.excess)
    assert (part.command, part.data) == (SAID["command"], found.dataset.info.sha256)
    assert stored_exchange(found.arrays)[0] == exchange


def test_a_model_that_nobody_measured_has_none(tmp_path):
    arrays = material(tmp_path).arrays
    assert stored_matrix(arrays) is None
    assert stored_exchange(arrays) is None


def test_without_an_interval_it_comes_back_too(some):
    found, matrix, exchange = some
    lone = replace(exchange.change.difference, low=float("nan"), high=float("nan"), days=1)
    change = replace(exchange.change, difference=lone)
    save_exchanges(found, matrix, replace(exchange, change=change), command=SAID["command"])
    again = stored_exchange(load_arrays(found.arrays.path))[0].change.difference
    assert np.isnan([again.low, again.high]).all()
    assert (again.value, again.days) == (lone.value, 1)


def put(part, name, place, value):
    array = part.arrays[name].copy()
    array.flat[place] = value
    return {**part.arrays, name: array}


MATRICES = {
    "negative": lambda p: (p.value, put(p, "sums", 0, -1)),
    "without readings": lambda p: (p.value, put(p, "counts", 0, 0)),
    "NaN": lambda p: (p.value, put(p, "own_sums", 0, np.nan)),
    "endless": lambda p: (p.value, put(p, "counts", 0, np.inf)),
    "a cluster that is not": lambda p: (p.value, put(p, "labels", 0, 99)),
    "negative labels": lambda p: (p.value, put(p, "labels", 0, -1)),
    "other sensors": lambda p: (p.value, {**p.arrays, "labels": p.arrays["labels"][:-1]}),
    "flat": lambda p: (p.value, {**p.arrays, "sums": p.arrays["sums"].ravel()}),
    "scalar": lambda p: (p.value, {**p.arrays, "counts": np.array(3.0)}),
    "no days": lambda p: (p.value, {n: a[:0] for n, a in p.arrays.items()}),
    "more days than windows": lambda p: (p.value, {**p.arrays, "steps": p.arrays["steps"][:1]}),
    "of another type": lambda p: (p.value, {**p.arrays, "sums": p.arrays["sums"].astype("f4")}),
    "lacking one": lambda p: (p.value, {n: a for n, a in p.arrays.items() if n != "steps"}),
    "an unknown reach": lambda p: ({"reach": "far"}, p.arrays),
    "a list as reach": lambda p: ({"reach": ["pool"]}, p.arrays),
    "no reach": lambda p: ({}, p.arrays),
}


@pytest.mark.parametrize("how", MATRICES)
def test_a_matrix_that_cannot_be_is_one_sentence(some, tmp_path, how):
    value, arrays = MATRICES[how](some[0].arrays.measured.used[MATRIX])
    refuses(some[0], tmp_path, MATRIX, value, arrays, stored_matrix)


EXCHANGES = [
    {"sensor": 99}, {"sensor": -1}, {"sensor": 0.0}, {"sensor": True}, {"giver": "0"},
    {"reach": "far"}, {"reach": None}, {"change": None}, {"change": {}},
    {"change.before": -1}, {"change.after": "3"}, {"change.moved": 1e300},
    {"change.windows": -1}, {"change.readings": 0.5}, {"change.difference": 3},
    {"change.difference": {"value": 1, "low": 0}},
]  # fmt: skip


@pytest.mark.parametrize("odd", EXCHANGES, ids=str)
def test_an_exchange_that_cannot_be_is_one_sentence(some, tmp_path, odd):
    value = json.loads(json.dumps(some[0].arrays.measured.used[EXCHANGE].value))
    for name, wrong in odd.items():
        *path, last = name.split(".")
        (value[path[0]] if path else value)[last] = wrong
    refuses(some[0], tmp_path, EXCHANGE, value, {}, stored_exchange)


def refuses(found, tmp_path, name, value, arrays, read):
    """Let a copy of the model have another part, and expect one sentence."""
    model = tmp_path / "model.safetensors"
    model.write_bytes(found.arrays.path.read_bytes())
    save_measured(model, found.arrays.sha256, name, value, arrays=arrays, **SAID)
    with pytest.raises(AnalysisError, match="what-if --save") as caught:
        read(load_arrays(model))
    assert len(str(caught.value).splitlines()) == 1


CITY = "synthetic:num_nodes=12,days=14,steps_per_day=24,missing_share=0.1"


@pytest.fixture
def checkpoint(tmp_path):
    return material(tmp_path / "mine").arrays.path


def what_if(checkpoint, *options):
    return main(["what-if", "--checkpoint", str(checkpoint), "--dataset", CITY, *options])


def test_deleting_the_file_changes_no_number_when_it_is_measured_again(checkpoint, capsys):
    assert what_if(checkpoint, "--save") == 0
    out = capsys.readouterr().out
    assert "the least like it (16 windows of the test split)" in out
    assert "one exchange and the matrix of clusters saved" in out
    beside = measured_file(checkpoint)
    before = read_measured(beside)
    beside.unlink()
    assert what_if(checkpoint, "--save", "--json") == 0
    after = read_measured(beside)
    assert set(before) == set(after) == {MATRIX, EXCHANGE}
    for name, part in before.items():
        assert part.value == after[name].value
        for own, array in part.arrays.items():
            np.testing.assert_array_equal(array, after[name].arrays[own])
    said = json.loads(capsys.readouterr().out)
    stored, _ = stored_exchange(load_arrays(checkpoint))
    assert said["exchange"]["after"] == stored.change.after
    matrix, _ = stored_matrix(load_arrays(checkpoint))
    np.testing.assert_allclose(said["clusters"]["error"], matrix.matrix.error)
    assert said["clusters"]["advantage"]["value"] == matrix.matrix.advantage().value


def test_without_the_option_nothing_is_written(checkpoint):
    assert what_if(checkpoint) == 0
    assert not measured_file(checkpoint).exists()


def test_other_readings_than_the_model_s_are_not_saved(checkpoint, capsys):
    other = CITY.replace("days=14", "days=14,seed=3")
    arguments = ["--checkpoint", str(checkpoint), "--dataset", other, "--save"]
    assert main(["what-if", *arguments]) == 1
    assert "has other readings" in capsys.readouterr().err
    assert not measured_file(checkpoint).exists()
