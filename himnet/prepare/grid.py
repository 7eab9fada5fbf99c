"""Rows with their moments onto a regular series: what is absent, twice, late, or off the grid.

A window of twelve steps is an hour only if no step is absent, so absent rows become steps without
readings.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.data.calendar import SECONDS_PER_DAY, calendar_of_columns
from himnet.errors import DataError
from himnet.prepare.spool import BLOCK_READINGS, Spool, check_size

_JITTER = 0.1  # of a step, by which a moment may be off the grid
_USUAL = 0.5  # of the intervals, that the most common one has
_LEAST_ROWS = 0.2  # of the steps from the first to the last row
_CONTRADICTING = 0.1  # of the rows
_MOSTLY = 0.9
_LAST_OF_INTERVAL = (-1, -60)  # seconds before the end, as in 08:14:59 or 08:14 for 08:00 to 08:15
_HOUR = 3_600
_DAYS_BETWEEN = 300  # clocks are set back once a year
_COMMON = (
    1, 2, 5, 10, 15, 20, 30, 60, 120, 180, 240, 300, 360, 480, 600, 720, 900, 1_200, 1_800, 3_600,
    7_200, 10_800, 14_400, 21_600, 28_800, 43_200, 86_400,
)  # fmt: skip


@dataclass(frozen=True)
class Grid:
    """A regular series of T steps, and the row of readings of each.

    Attributes:
        start: moment of the first step, datetime64[s].
        step: seconds.
        order: (T,) number of each step's row, -1 where it is absent.
        more: (k, 2) step and row of further rows of a step, in the file's order.
        dated: whether `start` is a date; otherwise only its weekday and time of day count.
        counts: of rows that are "absent", "repeated", "contradicting", "late" (out of order).
        notes: sentences on what was changed.
        steps: (T,) numbers of the steps, if some between them are left out.
    """

    start: np.datetime64
    step: int
    order: NDArray[np.int64]
    more: NDArray[np.int64]
    dated: bool = True
    counts: dict[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    steps: NDArray[np.int64] | None = None

    @property
    def steps_per_day(self) -> int:
        """Steps per day."""
        return SECONDS_PER_DAY // self.step

    @property
    def moments(self) -> NDArray[np.datetime64]:
        """The moment of each step, (T,) datetime64[s]."""
        steps = np.arange(len(self.order)) if self.steps is None else self.steps
        return np.asarray(self.start + steps * np.timedelta64(self.step, "s"))

    def without_absent(self, kept: NDArray[np.datetime64]) -> Grid:
        """Return the series with some steps left out, if these are the rows that are absent.

        Args:
            kept: (rows,) moments of the steps to keep, in order.
        """
        stays = np.isin(self.moments, kept)
        if len(self.more) or (self.order[~stays] >= 0).any() or stays.sum() != len(kept):
            return self
        return replace(self, order=self.order[stays], steps=np.flatnonzero(stays))

    @property
    def unchanged(self) -> bool:
        """Whether the steps are exactly the rows of the source."""
        return not len(self.more) and bool((np.diff(self.order) == 1).all())

    def blocks(self, spool: Spool) -> Iterator[NDArray[np.float32]]:
        """Yield the readings of all steps in order, (t, N) each; NaN where there is none."""
        size = max(1, BLOCK_READINGS // spool.width)
        for first in range(0, len(self.order), size):
            values = spool.rows(self.order[first : first + size])
            low, high = np.searchsorted(self.more[:, 0], [first, first + size])
            for step, row in self.more[low:high]:
                kept = values[step - first]
                later = spool.rows(np.array([row]))[0]
                np.copyto(kept, later, where=np.isnan(kept))
            yield values


def days_and_times(
    tod: NDArray[Any], dow: NDArray[Any], start: dt.datetime | None, step_minutes: float | None
) -> tuple[NDArray[np.datetime64], float]:
    """Return moments (T,) for the columns "time of day" and "day of week", and the step in minutes.

    Without a start, they are in a week of which only weekdays and times of day mean anything: day
    number 0 is a Monday there.
    """
    per_day = None if step_minutes is None else round(24 * 60 / step_minutes)
    calendar = calendar_of_columns(tod, dow, steps_per_day=per_day, start=start)
    if start is None:
        monday = dt.datetime(2001, 1, 1) + dt.timedelta(days=int(calendar.dow[0]))
        seconds = int(calendar.tod_index[0]) * SECONDS_PER_DAY // calendar.steps_per_day
        begin = monday + dt.timedelta(seconds=seconds)
        calendar = calendar_of_columns(
            tod, dow, steps_per_day=calendar.steps_per_day, start=begin, first_weekday=0
        )
    assert calendar.timestamps is not None
    return calendar.timestamps, 24 * 60 / calendar.steps_per_day


def regular_moments(start: dt.datetime, step_minutes: float, rows: int) -> NDArray[np.datetime64]:
    """Return the moments (T,) of rows without times."""
    step = np.timedelta64(_seconds(step_minutes), "s")
    return np.asarray(np.datetime64(start, "s") + np.arange(rows) * step)


def find_grid(
    moments: NDArray[np.datetime64],
    spool: Spool,
    *,
    step_minutes: float | None = None,
    dated: bool = True,
    published: NDArray[np.datetime64] | None = None,
) -> Grid:
    """Return the regular series that rows belong to.

    Args:
        moments: (rows,) datetime64[s] in local time, in the file's order.
        spool: the rows of readings.
        step_minutes: the step, if the user tells it; None takes the most common interval.
        dated: whether the moments are dates.
        published: (rows,) moments of the published data set that the rows are. Steps that it lacks,
            such as the hour that clocks skip, stay absent, so that results compare.

    Raises:
        DataError: for rows that have no common step, or that contradict each other often.
    """
    seconds = moments.astype(np.int64)
    notes: list[str] = []
    step = _step(seconds, step_minutes)
    index = _on_grid(seconds, step, notes)
    first = int(index.min())
    steps = int(index.max()) - first + 1
    _check_span(index, steps, step)
    check_size(steps, spool.width)
    newest_first = bool((np.diff(seconds) < 0).mean() > _MOSTLY)
    order, more = _rows_of_steps(index - first, steps, turned=newest_first)
    start = np.datetime64(first * step, "s")
    turned = slice(None, None, -1 if newest_first else 1)
    again = _repeated_hours(seconds[turned], step)[turned]
    grid = Grid(start, step, order, more, dated=dated)
    if published is not None:
        grid = grid.without_absent(published)
    counts = {
        "absent": int((grid.order < 0).sum()),
        "late": int(((seconds < np.maximum.accumulate(seconds)) & ~again).sum()),
        **_compare(grid, spool, again, notes),
    }
    _tell(counts, grid, again, seconds, notes)
    return replace(grid, counts=counts, notes=tuple(notes))


def _seconds(minutes: float) -> int:
    """Return a step in seconds."""
    seconds = round(minutes * 60)
    if seconds < 1 or abs(seconds - minutes * 60) > 1e-6 or SECONDS_PER_DAY % seconds:
        raise DataError(
            f"a step of {minutes:g} minutes does not divide a day; give one that does with --step, "
            f"such as 5 or 60"
        )
    return seconds


def _step(seconds: NDArray[np.int64], wanted: float | None) -> int:
    """Return the step in seconds: the given one, or the most common interval."""
    if wanted is not None:
        return _seconds(wanted)
    gaps = np.diff(np.unique(seconds))
    if not len(gaps):
        raise DataError("there are readings of one moment only; at least two are needed")
    lengths, counts = np.unique(gaps, return_counts=True)
    step = int(lengths[counts.argmax()])
    share = counts.max() / len(gaps)
    if share < _USUAL or SECONDS_PER_DAY % step:
        near = np.array(_COMMON)[np.abs(np.log(gaps[:, None] / np.array(_COMMON))).argmin(axis=1)]
        close = near[np.abs(gaps / near - 1) < (_JITTER if share < _USUAL else _JITTER / 5)]
        lengths, counts = np.unique(close, return_counts=True)
        if len(close) < _USUAL * len(gaps):
            raise DataError(
                f"the most common interval between rows is {step:,} seconds ({share:.0%} of them), "
                f"which is no step of a regular series; a step must divide a day: give it in "
                f"minutes with --step"
            )
        step = int(lengths[counts.argmax()])
    return step


def _on_grid(seconds: NDArray[np.int64], step: int, notes: list[str]) -> NDArray[np.int64]:
    """Return the number of steps since 1970 of each moment."""
    phases, counts = np.unique(seconds % step, return_counts=True)
    for phase in (0, int(phases[counts.argmax()])):
        off = (seconds - phase + step // 2) % step - step // 2
        if np.abs(off).max() <= _JITTER * step:
            break
    else:
        worst = int(np.abs(off).argmax())
        raise DataError(
            f"{np.datetime64(int(seconds[worst]), 's')} is {abs(int(off[worst])):,} seconds off "
            f"the grid of {step:,}-second steps that most rows follow, which is too far to be "
            f"moved; correct it, or give the step in minutes with --step"
        )
    if (
        step > 10 * _HOUR // 60
        and len(ends := np.unique(off)) == 1
        and ends[0] in _LAST_OF_INTERVAL
    ):
        notes.append("moments are the last of their intervals; they were set back to the first")
        return np.asarray(seconds // step)
    if np.any(off):
        notes.append(
            f"moments off the grid by up to {int(np.abs(off).max()):,} seconds, moved to the "
            f"nearest step: {int((off != 0).sum()):,}"
        )
    if phase:
        notes.append(
            f"moments were {phase:,} seconds after whole steps; they were set back to these"
        )
    return np.asarray((seconds - phase + step // 2) // step)


def _check_span(index: NDArray[np.int64], steps: int, step: int) -> None:
    """Refuse rows that cover only a small part of the time between the first and the last."""
    unique = np.unique(index)
    if len(unique) < 2:
        raise DataError("there are readings of one step only; at least two are needed")
    if len(unique) >= _LEAST_ROWS * steps:
        return
    widest = int(np.diff(unique).argmax())
    before, after = (np.datetime64(int(unique[at]) * step, "s") for at in (widest, widest + 1))
    raise DataError(
        f"the rows cover only {len(unique) / steps:.1%} of the {steps:,} steps of {step / 60:g} "
        f"minutes from the first to the last (nothing from {before} to {after}); correct a wrong "
        f"date, leave out what is far away, or give the step in minutes with --step"
    )


def _rows_of_steps(
    index: NDArray[np.int64], steps: int, *, turned: bool = False
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return each step's first row, and further rows of a step; its last row, if turned."""
    by_step = np.argsort(index, kind="stable")
    if turned:
        by_step = len(index) - 1 - np.argsort(index[::-1], kind="stable")
    unique, once = np.unique(index[by_step], return_index=True)
    order = np.full(steps, -1, dtype=np.int64)
    order[unique] = by_step[once]
    later = np.ones(len(index), dtype=bool)
    later[once] = False
    return order, np.stack([index[by_step[later]], by_step[later]], axis=1)


def _repeated_hours(seconds: NDArray[np.int64], step: int) -> NDArray[np.bool_]:
    """Return a mask (rows,) of the second pass through an hour when clocks are set back."""
    again = np.zeros(len(seconds), dtype=bool)
    if step > _HOUR or _HOUR % step:
        return again
    rows, changes = _HOUR // step, 0
    for where in np.flatnonzero(np.diff(seconds) == step - _HOUR) + 1:
        hour = int(seconds[where]) % SECONDS_PER_DAY // _HOUR
        at = slice(where, where + rows)
        before = seconds[max(where - rows, 0) : where]
        if hour <= 3 and len(before) == rows and np.array_equal(seconds[at], before):
            again[at] = True
            changes += 1
    days = int(seconds.max() - seconds.min()) // SECONDS_PER_DAY
    return again if changes <= 1 + days // _DAYS_BETWEEN else np.zeros_like(again)


def _compare(
    grid: Grid, spool: Spool, again: NDArray[np.bool_], notes: list[str]
) -> dict[str, int]:
    """Count further rows of a step that repeat or contradict its first row."""
    repeated = contradicting = 0
    where: np.datetime64 | None = None
    for step, row in grid.more:
        if again[row]:
            continue
        first, later = spool.rows(np.array([grid.order[step]])), spool.rows(np.array([row]))
        both = ~np.isnan(first) & ~np.isnan(later)
        if (first[both] == later[both]).all():
            repeated += 1
            continue
        contradicting += 1
        where = where or np.datetime64(grid.start + int(step) * np.timedelta64(grid.step, "s"))
    rows = spool.length
    if contradicting > max(1, _CONTRADICTING * rows):
        raise DataError(
            f"{contradicting:,} of {rows:,} rows have the time of another row but other readings "
            f"(the first at {where}); if a further column tells sensors apart, name it with "
            f"--sensor-column, otherwise remove the rows that are wrong"
        )
    if contradicting:
        notes.append(
            f"rows with the time of an earlier row but other readings, left out: {contradicting:,} "
            f"(the first at {where})"
        )
    return {"repeated": repeated, "contradicting": contradicting}


def _tell(
    counts: dict[str, int],
    grid: Grid,
    again: NDArray[np.bool_],
    seconds: NDArray[np.int64],
    notes: list[str],
) -> None:
    """Add sentences on what was changed."""
    if counts["repeated"]:
        notes.append(f"rows with the time of another row, merged with it: {counts['repeated']:,}")
    if counts["late"]:
        notes.append(f"rows out of order, sorted: {counts['late']:,}")
    if again.any():
        first = np.datetime64(int(seconds[again].min()), "s")
        notes.append(
            f"the hour from {first} occurs twice, as when clocks are set back; the first was kept"
        )
    hours = [begin for begin, length in _absent_runs(grid) if _is_clock_change(begin, length, grid)]
    notes += [
        f"the hour from {begin} is absent, as when clocks are set forward; it is missing"
        for begin in hours[:4]
    ]
    if counts["absent"]:
        notes.append(
            f"absent rows, filled in as missing so that windows are as long as they say: "
            f"{counts['absent']:,} ({counts['absent'] / len(grid.order):.2%} of the steps)"
        )


def _absent_runs(grid: Grid) -> list[tuple[np.datetime64, int]]:
    """Return start and length in steps of each run of absent rows."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], grid.order < 0, [False]])))
    moments = grid.moments
    return [(moments[begin], int(end - begin)) for begin, end in edges.reshape(-1, 2)]


def _is_clock_change(begin: np.datetime64, length: int, grid: Grid) -> bool:
    moment = begin.astype(dt.datetime)
    return grid.dated and length * grid.step == _HOUR and moment.hour <= 3 and moment.minute == 0
