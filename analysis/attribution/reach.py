"""How far forecasts look: minutes, kilometres, and parts of the city, from their attributions."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import geopandas as gpd
import numpy as np
from numpy.typing import NDArray

from analysis.city.along import Seen, nowhere, seen_from
from analysis.city.roads import Road, find_roads, positions, sensor_frame
from analysis.evidence.agreement import neighbourhoods
from analysis.evidence.intervals import Floats, Interval, by_day, mean_interval
from analysis.evidence.statistic import Statistic, against
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
_NAN = float("nan")
FLIPPED = "upstream and downstream exchanged, by stretch of road"


@dataclass(frozen=True)
class Quantity:
    """A quantity on average over forecasts.

    Attributes:
        found: weighted by the sizes of the attributions, with an interval over days.
        even: weighted by how far the readings are from the base line: what a forecast that depends
            equally strongly on all readings would give.
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
        even: the same of the readings' distances from the base line; see `Quantity`.
        null: the null model in words.
        null_low, null_high: its central 95 %.
        p_value: two-sided, of the difference from one half.
        p_even: two-sided, of the difference from `even`, under the same null model.
        p_smallest: the smallest that the null model can give.
        forecasts: number of forecasts with sensors on both sides.
        blocks: number of independent flips of the null model.
    """

    upstream: Interval
    even: float
    null: str
    null_low: float
    null_high: float
    p_value: float
    p_even: float
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
    """What the sizes of each forecast's readings come to.

    Attributes:
        quantities: (n,) by name, see `QUANTITIES`; NaN if unknown.
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


def reach_of(sizes: Floats, sensors: NDArray[np.int64], city: City, step_minutes: float) -> Reach:
    """Summarise sizes (n, T, N) of readings, such as of attributions, forecast by forecast.

    Args:
        sizes: not negative.
        sensors: (n,) that are forecast.
        city: of the N sensors.
        step_minutes: minutes from one reading to the next.
    """
    whole = sizes.sum(axis=(1, 2))[:, None]
    with np.errstate(invalid="ignore"):  # no reading of a window may have moved a forecast
        by_step, shares = sizes.sum(axis=2) / whole, sizes.sum(axis=1) / whole
    count = len(sizes)
    quantities = {name: np.full(count, np.nan) for name in QUANTITIES}
    quantities["minutes"] = by_step @ (step_minutes * np.arange(sizes.shape[1])[::-1])
    by_band, upstream = np.full((count, len(BANDS)), np.nan), np.full(count, np.nan)
    for number, sensor in enumerate(sensors.tolist()):
        seen, share = city.seen(sensor), shares[number]
        others = np.arange(len(share)) != sensor
        quantities["km"][number] = _weighted(seen.km, share, others)
        quantities["along"][number] = _weighted(np.abs(seen.along), share, others)
        for name, part in city.parts(sensor).items():
            quantities[name][number] = share[part].sum()
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


def quantity(found: Floats, even: Floats, days: NDArray[np.int64]) -> Quantity:
    """Return a quantity (n,) on average over forecasts on days (n,), beside its even values."""
    known = np.isfinite(found) & np.isfinite(even)
    of_even = float(even[known].mean()) if known.any() else float("nan")
    return Quantity(mean_over_days(found, days), of_even, int(known.sum()))


def side(
    upstream: Floats, even: Floats, days: NDArray[np.int64], blocks: NDArray[np.int64]
) -> Side:
    """Test whether shares upstream (n,) differ from one half, and from even ones.

    Null: upstream and downstream exchanged, for all forecasts of a stretch of a road together,
    since those have sensors in common.

    Args:
        upstream: (n,) NaN where undefined.
        even: (n,) the same of the readings' distances from the base line.
        days: (n,) of the forecasts.
        blocks: (n,) number of the stretch of each forecast's sensor.
    """
    known = np.isfinite(upstream) & np.isfinite(even)
    stretch = np.unique(blocks[known], return_inverse=True)[1]
    count, interval = int(stretch.max(initial=-1)) + 1, mean_over_days(upstream, days)
    if not count:
        return Side(interval, _NAN, FLIPPED, _NAN, _NAN, _NAN, _NAN, _NAN, 0, 0)
    flips = np.random.default_rng(0).choice([-1.0, 1.0], size=(FLIPS, count))

    def flipped(differences: Floats) -> tuple[Statistic, Floats]:
        sums = np.bincount(stretch, weights=differences) / len(differences)
        draws = flips @ sums
        ways = 2.0 ** min(count - 1, 1_000)  # a draw and its opposite are equally far from half
        return against(abs(float(sums.sum())), np.abs(draws), null=FLIPPED, ways=ways), draws

    (half, draws), (beyond, _) = flipped(upstream[known] - EVEN), flipped((upstream - even)[known])
    low, high = (float(edge) + EVEN for edge in np.quantile(draws, (0.025, 0.975)))
    of_even, forecasts = float(even[known].mean()), int(known.sum())
    return Side(
        interval, of_even, FLIPPED, low, high, half.p_value, beyond.p_value, half.p_smallest,
        forecasts, count,
    )  # fmt: skip


def mean_over_days(values: Floats, days: NDArray[np.int64]) -> Interval:
    """Return the mean of the known values (n,), with an interval over their days (n,)."""
    known = np.isfinite(values)
    sums = by_day(np.where(known, values, 0.0), days)
    return mean_interval(sums, by_day(known.astype(np.float64), days))


def _weighted(km: Floats, share: Floats, where: NDArray[np.bool_]) -> float:
    """Return the mean distance to some sensors, weighted by their shares; NaN without any."""
    where = where & np.isfinite(km)
    weight = share[where].sum()
    return float(km[where] @ share[where] / weight) if weight > 0 else float("nan")


def _banded(km: Floats, share: Floats, others: NDArray[np.bool_]) -> Floats:
    """Return the share of other sensors in each of `BANDS`."""
    where = others & np.isfinite(km)
    weight = share[where].sum()
    if not weight > 0:
        return np.full(len(BANDS), np.nan)
    band = np.digitize(km[where], BANDS) - 1
    return np.bincount(band, weights=share[where] / weight, minlength=len(BANDS)).astype(np.float64)
