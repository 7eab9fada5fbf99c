"""What a user says about a source that the source does not say itself."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

Imputed = Literal["missing", "keep"]


@dataclass(frozen=True)
class Options:
    """The options of ``prepare`` that readers need; None leaves the decision to the reader.

    Attributes:
        date_format: of the dates in a table, as `datetime.strptime` takes it, such as "%d/%m/%Y";
            or "seconds" or "milliseconds" since 1970.
        start: moment of the first reading, for a source without times.
        step_minutes: minutes from one reading to the next, which may be fractions such as 0.5.
        channel: number (from 0) or name of the channel that is the reading, where there are many.
        imputed: what becomes of readings that the source itself calls filled in.
        time_column, sensor_column, value_column: names of the columns of a table.
        sheet: name or number (from 1) of a spreadsheet's sheet, or the key of an HDF5 file.
        sensors: a table of sensors (ids and places) beside the readings.
        missing: the code that stands for a missing reading, besides empty cells and NaN.
        split: fractions of training, validation and test windows.
        name, unit, quantity: of the data set, for its ``dataset.json``.
        source, licence: whose readings these are, for its ``dataset.json``.
        decimal: sign of the numbers in a text table, where it is not clear.
        in_steps, out_steps: T and T' of a window.
    """

    date_format: str | None = None
    start: dt.datetime | None = None
    step_minutes: float | None = None
    channel: str | None = None
    imputed: Imputed = "missing"
    time_column: str | None = None
    sensor_column: str | None = None
    value_column: str | None = None
    sheet: str | None = None
    sensors: Path | None = None
    missing: float | None = None
    split: tuple[float, float, float] | None = None
    name: str | None = None
    unit: str | None = None
    quantity: str | None = None
    source: str | None = None
    licence: str | None = None
    decimal: Literal[".", ","] | None = None
    in_steps: int | None = None
    out_steps: int | None = None
