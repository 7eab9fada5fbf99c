"""Similarities and distances between all sensors of a network, however many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from analysis.city.carriageways import carriageway_pairs
from analysis.city.roads import distance_matrix, positions, sensor_frame
from analysis.errors import AnalysisError
from analysis.geometry.similarity import Floats, unit_rows
from analysis.limits import check_pairs, is_large
from himnet.data.info import Sensors

Pairs = tuple[NDArray[np.int64], NDArray[np.int64]]


@dataclass(frozen=True, eq=False)
class Relations:
    """Similarities of the sensors of a network, and distances between them.

    Matrices of all pairs exist for at most `analysis.limits.MOST_QUADRATIC` sensors.

    Attributes:
        sensors: the N sensors.
        units: (N, r) directions of their meta-parameters, of length 1; NaN for a sensor whose
            meta-parameters are zero or not finite.
    """

    sensors: Sensors
    units: Floats

    @cached_property
    def cosines(self) -> Floats:
        """Cosines (N, N); NaN for a sensor without a direction."""
        check_pairs(len(self.units), len(self.units))
        known = np.flatnonzero(np.isfinite(self.units).all(axis=1))
        cosines = np.full((len(self.units), len(self.units)), np.nan)
        own = self.units[known]
        cosines[np.ix_(known, known)] = np.clip(own @ own.T, -1.0, 1.0)
        return cosines

    @cached_property
    def metres(self) -> Floats | None:
        """Distances in metres (N, N); None without coordinates, or for too many sensors."""
        if not self.sensors.has_coordinates or is_large(len(self.units)):
            return None
        return distance_matrix(self._frame)

    @cached_property
    def facing(self) -> frozenset[tuple[int, int]]:
        """Pairs on opposite carriageways of a freeway, the lower column first."""
        pairs = carriageway_pairs(self._frame) if self.sensors.has_coordinates else ()
        return frozenset((int(first), int(second)) for first, second in pairs)

    @cached_property
    def places(self) -> NDArray[np.float64]:
        """Metres east and north (N, 2).

        Raises:
            AnalysisError: without coordinates.
        """
        return positions(self._frame)

    @cached_property
    def _roads(self) -> tuple[str, ...]:
        return self.sensors.road_names

    @cached_property
    def _frame(self) -> gpd.GeoDataFrame:
        return sensor_frame(self.sensors)

    def road(self, sensor: int) -> str:
        """Freeway and direction of a sensor, "" if unknown."""
        return self._roads[sensor]

    def cosines_to(self, sensor: int) -> Floats:
        """Return the cosines (N,) between all sensors and one."""
        if not is_large(len(self.units)):
            return np.asarray(self.cosines[sensor])
        return np.asarray(np.clip(self.units @ self.units[sensor], -1.0, 1.0))

    def cosines_of(self, pairs: Pairs) -> Floats:
        """Return the cosines (m,) of some pairs."""
        if not is_large(len(self.units)):
            return np.asarray(self.cosines[pairs])
        products = np.einsum("mr,mr->m", *(self.units[ends] for ends in pairs))
        return np.asarray(np.clip(products, -1.0, 1.0))

    def metres_of(self, pairs: Pairs) -> Floats:
        """Return the distances in metres (m,) of some pairs.

        Raises:
            AnalysisError: without coordinates.
        """
        first, second = pairs
        if self.metres is not None:
            return np.asarray(self.metres[pairs])
        return np.asarray(np.linalg.norm(self.places[first] - self.places[second], axis=1))


def relations(coordinates: NDArray[Any], sensors: Sensors, *, centred: bool = False) -> Relations:
    """Relate all sensors by coordinates that are isometric to their meta-parameters.

    Args:
        coordinates: (N, r).
        sensors: the N sensors.
        centred: subtract the mean over the sensors first.

    Raises:
        AnalysisError: for coordinates of a different number of sensors.
    """
    coordinates = np.asarray(coordinates, dtype=np.float64)
    if len(coordinates) != len(sensors):
        raise AnalysisError(
            f"there are meta-parameters of {len(coordinates)} sensors but {len(sensors)} sensors; "
            f"give those of one model"
        )
    units = np.full_like(coordinates, np.nan)
    # one vector that is not finite must not make the mean of all not finite
    known = np.isfinite(coordinates).all(axis=1)
    if known.any():
        own = coordinates[known]
        units[known] = unit_rows(own - own.mean(axis=0) if centred else own)
    return Relations(sensors, units)
