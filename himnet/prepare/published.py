"""The moments of the published data sets, most of which do not state them."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from himnet.data.registry import DatasetSpec
from himnet.data.stored_moments import local_clock

_STEP = np.timedelta64(5, "m")
_ZONE = "America/Los_Angeles"  # all of them are from California


def moments_of_period(spec: DatasetSpec) -> NDArray[np.datetime64]:
    """Return the moments (T,) datetime64[s] of a published data set, from its period.

    PEMS-BAY lacks the hour that clocks skip, PeMSD7(M) the weekends: what fits the number of steps
    is taken.
    """
    assert spec.period is not None
    first, last = (np.datetime64(day, "s") for day in spec.period)
    every = np.arange(first, last + np.timedelta64(1, "D"), _STEP.astype("timedelta64[s]"))
    on_weekdays = every[np.is_busday(every.astype("datetime64[D]"))]
    # what the clocks show from the first moment on is all but the hour that they skip
    began = every[0] - (local_clock(every[:1], _ZONE) - every[:1])[0]
    shown = local_clock(began + (every - every[0]), _ZONE)
    shown = shown[shown <= every[-1]]
    return next(m for m in (every, on_weekdays, shown) if len(m) == spec.num_steps)


def told_of_moments(spec: DatasetSpec) -> str:
    """Return a sentence on the moments that were taken from the period of a published data set."""
    period = " to ".join(spec.period or ())
    return (
        f"the readings have no times but exactly the sizes of {spec.name}, so its moments were "
        f"taken ({period}); --start and --step say otherwise"
    )
