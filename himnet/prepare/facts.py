"""What readings are like: how many are missing and where, and what looks wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

# values that files use for "no reading"
CODES = (
    0.0, -1.0, -2.0, -9.0, -99.0, -999.0, -9999.0, -99999.0, 99.0, 255.0, 511.0, 999.0, 9999.0,
    32767.0, 65535.0, 99999.0, 999999.0, -32768.0,
)  # fmt: skip
_OFTEN = 1e-4  # share of the readings that a code has at least
_AT_ONCE = 0.5  # of a sensor's mean: a reading before it falls to zero at once
_FAR_ABOVE = 1.5  # times the largest other reading


@dataclass(frozen=True)
class Facts:
    """What T readings of N sensors are like.

    Attributes:
        steps: T.
        missing: (N,) readings that are missing.
        longest: (N,) steps of the longest gap.
        mean, least, most: (N,) of the readings; NaN where there are none.
        silent: steps at which every sensor is missing.
        whole: whether all readings are whole numbers.
        codes: readings by value, of `CODES`.
        suspects: sentences by suspected code, why it is one.
    """

    steps: int
    missing: NDArray[np.int64]
    longest: NDArray[np.int64]
    mean: NDArray[np.float64]
    least: NDArray[np.float64]
    most: NDArray[np.float64]
    silent: int
    whole: bool
    codes: Mapping[float, int]
    suspects: Mapping[float, str]

    @property
    def share_missing(self) -> float:
        """Share of all readings that are missing."""
        return float(self.missing.sum() / max(self.steps * len(self.missing), 1))

    @property
    def dead(self) -> NDArray[np.int64]:
        """Positions of the sensors without any reading."""
        return np.flatnonzero(self.missing == self.steps)

    @property
    def constant(self) -> NDArray[np.int64]:
        """Positions of the sensors that always have the same reading."""
        return np.flatnonzero(self.least == self.most)


class _Tally:
    """Sums over blocks of readings (t, N), NaN where there is none, in the order of time."""

    def __init__(self, sensors: int) -> None:
        self.steps = self.silent = 0
        self.missing = np.zeros(sensors, np.int64)
        self.longest, self.gap = self.missing.copy(), self.missing.copy()
        self.sum = np.zeros(sensors)
        self.least, self.most = np.full(sensors, np.inf), np.full(sensors, -np.inf)
        self.codes = dict.fromkeys(CODES, 0)
        self.whole = True
        self.beyond = {"least": np.inf, "most": -np.inf}
        self.last = np.full((1, sensors), np.nan, np.float32)
        self.falls = np.zeros((2, sensors))  # sum and count of readings before a fall to zero

    def add(self, values: NDArray[np.float32]) -> None:
        absent = np.isnan(values)
        self.steps += len(values)
        self.silent += int(absent.all(axis=1).sum())
        self.missing += absent.sum(axis=0)
        self._gaps(absent)
        self.sum += np.nansum(values, axis=0, dtype=np.float64)
        self.least = np.fmin(self.least, np.where(absent, np.inf, values).min(axis=0))
        self.most = np.fmax(self.most, np.where(absent, -np.inf, values).max(axis=0))
        self.whole = self.whole and bool(((values == np.rint(values)) | absent).all())
        self._count(values)
        before = np.concatenate([self.last, values[:-1]])
        fell = (values == 0) & (before != 0) & ~np.isnan(before)
        self.falls += [np.where(fell, before, 0).sum(axis=0, dtype=np.float64), fell.sum(axis=0)]
        self.last = values[-1:]

    def _gaps(self, absent: NDArray[np.bool_]) -> None:
        """Continue each sensor's current gap."""
        steps = np.arange(1, len(absent) + 1)[:, None]
        there = np.maximum.accumulate(np.where(absent, 0, steps), axis=0)
        lengths = np.where(there == 0, steps + self.gap, steps - there)
        self.longest = np.maximum(self.longest, np.where(absent, lengths, 0).max(axis=0))
        self.gap = np.where(absent[-1], lengths[-1], 0)

    def _count(self, values: NDArray[np.float32]) -> None:
        """Count the codes, and find the range of the other readings."""
        is_code = np.zeros(values.shape, dtype=bool)
        for code in CODES:
            equal = values == np.float32(code)
            self.codes[code] += int(equal.sum())
            is_code |= equal
        others = values[~(is_code | np.isnan(values))]
        if others.size:
            self.beyond["least"] = min(self.beyond["least"], float(others.min()))
            self.beyond["most"] = max(self.beyond["most"], float(others.max()))


def find_facts(blocks: Iterable[NDArray[np.float32]], sensors: int) -> Facts:
    """Look at all readings.

    Args:
        blocks: (t, N) readings each, in the order of time; NaN is a missing one.
        sensors: N.
    """
    tally = _Tally(sensors)
    for values in blocks:
        tally.add(values)
    there = tally.steps - tally.missing
    known = there > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = tally.sum / there
    return Facts(
        steps=tally.steps,
        missing=tally.missing,
        longest=tally.longest,
        mean=np.where(known, mean, np.nan),
        least=np.where(known, tally.least, np.nan),
        most=np.where(known, tally.most, np.nan),
        silent=tally.silent,
        whole=tally.whole,
        codes={code: count for code, count in tally.codes.items() if count},
        suspects=_suspects(tally, there),
    )


def _suspects(tally: _Tally, there: NDArray[np.int64]) -> dict[float, str]:
    """Return why some values may stand for "no reading"."""
    total = int(there.sum())
    least, most = tally.beyond["least"], tally.beyond["most"]
    found = {}
    for code, count in tally.codes.items():
        share = count / max(total, 1)
        if share < _OFTEN or most < least:
            continue
        if code < 0 <= least:
            found[code] = f"{share:.2%} of the readings are {code:g}, but no other one is negative"
        elif code > _FAR_ABOVE * most and most >= 0:
            found[code] = (
                f"{share:.2%} of the readings are {code:g}, but no other one is over {most:g}"
            )
    zeros = _fall_to_zero(tally, there)
    if zeros is not None and tally.codes[0.0] >= _OFTEN * total:
        found[0.0] = (
            f"{tally.codes[0.0] / total:.2%} of the readings are 0, and they fall to it at once, "
            f"from {zeros:.0%} of a sensor's mean without zeros"
        )
    return dict(sorted(found.items()))


def _fall_to_zero(tally: _Tally, there: NDArray[np.int64]) -> float | None:
    """Return from which share of their mean readings fall to zero, or None if it is small."""
    sums, counts = tally.falls.sum(axis=1)
    readings = there.sum() - tally.codes[0.0]
    if counts < 2 or readings < 1:
        return None
    mean = tally.sum.sum() / readings
    share = float(sums / counts / mean) if mean > 0 else 0.0
    return share if share >= _AT_ONCE else None


def missing_value_for(facts: Facts) -> float | None:
    """Return a value that can stand for "no reading" because no reading has it.

    None if no reading is missing and some are 0, so that none is needed.
    """
    if 0.0 not in facts.codes:
        return 0.0
    if not facts.missing.any():
        return None
    free = next((code for code in (-1.0, -9999.0) if code not in facts.codes), None)
    return float(np.floor(np.nanmin(facts.least)) - 1) if free is None else free


def as_json(facts: Facts, ids: tuple[str, ...]) -> dict[str, Any]:
    """Return the facts as plain values."""
    return {
        "share_missing": facts.share_missing,
        "silent_steps": facts.silent,
        "dead": [ids[position] for position in facts.dead],
        "constant": [ids[position] for position in facts.constant],
        "suspected_missing_values": {f"{code:g}": why for code, why in facts.suspects.items()},
        "sensors": [
            {
                "id": ids[position],
                "missing": float(facts.missing[position] / facts.steps),
                "longest_gap": int(facts.longest[position]),
                "mean": float(facts.mean[position]),
                "min": float(facts.least[position]),
                "max": float(facts.most[position]),
            }
            for position in range(len(ids))
        ],
    }
