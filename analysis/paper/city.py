"""The map panel: land and sea, freeways, shields, names of places and a scale bar, in ink."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection, PolyCollection
from matplotlib.figure import Figure
from numpy.typing import NDArray
from shapely.geometry import LineString, Point

from analysis.city.basemap import basemap_state, choose_basemap
from analysis.city.carriageways import carriageway_pairs, drawn_apart
from analysis.city.ground import Ground, ground_through, in_metres
from analysis.city.roads import (
    WGS84,
    Road,
    find_roads,
    freeway_lines,
    in_degrees,
    positions,
    sensor_frame,
)
from analysis.city.scale_bar import bar_length, bar_text, coordinates_text
from analysis.paper.canvas import GREY, INK, PALE, place_mm
from analysis.paper.labels import place_free, place_labels
from himnet.data.info import Sensors

_MARGIN = 0.06  # around the map, as a share of the larger extent
_BAR_SHARE = 0.3  # longest scale bar, as a share of the panel's width
_APART_MM = 0.55  # by which each carriageway moves: half the diameter of a sensor
_SEA, _LAND = "#e3ecf3", "white"
_MOST_PLACES = 12  # names of places in a panel
_SHIELD = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": GREY, "lw": 0.5}


@dataclass(frozen=True)
class City:
    """The locations of the sensors of a data set, and what is beneath them.

    Attributes:
        places: (N, 2) metres east and north.
        frame: of the sensors; see `analysis.city.roads.sensor_frame`.
        roads: of the sensors.
        lines: through the sensors of each freeway; see `analysis.city.roads.freeway_lines`.
        ground: what a map of them shows, in degrees.
    """

    places: NDArray[np.float64]
    frame: gpd.GeoDataFrame
    roads: list[Road]
    lines: gpd.GeoDataFrame
    ground: Ground


WITHOUT_PLACES = "the locations of the sensors are not known"


class _Roads(LineCollection):
    """The freeways of a panel; knows whom they are from."""

    credit: str = ""


def city_of(sensors: Sensors, basemap: Path | None = None) -> City:
    """Return the locations of sensors.

    Args:
        sensors: of the city.
        basemap: file of its own base map; one that cannot be used is left out.

    Raises:
        AnalysisError: if they have no coordinates.
    """
    return _city(sensors, basemap, basemap_state(basemap))


def city_if_known(sensors: Sensors, basemap: Path | None = None) -> City | None:
    """Return the locations of sensors, or None if they have none; arguments as for `city_of`."""
    return city_of(sensors, basemap) if sensors.has_coordinates else None


@lru_cache(maxsize=4)
def _city(sensors: Sensors, basemap: Path | None, state: tuple[int, ...]) -> City:
    frame = sensor_frame(sensors)
    roads = find_roads(frame)
    lines = freeway_lines(frame, roads)
    found, _ = choose_basemap(sensors, basemap)
    return City(positions(frame), frame, roads, lines, found or ground_through(lines))


def credit_in(figure: Figure) -> str:
    """Return a sentence that names whom the maps of a figure are from; "" if no one is named."""
    credits = {roads.credit for roads in figure.findobj(_Roads)} - {""}
    return f" Base map: {', '.join(sorted(credits))}." if credits else ""


def draw_city(
    axes: Axes,
    city: City,
    *,
    around: NDArray[np.bool_] | None = None,
    line_width: float = 0.7,
) -> None:
    """Draw land, sea and freeways, with a scale bar and a north arrow, and set the limits.

    Args:
        axes: of the panel, with its final size.
        city: whose ground.
        around: (N,) sensors that must be visible; None shows all.
        line_width: in points.
    """
    shown = city.places if around is None else city.places[around]
    _frame(axes, shown)
    _draw_land(axes, city)
    for gap, style in ((False, "solid"), (True, (0, (1, 3)))):
        pieces = [line for _, line in _visible_roads(axes, city, gap=gap)]
        if pieces:
            drawn = _Roads(pieces, colors=PALE, linewidths=line_width, linestyles=[style], zorder=1)
            drawn.credit = city.ground.credit
            axes.add_collection(drawn, autolim=False)
    _scale_bar(axes)
    _north(axes)


def said_of_place(sensors: Sensors, basemap: Path | None = None) -> str:
    """Return a sentence on where the sensors are; "" if maps show it, or it is not known."""
    city = city_if_known(sensors, basemap)
    if city is None or city.ground.bounds is not None or city.ground.roads:
        return ""
    (middle,) = in_degrees(gpd.GeoSeries([Point(0, 0)], crs=city.frame.crs))
    return f" The sensors are around {coordinates_text(middle.y, middle.x)}."


def places_apart(axes: Axes, city: City) -> NDArray[np.float64]:
    """Return the places (N, 2) of the sensors with opposite carriageways apart, as far as shows.

    They are the true places if no two sensors face each other.

    Args:
        axes: with its final size and limits.
        city: of the sensors.
    """
    if not len(carriageway_pairs(city.frame)):
        return city.places
    (west, east), millimetres = axes.get_xlim(), place_mm(axes)[2]
    return positions(drawn_apart(city.frame, city.roads, _APART_MM * (east - west) / millimetres))


def said_apart(city: City | None) -> str:
    """Return what a caption says of a map on which `places_apart` moves sensors, else ""."""
    moved = city is not None and len(carriageway_pairs(city.frame)) > 0
    return "; each carriageway is drawn on its own side of the road" if moved else ""


def _draw_land(axes: Axes, city: City) -> None:
    """Fill the sea, then the land in it, then the lakes in that."""
    sea, rings = city.ground.sea, city.ground.land
    if sea is None:
        return
    lakes = [hole for polygon in rings for hole in polygon[1:]]
    for shapes, colour in (
        ([sea], _SEA), ([polygon[0] for polygon in rings if polygon], _LAND), (lakes, _SEA)
    ):  # fmt: skip
        filled = in_metres(shapes, city.frame.crs)
        axes.add_collection(
            PolyCollection(filled, facecolors=colour, edgecolors="none", zorder=0), autolim=False
        )


def _visible_roads(axes: Axes, city: City, *, gap: bool) -> list[tuple[str, NDArray[np.float64]]]:
    """Return name and line, in metres, of the freeways within the limits and just beyond."""
    wanted = [road for road in city.ground.roads if road.gap == gap and len(road.line) > 1]
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    wide, high = 0.05 * (east - west), 0.05 * (north - south)
    box = (west - wide, south - high, east + wide, north + high)
    found = []
    for road, line in zip(
        wanted, in_metres([road.line for road in wanted], city.frame.crs), strict=True
    ):
        inside = shapely.clip_by_rect(LineString(line), *box)
        parts = [part for part in shapely.get_parts(inside) if part.geom_type == "LineString"]
        found += [(road.name, np.asarray(part.coords)) for part in parts if part.length]
    return found


def name_freeways(axes: Axes, city: City, *, only: Collection[str] | None = None) -> None:
    """Name each visible freeway once, next to its longest piece, and places where there is room.

    Args:
        axes: with its limits set, and with all other labels.
        city: whose freeways.
        only: the names to write; None: the freeways of the sensors.
    """
    wanted = city.ground.sensed if only is None else only
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    longest: dict[str, LineString] = {}
    for name, line in _visible_roads(axes, city, gap=False):
        piece = shapely.clip_by_rect(LineString(line), west, south, east, north)
        for part in shapely.get_parts(piece):
            if name in wanted and part.length > longest.get(name, LineString()).length:
                longest[name] = part
    least = 0.08 * (east - west)
    named = {name: line for name, line in sorted(longest.items()) if line.length > least}
    if named:
        middles = [line.interpolate(0.5, normalized=True) for line in named.values()]
        place_labels(
            axes, np.array([(one.x, one.y) for one in middles]), list(named),
            colours=[INK] * len(named), points=city.places,
            boxed=False, start=9.0, fontsize=6, bbox=_SHIELD,
        )  # fmt: skip
    _name_places(axes, city)


def _name_places(axes: Axes, city: City) -> None:
    """Write the names of the visible places that cover no other text."""
    places = city.ground.places
    if not places:
        return
    degrees = gpd.points_from_xy(
        [one.longitude for one in places], [one.latitude for one in places], crs=WGS84
    )
    points = gpd.GeoSeries(degrees).to_crs(city.frame.crs)
    at = np.column_stack([points.x, points.y])
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    seen = (at[:, 0] > west) & (at[:, 0] < east) & (at[:, 1] > south) & (at[:, 1] < north)
    chosen = np.flatnonzero(seen)[:_MOST_PLACES]
    names = [places[number].name for number in chosen]
    place_free(axes, at[chosen], names, points=city.places, color=GREY, fontsize=6)


def draw_sensors(
    axes: Axes,
    places: NDArray[np.floating],
    colours: str | list[str],
    *,
    size: float,
    **style: Any,
) -> None:
    """Draw sensors (n, 2) as circles with a thin white outline; `size` is in square points."""
    each = [colours] * len(places) if isinstance(colours, str) else colours
    axes.scatter(
        places[:, 0], places[:, 1], s=size, c=each, linewidths=0.3, edgecolors="white", zorder=5,
        **style,
    )  # fmt: skip


def _frame(axes: Axes, shown: NDArray[np.floating]) -> None:
    """Set limits around places with the panel's aspect ratio, so that both axes have one scale."""
    low, high = shown.min(axis=0), shown.max(axis=0)
    centre, span = (low + high) / 2, np.maximum(high - low, 200.0)
    box = axes.get_window_extent()
    shape = box.width / box.height
    half_height = max(span[1], span[0] / shape) * (0.5 + _MARGIN)
    axes.set_xlim(centre[0] - half_height * shape, centre[0] + half_height * shape)
    axes.set_ylim(centre[1] - half_height, centre[1] + half_height)
    axes.set_xticks([])
    axes.set_yticks([])
    for side in axes.spines.values():
        side.set_visible(True)
        side.set_color(PALE)


def _scale_bar(axes: Axes) -> None:
    west, east = axes.get_xlim()
    length = bar_length(_BAR_SHARE * (east - west))
    share = length / (east - west)
    axes.plot(
        [0.03, 0.03 + share], [0.045, 0.045], transform=axes.transAxes, color=INK, lw=1.2,
        solid_capstyle="butt", zorder=9,
    )  # fmt: skip
    axes.text(
        0.03,
        0.065,
        bar_text(length),
        transform=axes.transAxes,
        fontsize=6,
        va="bottom",
        ha="left",
        zorder=9,
    )


def _north(axes: Axes) -> None:
    axes.annotate(
        "N", (0.965, 0.97), xytext=(0.965, 0.80), xycoords="axes fraction", fontsize=6,
        ha="center", va="center", zorder=9,
        arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 0.6, "mutation_scale": 5,
                    "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip
