"""Whether a model uses its learnt graphs: the error of its forecasts with uniform ones instead."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from analysis.checked import (
    checked_count,
    checked_fields,
    checked_interval,
    checked_size,
    stored_part,
)
from analysis.claims.table import rounded
from analysis.errors import AnalysisError
from analysis.evidence.intervals import Interval, by_day, mean_interval
from analysis.forecasts.windows import days_of, truth_after, window_errors, window_steps
from analysis.graphs.of_model import encoder_graph
from analysis.material import Material
from analysis.what_if.sensors_and_hours import own_queries, passes
from himnet.checkpoints import CheckpointArrays
from himnet.checkpoints.measured import Part, save_measured
from himnet.limits import MAX_DAYS, MAX_STEPS_PER_DAY

PART = "graph-use"  # name of the part
WINDOWS = 128
_SMALL = 0.01  # share of the error below which an increase is called small
_MOST_WINDOWS = MAX_DAYS * MAX_STEPS_PER_DAY


@dataclass(frozen=True)
class GraphUse:
    """The error of forecasts with uniform graphs, in which every sensor reads the mean of all.

    A model has never met a uniform graph of its decoder, so the increase tells that it relies on
    that graph, not what neighbours are worth.

    Attributes:
        windows: number of windows, spread over the test split.
        own: the masked mean absolute error with the model's own graphs, in the data's unit.
        encoders: its increase with a uniform graph of the encoders.
        decoder: its increase with a uniform graph of the decoder.
    """

    windows: int
    own: float
    encoders: Interval
    decoder: Interval

    def word(self, increase: Interval) -> str:
        """Return whether a graph is used: ``"used"``, ``"hardly used"`` or ``"not used"``.

        It is used if the increase is above 0 (95 %), and hardly if it is below 1 % of the error.

        Args:
            increase: one of the two.
        """
        if not increase.low > 0:  # or unknown
            return "not used"
        return "hardly used" if increase.value < _SMALL * self.own else "used"


def use_sentence(found: GraphUse, unit: str, places: int) -> str:
    """Return in a sentence whether the graphs are used.

    Args:
        found: what was measured.
        unit: of the readings, as its medium shows it.
        places: decimal places of errors.
    """
    of_encoders, of_decoder = (
        f"{rounded(one.value, places):+.{places}f} {unit}"
        for one in (found.encoders, found.decoder)
    )
    return (
        f"In forecasts, the encoders' graph is {found.word(found.encoders)} (a uniform one costs "
        f"{of_encoders}) and the decoder's graphs are {found.word(found.decoder)} ({of_decoder})."
    )


def uniform_graphs(material: Material, steps: NDArray[np.int64], *, show: bool = False) -> GraphUse:
    """Measure the error with the model's own graphs and with uniform ones.

    Args:
        material: a checkpoint with its data set.
        steps: (n,) last input step of each window.
        show: whether to show a progress bar.

    Raises:
        AnalysisError: without data set, windows or graph, or for too many sensors.
    """
    encoder_graph(material.model)  # says why if there is none
    dataset, queries = material.required_dataset(), own_queries(material)
    count = len(queries)
    changes: list[dict[str, NDArray[Any]]] = [
        {},
        {"rows": np.zeros_like(queries)},  # all scores are 0
        {"decoder_graph": np.full((count, count), 1 / count)},
    ]
    truth = truth_after(dataset, steps, material.model.out_steps)
    errors, counts = np.empty((len(changes), len(steps))), np.empty(len(steps))
    for part, batch in passes(material, steps, show="uniform graphs" if show else None):
        for row, change in enumerate(changes):
            sums, there = window_errors(batch.forecast(**change), truth[part])
            errors[row, part], counts[part] = sums.sum(axis=1), there.sum(axis=1)
    days = days_of(dataset, steps)
    of_days = by_day(counts, days)
    encoders, decoder = (
        mean_interval(by_day(row - errors[0], days), of_days) for row in errors[1:]
    )
    return GraphUse(len(steps), float(errors[0].sum() / counts.sum()), encoders, decoder)


def usual_use(material: Material, *, show: bool = False) -> GraphUse | None:
    """Measure over `WINDOWS` windows of the test split; None where the model cannot be run.

    Args:
        material: a checkpoint.
        show: whether to show a progress bar.
    """
    if material.dataset is None:
        return None
    try:
        return uniform_graphs(material, window_steps(material, most=WINDOWS), show=show)
    except AnalysisError:
        return None


def save_use(material: Material, found: GraphUse, *, command: str) -> Path:
    """Write what was measured beside the model; errors as `himnet.checkpoints.save_measured`.

    Args:
        material: the model with its data set.
        found: what was measured.
        command: that measures it.
    """
    arrays, data = material.arrays, material.sums[2]
    return save_measured(
        arrays.path, arrays.sha256, PART, asdict(found), data=data, command=command
    )


def stored_use(arrays: CheckpointArrays) -> tuple[GraphUse, Part] | None:
    """Return what was measured before, and its origin; None if nothing was.

    Raises:
        AnalysisError: for a part that does not hold such a measurement.
    """
    return stored_part(arrays, PART, _use, command="graph")


def _use(part: Part) -> GraphUse:
    """Check a measurement, which may come from anyone, and return it.

    Raises:
        KeyError, TypeError, ValueError: for anything but a valid one.
    """
    told = checked_fields(part.value, GraphUse)
    if part.arrays:
        raise ValueError("arrays")
    encoders, decoder = (_known(told[name]) for name in ("encoders", "decoder"))
    windows, own = checked_count(told["windows"], _MOST_WINDOWS, least=1), told["own"]
    if not math.isfinite(checked_size(own)):
        raise ValueError("no error")
    return GraphUse(windows, float(own), encoders, decoder)


def _known(told: Any) -> Interval:
    found = checked_interval(told)
    if not math.isfinite(found.value) or found.low > found.high:
        raise ValueError("no interval")
    return found
