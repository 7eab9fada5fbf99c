"""Forecasts under other meta-parameters, kept by what they were made from, with progress."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.material import Material
from analysis.what_if.sensors_and_hours import Effect, Reach, swap_sensors, swap_time
from app.session.chunks import in_chunks

_WHAT = "The model forecasts"
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
    """Return what `analysis.what_if.sensors_and_hours.swap_sensors` does, with a progress bar."""
    sums = dataset_sums(material)

    def part_of(part: tuple[int, ...]) -> Effect:
        found: Effect = _swapped(*sums, part, receivers, givers, reach, _material=material)
        return found

    return _joined(in_chunks(steps, part_of, what=_WHAT))


def moved(
    material: Material, steps: NDArray[np.int64], tod_index: int | None, dow: int | None
) -> Effect:
    """Return what `analysis.what_if.sensors_and_hours.swap_time` does, with a progress bar."""
    sums, asked = dataset_sums(material), (tod_index, dow)
    return _joined(
        in_chunks(steps, lambda part: _moved(*sums, part, *asked, _material=material), what=_WHAT)
    )


def _joined(found: list[Effect]) -> Effect:
    """Return the effects on all windows as one."""
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(effect, name) for effect in found]) for name in _FIELDS
    }
    return replace(found[0], **joined)


def dataset_sums(material: Material) -> tuple[str, str]:
    """Return what tells a model and its data set from all others, for a cache's key."""
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
