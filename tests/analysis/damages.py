"""Stored parts with something else in any one place, as a stranger's file may have it."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from analysis.errors import AnalysisError
from himnet.checkpoints import CheckpointArrays
from himnet.checkpoints.measured import Measured, Part

OTHERS: tuple[Any, ...] = (None, True, -1, 2.5, 1e300, "", "<script>", "a\nb", [], [[]], {})
_LISTED = 2  # entries of a list that stand for all


def damaged(arrays: CheckpointArrays, name: str) -> Iterator[CheckpointArrays]:
    """Yield a checkpoint for every change of one place of a stored part.

    Args:
        arrays: with the part.
        name: of the part.
    """
    part = arrays.measured.parts[name]
    for place in _places(part.value):
        for other in OTHERS:
            yield _with(arrays, name, replace(part, value=_put(part.value, place, other)))
    for key, table in part.arrays.items():
        for other in (np.zeros(()), table[:0], table[..., None], -table - 1, table.astype("f4")):
            yield _with(arrays, name, replace(part, arrays={**part.arrays, key: other}))


def outcome(read: Callable[[CheckpointArrays], Any], arrays: CheckpointArrays) -> Any:
    """Return what is read of a checkpoint, or the sentence that refuses it."""
    try:
        return read(arrays)[0]
    except AnalysisError as error:
        return str(error)


def _with(arrays: CheckpointArrays, name: str, part: Part) -> CheckpointArrays:
    return replace(arrays, measured=Measured({**arrays.measured.parts, name: part}))


def _places(value: Any) -> Iterator[tuple[Any, ...]]:
    """Yield the path of each entry within some JSON."""
    if isinstance(value, dict):
        entries = list(value.items())
    else:
        entries = list(enumerate(value[:_LISTED])) if isinstance(value, list) else []
    for key, one in entries:
        yield (key,)
        yield from ((key, *path) for path in _places(one))


def _put(value: dict[str, Any], place: tuple[Any, ...], other: Any) -> dict[str, Any]:
    made = copy.deepcopy(value)
    inner = made
    for key in place[:-1]:
        inner = inner[key]
    inner[place[-1]] = other
    return made
