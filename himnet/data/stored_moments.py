"""Moments of readings as array files store them: numbers since 1970, or ISO texts."""

from __future__ import annotations

import datetime as dt
import re
import zoneinfo
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.data.hdf5 import labels_of
from himnet.errors import DataError

UNITS = ("s", "ms", "us", "ns")
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_SECONDS_OF = {"m": 60, "h": 3600, "D": 86_400}
_EARLIEST, _LATEST = 10 * 365 * 86_400, 130 * 365 * 86_400  # of readings: years 1980 to 2100
_FIRST, _LAST = -60_000_000_000, 250_000_000_000  # years 68 to 9892
_OFFSET = re.compile(r"(?:Z|[+-]\d\d:?\d\d)$")
_QUARTER = 900  # no offset of a time zone changes within a quarter of an hour
_KIND = re.compile(r"datetime64\[(\w+)\]")


def unit_of(first: float, declared: str | None = None) -> str | None:
    """Return the unit of a number of units since 1970: "s", "ms", "us", "ns"; None if it is none.

    The declared unit counts, unless only another one gives a year of readings: pandas 2 stored
    microseconds without saying so.
    """
    if declared in _SECONDS_OF:
        return declared
    plausible = [u for u in UNITS if _EARLIEST < first / _PER_SECOND[u] < _LATEST]
    if declared in UNITS and (declared in plausible or not plausible):
        return declared
    return plausible[0] if plausible else None


def declared_unit(kind: str) -> str | None:
    """Return the unit that pandas' attribute "kind" of an index names, or None if it has no dates.

    Before pandas 3 the kind was "datetime64" alone, which meant nanoseconds.
    """
    if kind == "datetime64":
        return "ns"
    found = _KIND.fullmatch(kind)
    return found[1] if found and found[1] in (*UNITS, *_SECONDS_OF) else None


def moments_of(numbers: NDArray[Any], unit: str) -> NDArray[np.datetime64]:
    """Return (t,) datetime64[s] of numbers of units since 1970; seconds are rounded down.

    Raises:
        DataError: for numbers that are not moments.
    """
    exact = np.asarray(numbers)
    length = _SECONDS_OF.get(unit) or 1 / _PER_SECOND[unit]
    with np.errstate(over="ignore"):
        seconds = exact.astype(np.float64) * length
    bad = ~((seconds >= _FIRST) & (seconds <= _LAST))
    if bad.any():
        raise DataError(f"its moments include {exact[bad][0]} ({unit} since 1970), which is none")
    if unit in _SECONDS_OF:
        whole = exact.astype(np.int64) * _SECONDS_OF[unit]
    else:
        whole = np.floor_divide(exact, _PER_SECOND[unit]).astype(np.int64)
    return whole.astype("datetime64[s]")


def moments_of_texts(cells: NDArray[Any]) -> tuple[NDArray[np.datetime64], bool]:
    """Return (t,) datetime64[s] of ISO dates, and whether offsets of a time zone were left out.

    The local clock is kept.

    Raises:
        DataError: for a text that is not such a date.
    """
    labels = [label.strip() for label in labels_of(cells)]
    plain = [_OFFSET.sub("", label) if len(label) > 11 else label for label in labels]
    try:
        return np.array(plain, dtype="datetime64[s]"), plain != labels
    except ValueError as error:
        raise DataError(f"its moments are not ISO dates such as 2012-03-01 00:05 ({error})") from (
            error
        )


def local_clock(moments: NDArray[np.datetime64], zone: str) -> NDArray[np.datetime64]:
    """Return what the clocks of a time zone show at (t,) moments in UTC.

    Raises:
        DataError: for a time zone that this machine does not know.
    """
    fixed = re.fullmatch(r"(?:UTC|GMT)?([+-])(\d\d):?(\d\d)", zone)
    if fixed:
        minutes = int(fixed[2]) * 60 + int(fixed[3])
        return moments + np.timedelta64(minutes if fixed[1] == "+" else -minutes, "m")
    name = zone.removeprefix("dateutil/").removeprefix("/usr/share/zoneinfo/")
    try:
        clock = zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise DataError(
            f"its moments are in the time zone '{name}', which this machine does not know; save "
            f"them in local time without a zone"
        ) from error
    quarters, where = np.unique(moments.astype(np.int64) // _QUARTER, return_inverse=True)
    offsets = [
        clock.utcoffset(dt.datetime.fromtimestamp(int(q) * _QUARTER, clock)) for q in quarters
    ]
    seconds = np.array([offset.total_seconds() if offset else 0 for offset in offsets])
    shown: NDArray[np.datetime64] = moments + seconds.astype("timedelta64[s]")[where]
    return shown
