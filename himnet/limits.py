"""Limits on the content of files, so that whatever loads can be used.

Each violation is reported in one sentence. The limits are generous for real data, and prevent a
hostile file from requesting terabytes, impossible dates, or numbers that overflow.
"""

from __future__ import annotations

import datetime as dt
import math
from typing import Any

MAX_SENSORS = 100_000
MAX_STEPS_PER_DAY = 86_400  # one per second
MAX_LINE = 500  # characters of a name, id, unit or key; it fits on one line
MAX_TEXT = 20_000  # characters of a text about the training
MAX_DEPTH = 6  # of the JSON on training and metrics
MAX_ENTRIES = 10_000  # of each of the two, at all depths together
MAX_DAYS = 100_000  # of a data set
FIRST_YEAR, LAST_YEAR = 1, 9998  # so that the days before and after have dates too
MAX_NUMBER = 1e15  # of readings, in any unit
MAX_ERROR = 1e100  # of metrics: as percentages of tiny readings, errors are huge
MIN_DEVIATION = 1e-15  # of a scaler
MAX_WEIGHT = 1e9  # of a model; products of three stay finite in float32
MODEL_SIZES = {
    "num_nodes": (2, MAX_SENSORS),
    "steps_per_day": (1, MAX_STEPS_PER_DAY),
    "in_steps": (1, 10_000),
    "out_steps": (1, 10_000),
    "hidden_dim": (1, 4_096),
    "num_layers": (1, 64),
    "cheb_k": (1, 64),
    "tod_embedding_dim": (1, 1_024),
    "dow_embedding_dim": (1, 1_024),
    "node_embedding_dim": (1, 1_024),
    "st_embedding_dim": (1, 1_024),
}


def is_count(value: Any, most: int) -> bool:
    """Whether something is a whole number from 0 to `most`; not True or 1.0."""
    return type(value) is int and 0 <= value <= most


def is_number(value: Any, most: float = MAX_NUMBER) -> bool:
    """Whether something is a finite number of at most `most`, with either sign."""
    return type(value) in (int, float) and abs(value) <= most


def is_line(value: Any) -> bool:
    """Whether something is a text of one line that fits into a table."""
    return isinstance(value, str) and len(value) <= MAX_LINE and (not value or value.isprintable())


def moment(value: Any) -> dt.datetime:
    """Return a local date and time from its ISO text.

    Raises:
        TypeError, ValueError: for anything else, a time zone, or a year out of range.
    """
    if not isinstance(value, str):
        raise TypeError("a date and time must be a text")
    found = dt.datetime.fromisoformat(value)
    if found.tzinfo is not None:
        raise ValueError(f"{value} has a time zone")
    if not FIRST_YEAR <= found.year <= LAST_YEAR:
        raise ValueError(f"{value} is not in the years {FIRST_YEAR} to {LAST_YEAR}")
    return found


def check_span(start: str | None, steps: int, step_minutes: float) -> None:
    """Refuse a series that is too long, or ends after the last year.

    Args:
        start: ISO moment of its first step, or None if unknown.
        steps: number of steps.
        step_minutes: minutes per step.

    Raises:
        ValueError: with the number of days, or the year.
    """
    days = steps * step_minutes / (24 * 60)
    if not math.isfinite(days) or days > MAX_DAYS:
        raise ValueError(f"{steps} steps are {days:,.0f} days; there may be up to {MAX_DAYS:,}")
    if start is not None:
        last = dt.datetime(LAST_YEAR, 12, 31) - moment(start)
        if days > last.days:
            raise ValueError(f"{steps} steps from {start} go beyond the year {LAST_YEAR}")
