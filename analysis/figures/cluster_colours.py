"""Colours for clusters: those that touch on the map or in a projection are far apart.

Nobody can tell 25 colours apart in every sight, but neighbours must be. Clusters touch if one has a
sensor among the nearest sensors of a sensor of the other, by location or by parameters; each
cluster gets one colour of the palette so that clusters that touch differ by `LEAST` or more where
that is possible, and all others as much as then remains.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import cycle, islice

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import KDTree

from analysis.city.roads import positions, sensor_frame
from analysis.figures.colours import PALETTE
from analysis.figures.vision import least_differences
from analysis.limits import evenly
from himnet.data.info import Sensors

LEAST = 15.0  # CIEDE2000 between clusters that touch, in every sight of `vision.SIGHTS`
_WISHED = 20.0  # from here on, more is no better
NEAREST = 3  # sensors whose clusters a sensor's cluster touches
_MOST_NEAR = 1_500  # sensors whose nearest by parameters are searched, in many dimensions
_APART = 0.02  # weight of clusters that do not touch, in relation to those that do
_STARTS = 24  # assignments that are improved until one meets `LEAST`


def cluster_colours(
    sensors: Sensors, coordinates: NDArray[np.floating], labels: NDArray[np.int64]
) -> tuple[str, ...]:
    """Return the ``#rrggbb`` colour of each cluster, by its number; the same for the same clusters.

    Args:
        sensors: the N sensors; without coordinates only the parameters count.
        coordinates: (N, r) of the sensors' parameters, from which the clusters were computed.
        labels: (N,) cluster numbers.
    """
    some = np.full(coordinates.shape, np.nan)
    kept = evenly(len(coordinates), _MOST_NEAR)
    some[kept] = coordinates[kept]
    places = [positions(sensor_frame(sensors))] if sensors.has_coordinates else []
    return assigned(touching(labels, some, *places))


def touching(labels: NDArray[np.int64], *layouts: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Return which clusters (k, k) touch in any of several layouts.

    Args:
        labels: (N,) cluster numbers below k.
        layouts: (N, r) each; sensors with NaN are left out.
    """
    count = int(labels.max()) + 1 if len(labels) else 0
    found = np.zeros((count, count), dtype=bool)
    for layout in layouts:
        drawn = np.isfinite(layout).all(axis=1)
        points, own = layout[drawn], labels[drawn]
        nearest = min(NEAREST, len(points) - 1)
        if nearest < 1:
            continue
        _, near = KDTree(points).query(points, k=nearest + 1)
        found[own[:, None], own[near]] = True
    found |= found.T
    np.fill_diagonal(found, False)
    return found


def assigned(touches: NDArray[np.bool_]) -> tuple[str, ...]:
    """Return a colour for each of k clusters, of which those that touch are far apart.

    Args:
        touches: (k, k), symmetric. Colours are different up to the size of the palette.
    """
    if not len(touches):
        return ()
    count = len(touches)
    rounds = -(-count // len(PALETTE))
    palette = PALETTE * rounds
    cost = np.tile(_costs(), (rounds, rounds))
    weights = np.where(touches, 1.0, _APART)
    np.fill_diagonal(weights, 0.0)
    least, colours = np.inf, palette[:count]
    for first in (None, *range(min(_STARTS, count))):
        begun = np.arange(count) if first is None else _greedy(weights, cost, first=first)
        chosen = _improved(begun, weights, cost)
        total = float((weights * cost[np.ix_(chosen, chosen)]).sum())
        if total < least:
            least, colours = total, tuple(palette[colour] for colour in chosen)
        if not close_pairs(colours, touches):
            break
    return colours


@cache
def _differences() -> NDArray[np.float64]:
    """Return the least CIEDE2000 (c, c) of the palette's colours over all sights."""
    return least_differences(PALETTE, PALETTE)


def _costs() -> NDArray[np.float64]:
    """Return what it costs (c, c) that two clusters that touch have two colours."""
    short = np.clip(LEAST - _differences(), 0, None)
    return np.asarray(np.clip(_WISHED - _differences(), 0, None) ** 2 + 100 * short**2)


def _greedy(
    weights: NDArray[np.float64], cost: NDArray[np.float64], *, first: int
) -> NDArray[np.int64]:
    """Return a colour number (k,) for each cluster, the cheapest at its turn.

    The cluster `first` chooses first, then those that touch most, in order of their numbers.
    """
    order = np.argsort(-weights.sum(axis=1), kind="stable")
    order = np.concatenate([order[order == first], order[order != first]])
    chosen = np.full(len(weights), -1)
    free = np.ones(len(cost), dtype=bool)
    for number in order.tolist():
        done = np.flatnonzero(chosen >= 0)
        price = cost[:, chosen[done]] @ weights[number, done]
        chosen[number] = np.where(free, price, np.inf).argmin()
        free[chosen[number]] = False
    return chosen


def _improved(
    chosen: NDArray[np.int64], weights: NDArray[np.float64], cost: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Return the colours after exchanging two, or taking an unused one, while that is cheaper."""
    chosen = chosen.copy()
    unused = sorted(set(range(len(cost))) - set(chosen.tolist()))
    while True:
        # places from k on hold the unused colours: clusters that touch nothing
        every = np.concatenate([chosen, np.array(unused, dtype=np.int64)])
        size = len(every)
        full = np.zeros((size, size))
        full[: len(chosen), : len(chosen)] = weights
        prices = full @ cost[every]  # of each place with each colour
        now = prices[np.arange(size), every]
        after = prices[:, every]  # of place i with the colour of place j
        gain = now[:, None] + now[None] - after - after.T
        gain -= 2 * full * cost[np.ix_(every, every)]
        gain += full * (np.diag(cost)[every][:, None] + np.diag(cost)[every][None])
        one, other = np.unravel_index(gain.argmax(), gain.shape)
        if gain[one, other] <= 1e-9:
            return chosen
        every[[one, other]] = every[[other, one]]
        chosen, unused = every[: len(chosen)], every[len(chosen) :].tolist()


def differ(colours: Sequence[str], clusters: tuple[int, int]) -> bool:
    """Return whether the colours of two clusters differ by `LEAST` or more in every sight."""
    one, other = clusters
    return bool(least_differences([colours[one]], [colours[other]])[0, 0] >= LEAST)


def with_more(colours: Sequence[str], count: int) -> tuple[str, ...]:
    """Return colours for `count` clusters, of which the first have theirs already.

    Args:
        colours: of the first clusters, which keep them.
        count: of all; if there are fewer, none is added.
    """
    unused = [colour for colour in PALETTE if colour not in colours]
    return (*colours, *islice(cycle(unused or PALETTE), max(count - len(colours), 0)))


def close_pairs(colours: Sequence[str], touches: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Return the pairs of clusters that touch although their colours differ by less than `LEAST`.

    Args:
        colours: k ``#rrggbb`` colours.
        touches: (k, k), symmetric.
    """
    close = np.triu(touches & (least_differences(colours, colours) < LEAST))
    return [(int(one), int(other)) for one, other in np.argwhere(close)]
