"""The state to resume from: one safetensors file, replaced in a single move.

It holds no state of a random generator: order and sampling draws follow from seed and position.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from himnet.checkpoints.format import write_atomically
from himnet.errors import TrainingError

_FORMAT = 1


@dataclass
class Progress:
    """Where in a run we are.

    Attributes:
        step: optimisation steps taken.
        epoch: epochs completed.
        batch: batches done in the epoch that is under way.
        sums: of the epoch that is under way, over all workers (see `Learner.sums`).
        best_mae: lowest validation MAE so far.
        best_epoch: the epoch that reached it, 0 before the first.
        seconds: wall-clock time, over all sittings of the run.
        epoch_seconds: the same for the epoch that is under way.
    """

    step: int = 0
    epoch: int = 0
    batch: int = 0
    sums: tuple[float, float, float] = (0.0, 0.0, 0.0)
    best_mae: float = math.inf
    best_epoch: int = 0
    seconds: float = 0.0
    epoch_seconds: float = 0.0

    @property
    def stale_epochs(self) -> int:
        """Epochs since the best one, which early stopping counts."""
        return self.epoch - self.best_epoch


@dataclass(frozen=True)
class RunState:
    """A run, stopped at a moment.

    Attributes:
        tensors: from `Learner.tensors`.
        progress: the moment.
        settings, config, source: plain values of the run's settings, model configuration and
            data set (how it was asked for, its name and sha256).
    """

    tensors: Mapping[str, Tensor]
    progress: Progress
    settings: dict[str, Any]
    config: dict[str, Any]
    source: dict[str, Any]


def save_state(path: Path, state: RunState) -> None:
    """Write a state; whoever kills the process at any moment finds the old or the new one."""
    plain = {
        "format": _FORMAT,
        "progress": asdict(state.progress),
        "settings": state.settings,
        "config": state.config,
        "source": state.source,
    }
    write_atomically(path, save(dict(state.tensors), metadata={"himnet_run": json.dumps(plain)}))


def load_state(path: Path) -> RunState:
    """Read what `save_state` wrote.

    Raises:
        TrainingError: for a file that is damaged, foreign or of another version.
    """
    try:
        with safe_open(path, framework="pt") as file:
            plain = json.loads(file.metadata()["himnet_run"])
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if plain["format"] != _FORMAT:
            raise ValueError(f"format {plain['format']} instead of {_FORMAT}")
        progress = Progress(**{**plain["progress"], "sums": tuple(plain["progress"]["sums"])})
        parts = {name: dict(plain[name]) for name in ("settings", "config", "source")}
    except (OSError, SafetensorError, ValueError, KeyError, TypeError) as error:
        raise TrainingError(
            f"the state '{path}' cannot be resumed ({error}); start again with --force"
        ) from error
    return RunState(tensors=tensors, progress=progress, **parts)
