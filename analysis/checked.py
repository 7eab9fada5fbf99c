"""Values of stored results, which may come from anyone, checked one by one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar

from analysis.errors import AnalysisError
from analysis.evidence.intervals import Interval
from himnet.checkpoints import CheckpointArrays
from himnet.checkpoints.measured import Part
from himnet.limits import MAX_DAYS, is_count, is_line, is_number

_Found = TypeVar("_Found")


def stored_part(
    arrays: CheckpointArrays, name: str, checked: Callable[[Part], _Found], *, command: str
) -> tuple[_Found, Part] | None:
    """Return what is stored of a model in one part, and its origin; None if nothing is.

    Args:
        arrays: the model.
        name: of the part.
        checked: returns the content of a part, which may come from anyone; raises an AnalysisError,
            KeyError, TypeError or ValueError for anything but valid content of this model.
        command: of ``python -m analysis`` that measures it again.

    Raises:
        AnalysisError: for other content.
    """
    part = arrays.measured.used.get(name)
    if part is None:
        return None
    try:
        return checked(part), part
    except (AnalysisError, KeyError, TypeError, ValueError) as error:
        raise AnalysisError(
            f"the stored part '{name}' of this model is incomplete or damaged, so it is ignored; "
            f"measure it again with python -m analysis {command} --save"
        ) from error


def checked_fields(told: Any, kind: type) -> dict[str, Any]:
    """Return an object with exactly the fields of a dataclass.

    Raises:
        TypeError: for anything else.
    """
    if not isinstance(told, dict) or told.keys() != {one.name for one in fields(kind)}:
        raise TypeError(f"no {kind.__name__}")
    return told


def checked_count(value: Any, most: int, *, least: int = 0) -> int:
    """Return a whole number from `least` to `most`.

    Raises:
        TypeError: for anything else.
    """
    if not is_count(value, most) or value < least:
        raise TypeError("no count")
    return int(value)


def checked_number(value: Any) -> float:
    """Return a number; NaN, which JSON does not have, for None.

    Raises:
        TypeError: for anything else, or a number that is not finite.
    """
    if value is None:
        return float("nan")
    if not is_number(value):
        raise TypeError("no number")
    return float(value)


def checked_size(value: Any) -> float:
    """Return a number that is not negative, or NaN; see `checked_number`.

    Raises:
        TypeError, ValueError: for anything else.
    """
    if (number := checked_number(value)) < 0:
        raise ValueError("a negative size")
    return number


def checked_line(value: Any) -> str:
    """Return a text of one line.

    Raises:
        TypeError: for anything else.
    """
    if not is_line(value):
        raise TypeError("no short text")
    return str(value)


def checked_interval(told: Any) -> Interval:
    """Return an interval.

    Raises:
        TypeError: for anything else.
    """
    told = checked_fields(told, Interval)
    value, low, high = (checked_number(told[name]) for name in ("value", "low", "high"))
    return Interval(value, low, high, checked_count(told["days"], MAX_DAYS))
