"""Readers of the published file layouts; each returns the readings and the file's calendar."""

from __future__ import annotations

import gzip
import io
import lzma
import re
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.frames import frame_keys, read_frame
from himnet.data.hdf5 import nodes_of, opened
from himnet.errors import DataError

_ZONE = re.compile(r"(?<=:\d\d)(?:Z|[+-]\d\d(?::?\d\d)?)$")
_EMPTY_CELL = re.compile(r",[ \t]*(?=,|\r?\n|\Z)")


@dataclass(frozen=True)
class DayColumns:
    """Time of day (T,) as a fraction of a day and day of the week (T,), both as stored."""

    tod: NDArray[np.floating]
    dow: NDArray[np.floating]


@dataclass(frozen=True)
class Series:
    """The content of one file.

    Attributes:
        values: (T, N), NaN or the missing value for missing readings.
        clock: (T,) datetime64[s] moments, or the two columns if the layout has no dates.
        ids: N sensor ids, or None if the layout has none.
    """

    values: NDArray[np.floating]
    clock: NDArray[np.datetime64] | DayColumns
    ids: tuple[str, ...] | None = None


def read_csv(path: Path) -> Series:
    """Read the published CSV, plain, ``.xz`` or ``.gz``: a timestamp, then one column per sensor.

    An empty cell is a missing reading. Of a timestamp with an offset from UTC, the local clock is
    kept, which is what time of day and day of the week mean.

    Raises:
        DataError: for a file that is not such a table.
    """
    try:
        with _open_text(path) as lines:
            ids = tuple(name.strip() for name in lines.readline().split(",")[1:])
            body = lines.read()
    except (OSError, EOFError, lzma.LZMAError, zlib.error, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    if not ids or not body.strip():
        raise DataError(
            f"{path} contains no readings; its first line must name the sensors, and each other "
            f"line must have a timestamp and one reading per sensor"
        )
    try:
        stamps = [_ZONE.sub("", line[: line.find(",")]) for line in body.splitlines() if line]
        moments = np.array(stamps, dtype="datetime64[s]")
        values = _numbers(body, len(ids))
    except ValueError as error:
        raise _unreadable(path, error) from error
    return Series(values, moments, ids)


def read_h5(path: Path) -> Series:
    """Read the table of an HDF5 file that pandas wrote, such as DCRNN's ("fixed", key "df").

    Raises:
        DataError: for a file without such a table, or with several.
    """
    with opened(path) as file:
        nodes = nodes_of(file)
        keys = frame_keys(nodes)
        if len(keys) != 1:
            found = texts.clipped(", ".join(keys) or "none")
            raise DataError(
                f"{path} cannot be read: it must have one table of pandas, but it has {found}; "
                f"{how_to_prepare(path)}"
            )
        frame = read_frame(nodes, keys[0])
        moments = frame.index.moments(0, frame.length)
        if moments is None or frame.left_out:
            raise DataError(
                f"{path} must have a timestamp and one number per sensor in each row; "
                f"{how_to_prepare(path)}"
            )
        ids = None if frame.numbered else tuple(" ".join(label) for label in frame.labels)
        return Series(frame.rows(0, frame.length), moments, ids)


def read_npz(path: Path) -> Series:
    """Read ``data.npz``: array "data" (T, N, C >= 3) = reading, time of day, day of week.

    Raises:
        DataError: for a file that is not such an archive, or calendars that differ by sensor.
    """
    data = load_archive(path, ("data",))["data"]
    if data.ndim != 3 or data.shape[2] < 3 or 0 in data.shape or data.dtype.kind != "f":
        raise DataError(
            f"'data' in {path} is {data.dtype} of shape {data.shape}; it must be floats "
            f"(steps, sensors, 3): reading, time of day in [0, 1), day of week 0-6"
        )
    tod, dow = data[:, 0, 1], data[:, 0, 2]
    for name, column, channel in (("time of day", tod, 1), ("day of week", dow, 2)):
        known = ~np.isnan(column)[:, None]  # the calendar reports what is wrong with the others
        differs = np.argwhere((data[:, :, channel] != column[:, None]) & known)
        if len(differs):
            step, sensor = differs[0]
            raise DataError(
                f"the {name} of step {step} in {path} is {column[step]:g} for the first sensor but "
                f"{data[step, sensor, channel]:g} for sensor {sensor}; it must be the same for all"
            )
    return Series(data[..., 0], DayColumns(tod, dow))


def load_archive(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[Any]]:
    """Return the named arrays of an ``.npz`` file; never unpickles anything.

    Raises:
        DataError: for a missing or damaged file or array.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            found = [name[:-4] for name in archive.namelist() if name.endswith(".npy")]
            missing = [name for name in names if name not in found]
            if not missing:
                return {name: _array(archive, name) for name in names}
    except Exception as error:  # a damaged zip, header or body raises many kinds of errors
        raise _unreadable(path, error) from error
    raise DataError(
        f"{path} has no array '{missing[0]}' (it has {', '.join(found) or 'none'}); "
        f"it needs {', '.join(names)}"
    )


def _array(archive: zipfile.ZipFile, name: str) -> NDArray[Any]:
    with archive.open(f"{name}.npy") as file:
        array: NDArray[Any] = np.lib.format.read_array(file, allow_pickle=False)
    return array


def _numbers(body: str, columns: int) -> NDArray[np.float64]:
    """Return the readings (T, N) of comma-separated lines that start with a timestamp."""
    kept = range(1, columns + 1)
    try:
        return np.loadtxt(io.StringIO(body), delimiter=",", usecols=kept, ndmin=2)
    except ValueError:  # perhaps an empty cell, which the reader does not support
        filled = _EMPTY_CELL.sub(",nan", body)
        return np.loadtxt(io.StringIO(filled), delimiter=",", usecols=kept, ndmin=2)


def _open_text(path: Path) -> IO[str]:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8-sig")
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8-sig")
    return path.open(encoding="utf-8-sig")


def how_to_prepare(source: Path) -> str:
    """Return a clause with the command that makes a data set of a file or folder."""
    out = source.with_name(f"{source.name.partition('.')[0] or source.resolve().name}-dataset")
    words = (texts.operand(source), "--out", texts.operand(out))
    return (
        f"make a data set of it with: {texts.command('python', '-m', 'himnet', 'prepare', *words)}"
    )


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return DataError(f"{path} cannot be read ({reason.rstrip('.')}); check it or download it again")
