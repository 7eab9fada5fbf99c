"""Sources of readings in tables: wide, long and transposed ones."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.info import Sensors
from himnet.errors import DataError
from himnet.limits import MAX_LINE, MAX_SENSORS
from himnet.prepare.clock import Clock
from himnet.prepare.dates import Dates, plain_text
from himnet.prepare.layout import Layout, find_layout
from himnet.prepare.numbers import Numbers
from himnet.prepare.options import Options
from himnet.prepare.shares import with_share
from himnet.prepare.source import Block, Source, Told
from himnet.prepare.spool import BLOCK_READINGS, Scattered, Spool
from himnet.prepare.table import Piece, RowTable, Table


def source_of_table(table: Table, options: Options, numbers: Numbers | None = None) -> Source:
    """Return the readings of a table, whatever its layout.

    Args:
        table: the file.
        options: of the user.
        numbers: how its texts are numbers.

    Raises:
        DataError: for a table without readings, or one that can be read in more than one way.
    """
    sample = table.sample()
    layout = find_layout(sample, options, str(table.path), numbers or Numbers())
    if isinstance(table, RowTable):
        before = [row for number, row in sample if number < layout.first]
        table.header = before[-1] if before else None
    if layout.shape == "wide":
        return WideTable(table, layout, options)
    if layout.shape == "long":
        return LongTable(table, layout, options)
    return TransposedTable(table, layout, options)


class _OfTable:
    """What the three layouts have in common."""

    def __init__(self, table: Table, layout: Layout, options: Options) -> None:
        self.table, self.layout, self.options = table, layout, options
        self._notes: list[str] = []
        self._sensors, self._numbered = Sensors.numbered(0), layout.numbered
        clock = layout.clock
        self.dates = Dates(options.date_format, clock.numeric if clock else None)

    @property
    def told(self) -> Told:
        """What is known; after a walk, also what was noticed on it."""
        zones = sorted(self.dates.zones)
        notes = [*self.table.notes, *self.layout.notes, *self._notes, *_on_zones(zones)]
        return Told(
            f"{self.layout.shape} {self.table.kind}",
            self._sensors,
            numbered=self._numbered,
            labels=self.layout.labels,
            notes=tuple(dict.fromkeys(notes)),
        )

    def share(self) -> float:
        """Return the share of the file that the current walk has read, 0 to 1."""
        return self.table.share()

    def _pieces(self) -> Iterator[Piece]:
        return self.table.pieces(self.layout.first, self.layout.width)

    def _first_pass(self) -> Iterator[Piece]:
        """Yield the pieces before they are read as blocks, which takes as long in a long table."""
        return with_share(self._pieces(), self.table.share, "looking")

    def _settle(self, clock: Clock) -> None:
        """Find out whether the day or the month is first, from the first rows, or from all."""
        for piece in self._first_pass():
            self.dates.learn(clock.cells(piece))
            if self.dates.settled:
                return
        self._decide()

    def _decide(self) -> None:
        if note := self.dates.settle(str(self.table.path)):
            self._notes.append(note)

    def _moments(self, clock: Clock, piece: Piece) -> NDArray[Any]:
        return self.dates.moments(clock.cells(piece), piece.numbers, str(self.table.path))


class WideTable(_OfTable):
    """A row per time, a column per sensor."""

    def __init__(self, table: Table, layout: Layout, options: Options) -> None:
        super().__init__(table, layout, options)
        self._names = [layout.names[column] for column in layout.readings]
        self._sensors = _placed(self._ids(self._names), layout.coordinates)
        if (clock := layout.clock) is not None:
            self._settle(clock)

    def _ids(self, names: Sequence[str]) -> tuple[str, ...]:
        ids, note = clean_ids(names, str(self.table.path))
        self._notes += note
        return ids

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in the file's order."""
        clock = self.layout.clock
        for piece in self._pieces():
            values = piece.matrix(self.layout.readings, self._names)
            moments = None if clock is None else self._moments(clock, piece)
            yield Block(values.astype(np.float32), moments)


class LongTable(_OfTable):
    """A row per reading: time, sensor, value, in any order."""

    def __init__(self, table: Table, layout: Layout, options: Options) -> None:
        super().__init__(table, layout, options)
        assert layout.clock is not None
        assert layout.sensor is not None
        self._clock, self._sensor = layout.clock, layout.sensor
        self._settle(self._clock)
        self._collect()

    def _collect(self) -> None:
        """Find all sensors, with their places, and all times."""
        places: dict[str, tuple[float, float]] = {}
        times = np.empty(0, dtype="datetime64[s]")
        for piece in self._first_pass():
            times = np.union1d(times, self._moments_of(piece))
            names = self._ids_in(piece)
            new = [where for where, name in enumerate(names) if name not in places]
            there = self._places_in(piece) if new else None
            for where in new:
                places.setdefault(names[where], (np.nan, np.nan) if there is None else there[where])
            if len(places) > MAX_SENSORS:
                raise DataError(
                    f"the column '{self.layout.names[self._sensor]}' of {self.table.path} has over "
                    f"{MAX_SENSORS:,} different sensors; name the column of the sensors with "
                    f"--sensor-column"
                )
        order = sorted(places, key=natural_key)
        ids, notes = clean_ids(order, str(self.table.path))
        self._notes += notes
        self._positions = {name: position for position, name in enumerate(order)}
        self._times = times
        located = np.array([places[name] for name in order])
        self._sensors = _placed(ids, located)

    def _moments_of(self, piece: Piece) -> NDArray[np.datetime64]:
        """Return the moments (t * k,) of t rows with k readings each."""
        offsets = np.array(self.layout.offsets, dtype="timedelta64[s]")
        moments = self._moments(self._clock, piece)[:, None] + offsets
        return np.asarray(moments.ravel())

    def _ids_in(self, piece: Piece) -> list[str]:
        ids = [plain_text(cell) for cell in piece.cells(self._sensor)]
        if "" in ids:
            raise DataError(
                f"row {piece.numbers[ids.index('')]} of {self.table.path} names no sensor; every "
                f"row needs one in the column '{self.layout.names[self._sensor]}'"
            )
        return ids

    def _places_in(self, piece: Piece) -> list[tuple[float, float]] | None:
        if self.layout.places is None:
            return None
        try:
            return [(a, b) for a, b in piece.matrix(self.layout.places, ("latitude", "longitude"))]
        except DataError:
            return None

    def blocks(self) -> Iterator[Block]:
        """Yield a row for each time, in order."""
        columns = self.layout.readings
        titles = [self.layout.names[column] for column in columns]
        with closing(Scattered(len(self._times), len(self._sensors))) as scattered:
            for piece in self._pieces():
                rows = np.searchsorted(self._times, self._moments_of(piece))
                sensors = np.array([self._positions[name] for name in self._ids_in(piece)])
                values = piece.matrix(columns, titles)
                scattered.add(rows, np.repeat(sensors, len(columns)), values.ravel())
            for first, block in scattered.blocks():
                yield Block(block, self._times[first : first + len(block)])
            self._tell(scattered)

    def _tell(self, scattered: Scattered) -> None:
        if scattered.repeated:
            self._notes.append(
                f"readings that occur again with the same value: {scattered.repeated:,}"
            )
        if scattered.contradiction is None:
            return
        row, column = scattered.contradiction
        where = f"{self._times[row]} of sensor {texts.clipped(self._sensors.ids[column], 60)}"
        if scattered.contradicting > 0.1 * len(self._times) * len(self._sensors):
            raise DataError(
                f"{scattered.contradicting:,} readings of {self.table.path} occur again with "
                f"another value (the first is {where}); if a further column tells sensors apart, "
                f"name it with --sensor-column"
            )
        self._notes.append(
            f"readings that occur again with another value, of which the first was kept: "
            f"{scattered.contradicting:,} (the first is {where})"
        )


class TransposedTable(_OfTable):
    """A row per sensor, a column per time."""

    def __init__(self, table: Table, layout: Layout, options: Options) -> None:
        super().__init__(table, layout, options)
        names = [layout.names[column] for column in layout.readings]
        self.dates.learn(names)
        self._decide()
        self._times = self.dates.moments(names, [layout.first - 1] * len(names), str(table.path))
        ids: list[str] = []
        for piece in self._pieces():
            cells = piece.cells(layout.sensor) if layout.sensor is not None else ()
            ids += map(plain_text, cells) if cells else map(str, range(len(piece.numbers)))
        found, notes = clean_ids(ids, str(table.path))
        self._notes += notes
        self._sensors = _placed(found, self._coordinates())

    def _coordinates(self) -> NDArray[np.float64] | None:
        if self.layout.places is None:
            return None
        names = ("latitude", "longitude")
        return np.concatenate([p.matrix(self.layout.places, names) for p in self._pieces()])

    def blocks(self) -> Iterator[Block]:
        """Yield the columns in the file's order."""
        names = [self.layout.names[column] for column in self.layout.readings]
        with closing(Spool(len(names))) as spool:
            for piece in self._pieces():
                spool.append(piece.matrix(self.layout.readings, names))
            step = max(1, BLOCK_READINGS // max(len(self._sensors), 1))
            for first in range(0, len(names), step):
                last = min(first + step, len(names))
                values = np.ascontiguousarray(spool.part(first, last).T)
                yield Block(values, self._times[first:last])


def _placed(ids: tuple[str, ...], places: NDArray[np.float64] | None) -> Sensors:
    """Return sensors with their places (N, 2) in degrees, if all are possible."""
    if places is None or not len(ids) or not (np.abs(places) <= (90, 180)).all():
        return Sensors(ids)
    return Sensors(ids, places[:, 0], places[:, 1])


def clean_ids(names: Sequence[str], source: str) -> tuple[tuple[str, ...], list[str]]:
    """Return ids that every page and file can show, and a note if some had to be changed.

    Raises:
        DataError: for two sensors with one name, or too many sensors.
    """
    if len(names) > MAX_SENSORS:
        raise DataError(f"{source} has {len(names):,} sensors; up to {MAX_SENSORS:,} are supported")
    ids = tuple(texts.line(name[:MAX_LINE]) or str(number) for number, name in enumerate(names))
    changed = [name for name, clean in zip(names, ids, strict=True) if name != clean]
    if len(set(ids)) < len(ids):
        twice = next(name for number, name in enumerate(ids) if name in ids[:number])
        raise DataError(
            f"two sensors of {source} have the name '{texts.clipped(twice, 60)}'; rename one"
        )
    if not changed:
        return ids, []
    return ids, [f"names that were too long or had unprintable characters: {len(changed)}"]


def natural_key(name: str) -> tuple[list[tuple[int, str]], str]:
    """Return a key by which 9 comes before 10."""
    parts = re.split(r"(\d+)", name[:MAX_LINE])
    return [(int(part[:18]), "") if part.isdecimal() else (-1, part) for part in parts], name


def _on_zones(zones: Sequence[str]) -> list[str]:
    if not zones:
        return []
    told = texts.clipped(", ".join(zones), 80)
    if {zone.upper() for zone in zones} <= {"Z", "UTC", "GMT", "+00:00", "+0000", "+00"}:
        return [
            f"times are stated in UTC ({told}) and were kept: if this is not the local time of the "
            f"city, hours of the day are shifted; convert them first"
        ]
    return [f"times state their offset from UTC ({told}); the local clock was kept"]
