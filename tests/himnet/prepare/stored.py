"""Writes files of other programs by hand: pandas' HDF5 layouts, and reading of sources."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import h5py
import numpy as np

PER_DAY = 288
_MEASURE = """
import resource, sys
from importlib import import_module
from pathlib import Path
from himnet.prepare.options import Options
module, name, path = sys.argv[1:]
source = getattr(import_module(module), name)([Path(path)], Options())
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
rows = sum(len(block.values) for block in source.blocks())
print(rows, (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024)
"""


def rows_and_growth(opener: Callable[..., Any], path: Path) -> tuple[int, float]:
    """Walk a source in a process of its own; return its rows and the megabytes that it took."""
    words = [opener.__module__, opener.__name__, str(path)]
    done = subprocess.run(
        [sys.executable, "-c", _MEASURE, *words], capture_output=True, text=True, check=True,
        cwd=Path(__file__).parents[3],
    )  # fmt: skip
    rows, megabytes = done.stdout.split()
    return int(rows), float(megabytes)


def readings(steps: int = 2 * PER_DAY, sensors: int = 4) -> np.ndarray:
    """Return smooth readings (T, N) float64, different for each sensor and step."""
    t = np.arange(steps)[:, None]
    return 50 + 10 * np.sin(2 * np.pi * t / PER_DAY + np.arange(sensors)) + t / 1000


def moments(steps: int = 2 * PER_DAY, start: str = "2012-03-01T00:00") -> np.ndarray:
    """Return (T,) five-minute moments, datetime64[s]."""
    return np.datetime64(start, "s") + np.arange(steps) * np.timedelta64(300, "s")


def stacked(*channels: np.ndarray) -> np.ndarray:
    """Return (T, N, C) of channels (T, N), or (T,) for what is the same for all sensors."""
    shape = next(channel.shape for channel in channels if channel.ndim == 2)
    spread = [c if c.ndim == 2 else np.repeat(c[:, None], shape[1], 1) for c in channels]
    return np.stack(spread, axis=-1)


def calendar(steps: int = 2 * PER_DAY, first: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Return time of day (T,) as a fraction and day of week (T,), from midnight of a day."""
    t = np.arange(steps)
    return t % PER_DAY / PER_DAY, (t // PER_DAY + first) % 7.0


def names(count: int = 4) -> list[str]:
    """Return ids that are no numbers from 0."""
    return [str(400_001 + 7 * position) for position in range(count)]


def pickled(value: Any, protocol: int = 0) -> np.bytes_:
    """Return an attribute as PyTables stores what is no text and no number."""
    return np.bytes_(pickle.dumps(value, protocol))


def write_axis(group: h5py.Group, name: str, labels: Sequence[Any], kind: str = "string") -> None:
    """Write an axis of texts or numbers."""
    is_text = kind == "string"
    group[name] = np.array([str(one).encode() for one in labels]) if is_text else np.array(labels)
    group[name].attrs["kind"] = np.bytes_(kind)
    group[name].attrs["name"] = np.bytes_(b"N.")
    group.attrs[f"{name}_variety"] = np.bytes_(b"regular")


def write_fixed(
    path: Path,
    key: str = "df",
    *,
    labels: Sequence[Any] | None = None,
    index: np.ndarray | None = None,
    kind: str = "datetime64",
    blocks: Sequence[tuple[Sequence[Any], np.ndarray]] | None = None,
    label_kind: str = "string",
    index_attributes: Mapping[str, Any] | None = None,
    mode: str = "w",
    **storage: Any,
) -> Path:
    """Write a table in pandas' "fixed" format; by default as pandas 2 does."""
    labels = names() if labels is None else labels
    index = moments().astype("datetime64[ns]").astype(np.int64) if index is None else index
    blocks = [(labels, readings(len(index), len(labels)))] if blocks is None else blocks
    with h5py.File(path, mode) as file:
        group = file.create_group(key)
        group.attrs["pandas_type"] = np.bytes_(b"frame")
        group.attrs["nblocks"] = len(blocks)
        write_axis(group, "axis0", labels, label_kind)
        write_axis(group, "axis1", index, kind) if index.dtype.kind != "S" else None
        if index.dtype.kind == "S":
            group["axis1"] = index
            group["axis1"].attrs["kind"] = np.bytes_(b"string")
        for name, value in (index_attributes or {}).items():
            group["axis1"].attrs[name] = value
        for number, (items, values) in enumerate(blocks):
            write_axis(group, f"block{number}_items", items, label_kind)
            group.create_dataset(f"block{number}_values", data=values, **storage)
            group[f"block{number}_values"].attrs["transposed"] = np.True_
    return path


def write_table(
    path: Path,
    key: str = "df",
    *,
    blocks: Mapping[str, tuple[Sequence[Any], np.ndarray]] | None = None,
    index: np.ndarray | None = None,
    kind: str = "datetime64[us]",
    order: Sequence[Any] | None = None,
    info: Any = None,
    protocol: int = 0,
    foreign: bool = False,
) -> Path:
    """Write a table in pandas' "table" format; `foreign` pickles names that cannot be read."""
    index = moments().astype("datetime64[us]").astype(np.int64) if index is None else index
    if blocks is None:
        blocks = {"values_block_0": (names(), readings(len(index)))}
    fields: list[Any] = [("index", index.dtype)]
    fields += [(name, values.dtype, values.shape[1:]) for name, (_, values) in blocks.items()]
    table = np.zeros(len(index), dtype=fields)
    table["index"] = index
    for name, (_, values) in blocks.items():
        table[name] = values
    with h5py.File(path, "w") as file:
        group = file.create_group(key)
        group.attrs["pandas_type"] = np.bytes_(b"frame_table")
        group.attrs["table_type"] = np.bytes_(b"appendable_frame")
        group["table"] = table
        attributes = group["table"].attrs
        attributes["index_kind"] = np.bytes_(kind)
        for name, (labels, _) in blocks.items():
            if name.startswith("values_block"):
                told = [np.datetime64(0, "s")] * len(labels) if foreign else list(labels)
                attributes[f"{name}_kind"] = pickled(told, protocol)
        if order is not None:
            group.attrs["non_index_axes"] = pickled([(1, list(order))], protocol)
        group.attrs["info"] = pickled(info or {}, protocol)
    return path


def walked(source: Any) -> tuple[np.ndarray, dict[str, np.ndarray | None]]:
    """Return all values (T, N) of a source and its "moments", "tod" and "dow"."""
    blocks = list(source.blocks())
    times = {}
    for name in ("moments", "tod", "dow"):
        parts = [getattr(block, name) for block in blocks]
        times[name] = None if parts[0] is None else np.concatenate(parts)
    return np.concatenate([block.values for block in blocks]), times
