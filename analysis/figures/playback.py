"""A day as frames: the data of the ST-mixed page as bytes, which the browser draws by itself."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.geometry.similarity import unit_rows

NOTHING = 255  # the byte of an unknown value; all others run from low to high
_STEPS = 254
_EDGES = (10, 90)  # percentiles at the ends of a range
_CELLS_AT_ONCE = 4_000_000  # cosines in memory
_LEAST_SPAN = 1e-6  # degrees, for a city with a single location
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Mean cosine of some pairs over the moments, and the range of the pairs.

    Attributes:
        name: such as ``"within cluster 3"``.
        colour: ``#rrggbb``.
        mean, low, high: (M,) mean, 10th and 90th percentile; NaN without pairs.
    """

    name: str
    colour: str
    mean: Floats
    low: Floats
    high: Floats


def to_bytes(values: NDArray[np.floating], low: float, high: float) -> NDArray[np.uint8]:
    """Return values as bytes: 0 for `low` or less, 254 for `high` or more, 255 for NaN.

    Args:
        values: any shape.
        low, high: ends of the scale.
    """
    known = np.isfinite(values)
    share = (np.where(known, values, low) - low) / max(high - low, 1e-9)
    scaled = np.round(np.clip(share, 0, 1) * _STEPS).astype(np.uint8)
    return np.where(known, scaled, np.uint8(NOTHING))


def packed(values: NDArray[np.uint8]) -> str:
    """Return bytes as base64, first axis first."""
    return base64.b64encode(np.ascontiguousarray(values).tobytes()).decode("ascii")


def cosines_over_time(coordinates: NDArray[Any], members: Sequence[int]) -> NDArray[np.float32]:
    """Return the cosines (M, k, k) between the given sensors at each moment.

    Args:
        coordinates: (M, N, r), raw or centred.
        members: positions of k sensors.
    """
    units = unit_rows(np.asarray(coordinates)[:, list(members)]).astype(np.float32)
    cosines: NDArray[np.float32] = np.matmul(units, units.transpose(0, 2, 1))
    return cosines


def similarity_to(coordinates: NDArray[Any], sensor: int) -> NDArray[np.float32]:
    """Return the cosines between every sensor and one of them at each moment, (M, N).

    Args:
        coordinates: (M, N, r), raw or centred.
        sensor: position of that sensor.
    """
    units = unit_rows(np.asarray(coordinates)).astype(np.float32)
    cosines: NDArray[np.float32] = np.einsum("mnr,mr->mn", units, units[:, sensor])
    return cosines


def spread_curves(
    coordinates: NDArray[Any],
    groups: Sequence[Sequence[int]],
    names: Sequence[str],
    colours: Sequence[str],
    *,
    across: str,
) -> list[Curve]:
    """Return how similar sensors are within each group and across groups, with ranges.

    Args:
        coordinates: (M, N, r), raw or centred.
        groups: positions of the groups' sensors.
        names, colours: of the groups.
        across: colour of the curve across groups.
    """
    members = [member for group in groups for member in group]
    owner = np.repeat(np.arange(len(groups)), [len(group) for group in groups])
    rows, columns = np.triu_indices(len(members), 1)
    same = owner[rows] == owner[columns]
    cells = rows * len(members) + columns
    chosen = [cells[same & (owner[rows] == number)] for number in range(len(groups))]
    labels = [(f"within {name}", colour) for name, colour in zip(names, colours, strict=True)]
    if len(groups) > 1:
        chosen.append(cells[~same])
        labels.append(("between", across))
    found = _means_and_ranges(np.asarray(coordinates)[:, members], chosen)
    return [Curve(*label, *rows) for label, rows in zip(labels, found, strict=True)]


def _means_and_ranges(
    coordinates: NDArray[Any], chosen: Sequence[NDArray[np.int64]]
) -> NDArray[np.float64]:
    """Return mean, low and high (sets, 3, M) of sets of the (k, k) cosines, given as flat indices.

    A few moments at a time, since those of a day between 800 sensors take 700 MB.
    """
    count, members = coordinates.shape[:2]
    found = np.full((len(chosen), 3, count), np.nan)
    units = unit_rows(coordinates).astype(np.float32)
    some = max(1, _CELLS_AT_ONCE // max(members**2, 1))
    for start in range(0, count, some):
        part = slice(start, start + some)
        cosines = np.matmul(units[part], units[part].transpose(0, 2, 1))
        flat = cosines.reshape(len(cosines), -1)
        for number, cells in enumerate(chosen):
            if len(cells):
                pairs = flat[:, cells]
                found[number, 0, part] = pairs.mean(axis=1, dtype=np.float64)
                ranks = [round(edge / 100 * (len(cells) - 1)) for edge in _EDGES]
                pairs.partition(ranks, axis=1)
                found[number, 1:, part] = pairs[:, ranks].T
    return found


def value_ends(values: NDArray[np.floating]) -> tuple[float, float]:
    """Return the limits of a scale for readings: from 0 to the 99.5th percentile."""
    known = values[np.isfinite(values)]
    return (0.0, float(np.quantile(known, 0.995)) or 1.0) if known.size else (0.0, 1.0)


def ticks_between(low: float, high: float) -> list[float]:
    """Return at most eight round numbers, from one not above `low` to one not below `high`."""
    span = max(high - low, 1e-3)
    power = 10.0 ** np.floor(np.log10(span))
    step = next(power * part for part in (0.1, 0.2, 0.5, 1, 2) if span / (power * part) <= 6)
    first, last = np.floor(low / step + 1e-9), np.ceil((low + span) / step - 1e-9)
    return [round(float(number * step), 6) for number in np.arange(first, last + 1)]


def plain(values: NDArray[np.floating], digits: int = 3) -> list[float | None]:
    """Return numbers as JSON types, None for NaN."""
    return [round(float(v), digits) if np.isfinite(v) else None for v in values]
