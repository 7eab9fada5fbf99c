"""``dataset.json``: what a folder with data.npz and index.npz says about itself."""

from __future__ import annotations

import datetime as dt
import json
import math
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from himnet.data.info import DAY_NAMES, DatasetInfo
from himnet.errors import DataError

_MINUTES_PER_DAY = 1440


@dataclass(frozen=True)
class FolderSettings:
    """The keys of a ``dataset.json``; all may be left out.

    Attributes:
        name: of the data set; the folder's name otherwise.
        start: ISO date and time of the first reading.
        step_minutes: minutes from one reading to the next, a whole part of a day.
        missing_value: reading that stands for "none"; ``null`` says that none is missing.
        first_day_of_week: the weekday that day-of-week number 0 stands for, by its English name.
        unit, quantity: of the readings, for axis labels.
        given: the keys that the file has.
    """

    name: str | None = None
    start: str | None = None
    step_minutes: float = 5.0
    missing_value: float | None = 0.0
    first_day_of_week: str | None = None
    unit: str = ""
    quantity: str = "reading"
    given: frozenset[str] = frozenset()

    def apply_to(self, info: DatasetInfo) -> DatasetInfo:
        """Return the identity with every given key put over it."""
        changes: dict[str, Any] = {
            key: getattr(self, key)
            for key in ("name", "start", "missing_value", "unit", "quantity")
            if key in self.given
        }
        if "step_minutes" in self.given:
            changes["steps_per_day"] = round(_MINUTES_PER_DAY / self.step_minutes)
        if self.first_day_of_week is not None:
            changes["first_weekday"] = DAY_NAMES.index(self.first_day_of_week)
        return replace(info, **changes)


def read_settings(path: Path) -> FolderSettings:
    """Read a ``dataset.json``; a missing file leaves every default.

    Raises:
        DataError: for a file that is not JSON, unknown keys, or values of the wrong kind.
    """
    if not path.is_file():
        return FolderSettings()
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise DataError(f"{path} is no valid JSON ({error}); correct it") from error
    known = [field.name for field in fields(FolderSettings) if field.name != "given"]
    if not isinstance(content, dict):
        raise DataError(f"{path} must hold one object with some of the keys {', '.join(known)}")
    unknown = sorted(set(content) - set(known))
    if unknown:
        raise DataError(f"{path} has unknown key(s) {unknown}; known are {', '.join(known)}")
    for key, value in content.items():
        problem = _problem(key, value)
        if problem:
            raise DataError(f"'{key}' in {path} is {value!r}; it must be {problem}")
    return FolderSettings(**content, given=frozenset(content))


def _problem(key: str, value: Any) -> str | None:
    """Return what a value should have been, or None where it is right."""
    number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    if key == "step_minutes":
        steps = _MINUTES_PER_DAY / value if number and value > 0 else 0.5
        return None if steps == round(steps) else "a number of minutes that divides a day"
    if key == "missing_value":
        return None if number or value is None else "a number or null"
    if key == "first_day_of_week":
        return None if value in DAY_NAMES else f"one of {', '.join(DAY_NAMES)}"
    if not isinstance(value, str):
        return "a text"
    return (
        "a date and time such as 2012-03-01T00:00"
        if key == "start" and not _is_iso(value)
        else None
    )


def _is_iso(text: str) -> bool:
    try:
        return dt.datetime.fromisoformat(text).tzinfo is None
    except ValueError:
        return False
