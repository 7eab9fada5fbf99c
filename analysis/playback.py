"""A day as frames: what the ST-mixed page plays, in bytes that a browser draws by itself."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.similarity import unit_rows

NOTHING = 255  # the byte of a value that is not known; all others run from low to high
_STEPS = 254
_EDGES = (10, 90)  # percent of the pairs within a range
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Curve:
    """Mean cosine of some pairs over the moments, and how far the pairs spread.

    Attributes:
        name: such as ``"within cluster 3"``.
        colour: ``#rrggbb``.
        mean, low, high: (M,) mean, 10th and 90th percentile; NaN where there is no pair.
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
    """Return the cosines (M, k, k) between some sensors at each moment.

    Args:
        coordinates: (M, N, r), raw or centred.
        members: positions of k sensors.
    """
    units = unit_rows(np.asarray(coordinates)[:, list(members)]).astype(np.float32)
    cosines: NDArray[np.float32] = np.matmul(units, units.transpose(0, 2, 1))
    return cosines


def similarity_to(coordinates: NDArray[Any], sensor: int) -> NDArray[np.float32]:
    """Return the cosine of every sensor to one of them at each moment, (M, N).

    Args:
        coordinates: (M, N, r), raw or centred.
        sensor: position of that one.
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
    cosines = cosines_over_time(coordinates, members)
    rows, columns = np.triu_indices(len(members), 1)
    pairs = cosines[:, rows, columns]
    same = owner[rows] == owner[columns]
    found = [
        _curve(f"within {name}", colour, pairs[:, same & (owner[rows] == number)])
        for number, (name, colour) in enumerate(zip(names, colours, strict=True))
    ]
    if len(groups) > 1:
        found.append(_curve("across", across, pairs[:, ~same]))
    return found


def _curve(name: str, colour: str, pairs: NDArray[np.float32]) -> Curve:
    """Return mean and range of the cosines of pairs (M, p)."""
    nothing = np.full(len(pairs), np.nan)
    if not pairs.shape[1]:
        return Curve(name, colour, nothing, nothing, nothing)
    low, high = np.percentile(pairs, _EDGES, axis=1)
    return Curve(name, colour, pairs.mean(axis=1, dtype=np.float64), low, high)


def plain(values: NDArray[np.floating], digits: int = 3) -> list[float | None]:
    """Return numbers as JSON takes them, None for NaN."""
    return [round(float(v), digits) if np.isfinite(v) else None for v in values]
