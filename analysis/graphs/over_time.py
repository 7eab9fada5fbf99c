"""The decoder's graph over a day: its mean, its difference from it, and when that is largest.

A day's graphs are never held together: E_st is, and rows are computed from it in blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from analysis.graphs.learnt import Floats, LearntGraph
from analysis.graphs.of_model import decoder_graph
from analysis.graphs.shares import PARTS, parts_of
from analysis.limits import evenly
from analysis.model import LearntModel
from analysis.readings.days import Day

_MOST_ENTRIES = 100_000_000  # of all graphs of a day together
_LEAST_MOMENTS = 4
_BLOCK = 2_000_000  # entries that are held at once


@dataclass(frozen=True, eq=False)
class DayGraphs:
    """The decoder's graphs at the moments of a day.

    Attributes:
        graphs: M, in the order of the moments.
        hours: (M,) hours since midnight.
        steps: (M,) index of each moment's reading in the data set.
    """

    graphs: tuple[LearntGraph, ...] = field(repr=False)
    hours: NDArray[np.float64]
    steps: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.graphs)

    def mean(self, rows: slice | NDArray[np.int64] = slice(None)) -> Floats:
        """Return some rows (n, N) of the mean of the day's graphs."""
        total = self.graphs[0].weights(rows)
        for graph in self.graphs[1:]:
            total += graph.weights(rows)
        return total / len(self)

    def change(self, place: int, rows: slice | NDArray[np.int64] = slice(None)) -> Floats:
        """Return some rows (n, N) of the graph at one moment, minus their mean over the day."""
        found: Floats = self.graphs[place].weights(rows) - self.mean(rows)
        return found


@dataclass(frozen=True, eq=False)
class OverDay:
    """How the decoder's graph changes over a day.

    Attributes:
        hours: (M,) hours since midnight.
        steps: (M,) index of each moment's reading in the data set.
        parts: (M, len(PARTS)) median over sensors of each part; see `analysis.graphs.shares`.
        difference: (M,) mean over the rows of the total variation distance, half the sum of the
            absolute differences, between the row and its mean over the day: the share of a row's
            weight that is elsewhere than on average, 0 to 1.
    """

    hours: NDArray[np.float64]
    steps: NDArray[np.int64]
    parts: Floats = field(repr=False)
    difference: Floats = field(repr=False)

    def __len__(self) -> int:
        return len(self.hours)

    def of(self, part: str) -> Floats:
        """Return the median (M,) of one part."""
        found: Floats = self.parts[:, PARTS.index(part)]
        return found

    def most(self, count: int, *, apart: float = 1.0) -> list[int]:
        """Return the positions of the moments that differ most, the largest difference first.

        Args:
            count: the most to return.
            apart: hours between any two of them.
        """
        found: list[int] = []
        for place in np.argsort(-self.difference, kind="stable"):
            if len(found) == count:
                break
            if all(abs(self.hours[place] - self.hours[other]) >= apart for other in found):
                found.append(int(place))
        return found


def most_moments(count: int) -> int:
    """Return at how many moments of a day the graphs of `count` sensors are computed."""
    return max(_LEAST_MOMENTS, _MOST_ENTRIES // count**2)


def day_graphs(model: LearntModel, day: Day, *, most: int | None = None) -> DayGraphs:
    """Return the decoder's graphs at the moments of a day.

    Args:
        model: the model.
        day: with E_st.
        most: moments, evenly spaced; None takes `most_moments`.

    Raises:
        AnalysisError: for a model without such graphs.
    """
    chosen = evenly(len(day.hours), most or most_moments(model.num_nodes), ends=True)
    graphs = tuple(decoder_graph(model, day.embedding[place]) for place in chosen)
    return DayGraphs(graphs, day.hours[chosen], day.steps[chosen])


def over_day(
    model: LearntModel,
    day: Day,
    *,
    most: int | None = None,
    tell: Callable[[float], None] | None = None,
) -> OverDay:
    """Measure how the decoder's graph changes over a day.

    Args:
        model, day, most: as for `day_graphs`.
        tell: called with the share that is done, 0 to 1.

    Raises:
        AnalysisError: for a model without such graphs.
    """
    day_of = day_graphs(model, day, most=most)
    parts = np.stack([np.median(parts_of(graph.rows), axis=1) for graph in day_of.graphs])
    count, difference = model.num_nodes, np.zeros(len(day_of))
    size = max(1, _BLOCK // count)
    for start in range(0, count, size):
        rows = slice(start, min(start + size, count))
        mean = day_of.mean(rows)
        for place, graph in enumerate(day_of.graphs):
            difference[place] += np.abs(graph.weights(rows) - mean).sum() / 2
        if tell is not None:
            tell(rows.stop / count)
    return OverDay(day_of.hours, day_of.steps, parts, difference / count)
