"""A data set's folder, written as a whole or not at all, without holding the readings."""

from __future__ import annotations

import csv
import json
import os
import shutil
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from himnet import texts
from himnet.data.info import Sensors
from himnet.errors import DataError, FolderError
from himnet.locks import check_writable, sole_writer
from himnet.prepare.build import Prepared, index_arrays

FILES = ("data.npz", "index.npz", "sensors.csv", "dataset.json", "README.md")
_LAST = "index.npz"  # a folder without it is no data set


def check_target(out: Path, *, force: bool) -> None:
    """Check, before any work, that a data set can be written to a folder.

    Raises:
        DataError: if there is one already, or a file is there.
        FolderError: if the folder cannot be written.
    """
    if out.exists() and not out.is_dir():
        raise FolderError(f"'{out}' is a file, not a folder; choose another one with --out")
    there = [name for name in FILES if (out / name).exists()]
    if there and not force:
        raise DataError(
            f"{out} has {', '.join(there)} already; add --force to replace them, or choose another "
            f"folder with --out"
        )
    check_writable(out)


def write_folder(found: Prepared, out: Path, *, readme: str, name: str, show: bool = True) -> None:
    """Write data.npz, index.npz, sensors.csv, dataset.json and README.md.

    They are written beside the folder and moved at the end, so that an interrupted run leaves the
    folder as it was.

    Raises:
        FolderError: if the folder cannot be written, or another process writes it.
    """
    out = out.absolute()
    work = out.with_name(f".{out.name}.preparing")
    with _writing(out), sole_writer(work):
        new = work / "new"
        shutil.rmtree(new, ignore_errors=True)  # of a run that was killed
        new.mkdir()
        try:
            _write_readings(found, new / "data.npz", show)
            index: dict[str, Any] = index_arrays(found.windows)
            np.savez_compressed(new / "index.npz", **index)
            _write_sensors(found.placed.sensors, new / "sensors.csv")
            text = json.dumps(_settings(found, name), indent=1, ensure_ascii=False)
            (new / "dataset.json").write_text(text + "\n", encoding="utf-8")
            (new / "README.md").write_text(readme, encoding="utf-8")
            _move(new, out)
        finally:
            shutil.rmtree(new, ignore_errors=True)


def _move(new: Path, out: Path) -> None:
    """Move the folder into place, or its files into a folder that has other files too."""
    for name in FILES:
        with (new / name).open("rb+") as file:
            os.fsync(file.fileno())
    if not out.exists() or not any(out.iterdir()):
        out.parent.mkdir(parents=True, exist_ok=True)
        os.replace(new, out)
        return
    (out / _LAST).unlink(missing_ok=True)
    for name in sorted(FILES, key=lambda file: file == _LAST):
        os.replace(new / name, out / name)


def _write_readings(found: Prepared, path: Path, show: bool) -> None:
    """Write array "data" (T, N, 3) float32 = reading, time of day, day of week, block by block."""
    grid, count = found.grid, len(found.placed.sensors)
    shape = (len(grid.order), count, 3)
    seconds = grid.moments.astype(np.int64)
    days, of_day = np.divmod(seconds, 86_400)
    tod = (of_day // grid.step / grid.steps_per_day).astype(np.float32)
    dow = ((days + 3) % 7).astype(np.float32)  # 1970-01-01 was a Thursday; 0 is Monday
    header = {"descr": "<f4", "fortran_order": False, "shape": shape}
    with (
        zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive,
        archive.open("data.npy", "w", force_zip64=True) as file,
    ):
        np.lib.format.write_array_header_1_0(file, header)
        done = 0
        for values in found.values(show=show):
            part = slice(done, done + len(values))
            block = np.empty((*values.shape, 3), dtype="<f4")
            block[..., 0] = values
            block[..., 1], block[..., 2] = tod[part, None], dow[part, None]
            file.write(block.tobytes())
            done += len(values)


def _write_sensors(sensors: Sensors, path: Path) -> None:
    columns: dict[str, Any] = {"id": sensors.ids}
    for name in ("latitude", "longitude", "freeway", "direction", "name"):
        if (column := getattr(sensors, name)) is not None:
            columns[name] = column
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(columns)
        for row in zip(*columns.values(), strict=True):
            writer.writerow(map(texts.csv_cell, row))  # no id becomes a formula in a spreadsheet


def _settings(found: Prepared, name: str) -> dict[str, Any]:
    grid, labels = found.grid, found.labels
    settings: dict[str, Any] = {"name": name}
    if grid.dated:
        settings["start"] = str(grid.start)
    settings |= {"step_minutes": grid.step / 60, "missing_value": labels["missing_value"]}
    first_day = "Monday" if grid.dated else labels.get("first_day_of_week")
    if first_day is not None:
        settings["first_day_of_week"] = first_day
    kept = ("unit", "quantity", "source", "licence")
    return settings | {key: labels[key] for key in kept if labels.get(key)}


@contextmanager
def _writing(out: Path) -> Iterator[None]:
    """Report a full or read-only disk in one sentence."""
    try:
        yield
    except OSError as error:
        raise FolderError(
            f"'{out}' cannot be written ({error.strerror or error}); choose another folder with "
            f"--out, or free disk space"
        ) from error
