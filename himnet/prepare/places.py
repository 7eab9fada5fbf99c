"""The sensors of a source with the ids and places that a table of sensors gives them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.info import Sensors
from himnet.data.registry import DatasetSpec
from himnet.errors import DataError
from himnet.prepare.sensor_list import read_sensor_list
from himnet.prepare.source import Told

_FAR = 300.0  # km from the middle of the others
_NEAR = 100.0
_KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Placed:
    """The sensors of a data set.

    Attributes:
        sensors: in the order of the readings.
        notes: on what was done with the table.
        doubts: on places that look wrong.
    """

    sensors: Sensors
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()


def place_sensors(told: Told, table: Path | None, known: DatasetSpec | None = None) -> Placed:
    """Return the sensors of a source, with the rows of a table if one is given.

    Args:
        told: of the source.
        table: its rows are found by id, or, if the source has no ids, are in the order of its
            sensors.
        known: the published data set that the source is, whose places come with this package.

    Raises:
        DataError: for a table that does not fit.
    """
    if table is None:
        if known is not None and known.places is not None and not told.sensors.has_coordinates:
            note = f"ids and places of the sensors are those of {known.name}"
            return Placed(known.sensors, (note,), doubts_on_places(known.sensors))
        return Placed(told.sensors, doubts=doubts_on_places(told.sensors))
    listed = read_sensor_list(table)
    if known is not None and not listed.has_coordinates and listed.ids == known.sensors.ids:
        listed = known.sensors  # the same ids, with the places that come with this package
    if told.numbered:
        if len(listed) != len(told.sensors):
            raise DataError(
                f"{table} lists {len(listed)} sensors, but there are readings of "
                f"{len(told.sensors)}, which have no ids; it needs one row for each, in their order"
            )
        note = f"ids and places are those of {table.name}, in the order of its rows"
        return Placed(listed, (note,), doubts_on_places(listed))
    rows = _rows_by_id(told.sensors.ids, listed.ids, table)
    notes = [f"places are those of {table.name}, found by id"]
    if len(listed) > len(rows):
        notes.append(
            f"{len(listed) - len(rows)} sensors of {table.name} have no readings: left out"
        )
    found = replace(listed.at(rows), ids=told.sensors.ids)
    return Placed(found, tuple(notes), doubts_on_places(found))


def _rows_by_id(ids: Sequence[str], listed: Sequence[str], table: Path) -> list[int]:
    """Return the row of each id; 00017, 17 and 17.0 are one number if that is unambiguous."""
    exact = {name: row for row, name in enumerate(listed)}
    if not set(ids) <= exact.keys():
        by_number = {_number(name): row for row, name in enumerate(listed)}
        if len(by_number) == len(listed):
            exact = {name: by_number.get(_number(name), -1) for name in ids}
    absent = [name for name in ids if exact.get(name, -1) < 0]
    if absent:
        raise DataError(
            f"{table} has no row for {len(absent)} of {len(ids)} sensors, such as "
            f"'{texts.clipped(absent[0], 60)}' (its ids are such as "
            f"'{texts.clipped(listed[0], 60)}'); add them"
        )
    return [exact[name] for name in ids]


def _number(name: str) -> str:
    try:
        return f"{float(name):.0f}" if float(name).is_integer() else name
    except (ValueError, OverflowError):
        return name.strip().lower()


def doubts_on_places(sensors: Sensors) -> tuple[str, ...]:
    """Return what looks wrong with places: none, 0/0, far from the others, swapped."""
    if sensors.latitude is None or sensors.longitude is None:
        return (
            "places are not known, so there will be no map; give a table of ids, latitudes and "
            "longitudes with --sensors",
        )
    places = np.stack([sensors.latitude, sensors.longitude], axis=1)
    unset = np.flatnonzero((places == 0).all(axis=1))
    told = []
    if len(unset):
        told.append(f"sensors at 0/0, usually an unknown place: {_named(sensors, unset)}")
    others = places[(places != 0).any(axis=1)]
    if len(others) < 3:
        return tuple(told)
    middle = np.median(others, axis=0)
    far = _kilometres(places, middle) > _FAR
    swapped = far & (_kilometres(places[:, ::-1], middle) < _NEAR)
    for mask, what in (
        (swapped, "near the others only if latitude and longitude are exchanged"),
        (
            far & ~swapped & (places != 0).any(axis=1),
            f"over {_FAR:g} km from the middle of the others",
        ),
    ):
        if mask.any():
            told.append(f"sensors {what}: {_named(sensors, np.flatnonzero(mask))}")
    return tuple(told)


def _named(sensors: Sensors, positions: NDArray[np.int64]) -> str:
    return first_few([sensors.ids[position] for position in positions])


def first_few(names: Sequence[str], most: int = 5) -> str:
    """Return how many names there are, and the first of them."""
    shown = ", ".join(texts.clipped(name, 40) for name in names[:most])
    return f"{len(names):,} ({shown}{', ...' if len(names) > most else ''})"


def _kilometres(places: NDArray[np.float64], middle: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return distances (N,) from a point, on a plane, which is close enough to find mistakes."""
    shift = (places - middle) * _KM_PER_DEGREE
    shift[:, 1] *= np.cos(np.radians(middle[0]))
    return np.asarray(np.hypot(shift[:, 0], shift[:, 1]))
