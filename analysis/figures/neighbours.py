"""Figures of neighbours in meta-parameter space: what they read over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.figures.spatial import cluster_series
from himnet.data.info import Sensors

_OWN_WIDTH = 3.0


def neighbour_series(
    times: NDArray[Any],
    readings: NDArray[np.floating],
    sensor: int,
    others: Sequence[int],
    *,
    sensors: Sensors,
    quantity: str,
    unit: str,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the readings of a sensor, in a strong line, and of its neighbours.

    Args:
        times: (T,) datetime64, or days from the first step where the calendar is unknown.
        readings: (T, N) of all sensors, NaN where there is none.
        sensor: column of the sensor.
        others: columns of its neighbours.
        sensors: the N sensors, for their names.
        quantity, unit: for the axis.
        meta: choices to store with the figure.
    """
    columns = [sensor, *others]
    roads = sensors.roads or ("",) * len(sensors)
    figure = cluster_series(
        times,
        readings[:, columns],
        range(len(columns)),
        names={
            place: f"{sensors.ids[column]} {roads[column]}".strip()
            for place, column in enumerate(columns)
        },
        quantity=quantity,
        unit=unit,
        meta=meta,
    )
    figure.data[0].line.width = _OWN_WIDTH
    # drawn last, it lies on top; its place in the legend stays the first
    figure.data = (*figure.data[1:], figure.data[0])
    figure.data[-1].legendrank = 1
    return figure
