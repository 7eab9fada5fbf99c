"""Forecasts with exchanged meta-parameters, cached and with a progress bar."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from analysis.evidence.statistic import Statistic
from analysis.forecasts.own_series import on_own_forecasts
from analysis.material import Material
from analysis.what_if.cluster_matrix import ClusterMatrix, Harm
from analysis.what_if.sensors_and_hours import Effect, Reach, swap_sensors, swap_time
from app.session.chunks import in_chunks, joined
from app.session.keys import cached, shared


@shared(2, "Preparing its own forecasts ...")
def on_own_series(material: Material) -> Material:
    """Return the result of `analysis.forecasts.own_series.on_own_forecasts`."""
    return on_own_forecasts(material)


@cached(16)
def harm_of(matrix: ClusterMatrix) -> Harm:
    """Return the result of `ClusterMatrix.harm`, a bootstrap."""
    return matrix.harm()


@cached(16)
def advantage_of(matrix: ClusterMatrix) -> Statistic:
    """Return the result of `ClusterMatrix.advantage`, with permutations."""
    return matrix.advantage()


def swapped(
    material: Material,
    steps: NDArray[np.int64],
    receivers: tuple[int, ...],
    givers: tuple[int, ...],
    reach: Reach,
) -> Effect:
    """Return the result of `analysis.what_if.sensors_and_hours.swap_sensors`."""
    return _in_chunks(steps, lambda part: _swapped(material, part, receivers, givers, reach))


def moved(
    material: Material, steps: NDArray[np.int64], tod_index: int | None, dow: int | None
) -> Effect:
    """Return the result of `analysis.what_if.sensors_and_hours.swap_time`."""
    return _in_chunks(steps, lambda part: _moved(material, part, tod_index, dow))


def _in_chunks(steps: NDArray[np.int64], effect_on: Callable[[tuple[int, ...]], Effect]) -> Effect:
    found = in_chunks(steps, effect_on, what="Forecasting")
    return joined(found, ("steps", "days", "before", "after", "truth"))


@cached(64)
def _swapped(
    material: Material,
    steps: tuple[int, ...],
    receivers: tuple[int, ...],
    givers: tuple[int, ...],
    reach: Reach,
) -> Effect:
    return swap_sensors(material, steps, receivers, givers, reach=reach)


@cached(64)
def _moved(
    material: Material, steps: tuple[int, ...], tod_index: int | None, dow: int | None
) -> Effect:
    return swap_time(material, steps, tod_index=tod_index, dow=dow)
