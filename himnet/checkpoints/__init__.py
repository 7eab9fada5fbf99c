"""Checkpoints that describe themselves; nothing here imports torch before a model is asked for."""

from himnet.checkpoints.locate import list_checkpoints, resolve_checkpoint
from himnet.checkpoints.store import (
    Checkpoint,
    CheckpointArrays,
    load_arrays,
    load_checkpoint,
    save_checkpoint,
    save_metrics,
    with_model,
)

__all__ = [
    "Checkpoint",
    "CheckpointArrays",
    "list_checkpoints",
    "load_arrays",
    "load_checkpoint",
    "resolve_checkpoint",
    "save_checkpoint",
    "save_metrics",
    "with_model",
]
