"""What a map shows beneath the sensors of a city: land and sea, freeways, names of places.

It comes from a base map (`analysis.city.basemap`), or consists of lines through the sensors alone.
All maps draw the same ground: Leaflet, Plotly, the player of a day, and figures for print.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray
from shapely.geometry import LineString

from analysis.city.roads import WGS84, in_degrees

Line = NDArray[np.float64]  # (n, 2) longitude and latitude in degrees
_ANY_CITY = 1e-3  # of the bounds: by so much the sea is smaller, since land may end at the bounds


@dataclass(frozen=True, eq=False)
class Curve:
    """A piece of a freeway.

    Attributes:
        name: of the freeway, such as ``"US-101"``; "" if unknown.
        direction: of travel, "" if unknown.
        line: (n, 2) its points.
        gap: whether it is a straight line over a stretch whose course is not known.
    """

    name: str
    direction: str
    line: Line
    gap: bool = False


@dataclass(frozen=True)
class Place:
    """A place with a name.

    Attributes:
        name: of the place.
        longitude, latitude: degrees.
    """

    name: str
    longitude: float
    latitude: float


@dataclass(frozen=True, eq=False)
class Ground:
    """What a map shows beneath the sensors.

    Attributes:
        roads: the freeways.
        bounds: west, south, east, north in degrees: where it applies. None: around the sensors.
        land: polygons, each as its rings; what is within the bounds and not land is sea. Empty:
            nothing is known, and all of it is drawn as land.
        borders: lines between districts.
        places: names of places, the most important first.
        credit: who made it, as plain text.
        sensed: names of the freeways that have sensors.
    """

    roads: tuple[Curve, ...] = ()
    bounds: tuple[float, float, float, float] | None = None
    land: tuple[tuple[Line, ...], ...] = ()
    borders: tuple[Line, ...] = ()
    places: tuple[Place, ...] = ()
    credit: str = ""
    sensed: frozenset[str] = frozenset()

    @property
    def sea(self) -> Line | None:
        """The ring of the area that is sea where there is no land; None if nothing is known."""
        if self.bounds is None or not self.land:
            return None
        west, south, east, north = self.bounds
        across, up = _ANY_CITY * (east - west), _ANY_CITY * (north - south)
        west, east, south, north = west + across, east - across, south + up, north - up
        corners = [(west, south), (east, south), (east, north), (west, north), (west, south)]
        return np.array(corners)

    def covers(
        self, latitude: NDArray[np.floating], longitude: NDArray[np.floating]
    ) -> NDArray[np.bool_]:
        """Return which of the points (n,), in degrees, are within the bounds."""
        if self.bounds is None:
            return np.zeros(len(latitude), dtype=bool)
        west, south, east, north = self.bounds
        eastwards = np.mod(np.asarray(longitude, dtype=float) - west, 360)
        return (eastwards <= east - west) & (latitude >= south) & (latitude <= north)

    def turned_to(self, longitude: float) -> Ground:
        """Return the same ground with longitudes near one: a map's may go on beyond 180 degrees."""
        if self.bounds is None:
            return self
        middle = (self.bounds[0] + self.bounds[2]) / 2
        turns = 360.0 * round((longitude - middle) / 360)
        if not turns:
            return self
        by = np.array([turns, 0.0])
        west, south, east, north = self.bounds
        return replace(
            self,
            bounds=(west + turns, south, east + turns, north),
            land=tuple(tuple(ring + by for ring in rings) for rings in self.land),
            borders=tuple(line + by for line in self.borders),
            roads=tuple(replace(road, line=road.line + by) for road in self.roads),
            places=tuple(
                replace(place, longitude=place.longitude + turns) for place in self.places
            ),
        )


def ground_through(lines: gpd.GeoDataFrame) -> Ground:
    """Return the ground of a city without a base map: lines through its sensors.

    Args:
        lines: from `analysis.city.roads.freeway_lines`; may be empty.
    """
    if not len(lines):
        return Ground()
    told = zip(
        lines["freeway"], lines["direction"], in_degrees(lines.geometry), lines["gap"], strict=True
    )
    roads = tuple(
        Curve(str(name), str(direction), np.asarray(line.coords)[:, :2], bool(gap))
        for name, direction, line, gap in told
    )
    return Ground(roads, sensed=frozenset(road.name for road in roads))


def in_metres(lines: list[Line], crs: object) -> list[NDArray[np.float64]]:
    """Return lines in a city's own coordinate system, (n, 2) metres each, for print.

    Args:
        lines: each (n, 2) degrees, at least two points.
        crs: of `analysis.city.roads.sensor_frame`.
    """
    shapes = gpd.GeoSeries([LineString(line) for line in lines], crs=WGS84).to_crs(crs)
    return [np.asarray(shape.coords) for shape in shapes]
