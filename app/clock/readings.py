"""What pages say of values over time: readings, or the model's forecasts in their place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.material import Material
from analysis.readings.series import sensor_means
from analysis.readings.source import Source
from app.session.keys import cached
from app.session.opened import OpenCheckpoint
from app.views.components import missing_note
from himnet.data.registry import DATASETS


def say_what_is_drawn(checkpoint: OpenCheckpoint, material: Material) -> None:
    """Say that values are forecasts, or that there are none, and which command changes it."""
    source = material.source
    if source is None:
        missing_note(
            f"There is nothing to draw over time: {material.dataset_problem}; and no track that "
            "fits lies beside the checkpoint. With the data set, this makes one:",
            checkpoint.track_command,
        )
    elif not source.are_readings:
        say_forecasts(material, source.minutes_ahead)


def say_forecasts(material: Material, minutes_ahead: float) -> None:
    """Say that forecasts stand where readings are wanted, why, and what changes it."""
    name = material.info.name
    get = DATASETS[name].get if name in DATASETS else ""
    missing_note(
        f"Drawn are the model's own forecasts, made {minutes_ahead:g} minutes ahead, since the "
        f"readings are not here: {material.dataset_problem}.",
        get if get.startswith("python") else None,
    )


@cached(8)
def mean_values(source: Source) -> NDArray[np.float64]:
    """Return each sensor's mean over all that a source has, (N,)."""
    return sensor_means(source.values(np.arange(len(source.times))))
