"""``dataset.json``: the settings of a data set's folder."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from himnet.data.calendar import SECONDS_PER_DAY
from himnet.data.info import DAY_NAMES, DatasetInfo
from himnet.errors import DataError

KEYS = (
    "name", "start", "step_minutes", "missing_value", "first_day_of_week", "unit", "quantity",
    "source", "licence",
)  # fmt: skip
MAX_BYTES = 1_000_000  # these files are read in every folder to find a data set by its name


@dataclass(frozen=True)
class FolderSettings:
    """The content of a ``dataset.json``; every key is optional.

    Attributes:
        start: ``"start"``, moment of the first reading.
        steps_per_day: from ``"step_minutes"``, the minutes from one reading to the next.
        first_weekday: from ``"first_day_of_week"``, the weekday (0 = Monday; an English name in the
            file) of day-of-week number 0.
        labels: the given ones of ``"name"`` of the data set (default: the folder's), ``"unit"``
            and ``"quantity"`` of the readings, ``"missing_value"``, the value that stands for
            "no reading" in addition to NaN (``null``: no reading is missing, and NaN is an error),
            and ``"source"`` and ``"licence"``, which are named where results are shown.
    """

    start: dt.datetime | None = None
    steps_per_day: int | None = None
    first_weekday: int | None = None
    labels: Mapping[str, Any] = field(default_factory=dict)

    def name_or(self, default: str) -> str:
        """Return the given name of the data set, or the default."""
        return str(self.labels.get("name", default))

    def apply_to(self, info: DatasetInfo) -> DatasetInfo:
        """Return the identity, overridden by the given labels."""
        return replace(info, **self.labels)


def read_settings(path: Path) -> FolderSettings:
    """Read a ``dataset.json``; a missing file gives no settings.

    Raises:
        DataError: for a file that is over 1 MB or not JSON, unknown keys, or invalid values.
    """
    if not path.is_file():
        return FolderSettings()
    if path.stat().st_size > MAX_BYTES:
        raise DataError(f"{path} has over {MAX_BYTES:,} bytes; use only the keys {', '.join(KEYS)}")
    try:
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} is not valid JSON ({error}); correct it") from error
    if not isinstance(content, dict):
        raise DataError(f"{path} must contain an object with any of the keys {', '.join(KEYS)}")
    unknown = sorted(set(content) - set(KEYS))
    if unknown:
        raise DataError(
            f"{path} has the unknown key(s) {', '.join(unknown)}; use only {', '.join(KEYS)}"
        )
    for key, value in content.items():
        problem = _problem(key, value)
        if problem:
            raise DataError(f"'{key}' in {path} is {value!r}; it must be {problem}")
    return _settings(content)


def _settings(content: Mapping[str, Any]) -> FolderSettings:
    start, minutes = content.get("start"), content.get("step_minutes")
    day = content.get("first_day_of_week")
    return FolderSettings(
        start=None if start is None else dt.datetime.fromisoformat(start),
        steps_per_day=None if minutes is None else SECONDS_PER_DAY // _seconds(minutes),
        first_weekday=None if day is None else DAY_NAMES.index(day),
        labels={
            key: content[key]
            for key in ("name", "unit", "quantity", "missing_value", "source", "licence")
            if key in content
        },
    )


def _problem(key: str, value: Any) -> str | None:
    """Return what a value should be, or None if it is valid."""
    if key == "step_minutes":
        fits = _is_number(value) and _seconds(value) > 0 and not SECONDS_PER_DAY % _seconds(value)
        return None if fits else "a number of minutes that divides a day, such as 5"
    if key == "missing_value":
        return None if value is None or _is_number(value) else "a number or null"
    if key == "first_day_of_week":
        return None if value in DAY_NAMES else f"one of {', '.join(DAY_NAMES)}"
    if not isinstance(value, str) or not value.strip():
        return "a text"
    if key == "start" and not _is_moment(value):
        return "a date and time without a time zone, such as 2012-03-01T00:00"
    return None


def _seconds(minutes: float) -> int:
    seconds = round(minutes * 60)
    return seconds if abs(seconds - minutes * 60) < 1e-6 else 0


def _is_number(value: Any) -> bool:
    # larger numbers are not plausible readings and would be infinite in float32
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e38


def _is_moment(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False
