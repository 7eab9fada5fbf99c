"""Which moment's temporal embedding a window takes: other hours and days, by class."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.geometry.spaces import temporal_queries
from analysis.material import Material
from analysis.model import LearntModel
from analysis.patterns.over_a_day import PERIODS
from himnet.config import DAYS_PER_WEEK

Whole = NDArray[np.int64]

HOURS = {"1h": 1, "3h": 3, "6h": 6, "12h": 12}
MOMENT_CLASSES = {
    "period": "another hour of the same period",
    "1h": "1 hour away",
    "3h": "3 hours away",
    "6h": "6 hours away",
    "12h": "12 hours away",
    "hour-mean": "mean of all times of day",
    "same-kind": "another day of the same kind",
    "other-kind": "a day of the other kind",
    "day-mean": "mean of all days of the week",
    "week-mean": "mean of both",
}
DRAWS = 3


@dataclass(frozen=True)
class Shift:
    """One exchange of the temporal embedding of all windows.

    Attributes:
        name: of the class, one of `MOMENT_CLASSES`.
        draw: number of the draw, from 0.
        queries: (n, d_t) instead of E_t.
        counted: (n,) the windows that have such a moment; the others keep their own.
    """

    name: str
    draw: int
    queries: NDArray[np.float32] = field(repr=False)
    counted: NDArray[np.bool_] = field(repr=False)


def moment_exchanges(material: Material, steps: Whole, *, seed: int = 0) -> list[Shift]:
    """Draw the moments of all classes; a class in which no window has one is left out.

    Args:
        material: the model with its data set.
        steps: (n,) last input step of each window.
        seed: of the draws.
    """
    model, dataset = material.model, material.required_dataset()
    rows, days = dataset.tod_index[steps].astype(np.int64), dataset.dow[steps].astype(np.int64)
    found = []
    for number, (name, draws, draw_of) in enumerate(_draws_of(model, material.info.weekend)):
        for draw in range(draws):
            rng = np.random.default_rng((seed, number, draw))
            other, on, counted = draw_of(rows, days, draw, rng)
            queries = temporal_queries(model, other, on).astype(np.float32)
            if counted.any():
                found.append(Shift(name, draw, queries, counted))
    return [*found, *_means(model, rows, days)]


Drawn = tuple[Whole, Whole, NDArray[np.bool_]]  # times of day, days of the week, counted
DrawOf = Callable[[Whole, Whole, int, np.random.Generator], Drawn]


def _draws_of(model: LearntModel, weekend: list[int] | None) -> Iterator[tuple[str, int, DrawOf]]:
    """Yield each class, its number of draws, and what draws it."""
    per_day = model.steps_per_day
    if per_day % 24 == 0:
        yield "period", DRAWS, lambda rows, days, _, rng: _of_period(rows, days, rng, per_day // 24)
    for name, hours in HOURS.items():
        if hours * per_day % 24 == 0 and 0 < hours * per_day // 24 < per_day:
            away = hours * per_day // 24
            # earlier and later; 12 hours are the same either way
            yield name, 2 if hours < 12 else 1, _later(away, per_day)
    if weekend:
        kinds = np.isin(np.arange(DAYS_PER_WEEK), weekend)
        yield "same-kind", DRAWS, _of_kind(kinds, other=False)
        yield "other-kind", DRAWS, _of_kind(kinds, other=True)


def _later(away: int, per_day: int) -> DrawOf:
    """Return what moves times of day forwards in the first draw, backwards in the second."""

    def draw_of(rows: Whole, days: Whole, draw: int, _: np.random.Generator) -> Drawn:
        moved = (rows + (away if draw == 0 else -away)) % per_day
        return moved, days, np.ones(len(rows), dtype=bool)

    return draw_of


def _of_period(rows: Whole, days: Whole, rng: np.random.Generator, per_hour: int) -> Drawn:
    """Draw another hour of the same period of the day at the same minute."""
    hours, minute = rows // per_hour, rows % per_hour
    moved, counted = hours.copy(), np.zeros(len(rows), dtype=bool)
    for start, end in PERIODS.values():
        among = np.arange(int(start), int(end))
        inside = np.isin(hours, among)
        counted |= inside & (len(among) > 1)
        # a whole number of hours further, cyclically, is never the same hour
        further = rng.integers(1, max(len(among), 2), size=len(rows))
        moved = np.where(inside, among[0] + (hours - among[0] + further) % len(among), moved)
    return moved * per_hour + minute, days, counted


def _of_kind(weekend: NDArray[np.bool_], *, other: bool) -> DrawOf:
    """Return what draws another day of the week, of the same or of the other kind."""
    numbers = np.arange(len(weekend))
    fits = (weekend[:, None] == weekend) & (numbers[:, None] != numbers)
    if other:
        fits = weekend[:, None] != weekend

    def draw_of(rows: Whole, days: Whole, _: int, rng: np.random.Generator) -> Drawn:
        allowed = fits[days]
        chances = np.where(allowed, rng.random(allowed.shape), -1)
        counted = allowed.any(axis=1)
        return rows, np.where(counted, chances.argmax(axis=1), days), counted

    return draw_of


def _means(model: LearntModel, rows: Whole, days: Whole) -> Iterator[Shift]:
    """Yield the exchanges for the means of both dictionaries, apart and together."""
    width, everyone = model.time_of_day_width, np.ones(len(rows), dtype=bool)
    times, week = np.arange(model.steps_per_day), np.arange(DAYS_PER_WEEK)
    own = temporal_queries(model, rows, days)
    hour = temporal_queries(model, times, np.zeros_like(times))[:, :width].mean(axis=0)
    day = temporal_queries(model, np.zeros_like(week), week)[:, width:].mean(axis=0)
    parts = {
        "hour-mean": (slice(0, width), hour),
        "day-mean": (slice(width, None), day),
        "week-mean": (slice(0, None), np.concatenate([hour, day])),
    }
    for name, (part, mean) in parts.items():
        changed = own.copy()
        changed[:, part] = mean
        if changed[:, part].size:
            yield Shift(name, 0, changed.astype(np.float32), everyone)
