"""Neighbours in meta-parameter space: similar sensors, and similar hours of the week."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from analysis.errors import AnalysisError
from analysis.geometry.similarity import Floats, cosine_matrix
from analysis.geometry.spaces import SpaceChoice
from analysis.limits import is_large
from analysis.model import LearntModel
from analysis.patterns.hours import HOURS_PER_DAY, hour_cosines, week_coordinates, week_hours
from analysis.patterns.relations import Pairs, Relations
from himnet.config import DAYS_PER_WEEK

HourScope = Literal["week", "tod"]

COUNT = 10  # rows of a list
FAR_METRES, CLOSE_METRES = 5_000.0, 500.0
MOST_PER_SENSOR = 2  # pairs of a list that contain the same sensor
NEAREST_SEARCHED = 20  # per sensor, if there are too many pairs to search all
_PAIRS_DRAWN = 100_000  # at random, to estimate the share of pairs with lower cosines


@dataclass(frozen=True)
class Neighbour:
    """A neighbour of a given sensor.

    Attributes:
        sensor: its column in the data set.
        cosine: between the meta-parameters of both.
        road: its freeway and direction, "" if unknown.
        metres: between both on the map, as the crow flies; None without coordinates.
    """

    sensor: int
    cosine: float
    road: str
    metres: float | None


@dataclass(frozen=True)
class SensorPair:
    """Two sensors that are more or less similar than their distance suggests.

    Attributes:
        sensors: their columns in the data set.
        cosine: between their meta-parameters.
        share_below: share of all pairs of the network with lower cosines, 0 to 1.
        roads: freeway and direction of each, "" if unknown.
        metres: between them on the map, as the crow flies.
        facing: whether they face each other on the two carriageways of one freeway.
    """

    sensors: tuple[int, int]
    cosine: float
    share_below: float
    roads: tuple[str, str]
    metres: float
    facing: bool


@dataclass(frozen=True)
class SimilarHour:
    """An hour similar to a given one.

    Attributes:
        hour: 0 to 23.
        day: day-of-week number, or None if only the time of day is compared.
        cosine: between the meta-parameters of both.
    """

    hour: int
    day: int | None
    cosine: float


def most_similar(cosines: Floats, *, leave_out: int, count: int) -> list[int]:
    """Return the positions of the highest of cosines (n,), highest first, ties in order.

    Args:
        cosines: (n,); NaN is never returned.
        leave_out: a position that is not returned.
        count: largest number of positions.

    Raises:
        AnalysisError: for a count below 1.
    """
    check_count(count)
    # rounding must not decide between equally similar vectors
    order = np.argsort(-np.round(cosines, 12), kind="stable").tolist()
    known = [place for place in order if place != leave_out and np.isfinite(cosines[place])]
    return known[:count]


def check_count(count: int) -> None:
    """Check the requested length of a list.

    Raises:
        AnalysisError: below 1.
    """
    if count < 1:
        raise AnalysisError(f"a list has at least 1 row, not {count}; choose 1 or more")


def nearest_sensors(
    related: Relations, sensor: int, *, count: int = COUNT
) -> tuple[Neighbour, ...]:
    """Return the sensors whose meta-parameters are most similar to those of one, by cosine.

    Equally similar sensors are in the order of the data set's columns. Sensors whose
    meta-parameters have no direction are never returned.

    Args:
        related: from `relations`.
        sensor: its column.
        count: largest number of sensors.

    Raises:
        AnalysisError: for an invalid column, a count below 1, or a sensor whose
            meta-parameters are all zero.
    """
    total = len(related.sensors)
    if not 0 <= sensor < total:
        raise AnalysisError(f"there is no sensor column {sensor}; choose 0 to {total - 1}")
    cosines = related.cosines_to(sensor)
    if not np.isfinite(cosines[sensor]):
        raise AnalysisError(
            f"the meta-parameters of sensor {related.sensors.ids[sensor]} are zero or not finite, "
            f"so they have no cosines; choose another sensor"
        )
    others = most_similar(cosines, leave_out=sensor, count=count)
    metres: list[float | None] = [None] * len(others)
    if related.sensors.has_coordinates:
        here = np.full(len(others), sensor)
        metres = related.metres_of((here, np.array(others, dtype=np.int64))).tolist()
    return tuple(
        Neighbour(other, float(cosines[other]), related.road(other), apart)
        for other, apart in zip(others, metres, strict=True)
    )


def similar_but_far(
    related: Relations,
    *,
    farther_than: float = FAR_METRES,
    count: int = COUNT,
    most_per_sensor: int = MOST_PER_SENSOR,
) -> tuple[SensorPair, ...]:
    """Return pairs of sensors with similar meta-parameters that are far apart.

    Among pairs more than `farther_than` metres apart and not on the same freeway (sensors of
    unknown freeway are on none), those with the highest cosines; a pair is skipped if either
    sensor is already in `most_per_sensor` pairs. Only the order of the cosines matters, not their
    size. Of more than `analysis.limits.MOST_QUADRATIC` sensors, only the pairs of each sensor with
    the `NEAREST_SEARCHED` most similar to it are searched.

    Args:
        related: from `relations`.
        farther_than: metres.
        count: largest number of pairs.
        most_per_sensor: largest number of pairs with the same sensor.

    Raises:
        AnalysisError: without coordinates, or for a count below 1.
    """
    freeways = related.sensors.freeway or ("",) * len(related.sensors)
    names = np.asarray([name.strip() for name in freeways])
    first, second = pairs = _searched(related, related.units)
    same = (names[first] == names[second]) & (names[first] != "")
    candidates = (related.metres_of(pairs) > farther_than) & ~same
    return _pairs(related, pairs, candidates, -1.0, count, most_per_sensor)


def close_but_different(
    related: Relations,
    *,
    within: float = CLOSE_METRES,
    count: int = COUNT,
    most_per_sensor: int = MOST_PER_SENSOR,
) -> tuple[SensorPair, ...]:
    """Return pairs of sensors with different meta-parameters that are close to each other.

    Among pairs at most `within` metres apart, those with the lowest cosines, chosen as in
    `similar_but_far`. Pairs on opposite carriageways are marked. In a large city, only the pairs
    of each sensor with the `NEAREST_SEARCHED` nearest to it on the map are searched.

    Args:
        related: from `relations`.
        within: metres.
        count: largest number of pairs.
        most_per_sensor: largest number of pairs with the same sensor.

    Raises:
        AnalysisError: without coordinates, or for a count below 1.
    """
    pairs = _searched(related, related.places)
    candidates = related.metres_of(pairs) <= within
    return _pairs(related, pairs, candidates, 1.0, count, most_per_sensor)


def similar_hours(
    model: LearntModel,
    hour: int,
    *,
    day: int = 0,
    scope: HourScope = "week",
    choice: SpaceChoice | None = None,
    count: int = COUNT,
    centred: bool = False,
) -> tuple[SimilarHour, ...]:
    """Return the hours whose temporal meta-parameters are most similar to those of one hour.

    Args:
        model: the model.
        hour: 0 to 23.
        day: 0 to 6; ignored for ``"tod"``.
        scope: ``"week"`` compares with the other 167 hours of the week; ``"tod"`` with the other
            23 hours by their time-of-day parts only.
        choice: which meta-parameters.
        count: largest number of hours.
        centred: subtract the mean over all compared hours first.

    Raises:
        AnalysisError: for an hour, day or scope that does not exist, a count below 1, or a model
            without temporal meta-parameters.
    """
    if not 0 <= hour < HOURS_PER_DAY or not 0 <= day < DAYS_PER_WEEK:
        raise AnalysisError(f"there is no hour {hour} of day {day}; choose 0 to 23, and 0 to 6")
    if scope == "tod":
        cosines = hour_cosines(model, choice, variant="tod", centred=centred)[hour]
        return tuple(
            SimilarHour(other, None, float(cosines[other]))
            for other in most_similar(cosines, leave_out=hour, count=count)
        )
    if scope != "week":
        raise AnalysisError(f"unknown scope '{scope}' for comparing hours; choose week or tod")
    place = day * HOURS_PER_DAY + hour
    cosines = cosine_matrix(week_coordinates(model, choice), centred=centred)[place]
    hours, days = week_hours()
    return tuple(
        SimilarHour(int(hours[other]), int(days[other]), float(cosines[other]))
        for other in most_similar(cosines, leave_out=place, count=count)
    )


def _searched(related: Relations, points: Floats) -> Pairs:
    """Return the pairs to search: all, or each sensor's nearest in points (N, r)."""
    count = len(related.sensors)
    if not is_large(count):
        first, second = np.triu_indices(count, 1)
        return first, second
    from scipy.spatial import cKDTree

    known = np.flatnonzero(np.isfinite(points).all(axis=1))
    looked_at = min(NEAREST_SEARCHED + 1, len(known))
    _, places = cKDTree(points[known]).query(points[known], k=[*range(1, looked_at + 1)])
    ends = np.stack([np.repeat(known, looked_at), known[places.ravel()]], axis=1)
    found = np.unique(np.sort(ends[ends[:, 0] != ends[:, 1]], axis=1), axis=0)
    return found[:, 0], found[:, 1]


def _pairs(
    related: Relations,
    pairs: Pairs,
    candidates: NDArray[np.bool_],
    sign: float,
    count: int,
    most_per_sensor: int,
) -> tuple[SensorPair, ...]:
    """Return the candidates (m,) among pairs with the lowest sign * cosine, no sensor too often."""
    check_count(count)
    rows, columns = pairs
    cosines = related.cosines_of(pairs)
    known = _cosines_of_all(related, cosines)
    open_to = np.flatnonzero(candidates & np.isfinite(cosines))
    order = open_to[np.argsort(np.round(sign * cosines[open_to], 12), kind="stable")]
    named = np.zeros(len(related.sensors), dtype=np.int64)
    found: list[SensorPair] = []
    for place in order:
        pair = int(rows[place]), int(columns[place])
        if len(found) == count:
            break
        if max(named[list(pair)]) < most_per_sensor:
            named[list(pair)] += 1
            below = np.searchsorted(known, cosines[place]) / len(known)
            roads = (related.road(pair[0]), related.road(pair[1]))
            metres = float(related.metres_of((rows[[place]], columns[[place]]))[0])
            facing = pair in related.facing
            cosine, share = float(cosines[place]), float(below)
            found.append(SensorPair(pair, cosine, share, roads, metres, facing))
    return tuple(found)


def _cosines_of_all(related: Relations, cosines: Floats) -> Floats:
    """Return the finite cosines of all pairs, ascending; a random sample if there are too many."""
    if is_large(len(related.sensors)):
        rng = np.random.default_rng(0)
        first, second = rng.integers(0, len(related.sensors), (2, _PAIRS_DRAWN))
        differ = first != second
        cosines = related.cosines_of((first[differ], second[differ]))
    return np.sort(cosines[np.isfinite(cosines)])
