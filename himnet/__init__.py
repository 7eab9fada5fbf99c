"""HimNet: the model, its data, its training and its checkpoints.

Names are loaded on first use, so that inspecting a checkpoint does not import
torch.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from himnet.errors import (
    CheckpointError,
    ConfigError,
    DataError,
    FolderError,
    HimNetError,
    InputError,
    TrainingError,
)
from himnet.version import __version__

if TYPE_CHECKING:
    from himnet.checkpoints import (
        Checkpoint,
        CheckpointArrays,
        load_arrays,
        load_checkpoint,
        save_checkpoint,
    )
    from himnet.config import HimNetConfig
    from himnet.data.dataset import Dataset
    from himnet.data.load import load_dataset
    from himnet.forecasting.track import Track, load_track
    from himnet.metrics import masked_metrics
    from himnet.model.himnet import HimNet
    from himnet.model.pools import MetaParameterPool
    from himnet.presets import preset

_HOMES = {
    "Checkpoint": "himnet.checkpoints",
    "CheckpointArrays": "himnet.checkpoints",
    "Dataset": "himnet.data.dataset",
    "HimNet": "himnet.model.himnet",
    "HimNetConfig": "himnet.config",
    "MetaParameterPool": "himnet.model.pools",
    "Track": "himnet.forecasting.track",
    "load_arrays": "himnet.checkpoints",
    "load_checkpoint": "himnet.checkpoints",
    "load_dataset": "himnet.data.load",
    "load_track": "himnet.forecasting.track",
    "masked_metrics": "himnet.metrics",
    "preset": "himnet.presets",
    "save_checkpoint": "himnet.checkpoints",
}

__all__ = [
    "Checkpoint",
    "CheckpointArrays",
    "CheckpointError",
    "ConfigError",
    "DataError",
    "Dataset",
    "FolderError",
    "HimNet",
    "HimNetConfig",
    "HimNetError",
    "InputError",
    "MetaParameterPool",
    "Track",
    "TrainingError",
    "__version__",
    "load_arrays",
    "load_checkpoint",
    "load_dataset",
    "load_track",
    "masked_metrics",
    "preset",
    "save_checkpoint",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'himnet' has no attribute '{name}'")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
