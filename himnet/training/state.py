"""The state for resuming: one sealed safetensors file, replaced atomically.

It contains no state of a random generator: order and sampling draws follow from seed and position.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from himnet.checkpoints.format import read_description, read_tensors, write_sealed
from himnet.checkpoints.header import MAX_FILE_BYTES, Header, read_header
from himnet.errors import CheckpointError, TrainingError
from himnet.texts import clipped

_FORMAT = "himnet-run/2"
_UNSEALED = "himnet_run"  # the metadata of format 1, which had no checksum
_PLAIN = ("settings", "config", "source")  # parts of a state
_MAX_BYTES = 5 * MAX_FILE_BYTES  # weights, averaged weights, and Adam's two moments


@dataclass
class Progress:
    """The position in a run.

    Attributes:
        step: optimisation steps taken.
        epoch: epochs completed.
        batch: batches done in the current epoch.
        sums: of the current epoch, over all workers (see `Learner.sums`).
        best_mae: lowest validation MAE so far.
        best_epoch: the epoch that reached it, 0 before the first.
        seconds: wall-clock time, over all processes of the run.
        epoch_seconds: the same for the current epoch.
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
        """Epochs since the best one, for early stopping."""
        return self.epoch - self.best_epoch


@dataclass(frozen=True)
class RunState:
    """The stored state of a run.

    Attributes:
        tensors: from `Learner.tensors`.
        progress: the position in the run.
        settings, config, source: plain values of the run's settings, model configuration and
            data set (how it was requested, its name and sha256).
        warnings: about the file that it was read from.
    """

    tensors: Mapping[str, Tensor]
    progress: Progress
    settings: dict[str, Any]
    config: dict[str, Any]
    source: dict[str, Any]
    warnings: tuple[str, ...] = ()


def save_state(path: Path, state: RunState) -> None:
    """Write a state; if the process is killed, either the old or the new state remains.

    Raises:
        CheckpointError: if it cannot be written.
    """
    progress = asdict(state.progress)
    if math.isinf(state.progress.best_mae):
        progress["best_mae"] = None  # JSON has no infinity
    plain = {"progress": progress} | {name: getattr(state, name) for name in _PLAIN}
    arrays = {name: tensor.numpy() for name, tensor in state.tensors.items()}
    write_sealed(path, arrays, plain, _FORMAT)


def load_state(path: Path) -> RunState:
    """Read what `save_state` wrote.

    Raises:
        TrainingError: for a file that is damaged, not a state, or of another version.
    """
    try:
        header = read_header(path, max_bytes=_MAX_BYTES)
        plain, warnings = _description(path, header)
        arrays, _ = read_tensors(path, header)
        given = dict(plain["progress"])
        given["best_mae"] = math.inf if given["best_mae"] is None else given["best_mae"]
        progress = Progress(**{**given, "sums": tuple(given["sums"])})
        parts = {name: dict(plain[name]) for name in _PLAIN}
    except CheckpointError as error:
        raise _damaged(path, str(error).rpartition("; ")[0]) from error
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise _damaged(path, clipped(error)) from error
    tensors = {name: torch.from_numpy(array) for name, array in arrays.items()}
    return RunState(tensors=tensors, progress=progress, warnings=warnings, **parts)


def _description(path: Path, header: Header) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the description of a state, and warnings."""
    if _UNSEALED in header.metadata:
        plain: dict[str, Any] = json.loads(header.metadata[_UNSEALED])
        if plain["format"] != 1:
            raise ValueError(f"format {plain['format']}")
        return plain, (
            f"{path} was stored by an earlier version without a sha256, so damage to it cannot be "
            f"detected; the next state will have one",
        )
    if "himnet" in header.metadata and "sha256" not in header.metadata:
        raise ValueError("its sha256 is missing")
    return read_description(path, header, _FORMAT), ()


def _damaged(path: Path, why: str) -> TrainingError:
    return TrainingError(
        f"the state '{path}' cannot be resumed ({why}); start again with --force or, if there is a "
        f"model.safetensors, continue from it with --init and another --out"
    )
