"""Self-describing checkpoints; torch is not imported before a model is requested."""

from himnet.checkpoints.locate import list_checkpoints, named_checkpoints, resolve_checkpoint
from himnet.checkpoints.measured import Measured, save_measured
from himnet.checkpoints.store import (
    Checkpoint,
    CheckpointArrays,
    load_arrays,
    load_checkpoint,
    save_checkpoint,
    with_model,
)

__all__ = [
    "Checkpoint",
    "CheckpointArrays",
    "Measured",
    "list_checkpoints",
    "load_arrays",
    "load_checkpoint",
    "named_checkpoints",
    "resolve_checkpoint",
    "save_checkpoint",
    "save_measured",
    "with_model",
]
