"""Files of the PeMS Clearinghouse: five-minute and hourly readings of Caltrans' stations.

A file holds a day (or month) of one district, ``d07_text_station_5min_2025_10_01.txt.gz``; a
metadata file, ``d07_text_meta_2023_12_22.txt``, says where the stations are. Files may be renamed:
they are recognised by their first line.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.errors import DataError
from himnet.limits import MAX_SENSORS
from himnet.prepare.channels import chosen, told_choice
from himnet.prepare.options import Options
from himnet.prepare.packages import needed
from himnet.prepare.packed import Unpacked
from himnet.prepare.pems_stations import Station, is_metadata, sensors_of, stations_of
from himnet.prepare.slices import as_float32, spans
from himnet.prepare.source import Block, Told
from himnet.progress import progress

if TYPE_CHECKING:
    import pandas

CHANNELS = ("speed", "flow", "occupancy")
_COLUMN = {"flow": 9, "occupancy": 10, "speed": 11}
_TIME, _STATION, _FREEWAY, _DIRECTION, _LANE_TYPE, _OBSERVED = 0, 1, 3, 4, 5, 8
_MAINLINE = "ML"
_TYPES = {
    "ML": "mainline", "HV": "carpool lanes", "OR": "on-ramps", "FR": "off-ramps",
    "FF": "connectors", "CD": "collectors", "CH": "conventional highways",
}  # fmt: skip
_FIRST_LINE = re.compile(
    rb"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d,\d+,\d+,\d+,[NSEW],[A-Z]{2},[^,\n]*,\d*,[\d.]*,"
)
_NAME = re.compile(r"d\d\d_text_station_(5min|hour|day|raw)_", re.IGNORECASE)
_WANTED = ("5min", "hour")
_ROWS_READ = 500_000
_MOST_ROWS = 50_000_000  # of all files of one day
_LONGEST_LINE = 1_000_000


def is_pems(path: Path) -> bool:
    """Whether a file is one of the Clearinghouse's, or a folder has such files."""
    if path.is_dir():
        return any(_is_readings(file) for file in sorted(path.iterdir()) if file.is_file())
    return path.is_file() and (_is_readings(path) or is_metadata(path))


def open_pems(paths: Sequence[Path], options: Options) -> PemsSource:
    """Open days and districts as one series, with the places of a metadata file among them.

    Raises:
        DataError: for files of another kind (30 seconds, days), damaged files, or a channel that
            they do not have.
    """
    given = [f for p in paths for f in (sorted(p.iterdir()) if p.is_dir() else [p]) if f.is_file()]
    metadata = [file for file in given if is_metadata(file)]
    files = [file for file in given if file not in metadata and _is_readings(file)]
    others = [file for file in paths if file.is_file() and file not in (*metadata, *files)]
    if others or not files:
        odd = texts.clipped(others[0] if others else paths[0], 200)
        raise DataError(
            f"{odd} has no readings of the PeMS Clearinghouse; give station_5min or station_hour "
            f"files, plain or gzip, and the metadata file of their district"
        )
    position = chosen(CHANNELS, options.channel, str(files[0]))
    catalogue = _catalogue(files)
    kept, lanes = _of_lane_type(catalogue)
    sensors, placed = sensors_of(kept, stations_of(metadata))
    channel = CHANNELS[position]
    imputed = sum(station.imputed for station in kept.values())
    rows = sum(station.rows for station in kept.values())
    told = Told(
        kind=f"{len(files)} file(s) of the PeMS Clearinghouse",
        sensors=sensors,
        labels={
            "quantity": channel,
            "unit": _unit(channel, files[0]),
            "source": "Caltrans Performance Measurement System (PeMS)",
        },
        notes=(
            *told_choice(CHANNELS, position, options.channel),
            *lanes,
            *placed,
            *_about_imputed(imputed, rows, options),
        ),
    )
    keep = options.imputed == "keep"
    return PemsSource(_by_day(files), _COLUMN[channel], keep, told)


@dataclass
class PemsSource:
    """Days of stations as a source of readings.

    Attributes:
        days: the files that begin on the same day, in order.
        column: of the quantity in the files.
        keep: whether readings stay of which nothing was observed.
        told: see `himnet.prepare.source`.
        done: days that have been read.
    """

    days: tuple[tuple[Path, ...], ...]
    column: int
    keep: bool
    told: Told
    done: int = field(default=0, init=False)

    def share(self) -> float:
        """Return the share of the days that has been read, 0 to 1."""
        return self.done / len(self.days)

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in the order of the days; an hour that clocks repeat comes twice."""
        place = {name: position for position, name in enumerate(self.told.sensors.ids)}
        self.done = 0
        for files in self.days:
            yield from self._day(files, place)
            self.done += 1

    def _day(self, files: Sequence[Path], place: Mapping[str, int]) -> Iterator[Block]:
        pieces = [piece for file in files for piece in self._pieces(file, place)]
        seconds, sensors, values = (np.concatenate(column) for column in zip(*pieces, strict=True))
        moments, rows = _rows(seconds, sensors)
        for start, stop in spans(len(moments), len(place)):
            inside = (rows >= start) & (rows < stop)
            block = np.full((stop - start, len(place)), np.nan, dtype=np.float32)
            block[rows[inside] - start, sensors[inside]] = values[inside]
            yield Block(block, moments=moments[start:stop])

    def _pieces(
        self, file: Path, place: Mapping[str, int]
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float32]]]:
        """Yield seconds since 1970, sensors and readings, (m,) each."""
        for piece in _read(file, (_TIME, _STATION, _OBSERVED, self.column)):
            codes = np.array([place.get(name, -1) for name in _categories(piece, _STATION)])
            sensors = codes[piece[_STATION].cat.codes.to_numpy()]
            seconds = _seconds(file, _categories(piece, _TIME))[piece[_TIME].cat.codes.to_numpy()]
            values = as_float32(piece[self.column].to_numpy())
            if not self.keep:
                values = np.where(piece[_OBSERVED].to_numpy() == 0, np.float32(np.nan), values)
            known = sensors >= 0
            yield seconds[known], sensors[known], values[known]


def _rows(
    seconds: NDArray[np.int64], sensors: NDArray[np.int64]
) -> tuple[NDArray[np.datetime64], NDArray[np.int64]]:
    """Return the moments of the rows, in order of their appearance, and the row of each reading.

    The second reading of a sensor at a moment is in a second row.
    """
    pairs = np.stack([seconds, sensors], axis=1)
    order = np.lexsort((np.arange(len(seconds)), sensors, seconds))
    same = np.concatenate([[False], (np.diff(pairs[order], axis=0) == 0).all(axis=1)])
    begins = np.maximum.accumulate(np.where(same, 0, np.arange(len(order))))
    again = np.empty(len(order), dtype=np.int64)
    again[order] = np.arange(len(order)) - begins
    keys = seconds * (int(again.max(initial=0)) + 1) + again
    unique, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    appeared = np.argsort(first, kind="stable")
    rank = np.empty(len(unique), dtype=np.int64)
    rank[appeared] = np.arange(len(unique))
    return seconds[first[appeared]].astype("datetime64[s]"), rank[inverse]


def _is_readings(path: Path) -> bool:
    """Whether a file begins as the Clearinghouse's do, or is named like them."""
    named = _NAME.match(path.name)
    return bool(named) or _FIRST_LINE.match(_head(path)) is not None


def _head(path: Path) -> bytes:
    """Return the beginning of a file, plain or compressed."""
    try:
        with Unpacked(path) as file:
            return file.read(300)
    except (OSError, EOFError, ValueError, DataError):
        return b""


def _by_day(files: Sequence[Path]) -> tuple[tuple[Path, ...], ...]:
    """Return the files by the day on which they begin."""
    days: dict[str, list[Path]] = {}
    for file in files:
        month, day, year = _head(file)[:10].decode("ascii").split("/")
        days.setdefault(f"{year}-{month}-{day}", []).append(file)
    return tuple(tuple(days[day]) for day in sorted(days))


def _unit(channel: str, file: Path) -> str:
    if channel == "flow":
        named = _NAME.match(file.name)
        hourly = named is not None and named[1].casefold() == "hour"
        return "vehicles per hour" if hourly else "vehicles per 5 minutes"
    return {"speed": "mph", "occupancy": "share of time"}[channel]


def _about_imputed(imputed: int, rows: int, options: Options) -> tuple[str, ...]:
    if not imputed:
        return ()
    share = f"{imputed:,} of {rows:,} readings ({imputed / rows:.1%}) were filled in by PeMS"
    if options.imputed == "keep":
        return (f"{share} (0 % observed) and kept",)
    return (f"{share} (0 % observed); they are missing here; --imputed keep keeps them",)


# What the files have.


def _catalogue(files: Sequence[Path]) -> dict[str, Station]:
    """Return every station in the files, by its number.

    Raises:
        DataError: for a file of another kind, a damaged one, or too many stations.
    """
    found: dict[str, Station] = {}
    for file in progress(files, description="stations", unit="file"):
        named = _NAME.match(file.name)
        if (named and named[1].casefold() not in _WANTED) or not _FIRST_LINE.match(_head(file)):
            raise DataError(
                f"{file} has no readings of five minutes or hours by station; download "
                f"station_5min or station_hour files"
            )
        for piece in _read(file, (_STATION, _FREEWAY, _DIRECTION, _LANE_TYPE, _OBSERVED)):
            _count(piece, found)
        if len(found) > MAX_SENSORS:
            raise DataError(f"{file} has over {MAX_SENSORS:,} stations")
    return found


def _count(piece: pandas.DataFrame, found: dict[str, Station]) -> None:
    """Add the stations of some rows."""
    codes = piece[_STATION].cat.codes.to_numpy()
    names = _categories(piece, _STATION)
    rows = np.bincount(codes, minlength=len(names))
    imputed = np.bincount(codes[piece[_OBSERVED].to_numpy() == 0], minlength=len(names))
    first = piece.drop_duplicates(_STATION)
    for name, freeway, way, lanes in zip(
        *(first[column].astype(str) for column in (_STATION, _FREEWAY, _DIRECTION, _LANE_TYPE)),
        strict=True,
    ):
        found.setdefault(name, Station(name, freeway, way, lanes))
    for name, count, filled in zip(names, rows.tolist(), imputed.tolist(), strict=True):
        found[name].rows += count
        found[name].imputed += filled


def _of_lane_type(catalogue: Mapping[str, Station]) -> tuple[dict[str, Station], tuple[str, ...]]:
    """Return the mainline stations, or all if there are none, and what was left out."""
    kept = {name: one for name, one in catalogue.items() if one.lane_type == _MAINLINE}
    if not kept:
        return dict(catalogue), ()
    left: dict[str, int] = {}
    for station in catalogue.values():
        if station.lane_type != _MAINLINE:
            what = _TYPES.get(station.lane_type, station.lane_type)
            left[what] = left.get(what, 0) + 1
    if not left:
        return kept, ()
    listed = ", ".join(f"{count} of {texts.clipped(what, 20)}" for what, count in left.items())
    return kept, (f"stations of the mainline were taken; left out: {listed}",)


# Reading.


class _Lines(io.RawIOBase):
    """The content of a file, which ends with an error if a line has no end."""

    def __init__(self, file: Unpacked) -> None:
        super().__init__()
        self._file = file
        self._since = 0

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes."""
        count = self._file.readinto(buffer)
        last = bytes(buffer[:count]).rfind(b"\n")
        self._since = self._since + count if last < 0 else count - last
        if self._since > _LONGEST_LINE:
            raise ValueError(f"a line of over {_LONGEST_LINE:,} characters")
        return count


def _read(file: Path, columns: Sequence[int]) -> Iterator[pandas.DataFrame]:
    """Yield some columns of a file, piece by piece; texts as categories.

    Raises:
        DataError: for a damaged file, or one with more rows than a day of all stations has.
    """
    with needed("pandas", "files of PeMS"):
        import pandas
    texts_of = (_TIME, _STATION, _FREEWAY, _DIRECTION, _LANE_TYPE)
    types: dict[int, Any] = {
        column: "category" if column in texts_of else np.float64 for column in columns
    }
    rows = 0
    try:
        with Unpacked(file) as unpacked, io.BufferedReader(_Lines(unpacked), 2**20) as lines:
            pieces = pandas.read_csv(
                lines, header=None, usecols=list(columns), dtype=types, chunksize=_ROWS_READ,
                encoding="latin-1", na_values=[""], keep_default_na=False,
            )  # fmt: skip
            for piece in pieces:
                rows += len(piece)
                if rows > _MOST_ROWS:
                    raise DataError(f"{file} has over {_MOST_ROWS:,} rows; give a file per day")
                if piece[_STATION].isna().any():
                    raise ValueError("a row without a station")
                yield piece
    except (OSError, EOFError, ValueError, TypeError) as error:
        reason = texts.clipped(error).rstrip(".") or type(error).__name__
        raise DataError(f"{file} cannot be read ({reason}); download it again") from error


def _categories(piece: pandas.DataFrame, column: int) -> list[str]:
    return [str(name) for name in piece[column].cat.categories]


def _seconds(file: Path, stamps: Sequence[str]) -> NDArray[np.int64]:
    """Return seconds since 1970 of stamps such as 10/01/2025 00:05:00, in local time."""
    try:
        iso = [f"{text[6:10]}-{text[0:2]}-{text[3:5]}T{text[11:19]}" for text in stamps]
        return np.array(iso, dtype="datetime64[s]").astype(np.int64)
    except ValueError as error:
        raise DataError(
            f"{file} has the moment '{texts.clipped(str(error), 80)}', which is not one such as "
            f"10/01/2025 00:05:00; download it again"
        ) from error
