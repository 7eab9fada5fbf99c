"""Figures of what moved a forecast: by sensor on a map, by sensor and step, beside occlusion."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray
from plotly.subplots import make_subplots

from analysis.figures.colours import DIFFERENCES, NEUTRAL, sampled
from analysis.figures.forecasts import BAR_HEIGHT
from analysis.figures.selection import EDGE_PIXELS
from analysis.figures.style import colour_bar, styled, table_of, ticks_of_minutes, values_title
from himnet import texts

_LEAST_PIXELS, _MOST_PIXELS = 6.0, 22.0  # diameters of a sensor without attribution and the most
_RING, _GAP = 9.0, 4.0  # pixels around the sensor that is forecast, of the ring and within it
_LEAST_END = 1e-6
_MOST_LETTERS = 34  # of a row's name
_ROW, _AROUND = 24, 84  # pixels of a row, and of the margins of the matrix
_BELOW, _HALF_HEIGHT = 8, 240  # pixels of the matrix's margin, and of charts in half a page
_INKS, _PATTERNS = ("#0072b2", "#d55e00"), ("", "/")  # of two groups
_LEGEND = {"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0}


def colour_end(totals: NDArray[np.floating], target: int) -> float:
    """Return the attribution at which the colours of a map end.

    It is the largest of the other sensors: the sensor's own often exceeds all others by far.

    Args:
        totals: (N,) attribution of each sensor.
        target: the sensor that is forecast.
    """
    others = np.abs(np.delete(totals, target))
    largest = float(others.max(initial=0.0)) or float(np.abs(totals).max(initial=0.0))
    return max(largest, _LEAST_END)


def attribution_map(
    figure: go.Figure,
    totals: NDArray[np.floating],
    told: Sequence[str],
    *,
    target: int,
    ring: str,
    unit: str,
) -> go.Figure:
    """Colour and size the sensors of a map by their attribution, in place, with a ring.

    Args:
        figure: from `analysis.figures.city.city_scatter`, of all sensors; its last trace is then
            followed by those of the ring.
        totals: (N,) attribution of each sensor.
        told: N texts for the tooltip: where the sensor is as seen from the target.
        target: the sensor that is forecast, which gets the ring.
        ring: colour of the ring.
        unit: of the attribution.
    """
    end = colour_end(totals, target)
    sensors, edges = figure.data[-1], figure.data[-2]
    share = np.sqrt(np.minimum(np.abs(totals) / end, 1.0))
    sizes = np.round(_LEAST_PIXELS + (_MOST_PIXELS - _LEAST_PIXELS) * share, 1)
    amounts = [texts.plotly(f"{value:+.2f} {unit}") for value in totals]
    scale = {"colorscale": DIFFERENCES, "cmin": -end, "cmax": end}
    title = {"title": {"text": values_title("moves the forecast by", unit), "side": "bottom"}}
    bar = colour_bar("") | title | {"orientation": "h", "y": -0.01, "yanchor": "top"}
    sensors.update(
        marker={"color": np.round(totals, 4), "size": sizes, "colorbar": bar, **scale},
        customdata=table_of(*zip(*sensors.customdata, strict=True), amounts, texts.plotlies(told)),
        hovertemplate="<b>%{customdata[2]}</b><br>%{customdata[1]}<br>%{customdata[4]}"
        "<br>%{customdata[5]}<extra></extra>",
    )
    edges.update(marker={"size": sizes + 2 * EDGE_PIXELS})
    own = {"color": [float(totals[target])], **scale}
    inks = ((_RING, {"color": ring}), (_GAP, {"color": edges.marker.color}), (0.0, own))
    for around, ink in inks:  # on top, since a neighbour may be larger
        figure.add_scattermap(
            lat=[sensors.lat[target]], lon=[sensors.lon[target]], mode="markers", hoverinfo="skip",
            showlegend=False, marker={"size": float(sizes[target]) + around, **ink},
        )  # fmt: skip
    figure.update_layout(height=(figure.layout.height or 0) + BAR_HEIGHT)
    figure.update_layout(margin={"b": BAR_HEIGHT})
    return figure


def attribution_matrix(
    values: NDArray[np.floating],
    names: Sequence[str],
    minutes: NDArray[np.floating],
    *,
    unit: str,
    height: int | None = None,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw attributions by sensor and step, and the sum of each sensor beside them.

    Args:
        values: (k, T) of k sensors, or sums of several, in the data's unit.
        names: k texts.
        minutes: (T,) from each step to the moment of the forecast, the last is 0.
        unit: of the attributions.
        height: in pixels; None gives every row room.
        meta: choices to store with the figure.
    """
    figure = make_subplots(
        1, 2, shared_yaxes=True, horizontal_spacing=0.03, column_widths=[0.78, 0.22]
    )
    end = max(float(np.quantile(np.abs(values), 0.98)) if values.size else 0.0, _LEAST_END)
    shown = [texts.plotly(texts.clipped(name, _MOST_LETTERS)) for name in names]
    rows, each, sums = list(range(len(names))), texts.plotly(unit), values.sum(axis=1)
    figure.add_heatmap(
        z=np.round(values, 4),
        x=minutes,
        y=rows,
        customdata=[[name] * len(minutes) for name in shown],
        colorscale=DIFFERENCES,
        zmin=-end,
        zmax=end,
        showscale=False,
        xgap=1,
        ygap=1,
        hovertemplate="<b>%{customdata}</b><br>%{x:g} minutes before<br>%{z:+.3f} "
        f"{each}<extra></extra>",
    )
    places = (sums / max(float(np.abs(sums).max(initial=0.0)), _LEAST_END) + 1) / 2
    figure.add_bar(
        **{"x": np.round(sums, 4), "y": rows, "orientation": "h"},
        marker={"color": sampled(DIFFERENCES, places), "line": {"width": 0.5, "color": NEUTRAL}},
        customdata=shown,
        hovertemplate=f"<b>%{{customdata}}</b><br>sum %{{x:+.2f}} {each}<extra></extra>",
        row=1,
        col=2,
    )
    of_time, ticks = ticks_of_minutes(minutes)
    figure.update_xaxes(title=f"{of_time} before", autorange="reversed", **ticks, row=1, col=1)
    figure.update_xaxes(title=values_title("sum", unit), nticks=4, row=1, col=2)
    styled(figure, height=height or _AROUND + _ROW * max(len(names), 4), meta=meta)
    figure.update_yaxes(
        autorange="reversed", tickmode="array", tickvals=rows, ticktext=shown, ticklen=0,
        showgrid=False, zeroline=False,
    )  # fmt: skip
    figure.update_layout(showlegend=False, bargap=0.25, margin={"t": 8, "b": _BELOW})
    return figure


def agreement_scatter(
    totals: NDArray[np.floating],
    falls: NDArray[np.floating],
    ids: Sequence[str],
    *,
    target: int,
    unit: str,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw each sensor's attribution against the fall of the forecast when it is occluded.

    Args:
        totals: (N,) attributions.
        falls: (N,) falls of the forecast.
        ids: N sensor ids.
        target: the sensor that is forecast, drawn as a diamond.
        unit: of both.
        meta: choices to store with the figure.
    """
    figure, each = go.Figure(), texts.plotly(unit)
    both = np.concatenate([totals, falls])
    ends = [float(both.min(initial=0.0)), float(both.max(initial=0.0))]
    figure.add_scatter(
        x=ends, y=ends, mode="lines", hoverinfo="skip",
        line={"color": NEUTRAL, "width": 1, "dash": "dot"},
    )  # fmt: skip
    is_target = np.arange(len(ids)) == target
    figure.add_scatter(
        x=np.round(totals, 4),
        y=np.round(falls, 4),
        mode="markers",
        customdata=texts.plotlies(ids),
        marker={
            "color": DIFFERENCES[-1][1], "opacity": 0.75,
            "size": np.where(is_target, 13, 8), "line": {"width": 1, "color": NEUTRAL},
            "symbol": np.where(is_target, "diamond", "circle").tolist(),
        },
        hovertemplate=f"<b>%{{customdata}}</b><br>integrated gradients %{{x:+.2f}} {each}"
        f"<br>occlusion %{{y:+.2f}} {each}<extra></extra>",
    )  # fmt: skip
    figure.update_xaxes(title=values_title("integrated gradients", unit))
    figure.update_yaxes(title=values_title("occlusion", unit))
    styled(figure, height=340, meta=meta)
    return figure.update_layout(showlegend=False, margin={"t": 12})


def shares_by_distance(
    edges: Sequence[float],
    shares: NDArray[np.floating],
    names: Sequence[str],
    *,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the share of the other sensors' attribution in bands of distance, by group.

    Args:
        edges: b distances in km at which bands begin; the last has no end.
        shares: (g, b).
        names: g groups.
        meta: choices to store with the figure.
    """
    ends = [f"{low:g}-{high:g}" for low, high in pairwise(edges)] + [f"over {edges[-1]:g}"]
    figure = go.Figure()
    for row, name, colour, pattern in zip(shares, names, _INKS, _PATTERNS, strict=False):
        figure.add_bar(
            x=ends, y=np.round(row, 4), name=texts.plotly(name),
            marker={"color": colour, "pattern": {"shape": pattern}, "line": {"width": 0}},
            hovertemplate="%{x} km: %{y:.1%}",
        )  # fmt: skip
    figure.update_xaxes(title="km to the sensor that is forecast", type="category")
    figure.update_yaxes(title="share of the other sensors'", tickformat=".0%", rangemode="tozero")
    figure.update_layout(barmode="group", bargap=0.3, hovermode="x unified", legend=_LEGEND)
    return styled(figure, height=_HALF_HEIGHT, meta=meta)


def shares_by_step(
    minutes: NDArray[np.floating],
    shares: NDArray[np.floating],
    names: Sequence[str],
    *,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the share of the attribution in each input step, by group.

    Args:
        minutes: (T,) from each step to the moment of the forecast, the last is 0.
        shares: (g, T).
        names: g groups.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    for row, name, colour, dash in zip(shares, names, _INKS, ("solid", "dash"), strict=False):
        figure.add_scatter(
            x=minutes, y=np.round(row, 4), mode="lines+markers", name=texts.plotly(name),
            line={"color": colour, "width": 2.2, "dash": dash}, hovertemplate="%{y:.1%}",
        )  # fmt: skip
    of_time, ticks = ticks_of_minutes(minutes)
    figure.update_xaxes(title=f"{of_time} before", autorange="reversed", **ticks)
    figure.update_yaxes(title="share", tickformat=".0%", rangemode="tozero")
    figure.update_layout(hovermode="x unified", legend=_LEGEND)
    return styled(figure, height=_HALF_HEIGHT, meta=meta)
