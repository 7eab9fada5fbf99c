"""Which columns of a table are its times, and how their cells are put together."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from himnet.errors import DataError
from himnet.prepare.dates import (
    Dates,
    has_time,
    is_date,
    is_time_of_day,
    numeric_notation,
    plain_text,
)
from himnet.prepare.names import (
    DAY_NAMES,
    HOUR_NAMES,
    SECOND_NAMES,
    TIME_NAMES,
    find_column,
    plain,
)
from himnet.prepare.options import Options
from himnet.prepare.table import Piece
from himnet.texts import clipped

_Join = Literal["one", "clock", "hour", "hour from 1", "hhmm", "seconds", "parts"]
_MIDNIGHT = re.compile(r"[ T]0?0:00(?::00(?:\.0+)?)?$")
_MINUTE_NAMES = ("minute", "minutes", "min", "mm")
_PARTS = (
    ("year", "yr", "yyyy", "jahr", "年"),
    ("month", "mo", "m", "monat", "月"),
    ("day", "d", "dd", "tag", "日"),
    ("hour", "hr", "hh", "h", "stunde", "时"),
    ("minute", *_MINUTE_NAMES[1:], "分"),
)


@dataclass(frozen=True)
class Clock:
    """The columns of times.

    Attributes:
        columns: their positions; a date, then what is added to it.
        join: how the cells of the columns are one moment.
        numeric: notation of a column of numbers, or None.
        notes: what was found out.
    """

    columns: tuple[int, ...]
    join: _Join = "one"
    numeric: str | None = None
    notes: tuple[str, ...] = ()

    def cells(self, piece: Piece) -> Sequence[Any]:
        """Return one text or moment for each row."""
        first, *more = (piece.cells(column) for column in self.columns)
        if not more:
            return first
        rows = zip(first, *more, strict=True)
        return [_joined([plain_text(cell) for cell in row], self.join) for row in rows]


def _joined(cells: list[str], join: _Join) -> str:
    """Return the text of a moment from its parts."""
    if join == "parts":
        year, month, day, hour, minute = (*cells, "0", "0")[:5]
        return f"{year}-{month}-{day} {hour}:{minute.zfill(2)}"
    day, time = cells[0], cells[1]
    day = _MIDNIGHT.sub("", day)  # spreadsheets store a date as midnight
    if join == "hour from 1":
        return f"{day} {int(time) - 1:02d}:00"
    if join == "hour":
        return f"{day} {time.zfill(2)}:{(cells[2] if len(cells) > 2 else '0').zfill(2)}"
    if join == "hhmm":
        return f"{day} {time.zfill(4)[:-2]}:{time[-2:].zfill(2)}"
    if join == "seconds":
        minutes, second = divmod(int(time), 60)
        return f"{day} {minutes // 60:02d}:{minutes % 60:02d}:{second:02d}"
    time = time.rpartition(" ")[2] if is_date(time) else time
    return f"{day} {'0' if time[1:2] == ':' else ''}{time}"


def is_moment(cell: Any) -> bool:
    """Whether a cell is a date, with or without a time."""
    return is_date(cell.strip() if isinstance(cell, str) else cell)


def find_clock(
    names: Sequence[str], column: Callable[[int], list[Any]], options: Options, source: str
) -> Clock | None:
    """Return the columns of times of a table, or None if it has none.

    Args:
        names: of the columns.
        column: returns the cells of a column in the first rows.
        options: of the user.
        source: name of the file, for messages.

    Raises:
        DataError: if the column that the user names is not there.
    """
    given = find_column(options.time_column, "--time-column", names, source)
    if given is not None:
        return _with_time_of_day(given, names, column, _notation(column(given), options))
    by_content = _column_of_dates(names, column)
    if by_content is not None:
        return _with_time_of_day(by_content, names, column, None)
    for position in _by_name(names, column):
        cells = column(position)
        if options.date_format is not None and not _numbers(cells):
            return _with_time_of_day(position, names, column, None)
        if notation := _notation(cells, options):
            more = _with_time_of_day(position, names, column, notation)
            note = (
                f"the numbers in '{clipped(names[position] or 'column 1', 60)}' were read as dates"
            )
            return Clock(more.columns, more.join, more.numeric, (*more.notes, note))
    if options.date_format is not None and (fitting := _in_notation(names, column, options)):
        return _with_time_of_day(fitting[0], names, column, None)
    return _of_parts(names)


def _of_parts(names: Sequence[str]) -> Clock | None:
    """Return the columns of year, month, day, hour and minute, if the first three are there."""
    by_name = {plain(name): position for position, name in reversed(list(enumerate(names)))}
    found = [next((by_name[name] for name in part if name in by_name), None) for part in _PARTS]
    there = [position for position in found if position is not None]
    # minutes without hours say nothing
    return Clock(tuple(there), "parts") if None not in found[: max(3, len(there))] else None


def _in_notation(
    names: Sequence[str], column: Callable[[int], list[Any]], options: Options
) -> list[int]:
    """Return the columns whose texts are moments in the user's notation."""
    reader, found = Dates(options.date_format), []
    for position in range(min(len(names), 60)):
        texts = [plain_text(cell) for cell in column(position)[:50]]
        try:
            reader.moments(texts, range(len(texts)), "")
        except DataError:
            continue
        found.append(position)
    return found


def _column_of_dates(names: Sequence[str], column: Callable[[int], list[Any]]) -> int | None:
    """Return the column of dates; of several, the one with a name that says so, or the first."""
    found = []
    for position in range(min(len(names), 60)):
        cells = [cell for cell in column(position) if cell not in (None, "")]
        if cells and sum(map(is_moment, cells)) >= 0.8 * len(cells):
            found.append(position)
    if not found:
        return None
    known = [position for position in found if plain(names[position]) in TIME_NAMES]
    with_time = [p for p in (known or found) if any(map(has_time, column(p)[:50]))]
    return (with_time or known or found)[0]


def _by_name(names: Sequence[str], column: Callable[[int], list[Any]]) -> list[int]:
    """Return the columns that may be numbers of moments: by their names, or the first one."""
    named = [p for p, name in enumerate(names) if plain(name) in TIME_NAMES and plain(name) != "t"]
    first = [0] if names and plain(names[0]) in ("", "unnamed 0", "index") else []
    return [*named, *(p for p in first if p not in named and _rises(column(p)))]


def _rises(cells: list[Any]) -> bool:
    found = _numbers(cells)
    return found is not None and len(found) > 1 and bool((np.diff(found) > 0).all())


def _numbers(cells: Iterable[Any]) -> list[float] | None:
    try:
        return [float(plain_text(cell)) for cell in cells if cell not in (None, "")]
    except ValueError:
        return None


def _notation(cells: list[Any], options: Options) -> str | None:
    if options.date_format is not None or isinstance(cells[0] if cells else None, dt.date):
        return None
    found = _numbers(cells)
    return numeric_notation(found) if found else None


def _with_time_of_day(
    day: int, names: Sequence[str], column: Callable[[int], list[Any]], numeric: str | None
) -> Clock:
    """Return the clock of a column of dates, with a column of times of day if there is one."""
    cells = [cell for cell in column(day) if cell not in (None, "")]
    whole_days = not any(map(_past_midnight, cells[:200]))
    if not whole_days or (numeric is not None and numeric != "compact"):
        return Clock((day,), numeric=numeric)
    for position in range(len(names)):
        if position == day:
            continue
        name, times = plain(names[position]), column(position)
        if times and all(map(is_time_of_day, times)):
            return Clock((day, position), "clock")
        if name in HOUR_NAMES and _within(times, 24):
            minutes = [at for at, other in enumerate(names) if plain(other) in _MINUTE_NAMES]
            more = [at for at in minutes if _within(column(at), 59)][:1]
            texts = set(map(plain_text, times))
            if "24" in texts and not texts & {"0", "00"} and not more:
                told = "hours are numbered 1 to 24: hour 1 was read as the one from 00:00"
                return Clock((day, position), "hour from 1", notes=(told,))
            return Clock((day, position, *more), "hour")
        if name in SECOND_NAMES and _within(times, 86_400):
            return Clock((day, position), "seconds")
        if name in TIME_NAMES and name not in DAY_NAMES and _within(times, 2400):
            return Clock((day, position), "hhmm")
        dated = [is_date(time) and str(plain_text(time)).startswith("1899-12-3") for time in times]
        if times and all(dated):
            return Clock((day, position), "clock")
    return Clock((day,), numeric=numeric)


def _past_midnight(cell: Any) -> bool:
    if isinstance(cell, dt.datetime):
        return cell.time() != dt.time()
    return has_time(cell) and _MIDNIGHT.search(plain_text(cell)) is None


def _within(cells: list[Any], most: float) -> bool:
    found = _numbers(cells)
    return bool(found) and all(0 <= n <= most and n == int(n) for n in found or ())


def dates_of(clock: Clock, options: Options) -> Dates:
    """Return a reader of the moments of a table."""
    return Dates(options.date_format, clock.numeric)
