"""A made-up city whose structure is known, for tests, teaching and machines without data."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from himnet.data.dataset import Dataset, build_dataset
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.windows import split_windows
from himnet.errors import DataError

CENTRE = (0.0, -30.0)  # open ocean: nobody takes it for a real city
_KM_PER_DEGREE = 111.2
_CARRIAGEWAY_GAP_KM = 0.04
_NODES_PER_ROAD = 12
_FREE_FLOW = 62.0
_RUSH = {"in": 7.5, "out": 17.5}  # hours: towards the centre in the morning, away in the evening
_WAYS = {0: ("E", "W"), 1: ("N", "S")}


def synthetic_city(
    *,
    num_nodes: int = 36,
    days: int = 21,
    seed: int = 0,
    strength: float = 1.0,
    steps_per_day: int = 288,
    missing_share: float = 0.02,
) -> Dataset:
    """Make a city of straight roads through one centre, each with two carriageways.

    Planted, in proportion to `strength`: carriageways towards the centre are slow in the morning
    of working days, those away from it in the evening; each road has a level of its own; sensors
    of the inner district are slower all day. With strength 0 every sensor and every hour is
    alike but for noise.

    Args:
        num_nodes: sensors, N, at least 2.
        days: length of the series; it starts on a Monday.
        seed: the same seed gives the same city and readings.
        strength: 0 for no structure, 1 for the usual, more for a caricature.
        steps_per_day: readings a day.
        missing_share: share of readings that are missing (0.0).

    Raises:
        DataError: for sizes, a strength or a share outside what is allowed.
    """
    _check(num_nodes, days, strength, steps_per_day, missing_share)
    rng = np.random.default_rng(seed)
    road = np.arange(num_nodes) // _NODES_PER_ROAD
    sensors, inward, distance = _sensors(road, rng)
    steps = days * steps_per_day
    slowdown = _slowdown(road, inward, distance, days, steps_per_day)
    noise = _smooth_noise(rng, steps, num_nodes)
    speed = _FREE_FLOW - strength * slowdown + 3.0 * noise
    values = np.clip(speed, 3.0, 75.0).astype(np.float32)
    values[rng.random(values.shape) < missing_share] = 0.0
    info = DatasetInfo(
        name="synthetic",
        sensors=sensors,
        steps_per_day=steps_per_day,
        start="2024-01-01T00:00:00",
        first_weekday=0,
        unit="mph",
        quantity="speed",
    )
    return build_dataset(info, values, splits=split_windows(steps, (0.7, 0.1, 0.2)))


def _check(
    num_nodes: int, days: int, strength: float, steps_per_day: int, missing_share: float
) -> None:
    if num_nodes < 2 or days < 2 or not 1 <= steps_per_day <= 1440:
        raise DataError(
            f"a synthetic city needs at least 2 sensors, 2 days and 1 to 1440 steps a day, "
            f"not {num_nodes}, {days} and {steps_per_day}"
        )
    if not (math.isfinite(strength) and strength >= 0 and 0 <= missing_share < 1):
        raise DataError(
            f"a synthetic city needs a strength of 0 or more and a missing share in [0, 1), "
            f"not {strength} and {missing_share}"
        )


def _sensors(
    road: NDArray[np.int64], rng: np.random.Generator
) -> tuple[Sensors, NDArray[np.bool_], NDArray[np.float64]]:
    """Place the sensors; also return which lead to the centre and how far it is (km)."""
    count = len(road)
    place = np.arange(count) % _NODES_PER_ROAD
    pair, side = place // 2, place % 2
    along = (pair - (_NODES_PER_ROAD / 2 - 1) / 2) * 1.6 + rng.normal(scale=0.1, size=count)
    axis = road % 2
    offset = (road // 2) * 2.5 * np.where((road // 2) % 2, 1, -1)
    across = offset + np.where(side, 1, -1) * _CARRIAGEWAY_GAP_KM / 2
    east, north = np.where(axis, across, along), np.where(axis, along, across)
    longitude = CENTRE[1] + east / _KM_PER_DEGREE
    latitude = CENTRE[0] + north / _KM_PER_DEGREE
    # side 0 travels in the positive sense (E or N): inward before the middle of the road
    inward = np.where(side == 0, along < 0, along > 0)
    sensors = Sensors(
        ids=tuple(f"S{position:03d}" for position in range(count)),
        latitude=np.round(latitude, 6),
        longitude=np.round(longitude, 6),
        freeway=tuple(f"R-{number + 1}" for number in road),
        direction=tuple(_WAYS[int(a)][int(s)] for a, s in zip(axis, side, strict=True)),
    )
    return sensors, inward, np.hypot(east, north)


def _slowdown(
    road: NDArray[np.int64],
    inward: NDArray[np.bool_],
    distance: NDArray[np.float64],
    days: int,
    steps_per_day: int,
) -> NDArray[np.float64]:
    """Return how much slower than free flow each sensor is, (T, N) mph at strength 1."""
    hours = np.arange(days * steps_per_day) % steps_per_day * 24 / steps_per_day
    working = np.repeat(np.arange(days) % 7 < 5, steps_per_day)

    def rush(peak: float) -> NDArray[np.float64]:
        bump: NDArray[np.float64] = np.exp(-0.5 * np.square((hours - peak) / 1.2))
        return bump * np.where(working, 1.0, 0.15)

    midday = np.exp(-0.5 * np.square((hours - 13) / 3.0)) * np.where(working, 0.1, 0.3)
    directed = np.where(inward, rush(_RUSH["in"])[:, None], rush(_RUSH["out"])[:, None])
    depth = 22 + 6 * (road % 3)  # each road has its own severity
    inner = np.where(distance < 2.0, 8.0, 0.0)
    slow: NDArray[np.float64] = directed * depth + midday[:, None] * 20 + inner + 2.0 * (road % 4)
    return slow


def _smooth_noise(rng: np.random.Generator, steps: int, count: int) -> NDArray[np.float64]:
    """Return unit-variance noise (T, N) with a memory of about half an hour."""
    kernel = np.exp(-np.arange(24) / 6.0)
    kernel /= np.sqrt(np.square(kernel).sum())
    white = rng.normal(size=(steps + len(kernel) - 1, count))
    spectrum = np.fft.rfft(white, axis=0) * np.fft.rfft(kernel, len(white))[:, None]
    smooth: NDArray[np.float64] = np.fft.irfft(spectrum, len(white), axis=0)[len(kernel) - 1 :]
    return smooth
