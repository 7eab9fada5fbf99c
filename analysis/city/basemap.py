"""Base maps: GeoJSON files with the land, the freeways and the places around a city.

The base map of Los Angeles is part of the project. Another city's is drawn from `FILE_NAME` in the
folder of its data set. Such a file comes from anyone: its size, its geometry and its texts are
checked, and nothing in it is more than a number or a text.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from analysis.city.carriageways import degrees
from analysis.city.ground import Curve, Ground, Line, Place
from analysis.city.roads import sensor_frame
from analysis.errors import AnalysisError
from himnet import texts
from himnet.data.info import Sensors
from himnet.limits import is_line, is_number
from himnet.strict_json import parse_json

FILE_NAME = "basemap.geojson"
BUNDLED = tuple(sorted((Path(__file__).parent / "basemaps").glob("*.geojson")))
MOST_BYTES, MOST_POINTS, MOST_FEATURES = 2_000_000, 20_000, 2_000
MOST_LETTERS = 60  # of a name; MOST_CREDIT of who made it
MOST_CREDIT = 200
MOST_OUTSIDE = 0.1  # share of a city's sensors that may be beyond a base map's bounds
_LAND, _BORDER, _ROAD, _PLACE = "land", "border", "road", "place"
# nesting of the coordinates of each kind of geometry above a single position
_DEPTHS = {
    "Point": 0, "LineString": 1, "Polygon": 2, "MultiLineString": 2, "MultiPolygon": 3,
}  # fmt: skip
_KINDS = {
    _LAND: ("Polygon", "MultiPolygon"),
    _BORDER: ("LineString", "MultiLineString"),
    _ROAD: ("LineString", "MultiLineString"),
    _PLACE: ("Point",),
}
_FEWEST = {"Polygon": 4, "MultiPolygon": 4, "LineString": 2, "MultiLineString": 2}


def basemap_in(folder: Path | None) -> Path | None:
    """Return the base map in a data set's folder; None if there is none."""
    if folder is None:
        return None
    file = folder / FILE_NAME
    return file if file.is_file() else None


def basemap_state(file: Path | None) -> tuple[int, ...]:
    """Return numbers that change with a base map's file; none if there is no file."""
    try:
        state = None if file is None else file.stat()
    except OSError:
        state = None
    return () if state is None else (state.st_mtime_ns, state.st_size)


def choose_basemap(sensors: Sensors, own: Path | None = None) -> tuple[Ground | None, str]:
    """Return the base map that a city's sensors lie on, and why its own one is not used.

    Args:
        sensors: of the city.
        own: file of its own base map, which comes first; None if it has none.

    Returns:
        The base map, or None if there is none around the sensors; and a sentence about `own`, ""
        if it is used or absent.
    """
    if sensors.latitude is None or sensors.longitude is None:
        return None, ""
    problem = ""
    for file in (*((own,) if own else ()), *BUNDLED):
        try:
            found = load_basemap(file)
        except AnalysisError as error:
            problem = str(error)
            continue
        if found.covers(sensors.latitude, sensors.longitude).mean() >= 1 - MOST_OUTSIDE:
            return _around(found, sensors), problem
        if file == own:
            problem = (
                f"the base map {file} does not cover the sensors of the data set; its coordinates "
                f"must be longitude before latitude, and it must extend around them"
            )
    return None, problem


def _around(ground: Ground, sensors: Sensors) -> Ground:
    """Return a base map with longitudes near the sensors', which knows their freeways."""
    frame = sensor_frame(sensors)
    _, longitude = degrees(frame)
    known = frozenset(frame["freeway"]) - {""}
    return replace(ground.turned_to(float(longitude.mean())), sensed=known)


def load_basemap(file: Path) -> Ground:
    """Return the content of a base map; it is read once, and again when the file changes.

    Raises:
        AnalysisError: for a file that cannot be read, is too large, or is no base map.
    """
    return _loaded(file, basemap_state(file))


@lru_cache(maxsize=8)
def _loaded(file: Path, state: tuple[int, ...]) -> Ground:
    try:
        with file.open("rb") as stream:
            raw = stream.read(MOST_BYTES + 1)
        if len(raw) > MOST_BYTES:
            raise ValueError(f"it may have up to {MOST_BYTES / 1e6:.0f} MB")
        return ground_in(parse_json(raw.decode("utf-8-sig")))
    except (OSError, ValueError) as error:
        raise AnalysisError(
            f"the base map {file} cannot be used: {texts.clipped(error)}; mend it or remove it"
        ) from error


def ground_in(content: Any) -> Ground:
    """Return the ground that GeoJSON describes.

    Args:
        content: a FeatureCollection. Each feature has the property ``kind``: ``"land"`` (polygons),
            ``"border"`` (lines), ``"road"`` (lines, with ``name`` and ``direction``) or ``"place"``
            (points, with ``name``). ``bbox`` says where it applies, ``source`` who made it.

    Raises:
        ValueError: for anything else, with what is wrong and what is allowed.
    """
    if not isinstance(content, dict) or content.get("type") != "FeatureCollection":
        raise ValueError("it is not a GeoJSON FeatureCollection")
    features = content.get("features")
    if not isinstance(features, list) or len(features) > MOST_FEATURES:
        raise ValueError(f"'features' must be a list of up to {MOST_FEATURES:,}")
    parts: dict[str, list[Any]] = {kind: [] for kind in _KINDS}
    left = MOST_POINTS
    for number, feature in enumerate(features):
        try:
            kind, made, points = _read(feature, left)
        except ValueError as error:
            raise ValueError(f"feature {number + 1}: {error}") from error
        left -= points
        parts[kind] += made
    if not any(parts.values()):
        raise ValueError("it has no features")
    return Ground(
        roads=tuple(parts[_ROAD]),
        bounds=_bounds(content.get("bbox"), parts),
        land=tuple(parts[_LAND]),
        borders=tuple(parts[_BORDER]),
        places=tuple(parts[_PLACE]),
        credit=_text(content.get("source", ""), "source", MOST_CREDIT),
    )


def _read(feature: Any, most: int) -> tuple[str, list[Any], int]:
    """Return a feature's kind, what it adds to the ground, and how many points that has."""
    geometry = feature.get("geometry") if isinstance(feature, dict) else None
    about = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(geometry, dict) or not isinstance(about, dict):
        raise ValueError("it must be an object with 'geometry' and 'properties'")
    kind, shape = about.get("kind"), geometry.get("type")
    if not isinstance(kind, str) or kind not in _KINDS:
        raise ValueError(f"its 'kind' must be one of {', '.join(_KINDS)}")
    if shape not in _KINDS[kind]:
        raise ValueError(f"the geometry of a {kind} must be a {' or '.join(_KINDS[kind])}")
    lines = list(_lines(geometry.get("coordinates"), _DEPTHS[shape], most))
    points = sum(map(len, lines))
    if points > most:
        raise ValueError(f"a base map may have up to {MOST_POINTS:,} points")
    if any(len(line) < _FEWEST.get(shape, 1) for line in lines):
        raise ValueError(f"a {shape} needs {_FEWEST[shape]} points")
    if kind == _LAND:
        nested = [geometry["coordinates"]] if shape == "Polygon" else geometry["coordinates"]
        rings = iter(lines)
        return kind, [tuple(next(rings) for _ in polygon) for polygon in nested], points
    if kind == _BORDER:
        return kind, lines, points
    name = _text(about.get("name", ""), "name", MOST_LETTERS)
    if kind == _PLACE:
        return kind, [Place(name, *map(float, line[0])) for line in lines if name], points
    direction = _text(about.get("direction", ""), "direction", MOST_LETTERS)
    return kind, [Curve(name, direction, line) for line in lines], points


def _lines(coordinates: Any, depth: int, most: int) -> Iterator[Line]:
    """Yield the lines (n, 2) in nested coordinates; a point is a line of one."""
    if depth == 0:
        coordinates = [coordinates]
    if not isinstance(coordinates, list) or len(coordinates) > most:
        raise ValueError(f"'coordinates' must be nested lists with up to {MOST_POINTS:,} points")
    if depth > 1:
        for part in coordinates:
            yield from _lines(part, depth - 1, most)
        return
    yield np.array([_position(one) for one in coordinates], dtype=float).reshape(-1, 2)


def _position(place: Any) -> tuple[float, float]:
    if (
        isinstance(place, list)
        and len(place) in (2, 3)
        and is_number(place[0], 180)
        and is_number(place[1], 90)
    ):
        return float(place[0]), float(place[1])
    raise ValueError(
        "a position must be a longitude from -180 to 180 and a latitude from -90 to 90"
    )


def _text(value: Any, what: str, most: int) -> str:
    if not is_line(value) or len(value) > most:
        raise ValueError(f"its '{what}' must be one line of up to {most} printable characters")
    return str(value).strip()


def _bounds(box: Any, parts: dict[str, list[Any]]) -> tuple[float, float, float, float]:
    """Return the bounds that are given, else those of all points."""
    if box is not None:
        if not isinstance(box, list) or len(box) != 4:
            raise ValueError("'bbox' must be west, south, east and north in degrees")
        (west, south), (east, north) = _position(box[:2]), _position(box[2:])
    else:
        lines = [ring for rings in parts[_LAND] for ring in rings]
        lines += [*parts[_BORDER], *(road.line for road in parts[_ROAD])]
        lines += [np.array([[one.longitude, one.latitude]]) for one in parts[_PLACE]]
        every = np.concatenate(lines)
        west, south, east, north = map(float, (*every.min(axis=0), *every.max(axis=0)))
    if not (west <= east and south <= north):
        raise ValueError("'bbox' must be west, south, east and north in degrees, in this order")
    return west, south, east, north
