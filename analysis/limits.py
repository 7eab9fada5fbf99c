"""The number of sensors up to which all pairs are computed, and what replaces them beyond it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError

MOST_QUADRATIC = 5_000  # sensors; beyond, nothing is computed for all pairs
SAMPLE = 500  # sensors drawn at random that represent all, beyond that
MOST_MEMBERS = 250  # of a group, likewise
MOST_POINTS = 3_000  # of a chart of sensors, beyond that


def is_large(count: int) -> bool:
    """Whether there are too many sensors to compute all pairs."""
    return count > MOST_QUADRATIC


def sample(count: int, *, size: int = SAMPLE, seed: int = 0) -> NDArray[np.int64]:
    """Return the sensors, ascending, that represent all: all of a small city, or a random sample.

    Args:
        count: of sensors, N.
        size: of the sample.
        seed: of the draw.
    """
    if not is_large(count):
        return np.arange(count)
    chosen = np.random.default_rng(seed).choice(count, min(size, count), replace=False)
    return np.sort(chosen).astype(np.int64)


def points_drawn(
    wanted: NDArray[np.bool_], *, always: Sequence[int] | NDArray[np.int64] = ()
) -> NDArray[np.int64]:
    """Return the sensors, ascending, that a chart draws: all, or a random sample.

    Args:
        wanted: (N,) which to draw; a small city returns all positions.
        always: positions that are always drawn.
    """
    count = len(wanted)
    if not is_large(count):
        return np.arange(count)
    places = np.flatnonzero(wanted)
    if len(places) > MOST_POINTS:
        places = np.random.default_rng(0).choice(places, MOST_POINTS, replace=False)
    return np.union1d(places, np.asarray(always, dtype=np.int64)).astype(np.int64)


def some_of(
    members: Sequence[int], count: int, *, size: int = MOST_MEMBERS, seed: int = 0
) -> Sequence[int]:
    """Return the members of a group whose pairs are computed: all, or a random sample.

    Args:
        members: positions of the group's sensors.
        count: of all sensors, N; in a small city all members are returned.
        size: of the sample.
        seed: of the draw.
    """
    if not is_large(count) or len(members) <= size:
        return members
    chosen = np.random.default_rng(seed).choice(len(members), size, replace=False)
    return [members[place] for place in np.sort(chosen)]


def evenly(count: int, most: int, *, ends: bool = False) -> NDArray[np.int64]:
    """Return the positions, ascending, of all of `count` items, or of `most` evenly spaced ones.

    Args:
        count: number of items.
        most: number of positions.
        ends: whether to include the last position, as for a line; otherwise the positions are the
            starts of equal parts, as for a circle.
    """
    last = count - 1 if ends else count
    return np.linspace(0, last, min(count, most), endpoint=ends).astype(np.int64)


def left_out(what: str, instead: str = "") -> str:
    """Return the message that something is not available for many sensors.

    Args:
        what: what is left out, such as ``"Ward linkage"``.
        instead: what to do, or what is shown instead; "" for nothing.
    """
    more = f"; {instead}" if instead else ""
    return f"{what} is left out above {MOST_QUADRATIC:,} sensors{more}"


def check_forward(count: int) -> None:
    """Refuse a forward pass that would take too much time and memory.

    Args:
        count: of sensors, N; the adaptive graph is (N, N).

    Raises:
        AnalysisError: above `MOST_QUADRATIC`.
    """
    if is_large(count):
        raise AnalysisError(
            left_out(
                "running the model, whose graph connects all pairs of sensors,",
                "make a track with python -m himnet track on a machine with enough memory",
            )
        )


def check_pairs(rows: int, columns: int) -> None:
    """Refuse a matrix of all pairs that would take too much time and memory.

    Args:
        rows, columns: of the matrix.

    Raises:
        AnalysisError: beyond `MOST_QUADRATIC` squared.
    """
    if rows * columns > MOST_QUADRATIC**2:
        raise AnalysisError(left_out(f"a matrix of all pairs, {rows:,} by {columns:,} here,"))
