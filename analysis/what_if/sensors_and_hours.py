"""Forecasts in which sensors or moments take the meta-parameters of others.

Structure in meta-parameters need not matter to the model. The functions here measure whether it
does: sensor A takes sensor B's spatial query E_s (or a cluster's mean), or a moment takes another
moment's temporal query E_t, and the forecast and its error change. Readings, time of day and day
of the week remain the model's input; only the queries of the encoders' parameters are exchanged.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError
from analysis.evidence.intervals import DRAWS, Interval, by_day, mean_interval
from analysis.forecasts.windows import checked_steps, days_of, truth_after, window_errors
from analysis.geometry.similarity import cosine_matrix
from analysis.geometry.spaces import require, spatial_queries, temporal_queries
from analysis.material import Material
from himnet.config import DAYS_PER_WEEK

if TYPE_CHECKING:
    from himnet.forecasting.interventions import AlterablePass

Reach = Literal["pool", "row", "embedding"]
Changes = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class ErrorChange:
    """The change of forecasts of some sensors, on average over windows.

    Attributes:
        before, after: masked mean absolute error in the data's unit.
        difference: after - before, with a bootstrap interval over days.
        moved: mean absolute difference of the forecasts, including times of missing readings.
        windows: number of windows.
        readings: number of readings that the errors are means of; 0 if all are missing.
    """

    before: float
    after: float
    difference: Interval
    moved: float
    windows: int
    readings: int


@dataclass(frozen=True)
class Effect:
    """Forecasts with the model's own queries and with changed ones.

    Attributes:
        steps: (n,) last input step of each window.
        days: (n,) the day of each.
        changed: (r,) the sensors whose queries were changed; all of them for a change of time.
        before, after: (n, T', N) forecasts in the data's unit.
        truth: (n, T', N) readings, NaN if missing.
    """

    steps: NDArray[np.int64]
    days: NDArray[np.int64]
    changed: NDArray[np.int64]
    before: NDArray[np.float32] = field(repr=False)
    after: NDArray[np.float32] = field(repr=False)
    truth: NDArray[np.float32] = field(repr=False)

    def error_change(
        self, sensors: Sequence[int] | None = None, *, draws: int = DRAWS, seed: int = 0
    ) -> ErrorChange:
        """Return the change of the error.

        Args:
            sensors: to average over; None takes those that were changed.
            draws, seed: of the bootstrap of the interval.

        Raises:
            AnalysisError: for no sensors, or one that does not exist.
        """
        chosen = self.changed if sensors is None else checked_sensors(sensors, self.truth.shape[2])
        before, after = self.before[..., chosen], self.after[..., chosen]
        old, counts = window_errors(before, self.truth[..., chosen])
        new, _ = window_errors(after, self.truth[..., chosen])
        total = counts.sum()
        sums, of_days = by_day((new - old).sum(axis=1), self.days), by_day(counts, self.days)
        return ErrorChange(
            before=float(old.sum() / total) if total else float("nan"),
            after=float(new.sum() / total) if total else float("nan"),
            difference=mean_interval(sums, of_days.sum(axis=1), draws=draws, seed=seed),
            moved=float(np.abs(after.astype(np.float64) - before).mean()),
            windows=len(self.steps),
            readings=int(total),
        )


def swap_sensors(
    material: Material,
    steps: ArrayLike,
    receivers: Sequence[int],
    givers: Sequence[int],
    *,
    reach: Reach = "pool",
    show: bool = False,
) -> Effect:
    """Give some sensors the spatial meta-parameters of another, or the mean of others.

    Args:
        material: a checkpoint with its data set.
        steps: (n,) last input step of each window.
        receivers: positions of the sensors whose query is replaced.
        givers: position of the sensor whose query they take, or of several, whose mean they take.
        reach: what the replaced query is used for. ``"pool"``: the pools of the spatial encoder;
            the graph does not change. ``"row"``: also the receiver's row of the graph,
            softmax(relu(q E_s^T)): it aggregates the others as the giver does, and they aggregate
            it as before, so that no other sensor changes directly. ``"embedding"``: row and
            column, as if E_s itself had been replaced.
        show: whether to show a progress bar.

    Raises:
        AnalysisError: without data set, windows, sensors or spatial meta-parameters.
        DataError: for windows that extend beyond the data.
    """
    own = own_queries(material)
    receivers_ = checked_sensors(receivers, len(own))
    changed = with_query_of(own, receivers_, checked_sensors(givers, len(own)))
    return _effect(material, steps, receivers_, spatial_changes(changed, reach), show=show)


def swap_time(
    material: Material,
    steps: ArrayLike,
    *,
    tod_index: ArrayLike | None = None,
    dow: ArrayLike | None = None,
    show: bool = False,
) -> Effect:
    """Forecast with the temporal meta-parameters of other moments.

    Args:
        material: a checkpoint with its data set.
        steps: (n,) last input step of each window.
        tod_index: row of the time-of-day dictionary to use, one or (n,); None keeps each window's
            own.
        dow: day of the week to use, one or (n,), Monday = 0; None keeps each window's own.
        show: whether to show a progress bar.

    Raises:
        AnalysisError: without data set, windows or temporal meta-parameters, or for a moment that
            the dictionaries do not have.
        DataError: for windows that extend beyond the data.
    """
    model, dataset = material.model, material.required_dataset()
    require(model, "temporal")
    windows = checked_steps(steps, dataset)
    rows = _moments("time of day", tod_index, dataset.tod_index[windows], model.steps_per_day)
    days = _moments("day of the week", dow, dataset.dow[windows], DAYS_PER_WEEK)
    queries = temporal_queries(model, rows, days)
    everyone = np.arange(model.num_nodes)
    changes = {"temporal": queries.astype(np.float32)}
    return _effect(material, windows, everyone, changes, show=show)


def own_queries(material: Material) -> NDArray[np.float32]:
    """Return E_s (N, d_s).

    Raises:
        AnalysisError: if the model has no spatial meta-parameters that differ.
    """
    require(material.model, "spatial")
    return spatial_queries(material.model).astype(np.float32)


def least_alike(material: Material, sensor: int) -> int:
    """Return the sensor whose query has the lowest centred cosine to that of another.

    Args:
        material: an opened model.
        sensor: position of the other.

    Raises:
        AnalysisError: as `own_queries`.
    """
    own = own_queries(material).astype(np.float64)
    own -= own.mean(axis=0)
    cosines = cosine_matrix(own[[sensor]], others=own)[0]
    return int(np.argmin(np.where(np.isfinite(cosines), cosines, np.inf)))


def with_query_of(
    queries: NDArray[np.float32], receivers: NDArray[np.int64], givers: NDArray[np.int64]
) -> NDArray[np.float32]:
    """Return queries (N, d) in which all receivers have the mean of the givers' queries."""
    changed = queries.copy()
    changed[receivers] = queries[givers].astype(np.float64).mean(axis=0)
    return changed


def spatial_changes(queries: NDArray[np.float32], reach: Reach) -> Changes:
    """Return the arguments of `AlterablePass.forecast` of `himnet.forecasting` for changed queries.

    Args:
        queries: (N, d_s).
        reach: see `swap_sensors`.

    Raises:
        AnalysisError: for an unknown reach.
    """
    if reach not in get_args(Reach):
        raise AnalysisError(f"unknown reach '{reach}'; choose pool, row or embedding")
    parts = {"pool": 1, "row": 2, "embedding": 3}[reach]
    return dict.fromkeys(("spatial", "rows", "columns")[:parts], queries)


def passes(
    material: Material, steps: ArrayLike, *, show: str | None = None, batch_size: int = 64
) -> Iterator[tuple[slice, AlterablePass]]:
    """Yield each batch of windows, ready to forecast with several queries; imports torch.

    Args:
        material: a checkpoint with its data set.
        steps: (n,) last input step of each window.
        show: label of the progress bar over the batches; None for none.
        batch_size: windows in one pass.

    Raises:
        AnalysisError: without data set or windows, or for too many sensors.
        DataError: for windows that extend beyond the data.
    """
    from himnet.forecasting.interventions import AlterablePass

    forecaster, windows = material.forecaster, np.asarray(steps, dtype=np.int64)
    start = 0
    for chunk in forecaster.chunks(windows + 1, show=show, size=batch_size):
        yield slice(start, start + len(chunk)), AlterablePass(forecaster, chunk)
        start += len(chunk)


def _effect(
    material: Material,
    steps: ArrayLike,
    changed: NDArray[np.int64],
    changes: Changes,
    *,
    show: bool,
) -> Effect:
    dataset, model = material.required_dataset(), material.model
    windows = checked_steps(steps, dataset)
    before = np.empty((len(windows), model.out_steps, model.num_nodes), dtype=np.float32)
    after = np.empty_like(before)
    for part, one in passes(material, windows, show="what if" if show else None):
        before[part] = one.forecast()
        of_part = {
            name: queries[part] if name == "temporal" else queries
            for name, queries in changes.items()
        }
        after[part] = one.forecast(**of_part)
    truth = truth_after(dataset, windows, model.out_steps)
    return Effect(windows, days_of(dataset, windows), changed, before, after, truth)


def checked_sensors(sensors: Sequence[int], count: int) -> NDArray[np.int64]:
    """Return positions of sensors as an array without duplicates.

    Raises:
        AnalysisError: for none, or one that is not among `count` sensors.
    """
    positions = np.unique(np.asarray(sensors, dtype=np.int64))
    if not len(positions):
        raise AnalysisError("no sensor was chosen; choose at least one to give and one to receive")
    if not 0 <= positions[0] <= positions[-1] < count:
        wrong = positions[0] if positions[0] < 0 else positions[-1]
        raise AnalysisError(f"there is no sensor at position {wrong}; choose 0 to {count - 1}")
    return positions


def _moments(
    what: str, wanted: ArrayLike | None, own: NDArray[np.int64], count: int
) -> NDArray[np.int64]:
    """Return rows of a dictionary (n,), by default those of the windows."""
    if wanted is None:
        return own
    rows = np.asarray(wanted, dtype=np.int64)
    if rows.shape not in ((), own.shape) or not ((rows >= 0) & (rows < count)).all():
        raise AnalysisError(
            f"invalid {what} {rows.tolist()}; give a number from 0 to {count - 1}, or one for each "
            f"of the {len(own)} windows"
        )
    return np.broadcast_to(rows, own.shape)
