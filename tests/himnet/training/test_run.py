"""Whole runs on the tiny city: what they leave behind, when they stop, how they go on."""

import json
import os
import signal

import pytest
import torch

from himnet.checkpoints import load_checkpoint
from himnet.config import ABLATIONS
from himnet.errors import DataError, TrainingError
from himnet.forecasting.evaluate import evaluate_model
from himnet.model.himnet import HimNet
from himnet.training import learner, plan
from himnet.training.folder import RunFolder
from himnet.training.run import train
from himnet.training.state import load_state
from tests.himnet.training.tiny import request, tiny_city, use_tiny_city


@pytest.fixture(autouse=True)
def tiny(monkeypatch):
    monkeypatch.setattr(plan, "load_dataset", plan.load_dataset)  # so that it is put back
    use_tiny_city()


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run of three epochs, and its summary."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(plan, "load_dataset", plan.load_dataset)
        use_tiny_city()
        path = tmp_path_factory.mktemp("whole") / "run"
        return RunFolder.at(path), train(request(path))


def lines(folder):
    return [json.loads(line) for line in folder.log.read_text().splitlines()]


def same_end(a, b):
    assert a.log.read_bytes() == b.log.read_bytes()
    assert load_checkpoint(a.model).sha256 == load_checkpoint(b.model).sha256
    first, second = load_state(a.state), load_state(b.state)
    assert all(torch.equal(second.tensors[name], value) for name, value in first.tensors.items())


def test_the_summary_says_how_it_ended(whole):
    folder, summary = whole
    assert summary["finished"]
    assert (summary["reason"], summary["signal"]) == ("epochs", None)
    assert (summary["steps"], summary["epochs"]) == (15, 3)
    assert summary["checkpoint"] == str(folder.model)
    best = min(lines(folder), key=lambda line: line["val_mae"])
    assert (summary["best_epoch"], summary["best_val_mae"]) == (best["epoch"], best["val_mae"])


def test_the_log_has_one_line_an_epoch_and_no_clock(whole):
    folder, _ = whole
    log = lines(folder)
    assert [(line["epoch"], line["step"]) for line in log] == [(1, 5), (2, 10), (3, 15)]
    assert log[2]["train_loss"] < log[0]["train_loss"]
    assert {"learning_rate", "truth_probability", "val_mae", "val_rmse", "val_mape", "best"} < set(
        log[0]
    )
    assert not {"seconds", "time"} & set(log[0])
    times = [json.loads(line) for line in folder.times.read_text().splitlines()]
    assert [line["epoch"] for line in times] == [1, 2, 3]


def test_the_checkpoint_is_the_best_epoch_measured(whole):
    folder, summary = whole
    checkpoint = load_checkpoint(folder.model)
    assert checkpoint.training["epochs"] == summary["best_epoch"]
    assert checkpoint.training["seed"] == 0
    for split in ("val", "test"):
        measured = evaluate_model(
            checkpoint.model, tiny_city(), checkpoint.scaler, split, device="cpu"
        )
        stored = checkpoint.metrics[split]
        assert stored["windows"] == measured["windows"] == 20
        for steps in ("all", "3", "6", "12"):
            assert stored[steps] == pytest.approx(measured[steps], rel=1e-5)
    assert checkpoint.metrics["val"]["all"]["mae"] == summary["best_val_mae"]
    assert summary["test"] == checkpoint.metrics["test"]


def test_the_model_card_has_both_splits(whole):
    card = whole[0].card.read_text()
    assert "| validation | all |" in card
    assert "| test | 12 |" in card


def test_the_card_of_a_run_that_has_ended_compares_it_with_the_baselines(whole, tmp_path):
    card = whole[0].card.read_text()
    for name in ("historical inertia", "last value", "weekly mean"):
        assert f"| {name} | all |" in card
        assert f"that of {name}" in card
    asked = request(tmp_path / "run", max_steps=6)
    train(asked)
    assert "weekly mean" not in asked.folder.card.read_text()


def test_a_snapshot_is_the_weights_after_that_step(whole, tmp_path):
    train(request(tmp_path / "run", max_steps=7))
    state = load_state(RunFolder.at(tmp_path / "run").state)
    snapshot = load_checkpoint(whole[0].snapshot(7))
    assert snapshot.training["steps"] == 7
    for name, value in snapshot.model.state_dict().items():
        assert torch.equal(state.tensors[f"model.{name}"], value)


def test_a_snapshot_before_the_first_step_is_the_model_as_it_was_drawn(tmp_path):
    asked = request(tmp_path / "run", settings={"snapshots": (0,), "seed": 4}, max_steps=2)
    train(asked)
    snapshot = load_checkpoint(asked.folder.snapshot(0))
    assert snapshot.training["steps"] == 0
    drawn = HimNet(snapshot.config, seed=4).state_dict()
    for name, value in snapshot.model.state_dict().items():
        assert torch.equal(drawn[name], value)


def test_dictionaries_start_at_the_scale_that_is_asked_for_and_nothing_else_changes(tmp_path):
    starts = {}
    for std in (1.0, 0.1):
        settings = {"snapshots": (0,), "dictionary_std": std}
        asked = request(tmp_path / str(std), settings=settings, max_steps=1)
        train(asked)
        starts[std] = load_checkpoint(asked.folder.snapshot(0)).model.state_dict()
    for name, value in starts[1.0].items():
        scale = 0.1 if name in ("tod_embedding.weight", "dow_embedding.weight") else 1
        torch.testing.assert_close(starts[0.1][name], scale * value)


@pytest.mark.parametrize("steps", [1, 5, 8])
def test_a_run_that_stopped_goes_on_as_if_it_had_not(whole, tmp_path, steps):
    path = tmp_path / "run"
    summary = train(request(path, max_steps=steps))
    assert (summary["reason"], summary["steps"]) == ("steps", steps)
    assert not summary["finished"]
    assert train(request(path, resume=True))["finished"]
    same_end(whole[0], RunFolder.at(path))


def test_a_run_out_of_time_stores_where_it_is(whole, tmp_path):
    path = tmp_path / "run"
    summary = train(request(path, max_minutes=0.0))
    assert (summary["reason"], summary["steps"], summary["checkpoint"]) == ("time", 1, None)
    train(request(path, resume=True))
    same_end(whole[0], RunFolder.at(path))


@pytest.mark.parametrize("at", [3, 5])
def test_a_signal_stops_cleanly(whole, tmp_path, monkeypatch, at):
    step = learner.Learner.step

    def interrupted(self, number, *rest):
        step(self, number, *rest)
        if number == at - 1:
            os.kill(os.getpid(), signal.SIGTERM)

    path = tmp_path / "run"
    with monkeypatch.context() as patch:
        patch.setattr(learner.Learner, "step", interrupted)
        summary = train(request(path))
    assert (summary["reason"], summary["signal"]) == ("signal", signal.SIGTERM)
    assert (summary["steps"], summary["epochs"]) == (at, 0)
    train(request(path, resume=True))
    same_end(whole[0], RunFolder.at(path))


def test_a_finished_run_has_nothing_to_do_but_can_be_longer(whole, tmp_path):
    path = tmp_path / "run"
    train(request(path, settings={"epochs": 2}))
    before = load_state(RunFolder.at(path).state).tensors
    assert train(request(path, resume=True))["steps"] == 10
    after = load_state(RunFolder.at(path).state).tensors
    assert all(torch.equal(after[name], value) for name, value in before.items())
    assert train(request(path, resume=True, settings={"epochs": 3}))["steps"] == 15
    assert lines(RunFolder.at(path)) == lines(whole[0])


def test_patience_ends_a_run_that_does_not_improve(tmp_path):
    settings = {"epochs": 50, "patience": 2, "learning_rate": 1e-20}
    summary = train(request(tmp_path / "run", settings=settings))
    assert (summary["reason"], summary["epochs"], summary["best_epoch"]) == ("patience", 3, 1)
    assert [line["best"] for line in lines(RunFolder.at(tmp_path / "run"))] == [True, False, False]


@pytest.mark.parametrize("poisoned", [6, 9])
def test_a_loss_that_is_not_a_number_stops_and_keeps_what_is_good(tmp_path, monkeypatch, poisoned):
    step = learner.Learner.step

    def poison(self, number, *rest):
        step(self, number, *rest)
        if number == poisoned:  # the weights break after the loss was computed
            with torch.no_grad():
                self.model.out_proj.weight.fill_(float("nan"))

    monkeypatch.setattr(learner.Learner, "step", poison)
    path = tmp_path / "run"
    with pytest.raises(TrainingError, match="the best checkpoint, from epoch 1, is kept"):
        train(request(path, save_seconds=1e9))
    folder = RunFolder.at(path)
    assert load_checkpoint(folder.model).training["steps"] == 5
    assert load_state(folder.state).progress.step == 5
    assert len(lines(folder)) == 1


def test_a_loss_that_breaks_at_once_says_that_there_is_no_checkpoint(tmp_path):
    with pytest.raises(
        TrainingError, match="there is no checkpoint; start again with --force and a lower"
    ):
        train(request(tmp_path / "run", settings={"learning_rate": 1e30}))
    assert not RunFolder.at(tmp_path / "run").model.exists()


def test_averaged_weights_are_what_is_saved(tmp_path):
    path = tmp_path / "run"
    train(request(path, settings={"ema": 0.9, "epochs": 1, "snapshots": (5,)}))
    state = load_state(RunFolder.at(path).state).tensors
    weights = load_checkpoint(path / "model.safetensors").model.state_dict()
    for name, value in weights.items():
        assert torch.equal(state[f"averaged.{name}"], value)
        assert not torch.equal(state[f"model.{name}"], value)


def test_a_run_can_start_from_given_weights(whole, tmp_path):
    path = tmp_path / "run"
    settings = {"init": str(whole[0].model), "learning_rate": 1e-30, "weight_decay": 0.0}
    train(request(path, settings=settings, max_steps=1))
    given = load_checkpoint(whole[0].model).model.state_dict()
    state = load_state(RunFolder.at(path).state).tensors
    for name, value in given.items():
        assert torch.allclose(state[f"model.{name}"], value, atol=1e-12)


@pytest.mark.parametrize("sizes", [{"hidden_dim": 8}, {"ablate": "SMP"}])
def test_weights_to_start_from_must_fit(whole, tmp_path, sizes):
    settings = {"init": str(whole[0].model)}
    with pytest.raises(TrainingError, match="but this run needs"):
        train(request(tmp_path / "run", settings=settings, sizes=sizes))


@pytest.mark.parametrize("ablate", [name for name in ABLATIONS if name != "none"])
def test_every_ablation_trains(tmp_path, ablate):
    sizes = {"ablate": ablate, "hidden_dim": 4}
    train(request(tmp_path / "run", sizes=sizes, settings={"epochs": 1}, max_steps=2))
    stored = load_state(RunFolder.at(tmp_path / "run").state)
    assert stored.config["ablate"] == ablate


@pytest.mark.parametrize(
    "settings",
    [{"precision": "bfloat16"}, {"schedule": "one-cycle", "loss": "huber"}, {"ema": 0.9}],
    ids=["bfloat16", "one-cycle", "ema"],
)
def test_other_settings_resume_as_exactly(tmp_path, settings):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    train(request(whole, settings={**settings, "epochs": 2}))
    train(request(parts, settings={**settings, "epochs": 2}, max_steps=7))
    train(request(parts, resume=True))
    same_end(RunFolder.at(whole), RunFolder.at(parts))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"settings": {"seed": 1}}, "has seed 0, but 1 was given"),
        ({"settings": {"batch_size": 8}}, "has batch_size 16, but 8"),
        ({"sizes": {"hidden_dim": 8}}, "has hidden_dim 4, but 8"),
        ({"city": {"seed": 1}}, "are not those that the run to resume was trained on"),
    ],
)
def test_a_resumed_run_must_be_the_same(tmp_path, changes, said):
    path = tmp_path / "run"
    train(request(path, max_steps=1))
    with pytest.raises(TrainingError, match=said):
        train(request(path, resume=True, **changes))


def test_a_resumed_run_needs_its_best_weights(tmp_path):
    path = tmp_path / "run"
    train(request(path, max_steps=6))
    (path / "model.safetensors").unlink()
    with pytest.raises(TrainingError, match="which no longer exists"):
        train(request(path, resume=True))


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda city: city.values.fill(0), "has no readings in the split 'train'"),
        (lambda city: city.values.fill(float("nan")), "readings that are not finite"),
        (lambda city: city.splits.update(val=city.splits["val"].__class__(
            city.splits["val"].index[:0])), "no windows in the split 'val'"),
    ],
    ids=["empty", "nan", "no-windows"],
)  # fmt: skip
def test_a_data_set_that_cannot_be_trained_on_is_refused(tmp_path, monkeypatch, spoil, said):
    city = tiny_city()
    spoil(city)
    monkeypatch.setattr(plan, "load_dataset", lambda *_, **__: city)
    with pytest.raises(DataError, match=said):
        train(request(tmp_path / "run"))


def test_another_seed_is_another_run(whole, tmp_path):
    train(request(tmp_path / "run", settings={"seed": 1}))
    assert lines(RunFolder.at(tmp_path / "run")) != lines(whole[0])
