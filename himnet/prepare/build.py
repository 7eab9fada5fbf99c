"""From an opened source to a data set's folder, or to the facts about it only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.data.registry import DATASETS, DatasetSpec
from himnet.data.windows import SPLITS, Windows, checked_windows, split_windows
from himnet.errors import DataError
from himnet.limits import MAX_NUMBER, MAX_SENSORS, check_span
from himnet.prepare.facts import Facts, find_facts, missing_value_for
from himnet.prepare.grid import Grid, days_and_times, find_grid, regular_moments
from himnet.prepare.options import Options
from himnet.prepare.places import Placed, place_sensors
from himnet.prepare.published import moments_of_period, told_of_moments
from himnet.prepare.shares import with_share
from himnet.prepare.source import Source, Told
from himnet.prepare.spool import Spool
from himnet.progress import progress
from himnet.texts import clipped

SPEEDS, COUNTS = (0.7, 0.1, 0.2), (0.6, 0.2, 0.2)
_WORDS_OF_COUNTS = (
    "flow",
    "count",
    "volume",
    "vehicle",
    "pedestrian",
    "demand",
    "trips",
    "traffic",
)
_STEPS = 12  # of a window's two parts, by default


@dataclass(frozen=True)
class Prepared:
    """Readings on a regular series, and all that is known about them.

    Attributes:
        told: what the source tells.
        grid: steps and rows.
        spool: the rows of readings.
        placed: the sensors.
        facts: about the readings.
        labels: for ``dataset.json``: missing_value, quantity, unit, ...
        windows: of the three splits.
        split: fractions of the windows, or None if the source brings them.
        notes: sentences on what was done.
    """

    told: Told
    grid: Grid
    spool: Spool
    placed: Placed
    facts: Facts
    labels: Mapping[str, Any]
    windows: Mapping[str, Windows]
    split: tuple[float, float, float] | None
    notes: tuple[str, ...]

    def values(self, *, show: bool = False) -> Iterator[NDArray[np.float32]]:
        """Yield the readings (t, N) of all steps; a missing one is the missing value."""
        code = self.labels["missing_value"]
        stand_in = np.float32(np.nan if code is None else code)
        for values in _shown(self.grid, self.spool, "writing", show):
            np.copyto(values, stand_in, where=np.isnan(values))
            yield values


@dataclass(frozen=True)
class _Rows:
    """All rows of a source, on disk, and their times."""

    spool: Spool
    moments: NDArray[np.datetime64] | None
    tod: NDArray[np.floating] | None
    dow: NDArray[np.floating] | None


def prepared(source: Source, options: Options, stack: ExitStack, *, show: bool = True) -> Prepared:
    """Read a source and find out all about it.

    Args:
        source: opened.
        options: of the user.
        stack: closes the temporary files.
        show: whether to show progress.

    Raises:
        DataError: for readings that cannot be a data set.
    """
    told = source.told
    count = len(told.sensors)
    if not 2 <= count <= MAX_SENSORS:
        one = ", ".join(f" ('{clipped(name, 60)}')" for name in told.sensors.ids[:1])
        raise DataError(
            f"number of sensors with readings: {count:,}{one if count == 1 else ''}; a model needs "
            f"2 to {MAX_SENSORS:,}; if a column tells sensors apart, name it with --sensor-column"
        )
    rows = _collected(source, stack, show)
    told = source.told  # with what was noticed on the walk
    by_size = _published(told, rows.spool.length)
    known = by_size if options.channel is None else None
    published = None if known is None else known.missing_value
    codes = (options.missing, told.labels.get("missing_value"), published)
    rows.spool.code = next((code for code in codes if code is not None), None)
    grid = _grid(rows, told, options, by_size)
    placed = place_sensors(told, options.sensors, known)
    facts = find_facts(_shown(grid, rows.spool, "checking", show), count)
    if len(facts.dead) == count:
        raise DataError("all readings are missing; check the files, and --missing if you gave it")
    labels, notes = _labels(told, options, facts, known)
    windows, used = _windows(told, grid, options, notes), None
    if windows is None:
        used = _split(labels, options, known, notes)
        windows = split_windows(len(grid.order), used, **_lengths(options))
    all_notes = (*told.notes, *grid.notes, *placed.notes, *notes)
    return Prepared(told, grid, rows.spool, placed, facts, labels, windows, used, all_notes)


def _collected(source: Source, stack: ExitStack, show: bool) -> _Rows:
    """Copy the rows of a source to disk."""
    count = len(source.told.sensors)
    spool = stack.enter_context(closing(Spool(count)))
    kept: dict[str, list[Any]] = {"moments": [], "tod": [], "dow": []}
    share = getattr(source, "share", None)
    for block in with_share(source.blocks(), share, "reading", show=show):
        values = np.asarray(block.values, dtype=np.float32)
        if (np.abs(values) > MAX_NUMBER).any():
            raise DataError(f"a reading is over {MAX_NUMBER:g}; correct the file")
        spool.append(values)
        for name, parts in kept.items():
            if (part := getattr(block, name)) is not None:
                parts.append(part)
    if not spool.length:
        raise DataError("there are no rows of readings; check the file")
    columns = {name: np.concatenate(parts) if parts else None for name, parts in kept.items()}
    return _Rows(spool, **columns)


def _shown(grid: Grid, spool: Spool, what: str, show: bool) -> Iterator[NDArray[np.float32]]:
    """Yield the readings of all steps, with progress."""
    total = len(grid.order)
    bar = progress(description=what, total=total, unit="step", enabled=show, unit_scale=True)
    with closing(bar):
        for values in grid.blocks(spool):
            yield values
            bar.update(len(values))


def _published(told: Told, rows: int) -> DatasetSpec | None:
    """Return the published data set that a source is: the same sensors, or the same size."""
    for spec in DATASETS.values():
        if spec.num_nodes != len(told.sensors) or not spec.num_nodes:
            continue
        ids = spec.sensors.ids
        if ids == told.sensors.ids or (told.numbered and rows == spec.num_steps):
            return spec
    return None


def _grid(rows: _Rows, told: Told, options: Options, known: DatasetSpec | None) -> Grid:
    whole = known is not None and rows.spool.length == known.num_steps
    published = moments_of_period(known) if known is not None and whole and known.period else None
    start = options.start or _moment(told.labels.get("start"))
    step = options.step_minutes or told.labels.get("step_minutes")
    if rows.moments is not None:
        if options.start is not None and np.datetime64(options.start, "s") != rows.moments.min():
            raise DataError(
                f"the first of the times is {rows.moments.min()}, but --start is "
                f"{options.start.isoformat()}; omit --start"
            )
        return find_grid(
            rows.moments, rows.spool, step_minutes=options.step_minutes, published=published
        )
    if rows.tod is not None and rows.dow is not None:
        if start is None and known is not None and whole:
            start = known.start_time
        moments, step = days_and_times(rows.tod, rows.dow, start, step)
        dated = start is not None
        return find_grid(moments, rows.spool, step_minutes=step, dated=dated, published=published)
    if start is None and known is not None and published is not None:
        grid = find_grid(published, rows.spool, step_minutes=step, published=published)
        return replace(grid, notes=(told_of_moments(known), *grid.notes))
    if start is None or step is None:
        raise DataError(
            "the readings have no times; give the moment of the first with --start, such as "
            "--start 2012-03-01T00:00, and the minutes between them with --step, such as --step 5"
        )
    moments = regular_moments(start, step, rows.spool.length)
    return find_grid(moments, rows.spool, step_minutes=step)


def _moment(text: Any) -> dt.datetime | None:
    return None if text is None else dt.datetime.fromisoformat(str(text))


def _labels(
    told: Told, options: Options, facts: Facts, known: DatasetSpec | None
) -> tuple[dict[str, Any], list[str]]:
    """Return the labels of the data set, and notes on those that were assumed."""
    labels, notes = dict(told.labels), []
    given = {
        name: value
        for name in ("name", "unit", "quantity", "source", "licence")
        if (value := getattr(options, name)) is not None
    }
    if known is not None:
        published = {
            "quantity": known.quantity, "unit": known.unit, "missing_value": known.missing_value,
        }  # fmt: skip
        assumed = {name: value for name, value in published.items() if name not in labels | given}
        labels |= assumed
        if assumed:
            told_by = ", ".join(f"{name.replace('_', ' ')} {v}" for name, v in assumed.items())
            notes.append(f"the readings are of the size or sensors of {known.name}: {told_by}")
    labels |= given
    if options.missing is not None:
        labels["missing_value"] = options.missing
    elif "missing_value" not in labels:
        labels["missing_value"] = missing_value_for(facts)
    if "quantity" not in labels:
        labels["quantity"] = "count" if facts.whole else "reading"
        if facts.whole:
            notes.append(
                "all readings are whole numbers, so they are called counts; --quantity tells better"
            )
    return labels, notes


def _split(
    labels: Mapping[str, Any],
    options: Options,
    known: DatasetSpec | None,
    notes: list[str],
) -> tuple[float, float, float]:
    """Return the fractions of the windows: the given ones, or those usual for the quantity."""
    if options.split is not None:
        return options.split
    if known is not None and options.quantity is None:
        return known.split
    quantity = str(labels["quantity"]).lower()
    counts = any(word in quantity for word in _WORDS_OF_COUNTS) and "speed" not in quantity
    split = COUNTS if counts else SPEEDS
    shares = " / ".join(f"{share:.0%}" for share in split)
    kind = "flows and counts" if counts else "speeds"
    notes.append(f"windows were split {shares} as is usual for {kind}; --split changes it")
    return split


def _windows(
    told: Told, grid: Grid, options: Options, notes: list[str]
) -> Mapping[str, Windows] | None:
    """Return the windows of the source, None if it has none or they do not fit any more."""
    try:
        start = None if not grid.dated else grid.start.astype(dt.datetime).isoformat()
        check_span(start, len(grid.order), grid.step / 60)
    except ValueError as error:
        raise DataError(f"{error}; check the dates") from error
    chosen = (options.split, options.in_steps, options.out_steps) != (None, None, None)
    if told.windows is None or chosen:
        return None
    if not grid.unchanged:
        notes.append("rows were added or merged, so the windows of the source were split anew")
        return None
    notes.append("the windows of the three splits are those of the source")
    return checked_windows(told.windows, len(grid.order))


def _lengths(options: Options) -> dict[str, int]:
    """Return the two lengths of a window."""
    given = {"in_steps": options.in_steps, "out_steps": options.out_steps}
    return {name: _STEPS if steps is None else steps for name, steps in given.items()}


def index_arrays(windows: Mapping[str, Windows]) -> dict[str, NDArray[np.int64]]:
    """Return the arrays of ``index.npz``."""
    return {name: windows[name].index for name in SPLITS}
