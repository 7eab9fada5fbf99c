"""Attributions of many forecasts, kept on disk while they are measured.

Hundreds of attributions take minutes on a CPU. Those that are done are kept in a file of the cache,
by all that they depend on, so that a measurement that was stopped goes on from there.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from analysis.attribution.baselines import USUAL, BaseLine, BaseLines
from analysis.attribution.sample import Triples
from analysis.cache import cache_file, keep_cached, read_cached
from analysis.limits import check_forward
from analysis.material import Material
from himnet.limits import MAX_NUMBER
from himnet.progress import progress

if TYPE_CHECKING:
    from himnet.forecasting.inference import Forecaster

FORMAT = "himnet-attributions/1"
OCCLUDED = 20  # forecasts whose sensors are also occluded, each of which takes a pass a sensor
_SECONDS_BETWEEN = 10.0  # writes of what is done


@dataclass(frozen=True)
class Plan:
    """What is measured.

    Attributes:
        material: the model with its data set.
        triples: the forecasts.
        baseline: of all attributions.
        occluded: number of forecasts, the first, whose sensors are also occluded.
    """

    material: Material
    triples: Triples
    baseline: BaseLine = USUAL
    occluded: int = OCCLUDED

    @property
    def settings(self) -> dict[str, Any]:
        """All that the attributions depend on, as JSON types."""
        info, triples = self.material.required_dataset().info, self.triples
        return {
            "checkpoint": self.material.arrays.sha256,
            "dataset": info.sha256,
            "missing_value": info.missing_value,
            "baseline": self.baseline,
            "triples": [triples.sensors.tolist(), triples.middles.tolist()],
            "horizons": triples.horizons.tolist(),
        }

    @property
    def passes(self) -> int:
        """Number of forecasts to attribute, and to occlude."""
        return len(self.triples) + min(self.occluded, len(self.triples))


@dataclass(frozen=True)
class Found:
    """Attributions of the first forecasts of a plan.

    Attributes:
        values: (n, T, N) contribution of each reading, in the data's unit.
        falls: (m, N) fall of the forecast without each sensor's readings, of the first m.
        ends: (n, 2) the forecast, and that from the base line.
        gaps: (n,) sum of the contributions minus the difference of the ends.
        steps: (n,) of the path.
        complete: (n,) 1 where the gap is within the tolerance, else 0.
    """

    values: NDArray[np.float32] = field(repr=False)
    falls: NDArray[np.float32] = field(repr=False)
    ends: NDArray[np.float64] = field(repr=False)
    gaps: NDArray[np.float64] = field(repr=False)
    steps: NDArray[np.int64] = field(repr=False)
    complete: NDArray[np.int64] = field(repr=False)

    def __len__(self) -> int:
        return len(self.values)


def measure(plan: Plan, *, cache_dir: Path | None = None, show: bool = False) -> Found:
    """Attribute all forecasts of a plan, or those that are not yet done; imports torch and captum.

    Args:
        plan: what to measure.
        cache_dir: folder of what is done; None for none. A file there that is damaged, or was made
            with other settings, is ignored.
        show: whether to show a progress bar.

    Raises:
        AnalysisError: for too many sensors.
        ConfigError: if captum is not installed.
    """
    check_forward(plan.material.info.num_nodes)
    keep, ask = _Keeper(plan, cache_dir), _Asker(plan)
    found = so_far(plan, cache_dir)
    done = len(found) + len(found.falls)
    with progress(description="attribute", total=plan.passes, unit="forecast", enabled=show) as bar:
        bar.update(done)
        try:
            for number in range(len(found), len(plan.triples)):
                found = _extended(found, ask.attribution(number))
                bar.update(1)
                keep(found)
            for number in range(len(found.falls), plan.passes - len(plan.triples)):
                found = _extended(found, ask.occlusion(number))
                bar.update(1)
                keep(found)
        finally:
            keep(found, at_once=True)
    return found


def distances_from_base(plan: Plan, count: int) -> NDArray[np.float32]:
    """Return how far the readings of the first windows are from the base line, (n, T, N).

    0 for a missing reading.

    Args:
        plan: with the windows.
        count: of windows, n.
    """
    dataset, steps = plan.material.required_dataset(), plan.material.model.in_steps
    lines, missing = BaseLines(dataset), dataset.missing()
    found = np.zeros((count, steps, dataset.num_nodes), dtype=np.float32)
    for number, middle in enumerate(plan.triples.middles[:count].tolist()):
        window = slice(middle - steps, middle)
        apart = np.abs(dataset.values[window] - lines.of_window(middle, steps, plan.baseline))
        found[number] = np.where(missing[window], 0, apart)
    return found


def so_far(plan: Plan, cache_dir: Path | None) -> Found:
    """Return the attributions that are done already; none if there are none."""
    empty = _empty(plan)
    cells = int(np.prod(empty.values.shape[1:])) + 8
    most = 8 * cells * (len(plan.triples) + plan.occluded)
    kept = read_cached(kept_in(plan, cache_dir), FORMAT, max_bytes=most)
    try:
        return empty if kept is None else _checked(plan, *kept)
    except (TypeError, ValueError):
        return empty


def kept_in(plan: Plan, cache_dir: Path | None) -> Path | None:
    """Return the file of a plan's attributions in a folder; None without a folder."""
    return cache_file(cache_dir, "attributions", plan.settings)


class _Keeper:
    """Writes what is done, at intervals."""

    def __init__(self, plan: Plan, cache_dir: Path | None) -> None:
        self._path = kept_in(plan, cache_dir)
        self._settings, self._written, self._last = plan.settings, -1, time.monotonic()

    def __call__(self, found: Found, *, at_once: bool = False) -> None:
        done = len(found) + len(found.falls)
        due = at_once or time.monotonic() - self._last >= _SECONDS_BETWEEN
        if self._path is None or not due or done in (0, self._written):
            return
        self._path = keep_cached(self._path, FORMAT, self._settings, vars(found))
        self._written, self._last = done, time.monotonic()


def _empty(plan: Plan) -> Found:
    steps, sensors = plan.material.model.in_steps, plan.material.info.num_nodes
    return Found(
        np.empty((0, steps, sensors), dtype=np.float32),
        np.empty((0, sensors), dtype=np.float32),
        np.empty((0, 2)),
        np.empty(0),
        np.empty(0, dtype=np.int64),
        np.empty(0, dtype=np.int64),
    )


def _extended(found: Found, new: dict[str, Any]) -> Found:
    """Return what is done with one more entry of some arrays."""
    arrays = dict(vars(found))
    for name, value in new.items():
        one = np.asarray(value, dtype=arrays[name].dtype)[None]
        arrays[name] = np.concatenate([arrays[name], one])
    return Found(**arrays)


class _Asker:
    """Explains the forecasts of a plan by their numbers."""

    def __init__(self, plan: Plan) -> None:
        self._plan, self._lines = plan, BaseLines(plan.material.required_dataset())

    def attribution(self, number: int) -> dict[str, Any]:
        """Return the new entries of the arrays of `Found`; imports torch and captum."""
        from himnet.forecasting.attribution import attribute

        one = attribute(*self._arguments(number))
        return {
            "values": one.values,
            "ends": [one.forecast, one.base],
            "gaps": one.gap,
            "steps": one.steps,
            "complete": int(one.is_complete),
        }

    def occlusion(self, number: int) -> dict[str, Any]:
        """Return the new entry of the falls; imports torch."""
        from himnet.forecasting.attribution import occlude

        return {"falls": occlude(*self._arguments(number))}

    def _arguments(self, number: int) -> tuple[Forecaster, int, int, int, NDArray[np.float32]]:
        triples, material = self._plan.triples, self._plan.material
        middle, steps = int(triples.middles[number]), material.model.in_steps
        baseline = self._lines.of_window(middle, steps, self._plan.baseline)
        places = int(triples.sensors[number]), int(triples.horizons[number])
        return material.forecaster, middle, *places, baseline


def _checked(plan: Plan, said: dict[str, Any], arrays: dict[str, NDArray[Any]]) -> Found:
    """Return the attributions of a file, which may come from anyone.

    Raises:
        TypeError, ValueError: for other settings, names, shapes or types, or impossible numbers.
    """
    empty = _empty(plan)
    if said != plan.settings or arrays.keys() != {one.name for one in fields(Found)}:
        raise ValueError("other settings")
    count, occluded = len(arrays["values"]), len(arrays["falls"])
    for name, array in arrays.items():
        like, rows = getattr(empty, name), occluded if name == "falls" else count
        if array.dtype != like.dtype or array.shape != (rows, *like.shape[1:]):
            raise ValueError("other arrays")
        if not (np.abs(array) <= MAX_NUMBER).all():  # NaN fails the comparison
            raise ValueError("impossible numbers")
    finished = count == len(plan.triples)
    if count > len(plan.triples) or occluded > (plan.occluded if finished else 0):
        raise ValueError("more than planned")
    return Found(**arrays)
