"""Sensor tables: text files with ids, places and, if known, freeways, directions and names."""

from __future__ import annotations

import csv
import io
import re
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from himnet.data.encodings import encoding_of
from himnet.data.info import Sensors
from himnet.errors import DataError
from himnet.texts import clipped

METRLA_SENSORS = Path(__file__).with_name("metrla_sensors.csv")
PEMSBAY_SENSORS = Path(__file__).with_name("pemsbay_sensors.csv")
PEMSD7M_SENSORS = Path(__file__).with_name("pemsd7m_sensors.csv")
_MOST_BYTES = 32 * 2**20
_SEPARATORS = (",", ";", "\t", "|")
# what columns are called, the usual name first; compared in small letters, without other signs
_NAMES: dict[str, tuple[str, ...]] = {
    "id": (
        "id", "sensorid", "sensor", "stationid", "station", "detectorid", "detector", "nodeid",
        "node", "siteid", "site", "locationid", "counterid", "segmentid", "linkid", "deviceid",
        "loopid", "vdsid", "vds", "sid", "pemsid", "number", "no", "code", "key", "sensorname",
        "stationname", "name", "zaehlstelle", "zählstelle", "messstelle",
    ),
    "latitude": ("latitude", "lat", "y", "breite", "breitengrad", "latitud", "latwgs84", "纬度"),
    "longitude": (
        "longitude", "lng", "lon", "long", "x", "laenge", "länge", "laengengrad", "längengrad",
        "longitud", "lonwgs84", "经度",
    ),
    "freeway": ("freeway", "fwy", "road", "roadname", "route", "highway", "street"),
    "direction": ("direction", "dir", "heading", "bound"),
    "name": (
        "name", "stationname", "sensorname", "sensordescription", "description", "title",
        "location", "address", "bezeichnung", "nombre", "nom", "名称",
    ),
}  # fmt: skip
_TOLD_BY_A_WORD = ("latitude", "longitude")
_IN_BRACKETS = re.compile(r"[(\[].*?[)\]]")
_IDS_ALONE = {"id", "freeway", "direction", "name", "lanes"}


def read_sensors(path: Path) -> Sensors:
    """Read a table of ids, latitudes and longitudes[, freeways, directions, names].

    Columns may have other common names, such as ``sensor_id``, ``Lat`` and ``Lng``, and any
    separator; further columns are ignored. A table of ids alone gives sensors without places. Rows
    are in the order of the data's columns.

    Raises:
        DataError: for a missing or unreadable file, missing columns, empty or repeated ids, or
            coordinates that are not degrees.
    """
    header, rows = _rows(path)
    columns = _columns(header)
    for column in ("id", "latitude", "longitude"):
        alone = column != "id" and {_plain(name) for name in header} <= _IDS_ALONE
        if column not in columns and not alone:
            found = ", ".join(clipped(name, 40) or "(unnamed)" for name in header[:20])
            raise DataError(
                f"the sensor table {path} has no column '{column}' (it has: {found}); rename its "
                f"columns: it needs id, latitude, longitude, and may have freeway, direction, name"
            )
    cells = {name: tuple(row[place] for row in rows) for name, place in columns.items()}
    ids = cells["id"]
    if not all(ids):
        raise DataError(f"line {ids.index('') + 2} of the sensor table {path} has no id")
    latitude, longitude = (_degrees(path, ids, cells, name) for name in ("latitude", "longitude"))
    known = {name: cells[name] for name in ("freeway", "direction", "name") if name in cells}
    try:
        return Sensors(ids, latitude, longitude, **known)
    except DataError as error:
        swapped = (
            " (are latitude and longitude exchanged?)"
            if latitude is not None
            and longitude is not None
            and np.abs(latitude).max() > 90 >= np.abs(longitude).max()
            else ""
        )
        raise DataError(f"in the sensor table {path}, {error}{swapped}") from error


def _plain(name: str) -> str:
    return "".join(sign for sign in name.lower() if sign.isalnum())


def _columns(header: list[str]) -> dict[str, int]:
    """Return the position of each known column, the one with the most usual name."""
    plain = [_plain(_IN_BRACKETS.sub(" ", name)) for name in header]
    words = [set(re.split(r"[\W_]+", name.lower())) for name in header]
    found: dict[str, int] = {}
    for column, names in _NAMES.items():
        place = next((plain.index(name) for name in names if name in plain), None)
        if place is None and column in _TOLD_BY_A_WORD:  # such as stop_lat or "Latitude WGS84"
            with_word = [at for at, there in enumerate(words) if there & set(names)]
            place = with_word[0] if len(with_word) == 1 else None
        if place is not None and place not in found.values():  # a name may be all that is the id
            found[column] = place
    return found


def _rows(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows, stripped, with as many cells each as the header has."""
    try:
        if path.stat().st_size > _MOST_BYTES:
            raise DataError(
                f"the sensor table {path} has over {_MOST_BYTES / 1e6:.0f} MB, more than sensors "
                f"need; check it"
            )
        raw = path.read_bytes()
        text = raw.decode(encoding_of(raw))
        first = text.partition("\n")[0]
        separator = max(_SEPARATORS, key=first.count)
        table = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
        lines = [[cell.strip() for cell in line] for line in table if any(line)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"the sensor table {path} cannot be read ({error}); check it") from error
    if len(lines) < 2:
        raise DataError(f"the sensor table {path} has no rows; give one per sensor")
    header, *body = lines
    for number, line in enumerate(body, start=2):
        if len(line) == len(header) + 1 and not line[-1]:
            line.pop()  # a separator at the end
        if len(line) != len(header):
            raise DataError(
                f"line {number} of the sensor table {path} has {len(line)} columns, but the first "
                f"line names {len(header)}"
            )
    return header, body


def _degrees(
    path: Path, ids: tuple[str, ...], cells: dict[str, tuple[str, ...]], column: str
) -> NDArray[np.float64] | None:
    if column not in cells:
        return None
    degrees = np.empty(len(ids))
    for position, cell in enumerate(cells[column]):
        try:
            degrees[position] = float(cell.replace(",", "."))
        except ValueError as error:
            raise DataError(
                f"the {column} of sensor {ids[position]} in the sensor table {path} is "
                f"'{cell}'; it must be a number of degrees"
            ) from error
    return degrees
