"""Moments in a table: which notation they are written in, and what they are on the local clock.

A notation that more than one date fits, such as 03/04/2012, is never guessed: it is settled by
another row (13/04/2012), or by the user.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.errors import DataError
from himnet.limits import FIRST_YEAR, LAST_YEAR
from himnet.texts import clipped

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = rf"(?P<mon>(?:{'|'.join(_MONTHS)})[a-z]*)\.?"
_CLOCK = (
    r"(?P<H>\d{1,2})(?:[:h时點点](?P<M>\d{2})(?:[:m分](?P<S>\d{2})(?:[.,](?P<f>\d{1,9}))?)?)?"
    r"[hm时分秒]?\s*(?P<half>[ap]\.?\s?m\.?)?"
)
_ZONE = r"(?P<zone>z|utc|gmt|(?:utc|gmt)?[+-]\d{2}:?\d{2}|[+-]\d{2}|[a-z]{3,4})?(?:\[[\w/+-]+\])?"
_WEEKDAY = r"(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_YEAR = r"(?P<y>\d{4}|\d{2})"
_KINDS = {
    "year first": r"(?P<y>\d{4})\s?[-/.年]\s?(?P<b>\d{1,2})\s?[-/.月]\s?(?P<a>\d{1,2})日?",
    "year last": rf"(?P<a>\d{{1,2}})(?P<sep>[-/.])\s?(?P<b>\d{{1,2}})(?P=sep)\s?{_YEAR}",
    "named": rf"(?P<a>\d{{1,2}})(?:st|nd|rd|th)?[-/. ]*{_MONTH}[-/., ]*{_YEAR}",
    "named first": rf"{_MONTH}[-/. ]*(?P<a>\d{{1,2}})(?:st|nd|rd|th)?[-/., ]+(?P<y>\d{{4}})",
}
_PATTERNS = {
    name: re.compile(
        rf"\s*{_WEEKDAY}{date}(?:(?:[ t_,:]+|\s*\S?-\s)\s*{_CLOCK})?\s*{_ZONE}\s*", re.IGNORECASE
    )
    for name, date in _KINDS.items()
}
_COMPACT = re.compile(
    r"\s*(?P<y>(?:19|20)\d\d)(?P<b>\d\d)(?P<a>\d\d)[ T_-]?"
    r"(?:(?P<H>\d\d):?(?:(?P<M>\d\d):?(?P<S>\d\d)?)?)?(?:\.\d+)?\s*(?P<zone>Z|[+-]\d\d:?\d\d)?\s*"
)
_COMPACT_APART = re.compile(r"\s*(?:19|20)\d{6}[T_ -]\d\d:?\d\d(?::?\d\d)?Z?\s*")
_TIME = re.compile(rf"\s*{_CLOCK}\s*", re.IGNORECASE)
_HOUR_NAME = re.compile(r"(?:h|hr|hour)?[_ ]?(\d{1,2})(?:h|:00)?(?:\s?[-–]\s?\d{1,2}(?:h|:00)?)?")
_END = re.compile(  # of an interval such as "08:00-08:15" or "2012-03-01 08:00 / 2012-03-01 08:15"
    r"(?P<begin>.*\d[h:]\d\d(?::\d\d)?(?:\s?[ap]\.?m\.?)?)\s*(?:[-–—/]|to|bis|until)\s*(?P<end>.+)",
    re.IGNORECASE,
)
_SHORT_YEAR = re.compile(r"\d{2}\D\d{2}\D\d{2}(?!\d)")
_LATEST_HOUR = 29  # of a day of service, which goes on after midnight
_EPOCHS = {"seconds": 1.0, "milliseconds": 1e3, "microseconds": 1e6, "nanoseconds": 1e9}
_SERIAL = "days of a spreadsheet"
_FIRST, _LAST = 315_532_800, 4_102_444_800  # 1980 and 2100 in seconds: plausible moments
_EXCEL_ZERO = np.datetime64("1899-12-30", "s")
_MOST_KNOWN = 300_000  # texts whose moment is remembered
_TURNED = ("day first", "month first")  # which a spreadsheet may exchange
_HINTS = {"dm": "day first", "md": "month first", "ym": "year first"}


def plain_text(cell: Any) -> str:
    """Return a cell of any type as text, moments in ISO notation to the second."""
    if isinstance(cell, str):
        return cell.strip()
    if isinstance(cell, np.datetime64):
        cell = cell.astype("datetime64[us]").astype(dt.datetime)
    if isinstance(cell, dt.datetime):
        if cell.tzinfo is None and cell.microsecond:
            cell = (cell + dt.timedelta(microseconds=500_000)).replace(microsecond=0)
        return str(cell.isoformat(" "))
    if isinstance(cell, dt.date | dt.time):
        return str(cell.isoformat())
    if cell is None or cell != cell:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return str(int(cell))
    return str(cell)


def is_date(cell: Any) -> bool:
    """Whether a cell is a date, or a date and time, in a notation with separators or names."""
    if not isinstance(cell, str):
        return isinstance(cell, dt.date | np.datetime64)
    if not 6 <= len(cell) <= 60 or not any(sign.isdigit() for sign in cell):
        return False
    return _is_date(cell) or _is_date(_begin(cell))


def _is_date(text: str) -> bool:
    if _COMPACT_APART.fullmatch(text):
        return True
    return any(pattern.fullmatch(text) for pattern in _PATTERNS.values())


def _begin(text: str) -> str:
    """Return the begin of an interval between two moments; any other text as it is."""
    found = _END.fullmatch(text) if len(text) <= 80 else None
    if found is None or not (_TIME.fullmatch(found["end"]) or _is_date(found["end"])):
        return text
    return found["begin"]


def has_time(cell: Any) -> bool:
    """Whether a cell that is a date also states a time of day."""
    text = plain_text(cell)
    text = text if _is_date(text) else _begin(text)
    found = next((m for one in _PATTERNS.values() if (m := one.fullmatch(text))), None)
    return (found is not None and found["H"] is not None) or bool(_COMPACT_APART.fullmatch(text))


def is_time_of_day(cell: Any) -> bool:
    """Whether a cell is a time of day with minutes, such as 8:05 or 08:05:00 PM."""
    if isinstance(cell, dt.time):
        return True
    found = _TIME.fullmatch(_begin(cell)) if isinstance(cell, str) and len(cell) <= 30 else None
    return found is not None and (found["M"] is not None or found["half"] is not None)


def times_of_day(names: Sequence[str]) -> list[int | None] | None:
    """Return seconds after midnight for names such as 08:15, hour_8 or 8, None for other names.

    None if they do not divide a day into equal parts.
    """
    found: list[int | None] = []
    bare = set()
    for name in names:
        hour = _HOUR_NAME.fullmatch(name.strip().lower())
        time = _TIME.fullmatch(_begin(name)) if is_time_of_day(name) else None
        if time is not None:
            found.append(_of_day(time.groupdict()))
        else:
            found.append(int(hour[1]) * 3_600 if hour else None)
            bare.add(found[-1])
    if {3_600, 86_400} <= bare and 0 not in bare:  # hours are numbered from 1
        found = [None if time is None else time - 3_600 for time in found]
    seconds = [time for time in found if time is not None]
    steps = set(np.diff(seconds).tolist())
    whole = len(steps) == 1 and len(seconds) * max(steps) == 86_400
    return found if whole and len(seconds) > 3 else None


def numeric_notation(numbers: Sequence[float]) -> str | None:
    """Return the notation of numbers that are plausible moments, or None.

    Args:
        numbers: of the first rows.
    """
    found = np.asarray(numbers, dtype=np.float64)
    if not len(found) or not np.isfinite(found).all():
        return None
    texts = [f"{number:.0f}" for number in found]
    if np.all(found == np.round(found)) and all(map(_is_compact, texts)):
        return "compact"
    for name, scale in _EPOCHS.items():
        seconds = found / scale
        if ((seconds >= _FIRST) & (seconds <= _LAST)).all():
            return name
    if ((found >= 20_000) & (found <= 80_000)).all():
        return _SERIAL
    return None


def _is_compact(text: str) -> bool:
    found = _COMPACT.fullmatch(text) if len(text) in (8, 10, 12, 14) else None
    if found is None:
        return False
    try:
        _moment(found, "year first")
    except ValueError:
        return False
    return True


@dataclass
class Dates:
    """A reader of moments in one notation, which is settled by the rows that it sees.

    Attributes:
        wanted: the user's ``--date-format``, or None.
        numeric: notation of a column of numbers, see `numeric_notation`, or None.
        orders: which of "day first" and "month first" fit all dates seen, if it matters.
        zones: UTC offsets and names of zones seen.
    """

    wanted: str | None = None
    numeric: str | None = None
    orders: set[str] = field(default_factory=lambda: {"day first", "month first"})
    zones: set[str] = field(default_factory=set)
    dotted: bool = False
    _unsettled: str | None = None
    _stored: bool = False
    _written: str | None = None
    _known: dict[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if self.wanted in (*_EPOCHS, "compact"):
            self.numeric, self.wanted = self.wanted, None
        elif self.wanted is not None and "%" not in self.wanted:
            raise DataError(
                f"--date-format is '{clipped(self.wanted, 60)}'; give it in the codes of strptime, "
                f"such as '%d/%m/%Y %H:%M', or one of {', '.join(_EPOCHS)}"
            )
        elif self.wanted is not None and (order := _order(self.wanted)):
            self.orders = {order}

    @property
    def settled(self) -> bool:
        """Whether the dates seen so far have only one meaning."""
        return self.wanted is not None or self._unsettled is None or len(self.orders) < 2

    def learn(self, cells: Iterable[Any]) -> None:
        """Look at more dates, to settle whether the day or the month is first."""
        if self.wanted is not None or self.numeric is not None:
            return
        for cell in cells:
            found = _PATTERNS["year last"].fullmatch(_begin(plain_text(cell)))
            if found is None:
                continue
            first, second = int(found["a"]), int(found["b"])
            self.dotted = self.dotted or found["sep"] == "."
            if first > 12:
                self.orders = self.orders & {"day first"}
            if second > 12:
                self.orders = self.orders & {"month first"}
            if len(self.orders) < 2:
                return
            if first != second:
                self._unsettled = self._unsettled or found[0].strip()

    def settle(self, source: str) -> str | None:
        """Decide after all rows were seen; return a note about what was assumed, or None.

        Raises:
            DataError: if every date could be read in two ways.
        """
        if self.settled:
            return None
        if self.dotted:
            self.orders = {"day first"}
            return (
                f"dates such as {self._unsettled} were read with the day first, as is usual "
                f"with dots; if the month is first, give --date-format '%m.%d.%Y'"
            )
        sign = (self._unsettled or "/")[len((self._unsettled or "").partition("/")[0]) :][:1] or "-"
        first = f"give --date-format '%d{sign}%m{sign}%Y' or '%m{sign}%d{sign}%Y'"
        if _SHORT_YEAR.match(self._unsettled or ""):
            first = f"{first}, or, if that is the year, '%y{sign}%m{sign}%d'"
        raise DataError(
            f"the dates of {source}, such as {self._unsettled}, can have the day or the month "
            f"first; {first}"
        )

    def moments(self, cells: Sequence[Any], rows: Sequence[int], source: str) -> NDArray[Any]:
        """Return the moments (t,) datetime64[s] of cells, in local time.

        Args:
            cells: t dates of any type.
            rows: their numbers in the file, for messages.
            source: name of the file, for messages.

        Raises:
            DataError: for a cell that is no date in this notation.
        """
        if len(self._known) > _MOST_KNOWN:
            self._known.clear()
        seconds = np.empty(len(cells), dtype=np.int64)
        self._stored = self._stored or any(isinstance(cell, dt.date) for cell in cells)
        for position, cell in enumerate(cells):
            text = cell if isinstance(cell, str) else plain_text(cell)
            known = self._known.get(text)
            if known is None:
                try:
                    known = self._known[text] = self._seconds(text.strip())
                except (ValueError, OverflowError) as error:
                    raise self._refused(text, rows[position], source) from error
            seconds[position] = known
        if self._stored and self._written is not None:
            raise DataError(
                f"{source} has dates and also texts such as '{clipped(self._written, 60)}' in one "
                f"column, so a spreadsheet may have exchanged days and months of the dates; open "
                f"the file that it was made from, and import the column as text"
            )
        return seconds.astype("datetime64[s]")

    def _refused(self, text: str, row: int, source: str) -> DataError:
        if not text.strip():
            return DataError(f"row {row} of {source} has no date; every row needs one")
        wanted = "" if self.wanted is None else f" in the notation '{self.wanted}'"
        advice = "correct it" if self.wanted is None else "correct it or --date-format"
        if self.wanted is None and self.numeric is None:
            advice = (
                "correct it or remove the row, or give the notation with --date-format, such as "
                "'%d/%m/%Y %H:%M'"
            )
        return DataError(
            f"'{clipped(text, 60)}' in row {row} of {source} is no date{wanted}; {advice}"
        )

    def _seconds(self, text: str) -> int:
        """Return the seconds since 1970 on the local clock of one text.

        Raises:
            ValueError: if it is no moment in this notation.
        """
        if self.numeric is not None:
            return _numeric(text, self.numeric)
        if self.wanted is not None:
            try:
                moment = dt.datetime.strptime(text, self.wanted)
                self._written = text if _order(self.wanted) in _TURNED else None
                return _since_1970(self._without_zone(moment))
            except ValueError:
                if (begin := _begin(text)) != text:
                    return self._seconds(begin)
                if "%H" in self.wanted or "%I" in self.wanted:
                    raise
        for kind, pattern in _PATTERNS.items():
            if found := pattern.fullmatch(text):
                if found["zone"]:
                    self.zones.add(found["zone"])
                if kind == "year last":
                    self._written = text
                order = next(iter(self.orders)) if kind == "year last" else "year first"
                if kind == "year last" and len(self.orders) != 1 and found["a"] != found["b"]:
                    raise ValueError("day and month contradict each other")
                return _moment(found, order)
        if found := _COMPACT.fullmatch(text):
            return _moment(found, "year first")
        if (begin := _begin(text)) != text:
            return self._seconds(begin)
        raise ValueError(text)

    def _without_zone(self, moment: dt.datetime) -> dt.datetime:
        if moment.tzinfo is not None:
            self.zones.add(moment.strftime("%z"))
        return moment.replace(tzinfo=None)


def _order(form: str) -> str | None:
    """Return whether day or month comes first in a format."""
    codes = [code for code in re.findall(r"%([a-zA-Z])", form) if code in "dm"]
    return _HINTS.get("".join(codes)) if re.search("%[Yy]", form) else None


def _moment(found: re.Match[str], order: str) -> int:
    """Return the seconds since 1970 of the parts of a date; 24:00 is midnight."""
    parts = found.groupdict()
    day, month = int(parts["a"]), parts.get("b")
    if parts.get("mon"):
        number = _MONTHS.index(parts["mon"][:3].lower()) + 1
    else:
        number = int(month or 0)
        if order == "month first":
            day, number = number, day
    year = int(parts["y"])
    year += (2000 if year < 70 else 1900) if len(parts["y"]) == 2 else 0
    return _since_1970(dt.datetime(year, number, day)) + _of_day(parts)


def _of_day(parts: dict[str, str | None]) -> int:
    """Return the seconds after midnight of the parts of a time; 24:15 is on the next day."""
    hour, minute, second = (int(parts.get(key) or 0) for key in "HMS")
    if parts.get("half"):
        if not 1 <= hour <= 12:
            raise ValueError("hours before and after noon are 1 to 12")
        hour = hour % 12 + (12 if str(parts["half"])[0] in "pP" else 0)
    if minute > 59 or second > 59 or hour > _LATEST_HOUR:
        raise ValueError("no time of day")
    return hour * 3_600 + minute * 60 + second + (str(parts.get("f") or "0")[0] >= "5")


def _since_1970(moment: dt.datetime) -> int:
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise ValueError("year out of range")
    return round((moment - dt.datetime(1970, 1, 1)) / dt.timedelta(seconds=1))


def _numeric(text: str, notation: str) -> int:
    if notation == "compact":
        found = _COMPACT.fullmatch(text)
        if found is None:
            raise ValueError(text)
        return _moment(found, "year first")
    number = float(text)
    if notation == _SERIAL:
        return int(_EXCEL_ZERO.astype(np.int64)) + round(number * 86_400)
    return _since_1970(
        dt.datetime(1970, 1, 1) + dt.timedelta(seconds=round(number / _EPOCHS[notation]))
    )
