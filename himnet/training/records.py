"""The files that a run writes: checkpoint, snapshots, model card, logs, curves, state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import InitVar, dataclass
from pathlib import Path
from typing import Any

import torch

from himnet.checkpoints import save_checkpoint
from himnet.checkpoints.format import write_atomically
from himnet.metrics import without_nan
from himnet.model.himnet import HimNet
from himnet.scaler import Scaler
from himnet.training.card import model_card
from himnet.training.distributed import Workers
from himnet.training.folder import RunFolder
from himnet.training.learner import Learner
from himnet.training.log import EpochLog
from himnet.training.plan import Plan
from himnet.training.state import Progress, RunState, save_state
from himnet.training.tensorboard import Curves

_SETTINGS = (  # that a checkpoint states under their own names
    *("batch_size", "precision", "weight_decay", "schedule", "loss", "seed", "tf_decay_steps"),
    "dictionary_std",
)


@dataclass
class Records:
    """Writes the files of a run on the main worker, and none on the others.

    Attributes:
        folder: of the run.
        plan: the description that is stored in the checkpoints.
        scaler: of the data set.
        workers: the processes of this run.
        progress: where the run continues; later lines of the logs are removed.
    """

    folder: RunFolder
    plan: Plan
    scaler: Scaler
    workers: Workers
    progress: InitVar[Progress]

    def __post_init__(self, progress: Progress) -> None:
        self.active = self.workers.is_main
        if self.active:
            self._log = EpochLog(self.folder.log, epochs=progress.epoch)
            self._times = EpochLog(self.folder.times, epochs=progress.epoch)
            self._curves = Curves(self.folder.curves, step=progress.step)

    def state(self, learner: Learner, progress: Progress) -> None:
        """Store the state for resuming."""
        if self.active:
            state = RunState(
                tensors=learner.tensors(),
                progress=progress,
                settings=self.plan.settings.to_dict(),
                config=self.plan.config.to_dict(),
                source=self.plan.source,
            )
            save_state(self.folder.state, state)

    def snapshot(self, model: HimNet, progress: Progress) -> None:
        """Save the weights after a requested step."""
        if self.active:
            training = self._training(progress) | {"note": f"snapshot after step {progress.step}"}
            self._save(self.folder.snapshot(progress.step), model, training, {})

    def best(self, model: HimNet, progress: Progress, metrics: Mapping[str, Any]) -> None:
        """Replace the checkpoint with these weights, the best so far, and write its model card."""
        if self.active:
            self.checkpoint(model, self._training(progress), metrics, progress)

    def checkpoint(
        self,
        model: HimNet,
        training: Mapping[str, Any],
        metrics: Mapping[str, Any],
        progress: Progress,
        baselines: Mapping[str, Any] | None = None,
    ) -> None:
        """Write the model card, then the checkpoint, so that no checkpoint has an older card.

        With `baselines`, the run has ended, and the card says how it compares with them.
        """
        metrics, ended = without_nan(metrics), baselines is not None
        info, minutes = self.plan.dataset.info, progress.seconds / 60
        card = model_card(
            self.plan.config, info, training, metrics, minutes,
            baselines=baselines, errors=self._log.column("val_mae") if ended else (),
        )  # fmt: skip
        write_atomically(self.folder.card, card.encode())
        self._save(self.folder.model, model, training, metrics)

    def epoch(self, entry: Mapping[str, Any], seconds: float) -> None:
        """Log an epoch; its wall-clock time goes into a separate file."""
        if self.active:
            self._log.append(entry)
            self._times.append({"epoch": entry["epoch"], "seconds": round(seconds, 3)})
            self._curves.add(entry["step"], {**entry, "seconds": seconds})

    def _save(
        self,
        path: Path,
        model: HimNet,
        training: Mapping[str, Any],
        metrics: Mapping[str, Any],
    ) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        save_checkpoint(
            path,
            model.state_dict(),
            config=self.plan.config,
            scaler=self.scaler,
            dataset=self.plan.dataset.info,
            training=dict(training),
            metrics=metrics,
        )

    def _training(self, progress: Progress) -> dict[str, Any]:
        """Return the training metadata of a checkpoint; they are equal for a repeated run."""
        settings = self.plan.settings
        return {name: getattr(settings, name) for name in _SETTINGS} | {
            "steps": progress.step,
            "epochs": progress.epoch,
            "optimizer": "Adam",
            "lr": settings.learning_rate,
            "averaging": "none" if settings.ema is None else f"exponential, decay {settings.ema}",
            "init": settings.init or "drawn from the seed",
            "device": _hardware(self.workers),
        }


def _hardware(workers: Workers) -> str:
    kind = workers.device.type
    name = torch.cuda.get_device_name(workers.device) if kind == "cuda" else kind
    return name if workers.world == 1 else f"{workers.world} x {name}"
