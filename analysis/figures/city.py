"""The linked map: sensors that can be selected with a lasso, on local roads, without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import geopandas as gpd
import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.city.maps import LIGHT, MERCATOR_LATITUDE, MapStyle
from analysis.city.roads import in_degrees
from analysis.figures.colouring import Colouring, group_texts
from analysis.figures.style import styled, table_of
from analysis.limits import points_drawn
from himnet import texts

_TILE_PIXELS = 512  # of the whole earth at zoom 0
_MARGIN = 1.12
NARROW = 400  # pixels; a map in half of a page that is 1,280 wide
Paths = tuple[NDArray[np.float64], NDArray[np.float64]]


def city_scatter(
    latitude: NDArray[np.floating],
    longitude: NDArray[np.floating],
    roads: Paths,
    colouring: Colouring,
    *,
    ids: Sequence[str],
    about: Sequence[str],
    always: Sequence[int] | NDArray[np.int64] = (),
    style: MapStyle = LIGHT,
    height: int = 460,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    r"""Draw the sensors as one trace of points on the lines of their freeways.

    Args:
        latitude, longitude: (N,) degrees as `analysis.city.carriageways.degrees` returns them; NaN
                for those not to be drawn.
        roads: what `road_paths` returns; may be empty.
        colouring: of the N sensors.
        ids: N sensor ids; the first column of `customdata`, unescaped.
        about: N texts for the tooltip, with lines separated by ``\n``.
        always: positions of sensors that are drawn even if others are only sampled.
        style: light or dark.
        height: of the map on the page, in pixels; the zoom is chosen so that all sensors are
            visible in half a page.
        meta: choices to store with the figure.
    """
    kept = points_drawn(np.isfinite(latitude), always=always)
    if len(kept) < len(latitude):
        latitude, longitude, colouring = latitude[kept], longitude[kept], colouring.at(kept)
        ids, about = [ids[place] for place in kept], [about[place] for place in kept]
    lines = ["<br>".join(texts.plotlies(text.split("\n"))) for text in about]
    figure = go.Figure()
    if len(roads[0]):
        figure.add_scattermap(
            lat=roads[0],
            lon=roads[1],
            mode="lines",
            line={"color": style.road, "width": 3},
            hoverinfo="skip",
            showlegend=False,
        )
    figure.add_scattermap(
        lat=np.round(latitude, 6),
        lon=np.round(longitude, 6),
        mode="markers",
        marker={"color": list(colouring.colours), "size": 10},
        customdata=table_of(ids, lines, texts.plotlies(ids), group_texts(colouring)),
        hovertemplate="<b>%{customdata[2]}</b><br>%{customdata[1]}<extra></extra>",
        showlegend=False,
    )
    styled(figure, height=height, meta=meta)
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        map={
            "style": "white-bg",
            "center": {"lat": _middle(latitude), "lon": _middle(longitude)},
            "zoom": _zoom(latitude, longitude, height),
            "layers": [_background(style)],
        },
        uirevision="city",
    )
    return figure


def road_paths(lines: gpd.GeoDataFrame) -> Paths:
    """Return latitudes and longitudes along freeways, separated by NaN.

    Args:
        lines: from `analysis.city.roads.freeway_lines`; may be empty.
    """
    points = []
    for line in in_degrees(lines.geometry[~lines["gap"]]):
        points += [np.asarray(line.coords)[:, :2], np.full((1, 2), np.nan)]
    path = np.round(np.concatenate(points), 5) if points else np.empty((0, 2))
    return path[:, 1], path[:, 0]


def _background(style: MapStyle) -> dict[str, Any]:
    """Return a layer that fills the whole earth with the style's background."""
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
    return float((np.nanmin(degrees) + np.nanmax(degrees)) / 2)


def _extent(degrees: NDArray[np.floating]) -> float:
    return float(np.nanmax(degrees) - np.nanmin(degrees))


def _zoom(latitude: NDArray[np.floating], longitude: NDArray[np.floating], height: int) -> float:
    """Return the zoom of a Mercator map at which all points are visible."""
    seen = np.clip(latitude, -MERCATOR_LATITUDE, MERCATOR_LATITUDE)
    stretch = 1 / np.cos(np.radians(_middle(seen)))
    wide = max(_extent(longitude) / 360, 1e-6) * _MARGIN
    high = max(_extent(seen) * stretch / 360, 1e-6) * _MARGIN
    fits = min(NARROW / (_TILE_PIXELS * wide), height / (_TILE_PIXELS * high))
    return float(np.clip(np.log2(fits), 1, 15))
