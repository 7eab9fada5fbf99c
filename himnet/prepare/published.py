"""The published data sets, recognised by their sizes, and the calendars that they do not state."""

from __future__ import annotations

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


def published_moments(
    steps: int, sensors: int
) -> tuple[DatasetSpec, NDArray[np.datetime64]] | None:
    """Return the published data set with exactly these sizes, and its moments (T,) datetime64[s].

    None if there is no such data set.
    """
    spec = published_as(steps, sensors)
    moments = None if spec is None else moments_of_period(spec)
    return None if spec is None or moments is None else (spec, moments)


def moments_of_period(spec: DatasetSpec) -> NDArray[np.datetime64] | None:
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


def told_of(spec: DatasetSpec) -> str:
    """Return a sentence on the moments that were taken from the period of a published data set."""
    period = " to ".join(spec.period or ())
    return (
        f"the array has exactly the sizes of {spec.name}, so its steps are those of {spec.name} "
        f"({period}); --start and --step say otherwise"
    )
