"""The ground of a city as the style of a Plotly map: plain JSON, drawn by MapLibre.

The style names no glyphs and no tiles, so that the browser draws the texts with its own fonts and
makes no request. MapLibre hides texts that would overlap. In the expressions of a style, a name is
a value, never a template.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from analysis.city.ground import Ground, Line
from analysis.city.maps import MapStyle
from analysis.city.names import Box, names_on
from analysis.city.scale_bar import bar_length, bar_text
from analysis.city.view import View
from himnet import texts

_FONT_PIXELS = 11.0
_FONTS = [
    "match", ["get", "kind"],
    "road", ["literal", ["Arial Bold"]], ["literal", ["Arial Regular"]],
]  # fmt: skip
_METRES_PER_DEGREE = 111_320.0  # of longitude at the equator
_BAR_SHARE, _BAR_EDGE = 0.3, 14  # longest scale bar as a share of the width; pixels from the corner


def backdrop(ground: Ground, view: View, sensors: Line, style: MapStyle) -> dict[str, Any]:
    """Return the style of a map: land and sea, freeways, names, a scale bar.

    Args:
        ground: what is beneath the sensors.
        view: the initial view, in which the names have room.
        sensors: (n, 2) longitude and latitude of what the names should not cover.
        style: light or dark.
    """
    of_view = {"names": _names(ground, view, sensors), "scale": _scale(view)}
    return {
        "version": 8,
        "id": "himnet",
        "sources": _shapes(ground) | {name: _source(made) for name, made in of_view.items()},
        "layers": _layers(style),
    }


@lru_cache(maxsize=8)
def _shapes(ground: Ground) -> dict[str, Any]:
    """Return the sources of what is the same in any view; they are not to be changed."""
    areas = [] if ground.sea is None else [_feature("Polygon", [_points(ground.sea)], ink="sea")]
    areas += [_feature("Polygon", list(map(_points, rings)), ink="land") for rings in ground.land]
    roads = [road.line for road in ground.roads if not road.gap]
    lines = {"borders": ground.borders, "roads": roads}
    return {"areas": _source(areas)} | {
        name: _source([_feature("MultiLineString", list(map(_points, some)))] if some else [])
        for name, some in lines.items()
    }


def _source(features: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "geojson", "data": {"type": "FeatureCollection", "features": features}}


def credit(ground: Ground, style: MapStyle) -> list[dict[str, Any]]:
    """Return the annotation that names who made the ground; none without anyone."""
    if not ground.credit:
        return []
    corner = {"x": 1, "y": 0, "xref": "paper", "yref": "paper", "xanchor": "right"}
    font = {"size": 10, "color": style.text}
    look = {"yanchor": "bottom", "showarrow": False, "opacity": 0.75, "font": font}
    return [{"text": texts.plotly(ground.credit), **corner, **look}]


def _layers(style: MapStyle) -> list[dict[str, Any]]:
    inks = ["match", ["get", "ink"], "sea", style.sea, style.background]
    return [
        {"id": "earth", "type": "background", "paint": {"background-color": style.background}},
        _layer("fill", "areas", {"fill-color": inks, "fill-antialias": False}),
        _layer("line", "borders", {"line-color": style.border, "line-width": 1.2}),
        _layer("line", "roads", {"line-color": style.road, "line-width": 2.5}),
        _layer("line", "scale", {"line-color": style.text, "line-width": 2}),
        _words("scale", style, {"text-anchor": "bottom-left"}),
        _words("names", style, {"text-offset": ["get", "offset"], "text-font": _FONTS}),
    ]


def _layer(kind: str, source: str, paint: dict[str, Any]) -> dict[str, Any]:
    return {"id": f"{source}-{kind}", "type": kind, "source": source, "paint": paint}


def _words(source: str, style: MapStyle, layout: dict[str, Any]) -> dict[str, Any]:
    """Return a layer of texts with an outline in the colour of the land."""
    paint = {
        "text-color": style.text, "text-halo-color": style.background, "text-halo-width": 1.6
    }  # fmt: skip
    words = {"text-field": ["get", "text"], "text-size": _FONT_PIXELS, "text-max-width": 100}
    return _layer("symbol", source, paint) | {"layout": words | layout}


def _names(ground: Ground, view: View, sensors: Line) -> list[dict[str, Any]]:
    return [
        _feature(
            "Point",
            [round(one.spot.longitude, 5), round(one.spot.latitude, 5)],
            text=texts.line(one.text),
            offset=[round(pixels / _FONT_PIXELS, 2) for pixels in one.spot[2:]],
            kind=one.kind,
        )
        for one in names_on(ground, view, sensors, free=_corners(view))
    ]


def _corners(view: View) -> tuple[Box, ...]:
    """Return where the scale bar and the credit are."""
    top = view.height - _BAR_EDGE - 2 * _FONT_PIXELS
    half = view.width / 2
    return ((0.0, top, half, view.height), (half, top + _FONT_PIXELS, view.width, view.height))


def _scale(view: View) -> list[dict[str, Any]]:
    """Return a scale bar on the ground in the lower left corner: it is true at any zoom."""
    per_metre = view.scale / (_METRES_PER_DEGREE * np.cos(np.radians(view.latitude)))
    metres = bar_length(_BAR_SHARE * view.width / per_metre)
    down, left = view.height - _BAR_EDGE, float(_BAR_EDGE)
    ends = view.degrees(np.array([[left, down], [left + metres * per_metre, down]]))
    begun, text = _points(ends)[0], bar_text(metres)
    line = _feature("LineString", _points(ends))
    return [line, _feature("Point", begun, text=text)]


def _points(line: Line) -> list[list[float]]:
    points: list[list[float]] = np.round(line, 5).tolist()
    return points


def _feature(geometry: str, coordinates: Any, **about: Any) -> dict[str, Any]:
    return {
        "type": "Feature",
        "properties": about,
        "geometry": {"type": geometry, "coordinates": coordinates},
    }
