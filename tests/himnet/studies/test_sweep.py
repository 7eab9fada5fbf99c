"""`python -m himnet sweep` on a tiny city: what is done, gone on with, told and refused."""

import json
import os
import signal

import pytest

from himnet.checkpoints import load_arrays
from himnet.cli import main
from himnet.errors import TrainingError
from himnet.studies.studies import study_runs
from himnet.studies.table import study_table
from himnet.training.learner import Learner
from himnet.training.stopping import Stopping
from himnet.training.validation import Validation
from tests.himnet.training.tiny import tiny_folder

SMALL = ["--hidden-dim", "4", "--device", "cpu", "--epochs", "1"]
THIN = ["--tod-embedding-dim", "2", "--dow-embedding-dim", "2"]
THIN += ["--node-embedding-dim", "3", "--st-embedding-dim", "3"]


@pytest.fixture(scope="module")
def city(tmp_path_factory):
    return str(tiny_folder(tmp_path_factory.mktemp("data") / "tiny"))


@pytest.fixture
def sweep(city, tmp_path, capsys):
    def run(study, *options):
        arguments = ["sweep", study, "--dataset", city, "--out", tmp_path / study, *SMALL, *options]
        status = main([str(argument) for argument in arguments])
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def test_a_seed_study_has_a_run_for_each_seed_and_their_spread(sweep, tmp_path):
    status, out, _ = sweep("seeds", *THIN, "--seeds", 3, 4, "--json")
    summary = json.loads(out)
    assert status == 0
    assert summary["reason"] == "done"
    errors = [run["test"]["all"]["mae"] for run in summary["runs"]]
    assert errors[0] != errors[1]
    folder = tmp_path / "seeds"
    assert load_arrays(folder / "seed-4").training["seed"] == 4
    assert (folder / "seeds.md").read_text().strip() == summary["table"]
    mean = sum(errors) / 2
    assert f"| {mean:.3f} ± " in summary["table"]


def test_ablations_can_be_done_one_by_one_and_the_table_says_what_is_missing(sweep, tmp_path):
    _, first, _ = sweep("ablations", *THIN, "--only", "without TMP")
    rows = {line.split(" | ")[0]: line for line in first.splitlines() if line.startswith("| ")}
    assert "not run" in rows["| full model"]
    assert rows["| full model"].endswith("| MAE 2.92 |")
    assert "| 1 | 5 |" in rows["| without TMP"]
    assert load_arrays(tmp_path / "ablations" / "without-TMP").config.ablate == "TMP"


def test_what_is_done_is_not_done_again(sweep, tmp_path):
    sweep("seeds", *THIN, "--seeds", 0)
    model = tmp_path / "seeds" / "seed-0" / "model.safetensors"
    before = model.stat().st_mtime_ns
    status, _, said = sweep("seeds", *THIN, "--seeds", 0, 1, "--only", "seed 0")
    assert status == 0
    assert "run 1" not in said
    assert model.stat().st_mtime_ns == before


def test_out_of_time_the_same_command_goes_on(sweep, tmp_path, monkeypatch):
    look = Stopping.wishes
    monkeypatch.setattr(Stopping, "wishes", lambda self: (look(self)[0], True, False))
    status, _, said = sweep("seeds", *THIN, "--seeds", 0, 1, "--max-minutes", 9)
    monkeypatch.undo()
    assert status == 0
    assert "run 1 of 2" in said
    assert "run 2 of 2" not in said
    assert "out of time" in said
    assert (tmp_path / "seeds" / "seed-0.state" / "run.safetensors").exists()
    assert not (tmp_path / "seeds" / "seed-0.json").exists()
    _, out, _ = sweep("seeds", *THIN, "--seeds", 0, 1)
    assert "not run" not in out


def test_a_run_that_was_interrupted_ends_like_one_that_was_not(sweep, city, tmp_path):
    sweep("seeds", *THIN, "--seeds", 7)
    whole = load_arrays(tmp_path / "seeds" / "seed-7").sha256
    half = tmp_path / "again"
    begun = ["train", "--dataset", city, "--out", half / "seed-7", "--seed", 7, "--max-steps", 3]
    assert main([str(argument) for argument in [*begun, *SMALL, *THIN]]) == 0
    status, out, _ = sweep("seeds", *THIN, "--seeds", 7, "--out", half)
    assert status == 0
    assert "| seed 7 | 1 | 5 |" in out
    assert load_arrays(half / "seed-7").sha256 == whole


def test_results_of_other_settings_are_not_mixed(sweep):
    sweep("seeds", *THIN, "--seeds", 0)
    status, _, said = sweep("seeds", *THIN, "--seeds", 0, "--lr", 0.5)
    assert status == 1
    assert "other settings" in said
    assert len(said.strip().splitlines()) == 1


def test_a_damaged_result_is_named(sweep, tmp_path):
    sweep("seeds", *THIN, "--seeds", 0)
    (tmp_path / "seeds" / "seed-0.json").write_text("{")
    status, _, said = sweep("seeds", *THIN, "--seeds", 0)
    assert status == 1
    assert "seed-0.json' cannot be read" in said


def test_dimensions_show_the_full_model_in_all_three_rows(sweep):
    _, out, _ = sweep("dimensions", "--only", "all d = 16")
    done = [line for line in out.splitlines() if "= 16 |" in line]
    assert len(done) == 3
    assert "not run" not in done[0]
    assert len({line.split("|", 2)[2] for line in done}) == 1


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--dictionary-std", 0.5, "--init", "metr-la"], "omit one of the two"),
        (["--seed", 1], "takes --seeds, not --seed 1"),
        (["--only", "seed 9"], "no run 'seed 9'"),
        (["--seeds", 1, 1], "distinct seeds"),
        (["--epochs", 0], "epochs must be"),
        (["--at-once", 0], "--at-once must be at least 1, not 0"),
    ],
)
def test_impossible_wishes_are_refused_in_one_sentence(sweep, tmp_path, options, message):
    status, _, said = sweep("seeds", *options)
    assert status == 1
    assert message in said
    assert not (tmp_path / "seeds").exists()


@pytest.mark.parametrize(
    ("study", "options", "message"),
    [
        ("ablations", ["--ablate", "E_s"], "sets ablate itself"),
        ("ablations", ["--seeds", 0, 1], "--seeds is for the seed study"),
        ("dimensions", ["--st-embedding-dim", 3], "sets st_embedding_dim itself"),
        ("schedules", ["--ema", 0.9], "sets ema itself"),
        ("schedules", ["--init", "metr-la"], "omit one of the two"),
    ],
)
def test_what_a_study_varies_cannot_be_given(sweep, tmp_path, study, options, message):
    status, _, said = sweep(study, *options)
    assert status == 1
    assert message in said
    assert not (tmp_path / study).exists()


def test_a_run_is_not_gone_on_with_under_other_settings(sweep, city, tmp_path):
    begun = ["train", "--dataset", city, "--out", tmp_path / "seeds" / "seed-0", "--seed", 0]
    begun += ["--lr", 0.02, "--max-steps", 2, *SMALL, *THIN]
    assert main([str(argument) for argument in begun]) == 0
    status, _, said = sweep("seeds", *THIN, "--seeds", 0)
    assert status == 1
    assert "'seed 0'" in said
    assert "was started with other settings" in said


def test_a_file_that_does_not_belong_is_told_before_the_first_training(sweep, tmp_path):
    (tmp_path / "seeds").mkdir()
    (tmp_path / "seeds" / "seed-1.json").write_text("{}")
    status, _, said = sweep("seeds", *THIN, "--seeds", 0, 1)
    assert status == 1
    assert "seed-1.json" in said
    assert not (tmp_path / "seeds" / "seed-0").exists()


def test_a_signal_in_the_last_validation_ends_the_sweep_too(sweep, tmp_path, monkeypatch):
    measure = Validation.measure

    def interrupted(self, *arguments):
        os.kill(os.getpid(), signal.SIGTERM)
        return measure(self, *arguments)

    monkeypatch.setattr(Validation, "measure", interrupted)
    status, _, said = sweep("seeds", *THIN, "--seeds", 0, 1)
    assert status == 128 + signal.SIGTERM
    assert "run 2 of 2" not in said
    assert (tmp_path / "seeds" / "seed-0.json").exists()


def test_runs_side_by_side_end_like_runs_one_by_one(sweep, tmp_path):
    one_by_one = sweep("seeds", *THIN, "--seeds", 0, 1, 2)
    alone = [load_arrays(tmp_path / "seeds" / f"seed-{seed}").sha256 for seed in range(3)]
    together = sweep("seeds", *THIN, "--seeds", 0, 1, 2, "--at-once", 2, "--out", tmp_path / "two")
    assert together[:2] == one_by_one[:2]
    assert [load_arrays(tmp_path / "two" / f"seed-{seed}").sha256 for seed in range(3)] == alone


def test_a_signal_stops_runs_side_by_side_and_the_same_command_goes_on(
    sweep, tmp_path, monkeypatch
):
    step = Learner.step

    def interrupted(self, number, *arguments):
        if number == 2:
            os.kill(os.getpid(), signal.SIGTERM)
        step(self, number, *arguments)

    monkeypatch.setattr(Learner, "step", interrupted)
    options = ("seeds", *THIN, "--seeds", 0, 1, 2, "--at-once", 2)
    status, _, said = sweep(*options)
    monkeypatch.undo()
    assert status == 128 + signal.SIGTERM
    assert "interrupted" in said
    assert "run 3 of 3" not in said
    status, out, _ = sweep(*options)
    assert status == 0
    assert "not run" not in out


def test_an_error_in_one_of_the_runs_side_by_side_leaves_the_others(sweep, tmp_path, monkeypatch):
    step = Learner.step

    def broken(self, number, *arguments):
        if self.settings.seed == 1:
            raise TrainingError("the loss became nan")
        step(self, number, *arguments)

    monkeypatch.setattr(Learner, "step", broken)
    status, _, said = sweep("seeds", *THIN, "--seeds", 0, 1, "--at-once", 2)
    assert status == 1
    assert "run 'seed 1': the loss became nan" in said
    assert (tmp_path / "seeds" / "seed-0.json").exists()


def test_a_result_that_was_not_written_is_written_without_training_again(sweep, tmp_path):
    _, first, _ = sweep("seeds", *THIN, "--seeds", 0)
    result = tmp_path / "seeds" / "seed-0.json"
    model = tmp_path / "seeds" / "seed-0" / "model.safetensors"
    before = load_arrays(model).sha256
    result.unlink()
    status, again, _ = sweep("seeds", *THIN, "--seeds", 0)
    assert status == 0
    assert again == first
    assert load_arrays(model).sha256 == before


def test_a_metric_that_has_no_number_leaves_its_mean_empty():
    runs = study_runs("seeds", (0, 1))
    errors = {"mae": 3.0, "rmse": 6.0, "mape": None}
    done = {"epochs": 1, "steps": 5, "best_val_mae": 3.0, "test": {"all": errors}}
    table = study_table("seeds", [(run, done) for run in runs])
    assert table.splitlines()[-1].endswith("| 3.000 ± 0.000 | 6.000 ± 0.000 |  | |")
