"""Forecasts with all embeddings exchanged at once: sums of errors, kept on disk batch by batch.

A hundred exchanges of hundreds of windows take half an hour on a CPU, so the sums of the windows
that are done are kept in a file of the cache, by all that they depend on, and a measurement that
was stopped goes on from there. Windows are measured in random order, so that a part of them
represents all.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.cache import cache_file, keep_cached, read_cached
from analysis.claims.ground import Ground
from analysis.errors import AnalysisError
from analysis.forecasts.windows import days_of, truth_after, window_errors, window_steps
from analysis.geometry.clustering import Labels
from analysis.identity.moments import Shift, moment_exchanges
from analysis.identity.partners import Exchange, Series, sensor_exchanges, series_of
from analysis.limits import check_forward
from analysis.material import Material
from analysis.what_if.sensors_and_hours import passes
from himnet.limits import is_count
from himnet.progress import progress

if TYPE_CHECKING:
    from himnet.forecasting.interventions import AlterablePass

FORMAT = "himnet-identity/1"
WINDOWS = 500
BATCH = 16  # windows in one pass; on two CPU cores faster than 64
Floats = NDArray[np.float64]
Reach = Literal["pool", "graph", "both"]
REACHES: tuple[Reach, ...] = get_args(Reach)
_USES: dict[Reach, tuple[str, ...]] = {
    "pool": ("spatial",),
    "graph": ("rows", "columns"),
    "both": ("spatial", "rows", "columns"),
}
_LARGEST = 1e9  # mean error that is accepted from a file


@dataclass(frozen=True)
class Plan:
    """What is measured: windows, and the exchanges of each.

    Attributes:
        material: the model with its data set.
        ground: its roads and places.
        series: how alike sensors' readings are; None for a model without spatial meta-parameters.
        labels: (N,) cluster of each sensor; None likewise.
        steps: (n,) last input step of each window, in random order.
        sensors: exchanges of spatial embeddings.
        moments: exchanges of temporal embeddings.
    """

    material: Material
    ground: Ground
    series: Series | None
    labels: Labels | None
    steps: NDArray[np.int64]
    sensors: tuple[Exchange, ...]
    moments: tuple[Shift, ...]

    @property
    def passes(self) -> int:
        """Number of passes for each window, with that of its own embeddings."""
        return 1 + len(REACHES) * len(self.sensors) + len(self.moments)

    @cached_property
    def days(self) -> NDArray[np.int64]:
        """Number (n,) of each window's day among those that are measured."""
        days = days_of(self.material.required_dataset(), self.steps)
        found: NDArray[np.int64] = np.unique(days, return_inverse=True)[1]
        return found

    @property
    def settings(self) -> dict[str, Any]:
        """All that the sums depend on, as JSON types."""
        info, told = self.material.required_dataset().info, hashlib.sha256()
        exchanges: list[Exchange | Shift] = [*self.sensors, *self.moments]
        for one in exchanges:
            told.update(f"{one.name} {one.draw} ".encode())
            told.update(one.queries.tobytes())
            told.update(one.counted.tobytes())
        return {
            "checkpoint": self.material.arrays.sha256,
            "dataset": info.sha256,
            "missing_value": info.missing_value,
            "steps": self.steps.tolist(),
            "exchanges": told.hexdigest(),
        }


@dataclass(frozen=True)
class Sums:
    """Sums of absolute errors over the windows that are done, by day.

    Attributes:
        done: number of windows, the first of the plan.
        own: (D, N) with the sensors' own embeddings.
        counts: (D, N) number of readings.
        sensors: (r, m, D, N) for each reach and exchange of spatial embeddings.
        moments: (s, D) for each exchange of temporal embeddings, over its windows.
        moments_own: (s, D) of the same windows with their own embeddings.
        moments_counts: (s, D) number of readings of these.
    """

    done: int
    own: Floats = field(repr=False)
    counts: Floats = field(repr=False)
    sensors: Floats = field(repr=False)
    moments: Floats = field(repr=False)
    moments_own: Floats = field(repr=False)
    moments_counts: Floats = field(repr=False)


_TABLES = ("own", "counts", "sensors", "moments", "moments_own", "moments_counts")


def plan_of(material: Material, *, windows: int = WINDOWS, seed: int = 0) -> Plan:
    """Choose windows of the test split, and draw all exchanges.

    Args:
        material: the model with its data set.
        windows: their number; all, if there are fewer.
        seed: of all draws.

    Raises:
        AnalysisError: without data set or windows, for too many sensors, or for a model without
            embeddings to exchange.
    """
    check_forward(material.info.num_nodes)
    if windows < 1:
        raise AnalysisError(f"{windows} windows cannot be measured; choose 1 or more")
    material.required_dataset()
    why = [material.model.why_not(space) for space in ("spatial", "temporal")]
    if all(why):
        raise AnalysisError(f"there is nothing to exchange: {why[0]}; {why[1]}")
    steps = window_steps(material, most=windows, seed=seed)
    steps = np.random.default_rng(seed).permutation(steps)
    ground, series, labels = Ground(material), None, None
    exchanges: list[Exchange] = []
    if not why[0]:
        series, labels = series_of(ground), material.clusters()
        exchanges = sensor_exchanges(material, ground, series, labels, seed=seed)
    shifts = [] if why[1] else moment_exchanges(material, steps, seed=seed)
    return Plan(material, ground, series, labels, steps, tuple(exchanges), tuple(shifts))


def measure(plan: Plan, *, cache_dir: Path | None = None, show: bool = False) -> Sums:
    """Measure all windows of a plan, or those that are not yet done.

    Args:
        plan: what to measure.
        cache_dir: folder of the sums so far; None for none. A file there that is damaged, or was
            made with other settings, is ignored.
        show: whether to show a progress bar.

    Raises:
        DataError: for windows that extend beyond the data.
    """
    path, settings, sums = sums_file(plan, cache_dir), plan.settings, so_far(plan, cache_dir)
    rest = plan.steps[sums.done :]
    total = len(rest) * plan.passes
    with progress(description="identity", total=total, unit="pass", enabled=show) as bar:
        for part, batch in passes(plan.material, rest, batch_size=BATCH):
            first = sums.done
            windows = slice(first, first + part.stop - part.start)
            sums = _with_batch(plan, sums, windows, batch, bar.update)
            path = keep_cached(path, FORMAT, {**settings, "done": sums.done}, _tables(sums))
    return sums


def so_far(plan: Plan, cache_dir: Path | None) -> Sums:
    """Return the sums of the windows that are done already; zeros if none is."""
    empty = _empty(plan)
    size = sum(table.nbytes for table in _tables(empty).values())
    kept = read_cached(sums_file(plan, cache_dir), FORMAT, max_bytes=size)
    try:
        return empty if kept is None else _checked(plan, *kept, empty)
    except ValueError:
        return empty


def sums_file(plan: Plan, cache_dir: Path | None) -> Path | None:
    """Return the file of a plan's sums in a folder; None without a folder."""
    return cache_file(cache_dir, "identity", plan.settings)


def _tables(sums: Sums) -> dict[str, Floats]:
    return {name: getattr(sums, name) for name in _TABLES}


def _empty(plan: Plan) -> Sums:
    days, sensors = int(plan.days.max()) + 1, plan.material.info.num_nodes
    return Sums(
        0,
        np.zeros((days, sensors)),
        np.zeros((days, sensors)),
        np.zeros((len(REACHES), len(plan.sensors), days, sensors)),
        *(np.zeros((len(plan.moments), days)) for _ in range(3)),
    )


def _with_batch(
    plan: Plan, sums: Sums, windows: slice, batch: AlterablePass, tell: Callable[[int], Any]
) -> Sums:
    """Return the sums with a batch of windows added to them."""
    steps, days, count = plan.steps[windows], plan.days[windows], windows.stop - windows.start
    truth = truth_after(plan.material.required_dataset(), steps, plan.material.model.out_steps)
    own, there = window_errors(batch.forecast(), truth)
    tell(count)
    made = Sums(windows.stop, *(getattr(sums, name).copy() for name in _TABLES))
    np.add.at(made.own, days, own)
    np.add.at(made.counts, days, there)
    for place, changes in _changes(plan.sensors):
        errors, _ = window_errors(batch.forecast(**changes), truth)
        np.add.at(made.sensors[place], days, errors)
        tell(count)
    for number, shift in enumerate(plan.moments):
        errors, _ = window_errors(batch.forecast(temporal=shift.queries[windows]), truth)
        counted = shift.counted[windows]
        for table, values in zip(
            (made.moments, made.moments_own, made.moments_counts),
            (errors, own, there),
            strict=True,
        ):
            np.add.at(table[number], days, values.sum(axis=1) * counted)
        tell(count)
    return made


def _changes(
    exchanges: tuple[Exchange, ...],
) -> Iterator[tuple[tuple[int, int], dict[str, NDArray[np.float32]]]]:
    """Yield reach and exchange as numbers, and the arguments of the forecast."""
    for number, reach in enumerate(REACHES):
        for place, exchange in enumerate(exchanges):
            yield (number, place), dict.fromkeys(_USES[reach], exchange.queries)


def _checked(
    plan: Plan, said: dict[str, Any], arrays: dict[str, NDArray[Any]], empty: Sums
) -> Sums:
    """Return the sums of a file, which may come from anyone.

    Raises:
        ValueError: for other settings, names, shapes or types, or impossible numbers.
    """
    done = said.pop("done", None)
    if said != plan.settings or not is_count(done, len(plan.steps)) or arrays.keys() != {*_TABLES}:
        raise ValueError("other settings")
    for name in _TABLES:
        array, expected = arrays[name], getattr(empty, name)
        if (array.shape, array.dtype) != (expected.shape, expected.dtype):
            raise ValueError("other arrays")
    sums = Sums(done, **arrays)
    steps, days = plan.steps[:done], plan.days[:done]
    dataset, ahead = plan.material.required_dataset(), plan.material.model.out_steps
    there = (~np.isnan(truth_after(dataset, steps, ahead))).sum(axis=1).astype(np.float64)
    counts, of_moments = np.zeros_like(empty.counts), np.zeros_like(empty.moments_counts)
    np.add.at(counts, days, there)
    for number, shift in enumerate(plan.moments):
        np.add.at(of_moments[number], days, there.sum(axis=1) * shift.counted[:done])
    sound = np.array_equal(sums.counts, counts) and np.array_equal(sums.moments_counts, of_moments)
    # NaN fails the comparison; without readings there is no error
    sound &= all(
        bool(((errors >= 0) & (errors <= _LARGEST * readings)).all())
        for errors, readings in (
            (sums.own, counts),
            (sums.sensors, counts),
            (sums.moments, of_moments),
            (sums.moments_own, of_moments),
        )
    )
    if not sound:
        raise ValueError("impossible sums")
    return sums
