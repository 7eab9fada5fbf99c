"""Plain arrays in HDF5 files, with moments and sensor ids in other arrays beside them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.hdf5 import (
    Nodes,
    attribute,
    check_dataset,
    labels_of,
    opened,
    text_attribute,
)
from himnet.data.stored_moments import moments_of
from himnet.errors import DataError
from himnet.limits import MAX_SENSORS
from himnet.prepare.channels import chosen, told_choice
from himnet.prepare.gathered import (
    SENSOR_NAME,
    TIME_NAME,
    Gathered,
    is_records,
    moments_of_cells,
    of_records,
)
from himnet.prepare.options import Options
from himnet.prepare.sensor_list import count_listed
from himnet.prepare.source import Source
from himnet.prepare.stored_array import Beside, array_source, is_readings

if TYPE_CHECKING:
    import h5py

_USUAL = ("data", "readings", "values", "speed", "df", "t", "x")
_SINCE = re.compile(
    r"(second|minute|hour|day)s? since (\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?)?)"
)
_SECONDS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400}
_NO_VARIABLE = "This is a netCDF dimension but not"
_MATLAB_ZERO = np.datetime64("0000-01-01", "s") - np.timedelta64(1, "D")
_DATENUMS = (693_962, 767_011)  # of the years 1900 to 2099
_MOST_STEPS = 2**27  # of moments that are held


@dataclass(frozen=True)
class Hdf5Array:
    """A dataset of an HDF5 file, opened again for each walk.

    Attributes:
        path: of the file.
        key: of the dataset.
        shape, dtype: of the array.
        chunks: sizes of what is unpacked at once, or None.
        packing: of NetCDF: factor and offset of stored numbers.
        fills: numbers that stand for missing readings.
    """

    path: Path
    key: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    chunks: tuple[int, ...] | None
    packing: tuple[float, float] = (1.0, 0.0)
    fills: tuple[float, ...] = ()

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
                yield np.moveaxis(self._unpacked(values), axis, 0)

    def _unpacked(self, values: NDArray[Any]) -> NDArray[Any]:
        """Return readings as the file's attributes say that they are."""
        if not self.fills and self.packing == (1.0, 0.0):
            return values
        factor, offset = self.packing
        readings = values.astype(np.float64) * factor + offset
        for fill in self.fills:
            readings[values == np.asarray(fill).astype(values.dtype)] = np.nan
        return readings


def open_arrays_in(path: Path, nodes: Nodes, options: Options) -> Source:
    """Open the array of readings in an opened file.

    Raises:
        DataError: if there is none, or several that could be it.
    """
    arrays = {
        key: _array(path, key, dataset)
        for key, dataset in nodes.datasets.items()
        if not text_attribute(dataset, "NAME").startswith(_NO_VARIABLE)
    }
    fitting = {key: array for key, array in arrays.items() if is_readings(array)}
    fitting = {key: array for key, array in fitting.items() if 1 not in array.shape[:2]} or fitting
    if not fitting:
        return _open_columns(path, nodes, arrays, options)
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
    """Return an array, with what attributes of NetCDF say about its numbers."""
    shape, dtype = dataset.shape or (), dataset.dtype
    if dtype.kind not in "iuf":
        return Hdf5Array(path, key, shape, dtype, dataset.chunks)
    numbers = {
        name: value
        for name in ("scale_factor", "add_offset", "_FillValue", "missing_value")
        if isinstance(value := attribute(dataset, name), int | float)
    }
    packing = numbers.pop("scale_factor", 1.0), numbers.pop("add_offset", 0.0)
    return Hdf5Array(path, key, shape, dtype, dataset.chunks, packing, tuple(numbers.values()))


def _open_columns(
    path: Path, nodes: Nodes, arrays: Mapping[str, Hdf5Array], options: Options
) -> Source:
    """Open a dataset of records, or datasets (T,) of one sensor each.

    Raises:
        DataError: if there are none.
    """
    records = [key for key, array in arrays.items() if is_records(array)]
    if options.sheet is not None:
        records = [key for key in records if key.strip("/") == options.sheet.strip("/")]
    if len(records) == 1:
        check_dataset(nodes.datasets[records[0]])
        found, moments = of_records(arrays[records[0]], str(path))
        kind = f"records (HDF5, {texts.clipped(records[0].strip('/'), 60)})"
        return array_source(
            found, Beside(str(path), kind, moments, options.start, found.fields), None
        )
    columns = {
        key: array
        for key, array in arrays.items()
        if len(array.shape) == 1 and array.dtype.kind in "biuf" and not TIME_NAME.search(array.name)
    }
    if len(columns) < 2 or len({array.shape for array in columns.values()}) != 1:
        raise DataError(_nothing(path, nodes))
    for key in columns:
        check_dataset(nodes.datasets[key])
    moments = _moments(nodes, next(iter(columns)), next(iter(columns.values())).shape)
    ids = tuple(array.name for array in columns.values())
    whole = Gathered(path.name, list(columns.values()))
    kind = f"{len(columns)} arrays (HDF5) of one sensor each"
    return array_source(whole, Beside(str(path), kind, moments, options.start, ids), None)


def _picked(
    path: Path, nodes: Nodes, fitting: Mapping[str, Hdf5Array], options: Options
) -> tuple[str, tuple[str, ...], bool]:
    """Return the key of the readings, notes, and whether the key names a channel.

    Raises:
        DataError: if there is none, or several that could be it.
    """
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
        if name != key and dataset.size in shape[:2] and dataset.size in dataset.shape
    ]
    return sorted(found, key=lambda pair: pair[0] not in scales)


def _moments(nodes: Nodes, key: str, shape: tuple[int, ...]) -> NDArray[np.datetime64] | None:
    """Return the moments of the steps, from a dataset of texts or numbers, or None."""
    for name, dataset in _beside(nodes, key, shape):
        if not TIME_NAME.search(name.rpartition("/")[2]) or dataset.size > _MOST_STEPS:
            continue
        check_dataset(dataset)
        if dataset.dtype.kind not in "iufSU" and not _is_text(dataset):
            continue
        cells = np.asarray(dataset[...]).ravel()  # MATLAB has no arrays of one axis
        if attribute(dataset, "MATLAB_class") is not None and _are_datenums(cells):
            return _MATLAB_ZERO + np.round(cells.astype(np.float64) * 86_400).astype("m8[s]")
        since = _SINCE.match(text_attribute(dataset, "units"))
        if since and cells.dtype.kind in "iuf":
            first = np.datetime64(since[2].replace(" ", "T"), "s")
            seconds = moments_of(np.round(cells * float(_SECONDS[since[1]])), "s")
            return first + (seconds - np.datetime64(0, "s"))
        moments = moments_of_cells(cells)
        if moments is not None:
            return moments
    return None


def _are_datenums(cells: NDArray[Any]) -> bool:
    """Whether numbers are plausible days as MATLAB counts them."""
    low, high = _DATENUMS
    return cells.dtype.kind in "iuf" and bool(((cells > low) & (cells < high)).all())


def _ids(nodes: Nodes, key: str, shape: tuple[int, ...]) -> tuple[str, ...] | None:
    """Return the sensors' ids, from a dataset of texts or whole numbers, or None."""
    for name, dataset in _beside(nodes, key, shape):
        last = name.rpartition("/")[2]
        if not SENSOR_NAME.search(last) or dataset.size > MAX_SENSORS:
            continue
        check_dataset(dataset)
        if dataset.dtype.kind in "iuSU" or _is_text(dataset):
            return labels_of(np.asarray(dataset[...]).ravel())
    return None


def _is_text(dataset: h5py.Dataset) -> bool:
    """Whether a dataset has texts of any length, which are no objects."""
    import h5py

    return h5py.check_string_dtype(dataset.dtype) is not None
