"""Writes small data sets in each of the published layouts."""

from __future__ import annotations

import gzip
import json
import lzma
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from himnet.data.dataset import Dataset


def write_npz(folder: Path, dataset: Dataset, **changes: Any) -> Path:
    """Write data.npz and index.npz; `changes` replace "data" or a split's array."""
    folder.mkdir(parents=True, exist_ok=True)
    shape = dataset.values.shape
    columns = (dataset.tod, dataset.dow.astype(np.float32))
    spread = [np.broadcast_to(column[:, None], shape) for column in columns]
    index = {name: windows.index for name, windows in dataset.splits.items()}
    arrays = {"data": np.stack([dataset.values, *spread], axis=-1), **index, **changes}
    np.savez(folder / "data.npz", data=arrays.pop("data"))
    np.savez(folder / "index.npz", **arrays)
    return folder


def write_csv(folder: Path, dataset: Dataset, name: str = "METR-LA.csv") -> Path:
    """Write the published CSV, compressed where the name says so."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = [",".join(["", *dataset.sensors.ids])]
    for moment, row in zip(dataset.timestamps, dataset.values.tolist(), strict=True):
        lines.append(",".join([str(moment).replace("T", " "), *map(str, row)]))
    text = ("\n".join(lines) + "\n").encode()
    pack = {".xz": lzma.compress, ".gz": gzip.compress}.get(Path(name).suffix, bytes)
    (folder / name).write_bytes(pack(text))
    return folder


def write_h5(folder: Path, dataset: Dataset, name: str = "metr-la.h5", **changes: Any) -> Path:
    """Write DCRNN's layout; `changes` replace one of its arrays."""
    folder.mkdir(parents=True, exist_ok=True)
    ids = np.array([identifier.encode() for identifier in dataset.sensors.ids])
    arrays = {
        "axis0": ids,
        "axis1": dataset.timestamps.astype("datetime64[ns]").astype(np.int64),
        "block0_items": ids,
        "block0_values": dataset.values.astype(np.float64),
        **changes,
    }
    with h5py.File(folder / name, "w") as file:
        for key, array in arrays.items():
            file[f"df/{key}"] = array
    return folder


def write_json(folder: Path, **content: Any) -> Path:
    """Write dataset.json."""
    (folder / "dataset.json").write_text(json.dumps(content))
    return folder


def write_sensors(folder: Path, *rows: str, header: str = "id,latitude,longitude") -> Path:
    """Write sensors.csv."""
    path = folder / "sensors.csv"
    path.write_text("\n".join([header, *rows]) + "\n")
    return path
