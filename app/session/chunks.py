"""Work that takes more than a moment: done in chunks, with a progress bar and the time left."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

CHUNK = 8  # windows between two moves of the progress bar, unless told otherwise
Part = TypeVar("Part")


def progress_bar(what: str) -> Callable[[float], None]:
    """Draw a progress bar; return what moves it, told the share that is done, 0 to 1.

    It says how long the rest may take, and is gone when all is done.
    """
    bar, began = st.progress(0.0, text=f"{what} ..."), time.monotonic()

    def tell(share: float) -> None:
        left = (time.monotonic() - began) * (1 - share) / max(share, 1e-9)
        bar.progress(min(share, 1.0), text=f"{what}: {share:.0%}, about {left:.0f} s left")
        if share >= 1:
            bar.empty()

    return tell


def in_chunks(
    steps: NDArray[np.int64],
    part_of: Callable[[tuple[int, ...]], Part],
    *,
    what: str,
    size: int = CHUNK,
) -> list[Part]:
    """Compute windows chunk by chunk, so that a stop loses little of what a cache keeps.

    Args:
        steps: (n,) the windows' last input steps.
        part_of: computes some of them; a cached function.
        what: is done, for the progress bar.
        size: windows of a chunk.
    """
    parts = np.split(steps, np.arange(size, len(steps), size))
    tell = progress_bar(what) if len(parts) > 1 else None
    found = []
    for done, part in enumerate(parts, start=1):
        found.append(part_of(tuple(int(step) for step in part)))
        if tell is not None:
            tell(done / len(parts))
    return found
