"""One look for every progress bar: on standard error, so that `--json` stays clean."""

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
        iterable: what to go through; None for a bar that is moved by hand with `update`.
        description: what is going on, in a few words.
        total: number of items, where the iterable does not tell.
        unit: what one item is called.
        enabled: False for no bar at all.
        unit_scale: write 1k, 1M for bytes and the like.

    Returns:
        The bar, which iterates like the iterable.
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
        file=getattr(sys.stderr, "terminal", sys.stderr),  # a bar steers it, unlike other output
    )
