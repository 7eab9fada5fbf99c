"""Forecasts with exchanged meta-parameters, cached and with a progress bar."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.material import Material
from analysis.what_if.sensors_and_hours import Effect, Reach, swap_sensors, swap_time
from app.session.chunks import in_chunks
from app.session.keys import cached

_WHAT = "Forecasting"
_FIELDS = ("steps", "days", "before", "after", "truth")  # of an effect, along its windows


def cache_folder() -> Path:
    """Return the folder of cached results: `HIMNET_CACHE_DIR`, or one in the user's cache."""
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
    """Return the result of `analysis.what_if.sensors_and_hours.swap_sensors`."""
    return _joined(
        in_chunks(
            steps, lambda part: _swapped(material, part, receivers, givers, reach), what=_WHAT
        )
    )


def moved(
    material: Material, steps: NDArray[np.int64], tod_index: int | None, dow: int | None
) -> Effect:
    """Return the result of `analysis.what_if.sensors_and_hours.swap_time`."""
    return _joined(
        in_chunks(steps, lambda part: _moved(material, part, tod_index, dow), what=_WHAT)
    )


def _joined(found: list[Effect]) -> Effect:
    """Return the effects on all windows as one."""
    joined: dict[str, Any] = {
        name: np.concatenate([getattr(effect, name) for effect in found]) for name in _FIELDS
    }
    return replace(found[0], **joined)


@cached(64)
def _swapped(
    material: Material,
    steps: tuple[int, ...],
    receivers: tuple[int, ...],
    givers: tuple[int, ...],
    reach: Reach,
) -> Effect:
    return swap_sensors(material, steps, receivers, givers, reach=reach)


@cached(64)
def _moved(
    material: Material, steps: tuple[int, ...], tod_index: int | None, dow: int | None
) -> Effect:
    return swap_time(material, steps, tod_index=tod_index, dow=dow)
