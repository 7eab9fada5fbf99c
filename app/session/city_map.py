"""The map of the sensors, in a page and as a file."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import streamlit as st
from numpy.typing import NDArray

from analysis.city.basemap import basemap_in, basemap_state, choose_basemap
from analysis.city.carriageways import (
    Carriageway,
    degrees,
    drawn_apart,
    metres_apart,
    one_carriageway,
)
from analysis.city.graticule import graticule
from analysis.city.ground import Ground, ground_through
from analysis.city.maps import (
    DARK,
    LIGHT,
    LocalMap,
    MapStyle,
    SensorMarks,
    bounds_of,
    city_map,
    standalone_html,
)
from analysis.city.roads import Road, find_roads, freeway_lines, sensor_frame
from analysis.figures.colouring import Colouring
from analysis.limits import evenly, is_large, sample
from analysis.material import folder_of_stranger
from app.choices.theme import is_dark
from app.messages import show_error
from app.network import tiles_allowed
from app.session.keys import cached, shared
from app.session.opened import OpenCheckpoint
from himnet import texts
from himnet.checkpoints import CheckpointArrays
from himnet.data.info import Sensors
from himnet.data.registry import credit_of

HEIGHT = 600
MOST_CIRCLES, MOST_CHOSEN = 1_000, 300  # in a city of very many sensors
LEAFLET = Path(__file__).parents[1] / "static" / "leaflet"
# relative to the map's iframe, so that it works with any base path of the server
LEAFLET_URL = "../../app/static/leaflet"


@dataclass(frozen=True)
class MapView:
    """Settings of the map.

    Attributes:
        carriageway: which carriageway of each freeway to show.
        apart: whether the two carriageways are drawn apart, if both are shown.
        focus: (N,) sensors to zoom to and emphasise; None for the whole city.
    """

    carriageway: Carriageway
    apart: bool
    focus: NDArray[np.bool_] | None


@cached(8, "Finding the roads ...")
def geography(arrays: CheckpointArrays) -> tuple[gpd.GeoDataFrame, list[Road]]:
    """Return the sensors of a checkpoint in metres, and the roads through them.

    Raises:
        AnalysisError: without coordinates.
    """
    frame = sensor_frame(arrays.dataset.sensors)
    return frame, find_roads(frame)


def ground_of(arrays: CheckpointArrays) -> Ground:
    """Return what maps show beneath the sensors of a checkpoint; errors as for `geography`."""
    return _ground(arrays)[0]


def drawn_places(
    arrays: CheckpointArrays,
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], Ground]:
    """Return where to draw the sensors, in degrees, and the ground beneath them.

    Opposite carriageways are drawn apart; `apart_note` says so. A base map in the data set's
    folder that cannot be used is reported on the page, and another ground is drawn. Errors as for
    `geography`.
    """
    ground, problem = _ground(arrays)
    if problem:
        show_error(problem)
    return drawn_degrees(arrays), ground


def drawn_degrees(arrays: CheckpointArrays) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return latitude and longitude (N,) at which to draw the sensors; see `drawn_places`."""
    return _apart(arrays)[0]


def apart_note(arrays: CheckpointArrays) -> str:
    """Return what a map's title says of sensors that `drawn_places` moves; "" if it moves none."""
    metres = _apart(arrays)[1] if arrays.dataset.sensors.has_coordinates else 0.0
    return " (carriageways drawn apart)" if metres else ""


@shared(8)
def _apart(
    arrays: CheckpointArrays,
) -> tuple[tuple[NDArray[np.float64], NDArray[np.float64]], float]:
    """Return latitude and longitude with carriageways apart, and by how many metres they moved."""
    frame, roads = geography(arrays)
    metres = metres_apart(frame)
    return degrees(drawn_apart(frame, roads, metres) if metres else frame), metres


def _ground(arrays: CheckpointArrays) -> tuple[Ground, str]:
    own = basemap_in(folder_of_stranger(arrays.dataset))
    return _chosen_ground(arrays, own, basemap_state(own))


@shared(8)
def _chosen_ground(
    arrays: CheckpointArrays, own: Path | None, state: tuple[int, ...]
) -> tuple[Ground, str]:
    """Return the ground, and why the city's own base map is not used ("" if it is, or absent)."""
    found, problem = choose_basemap(arrays.dataset.sensors, own)
    if found is None:
        frame, roads = geography(arrays)
        found = ground_through(freeway_lines(frame, roads))
        if not found.roads:
            found = graticule(*degrees(frame), arrays.dataset.sensors.name or ())
    return found, problem


def map_style() -> MapStyle:
    """Return the colours of maps on the page, which is light or dark."""
    return DARK if is_dark() else LIGHT


def draw_map(
    arrays: CheckpointArrays,
    colouring: Colouring,
    view: MapView,
    *,
    selected: NDArray[np.bool_] | None = None,
    has_legend: bool = True,
    alone: bool = False,
) -> LocalMap:
    """Return the map of a city, its sensors coloured, with a legend.

    Args:
        arrays: of a checkpoint whose sensors have coordinates.
        colouring: of the N sensors.
        view: what to show of it.
        selected: (N,) which sensors to mark with a ring; None for none.
        has_legend: whether groups are in the map's legend, which covers a part of a narrow map.
        alone: whether it will be without its page, which names whose data it shows.
    """
    sensors = arrays.dataset.sensors
    frame, roads = geography(arrays)
    ground, problem = _ground(arrays)
    shown = one_carriageway(sensors, view.carriageway)
    if is_large(len(sensors)):
        shown &= _some(len(sensors), view.focus, selected)
    in_view = shown if view.focus is None else view.focus
    latitude, longitude = degrees(frame)
    bounds = bounds_of(latitude[in_view], longitude[in_view])
    if view.apart and view.carriageway == "both":
        moved = drawn_apart(frame, roads, metres_apart(frame, in_view))
        latitude, longitude = degrees(moved)
    marks = SensorMarks(
        ids=sensors.ids,
        roads=sensors.road_names,
        names=sensors.name or ("",) * len(sensors),
        groups=colouring.groups,
        latitude=latitude,
        longitude=longitude,
        colours=colouring.colours,
        group_name=colouring.name,
        shown=shown,
        emphasised=view.focus,
        selected=selected,
    )
    drawn = city_map(
        _crediting(ground, arrays) if alone else ground,
        bounds,
        marks,
        _legend(marks, colouring) if has_legend or not colouring.kinds else (),
        leaflet_url=LEAFLET_URL,
        tiles=tiles_allowed(),
        style=map_style(),
    )
    drawn.problem = problem
    return drawn


def _crediting(ground: Ground, arrays: CheckpointArrays) -> Ground:
    """Return the ground of a map that also names whose data the sensors' colours are from."""
    data = credit_of(arrays.dataset)
    told = filter(None, (ground.credit, f"data: {data}" if data else ""))
    return replace(ground, credit="; ".join(told))


def _legend(marks: SensorMarks, colouring: Colouring) -> tuple[tuple[str, str], ...]:
    """Return the legend's entries, of the emphasised sensors only if there are any."""
    if marks.emphasised is None:
        return colouring.legend
    strong = {colouring.colours[number] for number in np.flatnonzero(marks.emphasised)}
    return tuple(entry for entry in colouring.legend if entry[1] in strong) or colouring.legend


def _some(
    count: int, focus: NDArray[np.bool_] | None, selected: NDArray[np.bool_] | None
) -> NDArray[np.bool_]:
    """Return which of very many sensors (N,) to draw: samples of all and of the chosen ones."""
    some = np.zeros(count, dtype=bool)
    some[sample(count, size=MOST_CIRCLES)] = True
    for chosen in (focus, selected):
        if chosen is not None and chosen.any():
            places = np.flatnonzero(chosen)
            some[places[evenly(len(places), MOST_CHOSEN, ends=True)]] = True
    return some


def selected_in_sample(selected: NDArray[np.bool_]) -> NDArray[np.bool_] | None:
    """Return the selected sensors (N,) if a map must be drawn anew to show them, else None.

    The browser rings what is selected (`app.selection.linked`), so that a map stays where it was
    moved to; only of very many sensors, those that are not in the sample are not drawn yet.
    """
    return selected if is_large(len(selected)) else None


def say_sample(sensors: Sensors) -> None:
    """Say below a map that only a sample of very many sensors is drawn."""
    if is_large(len(sensors)):
        st.caption(
            f"The map shows a random sample of {MOST_CIRCLES:,} of the {len(sensors):,} sensors, "
            f"and up to {MOST_CHOSEN} of the selected or emphasised ones."
        )


def placing_command(checkpoint: OpenCheckpoint) -> str:
    """Return the command that adds coordinates to the sensors of a checkpoint."""
    return texts.command(
        "python", "-m", "himnet", "convert", checkpoint.argument,
        f"checkpoints/{checkpoint.name}-placed", "--sensors", "sensors.csv",
    )  # fmt: skip


def show_map(drawn: LocalMap, *, key: str, height: int = HEIGHT) -> Any:
    """Draw a map in the page, and its problem if it has one; moving it does not rerun the page."""
    from streamlit_folium import st_folium

    if drawn.problem:
        show_error(drawn.problem)
    with st.container(key=f"{key}-frame"):  # by which the browser finds it
        return st_folium(
            drawn, key=key, height=height, use_container_width=True, returned_objects=[]
        )


def map_file(drawn: LocalMap) -> str:
    """Return a map as a self-contained HTML page; the map cannot be shown in a page afterwards."""
    script = (LEAFLET / "leaflet.js").read_text(encoding="utf-8")
    style_sheet = (LEAFLET / "leaflet.css").read_text(encoding="utf-8")
    return standalone_html(drawn, script=script, style_sheet=style_sheet)
