"""The training loop: steps, epochs, validation, best checkpoint, early stopping, interruptions."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from himnet.errors import TrainingError
from himnet.training.display import Display
from himnet.training.learner import Learner
from himnet.training.records import Records
from himnet.training.sampling import TeacherDraws, epoch_order, truth_probability
from himnet.training.schedule import learning_rate
from himnet.training.state import Progress
from himnet.training.stopping import REASONS, Stopping
from himnet.training.validation import Validation

# Steps and, in a single process, seconds between two synchronisations with the device: rare enough
# to cost nothing, often enough to show the loss of slow steps and to stop soon.
_LOOK_EVERY = 20
_LOOK_SECONDS = 1.0


@dataclass
class Trainer:
    """Trains from the current position to the end, or until it is asked to stop.

    Attributes:
        learner: the model and its optimiser.
        windows: (n,) first steps to forecast of the training windows, on the device.
        validation: evaluates the model after each epoch.
        records: writes the files.
        progress: where to start.
        stopping: what may stop this process early.
        save_seconds: interval for storing the state within an epoch; 0: after every step.
        show: whether to show a progress bar.
    """

    learner: Learner
    windows: Tensor
    validation: Validation
    records: Records
    progress: Progress
    stopping: Stopping
    save_seconds: float
    show: bool

    def __post_init__(self) -> None:
        self.workers, self.settings = self.learner.workers, self.learner.settings
        self.steps_per_epoch = math.ceil(len(self.windows) / self.settings.batch_size)
        self._finite_step = self.progress.step
        self._clock = self._saved = self._looked = time.monotonic()
        self.display = Display(
            epochs=self.settings.epochs,
            steps_per_epoch=self.steps_per_epoch,
            step=self.progress.step,
            enabled=self.show and self.workers.is_main,
        )

    def run(self) -> str:
        """Train.

        Returns:
            Why it ended: ``"epochs"``, ``"patience"`` (finished), or one of `REASONS` (can be
            resumed).

        Raises:
            TrainingError: if the loss is no longer finite; the last good files are kept.
        """
        self._save()  # from now on, the run can be resumed
        if self.progress.step == 0 and 0 in self.settings.snapshots:
            self.records.snapshot(self.learner.measured, self.progress)
        try:
            with self.stopping:
                reason: str | None = None
                while self._finished() is None and reason is None:
                    reason = self._train_epoch()
                    if self.progress.batch == self.steps_per_epoch and reason != "signal":
                        self._end_epoch()
                return self._finished() or str(reason)
        finally:
            self.display.close()

    def _finished(self) -> str | None:
        if self.progress.epoch >= self.settings.epochs:
            return "epochs"
        return "patience" if self.progress.stale_epochs >= self.settings.patience else None

    def _train_epoch(self) -> str | None:
        """Run the remaining steps of an epoch; return why it stopped before the next epoch."""
        progress, settings = self.progress, self.settings
        self.display.epoch(progress.epoch + 1)
        order = epoch_order(settings.seed, progress.epoch, len(self.windows))
        shuffled = self.windows[torch.from_numpy(order).to(self.windows.device)]
        batches = shuffled.split(settings.batch_size)
        out_steps = self.learner.model.config.out_steps
        draws = TeacherDraws(settings.seed, progress.epoch, len(batches), out_steps)
        for batch in range(progress.batch, len(batches)):
            probability = truth_probability(progress.step, settings.tf_decay_steps)
            self.learner.step(
                progress.step,
                batches[batch],
                draws.teacher(batch, probability),
                learning_rate(settings, progress.step, self.steps_per_epoch),
            )
            progress.step += 1
            progress.batch = batch + 1
            self.stopping.count_step()
            self.display.step()
            if self._time_to_look():
                reason = self._look()
                if reason is not None:
                    return reason
        return None

    def _time_to_look(self) -> bool:
        """Whether to synchronise with the device after this step; all workers must agree."""
        progress = self.progress
        if progress.step % _LOOK_EVERY == 0 or progress.batch == self.steps_per_epoch:
            return True
        if progress.step in self.settings.snapshots or self.stopping.out_of_steps:
            return True
        if self.workers.world > 1:
            return False
        late = time.monotonic() - self._looked >= _LOOK_SECONDS
        return late or self._save_is_due() or any(self.stopping.wishes())

    def _look(self) -> str | None:
        """Check the sums, write what is due, and return a common reason to stop, if any."""
        self._looked = time.monotonic()
        wishes = (*self.stopping.wishes(), self._save_is_due() and self.workers.is_main)
        sums = self.learner.sums
        everywhere = self.workers.sum(torch.cat([sums, torch.tensor(wishes).to(sums)])).tolist()
        loss, count, _ = self.progress.sums = tuple(everywhere[:3])
        self._check_finite(sum(self.progress.sums), "the loss or its gradient")
        self.display.loss(loss / max(count, 1))
        reasons = [name for name, flag in zip(REASONS, everywhere[3:], strict=False) if flag]
        snapshot = self.progress.step in self.settings.snapshots
        if snapshot or reasons or everywhere[-1]:
            self._check_finite(0.0 if self.learner.is_finite() else math.nan, "a weight")
        if snapshot:
            self.records.snapshot(self.learner.measured, self.progress)
        if reasons or everywhere[-1]:
            self._save()
        return reasons[0] if reasons else None

    def _end_epoch(self) -> None:
        """Validate, save the weights if they are the best, log, and store the state."""
        progress = self.progress
        chunks = len(self.validation.chunks)
        metrics = self.validation.measure(
            self.learner.measured, lambda done: self.display.validating(done, chunks)
        )
        mae = metrics["all"]["mae"]
        self._check_finite(mae, "the validation MAE")
        entry = self._entry(metrics["all"], best=mae < progress.best_mae)
        self._count_time()
        progress.epoch += 1
        progress.batch = 0
        if entry["best"]:
            progress.best_mae, progress.best_epoch = mae, progress.epoch
            self.records.best(self.learner.measured, progress, {"val": metrics})
        self.records.epoch(entry, progress.epoch_seconds)
        self.display.line(entry)
        progress.sums = (0.0, 0.0, 0.0)
        progress.epoch_seconds = 0.0
        self.learner.sums.zero_()
        self._save()

    def _entry(self, metrics: dict[str, float], *, best: bool) -> dict[str, Any]:
        """Return an epoch's line for the log, which is the same for a repeated run."""
        progress, settings = self.progress, self.settings
        loss, count, _ = progress.sums
        last = progress.step - 1
        return {
            "epoch": progress.epoch + 1,
            "step": progress.step,
            "learning_rate": learning_rate(settings, last, self.steps_per_epoch),
            "truth_probability": truth_probability(last, settings.tf_decay_steps),
            "train_loss": loss / max(count, 1),
            "val_mae": metrics["mae"],
            "val_rmse": metrics["rmse"],
            "val_mape": metrics["mape"],
            "best": best,
        }

    def _check_finite(self, value: float, what: str) -> None:
        step = self.progress.step
        if math.isfinite(value):
            self._finite_step = step
            return
        advice = "a lower --lr or --precision float32"
        kept = (
            f"the best checkpoint, from epoch {self.progress.best_epoch}, is kept; start a new run "
            f"from it with --init, another --out, and {advice}"
            if self.progress.best_epoch
            else f"no epoch was completed, so there is no checkpoint; start again with --force and "
            f"{advice}"
        )
        raise TrainingError(
            f"{what} became {value} between steps {self._finite_step} and {step}; {kept}"
        )

    def _save_is_due(self) -> bool:
        return time.monotonic() - self._saved >= self.save_seconds

    def _save(self) -> None:
        self._count_time()
        self.records.state(self.learner, self.progress)
        self._saved = time.monotonic()

    def _count_time(self) -> None:
        now = time.monotonic()
        self.progress.seconds += now - self._clock
        self.progress.epoch_seconds += now - self._clock
        self._clock = now
