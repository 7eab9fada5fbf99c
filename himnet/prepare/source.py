"""What a file of readings says, whatever its kind: the contract between its reader and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from himnet.data.info import Sensors


@dataclass(frozen=True)
class Block:
    """Consecutive rows of a source, few enough to be held in memory.

    Attributes:
        values: (t, N) float32; NaN is a missing reading.
        moments: (t,) datetime64[s] in local time, or None if the source has no dates.
        tod, dow: (t,) the columns "time of day" (fraction of a day) and "day of week" (0 to 6) of
            a source that has them instead of dates, or None.
    """

    values: NDArray[np.float32]
    moments: NDArray[np.datetime64] | None = None
    tod: NDArray[np.floating] | None = None
    dow: NDArray[np.floating] | None = None


@dataclass(frozen=True)
class Told:
    """What a source tells about its readings beyond them; None or empty where it does not.

    Attributes:
        kind: of the source, in a few words, such as "a wide table (CSV with ';', decimal comma)".
        sensors: the N sensors in the order of the columns: ids and whatever places are known.
        numbered: whether the ids are only numbers that the reader gave.
        labels: keys of ``dataset.json`` that follow from the source: "quantity", "unit",
            "missing_value", "start", "source", "licence", ...
        windows: "train", "val" and "test" (n, 3) start, middle and end, if it brings its split.
        notes: sentences about what the reader did or left out, for the fact sheet.
    """

    kind: str
    sensors: Sensors
    numbered: bool = False
    labels: Mapping[str, Any] = field(default_factory=dict)
    windows: Mapping[str, NDArray[np.int64]] | None = None
    notes: tuple[str, ...] = ()


class Source(Protocol):
    """An opened source: it can be walked any number of times, in memory that does not grow with T.

    Rows come as the file has them: moments may repeat, be absent, or be out of order.
    """

    @property
    def told(self) -> Told:
        """What the source tells beyond its readings."""

    def blocks(self) -> Iterator[Block]:
        """Yield the rows in the file's order."""
