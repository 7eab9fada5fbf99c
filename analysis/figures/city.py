"""The linked map: sensors that can be selected with a lasso, on the ground, without a network."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from analysis.city.ground import Ground
from analysis.city.maps import LIGHT, MapStyle
from analysis.city.view import View
from analysis.figures.backdrop import backdrop, credit
from analysis.figures.colouring import Colouring, group_texts
from analysis.figures.selection import EDGE, EDGE_PIXELS
from analysis.figures.style import styled, table_of
from analysis.limits import points_drawn
from himnet import texts

_TILE_PIXELS = 512  # of the whole earth at zoom 0
_MARGIN = 1.12
_PIXELS = 10  # diameter of a sensor
_ZOOMS = (1, 15)
SENSORS_TRACE = 1  # place of the sensors among the traces of a map
NARROW = 400  # pixels; a map in half of a page that is 1,280 wide


def city_scatter(
    latitude: NDArray[np.floating],
    longitude: NDArray[np.floating],
    ground: Ground,
    colouring: Colouring,
    *,
    ids: Sequence[str],
    about: Sequence[str],
    always: Sequence[int] | NDArray[np.int64] = (),
    style: MapStyle = LIGHT,
    height: int = 460,
    width: int = NARROW,
    meta: Mapping[str, Any] | None = None,
) -> go.Figure:
    r"""Draw the sensors as the last trace, above one of their edges, on the ground of their city.

    Args:
        latitude, longitude: (N,) degrees as `analysis.city.carriageways.degrees` returns them; NaN
                for those not to be drawn.
        ground: what is beneath them.
        colouring: of the N sensors.
        ids: N sensor ids; the first column of `customdata`, unescaped.
        about: N texts for the tooltip, with lines separated by ``\n``.
        always: positions of sensors that are drawn even if others are only sampled.
        style: light or dark.
        height, width: of the map on the page, in pixels; the zoom is chosen so that all sensors
            are visible, and names are placed so that they are not cut off.
        meta: choices to store with the figure.
    """
    kept = points_drawn(np.isfinite(latitude), always=always)
    if len(kept) < len(latitude):
        latitude, longitude, colouring = latitude[kept], longitude[kept], colouring.at(kept)
        ids, about = [ids[place] for place in kept], [about[place] for place in kept]
    lines = ["<br>".join(texts.plotlies(text.split("\n"))) for text in about]
    figure, places = go.Figure(), {"lat": np.round(latitude, 6), "lon": np.round(longitude, 6)}
    # points of a map have no edge of their own
    figure.add_scattermap(
        **places, mode="markers", meta=EDGE, hoverinfo="skip", showlegend=False,
        marker={"color": style.outline, "size": _PIXELS + 2 * EDGE_PIXELS},
        selected={"marker": {"color": style.text}},
    )  # fmt: skip
    figure.add_scattermap(
        **places,
        mode="markers",
        marker={"color": list(colouring.colours), "size": _PIXELS},
        customdata=table_of(ids, lines, texts.plotlies(ids), group_texts(colouring)),
        hovertemplate="<b>%{customdata[2]}</b><br>%{customdata[1]}<extra></extra>",
        showlegend=False,
    )
    styled(figure, height=height, meta=meta)
    view = _view(latitude, longitude, height, width)
    sensors = np.column_stack([longitude, latitude]).astype(float)
    figure.update_layout(
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        map={
            "style": backdrop(ground, view, sensors, style),
            "center": {"lat": view.latitude, "lon": view.longitude},
            "zoom": float(np.log2(view.scale * 360 / _TILE_PIXELS)),
        },
        annotations=credit(ground, style),
        uirevision="city",
    )
    return figure


def with_mark_below(
    figure: go.Figure, latitude: float, longitude: float, *, colour: str
) -> go.Figure:
    """Add a disc below one of the sensors that `city_scatter` has drawn, in place.

    Args:
        figure: of `city_scatter`.
        latitude, longitude: degrees of the sensor.
        colour: of the disc.
    """
    figure.add_scattermap(
        lat=[latitude], lon=[longitude], mode="markers", marker={"color": colour, "size": 24},
        hoverinfo="skip", showlegend=False,
    )  # fmt: skip
    figure.data = (figure.data[-1], *figure.data[:-1])
    return figure


def _view(
    latitude: NDArray[np.floating], longitude: NDArray[np.floating], height: int, width: int
) -> View:
    """Return the view of a map in which all points are visible."""
    corners = [
        [np.nanmin(latitude), np.nanmin(longitude)],
        [np.nanmax(latitude), np.nanmax(longitude)],
    ]
    around = View.of(np.array(corners, dtype=float), width / _MARGIN, height / _MARGIN)
    farthest, nearest = (2.0**zoom * _TILE_PIXELS / 360 for zoom in _ZOOMS)
    scale = min(max(around.scale, farthest), nearest)
    return View(around.longitude, around.latitude, scale, width, height)
