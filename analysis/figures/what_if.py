"""Figures of forecasts with other meta-parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.figures.colours import DIFFERENCES, NEUTRAL
from analysis.figures.style import colour_bar, styled, ticks_of_minutes, values_title
from himnet import texts

OWN, OTHER = "#0072b2", "#d55e00"
_HEIGHT, _ABOVE = 320, 56  # pixels; above is a legend of two lines
_CELL, _AROUND = 30, 170  # pixels of a cluster's row, and of the margins of the matrix


def window_forecasts(
    minutes: tuple[NDArray[np.floating], NDArray[np.floating]],
    history: NDArray[np.floating],
    truth: NDArray[np.floating],
    forecasts: Mapping[str, NDArray[np.floating]],
    *,
    quantity: str,
    unit: str,
    series: str = "reading",
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw one sensor's window: readings before and after the moment, and two forecasts.

    Args:
        minutes: (T,) of the history, up to 0, and (T',) of the forecast.
        history: (T,) readings, NaN if missing.
        truth: (T',) readings, NaN if missing.
        forecasts: names to (T',): the model's own first, then the changed one.
        quantity, unit: for the axis.
        series: name of the readings, or of what stands in for them.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    hover = f"%{{y:.1f}} {texts.plotly(unit)}"
    figure.add_scatter(
        x=np.concatenate(minutes),
        y=np.concatenate([history, truth]),
        mode="lines+markers",
        name=series,
        line={"color": NEUTRAL, "width": 2},
        marker={"size": 5},
        hovertemplate=hover,
    )
    dashes = ("solid", "dash")
    for (name, values), colour, dash in zip(forecasts.items(), (OWN, OTHER), dashes, strict=False):
        figure.add_scatter(
            x=minutes[1],
            y=np.round(values, 2),
            mode="lines+markers",
            name=texts.plotly(name),
            line={"color": colour, "width": 2.4, "dash": dash},
            marker={"size": 6},
            hovertemplate=hover,
        )
    figure.add_vline(x=0, line={"color": NEUTRAL, "width": 1, "dash": "dot"})
    figure.update_layout(
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}, hovermode="x unified"
    )
    of_time, ticks = ticks_of_minutes(np.concatenate(minutes))
    figure.update_xaxes(title=f"{of_time} after the forecast is made", **ticks)
    figure.update_yaxes(title=values_title(quantity, unit), rangemode="tozero")
    styled(figure, height=_HEIGHT, meta=meta)
    return figure.update_layout(margin={"t": _ABOVE})


def cluster_errors(
    excess: NDArray[np.floating],
    names: Sequence[str],
    *,
    unit: str,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw how much each cluster's error grows with the mean query of every other cluster.

    Args:
        excess: (k, k) mean absolute error of cluster i with j's parameters minus that with its
            sensors' own; NaN without readings.
        names: k texts, all different.
        unit: of the errors.
        meta: choices to store with the figure.
    """
    known = np.abs(excess[np.isfinite(excess)])
    end = max(float(np.quantile(known, 0.95)) if known.size else 1.0, 1e-6)
    numbers = texts.plotlies(name.split(" ", 1)[0] for name in names)
    shown = texts.plotlies(names)
    figure = go.Figure(
        go.Heatmap(
            z=np.round(excess, 4),
            x=numbers,
            y=shown,
            customdata=[shown for _ in names],
            colorscale=DIFFERENCES,
            zmin=-end,
            zmax=end,
            colorbar=colour_bar(values_title("change in error", unit)),
            hovertemplate=(
                f"sensors of %{{y}}<br>with the parameters of %{{customdata}}<br>%{{z:+.3f}} "
                f"{texts.plotly(unit)}<extra></extra>"
            ),
            xgap=1,
            ygap=1,
        )
    )
    figure.update_xaxes(type="category", title="mean parameters of cluster", side="bottom")
    figure.update_yaxes(type="category", autorange="reversed", title="forecasts of cluster")
    return styled(figure, height=_AROUND + _CELL * max(len(names), 5), meta=meta)
