"""Make a base map from detector stations, land and county borders: python -m (this module) --help.

The stations of a freeway and direction, in the order of their postmiles, are points of its true
curve. Land and borders are GeoJSON files. The result is a file for `analysis.city.basemap`.
"""

from __future__ import annotations

import argparse
import csv
import json
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry import LineString, MultiLineString, box, mapping, shape
from shapely.geometry.base import BaseGeometry
from shapely.ops import linemerge

LONGEST_GAP = 3_000.0  # metres between neighbours; the course in between is not known
SHARPEST = 2.0  # a point is a spike if the way through it is so many times the way without it
LEAST_DETOUR = 300.0  # metres that a spike adds to the way
TOLERANCE = 8.0  # metres by which the simplified curves may differ
_METRES_PER_DEGREE = 111_320.0  # of latitude
_INTERSTATES, _US_ROUTES = {5, 10, 105, 110, 210, 405, 605, 710}, {101}
_FEWEST_STATIONS = 3  # of a piece of a curve; a chord between two says little
PLACES: tuple[tuple[str, float, float], ...] = (  # name, longitude, latitude; first ones first
    ("Downtown", -118.2468, 34.0505),
    ("Hollywood", -118.3267, 34.0928),
    ("Burbank", -118.3090, 34.1850),
    ("Glendale", -118.2551, 34.1500),
    ("Pasadena", -118.1445, 34.1560),
    ("Sherman Oaks", -118.4490, 34.1420),
    ("Santa Monica", -118.4912, 34.0195),
    ("Griffith Park", -118.2940, 34.1320),
    ("Beverly Hills", -118.4004, 34.0736),
    ("Van Nuys", -118.4490, 34.1890),
    ("LAX", -118.4085, 33.9416),
    ("Long Beach", -118.1937, 33.7701),
    ("Malibu", -118.7798, 34.0259),
    ("Santa Clarita", -118.5426, 34.3917),
    ("Pomona", -117.7500, 34.0551),
)
SOURCE = "Caltrans PeMS; US Census Bureau"


def freeway_name(number: int) -> str:
    """Return a Californian freeway's name, such as ``"I-5"``, ``"US-101"`` or ``"SR-134"``."""
    if number in _INTERSTATES:
        return f"I-{number}"
    return f"US-{number}" if number in _US_ROUTES else f"SR-{number}"


def curves(stations: NDArray[np.float64]) -> list[NDArray[np.float64]]:
    """Return the pieces of a road (each (n, 2) degrees, longitude first) through its stations.

    Args:
        stations: (n, 3) postmile, latitude and longitude, in any order.
    """
    ordered = stations[np.argsort(stations[:, 0], kind="stable")]
    shrink = np.cos(np.radians(ordered[:, 1].mean()))
    metres = ordered[:, [2, 1]] * _METRES_PER_DEGREE * np.array([shrink, 1.0])
    metres = _without_spikes(metres)
    cuts = np.flatnonzero(_steps(metres) > LONGEST_GAP) + 1
    pieces = [piece for piece in np.split(metres, cuts) if len(piece) >= _FEWEST_STATIONS]
    simple = [shapely.simplify(LineString(piece), TOLERANCE) for piece in pieces]
    scale = np.array([1 / shrink, 1.0]) / _METRES_PER_DEGREE
    return [shapely.get_coordinates(line) * scale for line in simple]


def _steps(points: NDArray[np.float64]) -> NDArray[np.float64]:
    lengths: NDArray[np.float64] = np.linalg.norm(np.diff(points, axis=0), axis=1)
    return lengths


def _without_spikes(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return points (n, 2) of a way without those that are far off it, and repeated ones."""
    kept: NDArray[np.float64] = points[np.append(True, _steps(points) > 1.0)]
    while len(kept) > 2:
        through = _steps(kept)[:-1] + _steps(kept)[1:]
        past = np.linalg.norm(kept[2:] - kept[:-2], axis=1)
        excess = np.where(through > SHARPEST * past, through - past, 0.0)
        worst = int(excess.argmax())
        if excess[worst] < LEAST_DETOUR:
            break
        kept = np.delete(kept, worst + 1, axis=0)
    return kept


def basemap(
    stations: Path, land: Path, counties: Path, places: Sequence[tuple[str, float, float]] = PLACES
) -> dict[str, Any]:
    """Return a base map as GeoJSON.

    Args:
        stations: CSV file with the columns freeway (number), direction, postmile, latitude and
            longitude.
        land, counties: GeoJSON files of polygons; the land's extent is that of the base map.
        places: name, longitude and latitude of each, the most important first.
    """
    shapes = [shape(one["geometry"]) for one in _features(land)]
    west, south, east, north = shapely.total_bounds(np.array(shapes))
    features = [_feature("land", one) for one in shapes]
    borders = _borders([shape(one["geometry"]) for one in _features(counties)], shapes)
    features += [_feature("border", borders)] if not borders.is_empty else []
    for (number, direction), rows in sorted(_by_road(stations).items()):
        pieces = curves(np.array(rows))
        if pieces:
            line = MultiLineString([LineString(piece) for piece in pieces])
            features.append(_feature("road", line, name=freeway_name(number), direction=direction))
    for name, longitude, latitude in places:
        features.append(_feature("place", shapely.Point(longitude, latitude), name=name))
    bounds = [round(float(edge), 4) for edge in (west, south, east, north)]
    return {
        "type": "FeatureCollection", "source": SOURCE, "bbox": bounds, "features": features,
    }  # fmt: skip


def _features(file: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["features"]
    return found


def _by_road(file: Path) -> dict[tuple[int, str], list[tuple[float, float, float]]]:
    found = defaultdict(list)
    with file.open(newline="", encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            place = (float(row["postmile"]), float(row["latitude"]), float(row["longitude"]))
            found[int(row["freeway"]), row["direction"]].append(place)
    return dict(found)


def _borders(counties: Sequence[BaseGeometry], land: Sequence[BaseGeometry]) -> BaseGeometry:
    """Return the borders of counties that are neither a coast nor the edge of the map."""
    edge = box(*shapely.total_bounds(np.array(land))).boundary
    coast = shapely.union_all([one.boundary for one in land])
    lines = shapely.union_all([one.boundary for one in counties])
    inland = lines.difference(coast.buffer(2e-3)).difference(edge.buffer(2e-3))
    merged = linemerge(inland) if inland.geom_type == "MultiLineString" else inland
    return merged.simplify(5e-4)


def _feature(kind: str, geometry: BaseGeometry, **about: str) -> dict[str, Any]:
    """Return a GeoJSON feature with coordinates of five decimals, which are a metre."""
    told = mapping(shapely.set_precision(geometry, 1e-5) if kind == "border" else geometry)
    return {
        "type": "Feature",
        "properties": {"kind": kind, **about},
        "geometry": {"type": told["type"], "coordinates": _rounded(told["coordinates"])},
    }


def _rounded(coordinates: Any) -> Any:
    if isinstance(coordinates, float):
        return round(coordinates, 5)
    return [_rounded(part) for part in coordinates]


def written(content: dict[str, Any]) -> str:
    """Return a base map as the text of a file, one feature a line."""
    head = {name: part for name, part in content.items() if name != "features"}
    begun = json.dumps(head, separators=(",", ":"))[:-1]
    rows = ",\n".join(json.dumps(one, separators=(",", ":")) for one in content["features"])
    return f'{begun},"features":[\n{rows}\n]}}\n'


def main(words: Sequence[str] | None = None) -> int:
    """Write a base map."""
    parser = argparse.ArgumentParser(prog="python -m analysis.city.make_basemap")
    parser.add_argument("stations", type=Path, help="CSV of mainline stations")
    parser.add_argument("land", type=Path, help="GeoJSON of the land")
    parser.add_argument("counties", type=Path, help="GeoJSON of the counties")
    parser.add_argument("out", type=Path, help="file to write")
    args = parser.parse_args(words)
    args.out.write_text(written(basemap(args.stations, args.land, args.counties)), "utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
