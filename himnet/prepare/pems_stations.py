"""Stations of the PeMS Clearinghouse: what its metadata files say, and the names of freeways."""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from himnet import texts
from himnet.data.info import Sensors
from himnet.errors import DataError

_HEADER = ("ID", "Fwy", "Dir", "District")
_NAME = re.compile(r"d\d\d_text_meta_", re.IGNORECASE)
_DATE = re.compile(r"(\d{4})_(\d\d)_(\d\d)")
_MOST_BYTES = 64 * 2**20
# PeMS has numbers only. Routes that are partly interstates and partly state routes count as the
# former.
_INTERSTATES = {
    5, 8, 10, 15, 40, 80, 105, 110, 205, 210, 215, 238, 280, 380, 405, 505, 580, 605, 680, 710,
    780, 805, 880, 980,
}  # fmt: skip
_US_ROUTES = {6, 50, 95, 97, 101, 199, 395}


@dataclass
class Station:
    """A station in files of readings.

    Attributes:
        name: its number.
        freeway: number of the route.
        direction: "N", "S", "E" or "W".
        lane_type: such as "ML", the mainline.
        rows: readings in the files.
        imputed: those of which nothing was observed.
    """

    name: str
    freeway: str
    direction: str
    lane_type: str
    rows: int = 0
    imputed: int = 0


def freeway_name(route: str) -> str:
    """Return the name of a route in California of which PeMS has the number.

    >>> freeway_name("5"), freeway_name("101"), freeway_name("99")
    ('I-5', 'US-101', 'SR-99')
    """
    if not (route.isascii() and route.isdigit()):
        return route
    number = int(route)
    kind = "I" if number in _INTERSTATES else "US" if number in _US_ROUTES else "SR"
    return f"{kind}-{number}"


def is_metadata(path: Path) -> bool:
    """Whether a file is a list of stations, by its name or its first line."""
    if _NAME.match(path.name):
        return True
    try:
        with path.open("rb") as file:
            head = file.read(60)
    except OSError:
        return False
    return head.removeprefix(b"\xef\xbb\xbf").startswith("\t".join(_HEADER).encode())


def stations_of(files: Sequence[Path]) -> dict[str, tuple[float, float]]:
    """Return latitude and longitude by station; the latest file that has a station counts.

    Raises:
        DataError: for a file that is no such list.
    """
    places: dict[str, tuple[float, float]] = {}
    for file in sorted(files, key=lambda path: _DATE.findall(path.name)):
        for row in _rows(file):
            try:
                place = float(row["Latitude"]), float(row["Longitude"])
            except ValueError:  # some stations have no place
                continue
            places[row["ID"].strip()] = place
    return places


def _rows(file: Path) -> list[dict[str, str]]:
    try:
        if file.stat().st_size > _MOST_BYTES:
            raise DataError(f"{file} has over {_MOST_BYTES / 1e6:.0f} MB, more than any list has")
        with file.open(newline="", encoding="latin-1") as lines:
            rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE, restval=""))
    except (OSError, csv.Error) as error:
        raise DataError(f"{file} cannot be read ({texts.clipped(error)}); check it") from error
    if not rows or not {"ID", "Latitude", "Longitude"} <= rows[0].keys():
        found = texts.clipped(", ".join(str(name) for name in (rows[0] if rows else {})))
        raise DataError(
            f"{file} has the columns {found or 'none'}; a list of stations has ID, Latitude and "
            f"Longitude, separated by tabs"
        )
    return rows


def sensors_of(
    stations: dict[str, Station], places: Mapping[str, tuple[float, float]]
) -> tuple[Sensors, tuple[str, ...]]:
    """Return the sensors in the order of their numbers, and what to say about their places.

    Stations without a place are removed from `stations`, unless they are most of them.
    """
    without = [name for name in stations if name not in places]
    notes: tuple[str, ...] = ()
    if without and len(without) < len(stations) / 2:
        listed = texts.clipped(", ".join(without), 100)
        notes = (
            f"{len(without)} station(s) without a place in the metadata were left out: {listed}; "
            f"without a metadata file all stay, without places",
        )
        for name in without:
            del stations[name]
    elif without:
        told = "no list of stations was given" if not places else "most stations are not listed"
        notes = (
            f"{told}, so there are no places; add the metadata file of the district "
            f"(d07_text_meta_...txt)",
        )
    ids = tuple(sorted(stations, key=lambda name: (len(name), name)))
    placed = [places.get(name) for name in ids]
    degrees = np.array([p for p in placed if p is not None]) if all(placed) else None
    return Sensors(
        ids,
        latitude=None if degrees is None else degrees[:, 0],
        longitude=None if degrees is None else degrees[:, 1],
        freeway=tuple(freeway_name(stations[name].freeway) for name in ids),
        direction=tuple(stations[name].direction for name in ids),
    ), notes
