"""A complete run: planned, trained, and evaluated on the test split at the end."""

from __future__ import annotations

from contextlib import nullcontext, suppress
from typing import Any

import torch

from himnet.checkpoints import load_checkpoint
from himnet.data.dataset import Dataset
from himnet.data.scaling import training_scaler
from himnet.devices import float32_products
from himnet.errors import CheckpointError, DataError, TrainingError
from himnet.forecasting.baselines import BASELINES
from himnet.forecasting.evaluate import evaluate_baseline, evaluate_model
from himnet.texts import clipped
from himnet.training.display import warn
from himnet.training.distributed import Workers, gather_workers
from himnet.training.folder import is_main_process
from himnet.training.learner import Learner, new_learner
from himnet.training.plan import Plan, new_plan, resumed_plan
from himnet.training.records import Records
from himnet.training.request import Request
from himnet.training.state import Progress, RunState, load_state
from himnet.training.stopping import Stopping
from himnet.training.trainer import Trainer
from himnet.training.validation import Validation

# without gradients, memory allows more windows at once, and a GPU waits less for the next ones
_LEAST_VALIDATION_BATCH = {"cpu": 64, "gpu": 256}


def train(request: Request, above: Stopping | None = None) -> dict[str, Any]:
    """Train as requested, under `torchrun` together with the other workers.

    Args:
        request: what to train.
        above: a signal to it also stops this run (see `Stopping`).

    Returns:
        ``{"checkpoint", "reason", "signal", "finished", "steps", "epochs", "best_epoch",
        "best_val_mae", "minutes", "test"}``; ``reason`` is one of ``"epochs"``, ``"patience"``
        (finished), ``"time"``, ``"steps"``, ``"signal"`` (can be resumed); ``test`` contains the
        metrics of the finished run's best weights.

    Raises:
        FolderError: if another process writes into the folder, or if it is not writable.
        HimNetError: of the appropriate kind; see `new_plan`, `resumed_plan`, `Trainer.run`.
    """
    stopping = Stopping(max_minutes=request.max_minutes, max_steps=request.max_steps, above=above)
    with request.folder.held() if is_main_process() else nullcontext():
        with gather_workers(request.device) as workers:
            reason, progress, records = _train(request, workers, stopping)
        finished = reason in ("epochs", "patience")
        measure = finished and workers.is_main
        test = _measure_test(request, records, progress) if measure else None
    return {
        "checkpoint": str(request.folder.model) if progress.best_epoch else None,
        "reason": reason,
        "signal": stopping.signal,
        "finished": finished,
        "steps": progress.step,
        "epochs": progress.epoch,
        "best_epoch": progress.best_epoch or None,
        "best_val_mae": progress.best_mae if progress.best_epoch else None,
        "minutes": round(progress.seconds / 60, 3),
        "test": test,
    }


def _train(request: Request, workers: Workers, stopping: Stopping) -> tuple[str, Progress, Records]:
    """Train; return why it ended, the progress, and the writer of the files."""
    request, stored = workers.from_main(lambda: _settle(request))
    plan = new_plan(request) if stored is None else resumed_plan(request, stored)
    progress = Progress() if stored is None else stored.progress
    trainer = _trainer(request, plan, stored, progress, workers, stopping)
    try:
        with float32_products(workers.device, plan.settings.precision):
            return trainer.run(), progress, trainer.records
    except (OSError, CheckpointError) as error:
        reason = error if isinstance(error, OSError) else error.__cause__
        if not isinstance(reason, OSError):
            raise
        how = "continue with --resume" if request.folder.state.exists() else "start again"
        raise TrainingError(
            f"a file of the run cannot be written ({reason}); free disk space, then {how}"
        ) from error


def _settle(request: Request) -> tuple[Request, RunState | None]:
    """Return the request and the state to resume; None to start from the beginning."""
    folder = request.folder
    if not request.resume:
        return request, None
    if not folder.state.exists():
        return request.recalled(), None
    stored = load_state(folder.state)
    warn(stored.warnings)
    if stored.progress.best_epoch and not folder.model.exists():
        raise TrainingError(
            f"the best weights of the run to resume were in '{folder.model}', which no longer "
            f"exists; restore it, or start again with --force"
        )
    return request, stored


def _trainer(
    request: Request,
    plan: Plan,
    stored: RunState | None,
    progress: Progress,
    workers: Workers,
    stopping: Stopping,
) -> Trainer:
    settings, scaler = plan.settings, training_scaler(plan.dataset)
    learner = new_learner(plan.dataset, scaler, plan.model, settings, workers)
    if stored is not None:
        _take_over(learner, stored)
        if workers.is_main:  # the stored sums are those of all workers
            learner.sums += learner.sums.new_tensor(stored.progress.sums)
    kind = "cpu" if workers.device.type == "cpu" else "gpu"
    validation = Validation(
        learner.batches,
        _windows(plan.dataset, "val", workers.device),
        workers,
        precision=settings.precision,
        batch_size=max(_LEAST_VALIDATION_BATCH[kind], settings.batch_size),
    )
    return Trainer(
        learner,
        _windows(plan.dataset, "train", workers.device),
        validation,
        Records(request.folder, plan, scaler, workers, progress),
        progress,
        stopping,
        save_seconds=request.save_seconds,
        show=request.show,
    )


def _take_over(learner: Learner, stored: RunState) -> None:
    try:
        learner.load(stored.tensors)
    except (RuntimeError, ValueError, KeyError) as error:  # without a checksum it may be damaged
        raise TrainingError(
            f"the state does not match its own model ({clipped(error)}); start again with --force"
        ) from error


def _windows(dataset: Dataset, split: str, device: torch.device) -> torch.Tensor:
    """Return the first steps to forecast (n,) of a split's windows, on the device."""
    return torch.as_tensor(dataset.splits[split].middles).long().to(device)


def _measure_test(request: Request, records: Records, progress: Progress) -> Any:
    """Evaluate the best weights once on the test windows, and store the result."""
    dataset = records.plan.dataset
    best = load_checkpoint(request.folder.model)
    if "test" in best.metrics or not len(dataset.splits["test"]):
        return best.metrics.get("test")
    measured = evaluate_model(
        best.model, dataset, best.scaler, "test", device=request.device, show=request.show
    )
    test = {name: value for name, value in measured.items() if name not in ("dataset", "split")}
    records.checkpoint(
        best.model, best.training, {**best.metrics, "test": test}, progress, _baselines(dataset)
    )
    return test


def _baselines(dataset: Dataset) -> dict[str, Any]:
    """Return the test metrics of the baselines that the data set has enough history for."""
    found = {}
    for name in BASELINES:
        with suppress(DataError):
            found[name] = evaluate_baseline(name, dataset)
    return found
