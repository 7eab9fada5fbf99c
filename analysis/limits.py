"""Up to how many sensors every pair of them is looked at, and what stands for all beyond that."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError

MOST_QUADRATIC = 5_000  # sensors: beyond, nothing is computed for all pairs of them
SAMPLE = 500  # sensors drawn at random that stand for all, beyond that
MOST_MEMBERS = 250  # of a group, likewise
MOST_POINTS = 3_000  # of a chart of sensors that a browser draws at once, beyond that


def is_large(count: int) -> bool:
    """Whether so many sensors have too many pairs to look at all of them."""
    return count > MOST_QUADRATIC


def sample(count: int, *, size: int = SAMPLE, seed: int = 0) -> NDArray[np.int64]:
    """Return the sensors, rising, that stand for all: all of a small city, else a random sample.

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
    """Return the sensors, rising, that a chart has points for: all, or a random sample.

    Args:
        wanted: (N,) which are to be drawn; in a small city, the others are positions too.
        always: positions that have a point anyway.
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
    """Return the members of a group whose pairs are looked at: all, or a random sample.

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
    """Return the places, rising, of all of `count` things, or of `most` evenly spaced ones.

    Args:
        count: of things in a row.
        most: of them that are taken.
        ends: whether the last is one of them too, for a line; else they are the starts of equal
            shares, as for a circle.
    """
    last = count - 1 if ends else count
    return np.linspace(0, last, min(count, most), endpoint=ends).astype(np.int64)


def left_out(what: str, instead: str = "") -> str:
    """Return the sentence on what a city of many sensors has to do without.

    Args:
        what: is left out, such as ``"Ward linkage"``.
        instead: what to do, or what is drawn instead; "" for nothing.
    """
    more = f"; {instead}" if instead else ""
    return f"{what} is left out above {MOST_QUADRATIC:,} sensors{more}"


def check_forward(count: int) -> None:
    """Refuse a forward pass whose graph nobody should wait for, nor have the memory of.

    Args:
        count: of sensors, N; the adaptive graph is (N, N).

    Raises:
        AnalysisError: above `MOST_QUADRATIC`.
    """
    if is_large(count):
        raise AnalysisError(
            left_out(
                "running the model, whose graph joins all pairs of sensors,",
                "make a track with python -m himnet track on a machine with memory for it",
            )
        )


def check_pairs(rows: int, columns: int) -> None:
    """Refuse a matrix of all pairs that nobody should wait for, nor have the memory of.

    Args:
        rows, columns: of the matrix.

    Raises:
        AnalysisError: beyond `MOST_QUADRATIC` squared.
    """
    if rows * columns > MOST_QUADRATIC**2:
        raise AnalysisError(left_out(f"a matrix of all pairs, {rows:,} by {columns:,} here,"))
