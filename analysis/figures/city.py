"""The linked map: sensors that a visitor can lasso, on local roads, without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.colouring import Colouring
from analysis.figures.style import styled
from analysis.maps import LIGHT, MapStyle
from analysis.roads import WGS84

_TILE_PIXELS = 512  # of the whole earth at zoom 0
_MARGIN = 1.15


def city_scatter(
    latitude: NDArray[np.floating],
    longitude: NDArray[np.floating],
    lines: gpd.GeoDataFrame,
    colouring: Colouring,
    *,
    ids: Sequence[str],
    about: Sequence[str],
    style: MapStyle = LIGHT,
    height: int = 460,
    pixels: int = 640,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Draw the sensors as one trace of points on the lines of their freeways.

    Args:
        latitude, longitude: (N,) degrees.
        lines: what `analysis.roads.freeway_lines` returns; may be empty.
        colouring: of the N sensors.
        ids: N sensor ids; first in `customdata`.
        about: N texts for the tooltip.
        style: light or dark.
        height, pixels: of the map on the page, to find the zoom at which all is seen.
        meta: choices to store with the figure.
    """
    figure = go.Figure()
    if len(lines):
        figure.add_trace(_roads(lines, style))
    figure.add_scattermap(
        lat=np.round(latitude, 6),
        lon=np.round(longitude, 6),
        mode="markers",
        marker={"color": list(colouring.colours), "size": 10},
        customdata=list(zip(ids, about, strict=True)),
        hovertemplate="<b>%{customdata[0]}</b><br>%{customdata[1]}<extra></extra>",
        showlegend=False,
    )
    styled(figure, height=height, meta=meta)
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        map={
            "style": "white-bg",
            "center": {"lat": _middle(latitude), "lon": _middle(longitude)},
            "zoom": _zoom(latitude, longitude, height, pixels),
            "layers": [_background(style)],
        },
        uirevision="city",
    )
    return figure


def _roads(lines: gpd.GeoDataFrame, style: MapStyle) -> go.Scattermap:
    """Return the freeways as one trace; None parts one line from the next."""
    latitude: list[float | None] = []
    longitude: list[float | None] = []
    for line in lines[~lines["gap"]].to_crs(WGS84).geometry:
        points = np.round(np.asarray(line.coords), 5)
        longitude += [*points[:, 0].tolist(), None]
        latitude += [*points[:, 1].tolist(), None]
    return go.Scattermap(
        lat=latitude,
        lon=longitude,
        mode="lines",
        line={"color": style.road, "width": 3},
        hoverinfo="skip",
        showlegend=False,
    )


def _background(style: MapStyle) -> dict[str, Any]:
    """Return a layer that paints the whole earth in the style's colour."""
    corners = [[-180, -85], [180, -85], [180, 85], [-180, 85], [-180, -85]]
    earth = {"type": "Polygon", "coordinates": [corners]}
    return {
        "sourcetype": "geojson",
        "source": {"type": "Feature", "geometry": earth, "properties": {}},
        "type": "fill",
        "color": style.background,
        "below": "traces",
    }


def _middle(degrees: NDArray[np.floating]) -> float:
    return float((degrees.min() + degrees.max()) / 2)


def _zoom(
    latitude: NDArray[np.floating], longitude: NDArray[np.floating], height: int, pixels: int
) -> float:
    """Return the zoom of a Mercator map at which all points are seen."""
    stretch = 1 / np.cos(np.radians(_middle(latitude)))
    wide = max(float(np.ptp(longitude)) / 360, 1e-6) * _MARGIN
    high = max(float(np.ptp(latitude)) * stretch / 360, 1e-6) * _MARGIN
    fits = min(pixels / (_TILE_PIXELS * wide), height / (_TILE_PIXELS * high))
    return float(np.clip(np.log2(fits), 1, 15))
