"""Freeway names on a map: where each is written so that it covers neither roads nor other names."""

from __future__ import annotations

import html
from typing import Any

import geopandas as gpd
import numpy as np
from shapely.geometry import LineString, Point
from shapely.ops import unary_union

from analysis.roads import WGS84

_PLACES = np.linspace(0.15, 0.85, 8)  # fractions of a line's length that are tried, on both sides
_CLEARANCE = 0.03  # of the map's diagonal: how far from the road a name is looked for
_RIGHT_PIXELS, _UP_PIXELS = 30, 20  # how far from the road it is written: it is wider than high


def shield_features(lines: gpd.GeoDataFrame) -> list[dict[str, Any]]:
    """Return each freeway's name as a GeoJSON point with the options of a Leaflet DivIcon.

    Args:
        lines: what `analysis.roads.freeway_lines` returns.
    """
    solid = lines[~lines["gap"]]
    if not len(solid):
        return []
    longest = solid.assign(length=solid.length).sort_values("length").groupby("freeway").tail(1)
    left, bottom, right, top = lines.total_bounds
    clearance = _CLEARANCE * float(np.hypot(right - left, top - bottom))
    taken = unary_union(list(lines.geometry))
    anchors, sides = [], []
    for line in longest.geometry:
        anchor, side = _free_place(line, taken, clearance)
        anchors.append(anchor)
        sides.append(side)
        name = Point(anchor.x + clearance * side[0], anchor.y + clearance * side[1])
        taken = taken.union(name.buffer(clearance / 2))
    degrees = gpd.GeoSeries(anchors, crs=lines.crs).to_crs(WGS84)
    return [
        _feature(str(freeway), point, side)
        for freeway, point, side in zip(longest["freeway"], degrees, sides, strict=True)
    ]


def _free_place(line: LineString, taken: Any, clearance: float) -> tuple[Point, np.ndarray]:
    """Return the point of a line with most room beside it, and the unit vector to that side."""
    best = (-1.0, Point(), np.zeros(2))
    for fraction in _PLACES:
        here = line.interpolate(fraction, normalized=True)
        ahead = line.interpolate(fraction + 0.01, normalized=True)
        along = np.array([ahead.x - here.x, ahead.y - here.y])
        across = np.array([-along[1], along[0]]) / max(float(np.linalg.norm(along)), 1e-9)
        for side in (across, -across):
            room = taken.distance(Point(here.x + clearance * side[0], here.y + clearance * side[1]))
            if room > best[0]:
                best = (room, here, side)
    return best[1], best[2]


def _feature(freeway: str, point: Point, side: np.ndarray) -> dict[str, Any]:
    """Return one name; freeways' names come from strangers' files and are escaped."""
    offset = f"left: {_RIGHT_PIXELS * side[0]:.0f}px; top: {-_UP_PIXELS * side[1]:.0f}px"
    text = f'<span style="{offset}">{html.escape(freeway)}</span>'
    return {
        "type": "Feature",
        "id": freeway,
        "geometry": {"type": "Point", "coordinates": [point.x, point.y]},
        "properties": {"icon": {"html": text, "className": "shield", "iconSize": [0, 0]}},
    }
