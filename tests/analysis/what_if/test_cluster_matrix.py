"""Clusters under each other's parameters: the sums, and the file that keeps them."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.errors import AnalysisError
from analysis.forecasts.windows import window_steps
from analysis.what_if import cluster_matrix as measured
from analysis.what_if.cluster_matrix import FORMAT, ClusterMatrix, cluster_matrix
from analysis.what_if.sensors_and_hours import swap_sensors
from himnet.checkpoints.format import read_description, write_sealed
from himnet.checkpoints.header import read_header
from tests.analysis.what_if.lively import CONFIG, lively_weights, material
from tests.processes import run_python

LABELS = np.array([0, 1, 0, 2, 1, 0, 0, 2, 1, 0, 0, 0])
ARRAYS = ("sums", "own_sums", "counts")
KILLED = """
import os, signal, sys
from pathlib import Path
from analysis.what_if.cluster_matrix import cluster_matrix
from tests.analysis.what_if.test_cluster_matrix import LABELS
from tests.analysis.what_if.lively import material

def die_half_way(share):
    if share > 0.5:
        os.kill(os.getpid(), signal.SIGKILL)

folder = Path(sys.argv[1])
some = material(folder / "model")
cluster_matrix(some, LABELS, [30, 60, 90], cache_dir=folder / "kept", tell=die_half_way)
"""


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    return material(tmp_path_factory.mktemp("clusters"))


@pytest.fixture(scope="module")
def steps(some):
    return window_steps(some, split=None, most=20)


@pytest.fixture(scope="module")
def found(some, steps):
    return cluster_matrix(some, LABELS, steps)


def test_harm_counts_the_intervals_above_zero_and_says_what_chance_gives():
    days = 12
    own = np.full((days, 3), 10.0)
    sums = np.repeat(own[..., None], 3, axis=2)
    sums[:, 0, 1] += 5  # cluster 0 with the parameters of 1 is worse on every day
    matrix = ClusterMatrix(np.arange(days), sums, own, np.full((days, 3), 10.0))
    found = matrix.harm()
    assert (found.worse, found.pairs) == (1, 6)
    assert found.by_chance == pytest.approx(0.15)
    assert found.mean == pytest.approx(0.5 / 6)


def never(*_, **__):
    raise AssertionError("computed again")


def equal(one: ClusterMatrix, other: ClusterMatrix) -> bool:
    return all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes()
        for name in ("steps", *ARRAYS)
    )


@pytest.mark.parametrize("reach", ["pool", "row", "embedding"])
def test_each_cell_is_a_swap_of_a_whole_cluster(some, steps, reach):
    found = cluster_matrix(some, LABELS, steps, reach=reach)
    for i, j in ((0, 0), (0, 2), (2, 1)):
        members, givers = (np.flatnonzero(number == LABELS) for number in (i, j))
        change = swap_sensors(some, steps, members, givers, reach=reach).error_change()
        assert found.error[i, j] == pytest.approx(change.after)
        assert found.own[i] == pytest.approx(change.before)
        assert found.excess[i, j] == pytest.approx(change.difference.value, abs=1e-9)
        assert found.counts[:, i].sum() == change.readings
    low, high = found.excess_interval()
    assert ((low <= found.excess) & (found.excess <= high)).all()
    assert found.kept is None


def test_the_diagonal_is_the_cluster_s_mean_and_not_each_sensor_s_own(some, steps, found):
    assert np.abs(np.diag(found.excess)).min() > 1e-6
    singles = cluster_matrix(some, np.arange(12), steps[:4])
    assert np.array_equal(np.diag(singles.error), singles.own)


def test_clusters_that_are_alike_to_the_model_have_equal_columns(tmp_path, steps):
    weights = lively_weights(CONFIG)
    weights["node_embedding"][LABELS == 1] = weights["node_embedding"][0]
    weights["node_embedding"][LABELS == 2] = weights["node_embedding"][0]
    found = cluster_matrix(material(tmp_path, weights), LABELS, steps)
    assert np.array_equal(found.error[:, 1], found.error[:, 2])
    np.testing.assert_allclose(found.excess[1:, 1:], 0, atol=1e-9)


def test_windows_are_measured_in_batches(some, found, monkeypatch):
    shares = []
    every = np.arange(20, 120)  # two batches
    whole = cluster_matrix(some, LABELS, every, tell=shares.append)
    assert shares == sorted(shares)
    assert len(shares) == 2 * 9
    assert shares[-1] == 1
    parts = [cluster_matrix(some, LABELS, part) for part in (every[:50], every[50:])]
    np.testing.assert_allclose(
        whole.sums.sum(axis=0), sum(part.sums.sum(axis=0) for part in parts), rtol=1e-5
    )


def test_the_advantage_is_beside_that_of_permuted_clusters(found):
    error = np.full((6, 6), 3.0) + np.arange(6) - 2 * np.eye(6)
    clear = replace(found, sums=error[None], own_sums=np.ones((1, 6)), counts=np.ones((1, 6)))
    statistic = clear.advantage(draws=199)
    assert statistic.value == pytest.approx(2)
    assert statistic.p_value < 0.02
    flat = replace(clear, sums=np.full((1, 6, 6), 3.0))
    assert flat.advantage(draws=19).p_value == 1


def test_a_cluster_without_readings_has_no_error_and_takes_no_part(some, steps, tmp_path):
    silent = some.dataset.values.copy()
    silent[:, LABELS == 2] = 0
    deaf = material(tmp_path, dataset=replace(some.dataset, values=silent))
    found = cluster_matrix(deaf, LABELS, steps)
    assert np.isnan(found.error[2]).all()
    assert np.isnan(found.own[2])
    assert np.isnan(found.excess_interval()[0][2]).all()
    assert np.isfinite(found.error[:2]).all()
    assert np.isfinite(found.advantage(draws=19).value)


def test_the_second_call_reads_the_file(some, steps, found, tmp_path, monkeypatch):
    first = cluster_matrix(some, LABELS, steps, cache_dir=tmp_path)
    assert first.kept is not None
    assert list(tmp_path.iterdir()) == [first.kept]
    monkeypatch.setattr(measured, "_measure", never)
    second = cluster_matrix(some, LABELS, steps, cache_dir=tmp_path)
    assert equal(first, second)
    assert equal(first, found)
    assert second.kept == first.kept


def test_whatever_it_was_made_from_has_a_file_of_its_own(some, steps, tmp_path):
    def kept(other=some, labels=LABELS, windows=steps[:2], **settings) -> Path:
        return cluster_matrix(other, labels, windows, cache_dir=tmp_path, **settings).kept

    one_more = lively_weights(CONFIG)
    one_more["out_proj.bias"][:] += 1
    silent = replace(some.dataset, info=replace(some.dataset.info, sha256="0" * 64))
    files = [
        kept(),
        kept(reach="row"),
        kept(windows=steps[1:3]),
        kept(labels=np.roll(LABELS, 1)),
        kept(other=material(tmp_path / "model", one_more)),
        kept(other=replace(some, dataset=silent)),
    ]
    assert len(set(files)) == len(files)
    assert kept() == files[0]


@pytest.mark.parametrize(
    "damage", ["flipped", "cut", "empty", "text", "foreign", "days", "names", "folder"]
)
def test_a_damaged_or_foreign_file_is_a_miss(some, steps, found, tmp_path, damage, monkeypatch):
    path = cluster_matrix(some, LABELS, steps, cache_dir=tmp_path).kept
    whole = path.read_bytes()
    if damage == "folder":
        path.unlink()
        path.mkdir()
    elif damage == "foreign":
        arrays = {name: getattr(found, name) * 2 for name in ARRAYS}
        write_sealed(path, arrays, {"checkpoint": "another"}, FORMAT)
    elif damage in ("days", "names"):
        settings = read_description(path, read_header(path), FORMAT)
        arrays = {name: getattr(found, name) for name in ARRAYS}
        other = {"days": {"counts": found.counts[1:]}, "names": {"more": found.counts}}[damage]
        write_sealed(path, arrays | other, settings, FORMAT)
    else:
        flipped = whole[:-5] + bytes([whole[-5] ^ 1]) + whole[-4:]
        path.write_bytes(
            {"flipped": flipped, "cut": whole[:-9], "empty": b"", "text": b"no sums"}[damage]
        )
    again = cluster_matrix(some, LABELS, steps, cache_dir=tmp_path)
    assert equal(again, found)
    if damage != "folder":  # which nothing can be written in the place of
        monkeypatch.setattr(measured, "_measure", never)
        assert equal(cluster_matrix(some, LABELS, steps, cache_dir=tmp_path), found)


@pytest.fixture
def is_a_miss(some, steps, found, tmp_path, monkeypatch):
    """Put arrays into the file of a result, sealed as its writer would: is it measured again?"""
    calls = []

    def measure(*_, **__):
        calls.append(1)
        return {name: getattr(found, name) for name in ARRAYS}

    monkeypatch.setattr(measured, "_measure", measure)
    path = cluster_matrix(some, LABELS, steps, cache_dir=tmp_path).kept
    settings = read_description(path, read_header(path), FORMAT)

    def put(**arrays):
        write_sealed(path, {**measure(), **arrays}, settings, FORMAT)
        calls.clear()
        assert equal(cluster_matrix(some, LABELS, steps, cache_dir=tmp_path), found)
        return bool(calls)

    assert not put()
    return put


@pytest.mark.parametrize("name", ARRAYS)
def test_values_that_no_measurement_gives_are_a_miss(found, is_a_miss, name):
    for value in (np.nan, np.inf, -np.inf, -1.0, 1e300):
        for place in (0, -1):
            array = getattr(found, name).copy()
            array.flat[place] = value
            assert is_a_miss(**{name: array}), value


@pytest.mark.parametrize("name", ARRAYS)
def test_other_shapes_and_types_are_a_miss(found, is_a_miss, name):
    array = getattr(found, name)
    for other in (
        array[..., None],
        array.reshape(-1),
        array[:0],
        np.concatenate([array, array]),
        array.astype(np.float32),
        array.astype(np.int64),
    ):
        assert is_a_miss(**{name: other}), (other.shape, other.dtype)


def test_counts_of_other_readings_are_a_miss(found, is_a_miss):
    assert is_a_miss(counts=found.counts + 1)
    assert is_a_miss(counts=found.counts - 1)


def test_a_folder_that_cannot_be_written_costs_nothing_but_the_keeping(
    some, steps, found, tmp_path
):
    (tmp_path / "file").write_text("no folder")
    again = cluster_matrix(some, LABELS, steps, cache_dir=tmp_path / "file")
    assert equal(again, found)
    assert again.kept is None


def test_killed_half_way_it_leaves_nothing(tmp_path):
    done = run_python("-c", KILLED, tmp_path)
    assert done.returncode == -9, done.stderr
    assert not (tmp_path / "kept").exists()


@pytest.mark.parametrize(
    ("labels", "told"),
    [
        (LABELS[:5], "there are 5 labels for 12 sensors"),
        (LABELS + 1, "are numbered [1, 2, 3]; number them from 0"),
        (LABELS * 2, "are numbered [0, 2, 4]"),
    ],
)
def test_labels_that_number_no_clusters(some, steps, labels, told):
    with pytest.raises(AnalysisError, match=re.escape(told)):
        cluster_matrix(some, labels, steps)


def test_what_cannot_be_measured_says_so(some, steps, tmp_path):
    for ablation in ("E_s", "SMP"):
        with pytest.raises(AnalysisError, match=f"trained without {ablation}"):
            cluster_matrix(material(tmp_path, ablate=ablation), LABELS, steps)
    with pytest.raises(AnalysisError, match="no windows were chosen"):
        cluster_matrix(some, LABELS, [])
    with pytest.raises(AnalysisError, match="unknown reach 'all'"):
        cluster_matrix(some, LABELS, steps, reach="all")
    one = cluster_matrix(some, np.zeros(12, dtype=int), steps[:2])
    with pytest.raises(AnalysisError, match="a single cluster has no other"):
        one.advantage()
