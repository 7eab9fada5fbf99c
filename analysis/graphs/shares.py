"""What the rows of learnt graphs consist of, as quantiles over sensors."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np

from analysis.errors import AnalysisError
from analysis.graphs.learnt import Floats, LearntGraph, Rows

PARTS = ("floor", "own", "others", "largest", "effective")
PART_WORDS = {
    "floor": "floor, which every sensor gets",
    "own": "excess on the sensor itself",
    "others": "excess on other sensors",
    "largest": "largest weight of another sensor, times N",
    "effective": "effective neighbours",
}
QUANTILES = (0.0, 0.05, 0.25, 0.5, 0.75, 0.95, 1.0)
MEDIAN = QUANTILES.index(0.5)


@dataclass(frozen=True, eq=False)
class Shares:
    """Quantiles of the parts of rows; see `analysis.graphs.learnt.Rows`.

    Attributes:
        quantiles: (..., len(PARTS), len(QUANTILES)); `largest` is multiplied by N, so that 1 is the
            weight in a uniform graph.
    """

    quantiles: Floats = field(repr=False)

    def of(self, part: str, quantile: float = 0.5) -> Floats:
        """Return one quantile (...) of a part."""
        found: Floats = self.quantiles[..., PARTS.index(part), QUANTILES.index(quantile)]
        return found


def parts_of(rows: Rows) -> Floats:
    """Return the parts (len(PARTS), N) of the rows of one graph, `largest` times N."""
    found = np.stack([getattr(rows, part) for part in PARTS])
    found[PARTS.index("largest")] *= len(rows.floor)
    return found


def shares_of(graphs: Iterable[LearntGraph]) -> Shares:
    """Return the quantiles over all rows of one or more graphs.

    Raises:
        AnalysisError: for no graphs.
    """
    parts = [parts_of(graph.rows) for graph in graphs]
    if not parts:
        raise AnalysisError("there is no graph at these moments")
    together = np.concatenate(parts, axis=1)
    return Shares(np.quantile(together, QUANTILES, axis=1).T)


def stacked(several: Iterable[Shares]) -> Shares:
    """Return several shares of single graphs as one (n, ...), along a new first axis."""
    found = [one.quantiles for one in several]
    return Shares(np.array(found).reshape(len(found), len(PARTS), len(QUANTILES)))


def shares_of_rows(rows: Rows) -> Shares:
    """Return the quantiles over the rows of one graph."""
    return Shares(np.quantile(parts_of(rows), QUANTILES, axis=1).T)
