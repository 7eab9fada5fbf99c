"""Long computations in chunks, with a progress bar and the remaining time."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import streamlit as st
from numpy.typing import NDArray

CHUNK = 8  # default number of windows per chunk
Part = TypeVar("Part")


def progress_bar(what: str) -> Callable[[float], None]:
    """Draw a progress bar; return a function that updates it with the share done, 0 to 1.

    It shows the estimated remaining time, and disappears at 1.
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
    """Compute windows chunk by chunk, so that finished chunks are cached when it is stopped.

    Args:
        steps: (n,) the windows' last input steps.
        part_of: computes a chunk; a cached function.
        what: text of the progress bar.
        size: windows per chunk.
    """
    parts = np.split(steps, np.arange(size, len(steps), size))
    tell = progress_bar(what) if len(parts) > 1 else None
    found = []
    for done, part in enumerate(parts, start=1):
        found.append(part_of(tuple(int(step) for step in part)))
        if tell is not None:
            tell(done / len(parts))
    return found


def joined(parts: Sequence[Part], names: Sequence[str]) -> Part:
    """Return the first of some results with the arrays of all of them, one after another.

    Args:
        parts: of the chunks, dataclasses.
        names: attributes that are arrays along the windows.
    """
    arrays = {name: np.concatenate([getattr(part, name) for part in parts]) for name in names}
    first: Any = parts[0]
    whole: Part = replace(first, **arrays)
    return whole
