"""`python -m analysis claims` without data: a table, JSON, and one line for what goes wrong."""

import json
from dataclasses import replace
from functools import partial

import pytest

from analysis.claims import run
from analysis.claims.catalogue import EVERY
from analysis.cli import main
from himnet.checkpoints import save_checkpoint
from himnet.model.untrained import untrained_weights
from himnet.scaler import Scaler
from tests.analysis.claims.towns import CONFIG, TOWN, planted_weights


@pytest.fixture
def checkpoint(tmp_path, monkeypatch):
    """The town's planted model as a file, and claims with few draws."""
    monkeypatch.setattr(run, "evaluate_claims", partial(run.evaluate_claims, draws=19))
    return saved(tmp_path / "town", planted_weights())


def saved(path, weights):
    info = replace(TOWN.info, name="elsewhere")
    return save_checkpoint(path, weights, config=CONFIG, scaler=Scaler(50.0, 12.0), dataset=info)


def claims(checkpoint, *options):
    nowhere = checkpoint.parent / "nowhere"
    return main(["claims", "--checkpoint", str(checkpoint), "--data-dir", str(nowhere), *options])


def test_json_holds_ten_claims_and_two_about_places(checkpoint, capsys):
    assert claims(checkpoint, "--json", "--untrained", "20", "--clusters", "4") == 0
    said = json.loads(capsys.readouterr().out)
    assert list(said) == ["rules", "claims"]
    assert said["rules"] == 2
    assert [claim["id"] for claim in said["claims"]] == [claim.id for claim in EVERY]
    assert {claim["verdict"] for claim in said["claims"]} <= {
        "holds",
        "does not hold",
        "depends on the null",
        "inconclusive",
    }
    assert said["claims"][5]["p_smallest"] == pytest.approx(1 / 20)
    assert said["claims"][7]["value"] is None
    assert "elsewhere" in said["claims"][7]["note"]


@pytest.mark.parametrize(("option", "first"), [("--seed=1", "claim "), ("--markdown", "| claim ")])
def test_a_table_is_printed(checkpoint, capsys, option, first):
    assert claims(checkpoint, "--untrained", "20", option) == 0
    said = capsys.readouterr().out
    assert said.startswith(first)
    assert "sensors form clusters" in said


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--untrained", "19"], "--untrained 19 is too few"),
        (["--seed", "-1"], "--seed must be 0 or more, not -1"),
        (["--clusters", "25"], "24 sensors allow 2 to 24 clusters, not 25"),
        (["--clusters", "0"], "24 sensors allow 2 to 24 clusters, not 0"),
        (["--dataset", "METRLA"], "METRLA is not in"),
    ],
)
def test_what_cannot_be_is_one_line(checkpoint, capsys, options, said):
    assert claims(checkpoint, *options) == 1
    error = capsys.readouterr().err.strip()
    assert error.startswith("error: ")
    assert "\n" not in error
    assert said in error


def test_several_checkpoints_are_a_table_by_checkpoint(tmp_path, checkpoint, capsys):
    fresh = saved(tmp_path / "fresh", untrained_weights(CONFIG, seed=4))
    more = ["--checkpoint", str(checkpoint), str(fresh), "--untrained", "20", "--markdown"]
    assert claims(checkpoint, *more) == 0
    said = capsys.readouterr().out
    assert said.startswith("| claim of the paper | checkpoint | value |")
    assert "| claim about places | checkpoint |" in said
    assert said.count("single seed") == 1
    rows = [line for line in said.splitlines() if line.startswith("| sensors form clusters")]
    assert [row.count("|") for row in rows] == [9, 9]
    error = "--dataset is for one checkpoint; omit it, or give one --checkpoint"
    assert claims(checkpoint, *more, "--dataset", "x") == 1
    assert error in capsys.readouterr().err


def test_stored_results_are_printed_without_measuring(checkpoint, capsys, monkeypatch):
    assert claims(checkpoint, "--stored") == 1
    assert "no claims are stored beside" in capsys.readouterr().err
    assert claims(checkpoint, "--save") == 0
    told = capsys.readouterr().out
    monkeypatch.setattr(run, "evaluate_claims", None)
    assert claims(checkpoint, "--stored") == 0
    stored = capsys.readouterr().out
    assert stored.strip() in told
    assert claims(checkpoint, "--stored", "--save") == 1


def test_a_missing_checkpoint_is_one_line(tmp_path, capsys):
    assert main(["claims", "--checkpoint", str(tmp_path / "no")]) == 1
    assert capsys.readouterr().err.startswith("error: ")


def test_an_untrained_model_is_judged_too(tmp_path, checkpoint, capsys):
    fresh = saved(tmp_path / "fresh", untrained_weights(CONFIG, seed=4))
    assert claims(fresh, "--json", "--untrained", "20") == 0
    said = {claim["id"]: claim for claim in json.loads(capsys.readouterr().out)["claims"]}
    assert said["hours"]["verdict"] != "holds"
    assert said["roads"]["verdict"] != "holds"
