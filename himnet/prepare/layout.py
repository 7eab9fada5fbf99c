"""What the rows and columns of a table are: header, times, sensors and readings."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from himnet.errors import DataError
from himnet.prepare.clock import Clock, find_clock, is_moment
from himnet.prepare.dates import is_time_of_day, plain_text, times_of_day
from himnet.prepare.names import (
    CALENDAR_NAMES,
    COUNTER_NAMES,
    FLAG_NAMES,
    PLACE_NAMES,
    SENSOR_NAMES,
    TOTAL_NAMES,
    UNITS,
    VALUE_NAMES,
    WEATHER_NAMES,
    find_column,
    plain,
)
from himnet.prepare.numbers import MISSING_WORDS, Numbers
from himnet.prepare.options import Options
from himnet.texts import clipped

_LEVELS = re.compile(r"\(('.*'|\".*\"|\d+)(, .+)+\)")


@dataclass(frozen=True)
class Layout:
    """The layout of a table.

    Attributes:
        shape: "wide" (a row per time, a column per sensor), "long" (a row per reading) or
            "transposed" (a row per sensor, a column per time).
        first: number of the first row of readings.
        width: number of columns.
        names: of the columns, "" where there is none.
        readings: the columns of readings.
        clock: the columns of times, or None; in a transposed table, the times are the names.
        sensor: the column of sensor ids in a long or transposed table.
        numbered: whether the columns have no names.
        labels: for dataset.json, such as the unit in a row beneath the header.
        places: the columns of latitudes and longitudes in a long or transposed table.
        offsets: seconds to add to the moment of a row for each column of readings.
        coordinates: (n, 2) latitudes and longitudes of the readings' columns in rows above them.
        notes: what was found out or left out.
    """

    shape: Literal["wide", "long", "transposed"]
    first: int
    width: int
    names: tuple[str, ...]
    readings: tuple[int, ...]
    clock: Clock | None = None
    sensor: int | None = None
    places: tuple[int, int] | None = None
    offsets: tuple[int, ...] = (0,)
    coordinates: NDArray[np.float64] | None = None
    numbered: bool = False
    labels: Mapping[str, Any] = field(default_factory=dict)
    notes: tuple[str, ...] = ()


@dataclass
class _Found:
    """What is known of a table while its layout is found out."""

    source: str
    options: Options
    header: list[list[Any]]
    names: list[str]
    body: list[Sequence[Any]]
    first: int
    numbers: Numbers
    notes: list[str] = field(default_factory=list)
    labels: dict[str, Any] = field(default_factory=dict)
    places: dict[str, list[Any]] = field(default_factory=dict)

    @property
    def width(self) -> int:
        return len(self.names)

    def column(self, position: int) -> list[Any]:
        return [row[position] if position < len(row) else None for row in self.body]


def find_layout(
    sample: list[tuple[int, Sequence[Any]]], options: Options, source: str, numbers: Numbers
) -> Layout:
    """Find the layout of a table from its first rows.

    Args:
        sample: the first rows with their numbers in the file, header and all.
        options: of the user.
        source: name of the file, for messages.
        numbers: how its texts are numbers.

    Raises:
        DataError: if there are no readings, or if it is not clear which column is what.
    """
    found = _header_and_body(sample, options, source, numbers)
    transposed = _transposed(found)
    if transposed is not None:
        return transposed
    clock = find_clock(found.names, found.column, options, source)
    if clock is not None:
        found.notes += clock.notes
    left = _without_counters(found, clock)
    return _long(found, clock, left) or _wide(found, clock, left)


def trimmed(row: Sequence[Any]) -> int:
    """Return the number of cells up to the last one that is not empty."""
    length = len(row)
    while length and row[length - 1] in (None, ""):
        length -= 1
    return length


def _header_and_body(
    sample: list[tuple[int, Sequence[Any]]], options: Options, source: str, numbers: Numbers
) -> _Found:
    rows = [row for _, row in sample]
    later = rows[len(rows) // 3 :]
    counts = Counter(map(trimmed, later))
    width = max((size for size, count in counts.items() if count >= 0.05 * len(later)), default=0)
    start = _first_row_of_readings(rows, min(width, 60), numbers)
    if width < 1 or start >= len(rows):
        raise DataError(
            f"{source} contains no readings; a table needs a row that names the sensors, and a "
            f"row for each time"
        )
    lines = [list(row) for row in rows[:start]]
    wide = [line for line in lines if trimmed(line) >= max(2, width / 2) or width == 1]
    found = _Found(source, options, wide, [], rows[start:], sample[start][0], numbers)
    titles = len(lines) - len(wide)
    if titles:
        found.notes.append(f"lines above the table that were left out: {titles}")
    width = max([width, *map(trimmed, wide)])
    of_r = len(wide) == 1 and all(cell not in (None, "") for cell in wide[0])
    found.header = [_fitted_header(line, width, rows[start], of_r) for line in wide]
    found.names = [""] * width
    _name_columns(found)
    return found


def _fitted_header(line: list[Any], width: int, row: Sequence[Any], of_r: bool) -> list[Any]:
    """Return a header as wide as the table; R leaves out the name of the first column."""
    if of_r and len(line) == width - 1 and trimmed(row) == width:
        return ["", *line]
    return [*line[:width], *[""] * (width - len(line))]


def _first_row_of_readings(rows: list[Sequence[Any]], width: int, numbers: Numbers) -> int:
    """Return the index of the first row after the header."""
    later = rows[len(rows) // 3 :] if len(rows) > 1 else rows
    for column in range(width):
        cells = [
            row[column] for row in later if column < len(row) and row[column] not in (None, "")
        ]
        if cells and sum(map(is_moment, cells)) >= 0.8 * len(cells):
            return next(
                index
                for index, row in enumerate(rows)
                if column < len(row) and is_moment(row[column])
            )
    numeric = [column for column in range(width) if _share_of_numbers(later, column, numbers) > 0.7]
    if not numeric:
        return 1
    for index, row in enumerate(rows[:50]):
        cells = [row[column] for column in numeric if column < len(row)]
        if cells and all(_is_number(cell, numbers) for cell in cells):
            return index + _is_numeric_header(index, rows, numeric, numbers)
    return len(rows)


def _is_numeric_header(
    index: int, rows: list[Sequence[Any]], columns: list[int], numbers: Numbers
) -> bool:
    """Whether a row of numbers is a header of sensor numbers, not of readings."""
    if len(rows) < index + 2 or len(columns) < 2:
        return False
    cells = [rows[index][c] if c < len(rows[index]) else None for c in columns]
    blank = [c for c, cell in zip(columns, cells, strict=True) if cell in (None, "")]
    if blank == [0] and all(row[0] not in (None, "") for row in rows[index + 1 :]):
        return True  # the name of an index, which is left out
    texts = [str(cell).strip() for cell in cells]
    if not all(text.isdigit() for text in texts) or len(set(texts)) < len(texts):
        return False
    whole = [int(text) for text in texts]
    if whole in (list(range(len(whole))), list(range(1, len(whole) + 1))):
        return True
    below = [numbers(row[c]) for row in rows[index + 1 :] for c in columns if c < len(row)]
    finite = [number for number in below if number == number]
    return bool(finite) and (
        any(number != int(number) for number in finite) or min(whole) > 10 * max(map(abs, finite))
    )


def _share_of_numbers(rows: list[Sequence[Any]], column: int, numbers: Numbers) -> float:
    cells = [row[column] for row in rows if column < len(row)]
    return sum(_is_number(cell, numbers) for cell in cells) / max(len(cells), 1)


def _is_number(cell: Any, numbers: Numbers) -> bool:
    try:
        numbers(cell)
        return True
    except (ValueError, TypeError, OverflowError):
        return False


def _name_columns(found: _Found) -> None:
    """Set the names from the rows of the header, which may have levels and units."""
    levels = _without_places(found)
    while len(levels) > 1 and _is_units(levels[-1]):
        units = {str(cell).strip() for cell in levels.pop()[1:] if cell not in (None, "")}
        found.notes.append("a row of units beneath the header was left out")
        if len(units) == 1:
            found.labels["unit"] = units.pop().strip("[]()")
    if not levels:
        return
    names = [_as_name(cell) for cell in levels[-1]]
    if len(levels) == 1 and (split := _levels_in_names(names) or _compound(names)):
        levels = split
    found.names = names if len(levels) == 1 else _joined(levels, found)


def _without_places(found: _Found) -> list[list[Any]]:
    """Return the rows of the header without those of latitudes and longitudes, which are kept."""
    levels: list[list[Any]] = []
    for line in found.header:
        title = plain(line[0])
        kind = next((names[0] for names in PLACE_NAMES if title in names and len(title) > 1), None)
        if kind is None or not levels:
            levels.append(line)
        else:
            found.places[kind] = line
    return levels


def _compound(names: list[str]) -> list[list[Any]] | None:
    """Return the levels of names such as ``400001_flow`` or ``speed 400001``, if all are such."""
    for before in (False, True):
        split = [_sensor_and_channel(name, before=before) for name in names]
        found = [one for one in split if one is not None]
        sensors, channels = ({one[at] for one in found} for at in (0, 1))
        whole = len(found) == len(set(found)) == len(sensors) * len(channels)
        if whole and len(channels) > 1 and len(found) >= len(names) - 3:
            return [[one[at] if one else "" for one in split] for at in (0, 1)]
    return None


def _sensor_and_channel(name: str, *, before: bool) -> tuple[str, str] | None:
    parts = re.split(r"[_ .:|/-]+", name)
    channel, rest = (parts[0], parts[1:]) if before else (parts[-1], parts[:-1])
    return (" ".join(rest), channel) if rest and plain(channel) in VALUE_NAMES else None


def _as_name(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return "" if cell is None else str(cell).strip()


def _is_units(line: Sequence[Any]) -> bool:
    cells = {str(cell).strip().strip("[]()").lower() for cell in line[1:] if cell not in (None, "")}
    return bool(cells) and cells <= UNITS


def _levels_in_names(names: list[str]) -> list[list[Any]] | None:
    """Return the levels of names such as ``('400001', 'speed')``, as pandas stores them."""
    pairs = [name if len(name) < 300 and _LEVELS.fullmatch(name) else None for name in names]
    if sum(pair is not None for pair in pairs) < max(1, len(names) - 2):
        return None
    try:
        split = [ast.literal_eval(pair) if pair else None for pair in pairs]
    except (ValueError, SyntaxError):
        return None
    depth = max(len(one) for one in split if one)
    return [[one[level] if one else "" for one in split] for level in range(depth)]


def _joined(levels: list[list[Any]], found: _Found) -> list[str]:
    """Return one name per column from the levels of a header."""
    filled = []
    for number, level in enumerate(levels):
        last, cells = "", []
        for position, cell in enumerate(level):
            text = _as_name(cell)
            last = text or (last if position and number < len(levels) - 1 else "")
            cells.append(last)
        filled.append(cells)
    tail = slice(1, None)
    varying = [level for level in filled if len(set(level[tail])) > 1]
    distinct = [level for level in varying if len(set(level[tail])) == len(level[tail])]
    if distinct or len(varying) < 2:
        return (distinct or varying or filled)[0]
    given = plain(found.options.channel or found.options.value_column or "\0")
    by_rank = sorted(
        varying,
        key=lambda level: (
            given not in map(plain, level[tail]),
            not {plain(name) for name in level[tail]} <= set(VALUE_NAMES),
            len(set(level[tail])),
        ),
    )
    return _one_channel(by_rank[0], by_rank[-1], found)


def _one_channel(channels: list[str], sensors: list[str], found: _Found) -> list[str]:
    """Keep the columns of one channel of a header with two levels; others lose their name."""
    there = list(dict.fromkeys(channel for channel in channels[1:] if channel))
    wanted = _channel_name(there, found.options, found.source)
    found.labels.setdefault("quantity", wanted)
    found.notes.append(f"of the channels {', '.join(there)}, '{wanted}' was taken")
    return [
        name if channel == wanted or position == 0 else _DROPPED
        for position, (channel, name) in enumerate(zip(channels, sensors, strict=True))
    ]


_DROPPED = "\0dropped"
_MOSTLY = 0.9  # of the rows
_MANY_ROWS = 50  # in which no sensor reads 1, 2, 3, ...
_TRUTH = {"true", "false", "yes", "no", "y", "n", "t", "f", "inf", "-inf", "infinity", "-infinity"}


def _channel_name(there: list[str], options: Options, source: str) -> str:
    given = options.channel if options.channel is not None else options.value_column
    if given is None:
        raise DataError(
            f"each sensor of {source} has the channels {clipped(', '.join(there), 200)}; choose "
            f"one with --channel NAME"
        )
    matching = [name for name in there if plain(name) == plain(given)]
    if not matching and given.isdigit() and int(given) < len(there):
        matching = [there[int(given)]]
    if not matching:
        raise DataError(
            f"{source} has no channel '{clipped(given, 60)}'; choose one of "
            f"{clipped(', '.join(there), 200)}"
        )
    return matching[0]


def _transposed(found: _Found) -> Layout | None:
    """Return the layout of a table with times in its columns, or None for any other one."""
    if found.options.time_column or found.options.sensor_column:
        return None
    times = [position for position, name in enumerate(found.names) if is_moment(name)]
    if len(times) < 3 or len(times) < 0.6 * found.width:
        return None
    others = [position for position in range(found.width) if position not in times]
    places = _places(found, others)
    others = [position for position in others if position not in (places or ())]
    named = [p for p in others if plain(found.names[p]) in SENSOR_NAMES]
    sensor = next(iter(named or others), None)
    left_out = [found.names[p] or f"column {p + 1}" for p in others if p != sensor]
    notes = [*found.notes, "sensors are in rows and times in columns, so the table was turned"]
    if left_out:
        notes.append(f"columns that are no times, left out: {clipped(', '.join(left_out))}")
    return Layout(
        "transposed", found.first, found.width, tuple(found.names), tuple(times),
        sensor=sensor, places=places, numbered=sensor is None, labels=found.labels,
        notes=tuple(notes),
    )  # fmt: skip


def _without_counters(found: _Found, clock: Clock | None) -> list[int]:
    """Return the columns that are neither times nor counters of rows nor parts of the calendar."""
    taken = set(clock.columns) if clock else set()
    keep, out = [], []
    for position in range(found.width):
        name = plain(found.names[position])
        if position in taken or found.names[position] == _DROPPED:
            continue
        cells = found.column(position)
        empty = all(cell in (None, "") for cell in cells)
        named = name in COUNTER_NAMES or name.startswith("unnamed")
        counted = (named or len(cells) >= _MANY_ROWS) and _counts(cells, found, anywhere=named)
        calendar = name in CALENDAR_NAMES
        more_times = sum(map(is_moment, cells)) > 0.8 * len(cells)
        more_times = more_times or (clock is not None and all(map(is_time_of_day, cells)))
        if (empty and not name) or counted or calendar or more_times:
            out.append(found.names[position] or f"column {position + 1}")
        else:
            keep.append(position)
    if out:
        found.notes.append(f"columns without readings, left out: {clipped(', '.join(out))}")
    return keep


def _counts(cells: list[Any], found: _Found, *, anywhere: bool) -> bool:
    """Whether cells are the numbers of the rows, from 0 or 1 or from anywhere."""
    try:
        whole = [found.numbers(cell) for cell in cells]
    except (ValueError, TypeError):
        return False
    ones = sum(later - earlier == 1 for earlier, later in pairwise(whole))
    # it begins again where files were joined
    counted = ones >= _MOSTLY * (len(whole) - 1) > 0 and (anywhere or whole[0] in (0, 1))
    return counted and _times_differ(found)


def _times_differ(found: _Found) -> bool:
    """Whether most rows of the sample have a time of their own, if there is a column of times."""
    for position in range(min(found.width, 60)):
        cells = found.column(position)
        if all(map(is_moment, cells)):
            return len(set(cells)) > 0.5 * len(cells)
    return True


def _long(found: _Found, clock: Clock | None, left: list[int]) -> Layout | None:
    """Return the layout of a table with a row per reading, or None for any other one."""
    options = found.options
    sensor = find_column(options.sensor_column, "--sensor-column", found.names, found.source)
    if sensor is None:
        sensor = _sensor_column(found, clock, left)
    if sensor is None:
        return None
    if clock is None:
        raise DataError(
            f"{found.source} has a column of sensors ('{clipped(found.names[sensor], 60)}') but "
            f"none of times; name it with --time-column (columns: {_listed(found.names)})"
        )
    places = _places(found, left)
    others = [position for position in left if position != sensor]
    times = times_of_day([found.names[position] for position in others])
    if times is not None:
        readings = [p for p, time in zip(others, times, strict=True) if time is not None]
        offsets = tuple(time for time in times if time is not None)
        found.notes.append("each row has the readings of a day, one column per time of day")
        return Layout(
            "long", found.first, found.width, tuple(found.names), tuple(readings), clock, sensor,
            places, offsets=offsets, labels=found.labels, notes=tuple(found.notes),
        )  # fmt: skip
    value = _value_column(found, others)
    labels = dict(found.labels)
    name = found.names[value]
    if plain(name) in VALUE_NAMES and plain(name) not in ("value", "reading", "v"):
        labels.setdefault("quantity", name)
    return Layout(
        "long", found.first, found.width, tuple(found.names), (value,), clock, sensor, places,
        labels=labels, notes=tuple(found.notes),
    )  # fmt: skip


def _places(found: _Found, left: list[int]) -> tuple[int, int] | None:
    by_name = {plain(found.names[position]): position for position in left}
    pairs = [[by_name[name] for name in names if name in by_name] for names in PLACE_NAMES]
    return (pairs[0][0], pairs[1][0]) if all(pairs) else None


def _sensor_column(found: _Found, clock: Clock | None, left: list[int]) -> int | None:
    """Return the column of sensor ids of a long table, or None if the table is a wide one."""
    named = [position for position in left if plain(found.names[position]) in SENSOR_NAMES]
    best = sorted(named, key=lambda p: SENSOR_NAMES.index(plain(found.names[p])))
    if best and clock is not None and len(left) <= 40:
        return best[0]
    if best and len(left) <= 12 and len(best) < len(left):
        return best[0]  # without times: an error that says so
    if clock is None or len(left) != 2:
        return None
    words = [p for p in left if not _mostly_numbers(found, p)]
    if len(words) == 1:
        return words[0]
    if words or _times_differ(found):
        return None
    whole = [p for p in left if len(set(map(str, found.column(p)))) <= len(found.body) // 2]
    return whole[0] if len(whole) == 1 else None


def _mostly_numbers(found: _Found, position: int) -> bool:
    cells = [
        cell for cell in found.column(position) if str(cell).strip().lower() not in MISSING_WORDS
    ]
    good = sum(_is_number(cell, found.numbers) for cell in cells)
    return good > 0.5 * len(cells)


def _value_column(found: _Found, left: list[int]) -> int:
    given = found.options.value_column or found.options.channel
    if (column := find_column(given, "--value-column", found.names, found.source)) is not None:
        return column
    places = {name for names in PLACE_NAMES for name in names}
    numeric = [
        p
        for p in left
        if _mostly_numbers(found, p)
        and plain(found.names[p]) not in places
        and plain(found.names[p]) not in SENSOR_NAMES
    ]
    known = [p for p in numeric if plain(found.names[p]) in VALUE_NAMES]
    chosen = known if len(known) == 1 or len(numeric) > 1 else numeric
    if len(chosen) == 1:
        return chosen[0]
    names = [found.names[position] for position in chosen or numeric or left]
    raise DataError(
        f"{found.source} has several columns that can be the readings "
        f"({_listed(names)}); choose one with --value-column NAME"
    )


def _wide(found: _Found, clock: Clock | None, left: list[int]) -> Layout:
    options = found.options
    if options.value_column is not None and len(left) > 1:
        only = find_column(options.value_column, "--value-column", found.names, found.source)
        left = [position for position in left if position == only]
    quantities = [found.names[position] for position in left]
    if len(left) > 1 and all(plain(name) in VALUE_NAMES for name in quantities):
        raise DataError(
            f"the columns of {found.source} are quantities ({_listed(quantities)}), not sensors; "
            f"choose one with --value-column NAME, and name the column of the sensors, if there "
            f"is one, with --sensor-column NAME"
        )
    if not left:
        raise DataError(
            f"{found.source} has no column of readings (columns: {_listed(found.names)}); a table "
            f"needs one column per sensor, or columns of time, sensor and value"
        )
    _check_texts(found, clock, left)
    words = [position for position in left if _only_words(found.column(position))]
    if words and len(words) < len(left):
        left = [position for position in left if position not in words]
        listed = _listed([found.names[position] for position in words])
        found.notes.append(f"columns of words, left out: {listed}")
    if clock is not None and len(left) > 1 and times_of_day(quantities) is not None:
        raise DataError(
            f"each row of {found.source} has the readings of a day ({_listed(quantities)}), but no "
            f"column names the sensor; a model needs two sensors or more: add a column of their "
            f"ids, and name it with --sensor-column"
        )
    return _wide_of(found, clock, _without_others(found, left))


def _check_texts(found: _Found, clock: Clock | None, left: list[int]) -> None:
    """Refuse a table with a column of texts that must be its times or its sensors."""
    for position in left:
        cells = [cell for cell in found.column(position) if not _is_number(cell, found.numbers)]
        if not cells or _only_words(cells) or _mostly_numbers(found, position):
            continue
        name = clipped(found.names[position], 60) or f"number {position + 1}"
        text = clipped(plain_text(cells[0]), 60)
        if clock is not None:
            raise DataError(
                f"'{text}' in column '{name}' of {found.source} is no number; if the column tells "
                f"sensors apart, name it with --sensor-column, otherwise correct or remove it"
            )
        if clock is None and found.options.start is None:
            raise DataError(
                f"{found.source} has no times that can be read: '{text}' in column '{name}' is "
                f"neither a number nor a date in a known notation; write times as 2012-03-01 "
                f"08:15, or give their notation with --date-format"
            )


def _without_others(found: _Found, left: list[int]) -> list[int]:
    """Return the columns without those of the weather, and those that tell of another column."""
    plains = {position: plain(found.names[position]) for position in left}
    names = set(plains.values())
    flags = {f"{name} {flag}" for name in names for flag in FLAG_NAMES}
    others = [p for p in left if plains[p] in WEATHER_NAMES or plains[p] in flags]
    if not others or len(others) == len(left):
        return left
    listed = _listed([found.names[position] for position in others])
    found.notes.append(f"columns that are no sensors by their names, left out: {listed}")
    return [position for position in left if position not in others]


def _wide_of(found: _Found, clock: Clock | None, left: list[int]) -> Layout:
    """Return the layout of a wide table with these columns of readings."""
    numbered = not found.header
    names = list(found.names)
    sums = [names[position] for position in left if plain(names[position]) in TOTAL_NAMES]
    if sums:
        found.notes.append(
            f"'{clipped(sums[0], 60)}' was taken as a sensor; if it is a sum or a mean of the "
            f"others, remove the column"
        )
    for position in left:
        if not names[position]:
            names[position] = str(left.index(position)) if numbered else f"column {position + 1}"
    return Layout(
        "wide", found.first, found.width, tuple(names), tuple(left), clock,
        coordinates=_coordinates(found, left), numbered=numbered, labels=found.labels,
        notes=tuple(found.notes),
    )  # fmt: skip


def _only_words(cells: list[Any]) -> bool:
    """Whether cells are words without any digit, such as a weather; truth values are none."""
    there = {str(cell).strip().lower() for cell in cells} - MISSING_WORDS
    signs = {sign for cell in there for sign in cell}
    return bool(there) and not any(map(str.isdigit, signs)) and not there & _TRUTH


def _coordinates(found: _Found, columns: list[int]) -> NDArray[np.float64] | None:
    """Return the places (n, 2) in rows above the readings, if all are there."""
    try:
        pairs = [
            [found.numbers(found.places[names[0]][column]) for names in PLACE_NAMES]
            for column in columns
        ]
    except (KeyError, ValueError, TypeError, IndexError):
        return None
    return np.array(pairs)


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(name or "(unnamed)" for name in names if name != _DROPPED)
    return clipped(shown, 200)
