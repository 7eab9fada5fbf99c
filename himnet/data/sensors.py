"""Sensor tables: CSV files with id, latitude, longitude and, if known, freeway, direction, name."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from himnet.data.info import Sensors
from himnet.errors import DataError

METRLA_SENSORS = Path(__file__).with_name("metrla_sensors.csv")
_NEEDED = ("id", "latitude", "longitude")


def read_sensors(path: Path) -> Sensors:
    """Read a table with the columns id, latitude, longitude[, freeway, direction, name].

    Rows are in the order of the data's columns; further columns are ignored.

    Raises:
        DataError: for a missing or unreadable file, missing columns, empty or repeated ids, or
            coordinates that are not degrees.
    """
    rows = _rows(path)
    for column in _NEEDED:
        if column not in rows[0]:
            raise DataError(
                f"the sensor table {path} has no column '{column}'; its first line must name "
                f"id, latitude, longitude, and may name freeway, direction, name"
            )
    ids = tuple(row["id"] for row in rows)
    if not all(ids):
        raise DataError(f"line {ids.index('') + 2} of the sensor table {path} has no id")
    known = {
        column: tuple(row[column] for row in rows)
        for column in ("freeway", "direction", "name")
        if column in rows[0]
    }
    latitude, longitude = (_degrees(path, rows, name) for name in ("latitude", "longitude"))
    try:
        return Sensors(ids, latitude, longitude, **known)
    except DataError as error:
        raise DataError(f"in the sensor table {path}, {error}") from error


def _rows(path: Path) -> list[dict[str, str]]:
    """Return the rows, stripped, with as many cells each as the first line names."""
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = [[cell.strip() for cell in line] for line in csv.reader(file) if any(line)]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"the sensor table {path} cannot be read ({error}); check it") from error
    if len(lines) < 2:
        raise DataError(f"the sensor table {path} has no rows; give one per sensor")
    header, *body = lines
    for number, line in enumerate(body, start=2):
        if len(line) != len(header):
            raise DataError(
                f"line {number} of the sensor table {path} has {len(line)} columns, but the first "
                f"line names {len(header)}"
            )
    return [dict(zip(header, line, strict=True)) for line in body]


def _degrees(path: Path, rows: list[dict[str, str]], column: str) -> NDArray[np.float64]:
    degrees = np.empty(len(rows))
    for position, row in enumerate(rows):
        try:
            degrees[position] = float(row[column])
        except ValueError as error:
            raise DataError(
                f"the {column} of sensor {row['id']} in the sensor table {path} is "
                f"'{row[column]}'; it must be a number of degrees"
            ) from error
    return degrees
