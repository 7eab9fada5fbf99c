"""Notes about values over time: readings, or the model's forecasts in their place."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from analysis.material import Material
from analysis.readings.days import duration_words
from analysis.readings.series import sensor_means
from analysis.readings.source import Source
from app.session.keys import cached
from app.session.opened import OpenCheckpoint
from app.views.components import missing_note
from himnet.data.registry import DATASETS


def say_what_is_drawn(checkpoint: OpenCheckpoint, material: Material) -> None:
    """Say if values are forecasts or not available, and which command changes that."""
    source = material.source
    if source is None:
        missing_note(
            f"There are no values over time: {material.dataset_problem}, and the checkpoint has no "
            "valid track. With the data set, this command writes one:",
            checkpoint.track_command,
        )
    elif not source.are_readings:
        say_forecasts(material, source.minutes_ahead)


def say_forecasts(material: Material, minutes_ahead: float) -> None:
    """Say that forecasts are shown instead of readings, why, and which command changes that."""
    name = material.info.name
    get = DATASETS[name].get if name in DATASETS else ""
    missing_note(
        f"Readings are not available ({material.dataset_problem}); the charts show the model's "
        f"forecasts, made {duration_words(minutes_ahead)} ahead.",
        get if get.startswith("python") else None,
    )


@cached(8)
def mean_values(source: Source) -> NDArray[np.float64]:
    """Return the mean of each sensor over all values of a source, (N,)."""
    return sensor_means(source.values(np.arange(len(source.times))))
