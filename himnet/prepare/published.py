"""The published data sets, recognised by their sizes, and the calendars that they do not state."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.data.registry import DATASETS, DatasetSpec
from himnet.data.stored_moments import local_clock

_STEP = np.timedelta64(5, "m")
_ZONE = "America/Los_Angeles"  # all of them are from California


def published_as(steps: int, sensors: int) -> DatasetSpec | None:
    """Return the published data set with exactly these sizes, or None."""
    for spec in DATASETS.values():
        if spec.num_nodes and (spec.num_steps, spec.num_nodes) == (steps, sensors):
            return spec
    return None


def published_moments(spec: DatasetSpec) -> NDArray[np.datetime64] | None:
    """Return the moments (T,) datetime64[s] of a published data set, from its period.

    PEMS-BAY lacks the hour that clocks skip, PeMSD7(M) the weekends: what fits the number of steps
    is taken. None if nothing does.
    """
    if spec.period is None:
        return None
    first, last = (np.datetime64(day, "s") for day in spec.period)
    every = np.arange(first, last + np.timedelta64(1, "D"), _STEP.astype("timedelta64[s]"))
    on_weekdays = every[np.is_busday(every.astype("datetime64[D]"))]
    # what the clocks show from the first moment on is all but the hour that they skip
    began = every[0] - (local_clock(every[:1], _ZONE) - every[:1])[0]
    shown = local_clock(began + (every - every[0]), _ZONE)
    shown = shown[shown <= every[-1]]
    return next((m for m in (every, on_weekdays, shown) if len(m) == spec.num_steps), None)


def facts_of(spec: DatasetSpec) -> dict[str, Any]:
    """Return the keys of ``dataset.json`` that say what a published data set measures."""
    return {
        "quantity": spec.quantity, "unit": spec.unit, "missing_value": spec.missing_value,
    }  # fmt: skip


def told_of(spec: DatasetSpec, *, dated: bool) -> str:
    """Return a sentence on what was taken from the fact sheet of a published data set."""
    begins = f", and that it begins on {spec.period[0]}" if spec.period and dated else ""
    return (
        f"the array has exactly the sizes of {spec.name}; that it is {spec.quantity} "
        f"({spec.unit}) with {spec.missing_value:g} for missing readings{begins}, is taken from "
        f"its fact sheet (--name {spec.name} makes it that data set)"
    )
