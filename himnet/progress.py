"""The style of all progress bars: on standard error, so that `--json` output stays clean."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sized
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")


def progress(
    iterable: Iterable[T] | None = None,
    *,
    description: str,
    total: int | None = None,
    unit: str = "it",
    enabled: bool = True,
    unit_scale: bool = False,
) -> tqdm[T]:
    """Wrap an iterable in a progress bar that appears once the work takes over two seconds.

    Args:
        iterable: what to iterate over; None for a bar that is advanced with `update`.
        description: of the work, in a few words.
        total: number of items, if the iterable has no length.
        unit: name of an item.
        enabled: False for no bar at all.
        unit_scale: write 1k, 1M, for example for bytes.

    Returns:
        The bar, which can be iterated like the iterable.
    """
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    return tqdm(
        iterable,
        desc=description,
        total=total,
        unit=unit,
        disable=not enabled,
        delay=0.5,
        unit_scale=unit_scale,
        dynamic_ncols=True,
        file=getattr(sys.stderr, "terminal", sys.stderr),  # a bar needs control characters
    )
