"""One attribution in a few numbers: which sensors, how far away, how long ago, on which side."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from analysis.city.along import Seen

Floats = NDArray[np.float64]
_HALF = 0.5
_FEWEST = 3  # sensors, for a rank correlation


@dataclass(frozen=True)
class Account:
    """An attribution in a few numbers. Sizes are absolute values, in the data's unit.

    Attributes:
        totals: (N,) attribution of each sensor, summed over the steps.
        sizes: (N,) sum of the sizes over the steps.
        order: (N,) sensors, those of the largest sizes first.
        own: share of all sizes that is the sensor's own; NaN if nothing moved the forecast.
        upstream, downstream: likewise of the sensors on both sides along its road; NaN if the road
            is not known.
        km: the distance within which half of the other sensors' sizes are; NaN if not known.
        back: the steps before the last within which half of all sizes are; NaN if nothing moved.
    """

    totals: Floats = field(repr=False)
    sizes: Floats = field(repr=False)
    order: NDArray[np.int64] = field(repr=False)
    own: float
    upstream: float
    downstream: float
    km: float
    back: float

    @property
    def elsewhere(self) -> float:
        """Share of all sizes of the other sensors that are on neither side along the road."""
        return max(1 - self.own - float(np.nansum([self.upstream, self.downstream])), 0.0)


def account_of(values: NDArray[np.floating], seen: Seen) -> Account:
    """Summarise an attribution.

    Args:
        values: (T, N) attribution of each reading.
        seen: the N sensors as seen from the one that is forecast.
    """
    exact = values.astype(np.float64)
    sizes = np.abs(exact).sum(axis=0)
    whole = sizes.sum()
    shares = sizes / whole if whole > 0 else np.full(len(sizes), np.nan)
    others = shares.copy()
    others[seen.sensor] = 0.0
    sides = [float(shares[side].sum()) for side in (seen.upstream, seen.downstream)]
    upstream, downstream = sides if seen.knows_road else (float("nan"), float("nan"))
    back = np.arange(len(exact))[::-1].astype(np.float64)
    return Account(
        exact.sum(axis=0),
        sizes,
        np.argsort(-sizes, kind="stable"),
        float(shares[seen.sensor]),
        upstream,
        downstream,
        weighted_median(seen.km, others),
        weighted_median(back, np.abs(exact).sum(axis=1)),
    )


def weighted_median(values: Floats, weights: Floats) -> float:
    """Return the least value up to which half of the weight is; NaN without weight.

    Args:
        values: (n,), NaN for what is left out.
        weights: (n,) not negative; NaN gives NaN.
    """
    known = np.isfinite(values)
    values, weights = values[known], weights[known]
    if not weights.sum() > 0:
        return float("nan")
    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    place = int(np.searchsorted(reached, _HALF * reached[-1] * (1 - 1e-12)))
    return float(values[order][min(place, len(order) - 1)])


def rank_agreement(totals: NDArray[np.floating], falls: NDArray[np.floating]) -> float:
    """Return Spearman's correlation of two attributions of the sensors (N,).

    NaN for fewer than three sensors, or if either gives all the same.
    """
    if len(totals) < _FEWEST or np.ptp(totals) == 0 or np.ptp(falls) == 0:
        return float("nan")
    return float(spearmanr(totals, falls).statistic)


def folded(
    values: NDArray[np.floating], order: NDArray[np.int64], most: int
) -> tuple[NDArray[np.floating], NDArray[np.int64], int]:
    """Return the attributions of the first sensors in an order, and the sum of the others.

    Args:
        values: (T, N) attribution of each reading.
        order: (N,) sensors.
        most: number of rows; all sensors if they are no more.

    Returns:
        (k, T), its last row the sum of the others if there are any; the positions of the sensors
        in its other rows; the number of the others.
    """
    kept = order if len(order) <= most else order[: most - 1]
    rest = order[len(kept) :]
    rows = values[:, kept].T
    if len(rest):
        rows = np.vstack([rows, values[:, rest].sum(axis=1)])
    return rows, kept, len(rest)
