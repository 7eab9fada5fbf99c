"""Which sensors are alike in meta-parameter space, beside their roads and the metres between."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from analysis.carriageways import carriageway_pairs
from analysis.errors import AnalysisError
from analysis.roads import distance_matrix, sensor_frame
from analysis.similarity import Floats, cosine_matrix
from himnet.data.info import Sensors

COUNT = 10  # rows of a list
FAR_METRES, CLOSE_METRES = 5_000.0, 500.0
MOST_PER_SENSOR = 2  # times that a list of pairs names a sensor


@dataclass(frozen=True)
class Neighbour:
    """A sensor beside the one that was asked about.

    Attributes:
        sensor: its column in the data set.
        cosine: between the meta-parameters of both.
        road: its freeway and direction, "" where unknown.
        metres: between both on the map, in a straight line; None without coordinates.
    """

    sensor: int
    cosine: float
    road: str
    metres: float | None


@dataclass(frozen=True)
class SensorPair:
    """Two sensors that are more or less alike than where they stand would suggest.

    Attributes:
        sensors: their columns in the data set.
        cosine: between their meta-parameters.
        share_below: share of all pairs of the network whose cosine is lower, 0 to 1.
        roads: freeway and direction of each, "" where unknown.
        metres: between them on the map, in a straight line.
        facing: whether they face each other on the two carriageways of one freeway.
    """

    sensors: tuple[int, int]
    cosine: float
    share_below: float
    roads: tuple[str, str]
    metres: float
    facing: bool


@dataclass(frozen=True, eq=False)
class Relations:
    """How alike the sensors of a network are, and how far from each other.

    Attributes:
        sensors: the N sensors.
        cosines: (N, N); NaN for a sensor whose meta-parameters are zero or not finite.
    """

    sensors: Sensors
    cosines: Floats

    @cached_property
    def metres(self) -> Floats | None:
        """Straight lines (N, N) between the sensors, or None without coordinates."""
        return distance_matrix(self._frame) if self.sensors.has_coordinates else None

    @cached_property
    def facing(self) -> frozenset[tuple[int, int]]:
        """Pairs that face each other on a freeway, the first column first."""
        pairs = carriageway_pairs(self._frame) if self.sensors.has_coordinates else ()
        return frozenset((int(first), int(second)) for first, second in pairs)

    @cached_property
    def _frame(self) -> gpd.GeoDataFrame:
        return sensor_frame(self.sensors)

    def road(self, sensor: int) -> str:
        """Freeway and direction of a sensor, "" where unknown."""
        return self.sensors.roads[sensor] if self.sensors.roads else ""


def most_similar(cosines: Floats, *, leave_out: int, count: int) -> list[int]:
    """Return the places of the highest of some cosines (n,), highest first, equal ones in order.

    Args:
        cosines: (n,); NaN is never among them.
        leave_out: a place that is not returned.
        count: how many at most.

    Raises:
        AnalysisError: for a count below 1.
    """
    check_count(count)
    # rounding must not decide between vectors that are equally similar
    order = np.argsort(-np.round(cosines, 12), kind="stable").tolist()
    known = [place for place in order if place != leave_out and np.isfinite(cosines[place])]
    return known[:count]


def check_count(count: int) -> None:
    """Check the length that is asked of a list.

    Raises:
        AnalysisError: below 1.
    """
    if count < 1:
        raise AnalysisError(f"a list has at least 1 row, not {count}; ask for 1 or more")


def relations(coordinates: NDArray[Any], sensors: Sensors, *, centred: bool = False) -> Relations:
    """Compare all sensors in coordinates that are isometric to their meta-parameters.

    Args:
        coordinates: (N, r).
        sensors: the N sensors.
        centred: remove the mean over the sensors first, so that what they share does not count.

    Raises:
        AnalysisError: for coordinates of another number of sensors.
    """
    coordinates = np.asarray(coordinates, dtype=np.float64)
    if len(coordinates) != len(sensors):
        raise AnalysisError(
            f"there are meta-parameters of {len(coordinates)} sensors for {len(sensors)} sensors; "
            f"give those of one model"
        )
    cosines = np.full((len(sensors), len(sensors)), np.nan)
    # one vector that is not finite must not take the mean of all with it
    known = np.flatnonzero(np.isfinite(coordinates).all(axis=1))
    if len(known):
        cosines[np.ix_(known, known)] = cosine_matrix(coordinates[known], centred=centred)
    return Relations(sensors, cosines)


def nearest_sensors(
    related: Relations, sensor: int, *, count: int = COUNT
) -> tuple[Neighbour, ...]:
    """Return the sensors whose meta-parameters are most similar to those of one, nearest first.

    Sensors that are equally similar come in the order of the data set's columns. Those whose
    meta-parameters have no direction are never among them.

    Args:
        related: from `relations`.
        sensor: its column.
        count: how many at most.

    Raises:
        AnalysisError: for a column that there is not, a count below 1, or a sensor whose
            meta-parameters are all zero.
    """
    total = len(related.sensors)
    if not 0 <= sensor < total:
        raise AnalysisError(f"there is no sensor column {sensor}; choose 0 to {total - 1}")
    cosines = related.cosines[sensor]
    if not np.isfinite(cosines[sensor]):
        raise AnalysisError(
            f"the meta-parameters of sensor {related.sensors.ids[sensor]} are zero or not finite, "
            f"so nothing is similar to them; choose another sensor"
        )
    return tuple(
        Neighbour(
            other,
            float(cosines[other]),
            related.road(other),
            None if related.metres is None else float(related.metres[sensor, other]),
        )
        for other in most_similar(cosines, leave_out=sensor, count=count)
    )


def similar_but_far(
    related: Relations,
    *,
    farther_than: float = FAR_METRES,
    count: int = COUNT,
    most_per_sensor: int = MOST_PER_SENSOR,
) -> tuple[SensorPair, ...]:
    """Return pairs of sensors that the model treats alike though they are far apart.

    Among pairs that are farther apart than `farther_than` metres and not on the same freeway
    (sensors of unknown freeway are on none), those with the highest cosines; a pair is passed over
    when either sensor has been named `most_per_sensor` times. Only the order of the cosines
    counts, not their size.

    Args:
        related: from `relations`.
        farther_than: metres.
        count: how many at most.
        most_per_sensor: how often a sensor is named at most.

    Raises:
        AnalysisError: without coordinates, or for a count below 1.
    """
    freeways = related.sensors.freeway or ("",) * len(related.sensors)
    names = np.asarray([name.strip() for name in freeways])
    same = (names[:, None] == names) & (names != "")
    candidates = (_metres(related) > farther_than) & ~same
    return _pairs(related, candidates, -related.cosines, count, most_per_sensor)


def close_but_different(
    related: Relations,
    *,
    within: float = CLOSE_METRES,
    count: int = COUNT,
    most_per_sensor: int = MOST_PER_SENSOR,
) -> tuple[SensorPair, ...]:
    """Return pairs of sensors that the model treats differently though they are close.

    Among pairs at most `within` metres apart, those with the lowest cosines, chosen as in
    `similar_but_far`. Pairs that face each other on two carriageways are marked as such.

    Args:
        related: from `relations`.
        within: metres.
        count: how many at most.
        most_per_sensor: how often a sensor is named at most.

    Raises:
        AnalysisError: without coordinates, or for a count below 1.
    """
    candidates = _metres(related) <= within
    return _pairs(related, candidates, related.cosines, count, most_per_sensor)


def _pairs(
    related: Relations,
    candidates: NDArray[np.bool_],
    cost: Floats,
    count: int,
    most_per_sensor: int,
) -> tuple[SensorPair, ...]:
    """Return the candidates (N, N) of least cost (N, N), no sensor too often."""
    check_count(count)
    rows, columns = np.triu_indices(len(related.sensors), 1)
    cosines = related.cosines[rows, columns]
    known = np.sort(cosines[np.isfinite(cosines)])
    open_to = np.flatnonzero(candidates[rows, columns] & np.isfinite(cosines))
    order = open_to[np.argsort(np.round(cost[rows, columns][open_to], 12), kind="stable")]
    named = np.zeros(len(related.sensors), dtype=np.int64)
    found: list[SensorPair] = []
    for place in order:
        pair = int(rows[place]), int(columns[place])
        if len(found) == count:
            break
        if max(named[list(pair)]) < most_per_sensor:
            named[list(pair)] += 1
            below = np.searchsorted(known, cosines[place]) / len(known)
            found.append(_described(related, pair, float(below)))
    return tuple(found)


def _described(related: Relations, pair: tuple[int, int], share_below: float) -> SensorPair:
    return SensorPair(
        pair,
        float(related.cosines[pair]),
        share_below,
        (related.road(pair[0]), related.road(pair[1])),
        float(_metres(related)[pair]),
        pair in related.facing,
    )


def _metres(related: Relations) -> Floats:
    """Return metres (N, N).

    Raises:
        AnalysisError: without coordinates.
    """
    metres = related.metres
    # without coordinates, making the frame says how to add them
    return distance_matrix(sensor_frame(related.sensors)) if metres is None else metres
