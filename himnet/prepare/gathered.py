"""Columns that a file stores one by one, or as fields of records, as steps by sensors."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.stored_moments import moments_of, moments_of_texts, unit_of
from himnet.errors import DataError
from himnet.prepare.slices import as_float32, rows_held
from himnet.prepare.stored_array import Stored

TIME_NAME = re.compile(r"(date|time|stamp|moment|^index$|^t$)", re.IGNORECASE)
SENSOR_NAME = re.compile(
    r"(^ids?$|sensor|station|node|column|detector|link|segment)", re.IGNORECASE
)
_WIDTH = np.dtype(np.float32).itemsize


@dataclass(frozen=True)
class Gathered:
    """Arrays (T,) of N sensors side by side; they are copied to a temporary file to be walked.

    Attributes:
        name: of the file, for messages.
        columns: N arrays of one length.
    """

    name: str
    columns: Sequence[Stored]

    @property
    def shape(self) -> tuple[int, ...]:
        """Steps and sensors."""
        return self.columns[0].shape[0], len(self.columns)

    @property
    def dtype(self) -> np.dtype[Any]:
        """All are read as float32."""
        return np.dtype(np.float32)

    def walk(self, axis: int, step: int) -> Iterator[NDArray[Any]]:
        """Yield consecutive slices of at most `step` along an axis, which comes first."""
        steps, sensors = self.shape
        free = shutil.disk_usage(tempfile.gettempdir()).free
        if steps * sensors * _WIDTH > free:
            raise DataError(
                f"{self.name} stores each sensor by itself; putting them together needs "
                f"{steps * sensors * _WIDTH / 1e9:,.1f} GB in {tempfile.gettempdir()}, which has "
                f"{free / 1e9:,.1f}"
            )
        with tempfile.TemporaryFile() as file:
            for column in self.columns:
                for part in column.walk(0, rows_held(1)):
                    file.write(as_float32(part).tobytes())
            file.flush()
            whole = np.memmap(file, np.float32, "r", 0, (sensors, steps)).T
            moved = np.moveaxis(whole, axis, 0)
            for start in range(0, self.shape[axis], step):
                yield np.array(moved[start : start + step])


@dataclass(frozen=True)
class Records:
    """Some fields of an array (T,) of records, side by side.

    Attributes:
        array: of records.
        fields: names of N of its fields, all numbers.
    """

    array: Stored
    fields: tuple[str, ...]

    @property
    def name(self) -> str:
        """The name of the array."""
        return self.array.name

    @property
    def shape(self) -> tuple[int, ...]:
        """Steps and fields."""
        return self.array.shape[0], len(self.fields)

    @property
    def dtype(self) -> np.dtype[Any]:
        """All are read as float64."""
        return np.dtype(np.float64)

    def walk(self, axis: int, step: int) -> Iterator[NDArray[Any]]:
        """Yield consecutive slices of at most `step` records; time is always the first axis."""
        for records in self.array.walk(0, step):
            yield np.stack([records[name].astype(np.float64) for name in self.fields], axis=1)


def is_records(array: Stored) -> bool:
    """Whether an array has a record per step, with at least one field that is a number."""
    return len(array.shape) == 1 and array.shape[0] > 0 and bool(_plain_fields(array.dtype))


def of_records(array: Stored, where: str) -> tuple[Records, NDArray[np.datetime64] | None]:
    """Return the fields of records that are sensors, and the moments (T,) of another, or None.

    Raises:
        DataError: for records that seem to be single readings, or have no sensors.
    """
    names = array.dtype.names or ()
    timed = next((n for n in names if array.dtype[n].kind == "M" or TIME_NAME.search(n)), None)
    fields = tuple(name for name in _plain_fields(array.dtype) if name != timed)
    listed = texts.clipped(", ".join(names))
    if len(names) < 5 and any(SENSOR_NAME.search(name) for name in names):
        raise DataError(
            f"{where} has records of {listed}, so it seems to have one per time and sensor; save "
            f"it as CSV or Parquet, or with a column per sensor"
        )
    if not fields:
        raise DataError(f"{where} has records of {listed}, of which none is a sensor's reading")
    if timed is None:
        return Records(array, fields), None
    cells = [part[timed] for part in array.walk(0, rows_held(len(names)))]
    return Records(array, fields), moments_of_cells(np.concatenate(cells))


def moments_of_cells(cells: NDArray[Any]) -> NDArray[np.datetime64] | None:
    """Return moments (T,) of texts or of numbers since 1970; None if they are neither.

    Raises:
        DataError: for texts or numbers that begin as moments but are not.
    """
    kind = cells.dtype.kind
    if kind == "M":
        return cells.astype("datetime64[s]")
    if kind in "SUO":  # O: texts of any length
        return moments_of_texts(cells)[0]
    unit = unit_of(cells[0].item()) if kind in "iuf" and len(cells) else None
    return None if unit is None else moments_of(cells, unit)


def _plain_fields(dtype: np.dtype[Any]) -> tuple[str, ...]:
    """Return the names of the fields that are single numbers."""
    names = dtype.names or ()
    return tuple(name for name in names if dtype[name].kind in "biuf" and not dtype[name].shape)
