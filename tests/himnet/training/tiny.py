"""A city and a model so small that a run of some epochs takes a second."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np

from himnet.data.dataset import Dataset
from himnet.data.synthetic import synthetic_city
from himnet.data.windows import Windows
from himnet.training import plan
from himnet.training.folder import RunFolder
from himnet.training.request import Request

SIZES = {"hidden_dim": 4, "tod_embedding_dim": 2, "dow_embedding_dim": 2}
SIZES |= {"node_embedding_dim": 3, "st_embedding_dim": 3}
TRAIN, VAL, TEST = 75, 20, 20  # windows: 5 batches of 16 an epoch, the last one of 11


def tiny_city(seed: int = 0) -> Dataset:
    city = synthetic_city(num_nodes=5, days=2, seed=seed)
    windows = {"train": TRAIN, "val": VAL, "test": TEST}
    splits = {name: Windows(city.splits[name].index[:count]) for name, count in windows.items()}
    info = dataclasses.replace(city.info, name="synthetic")  # cut short, so not a named city
    return dataclasses.replace(city, info=info, splits=splits)


def use_tiny_city() -> None:
    """Let every run of this process train on the tiny city, whatever data set it names."""

    def load(name: str, data_dir: Any = None, **city: Any) -> Dataset:
        return tiny_city(city.get("seed", 0))

    plan.load_dataset = load


def request(path: Any, **changes: Any) -> Request:
    """Return a request for a run of three epochs in a folder, which it claims."""
    resume = changes.get("resume", False)
    settings = {} if resume else {"epochs": 3, "snapshots": (7,)}
    settings |= changes.pop("settings", {})
    defaults = {"dataset": None if resume else "tiny", "sizes": {} if resume else SIZES}
    defaults |= {"device": "cpu", "show": False}
    asked = Request(folder=RunFolder.at(path), settings=settings, **{**defaults, **changes})
    asked.claim()
    return asked


def tiny_folder(path: Path, *, train: int = TRAIN) -> Path:
    """Write the tiny city as a data set that the command line can be given."""
    city = tiny_city()
    calendar = np.stack([city.tod, city.dow.astype(np.float32)], axis=-1)[:, None]
    calendar = np.broadcast_to(calendar, (*city.values.shape, 2))
    path.mkdir(parents=True)
    np.savez(path / "data.npz", data=np.concatenate([city.values[..., None], calendar], axis=-1))
    index = {name: windows.index for name, windows in city.splits.items()}
    index["train"] = synthetic_city(num_nodes=5, days=2).splits["train"].index[:train]
    np.savez(path / "index.npz", **index)
    return path
