"""Readers of the published layouts; each returns readings and what calendar the file has."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import lzma
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import numpy as np
from numpy.typing import NDArray

from himnet.errors import DataError

CSV_ENDINGS = (".csv", ".csv.xz", ".csv.gz")


@dataclass(frozen=True)
class Series:
    """What one file holds.

    Attributes:
        values: (T, N), NaN or the missing value where there is no reading.
        ids: N sensor ids, or None where the layout has none.
        start: ISO moment of the first reading, or None where the layout has none.
        steps_per_day: readings a day, or None where the layout does not tell.
        tod: (T,) time of day as a fraction of a day, or None where the layout has none.
        dow: (T,) day of week, as stored, or None.
    """

    values: NDArray[np.floating]
    ids: tuple[str, ...] | None = None
    start: str | None = None
    steps_per_day: int | None = None
    tod: NDArray[np.floating] | None = None
    dow: NDArray[np.floating] | None = None


def read_csv(path: Path) -> Series:
    """Read the published CSV, plain or compressed: timestamps, then one column for each sensor.

    Raises:
        DataError: for a file that is not such a table.
    """
    try:
        with _open_text(path) as lines:
            ids = tuple(lines.readline().rstrip("\r\n").split(",")[1:])
            body = lines.read()
    except (OSError, EOFError, lzma.LZMAError, UnicodeDecodeError) as error:
        raise _unreadable(path, error) from error
    try:
        stamps = [line[: line.index(",")] for line in body.splitlines()]
        columns = range(1, len(ids) + 1)
        values = np.loadtxt(
            io.StringIO(body), delimiter=",", usecols=columns, dtype=np.float64, ndmin=2
        )
        moments = np.array(stamps, dtype="datetime64[s]")
    except ValueError as error:
        raise _unreadable(path, error) from error
    start, steps_per_day = _regular_clock(path, moments)
    return Series(values, ids, start, steps_per_day)


def read_h5(path: Path) -> Series:
    """Read DCRNN's layout, a pandas "fixed" HDF5 file with one block of values.

    Raises:
        DataError: for a file that is not such a table.
    """
    import h5py

    try:
        with h5py.File(path, "r") as file:
            frame = file["df"]
            ids = tuple(_text(name) for name in frame["axis0"][:])
            moments = frame["axis1"][:].astype("datetime64[ns]").astype("datetime64[s]")
            block = tuple(_text(name) for name in frame["block0_items"][:])
            values = frame["block0_values"][:]
    except (OSError, KeyError, ValueError, TypeError, AttributeError) as error:
        raise _unreadable(path, error) from error
    if sorted(block) != sorted(ids) or values.shape != (len(moments), len(ids)):
        raise DataError(f"{path} holds several blocks or columns that do not match its axes")
    order = [block.index(name) for name in ids]
    start, steps_per_day = _regular_clock(path, moments)
    return Series(values[:, order], ids, start, steps_per_day)


def read_npz(path: Path) -> Series:
    """Read ``data.npz``: array "data" (T, N, C >= 3) = reading, time of day, day of week.

    Raises:
        DataError: for a file that is not such an archive, or calendars that differ by sensor.
    """
    data = load_archive(path, ("data",))["data"]
    if data.ndim != 3 or data.shape[2] < 3 or not np.issubdtype(data.dtype, np.floating):
        raise DataError(
            f"'data' in {path} is {data.dtype} of shape {data.shape}; it must be floats "
            f"(steps, sensors, 3): reading, time of day, day of week"
        )
    calendar = data[:, :, 1:3]
    if not np.array_equal(calendar, np.broadcast_to(calendar[:, :1], calendar.shape)):
        raise DataError(f"the time of day or day of week in {path} differs between sensors")
    return Series(data[..., 0], tod=data[:, 0, 1], dow=data[:, 0, 2])


def load_archive(path: Path, names: tuple[str, ...]) -> dict[str, NDArray[np.generic]]:
    """Return the named arrays of an ``.npz`` file; never unpickles anything.

    Raises:
        DataError: for a missing or damaged file or array.
    """
    try:
        with np.load(path, allow_pickle=False) as archive:
            return {name: archive[name] for name in names}
    except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise _unreadable(path, error) from error


def time_of_day_index(tod: NDArray[np.floating], steps_per_day: int) -> NDArray[np.int64]:
    """Return round(tod * steps_per_day) % steps_per_day for (T,) fractions of a day.

    Rounding, not truncation: k * (1 / 288) falls below k / 288 for some k.

    Raises:
        DataError: for a fraction outside [0, 1) or one that is no multiple of a step.
    """
    exact = tod.astype(np.float64) * steps_per_day
    bad = np.flatnonzero(~((tod >= 0) & (tod < 1)))
    if len(bad):
        raise DataError(
            f"the time of day of step {bad[0]} is {tod[bad[0]]:g}; it must be a fraction of a day "
            f"in [0, 1)"
        )
    bad = np.flatnonzero(np.abs(exact - np.round(exact)) > 0.05)
    if len(bad):
        raise DataError(
            f"the time of day of step {bad[0]} is {tod[bad[0]]:g}, which is no multiple of a "
            f'1/{steps_per_day} day; set "step_minutes" in dataset.json'
        )
    return np.round(exact).astype(np.int64) % steps_per_day


def day_of_week(dow: NDArray[np.floating]) -> NDArray[np.int64]:
    """Return (T,) days of the week as integers 0 to 6.

    Raises:
        DataError: for fractions (one known layout stores day / 7) and numbers outside 0 to 6.
    """
    bad = np.flatnonzero(~((dow >= 0) & (dow <= 6) & (dow == np.round(dow))))
    if len(bad):
        raise DataError(
            f"the day of week of step {bad[0]} is {dow[bad[0]]:g}; it must be a whole number from "
            f"0 to 6 (multiply by 7 where it is stored as a fraction)"
        )
    return dow.astype(np.int64)


def _open_text(path: Path) -> IO[str]:
    if path.suffix == ".xz":
        return lzma.open(path, "rt", encoding="utf-8")
    if path.suffix == ".gz":
        return gzip.open(path, "rt", encoding="utf-8")
    return path.open(encoding="utf-8")


def _text(name: object) -> str:
    return name.decode() if isinstance(name, bytes) else str(name)


def _regular_clock(path: Path, moments: NDArray[np.datetime64]) -> tuple[str, int]:
    """Return the start and the steps per day of moments that are equally far apart."""
    if len(moments) < 2:
        raise DataError(f"{path} holds {len(moments)} readings for each sensor; that is too few")
    gaps = np.diff(moments).astype(int)
    bad = np.flatnonzero(gaps != gaps[0])
    if len(bad) or gaps[0] <= 0 or 86_400 % gaps[0]:
        where = moments[bad[0] + 1] if len(bad) else moments[1]
        raise DataError(
            f"the timestamps of {path} are not equally far apart at {where}; every step must "
            f"follow the one before by the same part of a day"
        )
    start = moments[0].astype(dt.datetime)
    return start.isoformat(), 86_400 // int(gaps[0])


def _unreadable(path: Path, error: Exception) -> DataError:
    reason = str(error).splitlines()[0] if str(error) else type(error).__name__
    return DataError(f"{path} cannot be read ({reason}); get the file again")
