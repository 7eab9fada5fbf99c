"""Forecasts under other meta-parameters, kept by what they were made from, with progress."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.interventions import Effect, Reach, swap_sensors, swap_time
from analysis.material import Material

CHUNK = 8  # windows between two moves of the progress bar
_FIELDS = ("steps", "days", "before", "after", "truth")  # of an effect, along its windows


def cache_folder() -> Path:
    """Return the folder for results that took minutes: `HIMNET_CACHE_DIR`, or the user's cache."""
    named = os.environ.get("HIMNET_CACHE_DIR")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "himnet-explorer"


def swapped(
    material: Material,
    steps: NDArray[np.int64],
    receivers: tuple[int, ...],
    givers: tuple[int, ...],
    reach: Reach,
) -> Effect:
    """Return what `analysis.interventions.swap_sensors` does, with a progress bar."""
    asked = (receivers, givers, reach)
    return _in_chunks(
        steps, lambda part: _swapped(*_sums(material), part, *asked, _material=material)
    )


def moved(
    material: Material, steps: NDArray[np.int64], tod_index: int | None, dow: int | None
) -> Effect:
    """Return what `analysis.interventions.swap_time` does, with a progress bar."""
    return _in_chunks(
        steps, lambda part: _moved(*_sums(material), part, tod_index, dow, _material=material)
    )


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


def _in_chunks(steps: NDArray[np.int64], effect_of: Callable[[tuple[int, ...]], Effect]) -> Effect:
    """Compute windows chunk by chunk: each is kept, so that a stop loses little."""
    parts = np.split(steps, np.arange(CHUNK, len(steps), CHUNK))
    tell = progress_bar("The model forecasts") if len(parts) > 1 else None
    found = []
    for done, part in enumerate(parts, start=1):
        found.append(effect_of(tuple(int(step) for step in part)))
        if tell is not None:
            tell(done / len(parts))
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(effect, name) for effect in found]) for name in _FIELDS
    }
    return replace(found[0], **joined)


def _sums(material: Material) -> tuple[str, str]:
    info = material.required_dataset().info
    return material.arrays.sha256, info.sha256 or info.name


@st.cache_data(max_entries=64, show_spinner=False)
def _swapped(
    sha256: str,
    dataset_sum: str,
    steps: tuple[int, ...],
    receivers: tuple[int, ...],
    givers: tuple[int, ...],
    reach: Reach,
    *,
    _material: Material,
) -> Effect:
    return swap_sensors(_material, steps, receivers, givers, reach=reach)


@st.cache_data(max_entries=64, show_spinner=False)
def _moved(
    sha256: str,
    dataset_sum: str,
    steps: tuple[int, ...],
    tod_index: int | None,
    dow: int | None,
    *,
    _material: Material,
) -> Effect:
    return swap_time(_material, steps, tod_index=tod_index, dow=dow)
