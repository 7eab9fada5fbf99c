"""The description of a data set without its readings, which is part of a checkpoint."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.errors import DataError

DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")

_DEGREES = {"latitude": 90.0, "longitude": 180.0}  # the largest ones


@dataclass(frozen=True, eq=False)
class Sensors:
    """The N sensors of a data set, in the order of its columns.

    Attributes:
        ids: N unique names.
        latitude, longitude: (N,) float64 degrees (WGS 84), or None if unknown.
        freeway: N names such as ``"US-101"``, or None if unknown.
        direction: N directions of travel such as ``"N"``, or None if unknown.
    """

    ids: tuple[str, ...]
    latitude: NDArray[np.float64] | None = None
    longitude: NDArray[np.float64] | None = None
    freeway: tuple[str, ...] | None = None
    direction: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if len({" ".join(name.split()) for name in self.ids}) != len(self.ids):
            raise DataError("sensor ids must be unique, but some occur twice; rename them")
        if (self.latitude is None) != (self.longitude is None):
            raise DataError("sensors need both latitude and longitude, or neither")
        for field in ("latitude", "longitude", "freeway", "direction"):
            column = getattr(self, field)
            if column is not None and len(column) != len(self.ids):
                raise DataError(
                    f"the sensor column '{field}' has {len(column)} entries for "
                    f"{len(self.ids)} sensors; give one per sensor"
                )
        self._check_coordinates()

    def _check_coordinates(self) -> None:
        for field, limit in _DEGREES.items():
            column = getattr(self, field)
            if column is None:
                continue
            bad = ~(np.abs(np.asarray(column, dtype=float)) <= limit)
            if bad.any():
                where = int(np.flatnonzero(bad)[0])
                raise DataError(
                    f"sensor {self.ids[where]} has {field} {column[where]}; "
                    f"it must be a number from {-limit:g} to {limit:g}"
                )

    def __len__(self) -> int:
        return len(self.ids)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sensors) and self.to_dict() == other.to_dict()

    def __hash__(self) -> int:
        return hash(self.ids)

    @property
    def has_coordinates(self) -> bool:
        """Whether the sensors can be put on a map."""
        return self.latitude is not None

    @property
    def has_roads(self) -> bool:
        """Whether freeway and direction of at least two sensors are known."""
        return sum(map(bool, self.roads or ())) > 1

    @property
    def roads(self) -> tuple[str, ...] | None:
        """N labels of freeway and direction such as ``"US-101 N"``, or None if all are unknown.

        A sensor without a freeway has the label "", whatever its direction.
        """
        if self.freeway is None or self.direction is None:
            return None
        pairs = zip(self.freeway, self.direction, strict=True)
        labels = tuple(road_label(freeway, way) for freeway, way in pairs)
        return labels if any(labels) else None

    @property
    def road_names(self) -> tuple[str, ...]:
        """N labels as of `roads`, "" if unknown."""
        return self.roads or ("",) * len(self)

    def at(self, positions: Sequence[int]) -> Sensors:
        """Return the sensors at some positions, in their order."""

        def taken(names: tuple[str, ...] | None) -> tuple[str, ...] | None:
            return None if names is None else tuple(names[position] for position in positions)

        return Sensors(
            ids=tuple(self.ids[position] for position in positions),
            latitude=None if self.latitude is None else self.latitude[list(positions)],
            longitude=None if self.longitude is None else self.longitude[list(positions)],
            freeway=taken(self.freeway),
            direction=taken(self.direction),
        )

    @classmethod
    def numbered(cls, count: int) -> Sensors:
        """Return sensors of which only the number is known, with ids "0", "1", ..."""
        return cls(ids=tuple(str(position) for position in range(count)))

    def to_dict(self) -> dict[str, Any]:
        """Return plain lists for JSON metadata; unknown columns are None."""
        plain: dict[str, Any] = dict(vars(self))
        for name, column in plain.items():
            if column is not None:
                plain[name] = list(map(float, column) if name in _DEGREES else column)
        return plain

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> Sensors:
        """Read what `to_dict` wrote."""
        columns: dict[str, Any] = {"ids": tuple(map(str, fields["ids"]))}
        for name in ("latitude", "longitude", "freeway", "direction"):
            if (column := fields.get(name)) is not None:
                in_degrees = name in _DEGREES
                columns[name] = np.asarray(column, float) if in_degrees else tuple(map(str, column))
        return cls(**columns)


def road_label(freeway: str, direction: str) -> str:
    """Return a road's name such as ``"US-101 N"``; "" if no freeway is named."""
    return f"{freeway.strip()} {direction.strip()}".strip() if freeway.strip() else ""


@dataclass(frozen=True)
class DatasetInfo:
    """Identity and calendar of a data set.

    Attributes:
        name: ``"METRLA"``, ``"synthetic"``, a folder's name, ...; ``""`` if it is not known.
        sensors: the N sensors in column order.
        steps_per_day: readings per day (288 for five-minute steps).
        start: ISO date and time of the first reading, or None if the calendar is unknown.
        num_steps: readings per sensor, T, or None if unknown.
        first_weekday: the weekday (0 = Monday) of day-of-week number 0 of this data set, or None
            if unknown. METR-LA: 0.
        missing_value: the value that stands for "no reading" (0.0 for METR-LA), or None.
        unit: of the readings, for axis labels, such as ``"mph"``.
        quantity: the measured quantity, for axis labels, such as ``"speed"``.
        sha256: of the values' bytes (float32, C order), or None.
    """

    name: str
    sensors: Sensors
    steps_per_day: int = 288
    start: str | None = None
    num_steps: int | None = None
    first_weekday: int | None = 0
    missing_value: float | None = 0.0
    unit: str = ""
    quantity: str = "reading"
    sha256: str | None = None

    @property
    def num_nodes(self) -> int:
        """Number of sensors, N."""
        return len(self.sensors)

    @property
    def weekend(self) -> list[int]:
        """Day-of-week numbers of Saturday and Sunday; none where the calendar is unknown."""
        return [n for n, name in enumerate(self.day_names) if name in ("Saturday", "Sunday")]

    @property
    def step_minutes(self) -> float:
        """Minutes from one reading to the next."""
        return 24 * 60 / self.steps_per_day

    @property
    def start_time(self) -> dt.datetime | None:
        """The moment of the first reading, or None if the calendar is unknown."""
        return None if self.start is None else dt.datetime.fromisoformat(self.start)

    @property
    def day_names(self) -> tuple[str, ...]:
        """Seven names for day-of-week numbers 0 to 6; ``"Day 0"`` ... if unknown."""
        if self.first_weekday is None:
            return tuple(f"Day {number}" for number in range(7))
        return tuple(DAY_NAMES[(number + self.first_weekday) % 7] for number in range(7))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON metadata."""
        fields = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return fields | {"sensors": self.sensors.to_dict()}

    @classmethod
    def from_dict(cls, fields: Mapping[str, Any]) -> DatasetInfo:
        """Read what `to_dict` wrote; unknown keys are rejected."""
        unknown = set(fields) - set(cls.__dataclass_fields__)
        if unknown:
            raise DataError(f"unknown data set field(s) {sorted(unknown)} in the metadata")
        return cls(**{**fields, "sensors": Sensors.from_dict(fields["sensors"])})
