"""A model's graphs beside it: measured, kept, measured again, and safely read back."""

import json
import re

import numpy as np
import pytest

from analysis.claims import rules
from analysis.cli import main
from analysis.errors import AnalysisError
from analysis.graphs.measure import measure_graph
from analysis.graphs.stored import PART, save_graph, stored_graph
from analysis.graphs.table import results, text
from analysis.material import Material
from himnet.checkpoints import load_arrays, save_measured
from himnet.checkpoints.locate import measured_file
from himnet.checkpoints.measured import RULES, read_measured
from tests.analysis.damages import damaged, outcome
from tests.analysis.what_if.lively import material, town

SAID = {"data": "", "command": "python -m analysis graph --checkpoint mine --save"}
CITY = "synthetic:num_nodes=12,days=14,steps_per_day=24,missing_share=0.1"
NUMBERS = ("floor", "own", "others", "largest", "effective", "read")


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    """A model whose city every command can make from its name, with its findings stored."""
    found = material(tmp_path_factory.mktemp("graph"), dataset=town())
    findings = measure_graph(found)
    save_graph(found.arrays, findings, **SAID)
    return Material(load_arrays(found.arrays.path), None, found.dataset), findings


def test_they_come_back_as_they_were(some):
    found, findings = some
    again, part = stored_graph(found.arrays)
    assert part.command == SAID["command"]
    for name in NUMBERS:
        np.testing.assert_array_equal(getattr(again.encoder, name), getattr(findings.encoder, name))
    np.testing.assert_array_equal(again.untrained.quantiles, findings.untrained.quantiles)
    decoder, before = again.decoder, findings.decoder
    assert (decoder.origin, decoder.moments, decoder.day) == (
        ("data set", before.moments, before.day)
    )
    for name in ("clock", "road_auc", "near_auc"):
        np.testing.assert_array_equal(getattr(decoder, name), getattr(before, name))
    for name in ("by_hour", "untrained"):
        one, other = getattr(decoder, name), getattr(before, name)
        np.testing.assert_array_equal(one.quantiles, other.quantiles)
    for name in ("hours", "steps", "parts", "difference"):
        one, other = getattr(decoder.over_day, name), getattr(before.over_day, name)
        np.testing.assert_array_equal(one, other)
    told = [[json.dumps(one.to_dict()) for one in of.results] for of in (again, findings)]
    assert told[0] == told[1]
    assert len(again.results) == 5


def test_a_model_that_nobody_measured_has_none(tmp_path):
    assert stored_graph(material(tmp_path).arrays) is None


def test_claims_about_the_graph_follow_the_rules_of_the_claims():
    assert RULES["graph-claims"] == rules.RULES


def put(part, name, place, value):
    array = part.arrays[name].copy()
    array.flat[place] = value
    return {**part.arrays, name: array}


def told(part, **changes):
    return {**part.value, **changes}


WRONG = {
    "rows that do not sum to 1": lambda p: (p.value, put(p, "rows/floor", 0, 0.5)),
    "a negative share": lambda p: (p.value, put(p, "rows/own", 0, -0.1)),
    "NaN": lambda p: (p.value, put(p, "rows/effective", 0, np.nan)),
    "a weight above 1": lambda p: (p.value, put(p, "rows/largest", 0, 2.0)),
    "other sensors": lambda p: (p.value, {**p.arrays, "rows/read": p.arrays["rows/read"][:-1]}),
    "quantiles that fall": lambda p: (p.value, put(p, "untrained", 0, 9.0)),
    "flat quantiles": lambda p: (p.value, {**p.arrays, "untrained": np.zeros(3)}),
    "of another type": lambda p: (
        p.value, {**p.arrays, "decoder/by_hour": p.arrays["decoder/by_hour"].astype("f4")},
    ),
    "an hour that is not": lambda p: (p.value, put(p, "decoder/clock", -1, 24)),
    "hours that do not ascend": lambda p: (p.value, put(p, "decoder/clock", 0, 23)),
    "an AUC above 1": lambda p: (p.value, put(p, "decoder/road_auc", 0, 1.5)),
    "a difference above 1": lambda p: (p.value, put(p, "day/difference", 0, 1.5)),
    "lacking one": lambda p: (p.value, {n: a for n, a in p.arrays.items() if n != "day/steps"}),
    "an unknown origin": lambda p: (
        told(p, decoder={**p.value["decoder"], "origin": "elsewhere"}), p.arrays,
    ),
    "a fraction of a day": lambda p: (
        told(p, decoder={**p.value["decoder"], "day": 0.5}), p.arrays,
    ),
    "an unknown adjacency": lambda p: (told(p, adjacency="roads"), p.arrays),
    "a list as adjacency": lambda p: (told(p, adjacency=["places"]), p.arrays),
    "too many sensors": lambda p: (told(p, sensors=99), p.arrays),
    "a text of many lines": lambda p: (told(p, decoder_problem="a\nb"), p.arrays),
    "a rounding error of words": lambda p: (told(p, rounding={"moments": 1}), p.arrays),
    "a median above the largest": lambda p: (
        told(p, rounding={"moments": 1, "median": 0.2, "most": 0.1}), p.arrays,
    ),
    "nothing": lambda p: ({}, p.arrays),
}  # fmt: skip


@pytest.mark.parametrize("how", WRONG)
def test_what_cannot_be_is_one_sentence(some, tmp_path, how):
    found, _ = some
    value, arrays = WRONG[how](found.arrays.measured.used[PART])
    model = tmp_path / "model.safetensors"
    model.write_bytes(found.arrays.path.read_bytes())
    save_measured(model, found.arrays.sha256, PART, value, arrays=arrays, **SAID)
    with pytest.raises(AnalysisError, match="graph --save") as caught:
        stored_graph(load_arrays(model))
    assert len(str(caught.value).splitlines()) == 1


def test_deleting_the_file_changes_no_number_when_it_is_measured_again(tmp_path, capsys):
    checkpoint = material(tmp_path / "mine").arrays.path
    words = ["graph", "--checkpoint", str(checkpoint), "--dataset", CITY, "--save"]
    assert main(words) == 0
    assert "graphs saved" in capsys.readouterr().out
    beside = measured_file(checkpoint)
    before = read_measured(beside)
    beside.unlink()
    assert main([*words, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    after = read_measured(beside)
    assert set(before) == set(after) == {"graph", "graph-claims", "graph-use"}
    for name, part in before.items():
        assert part.value == after[name].value
        for own, array in part.arrays.items():
            np.testing.assert_array_equal(array, after[name].arrays[own])
    stored, _ = stored_graph(load_arrays(checkpoint))
    assert said["encoder"]["others"]["0.5"] == pytest.approx(np.median(stored.encoder.others))
    assert [one["value"] for one in said["claims"]] == [one.value for one in stored.results]


@pytest.mark.parametrize("name", [PART, "graph-claims"])
def test_whatever_stands_in_one_place_it_is_told_or_refused_with_a_sentence(some, name):
    own = some[0]
    for arrays in damaged(own.arrays, name):
        found = outcome(stored_graph, arrays)
        if isinstance(found, str):
            assert re.search("damaged, so (it is|they are) ignored", found)
        else:
            assert text(results(Material(arrays, None, own.dataset), found), found)
