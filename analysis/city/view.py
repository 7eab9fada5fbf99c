"""What a web map shows: its centre and scale in the Mercator projection."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analysis.city.ground import Line

Pixels = NDArray[np.float64]  # (n, 2) to the right and down
MERCATOR_LATITUDE = 85.05  # degrees; the Mercator projection of map tiles ends here


@dataclass(frozen=True)
class View:
    """What a map shows, in the Mercator projection.

    Attributes:
        longitude, latitude: of the centre, in degrees.
        scale: pixels per degree of longitude.
        width, height: in pixels.
    """

    longitude: float
    latitude: float
    scale: float
    width: float
    height: float

    @classmethod
    def of(
        cls, bounds: NDArray[np.float64], width: float, height: float, *, padding: float = 0.0
    ) -> View:
        """Return the view of a map that shows bounds as large as possible.

        Args:
            bounds: [[south, west], [north, east]] in degrees.
            width, height: of the map, in pixels.
            padding: pixels that remain free on each side.
        """
        (south, west), (north, east) = bounds
        low, high = mercator(np.array([south, north]))
        across = max(float(east - west), 1e-6) / max(width - 2 * padding, 1.0)
        up = max(float(high - low), 1e-6) / max(height - 2 * padding, 1.0)
        middle = float(latitude_of((low + high) / 2))
        return cls(float(west + east) / 2, middle, 1 / max(across, up), width, height)

    def pixels(self, line: Line) -> Pixels:
        """Return where points (n, 2) of longitude and latitude are, from the upper left corner."""
        right = self.width / 2 + (line[:, 0] - self.longitude) * self.scale
        up = mercator(line[:, 1]) - mercator(np.array([self.latitude]))
        return np.column_stack([right, self.height / 2 - up * self.scale])

    def degrees(self, pixels: Pixels) -> Line:
        """Return longitude and latitude (n, 2) of points, given as by `pixels`."""
        longitude = self.longitude + (pixels[:, 0] - self.width / 2) / self.scale
        up = (self.height / 2 - pixels[:, 1]) / self.scale
        up += mercator(np.array([self.latitude]))
        return np.column_stack([longitude, latitude_of(up)])


def mercator(latitude: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the Mercator ordinates of latitudes, in degrees of longitude at the equator."""
    seen = np.radians(np.clip(latitude, -MERCATOR_LATITUDE, MERCATOR_LATITUDE))
    return np.asarray(np.degrees(np.arcsinh(np.tan(seen))))


def latitude_of(ordinate: NDArray[np.floating]) -> NDArray[np.float64]:
    """Return the latitudes of Mercator ordinates; the inverse of `mercator`."""
    return np.asarray(np.degrees(np.arctan(np.sinh(np.radians(ordinate)))))
