"""Cities of which little is known, or which lie oddly on the globe, as checkpoints with a track."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np

from himnet.data.info import Sensors
from tests.app import made_up

COUNT = made_up.SENSORS
_SPREAD = np.linspace(-0.1, 0.1, COUNT)
_WEST_TO_EAST = {"latitude": 40 + 0.3 * _SPREAD**2, "longitude": 5 + _SPREAD}
_FREEWAYS = tuple(f"A{number % 3}" for number in range(COUNT))
_WAYS = tuple("NS"[number % 2] for number in range(COUNT))
_BLANK = ("",) * COUNT
_ALONE = tuple("A1" if number == 5 else "" for number in range(COUNT))  # a road of one sensor


def _wrapped(degrees: np.ndarray) -> np.ndarray:
    return (degrees + 180) % 360 - 180


CITIES: Mapping[str, Mapping[str, object]] = {
    "no-roads": _WEST_TO_EAST,
    "no-direction": {**_WEST_TO_EAST, "freeway": _FREEWAYS},
    "no-freeway": {**_WEST_TO_EAST, "direction": _WAYS},
    "blank-names": {**_WEST_TO_EAST, "freeway": _BLANK, "direction": _BLANK},
    "spaces": {**_WEST_TO_EAST, "freeway": (" ",) * COUNT, "direction": ("  ",) * COUNT},
    "some-blank": {
        **_WEST_TO_EAST,
        "freeway": tuple(name if n % 2 else "" for n, name in enumerate(_FREEWAYS)),
        "direction": tuple(way if n % 3 else "" for n, way in enumerate(_WAYS)),
    },
    "roads-of-one": {
        **_WEST_TO_EAST,
        "freeway": tuple(f"A{number}" for number in range(COUNT)),
        "direction": _WAYS,
    },
    "one-road-of-one": {**_WEST_TO_EAST, "freeway": _ALONE, "direction": _BLANK},
    "names-alone": {"freeway": _FREEWAYS, "direction": _WAYS},
    "blank-names-alone": {"freeway": _BLANK, "direction": _BLANK},
    "one-place": {
        "latitude": np.full(COUNT, 40.0),
        "longitude": np.full(COUNT, 5.0),
        "freeway": _FREEWAYS,
        "direction": _WAYS,
    },
    "one-place-no-roads": {"latitude": np.full(COUNT, 40.0), "longitude": np.full(COUNT, 5.0)},
    "pole": {
        "latitude": np.full(COUNT, 90.0),
        "longitude": np.linspace(-180, 180, COUNT),
        "freeway": _FREEWAYS,
        "direction": _WAYS,
    },
    "round-the-pole": {
        "latitude": np.full(COUNT, -89.9),
        "longitude": np.linspace(-180, 180, COUNT),
        "freeway": _FREEWAYS,
        "direction": _WAYS,
    },
    "antimeridian": {
        "latitude": -17 + _SPREAD**2,
        "longitude": _wrapped(180 + _SPREAD),
        "freeway": _FREEWAYS,
        "direction": _WAYS,
    },
    "everywhere": {
        "latitude": np.linspace(-90, 90, COUNT),
        "longitude": np.linspace(-180, 180, COUNT),
        "freeway": _FREEWAYS,
        "direction": _WAYS,
    },
    "antipodes": {
        "latitude": np.where(np.arange(COUNT) % 2, 40.0, -40.0),
        "longitude": np.where(np.arange(COUNT) % 2, 5.0, -175.0),
    },
    "two-sensors": {"ids": ("a", "b"), "latitude": [40.0, 40.1], "longitude": [5.0, 5.0]},
    "two-sensors-one-road": {
        "ids": ("a", "b"),
        "latitude": [40.0, 40.1],
        "longitude": [5.0, 5.0],
        "freeway": ("A1", "A1"),
        "direction": ("N", "N"),
    },
    "two-sensors-no-place": {"ids": ("a", "b")},
}


def sensors(name: str) -> Sensors:
    """Return the sensors of one of `CITIES`."""
    told = {"ids": tuple(f"s{number}" for number in range(COUNT)), **CITIES[name]}
    for axis in ("latitude", "longitude"):
        if axis in told:
            told[axis] = np.asarray(told[axis], dtype=float)
    return Sensors(**told)


def save(folder: Path, name: str) -> Path:
    """Write an untrained model of a city into a folder, with a track, and return its file."""
    of_city = sensors(name)
    info = replace(made_up.city_info(), name=name, sensors=of_city)
    config = replace(made_up.CONFIG, num_nodes=len(of_city))
    saved = made_up.save(folder, name, config, info, metrics=made_up.METRICS)
    made_up.add_track(saved)
    return saved
