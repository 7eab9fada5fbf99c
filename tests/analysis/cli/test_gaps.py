"""`python -m analysis gaps`: a figure of a folder's missing readings, or one sentence why not."""

import json
import subprocess
import sys

import numpy as np
import pytest

from analysis.cli import main
from himnet.data.load import load_dataset
from himnet.data.synthetic import synthetic_city
from tests.himnet.data.folders import write_json, write_npz

BEGINS = {"pdf": b"%PDF", "svg": b"<?xml", "png": b"\x89PNG"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    town = synthetic_city(num_nodes=5, days=7, seed=0)
    values = town.values.copy()
    values[100:400, 3] = 0
    shape = (*values.shape, 3)
    data = np.broadcast_to(town.tod[:, None, None], shape).copy()
    data[..., 0], data[..., 2] = values, town.dow[:, None]
    path = write_npz(tmp_path_factory.mktemp("data") / "mytown", town, data=data)
    return write_json(path, start="2012-03-01T00:00", source="City of X", licence="CC BY 4.0")


def run(capsys, *words):
    status = main(["gaps", *map(str, words)])
    said = capsys.readouterr()
    return status, said.out, said.err


@pytest.mark.parametrize("kind", BEGINS)
def test_a_figure_is_written_in_the_format_of_its_ending(folder, tmp_path, capsys, kind):
    out = tmp_path / "new" / f"gaps.{kind}"
    status, said, _ = run(capsys, folder, "--out", out)
    assert status == 0
    assert out.read_bytes().startswith(BEGINS[kind])
    assert "Longest gaps: sensor 3, 300 steps (25 hours) from 2012-03-01 08:20" in said
    assert "Data: City of X (licence: CC BY 4.0)." in said


def test_a_data_set_is_found_by_its_name_too_and_named_once(folder, tmp_path, capsys):
    rest = ("--data-dir", folder.parent, "--out", tmp_path / "gaps.svg")
    for words in (["mytown"], ["--dataset", "mytown"]):
        assert run(capsys, *words, *rest)[0] == 0
    for words in ([], ["mytown", "--dataset", "mytown"]):
        status, _, said = run(capsys, *words, *rest)
        assert status == 1
        assert "name one data set" in said


def test_json_has_every_sensor(folder, tmp_path, capsys):
    _, said, _ = run(capsys, folder, "--out", tmp_path / "gaps.pdf", "--json")
    told = json.loads(said)
    missing = load_dataset(str(folder)).missing()
    assert list(told["by_sensor"].values()) == pytest.approx(missing.mean(axis=0).tolist())
    assert told["share_missing"] == pytest.approx(missing.mean())
    assert told["longest"][0]["steps"] == 300


@pytest.mark.parametrize("name", ["gaps.jpg", "gaps"])
def test_another_ending_is_refused_before_anything_is_read(tmp_path, capsys, name):
    status, _, said = run(capsys, "nowhere", "--out", tmp_path / name)
    assert status == 1
    assert "its ending must be one of .pdf, .svg, .png" in said
    assert not list(tmp_path.iterdir())


def test_what_is_no_data_set_gets_the_command_that_makes_one(tmp_path, capsys):
    status, _, said = run(capsys, tmp_path / "nowhere", "--out", tmp_path / "gaps.pdf")
    assert status == 1
    assert "python -m himnet prepare FILE --out DIR" in said
    table = tmp_path / "counts.csv"
    table.write_text("time,a\n2012-03-01,1\n")
    status, _, said = run(capsys, table, "--out", tmp_path / "gaps.pdf")
    assert status == 1
    assert f"python -m himnet prepare {table} --out" in said


def test_torch_is_not_needed(folder, tmp_path):
    code = (
        "import sys; from tests.torchless import block_torch; block_torch(); "
        "from analysis.cli import main; sys.exit(main(sys.argv[1:]))"
    )
    words = ["gaps", str(folder), "--out", str(tmp_path / "gaps.pdf")]
    subprocess.run([sys.executable, "-c", code, *words], check=True)


def test_on_metr_la_the_longest_gap_and_the_share_are_those_of_the_readings(
    data_dir, metrla, tmp_path, capsys
):
    words = ("METRLA", "--data-dir", data_dir, "--out", tmp_path / "gaps.pdf", "--json")
    told = json.loads(run(capsys, *words)[1])
    missing = metrla.missing()
    assert told["share_missing"] == pytest.approx(missing.mean())
    assert told["silent_steps"] == missing.all(axis=1).sum()
    longest = told["longest"][0]
    column = missing[:, metrla.sensors.ids.index(longest["sensor"])]
    start = metrla.timestamps.tolist().index(np.datetime64(longest["from"], "s").item())
    assert column[start : start + longest["steps"]].all()
