"""Figures of neighbours in meta-parameter space and their readings over time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.figures.colours import COSINES, palette_colour
from analysis.figures.selection import SELECTED
from analysis.figures.spatial import cluster_series
from analysis.figures.style import colour_bar, styled
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
    """Draw the readings of a sensor, emphasised, and of its neighbours.

    Args:
        times: (T,) datetime64, or days from the first step without a calendar.
        readings: (T, N) of all sensors, NaN if missing.
        sensor: column of the sensor.
        others: columns of its neighbours.
        sensors: the N sensors, for their names.
        quantity, unit: for the axis.
        meta: choices to store with the figure.
    """
    columns = [sensor, *others]
    roads = sensors.road_names
    figure = cluster_series(
        times,
        readings[:, columns],
        range(len(columns)),
        colours=list(map(palette_colour, range(len(columns)))),
        names={
            place: f"{sensors.ids[column]} {roads[column]}".strip()
            for place, column in enumerate(columns)
        },
        quantity=quantity,
        unit=unit,
        meta=meta,
    )
    figure.data[0].line.width = _OWN_WIDTH
    # drawn last, it is on top; its position in the legend remains the first
    figure.data = (*figure.data[1:], figure.data[0])
    figure.data[-1].legendrank = 1
    return figure


def week_similarity(
    cosines: NDArray[np.floating],
    day_names: Sequence[str],
    *,
    day: int | None,
    hour: int,
) -> go.Figure:
    """Draw how similar each hour of the week is to one hour.

    Args:
        cosines: (d, 24), of the seven days, or one row if only the time of day is compared.
        day_names: d names of the rows.
        day: row of the hour to compare with, which is framed; None for the only row.
        hour: of that hour.
    """
    row = 0 if day is None else day
    figure = go.Figure(
        go.Heatmap(
            z=np.round(cosines, 4).astype(np.float32),
            x=list(range(cosines.shape[1])),
            y=list(day_names),
            colorscale=COSINES,
            zmin=-1,
            zmax=1,
            xgap=1,
            ygap=1,
            colorbar=colour_bar("cosine similarity"),
            hovertemplate="%{y}, %{x} h: %{z:.2f}<extra></extra>",
        )
    )
    figure.add_shape(
        type="rect", x0=hour - 0.5, x1=hour + 0.5, y0=row - 0.5, y1=row + 0.5,
        line={"color": SELECTED, "width": 3},
    )  # fmt: skip
    figure.update_xaxes(title="hour of day", dtick=3)
    figure.update_yaxes(type="category", autorange="reversed")
    return styled(figure, height=110 + 34 * max(len(day_names), 3))
