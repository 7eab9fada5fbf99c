"""`python -m analysis graph`: what is said first, what is exported, one line for what is wrong."""

import csv
import json
import pickle
import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from analysis.cli import main
from analysis.graphs.edges import largest_edges
from analysis.graphs.of_model import encoder_graph
from analysis.graphs.stored import stored_graph
from analysis.graphs.table import MEANING
from himnet.checkpoints import load_arrays
from himnet.checkpoints.locate import measured_file
from himnet.data.info import Sensors
from tests.analysis.paper.places import material
from tests.app import made_up


@pytest.fixture(scope="module")
def opened(tmp_path_factory):
    """A model of a made-up city with a track and without readings."""
    return material(tmp_path_factory.mktemp("graph"), "small")


def run(capsys, checkpoint, *words):
    status = main(["graph", "--checkpoint", str(checkpoint), *map(str, words)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_what_an_entry_means_is_said_before_anything_else(opened, capsys):
    status, said, _ = run(capsys, opened.arrays.path)
    assert status == 0
    first = " ".join(said.split())
    assert first.startswith(MEANING)
    assert "floor, which every sensor gets" in first
    assert "E_st from the track" in first
    assert "untrained" in first
    assert "single seed" in first
    assert not measured_file(opened.arrays.path).exists()


def test_json_holds_the_same_numbers(opened, capsys):
    _, said, _ = run(capsys, opened.arrays.path, "--json")
    told = json.loads(said)
    rows = encoder_graph(opened.model).rows
    assert told["encoder"]["own"]["0.5"] == pytest.approx(np.median(rows.own))
    assert told["rounding"] is None  # without readings
    assert [claim["id"] for claim in told["claims"]] == [
        "graph-roads", "graph-along", "graph-distance", "graph-near", "graph-adjacency",
    ]  # fmt: skip
    difference = [one["difference"] for one in told["decoder"]["most_different"]]
    assert difference == sorted(difference, reverse=True)


def test_the_largest_excesses_are_exported_with_distances(opened, capsys, tmp_path):
    out = tmp_path / "edges.csv"
    status, said, _ = run(capsys, opened.arrays.path, "--edges", 30, "--out", out)
    assert status == 0
    with out.open(newline="") as file:
        header, *rows = csv.reader(file)
    edges = largest_edges(encoder_graph(opened.model), 30)
    ids = opened.info.sensors.ids
    assert header[:2] == ["reader", "read"]
    assert [row[0] for row in rows] == [ids[place] for place in edges.readers]
    assert float(rows[0][2]) == pytest.approx(edges.excess[0], rel=1e-4)
    assert f"the 30 largest excesses, {edges.shares[-1]:.1%} of all excess" in said
    roads = opened.info.sensors.road_names
    for row, reader, read in zip(rows, edges.readers, edges.read, strict=True):
        assert bool(row[5]) == (roads[reader] == roads[read] != "")
        weight = encoder_graph(opened.model).weights(np.array([reader]))[0, read]
        assert float(row[3]) == pytest.approx(weight, rel=1e-4)


def test_ids_cannot_act_as_formulas_in_the_export(capsys, tmp_path):
    city = made_up.city_info()
    ids = tuple(f"=1+{number}" for number in range(made_up.SENSORS))
    named = Sensors(ids, city.sensors.latitude, city.sensors.longitude)
    found = material(tmp_path, "formulas", info=replace(city, sensors=named))
    assert run(capsys, found.arrays.path, "--edges", 3, "--out", tmp_path / "e.csv")[0] == 0
    with (tmp_path / "e.csv").open(newline="") as file:
        _, *rows = csv.reader(file)
    assert all(cell.startswith("'=1+") for row in rows for cell in row[:2])


def test_an_adjacency_is_read_told_and_named_by_the_stored_command(capsys, tmp_path):
    opened = material(tmp_path, "given")
    count = opened.model.num_nodes
    weights = (np.random.default_rng(0).random((count, count)) < 0.1).astype(np.float32)
    ids = list(opened.info.sensors.ids)
    path = tmp_path / "adj_mx.pkl"
    path.write_bytes(pickle.dumps((ids, dict(zip(ids, range(count), strict=True)), weights)))
    _, said, _ = run(capsys, opened.arrays.path, "--adjacency", path, "--json", "--save")
    told = json.loads(said)
    findings, part = stored_graph(load_arrays(opened.arrays.path))
    assert findings.adjacency == "file"
    assert part.command.endswith(" --adjacency adj_mx.pkl --save")
    assert str(tmp_path) not in part.command
    assert told["adjacency"] == "file"
    (beside,) = [
        one for one in told["claims"][-1]["beside"] if one["name"] == "of these, connected"
    ]
    upper = np.triu((weights + weights.T) > 0, 1)
    assert beside["value"] == upper.sum()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--edges", 5), "--edges N and --out FILE.csv belong together"),
        (("--out", "e.csv"), "belong together"),
        (("--edges", 0, "--out", "e.csv"), "--edges is 0; choose 1 to 20,000"),
        (("--edges", 5, "--out", "e.xlsx"), "its ending must be .csv"),
        (("--adjacency", "absent.pkl"), "absent.pkl"),
    ],
)
def test_what_is_wrong_is_one_line_and_status_1(opened, capsys, words, said):
    status, _, error = run(capsys, opened.arrays.path, *words)
    assert status == 1
    assert said in error.strip().splitlines()[-1]
    assert "Traceback" not in error


def test_without_a_track_the_encoders_graph_is_measured(tmp_path, capsys):
    bare = material(tmp_path, "bare", track=False, info=made_up.bare_info())
    status, said, _ = run(capsys, bare.arrays.path)
    assert status == 0
    assert "No decoder's graph: the model has no track" in said
    assert "not applicable" in said  # neither roads nor places are known


def test_torch_is_not_needed_without_readings(opened):
    code = (
        "import sys; from tests.torchless import block_torch; block_torch(); "
        "from analysis.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["graph", "--checkpoint", str(opened.arrays.path), "--json"]
    subprocess.run([sys.executable, "-c", code, *words], check=True, capture_output=True)


@pytest.mark.slow
def test_on_metr_la_the_graph_follows_the_roads_and_the_track_is_rounded(data_dir, capsys):
    """The numbers that the README states."""
    path = data_dir / "METRLA" / "adj_mx.pkl"
    given = ("--adjacency", path) if path.is_file() else ()
    _, said, _ = run(capsys, "metr-la", "--data-dir", data_dir, "--json", *given)
    told = json.loads(said)
    roads = told["claims"][0]
    assert roads["value"] == pytest.approx(0.806, abs=0.001)
    assert roads["verdict"] == "holds"
    assert told["encoder"]["others"]["0.5"] == pytest.approx(0.032, abs=0.001)
    assert 0 < told["rounding"]["most"] < 0.02


@pytest.mark.load
def test_8600_sensors_are_measured_in_bounded_memory(tmp_path):
    """In a process of its own, whose peak memory is told."""
    from benchmarks.large_city_files import large_city

    path = large_city(tmp_path, 8_600, moments=24)
    code = (
        "import re, sys; from analysis.cli import main; status = main(sys.argv[1:]); "
        # not ru_maxrss, which includes what the parent held when it forked
        "told = open('/proc/self/status').read(); "
        "print(re.search(r'VmHWM:\\s+(\\d+)', told)[1], file=sys.stderr); sys.exit(status)"
    )
    words = ["graph", "--checkpoint", str(path), "--json"]
    done = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["compared_sensors"] == 500
    assert int(done.stderr.split()[-1]) / 1024 < 1_024  # MB; one matrix of all pairs is 564
