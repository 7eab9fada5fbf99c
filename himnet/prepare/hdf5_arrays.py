"""Plain arrays in HDF5 files, with moments and sensor ids in other arrays beside them."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.hdf5 import Nodes, check_dataset, labels_of, opened, text_attribute
from himnet.data.stored_moments import moments_of, moments_of_texts, unit_of
from himnet.errors import DataError
from himnet.limits import MAX_SENSORS
from himnet.prepare.channels import chosen, told_choice
from himnet.prepare.options import Options
from himnet.prepare.sensor_list import count_listed
from himnet.prepare.source import Source
from himnet.prepare.stored_array import Beside, array_source, is_readings

if TYPE_CHECKING:
    import h5py

_USUAL = ("data", "readings", "values", "speed", "df", "t", "x")
_TIMES = re.compile(r"(date|time|stamp|moment|^index$|^t$)", re.IGNORECASE)
_IDS = re.compile(r"(^ids?$|sensor|station|node|column|detector|link|segment)", re.IGNORECASE)
_SINCE = re.compile(
    r"(second|minute|hour|day)s? since (\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?)"
)
_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_MOST_STEPS = 2**27  # of moments that are held


@dataclass(frozen=True)
class Hdf5Array:
    """A dataset of an HDF5 file, opened again for each walk.

    Attributes:
        path: of the file.
        key: of the dataset.
        shape, dtype: of the array.
        chunks: sizes of what is unpacked at once, or None.
    """

    path: Path
    key: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunks: tuple[int, ...] | None

    @property
    def name(self) -> str:
        """The last part of its key."""
        return self.key.rpartition("/")[2]

    def walk(self, axis: int, step: int) -> Iterator[NDArray[Any]]:
        """Yield consecutive slices of at most about `step` along axis 0 or 1, which comes first."""
        chunk = self.chunks[axis] if self.chunks else 1
        held = max(step // chunk * chunk, min(chunk, 16 * step))
        with opened(self.path) as file:
            dataset = file[self.key]
            for start in range(0, self.shape[axis], held):
                stop = min(start + held, self.shape[axis])
                values = np.asarray(dataset[start:stop] if not axis else dataset[:, start:stop])
                yield np.moveaxis(values, axis, 0)


def open_arrays_in(path: Path, nodes: Nodes, options: Options) -> Source:
    """Open the array of readings in an opened file.

    Raises:
        DataError: if there is none, or several that could be it.
    """
    fitting = {key: _array(path, key, dataset) for key, dataset in nodes.datasets.items()}
    fitting = {key: array for key, array in fitting.items() if is_readings(array)}
    key, notes, by_name = _picked(path, nodes, fitting, options)
    array = fitting[key]
    check_dataset(nodes.datasets[key])
    beside = Beside(
        where=str(path),
        kind=f"an array (HDF5, {texts.clipped(key.strip('/'), 60)}) of shape {array.shape}",
        moments=_moments(nodes, key, array.shape),
        ids=_ids(nodes, key, array.shape),
        sensors=count_listed(options.sensors),
        start=options.start,
        labels={"quantity": array.name} if by_name else {},
        notes=notes,
    )
    return array_source(array, beside, None if by_name else options.channel)


def _array(path: Path, key: str, dataset: h5py.Dataset) -> Hdf5Array:
    return Hdf5Array(path, key, dataset.shape or (), dataset.dtype, dataset.chunks)


def _picked(
    path: Path, nodes: Nodes, fitting: Mapping[str, Hdf5Array], options: Options
) -> tuple[str, tuple[str, ...], bool]:
    """Return the key of the readings, notes, and whether the key names a channel.

    Raises:
        DataError: if there is none, or several that could be it.
    """
    if not fitting:
        raise DataError(_nothing(path, nodes))
    by_name = {array.name: key for key, array in fitting.items()}
    for wanted in (options.sheet, options.channel):
        if wanted is not None and (key := _of_name(wanted, fitting, by_name)):
            return key, (), wanted == options.channel and wanted != options.sheet
    likely = [key for key, array in fitting.items() if array.shape[0] != array.shape[1]]
    if len(likely) == 1 or len(fitting) == 1:
        return (likely or list(fitting))[0], (), False
    usual = next((by_name[name] for name in _USUAL if name in by_name), None)
    shapes = {fitting[key].shape for key in likely}
    if len(shapes) == 1 and options.sheet is None:
        names = [fitting[key].name for key in likely]
        position = chosen(names, options.channel, str(path))
        return likely[position], told_choice(names, position, options.channel), True
    if usual is not None and options.sheet is None:
        return usual, (), False
    listed = ", ".join(f"{key.strip('/')} {array.shape}" for key, array in fitting.items())
    raise DataError(
        f"{path} has several arrays of numbers: {texts.clipped(listed, 300)}; choose one with "
        f"--sheet KEY"
    )


def _of_name(
    wanted: str, fitting: Mapping[str, Hdf5Array], by_name: Mapping[str, str]
) -> str | None:
    key = f"/{wanted.strip('/')}"
    return key if key in fitting else by_name.get(wanted)


def _nothing(path: Path, nodes: Nodes) -> str:
    """Return what is wrong with a file that has no readings."""
    if nodes.elsewhere:
        listed = texts.clipped(", ".join(nodes.elsewhere))
        return (
            f"{path} has no readings of its own: {listed} are links, which are not followed, as "
            f"they may lead to other files; save the readings in this file"
        )
    listed = ", ".join(f"{key.strip('/')} {d.dtype} {d.shape}" for key, d in nodes.datasets.items())
    return (
        f"{path} has no table of pandas and no array of numbers of shape (steps, sensors) or "
        f"(steps, sensors, channels): it has {texts.clipped(listed, 300) or 'nothing'}"
    )


def _beside(nodes: Nodes, key: str, shape: Sequence[int]) -> list[tuple[str, h5py.Dataset]]:
    """Return datasets (T,) or (N,), those that are scales of the readings' axes first."""
    own = nodes.datasets[key]
    scales = {scale.name for axis in own.dims for scale in axis.values()}
    found = [
        (name, dataset)
        for name, dataset in nodes.datasets.items()
        if dataset.ndim == 1 and len(dataset) in shape[:2] and name != key
    ]
    return sorted(found, key=lambda pair: pair[0] not in scales)


def _moments(nodes: Nodes, key: str, shape: tuple[int, ...]) -> NDArray[np.datetime64] | None:
    """Return the moments of the steps, from a dataset of texts or numbers, or None."""
    for name, dataset in _beside(nodes, key, shape):
        if not _TIMES.search(name.rpartition("/")[2]) or len(dataset) > _MOST_STEPS:
            continue
        check_dataset(dataset)
        kind = dataset.dtype.kind
        if kind in "SU" or _is_text(dataset):
            return moments_of_texts(np.asarray(_as_texts(dataset)))[0]
        if kind not in "iuf":
            continue
        numbers = np.asarray(dataset[:])
        since = _SINCE.match(text_attribute(dataset, "units"))
        if since:
            first = np.datetime64(since[2].replace(" ", "T"), "s")
            seconds = moments_of(numbers * float(_SECONDS[since[1]]), "s")
            return first + (seconds - np.datetime64(0, "s"))
        unit = unit_of(numbers[0].item())
        if unit is not None:
            return moments_of(numbers, unit)
    return None


def _ids(nodes: Nodes, key: str, shape: tuple[int, ...]) -> tuple[str, ...] | None:
    """Return the sensors' ids, from a dataset of texts or whole numbers, or None."""
    for name, dataset in _beside(nodes, key, shape):
        last = name.rpartition("/")[2]
        if not _IDS.search(last) or len(dataset) > MAX_SENSORS:
            continue
        check_dataset(dataset)
        if dataset.dtype.kind in "iuSU":
            return labels_of(dataset[:])
        if _is_text(dataset):
            return labels_of(np.asarray(_as_texts(dataset)))
    return None


def _is_text(dataset: h5py.Dataset) -> bool:
    """Whether a dataset has texts of any length, which are no objects."""
    import h5py

    return h5py.check_string_dtype(dataset.dtype) is not None


def _as_texts(dataset: h5py.Dataset) -> NDArray[Any]:
    """Return texts, at most as many bytes as are sensible for moments or ids."""
    if math.prod(dataset.shape) > _MOST_STEPS:
        raise DataError(f"{dataset.file.filename} has too many texts in {dataset.name}")
    return np.asarray(dataset[:])
