"""The map panel: freeways through their sensors, shields and a scale bar, without map tiles."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import geopandas as gpd
import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from numpy.typing import NDArray

from analysis.city.roads import Road, find_roads, freeway_lines, positions, sensor_frame
from analysis.paper.canvas import GREY, INK, PALE
from analysis.paper.labels import place_labels
from himnet.data.info import Sensors

_MARGIN = 0.06  # around the map, as a share of the larger extent
_BARS_KM = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0, 20.0)
_BAR_SHARE = 0.3  # longest scale bar, as a share of the panel's width
_SHIELD = {"boxstyle": "round,pad=0.2", "facecolor": "white", "edgecolor": GREY, "lw": 0.5}


@dataclass(frozen=True)
class City:
    """The locations of the sensors of a data set.

    Attributes:
        places: (N, 2) metres east and north.
        frame: of the sensors; see `analysis.city.roads.sensor_frame`.
        roads: of the sensors.
        lines: freeways; see `analysis.city.roads.freeway_lines`.
    """

    places: NDArray[np.float64]
    frame: gpd.GeoDataFrame
    roads: list[Road]
    lines: gpd.GeoDataFrame


@lru_cache(maxsize=4)
def city_of(sensors: Sensors) -> City:
    """Return the locations of sensors.

    Raises:
        AnalysisError: if they have no coordinates.
    """
    frame = sensor_frame(sensors)
    roads = find_roads(frame)
    return City(positions(frame), frame, roads, freeway_lines(frame, roads))


def draw_city(
    axes: Axes,
    city: City,
    *,
    around: NDArray[np.bool_] | None = None,
    line_width: float = 1.6,
) -> None:
    """Draw the freeways in grey, with a scale bar and a north arrow, and set the limits.

    Args:
        axes: of the panel, with its final size.
        city: whose freeways.
        around: (N,) sensors that must be visible; None shows all.
        line_width: in points.
    """
    shown = city.places if around is None else city.places[around]
    _frame(axes, shown)
    for is_gap, style in ((False, "solid"), (True, (0, (1, 3)))):
        part = city.lines[city.lines["gap"] == is_gap]
        if len(part):
            pieces = [np.asarray(line.coords) for line in part.geometry]
            axes.add_collection(
                LineCollection(
                    pieces, colors=PALE, linewidths=line_width, linestyles=[style], zorder=1
                ),
                autolim=False,
            )
    _scale_bar(axes)
    _north(axes)


def name_freeways(axes: Axes, city: City, *, only: Collection[str] | None = None) -> None:
    """Name each visible freeway once, next to its longest piece.

    Args:
        axes: with its limits set.
        city: whose freeways.
        only: the names to write; None: all.
    """
    solid = city.lines[~city.lines["gap"]]
    if not len(solid):
        return
    (west, east), (south, north) = axes.get_xlim(), axes.get_ylim()
    seen = gpd.clip(solid, (west, south, east, north))
    seen = seen[seen.length > 0.08 * (east - west)]
    anchors, names = [], []
    for freeway, lines in seen.groupby("freeway"):
        if only is not None and freeway not in only:
            continue
        longest = lines.geometry.iloc[int(lines.length.to_numpy().argmax())]
        middle = longest.interpolate(0.5, normalized=True)
        anchors.append((middle.x, middle.y))
        names.append(str(freeway))
    if names:
        place_labels(
            axes, np.array(anchors), names, colours=[INK] * len(names), points=city.places,
            boxed=False, start=9.0, fontsize=6, bbox=_SHIELD,
        )  # fmt: skip


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
    most = _BAR_SHARE * (east - west) / 1000
    length = max((bar for bar in _BARS_KM if bar <= most), default=_BARS_KM[0])
    share = length * 1000 / (east - west)
    axes.plot(
        [0.03, 0.03 + share], [0.045, 0.045], transform=axes.transAxes, color=INK, lw=1.2,
        solid_capstyle="butt", zorder=9,
    )  # fmt: skip
    text = f"{length:g} km" if length >= 1 else f"{1000 * length:g} m"
    axes.text(
        0.03, 0.065, text, transform=axes.transAxes, fontsize=6, va="bottom", ha="left", zorder=9
    )


def _north(axes: Axes) -> None:
    axes.annotate(
        "N", (0.965, 0.97), xytext=(0.965, 0.80), xycoords="axes fraction", fontsize=6,
        ha="center", va="center", zorder=9,
        arrowprops={"arrowstyle": "-|>", "color": INK, "lw": 0.6, "mutation_scale": 5,
                    "shrinkA": 0, "shrinkB": 0},
    )  # fmt: skip
