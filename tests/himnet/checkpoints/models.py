"""Small models that nobody trained, and their files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from himnet.checkpoints import save_checkpoint
from himnet.checkpoints.convert import read_state_dict
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo, Sensors
from himnet.errors import CheckpointError
from himnet.scaler import Scaler

SMALL = HimNetConfig(
    5, hidden_dim=4, steps_per_day=24, tod_embedding_dim=3, dow_embedding_dim=2,
    node_embedding_dim=3, st_embedding_dim=6,
)  # fmt: skip
SCALER = Scaler(50.0, 12.5)
COAST = Sensors(
    ("a", "b", "c", "d", "e"),
    latitude=np.linspace(34.0, 34.1, 5),
    longitude=np.linspace(-118.3, -118.2, 5),
    freeway=("US-101",) * 5,
    direction=("N", "S", "N", "S", "N"),
)
TOWN = DatasetInfo("town", COAST, steps_per_day=24, start="2024-01-01T00:00:00", num_steps=99)


def draw(config: HimNetConfig = SMALL, seed: int = 0) -> dict[str, np.ndarray]:
    """Draw weights as float32 arrays by published name."""
    rng = np.random.default_rng(seed)
    return {
        name: rng.normal(size=shape).astype(np.float32)
        for name, shape in config.state_shapes().items()
    }


def write(path: Path, weights: dict[str, np.ndarray] | None = None, **changes: Any) -> Path:
    """Write a checkpoint of the small model; `changes` replace its description."""
    said = {"config": SMALL, "scaler": SCALER, "dataset": TOWN, **changes}
    return save_checkpoint(path, draw(said["config"]) if weights is None else weights, **said)


def write_plain(path: Path, config: HimNetConfig = SMALL, *, prefix: str = "") -> Path:
    """Write a plain state dict as a training script does."""
    arrays = draw(config)
    torch.save({prefix + name: torch.tensor(array) for name, array in arrays.items()}, path)
    return path


def same(found: dict[str, np.ndarray], wanted: dict[str, np.ndarray]) -> bool:
    """Whether two sets of weights have the same names and the same bits."""
    return found.keys() == wanted.keys() and all(
        found[name].dtype == array.dtype and np.array_equal(found[name], array)
        for name, array in wanted.items()
    )


def refused(path: Path) -> str:
    """Return the one line with which a plain state dict is refused."""
    with pytest.raises(CheckpointError) as caught:
        read_state_dict(path)
    message = str(caught.value)
    assert len(message.splitlines()) == 1
    return message
