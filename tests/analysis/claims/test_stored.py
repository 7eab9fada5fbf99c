"""Claims beside a model: what is stored comes back equal, and nothing is believed unchecked."""

import copy
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from analysis.claims import rules, run
from analysis.claims.catalogue import CLAIMS, PLACE_CLAIMS
from analysis.claims.stored import PART, save_claims, stored_claims
from analysis.cli import main
from analysis.errors import AnalysisError
from analysis.material import load_material
from himnet.checkpoints import load_arrays, save_checkpoint
from himnet.checkpoints.locate import measured_file
from himnet.checkpoints.measured import RULES, Measured
from himnet.scaler import Scaler
from tests.analysis.claims.towns import CONFIG, TOWN, planted_weights

BUNDLED = ("metr-la", "synthetic-city")


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    """A planted model without readings, and the results of its claims, stored beside it."""
    info = replace(TOWN.info, name="elsewhere")
    path = save_checkpoint(
        tmp_path_factory.mktemp("town") / "town", planted_weights(), config=CONFIG,
        scaler=Scaler(50.0, 12.0), dataset=info,
    )  # fmt: skip
    results = run.evaluate_claims(load_material(path), untrained=20, draws=19)
    save_claims(load_arrays(path), results, data="", command="test")
    return path, results


def test_a_file_without_the_second_family_opens_and_takes_it(saved, tmp_path):
    path, results = saved
    before = stored_claims(load_arrays(path))
    assert before is not None
    assert before.places == []
    copied = Path(shutil.copytree(path.parent, tmp_path / "town"), path.name)
    places = run.evaluate_claims(load_material(copied), claims=PLACE_CLAIMS, untrained=20, draws=19)
    save_claims(load_arrays(copied), places, data="", command="test")
    after = stored_claims(load_arrays(copied))
    assert after is not None
    assert equal_apart_from_nan(after.results, results)
    assert equal_apart_from_nan(after.places, places)
    with pytest.raises(AnalysisError, match="all claims of a family"):
        save_claims(load_arrays(copied), places[:1], data="", command="test")
    with pytest.raises(AnalysisError, match="no results"):
        save_claims(load_arrays(copied), [], data="", command="test")


def test_the_rules_of_the_file_are_those_of_the_claims():
    assert RULES[PART] == rules.RULES


def test_results_come_back_equal_with_their_draws(saved):
    path, results = saved
    found = stored_claims(load_arrays(path))
    assert found is not None
    assert equal_apart_from_nan(found.results, results)
    for ours, theirs in zip(found.results, results, strict=True):
        np.testing.assert_array_equal(ours.draws, theirs.draws)
        np.testing.assert_array_equal(ours.untrained_draws, theirs.untrained_draws)


def equal_apart_from_nan(found, results):
    """Whether two lists of results are equal; NaN, which is not equal to itself, counts as such."""
    return str([one.to_dict() for one in found]) == str([one.to_dict() for one in results])


def test_measuring_again_after_deleting_the_file_changes_no_number(saved):
    path, results = saved
    again = run.evaluate_claims(load_material(path), untrained=20, draws=19)
    assert equal_apart_from_nan(again, results)


def test_a_model_without_them_and_one_before_training_have_none(saved):
    path, _ = saved
    arrays = load_arrays(path)
    assert stored_claims(replace(arrays, measured=Measured())) is None
    assert stored_claims(arrays.untrained(seed=0)) is None


def test_only_the_results_of_all_claims_are_saved(saved):
    path, results = saved
    with pytest.raises(AnalysisError, match="all claims"):
        save_claims(load_arrays(path), results[:3], data="", command="test")


def changed(saved, change):
    """Return a model whose stored claims were changed by a function of their JSON and arrays."""
    arrays = load_arrays(saved[0])
    part = arrays.measured.parts[PART]
    value, draws = copy.deepcopy(part.value), dict(part.arrays)
    change(value, draws)
    return replace(arrays, measured=Measured({PART: replace(part, value=value, arrays=draws)}))


@pytest.mark.parametrize("change", [
    lambda value, _: value.pop("roads"),
    lambda value, _: value.update(more={}),
    lambda value, _: value["roads"].update(verdict="<b>holds</b>"),
    lambda value, _: value["roads"].pop("verdict"),
    lambda value, _: value["roads"].update(value="0.3"),
    lambda value, _: value["roads"].update(p_value=1.5),
    lambda value, _: value["roads"].update(p_holm=-0.1),
    lambda value, _: value["roads"].update(null_range=[0.0]),
    lambda value, _: value["roads"].update(null_range=[0.0, None]),
    lambda value, _: value["roads"].update(note="one\ntwo"),
    lambda value, _: value["roads"].update(note="x" * 30_000),
    lambda value, _: value["roads"].update(effect={"name": "x", "value": 1.0, "reading": "huge"}),
    lambda value, _: value["roads"].update(nulls=[{"name": "x"}]),
    lambda value, _: value["roads"].update(beside=7),
    lambda value, _: value.update(roads=[]),
    lambda _, draws: draws.update({"roads/draws": np.zeros((2, 2))}),
    lambda _, draws: draws.update({"roads/draws": np.zeros(3, dtype=np.int64)}),
])  # fmt: skip
def test_what_is_not_a_result_is_refused_in_one_sentence(saved, change):
    with pytest.raises(AnalysisError, match="incomplete or damaged"):
        stored_claims(changed(saved, change))


def test_texts_of_the_claims_come_from_the_catalogue_and_not_from_the_file(saved):
    found = stored_claims(changed(saved, lambda value, _: value["roads"].update(claim="<script>")))
    assert found is not None
    assert [one.claim for one in found.results] == [claim.sentence for claim in CLAIMS]


@pytest.mark.parametrize("name", BUNDLED)
def test_the_bundled_models_have_the_claims_of_todays_rules_measured_with_readings(name):
    found = stored_claims(load_arrays(name))
    assert found is not None
    assert found.part.rules == rules.RULES
    assert found.part.data
    assert all(result.value is not None for result in found.results)


def evaluated(monkeypatch, path, *options):
    monkeypatch.setattr(run, "evaluate_claims", partial(run.evaluate_claims, draws=19))
    nowhere = str(path.parent / "nowhere")
    return main(["claims", "--checkpoint", str(path), "--data-dir", nowhere, "--save", *options])


@pytest.mark.parametrize("option", ["--seed=1", "--clusters=4", "--untrained=21"])
def test_only_the_usual_settings_are_saved(saved, monkeypatch, capsys, option):
    assert evaluated(monkeypatch, saved[0], option) != 0
    assert "default settings" in capsys.readouterr().err


@pytest.mark.slow
def test_the_command_writes_what_the_pages_read(saved, tmp_path, monkeypatch, capsys):
    info = replace(TOWN.info, name="elsewhere")
    path = save_checkpoint(
        tmp_path / "town", planted_weights(seed=1), config=CONFIG, scaler=Scaler(50.0, 12.0),
        dataset=info,
    )  # fmt: skip
    assert evaluated(monkeypatch, path) == 0
    assert "claims saved" in capsys.readouterr().out
    assert measured_file(load_arrays(path).path).is_file()
    found = stored_claims(load_arrays(path))
    assert found is not None
    assert found.part.data == ""
    assert "analysis claims --checkpoint" in found.part.command
