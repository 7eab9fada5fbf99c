"""Array files of the field's repositories: ``.npz``, ``.npy``, and folders of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.hdf5 import labels_of
from himnet.data.info import DAY_NAMES
from himnet.data.settings import FolderSettings, read_settings
from himnet.data.windows import SPLITS
from himnet.errors import DataError
from himnet.prepare.gathered import (
    SENSOR_NAME,
    TIME_NAME,
    Gathered,
    is_records,
    moments_of_cells,
    of_records,
)
from himnet.prepare.npy import PICKLED, Npy, is_archive_of_arrays, is_npy, read_header, read_headers
from himnet.prepare.options import Options
from himnet.prepare.overlapping import is_windows, open_windows
from himnet.prepare.sensor_list import count_listed
from himnet.prepare.source import Source
from himnet.prepare.stored_array import (
    ArraySource,
    Beside,
    array_source,
    is_readings,
)

_USUAL = ("data", "his", "readings", "values", "x", "X", "arr_0")
_BESIDE = ("adj", "dist", "idx_", "index", "graph", "sensor", "node", "location", "scaler")
_LARGEST_INDEX = tuple(f"idx_{split}.npy" for split in SPLITS)


def is_arrays(path: Path) -> bool:
    """Whether a file is an array of NumPy or an archive of them, or a folder has such readings."""
    if path.is_dir():
        return bool(_readings_in(path))
    return is_npy(path) or is_archive_of_arrays(path)


def open_arrays(paths: Sequence[Path], options: Options) -> Source:
    """Open the readings in array files, or in a folder of them.

    Recognised are ``train``/``val``/``test.npz`` of overlapping windows (DCRNN, Graph WaveNet),
    ``his.npz`` (LargeST), ``data.npz`` with or without ``index.npz`` (this project), and a file
    with one array of readings, (T, N) or (T, N, C).

    Raises:
        DataError: for anything else, and for damaged or oversized files.
    """
    files = [file for path in paths for file in (_readings_in(path) if path.is_dir() else [path])]
    if is_windows(files):
        return open_windows(files, options)
    if len(files) > 1 and all(map(is_npy, files)):
        return _open_arrays(
            files[0].parent, {file.stem: read_header(file) for file in files}, options
        )
    readings = [file for file in files if not _is_beside(file)] or files
    if len(readings) != 1:
        listed = texts.clipped(", ".join(str(file) for file in readings) or "none")
        raise DataError(
            f"{paths[0]} has several files of arrays ({listed}); name the one with the readings"
        )
    path = readings[0]
    arrays = {"": read_header(path)} if is_npy(path) else read_headers(path)
    return _open_arrays(path, arrays, options)


def _readings_in(folder: Path) -> list[Path]:
    """Return the files of readings in a folder, with what lies beside them; empty if none has any.

    Raises:
        DataError: for a damaged file.
    """
    files = sorted(file for file in folder.iterdir() if is_npy(file) or is_archive_of_arrays(file))
    named = {file.name: file for file in files}
    if {f"{split}.npz" for split in SPLITS} <= named.keys():
        return [named[f"{split}.npz"] for split in SPLITS]
    for usual in ("data.npz", "his.npz"):
        if usual in named:
            return [named[usual]]
    archives = [file for file in files if not is_npy(file) and not _is_beside(file)]
    with_readings = [file for file in archives if any(map(_is_likely, read_headers(file).values()))]
    if with_readings:
        return with_readings
    arrays = [file for file in files if is_npy(file)]
    return arrays if any(_is_likely(read_header(file)) for file in arrays) else []


def _is_likely(array: Npy) -> bool:
    """Whether an array is probably readings: numbers, and no matrix of all pairs of sensors."""
    named_so = array.name.casefold().startswith(_BESIDE)
    return is_readings(array) and array.shape[0] != array.shape[1] and not named_so


def _is_beside(file: Path) -> bool:
    """Whether a file's name says that it is an adjacency, an index or a list."""
    return file.name.casefold().startswith(_BESIDE)


def _open_arrays(path: Path, arrays: Mapping[str, Npy], options: Options) -> ArraySource:
    """Open the one array of readings in a file or folder, with what lies beside it."""
    settings = read_settings(path.parent / "dataset.json") if path.name == "data.npz" else None
    labels = {} if settings is None else _labels(settings)
    if not any(map(is_readings, arrays.values())):
        return _open_columns(path, arrays, options)
    array = _picked(path, arrays, options)
    others = {name: other for name, other in arrays.items() if other is not array}
    beside = Beside(
        where=str(path),
        kind=_kind(path, array),
        moments=_moments(others, array.shape),
        ids=_ids(others, array.shape),
        sensors=count_listed(options.sensors),
        scale=_scale(others),
        windows=_windows(path, array.shape[0]),
        labels=labels,
        start=options.start,
        notes=tuple(
            f"{texts.clipped(name, 60)} {PICKLED}; it was left out"
            for name, other in others.items()
            if other.dtype.hasobject
        ),
    )
    return array_source(array, beside, None if options.channel in arrays else options.channel)


def _open_columns(path: Path, arrays: Mapping[str, Npy], options: Options) -> ArraySource:
    """Open an array of records, or arrays (T,) of one sensor each.

    Raises:
        DataError: if there are none.
    """
    records = [array for array in arrays.values() if is_records(array)]
    if len(records) == 1:
        found, moments = of_records(records[0], str(path))
        kind, ids = "an array of records", found.fields
        return array_source(found, Beside(str(path), kind, moments, options.start, ids), None)
    times = {name: array for name, array in arrays.items() if TIME_NAME.search(name)}
    columns = {
        name: array
        for name, array in arrays.items()
        if len(array.shape) == 1 and array.dtype.kind in "biuf" and name not in times
    }
    lengths = {array.shape for array in columns.values()}
    if len(columns) < 2 or len(lengths) != 1 or (0,) in lengths:
        raise _no_readings(path, arrays, {})
    whole = Gathered(path.name, list(columns.values()))
    moments = _moments(times, whole.shape[:1])
    kind, ids = f"{len(columns)} arrays of one sensor each", tuple(columns)
    return array_source(whole, Beside(str(path), kind, moments, options.start, ids), None)


def _picked(path: Path, arrays: Mapping[str, Npy], options: Options) -> Npy:
    """Return the array with the readings.

    Raises:
        DataError: if there is none, or several that could be it.
    """
    fitting = {name: array for name, array in arrays.items() if is_readings(array)}
    if options.sheet in fitting:
        return fitting[str(options.sheet)]
    if options.channel in fitting:
        return fitting[str(options.channel)]
    for usual in _USUAL:
        if usual in fitting:
            return fitting[usual]
    likely = {name: array for name, array in fitting.items() if _is_likely(array)}
    if len(likely) == 1 or len(fitting) == 1:
        return next(iter((likely if len(likely) == 1 else fitting).values()))
    raise _no_readings(path, arrays, fitting)


def _no_readings(path: Path, arrays: Mapping[str, Npy], fitting: Mapping[str, Npy]) -> DataError:
    """Return what is wrong with a file of which no array is taken for the readings."""
    listed = ", ".join(
        f"{name or 'array'} {array.dtype} {array.shape}" for name, array in arrays.items()
    )
    if any(array.dtype.hasobject for array in arrays.values()) and not fitting:
        return DataError(
            f"{path} {PICKLED}; save the readings as numbers, such as array.astype(float)"
        )
    return DataError(
        f"{path} has {'no' if not fitting else 'several'} arrays of numbers of shape (steps, "
        f"sensors) or (steps, sensors, channels): it has {texts.clipped(listed, 400) or 'none'}; "
        + ("name one with --sheet" if fitting else "save the readings as such an array")
    )


def _kind(path: Path, array: Npy) -> str:
    layout = (
        "an array of NumPy" if array.member is None else f"array '{texts.clipped(array.name, 60)}'"
    )
    return f"{layout} of shape {array.shape} in {path.name}"


def _moments(others: Mapping[str, Npy], shape: tuple[int, ...]) -> NDArray[np.datetime64] | None:
    """Return the moments of the steps, of an array beside the readings, or None."""
    for name, array in others.items():
        if len(array.shape) != 1 or array.shape[0] not in shape[:2]:
            continue
        if array.dtype.kind == "M" or (array.dtype.kind in "SUiuf" and TIME_NAME.search(name)):
            moments = moments_of_cells(array.load())
            if moments is not None:
                return moments
    return None


def _ids(others: Mapping[str, Npy], shape: tuple[int, ...]) -> tuple[str, ...] | None:
    """Return the sensors' ids, of an array beside the readings, or None."""
    for name, array in others.items():
        fits = len(array.shape) == 1 and array.shape[0] in shape[:2] and array.dtype.kind in "iuSU"
        if fits and SENSOR_NAME.search(name):
            return labels_of(array.load())
    return None


def _scale(others: Mapping[str, Npy]) -> tuple[float, float] | None:
    """Return the mean and standard deviation that a file states, as LargeST's do, or None."""
    pair = []
    for name in ("mean", "std"):
        array = others.get(name)
        if array is None or array.nbytes > 64 or array.dtype.kind not in "iuf":
            return None
        values = array.load().reshape(-1)
        if len(values) != 1 or not np.isfinite(values[0]):
            return None
        pair.append(float(values[0]))
    return (pair[0], pair[1]) if pair[1] > 0 else None


def _windows(path: Path, steps: int) -> dict[str, NDArray[np.int64]] | None:
    """Return the windows of ``index.npz`` or LargeST's ``idx_train.npy`` beside the readings."""
    folder = path.parent
    if path.name == "data.npz" and (folder / "index.npz").is_file():
        arrays = read_headers(folder / "index.npz")
        if set(SPLITS) <= arrays.keys():
            return {split: np.asarray(arrays[split].load()) for split in SPLITS}
    if path.name == "his.npz" and all((folder / name).is_file() for name in _LARGEST_INDEX):
        lasts = [read_header(folder / name).load().reshape(-1) for name in _LARGEST_INDEX]
        return _windows_of_last_steps(lasts, steps)
    return None


def _windows_of_last_steps(
    lasts: Sequence[NDArray[Any]], steps: int
) -> dict[str, NDArray[np.int64]] | None:
    """Return windows (n, 3) of the last steps of their inputs, as LargeST's.

    The first window begins at the first step, and the last one ends at the last of `steps`.
    """
    if any(last.dtype.kind not in "iu" or not len(last) for last in lasts):
        return None
    before = min(int(last.min()) for last in lasts) + 1
    after = steps - 1 - max(int(last.max()) for last in lasts)
    if before < 1 or after < 1:
        return None
    reach = np.array([1 - before, 1, 1 + after])
    numbers = (last.astype(np.int64) for last in lasts)
    return {s: last[:, None] + reach for s, last in zip(SPLITS, numbers, strict=True)}


def _labels(settings: FolderSettings) -> dict[str, Any]:
    """Return the keys of a ``dataset.json``."""
    labels = dict(settings.labels)
    if settings.start is not None:
        labels["start"] = settings.start.isoformat()
    if settings.steps_per_day is not None:
        labels["step_minutes"] = dt.timedelta(days=1) / dt.timedelta(minutes=settings.steps_per_day)
    if settings.first_weekday is not None:
        labels["first_day_of_week"] = DAY_NAMES[settings.first_weekday]
    return labels
