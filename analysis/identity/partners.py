"""Who takes whose spatial embedding: partners of each sensor by class, and their matches.

A partner is drawn at random from the sensors of a class, such as those on the same road. That
partners on the same road cost less than others would hold for a mere name tag too, since sensors
of one road need similar functions. So each partner has a *match* elsewhere: a sensor whose series
is as similar and whose mean reading is as high, but that is on another road, or in another cluster.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.claims.ground import Ground
from analysis.geometry.clustering import Labels
from analysis.material import Material
from analysis.readings.days import readings_at
from analysis.what_if.sensors_and_hours import own_queries

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

ROAD, CLUSTER, ANY = "road", "cluster", "any"
RADII = {"1km": 1_000.0, "3km": 3_000.0, "10km": 10_000.0}  # metres
MATCHED = {ROAD: "road-match", CLUSTER: "cluster-match"}
CLUSTER_MEAN, MEAN = "cluster-mean", "mean"
SENSOR_CLASSES = {
    ROAD: "same road and direction",
    MATCHED[ROAD]: "similar series, another road",
    CLUSTER: "same cluster",
    MATCHED[CLUSTER]: "similar series, another cluster",
    "1km": "within 1 km",
    "3km": "within 3 km",
    "10km": "within 10 km",
    ANY: "any other sensor",
    CLUSTER_MEAN: "mean of the cluster",
    MEAN: "mean of all sensors",
}
DRAWS = 3
CALIPER = 0.25  # of a standard deviation: the largest difference of a partner and its match


@dataclass(frozen=True)
class Exchange:
    """One exchange of the embeddings of all sensors at once.

    Attributes:
        name: of the class, one of `SENSOR_CLASSES`.
        draw: number of the draw, from 0.
        queries: (N, d_s) instead of E_s.
        counted: (N,) the sensors whose error the class is judged by: those with a partner, or with
            a match. The others keep their own embedding, or take the partner without a match.
        givers: (N,) the partner of each sensor, -1 for none, or where a mean is taken.
    """

    name: str
    draw: int
    queries: NDArray[np.float32] = field(repr=False)
    counted: Mask = field(repr=False)
    givers: NDArray[np.int64] = field(repr=False)


@dataclass(frozen=True)
class Series:
    """How sensors resemble each other in their readings.

    Attributes:
        correlations: (N, N) Pearson's correlation of two series, NaN if it is unknown.
        levels: (N,) mean reading in the data's unit, NaN without readings.
    """

    correlations: Floats = field(repr=False)
    levels: Floats = field(repr=False)


def series_of(ground: Ground) -> Series:
    """Return correlations and mean readings over the test split.

    Raises:
        AnalysisError: without the data set.
    """
    windows = ground.dataset.splits["test"].index
    readings = readings_at(ground.dataset, np.arange(windows[0, 1], windows[-1, 2]))
    known = np.isfinite(readings)
    counts = known.sum(axis=0)
    sums = np.where(known, readings, 0).sum(axis=0, dtype=np.float64)
    levels = np.divide(sums, counts, out=np.full(len(sums), np.nan), where=counts > 0)
    return Series(ground.series_correlations, levels)


def sensor_exchanges(
    material: Material, ground: Ground, series: Series, labels: Labels, *, seed: int = 0
) -> list[Exchange]:
    """Draw the partners of all classes; a class in which no sensor has one is left out.

    Args:
        material: the model.
        ground: its roads and places.
        series: how alike sensors' readings are.
        labels: (N,) cluster of each sensor.
        seed: of the draws.

    Raises:
        AnalysisError: if the model has no spatial meta-parameters that differ.
    """
    own, found = own_queries(material), []
    roads = known_roads(material)
    for number, (name, allowed) in enumerate(_classes(ground, labels, roads)):
        for draw in range(DRAWS if allowed.any() else 0):
            rng = np.random.default_rng((seed, number, draw))
            givers = drawn(allowed, rng)
            found.append(_exchange(name, draw, own, givers))
            if name in MATCHED:
                other = _elsewhere(name, labels, roads)
                matches = matched(givers, other, series)
                if (matches >= 0).any():
                    found.append(_matched_exchange(name, draw, own, givers, matches))
    return [*found, *_means(own, labels)]


def known_roads(material: Material) -> NDArray[np.int64] | None:
    """Return the number (N,) of each sensor's road, -1 if unknown; None for fewer than two."""
    names = [name.strip() for name in material.info.sensors.road_names]
    numbers = {name: number for number, name in enumerate(sorted(set(filter(None, names))))}
    if len(numbers) < 2:
        return None
    return np.array([numbers.get(name, -1) for name in names], dtype=np.int64)


def drawn(allowed: Mask, rng: np.random.Generator) -> NDArray[np.int64]:
    """Draw a partner (N,) for each sensor, -1 for none.

    Args:
        allowed: (N, N) whether sensor j may be the partner of sensor i.
        rng: of the draw.
    """
    chances = np.where(allowed, rng.random(allowed.shape), -1)
    return np.where(allowed.any(axis=1), chances.argmax(axis=1), -1)


def matched(givers: NDArray[np.int64], other: Mask, series: Series) -> NDArray[np.int64]:
    """Return the match (N,) of each sensor's partner, -1 for none.

    It is the nearest in correlation with the sensor's series and in mean reading, each in standard
    deviations over all sensors, of those that differ by at most `CALIPER` in both.

    Args:
        givers: (N,) partners, -1 for none.
        other: (N, N) whether sensor j may be a match for a partner of sensor i.
        series: how alike sensors' readings are.
    """
    has = givers >= 0
    own = np.where(has, givers, 0)
    apart = ~np.eye(len(givers), dtype=bool)
    correlations, levels = series.correlations, series.levels
    wide, high = _deviation(correlations[apart]), _deviation(levels)
    at_partner = correlations[np.arange(len(own)), own]
    gaps = np.stack(
        [
            _in_deviations(correlations - at_partner[:, None], wide),
            _in_deviations(levels[None, :] - levels[own][:, None], high),
        ]
    )
    fits = (np.abs(gaps) <= CALIPER).all(axis=0) & other & apart & has[:, None]
    far = np.where(fits, (gaps**2).sum(axis=0), np.inf)
    return np.where(fits.any(axis=1), far.argmin(axis=1), -1)


def _deviation(values: Floats) -> float:
    """Return the standard deviation of the known values (n,); 0 without any."""
    known = values[np.isfinite(values)]
    return float(known.std()) if len(known) else 0.0


def _in_deviations(gaps: Floats, deviation: float) -> Floats:
    """Scale differences; where all are alike, only equal ones are near."""
    found: Floats = gaps / deviation if deviation > 0 else np.where(gaps == 0, gaps, np.inf)
    return found


def _classes(
    ground: Ground, labels: Labels, roads: NDArray[np.int64] | None
) -> Iterator[tuple[str, Mask]]:
    """Yield each class with whether sensor j may be the partner of sensor i, (N, N)."""
    apart = ~np.eye(len(labels), dtype=bool)
    nobody = np.zeros_like(apart)
    yield (
        ROAD,
        nobody if roads is None else apart & (roads[:, None] == roads) & (roads[:, None] >= 0),
    )
    yield CLUSTER, apart & (labels[:, None] == labels)
    for name, metres in RADII.items():
        placed = ground.material.info.sensors.has_coordinates
        yield name, apart & (ground.distances <= metres) if placed else nobody
    yield ANY, apart


def _elsewhere(name: str, labels: Labels, roads: NDArray[np.int64] | None) -> Mask:
    """Return whether sensor j may be a match for a partner of sensor i in a class, (N, N)."""
    other = np.ones((len(labels), len(labels)), dtype=bool)
    if roads is not None:
        other &= (roads[:, None] != roads) & (roads >= 0)
    if name == CLUSTER:
        other &= labels[:, None] != labels
    return other


def _exchange(
    name: str, draw: int, own: NDArray[np.float32], givers: NDArray[np.int64]
) -> Exchange:
    takes = givers >= 0
    return Exchange(
        name, draw, np.where(takes[:, None], own[givers], own), counted=takes, givers=givers
    )


def _matched_exchange(
    name: str,
    draw: int,
    own: NDArray[np.float32],
    givers: NDArray[np.int64],
    matches: NDArray[np.int64],
) -> Exchange:
    """Give every sensor with a match that, and every other its partner.

    As many embeddings are exchanged as in the class itself, so that what sensors do to each other
    is alike in both.
    """
    takes = matches >= 0
    made = _exchange(MATCHED[name], draw, own, np.where(takes, matches, givers))
    return Exchange(made.name, draw, made.queries, takes, np.where(takes, matches, -1))


def _means(own: NDArray[np.float32], labels: Labels) -> Iterator[Exchange]:
    """Yield the exchanges for the cluster's mean and for the overall mean."""
    nobody = np.full(len(own), -1, dtype=np.int64)
    members = labels[:, None] == np.arange(labels.max() + 1)
    sizes = members.sum(axis=0)
    means = (members.T @ own.astype(np.float64)) / sizes[:, None]
    shared = sizes[labels] > 1
    if shared.any():
        of_cluster = np.where(shared[:, None], means[labels], own).astype(np.float32)
        yield Exchange(CLUSTER_MEAN, 0, of_cluster, shared, nobody)
    overall = np.broadcast_to(own.astype(np.float64).mean(axis=0), own.shape)
    yield Exchange(MEAN, 0, overall.astype(np.float32), np.ones(len(own), dtype=bool), nobody)
