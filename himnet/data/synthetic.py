"""A synthetic city whose structure is known, for tests, teaching and machines without data."""

from __future__ import annotations

import datetime as dt
import inspect
import math
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from himnet.data.calendar import regular_calendar
from himnet.data.dataset import Dataset, build_dataset
from himnet.data.info import DatasetInfo, Sensors
from himnet.data.windows import split_windows
from himnet.errors import DataError

NAME = "synthetic"
MOST_READINGS = 300_000_000  # a name in an untrusted checkpoint must not fill the memory
START = dt.datetime(2024, 1, 1)  # a Monday
CENTRE = (0.0, -30.0)  # degrees; in the ocean, so that it is not mistaken for a real city
INNER_KM = 2.0  # radius of the inner district
MORNING, EVENING = 7.5, 17.5  # hours of the peak of the rush in the centre
WEEKEND_RUSH = 0.15  # as a share of the rush on a working day
_KM_PER_DEGREE = 111.2
_CARRIAGEWAY_GAP_KM = 0.04
_NODES_PER_ROAD = 12
_PAIR_DISTANCE_KM = 1.6
_ROAD_DISTANCE_KM = 2.5
_HOURS_PER_KM = 0.1  # the rush moves in from the suburbs in the morning and back in the evening
_FREE_FLOW = 62.0
_NOISE = 3.0
_WAYS = {0: ("E", "W"), 1: ("N", "S")}
WAVE_KM_PER_HOUR = 15.0  # about the speed at which congestion travels upstream on real freeways
WAVES_PER_DAY = 12  # on each carriageway, on average
_WAVE_MINUTES = 8.0  # standard deviation of a wave as it passes a sensor
_WAVE_DEPTH = (0.4, 1.0)  # at its bottom, the speed is exp(-depth) of what it would be


class _Places(NamedTuple):
    """Where the sensors are, each (N,).

    Attributes:
        inward: whether traffic travels towards the centre.
        distance: km from the centre.
        travelled: km along the carriageway in the direction of traffic; larger is downstream.
        carriageway: its number.
    """

    inward: NDArray[np.bool_]
    distance: NDArray[np.float64]
    travelled: NDArray[np.float64]
    carriageway: NDArray[np.int64]


def synthetic_city(
    *,
    num_nodes: int = 36,
    days: int = 21,
    seed: int = 0,
    strength: float = 1.0,
    steps_per_day: int = 288,
    missing_share: float = 0.02,
    wave: float = 0.0,
) -> Dataset:
    """Generate a city of straight roads, each with two carriageways 40 m apart.

    Roads run east-west and north-south alternately, the first two through the centre, with up to
    twelve sensors each: six pairs that face each other. Planted, in proportion to `strength`:

    - directions and rush hours: carriageways towards the centre are slow in the mornings of
      working days, those away from it in the evenings; at weekends the rush is a seventh of that;
    - roads: each has one of three severities of the rush and one of four speed levels;
    - districts: the inner one, up to 2 km from the centre, is slower all day; farther out, the
      morning rush is earlier and the evening rush later.

    With strength 0, all sensors and hours are alike except for noise, which is correlated over
    about half an hour.

    With `wave`, short waves of congestion travel along each carriageway at 15 km/h, from one end to
    the other, twelve a day on average. They start at random moments, independently of each other,
    of the calendar and of other carriageways: that a wave will arrive at a sensor can only be known
    from the readings of the sensors that it has passed, see `wave_lags`.

    Args:
        num_nodes: number of sensors, N, at least 2.
        days: length of the series, at least 2; it starts on a Monday.
        seed: the same seed gives the same city and readings.
        strength: 0 for no structure, 1 for the usual structure, more to exaggerate it.
        steps_per_day: readings per day, a divisor of 86,400.
        missing_share: share of readings that are missing (0.0).
        wave: depth of the waves, 0 for none, 1 for the usual one. Positive: they travel with the
            traffic, so they come to a sensor from upstream. Negative: they travel against it, like
            the tail of a queue, and come from downstream.

    Returns:
        Speeds in mph. The name contains every argument that is not the default, as in
        ``"synthetic:num_nodes=12,seed=3"``, so that `load_dataset` generates the same city again.

    Raises:
        DataError: for a size, strength, share or wave that is not allowed.
    """
    settings = dict(locals())
    _check(num_nodes, days, seed, strength, missing_share, wave)
    if num_nodes * days * steps_per_day > MOST_READINGS:
        raise DataError(
            f"{num_nodes * days * steps_per_day:,} readings are too many for a synthetic city; "
            f"use fewer sensors, days or steps per day, for at most {MOST_READINGS:,}"
        )
    rng = np.random.default_rng(seed)
    road = np.arange(num_nodes) // _NODES_PER_ROAD
    sensors, places = _sensors(road, rng)
    steps = days * steps_per_day
    calendar = regular_calendar(START, steps, steps_per_day)
    working = calendar.dow < 5
    hours = calendar.tod_index * 24 / steps_per_day
    slowdown = _rush(hours, working, places) * _severity(road)
    slowdown += _level(road, places.distance)
    speed = _FREE_FLOW - strength * slowdown
    if wave:
        speed *= np.exp(-abs(wave) * _waves(places, wave, steps, steps_per_day, seed))
    speed += _NOISE * _noise(rng, steps, num_nodes, steps_per_day)
    values = np.clip(speed, 3.0, 75.0).astype(np.float32)
    values[rng.random(values.shape) < missing_share] = 0.0
    info = DatasetInfo(_city_name(settings), sensors, unit="mph", quantity="speed")
    return build_dataset(info, values, calendar, split_windows(steps, (0.7, 0.1, 0.2)))


def is_city(name: str) -> bool:
    """Return whether a data set's name is that of a synthetic city."""
    return name == NAME or name.startswith(f"{NAME}:")


def named_city(name: str, **settings: Any) -> Dataset:
    """Generate the city with a name such as ``"synthetic:seed=3,strength=0.5"``.

    Args:
        name: as for `is_city`.
        settings: of `synthetic_city`, unless they are in the name.

    Raises:
        DataError: for a setting that is unknown or not a number.
    """
    return synthetic_city(**settings | _told(name))


def readings_of(name: str) -> int:
    """Return the number of readings of a named city, without generating it.

    Raises:
        DataError: as `named_city`.
    """
    settings = _defaults() | _told(name)
    return math.prod(int(settings[key]) for key in ("num_nodes", "days", "steps_per_day"))


def downstream_km(name: str) -> NDArray[np.float64]:
    """Return how far each sensor of a named city is downstream of each other one.

    Args:
        name: as for `is_city`.

    Returns:
        (N, N) km: entry (i, j) is positive if the traffic passes j before i. NaN between sensors of
        different carriageways.

    Raises:
        DataError: as `named_city`.
    """
    _, places = _planned(name)
    shared = np.equal.outer(places.carriageway, places.carriageway)
    return np.where(shared, places.travelled[:, None] - places.travelled, np.nan)


def wave_lags(name: str) -> NDArray[np.float64]:
    """Return when a wave of a named city passes each sensor, relative to each other sensor.

    Args:
        name: as for `is_city`.

    Returns:
        (N, N) steps, not whole numbers: entry (i, j) is by how much later a wave passes i than j.
        Where it is positive, the waves come to i from j, so that readings of j announce those of i.
        NaN between sensors of different carriageways, which share no wave, and in a city without
        waves.

    Raises:
        DataError: as `named_city`.
    """
    settings, _ = _planned(name)
    wave = settings["wave"]
    apart = downstream_km(name) if wave else np.full((settings["num_nodes"],) * 2, np.nan)
    return math.copysign(1.0, wave) * apart / _km_per_step(settings["steps_per_day"])


def rush_groups(name: str) -> tuple[str, ...]:
    """Return the group (N,) of each sensor of a named city, such as ``"R-1 in"``.

    A group is a road and a side of the centre: its sensors share the road's severity and level, and
    the time of day of their rush, in the morning if traffic travels towards the centre ("in") and
    in the evening otherwise ("out"). A carriageway that passes the centre is "in" before it and
    "out" behind it, so its compass direction says nothing about the rush.

    Args:
        name: as for `is_city`.

    Raises:
        DataError: as `named_city`.
    """
    _, places = _planned(name)
    sides = np.where(places.inward, "in", "out")
    return tuple(
        f"R-{number // 2 + 1} {side}"
        for number, side in zip(places.carriageway, sides, strict=True)
    )


def _planned(name: str) -> tuple[dict[str, Any], _Places]:
    """Return the settings of a named city and its places, without its readings."""
    settings = _defaults() | _told(name)
    _check(*(settings[key] for key in inspect.signature(_check).parameters))
    road = np.arange(settings["num_nodes"]) // _NODES_PER_ROAD
    return settings, _sensors(road, np.random.default_rng(settings["seed"]))[1]


def _told(name: str) -> dict[str, Any]:
    """Return the settings in a city's name."""
    known, settings = _defaults(), {}
    for part in name.removeprefix(NAME).lstrip(":").split(",") if name != NAME else []:
        key, _, text = part.strip().partition("=")
        try:
            settings[key] = type(known[key])(text)
        except (KeyError, ValueError) as error:
            raise DataError(
                f"'{part}' in the name '{name}' is not a setting of a synthetic city; names look "
                f"like {NAME}:{','.join(f'{k}={v}' for k, v in known.items())}"
            ) from error
    return settings


def _defaults() -> dict[str, Any]:
    parameters = inspect.signature(synthetic_city).parameters
    return {name: parameter.default for name, parameter in parameters.items()}


def _city_name(settings: dict[str, Any]) -> str:
    defaults = _defaults()
    own = [f"{key}={value}" for key, value in settings.items() if value != defaults[key]]
    return f"{NAME}:{','.join(own)}" if own else NAME


def _check(
    num_nodes: int, days: int, seed: int, strength: float, missing_share: float, wave: float
) -> None:
    if not 2 <= num_nodes <= 10_000 or not 2 <= days <= 10_000:
        raise DataError(
            f"a synthetic city has 2 to 10,000 sensors and 2 to 10,000 days, "
            f"not {num_nodes} and {days}"
        )
    if seed < 0:
        raise DataError(f"the seed of a synthetic city must be an integer from 0, not {seed}")
    if not (math.isfinite(strength) and strength >= 0):
        raise DataError(f"the strength of a synthetic city must be 0 or more, not {strength}")
    if not 0 <= missing_share < 1:
        raise DataError(f"missing_share of a synthetic city must be in [0, 1), not {missing_share}")
    if not math.isfinite(wave):
        raise DataError(
            f"the wave of a synthetic city must be a number, not {wave}; use 0 for none, 1 for "
            f"waves that travel with the traffic and -1 for waves that travel against it"
        )


def _sensors(road: NDArray[np.int64], rng: np.random.Generator) -> tuple[Sensors, _Places]:
    """Place the sensors."""
    count = len(road)
    pair, side = np.divmod(np.arange(count) % _NODES_PER_ROAD, 2)
    jitter = np.repeat(rng.uniform(-0.3, 0.3, size=count), 2)[:count]  # a pair stays together
    along = (pair - (_NODES_PER_ROAD / 2 - 1) / 2) * _PAIR_DISTANCE_KM + jitter
    parallel, axis = np.divmod(road, 2)
    offset = (parallel + 1) // 2 * _ROAD_DISTANCE_KM * np.where(parallel % 2, 1, -1)
    # right-hand traffic: eastbound runs south of westbound, northbound east of southbound
    right = np.where(axis == 0, -1, 1)
    across = offset + np.where(side == 0, right, -right) * _CARRIAGEWAY_GAP_KM / 2
    east, north = np.where(axis == 1, across, along), np.where(axis == 1, along, across)
    sensors = Sensors(
        ids=tuple(f"S{position:03d}" for position in range(count)),
        latitude=np.round(CENTRE[0] + north / _KM_PER_DEGREE, 6),
        longitude=np.round(CENTRE[1] + east / _KM_PER_DEGREE, 6),
        freeway=tuple(f"R-{number + 1}" for number in road),
        direction=tuple(_WAYS[int(a)][int(s)] for a, s in zip(axis, side, strict=True)),
    )
    travelled = np.where(side == 0, along, -along)  # side 0 travels east or north
    return sensors, _Places(travelled < 0, np.hypot(east, north), travelled, 2 * road + side)


def _rush(
    hours: NDArray[np.float64], working: NDArray[np.bool_], places: _Places
) -> NDArray[np.float64]:
    """Return the strength of the rush for each sensor over time, as a share of its peak, (T, N)."""
    lag = np.minimum(places.distance, 15) * _HOURS_PER_KM
    peak = np.where(places.inward, MORNING - lag, EVENING + lag)
    share: NDArray[np.float64] = np.exp(-0.5 * np.square((hours[:, None] - peak) / 1.2))
    share *= np.where(working, 1.0, WEEKEND_RUSH)[:, None]
    return share


def _severity(road: NDArray[np.int64]) -> NDArray[np.floating]:
    """Return by how much the peak of the rush slows each sensor down, (N,) mph."""
    return 22.0 + 6.0 * (road % 3)


def _level(road: NDArray[np.int64], distance: NDArray[np.float64]) -> NDArray[np.floating]:
    """Return by how much each sensor is slower at any hour, (N,) mph."""
    return 2.0 * (road % 4) + np.where(distance < INNER_KM, 8.0, 0.0)


def _km_per_step(steps_per_day: int) -> float:
    """Return how far a wave travels in a step."""
    return WAVE_KM_PER_HOUR * 24 / steps_per_day


def _waves(
    places: _Places, wave: float, steps: int, steps_per_day: int, seed: int
) -> NDArray[np.float64]:
    """Return the depth of all waves for each sensor over time, (T, N).

    The waves of a carriageway are a Poisson process, so that past waves say nothing about the next
    one. They have a generator of their own: seed and place are the same with and without waves.
    """
    rng = np.random.default_rng([seed, 1])
    passage = math.copysign(1.0, wave) * places.travelled / _km_per_step(steps_per_day)
    width = max(1.0, _WAVE_MINUTES * steps_per_day / 1440)  # standard deviation, in steps
    margin = math.ceil(np.abs(passage).max() + 4 * width)  # waves that start before the first step
    around = np.arange(math.ceil(8 * width) + 1)
    depth = np.zeros((steps, len(passage)))
    for carriageway in np.unique(places.carriageway):
        span = steps + 2 * margin
        count = rng.poisson(WAVES_PER_DAY * span / steps_per_day)
        starts = rng.uniform(-margin, steps + margin, count)
        depths = rng.uniform(*_WAVE_DEPTH, count)
        for sensor in np.flatnonzero(places.carriageway == carriageway):
            bottom = (starts + passage[sensor])[:, None]
            step = np.floor(bottom - 4 * width).astype(np.int64) + around
            shape = depths[:, None] * np.exp(-0.5 * np.square((step - bottom) / width))
            inside = (step >= 0) & (step < steps)
            np.add.at(depth[:, sensor], step[inside], shape[inside])
    return depth


def _noise(
    rng: np.random.Generator, steps: int, count: int, steps_per_day: int
) -> NDArray[np.float64]:
    """Return noise (T, N) of unit variance that is correlated over about half an hour."""
    memory = max(1.0, steps_per_day / 48)
    kernel = np.exp(-np.arange(math.ceil(4 * memory)) / memory)
    kernel /= np.sqrt(np.square(kernel).sum())
    white = rng.normal(size=(steps + len(kernel) - 1, count))
    spectrum = np.fft.rfft(white, axis=0) * np.fft.rfft(kernel, len(white))[:, None]
    smooth: NDArray[np.float64] = np.fft.irfft(spectrum, len(white), axis=0)[len(kernel) - 1 :]
    return smooth
