"""How far forecasts look: minutes, kilometres, and parts of the city, from their attributions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from analysis.attribution.measure import Found
from analysis.attribution.sample import Triples
from analysis.city.along import Seen, nowhere, seen_from
from analysis.city.roads import Road, find_roads, positions, sensor_frame
from analysis.evidence.agreement import neighbourhoods
from analysis.evidence.intervals import Floats, Interval, by_day, mean_interval
from analysis.evidence.statistic import against
from himnet.data.info import Sensors

QUANTITIES = {
    "minutes": "minutes before the last reading",
    "km": "km to other sensors, in a straight line",
    "along": "km along the road, to other sensors of the same road",
    "own": "share of the sensor's own readings",
    "road": "share of other sensors of the same road",
    "opposite": "share of the same freeway's other directions",
    "elsewhere": "share of all other sensors",
}
BANDS = (0.0, 1.0, 2.0, 5.0, 10.0, 20.0)  # km in a straight line; the last has no end
SIDE_BANDS = (0.0, 0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # km along the road
FLIPS = 999
EVEN = 0.5  # share of either side by chance


@dataclass(frozen=True)
class Quantity:
    """A quantity on average over forecasts.

    Attributes:
        found: weighted by the sizes of the attributions, with an interval over days.
        even: the same if all readings of the windows counted alike.
        forecasts: number of forecasts for which it is defined.
    """

    found: Interval
    even: float
    forecasts: int


@dataclass(frozen=True)
class Side:
    """How much of the attribution along the road is upstream, at equal distances.

    In each of `SIDE_BANDS` that has sensors on both sides, the mean size of upstream sensors is
    compared with that of downstream ones, so that neither the spacing of sensors nor the end of a
    road matters.

    Attributes:
        upstream: mean share, with an interval over days.
        null: the null model in words.
        null_low, null_high: its central 95 %.
        p_value: two-sided.
        p_smallest: the smallest that the null model can give.
        forecasts: number of forecasts with sensors on both sides.
        blocks: number of independent flips of the null model.
    """

    upstream: Interval
    null: str
    null_low: float
    null_high: float
    p_value: float
    p_smallest: float
    forecasts: int
    blocks: int


@dataclass(frozen=True)
class City:
    """Places and roads of the sensors, as far as they are known.

    Attributes:
        sensors: the N sensors.
    """

    sensors: Sensors

    @cached_property
    def frame(self) -> gpd.GeoDataFrame | None:
        """The sensors as points in metres; None without coordinates."""
        return sensor_frame(self.sensors) if self.sensors.has_coordinates else None

    @cached_property
    def roads(self) -> list[Road]:
        """The roads; none without coordinates."""
        return [] if self.frame is None else find_roads(self.frame)

    @cached_property
    def blocks(self) -> NDArray[np.int64]:
        """Number (N,) of each sensor's stretch: its road within its neighbourhood."""
        if self.frame is None:
            return np.arange(len(self.sensors))
        cells = neighbourhoods(positions(self.frame)).astype(str)
        pairs = np.char.add(np.char.add(cells, " "), np.asarray(self.sensors.road_names, dtype=str))
        blocks: NDArray[np.int64] = np.unique(pairs, return_inverse=True)[1]
        return blocks

    def seen(self, sensor: int) -> Seen:
        """Return all sensors as seen from one."""
        if self.frame is None:
            return nowhere(sensor, len(self.sensors))
        return seen_from(sensor, self.frame, self.roads)

    def parts(self, sensor: int) -> dict[str, NDArray[np.bool_]]:
        """Return which sensors (N,) are in each part of the city, as seen from one."""
        own = np.arange(len(self.sensors)) == sensor
        labels = np.asarray(self.sensors.road_names)
        if not labels[sensor]:
            return {"own": own}
        freeways = np.asarray([name.strip() for name in self.sensors.freeway or ()])
        road = (labels == labels[sensor]) & ~own
        opposite = (freeways == freeways[sensor]) & ~road & ~own
        elsewhere = ~(own | road | opposite)
        return {"own": own, "road": road, "opposite": opposite, "elsewhere": elsewhere}


@dataclass(frozen=True)
class Reach:
    """What each attribution comes to.

    Attributes:
        quantities: (n, 2) by name: the quantity, and if all readings counted alike; NaN if unknown.
        by_step: (n, T) share of each step.
        by_band: (n, b) share of the other sensors' in each of `BANDS`.
        upstream: (n,) share upstream at equal distances; NaN without sensors on both sides.
        shares: (n, N) share of each sensor.
    """

    quantities: dict[str, Floats]
    by_step: Floats
    by_band: Floats
    upstream: Floats
    shares: Floats


def reach_of(found: Found, triples: Triples, city: City, step_minutes: float) -> Reach:
    """Summarise attributions one by one.

    Args:
        found: the attributions of n forecasts.
        triples: these forecasts, or more.
        city: of the sensors.
        step_minutes: minutes from one reading to the next.
    """
    sizes = np.abs(found.values.astype(np.float64))
    whole = sizes.sum(axis=(1, 2))[:, None]
    with np.errstate(invalid="ignore"):  # no reading of a window may have moved a forecast
        by_step, shares = sizes.sum(axis=2) / whole, sizes.sum(axis=1) / whole
    back = step_minutes * np.arange(sizes.shape[1])[::-1]
    minutes = np.column_stack([by_step @ back, np.full(len(found), back.mean())])
    quantities = {name: np.full((len(found), 2), np.nan) for name in QUANTITIES}
    quantities["minutes"] = minutes
    by_band, upstream = np.full((len(found), len(BANDS)), np.nan), np.full(len(found), np.nan)
    for number, sensor in enumerate(triples.sensors[: len(found)].tolist()):
        seen, share = city.seen(sensor), shares[number]
        others = np.arange(len(share)) != sensor
        quantities["km"][number] = _weighted(seen.km, share, others)
        on_road = others & np.isfinite(seen.along)
        quantities["along"][number] = _weighted(np.abs(seen.along), share, on_road)
        for name, part in city.parts(sensor).items():
            quantities[name][number] = share[part].sum(), part.mean()
        by_band[number] = _banded(seen.km, share, others)
        upstream[number] = upstream_share(seen, share)
    return Reach(quantities, by_step, by_band, upstream, shares)


def upstream_share(seen: Seen, sizes: Floats) -> float:
    """Return how much of the sizes (N,) along the road is upstream, at equal distances; see `Side`.

    NaN if no band has sensors on both sides, or without sizes there.
    """
    band = np.digitize(np.abs(seen.along), SIDE_BANDS)
    above = below = 0.0
    for number in range(1, len(SIDE_BANDS)):
        ahead, behind = (side & (band == number) for side in (seen.upstream, seen.downstream))
        if ahead.any() and behind.any():
            above, below = above + sizes[ahead].mean(), below + sizes[behind].mean()
    return above / (above + below) if above + below > 0 else float("nan")


def quantity(values: Floats, days: NDArray[np.int64]) -> Quantity:
    """Return a quantity (n, 2) on average over forecasts on days (n,)."""
    known = np.isfinite(values).all(axis=1)
    even = float(values[known, 1].mean()) if known.any() else float("nan")
    return Quantity(mean_over_days(values[:, 0], days), even, int(known.sum()))


def side(upstream: Floats, days: NDArray[np.int64], blocks: NDArray[np.int64]) -> Side:
    """Test whether shares upstream (n,) differ from one half.

    Null: upstream and downstream exchanged, for all forecasts of a stretch of a road together,
    since those have sensors in common.

    Args:
        upstream: (n,) NaN where undefined.
        days: (n,) of the forecasts.
        blocks: (n,) number of the stretch of each forecast's sensor.
    """
    known = np.isfinite(upstream)
    found, stretch = upstream[known] - EVEN, np.unique(blocks[known], return_inverse=True)[1]
    count = int(stretch.max(initial=-1)) + 1
    null = "upstream and downstream exchanged, by stretch of road"
    interval = mean_over_days(upstream, days)
    if not count:
        return Side(interval, null, *[float("nan")] * 4, 0, 0)
    sums = np.bincount(stretch, weights=found) / len(found)
    flips = np.random.default_rng(0).choice([-1.0, 1.0], size=(FLIPS, count))
    draws = flips @ sums
    low, high = (float(edge) + EVEN for edge in np.quantile(draws, (0.025, 0.975)))
    tested = against(
        abs(float(sums.sum())), np.abs(draws), null=null, ways=2.0 ** (min(count, 1_000) - 1)
    )
    p_value, smallest = tested.p_value, tested.p_smallest
    return Side(interval, null, low, high, p_value, smallest, len(found), count)


def mean_over_days(values: Floats, days: NDArray[np.int64]) -> Interval:
    """Return the mean of the known values (n,), with an interval over their days (n,)."""
    known = np.isfinite(values)
    sums = by_day(np.where(known, values, 0.0), days)
    return mean_interval(sums, by_day(known.astype(np.float64), days))


def _weighted(km: Floats, share: Floats, where: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the mean distance to some sensors, weighted by their shares, and unweighted."""
    where = where & np.isfinite(km)
    weight = share[where].sum()
    if not weight > 0:
        return float("nan"), float("nan")
    return float(km[where] @ share[where] / weight), float(km[where].mean())


def _banded(km: Floats, share: Floats, others: NDArray[np.bool_]) -> Floats:
    """Return the share of other sensors in each of `BANDS`."""
    where = others & np.isfinite(km)
    weight = share[where].sum()
    if not weight > 0:
        return np.full(len(BANDS), np.nan)
    band = np.digitize(km[where], BANDS) - 1
    return np.bincount(band, weights=share[where], minlength=len(BANDS)) / weight
