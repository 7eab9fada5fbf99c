"""The usual exchanges, measured once and kept beside the model in ``measured.safetensors``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import numpy as np
from numpy.typing import NDArray

from analysis.checked import checked_count, checked_interval, checked_size, stored_part
from analysis.forecasts.windows import window_steps
from analysis.geometry.clustering import Labels
from analysis.material import Material
from analysis.what_if.cluster_matrix import (
    WINDOWS,
    ClusterMatrix,
    check_sums,
    checked_labels,
    cluster_matrix,
)
from analysis.what_if.sensors_and_hours import ErrorChange, Reach, least_alike, swap_sensors
from himnet.checkpoints import CheckpointArrays
from himnet.checkpoints.measured import Part, save_measured
from himnet.limits import MAX_DAYS, MAX_STEPS_PER_DAY

MATRIX, EXCHANGE = "cluster-matrix", "what-if"  # names of the parts
EXCHANGE_WINDOWS = 16
USUAL_REACH: Reach = "pool"
_TABLES = ("sums", "own_sums", "counts")
_MOST = MAX_DAYS * MAX_STEPS_PER_DAY  # windows and readings


@dataclass(frozen=True)
class MeasuredMatrix:
    """The errors of each cluster under the parameters of every cluster.

    Attributes:
        matrix: the errors.
        labels: (N,) the clusters.
        reach: what the exchange affects; see `analysis.what_if.sensors_and_hours.swap_sensors`.
    """

    matrix: ClusterMatrix
    labels: Labels
    reach: Reach = USUAL_REACH


@dataclass(frozen=True)
class MeasuredExchange:
    """The effect of giving one sensor the parameters of another.

    Attributes:
        sensor, giver: their positions.
        change: of the sensor's error.
        reach: see `MeasuredMatrix`.
    """

    sensor: int
    giver: int
    change: ErrorChange
    reach: Reach = USUAL_REACH


def usual_matrix(
    material: Material, *, show: bool = False, tell: Callable[[float], None] | None = None
) -> MeasuredMatrix:
    """Measure the matrix of the default clusters over `WINDOWS` windows of the test split.

    Arguments and errors as for `analysis.what_if.cluster_matrix.cluster_matrix`.
    """
    labels, steps = material.clusters(), window_steps(material, most=WINDOWS)
    return MeasuredMatrix(cluster_matrix(material, labels, steps, show=show, tell=tell), labels)


def usual_exchange(material: Material, *, show: bool = False) -> MeasuredExchange:
    """Measure the first sensor with the parameters of the sensor that is least like it.

    Arguments and errors as for `analysis.what_if.sensors_and_hours.swap_sensors`.
    """
    giver, steps = least_alike(material, 0), window_steps(material, most=EXCHANGE_WINDOWS)
    effect = swap_sensors(material, steps, [0], [giver], reach=USUAL_REACH, show=show)
    return MeasuredExchange(0, giver, effect.error_change())


def save_exchanges(
    material: Material, matrix: MeasuredMatrix, exchange: MeasuredExchange, *, command: str
) -> Path:
    """Write both beside the model; errors as `himnet.checkpoints.save_measured`.

    Args:
        material: the model with its data set.
        matrix, exchange: what was measured.
        command: that measures it.
    """
    arrays, found = material.arrays, matrix.matrix
    tables = {"steps": found.steps, "labels": np.asarray(matrix.labels, dtype=np.int64)}
    tables |= {name: getattr(found, name) for name in _TABLES}
    data = material.sums[2]
    said = {"reach": matrix.reach}
    save_measured(
        arrays.path, arrays.sha256, MATRIX, said, data=data, command=command, arrays=tables
    )
    change = vars(exchange.change) | {"difference": vars(exchange.change.difference)}
    told = vars(exchange) | {"change": change}
    return save_measured(arrays.path, arrays.sha256, EXCHANGE, told, data=data, command=command)


def stored_matrix(arrays: CheckpointArrays) -> tuple[MeasuredMatrix, Part] | None:
    """Return the matrix as it was measured before, and its origin; None if it was not.

    Raises:
        AnalysisError: for a part that does not hold such a matrix of this model's sensors.
    """
    sensors = arrays.model.num_nodes
    return stored_part(arrays, MATRIX, lambda part: _matrix(part, sensors), command="what-if")


def stored_exchange(arrays: CheckpointArrays) -> tuple[MeasuredExchange, Part] | None:
    """Return the exchange as it was measured before, and its origin; None if it was not.

    Raises:
        AnalysisError: for a part that does not hold such an exchange of this model's sensors.
    """
    sensors = arrays.model.num_nodes
    return stored_part(arrays, EXCHANGE, lambda part: _exchange(part, sensors), command="what-if")


def _matrix(part: Part, sensors: int) -> MeasuredMatrix:
    """Check a matrix, which may come from anyone, and return it.

    Raises:
        AnalysisError, KeyError, TypeError, ValueError: for anything but a valid matrix.
    """
    arrays = part.arrays
    if arrays.keys() != {"steps", "labels", *_TABLES} or part.value.keys() != {"reach"}:
        raise ValueError("other arrays")
    steps, labels = _whole(arrays["steps"]), _whole(arrays["labels"])
    labels = checked_labels(labels, sensors)
    tables = {name: arrays[name] for name in _TABLES}
    days, k = len(tables["counts"]), int(labels.max()) + 1
    if tables["counts"].shape != (days, k) or not 1 <= days <= len(steps):
        raise ValueError("other clusters, or days")
    check_sums(tables, tables["counts"])
    matrix = ClusterMatrix(steps, tables["sums"], tables["own_sums"], tables["counts"])
    return MeasuredMatrix(matrix, labels, _reach(part.value))


def _exchange(part: Part, sensors: int) -> MeasuredExchange:
    """Check an exchange, which may come from anyone, and return it; errors as for `_matrix`."""
    told = part.value
    sensor, giver = (checked_count(told[name], sensors - 1) for name in ("sensor", "giver"))
    change = told["change"]
    windows, readings = (checked_count(change[name], _MOST) for name in ("windows", "readings"))
    before, after, moved = (checked_size(change[name]) for name in ("before", "after", "moved"))
    found = ErrorChange(
        before, after, checked_interval(change["difference"]), moved, windows, readings
    )
    return MeasuredExchange(sensor, giver, found, _reach(told))


def _whole(array: NDArray[Any]) -> NDArray[np.int64]:
    if array.ndim != 1 or array.dtype != np.int64 or not (array >= 0).all():
        raise ValueError("no positions")
    return array


def _reach(told: Mapping[str, Any]) -> Reach:
    if told["reach"] not in get_args(Reach):
        raise ValueError("no reach")
    reach: Reach = told["reach"]
    return reach
