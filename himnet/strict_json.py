"""Strict JSON for files from anyone: finite numbers, limited size, and no duplicate keys."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from pathlib import Path
from typing import Any

MAX_BYTES = 32 * 2**20
_MOST_DIGITS = 25  # of a whole number; float() fails beyond 308


def read_json(path: Path) -> Any:
    """Read a JSON file; errors as `parse_json`, and OSError for one that cannot be read."""
    with path.open("rb") as file:
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise ValueError(f"it is longer than {MAX_BYTES / 1e6:.0f} MB")
    return parse_json(raw.decode("utf-8-sig"))


def parse_json(text: str) -> Any:
    """Parse JSON.

    Raises:
        ValueError: for invalid JSON, or one that is nested too deeply, has a duplicate key, or a
            number that is not finite or has too many digits.
    """
    try:
        return json.loads(
            text,
            object_pairs_hook=_unique,
            parse_constant=_finite,
            parse_float=_finite,
            parse_int=_whole,
        )
    except RecursionError as error:
        raise ValueError("it is nested too deeply") from error


def _unique(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    content: dict[str, Any] = {}
    for key, value in pairs:
        if key in content:
            raise ValueError(f"the key {key[:40]!r} occurs twice")
        content[key] = value
    return content


def _finite(number: str) -> float:
    value = float(number)
    if not math.isfinite(value):
        raise ValueError(f"{number[:40]} is not a finite number")
    return value


def _whole(number: str) -> int:
    if len(number) > _MOST_DIGITS:
        raise ValueError(f"the number {number[:10]}... has {len(number)} digits")
    return int(number)
