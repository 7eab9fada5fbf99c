"""Maps of the sensors: Leaflet through folium, from local files, with or without map tiles.

A map has a ground that works offline (land and sea, freeways with shields, names of places),
optional tiles above it, and the sensors as circles on top. Tiles cover the ground once they are
loaded; otherwise it remains visible. Whoever made what is visible is credited.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import folium
import numpy as np
from branca.element import Element, Figure
from numpy.typing import NDArray

from analysis.city.ground import Ground, Line
from analysis.city.names import Name, names_on
from analysis.city.view import MERCATOR_LATITUDE, View
from himnet import texts

_DRAW = Path(__file__).with_name("city_layer.js").read_text(encoding="utf-8")
MOST_VECTORS = 2_000  # circles that are elements of the page; more are drawn on one canvas
# tiles have the z-index 200, circles 400
LAND_PANE, LOCAL_PANE, PLACE_PANE, SHIELD_PANE = "land", "local", "places", "shields"
_DEPTHS = {LAND_PANE: 140, LOCAL_PANE: 150, PLACE_PANE: 160, SHIELD_PANE: 350}
_VIEW = (800, 600)  # pixels of the map for which names are placed
_PADDING = 24  # pixels around the initial view
TILE_URL = "https://{{s}}.basemaps.cartocdn.com/{style}/{{z}}/{{x}}/{{y}}{{r}}.png"
TILE_CREDIT = (
    '&copy; <a href="https://www.openstreetmap.org/copyright">OpenStreetMap</a> contributors '
    '&copy; <a href="https://carto.com/attributions">CARTO</a>'
)
MAX_ZOOM = 19


@dataclass(frozen=True)
class MapStyle:
    """Colours of the ground and the matching tile set.

    Attributes:
        background, sea, border, road, outline, text: CSS colours; the background is land, and
            outline is for the circles.
        tiles: name of CARTO's tile set.
    """

    background: str
    sea: str
    border: str
    road: str
    outline: str
    text: str
    tiles: str


LIGHT = MapStyle("#f4f5f7", "#d3e2ee", "#dcdfe5", "#c3c8d0", "#ffffff", "#31333f", "light_all")
DARK = MapStyle("#191d23", "#0c1b2a", "#2a3038", "#4a515c", "#b4bcc6", "#e6e8ec", "dark_all")


@dataclass(frozen=True)
class SensorMarks:
    """What to draw for each of the N sensors.

    Attributes:
        ids, roads, groups: N texts for the tooltip; roads may be empty.
        names: N names of the sensors, "" if unknown; or none.
        latitude, longitude: (N,) degrees.
        colours: N CSS colours.
        group_name: the kind of group, such as ``"cluster"``.
        shown: (N,) which sensors to draw.
        emphasised: (N,) which sensors to draw strongly, the others faintly. None: all the same.
        selected: (N,) which sensors to draw with a ring; None: none.
    """

    ids: Sequence[str]
    roads: Sequence[str]
    groups: Sequence[str]
    latitude: NDArray[np.float64]
    longitude: NDArray[np.float64]
    colours: Sequence[str]
    group_name: str
    shown: NDArray[np.bool_]
    emphasised: NDArray[np.bool_] | None = None
    selected: NDArray[np.bool_] | None = None
    names: Sequence[str] = ()

    @property
    def places(self) -> Line:
        """Longitude and latitude (n, 2) of the shown sensors."""
        return np.column_stack([self.longitude, self.latitude])[self.shown]


class LocalMap(folium.Map):
    """A folium map that loads Leaflet from a given address and nothing else from anywhere.

    Attributes:
        problem: a sentence about what could not be drawn, "" if nothing is missing.
    """

    problem = ""

    def __init__(self, *, leaflet_url: str, **options: Any) -> None:
        super().__init__(
            tiles=None,
            control_scale=True,
            max_zoom=MAX_ZOOM,
            zoom_snap=0.25,
            font_size="12px",
            **options,
        )
        self.default_js = [("leaflet", f"{leaflet_url}/leaflet.js")]
        self.default_css = [("leaflet_css", f"{leaflet_url}/leaflet.css")]

    @property
    def page(self) -> Figure:
        """The HTML page around the map."""
        return cast(Figure, self.get_root())


def city_map(
    ground: Ground,
    bounds: NDArray[np.float64],
    marks: SensorMarks | None = None,
    legend: Sequence[tuple[str, str]] = (),
    *,
    leaflet_url: str,
    tiles: bool = False,
    style: MapStyle = LIGHT,
) -> LocalMap:
    """Return a map: ground with shields, tiles, sensors, legend, scale bar.

    Args:
        ground: what is beneath the sensors.
        bounds: [[south, west], [north, east]] in degrees, the initial view.
        marks: the sensors; None draws none.
        legend: text and CSS colour of each entry.
        leaflet_url: folder of leaflet.js and leaflet.css, such as ``../../app/static/leaflet``.
        tiles: whether to load tiles from CARTO's servers; without, the map makes no requests.
        style: light or dark.
    """
    drawn = LocalMap(leaflet_url=leaflet_url, location=bounds.mean(axis=0).tolist())
    drawn.page.header.add_child(Verbatim(_css(style)), name="himnet-style")
    for pane, depth in _DEPTHS.items():
        folium.map.CustomPane(pane, z_index=depth).add_to(drawn)
    drawn.fit_bounds(bounds.tolist(), padding=(_PADDING, _PADDING), max_zoom=17)
    CityLayer(city_data(ground, bounds, marks, legend, tiles=tiles, style=style)).add_to(drawn)
    return drawn


def city_data(
    ground: Ground,
    bounds: NDArray[np.float64],
    marks: SensorMarks | None = None,
    legend: Sequence[tuple[str, str]] = (),
    *,
    tiles: bool = False,
    style: MapStyle = LIGHT,
) -> dict[str, Any]:
    """Return the data that `city_layer.js` draws, as JSON types; arguments as for `city_map`."""
    view = View.of(bounds, *_VIEW, padding=_PADDING)
    sensors = np.empty((0, 2)) if marks is None else marks.places
    url = TILE_URL.format(style=style.tiles)
    return {
        "panes": {
            "land": LAND_PANE, "roads": LOCAL_PANE, "place": PLACE_PANE, "road": SHIELD_PANE
        },
        "ink": {
            "road": style.road, "sea": style.sea, "land": style.background,
            "border": style.border, "ring": _ring(style),
        },
        "mostVectors": MOST_VECTORS,
        "sea": None if ground.sea is None else _path(ground.sea),
        "land": [[_path(ring) for ring in rings] for rings in ground.land],
        "borders": [_path(line) for line in ground.borders],
        "roads": _road_paths(ground),
        "names": [_name(one) for one in names_on(ground, view, sensors)],
        "credit": ground.credit,
        "tiles": {"url": url, "credit": TILE_CREDIT, "zoom": MAX_ZOOM} if tiles else None,
        "sensors": [] if marks is None else sensor_circles(marks, style=style),
        "legend": [list(entry) for entry in legend],
    }  # fmt: skip


def _name(found: Name) -> dict[str, Any]:
    spots = [
        {"place": [round(spot.latitude, 5), round(spot.longitude, 5)],
         "offset": [spot.right, spot.down]}
        for spot in (found.spot, *found.spare)
    ]  # fmt: skip
    return {"kind": found.kind, "name": found.text, "spots": spots}


def _path(line: Line) -> list[list[float]]:
    """Return latitude and longitude of points (n, 2) to a metre."""
    path: list[list[float]] = np.round(line[:, ::-1], 5).tolist()
    return path


def _css(style: MapStyle) -> str:
    """Return the style sheet of background, names and tooltips."""
    return f"""<style>
.leaflet-container {{ background: {style.background}; font: 12px/1.4 sans-serif; }}
.leaflet-interactive:focus {{ outline: none; }}
.leaflet-container .leaflet-control-attribution, .leaflet-control-scale-line {{
  background: {style.background}e6; color: {style.text}; border-color: {style.text}99;
  text-shadow: none; }}
.leaflet-control-attribution {{ max-width: 26em; }}
.leaflet-control-scale-line:not(:first-child) {{ display: none; }}
.leaflet-control-attribution a {{ color: inherit; text-decoration: underline; }}
.leaflet-tooltip th {{ font-weight: 400; opacity: .7; padding-right: .6em; text-align: left; }}
.leaflet-tooltip td {{ font-weight: 600; }}
.leaflet-tooltip {{ max-width: 24em; white-space: normal; overflow-wrap: anywhere; }}
.leaflet-tooltip table {{ min-width: 12em; }}
.shield, .legend {{ font: 600 11px/1 sans-serif; color: {style.text}; }}
.shield span, .place span {{ position: absolute; transform: translate(-50%, -50%);
  white-space: nowrap; max-width: 12em; overflow: hidden; text-overflow: ellipsis; }}
.shield span {{ padding: 3px 5px; background: {style.background}; border: 1px solid {style.road};
  border-radius: 5px; }}
.place {{ font: 400 12px/1.2 sans-serif; color: {style.text}; }}
.place span {{ opacity: .75; text-shadow: 0 0 2px {style.background}, 0 0 3px {style.background}; }}
.legend {{ max-width: 22em; overflow-wrap: anywhere; background: {style.background}e6;
  border-radius: 5px; padding: 6px 8px;
  max-height: 60vh; overflow-y: auto; line-height: 1.6; font-weight: 400; }}
.legend i {{ display: inline-block; width: 10px; height: 10px; margin-right: 6px;
  border-radius: 50%; }}
</style>"""


def _road_paths(ground: Ground) -> list[dict[str, Any]]:
    """Return each freeway as one shape, and dashed the stretches whose course is not known."""
    found: dict[tuple[str, bool], list[list[list[float]]]] = {}
    for road in ground.roads:
        found.setdefault((road.name, road.gap), []).append(_path(road.line))
    return [{"paths": paths, "dashes": "2 8" if gap else None} for (_, gap), paths in found.items()]


def sensor_circles(marks: SensorMarks, *, style: MapStyle = LIGHT) -> list[dict[str, Any]]:
    """Return the circles of the shown sensors with their tooltips, in drawing order."""
    return [_circle(marks, position, style) for position in _drawing_order(marks)]


def _drawing_order(marks: SensorMarks) -> list[int]:
    """Return the shown sensors in drawing order: faint ones first, selected ones last."""
    shown = np.flatnonzero(marks.shown)
    strong = np.zeros(len(marks.ids)) if marks.emphasised is None else marks.emphasised
    ringed = np.zeros(len(marks.ids)) if marks.selected is None else marks.selected
    rank = np.asarray(strong, dtype=int) + 2 * np.asarray(ringed, dtype=int)
    return [int(position) for position in shown[np.argsort(rank[shown], kind="stable")]]


def _circle(marks: SensorMarks, position: int, style: MapStyle) -> dict[str, Any]:
    faint = marks.emphasised is not None and not marks.emphasised[position]
    ringed = marks.selected is not None and bool(marks.selected[position])
    ring = _ring(style) if ringed else {}
    told = [("sensor", marks.ids[position]), (marks.group_name, marks.groups[position])]
    if marks.names and marks.names[position]:
        told.insert(1, ("name", marks.names[position]))
    if marks.roads[position]:
        told.append(("road", marks.roads[position]))
    return {
        "place": [float(marks.latitude[position]), float(marks.longitude[position])],
        "told": told,
        "paint": {
            "radius": 5.5,
            "fillColor": marks.colours[position],
            "fillOpacity": 0.25 if faint else 0.95,
            "color": style.outline,
            "opacity": 0.3 if faint else 1.0,
            "weight": 1,
        }
        | ring,
    }


def _ring(style: MapStyle) -> dict[str, Any]:
    """Return how the circle of a selected sensor differs from that of another."""
    return {"radius": 8, "fillOpacity": 0.95, "color": style.text, "opacity": 1.0, "weight": 2.5}


def bounds_of(
    latitude: NDArray[np.float64], longitude: NDArray[np.float64], *, margin: float = 0.002
) -> NDArray[np.float64]:
    """Return [[south, west], [north, east]] in degrees around points, with a margin.

    Args:
        latitude, longitude: (N,) degrees; longitudes may continue across the antimeridian, as in
            `analysis.city.carriageways.degrees`.
        margin: degrees; the bounds never exceed those of the Mercator projection.
    """
    seen = np.clip(latitude, -MERCATOR_LATITUDE, MERCATOR_LATITUDE)
    corner = np.array([seen.min(), longitude.min()])
    return np.stack([corner - margin, np.array([seen.max(), longitude.max()]) + margin])


class CityLayer(folium.MacroElement):
    """Ground, names, sensors and a legend, drawn in the browser from JSON data.

    Folium's own elements render the script with their data as a template a second time, so that a
    name with braces would be executed. The data of this layer are never part of a template.

    Args:
        data: from `city_data`.
    """

    _template = folium.template.Template(
        "{% macro script(this, kwargs) %}{{ this.script() }}{% endmacro %}"
    )

    def __init__(self, data: dict[str, Any]) -> None:
        super().__init__()
        self._name = "CityLayer"
        self.data = data

    def script(self) -> str:
        """Return the script that draws the layer."""
        told, on = texts.script_json(self.data), cast(Element, self._parent).get_name()
        return f"(function () {{\n{_DRAW}\ndrawCity({on}, {told});\n}})();"

    def render(self, **kwargs: Any) -> str:
        """Add the script to the page, verbatim."""
        cast(Figure, self.get_root()).script.add_child(Verbatim(self.script()), self.get_name())
        return ""


class Verbatim(Element):
    """A part of a page that is not rendered as a template."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def render(self, **kwargs: Any) -> str:
        """Return the text."""
        return self.text


def standalone_html(drawn: LocalMap, *, script: str, style_sheet: str) -> str:
    """Return a map as one self-contained HTML page.

    Args:
        drawn: the complete map; it cannot be used otherwise afterwards.
        script, style_sheet: the content of leaflet.js and leaflet.css.
    """
    drawn.default_js, drawn.default_css = [], []
    header = drawn.page.header
    header.add_child(Verbatim(f"<script>{script}</script>"), name="leaflet")
    header.add_child(Verbatim(f"<style>{style_sheet}</style>"), name="leaflet_css", index=0)
    return str(drawn.page.render())
