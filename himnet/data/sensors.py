"""Sensor tables: CSV files with id, latitude, longitude and, where known, freeway and direction."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from himnet.data.info import Sensors
from himnet.errors import DataError

METRLA_SENSORS = Path(__file__).with_name("metrla_sensors.csv")


def read_sensors(path: Path) -> Sensors:
    """Read a table with the columns id, latitude, longitude[, freeway, direction].

    Rows are in the order of the data's columns; further columns are left alone.

    Raises:
        DataError: for a missing or unreadable file, missing columns, empty ids or coordinates
            that are not numbers.
    """
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            rows = list(csv.DictReader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"the sensor table {path} cannot be read ({error}); check it") from error
    if not rows:
        raise DataError(f"the sensor table {path} has no rows; give one for each sensor")
    for column in ("id", "latitude", "longitude"):
        if column not in rows[0]:
            raise DataError(
                f"the sensor table {path} has no column '{column}'; its first line must name "
                f"id, latitude, longitude and may name freeway, direction"
            )
    complete = [None not in row and None not in row.values() for row in rows]
    if not all(complete):
        line = complete.index(False) + 2
        raise DataError(f"line {line} of the sensor table {path} has too few or too many columns")
    try:
        latitude = np.array([float(row["latitude"]) for row in rows])
        longitude = np.array([float(row["longitude"]) for row in rows])
    except ValueError as error:
        raise DataError(
            f"the sensor table {path} has a coordinate that is no number ({error})"
        ) from error
    names = {
        column: tuple(row[column].strip() for row in rows) if column in rows[0] else None
        for column in ("freeway", "direction")
    }
    ids = tuple(row["id"].strip() for row in rows)
    if not all(ids):
        raise DataError(f"line {ids.index('') + 2} of the sensor table {path} has no id")
    return Sensors(ids, latitude, longitude, names["freeway"], names["direction"])
