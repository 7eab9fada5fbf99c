"""The identity curve beside a model: kept, measured again, and safely read back."""

import json
import re
from dataclasses import replace

import pytest

from analysis.cli import main
from analysis.errors import AnalysisError
from analysis.identity.curve import identity_of
from analysis.identity.measure import measure, plan_of
from analysis.identity.stored import PART, save_identity, stored_identity
from analysis.identity.table import text, verdict
from analysis.paper.registry import draw
from himnet.checkpoints import load_arrays, save_measured
from himnet.checkpoints.locate import measured_file
from himnet.checkpoints.measured import read_measured
from tests.analysis.damages import damaged, outcome
from tests.analysis.what_if.lively import material

COMMAND = "python -m analysis identity --checkpoint mine --save"
CITY = "synthetic:num_nodes=12,days=14,steps_per_day=24,missing_share=0.1"


@pytest.fixture(scope="module")
def some(tmp_path_factory):
    found = material(tmp_path_factory.mktemp("stored"))
    plan = plan_of(found, windows=16)
    measured = identity_of(plan, measure(plan), draws=19)
    save_identity(found, measured, command=COMMAND)
    return replace(found, arrays=load_arrays(found.arrays.path)), measured


def test_it_comes_back_as_it_was(some):
    found, measured = some
    again, part = stored_identity(found.arrays)
    assert repr(again) == repr(measured)  # NaN is not itself
    assert (part.command, part.data) == (COMMAND, found.dataset.info.sha256)


def test_a_model_that_nobody_measured_has_none(tmp_path):
    found = material(tmp_path)
    assert stored_identity(found.arrays) is None
    with pytest.raises(AnalysisError, match="has not been measured; measure it with python -m"):
        draw("identity", found)


def test_a_partial_result_is_not_saved(some):
    found, measured = some
    with pytest.raises(AnalysisError, match="8 of 16 windows are measured, and only a complete"):
        save_identity(found, replace(measured, windows=8), command=COMMAND)


def at(value, path):
    for name in path:
        value = value[name]
    return value


DAMAGES = [
    (["windows"], 8), (["windows"], True), (["planned"], 0), (["planned"], 1e3), (["days"], 17),
    (["days"], 0), (["sensors"], 11), (["own"], -1), (["own"], "5"), (["costs"], None),
    (["costs"], {}), (["costs", 0], []), (["costs", 0, "name"], "nowhere"),
    (["costs", 0, "name"], ["road"]), (["costs", 0, "name"], "3h"), (["costs", 0, "reach"], "far"),
    (["costs", 0, "reach"], None), (["costs", 0, "draws"], 0), (["costs", 0, "counted"], 13),
    (["costs", 0, "readings"], -1), (["costs", 0, "readings"], 10**16), (["costs", 0, "mae"], -1),
    (["costs", 0, "mae"], 1e300), (["costs", 0, "difference"], None),
    (["costs", 0, "difference", "low"], "x"), (["costs", 0, "difference", "days"], 1.5),
    (["costs", 0, "share"], 0.5),
    (["costs", -1, "share"], {"value": 0, "low": 0, "high": 0, "days": 2}),
    (["costs", -1, "counted"], 17), (["comparisons", 0, "name"], "any"),
    (["comparisons", 0, "reach"], None), (["comparisons", 0, "sensors"], 13),
    (["comparisons", 0, "pairs"], 0), (["comparisons", 0, "cost"], "1"),
    (["comparisons", 0, "difference"], 3), (["comparisons", 0, "level_gap"], []),
    (["associations", 0, "fixed"], ["the moon"]), (["associations", 0, "fixed"], 5),
    (["associations", 0, "fixed"], "distance"), (["associations", 0, "p_value"], 1.5),
    (["associations", 0, "p_value"], -0.1), (["associations", 0, "pairs"], -1),
    (["associations", 0, "null"], "<b>\u202emine</b>"), (["associations", 0, "value"], "high"),
    (["associations", 0, "draws"], 10**9),
]  # fmt: skip


@pytest.mark.parametrize(("path", "wrong"), DAMAGES, ids=str)
def test_a_part_that_cannot_be_is_one_sentence(some, tmp_path, path, wrong):
    value = json.loads(json.dumps(some[0].arrays.measured.used[PART].value))
    at(value, path[:-1])[path[-1]] = wrong
    refuses(some[0], tmp_path, value)


@pytest.mark.parametrize("place", ["", "costs", "comparisons", "associations"])
def test_other_fields_and_the_same_twice_are_one_sentence(some, tmp_path, place):
    own = some[0].arrays.measured.used[PART].value
    for change in (
        lambda one: one.pop(next(iter(one))),
        lambda one: one.update(extra=1),
    ):
        value = json.loads(json.dumps(own))
        change(value[place][0] if place else value)
        refuses(some[0], tmp_path, value)
    if place:
        value = json.loads(json.dumps(own))
        value[place].append(value[place][0])
        refuses(some[0], tmp_path, value)


def test_arrays_that_nobody_wrote_are_one_sentence(some, tmp_path):
    value = some[0].arrays.measured.used[PART].value
    refuses(some[0], tmp_path, value, arrays={"extra": some[0].dataset.tod_index})


def test_whatever_stands_in_one_place_it_is_told_or_refused_with_a_sentence(some):
    for arrays in damaged(some[0].arrays, PART):
        found = outcome(stored_identity, arrays)
        if isinstance(found, str):
            assert re.search("damaged, so (it is|they are) ignored", found)
        else:
            assert text(found, "mph").endswith(verdict(found, "mph"))


def refuses(found, tmp_path, value, **more):
    """Let a copy of the model have another part, and expect one sentence."""
    model = tmp_path / "model.safetensors"
    model.write_bytes(found.arrays.path.read_bytes())
    save_measured(model, found.arrays.sha256, PART, value, data="", command=COMMAND, **more)
    with pytest.raises(AnalysisError, match="analysis identity --save") as caught:
        stored_identity(load_arrays(model))
    assert len(str(caught.value).splitlines()) == 1


@pytest.fixture
def checkpoint(tmp_path):
    return material(tmp_path / "mine").arrays.path


def identity(checkpoint, cache, *options):
    words = ["--checkpoint", str(checkpoint), "--dataset", CITY, "--cache", str(cache)]
    return main(["identity", *words, "--windows", "16", *options])


def test_deleting_the_file_changes_no_number_when_it_is_measured_again(
    checkpoint, tmp_path, capsys
):
    assert identity(checkpoint, tmp_path / "one", "--save") == 0
    out = capsys.readouterr().out
    assert "16 windows of the test split" in out
    assert "identity curve saved" in out
    beside = measured_file(checkpoint)
    before = read_measured(beside)[PART]
    beside.unlink()
    assert identity(checkpoint, tmp_path / "other", "--save", "--json") == 0
    after = read_measured(beside)[PART]
    assert after.value == before.value
    assert after.command == before.command
    assert after.command.endswith("--save --windows 16")
    said = json.loads(capsys.readouterr().out)
    assert said["costs"] == after.value["costs"]
    assert said["single_seed"] is True


def test_so_far_measures_nothing_and_saves_nothing(checkpoint, tmp_path, capsys):
    assert identity(checkpoint, tmp_path / "none", "--so-far") == 1
    assert "no window has been measured yet" in capsys.readouterr().err
    assert identity(checkpoint, tmp_path / "none", "--so-far", "--save") == 1
    assert "omit one of them" in capsys.readouterr().err
    assert not measured_file(checkpoint).exists()


def test_without_the_data_set_it_is_one_sentence(checkpoint, tmp_path, capsys):
    # the model names a city that is made from its name; here it is elsewhere
    words = ["--checkpoint", str(checkpoint), "--dataset", "nowhere", "--data-dir", str(tmp_path)]
    assert main(["identity", *words]) == 1
    told = capsys.readouterr().err.strip()
    assert told.startswith("error: ")
    assert len(told.splitlines()) == 1


def test_other_readings_than_the_model_s_are_not_saved(checkpoint, tmp_path, capsys):
    other = CITY.replace("days=14", "days=14,seed=3")
    words = ["--checkpoint", str(checkpoint), "--dataset", other, "--save"]
    assert main(["identity", *words, "--cache", str(tmp_path)]) == 1
    assert "has other readings" in capsys.readouterr().err
    assert not measured_file(checkpoint).exists()


@pytest.mark.parametrize("width", ["single", "double"])
def test_the_figure_is_labelled_as_this_project_s_and_has_every_number(some, width):
    drawn = draw("identity", some[0], width=width)
    assert drawn.caption.startswith("Not a figure of the paper.")
    assert "single seed" in drawn.caption
    assert [one["name"] for one in drawn.case["costs"]] == [one.name for one in some[1].costs]
