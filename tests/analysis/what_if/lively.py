"""Small cities with models that nobody trained, for tests of interventions."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from analysis.material import Material
from himnet.checkpoints import load_arrays, save_checkpoint
from himnet.config import HimNetConfig
from himnet.data.dataset import Dataset
from himnet.data.synthetic import synthetic_city
from himnet.model.untrained import untrained_weights
from himnet.scaler import Scaler

SENSORS = 12
CONFIG = HimNetConfig(
    SENSORS, steps_per_day=24, hidden_dim=6, tod_embedding_dim=3, dow_embedding_dim=2,
    node_embedding_dim=4, st_embedding_dim=3,
)  # fmt: skip


def town(**changes) -> Dataset:
    """A city of hourly readings, some of them missing."""
    return synthetic_city(
        **{"num_nodes": SENSORS, "days": 14, "steps_per_day": 24, "missing_share": 0.1, **changes}
    )


def lively_weights(config: HimNetConfig) -> dict[str, np.ndarray]:
    """Draw weights under which every query matters; the published ones start near nothing."""
    weights = untrained_weights(config, seed=0)
    for name in weights:
        if name == "node_embedding" or name.startswith(("st_proj", "out_proj")):
            weights[name] = weights[name] * 4
    return weights


def material(folder: Path, weights=None, *, dataset: Dataset | None = None, **changes) -> Material:
    """Write a model to a folder and put it together with its city."""
    config = replace(CONFIG, **changes)
    dataset = dataset or town()
    file = save_checkpoint(
        folder,
        lively_weights(config) if weights is None else weights,
        config=config,
        scaler=Scaler(50.0, 10.0),
        dataset=dataset.info,
    )
    return Material(load_arrays(file), None, dataset)
