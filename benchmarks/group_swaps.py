"""Test whether sensors of a group, such as a road, are interchangeable in the model.

Sensors are given the spatial meta-parameters of another sensor of their own group, and of one of
another group. If the model uses the group structure, the former increases the error less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate, product

import numpy as np
from numpy.typing import ArrayLike, NDArray

from analysis.errors import AnalysisError
from analysis.evidence.intervals import DRAWS, Interval, by_day, mean_interval
from analysis.forecasts.windows import checked_steps, days_of, truth_after, window_errors
from analysis.material import Material
from analysis.what_if.sensors_and_hours import Reach, own_queries, passes, spatial_changes
from himnet.progress import progress

MOST_RECEIVERS = 8  # of one group


@dataclass(frozen=True)
class Swap:
    """One sensor, and the two sensors whose meta-parameters it takes in turn.

    Attributes:
        receiver: position of the sensor.
        within: position of a sensor of its own group.
        across: position of a sensor of another group.
    """

    receiver: int
    within: int
    across: int


@dataclass(frozen=True)
class GroupSwaps:
    """The effect of swaps within and across groups on the error of the receiving sensors.

    Attributes:
        own: masked mean absolute error with the sensors' own meta-parameters, in the data's unit.
        within, across: by how much it increases.
        difference: across - within; positive if sensors of a group are interchangeable.
        swaps: the swaps.
        windows: number of windows that the errors are averaged over.
    """

    own: float
    within: Interval
    across: Interval
    difference: Interval
    swaps: tuple[Swap, ...] = field(repr=False)
    windows: int


def compare_group_swaps(
    material: Material,
    steps: ArrayLike,
    groups: Sequence[str],
    *,
    inside: Sequence[str] | None = None,
    reach: Reach = "pool",
    most: int = MOST_RECEIVERS,
    draws: int = DRAWS,
    seed: int = 0,
    show: bool = False,
) -> GroupSwaps:
    """Compare swaps within groups with swaps across them.

    At most one sensor of each group is changed in a forward pass, and only its error is measured.

    Args:
        material: a checkpoint with its data set.
        steps: (n,) last input step of each window.
        groups: N names, such as of freeway and direction; "" is unknown and left out.
        inside: N names that giver and receiver must share in swaps across, such as the freeway
            only: the giver is then on the opposite carriageway and as near, a stricter comparison.
        reach: see `analysis.what_if.sensors_and_hours.swap_sensors`.
        most: number of receivers drawn at random in each group.
        draws: of the bootstrap over days and over swaps.
        seed: of the choice of sensors and of the bootstrap.
        show: whether to show a progress bar.

    Raises:
        AnalysisError: without data set, windows or spatial meta-parameters, or if no sensor has
            both another of its group and one outside it.
    """
    dataset, own = material.required_dataset(), own_queries(material)
    windows = checked_steps(steps, dataset)
    rounds = draw_swaps(groups, inside=inside, most=most, seed=seed)
    swaps = tuple(swap for one in rounds for swap in one)
    errors, counts = np.empty((3, len(windows), len(swaps))), np.empty((len(windows), len(swaps)))
    truth = truth_after(dataset, windows, material.arrays.config.out_steps)
    starts = accumulate(map(len, rounds[:-1]), initial=0)  # index of each round's first swap
    ways = list(product((1, 2), zip(rounds, starts, strict=True)))
    receivers = np.array([swap.receiver for swap in swaps])
    for part, batch in passes(material, windows):
        errors[0, part], counts[part] = window_errors(
            batch.forecast()[..., receivers], truth[part][..., receivers]
        )
        for kind, (chosen, start) in progress(ways, description="swap sensors", enabled=show):
            queries, takers = own.copy(), [swap.receiver for swap in chosen]
            queries[takers] = own[[swap.within if kind == 1 else swap.across for swap in chosen]]
            changed = batch.forecast(**spatial_changes(queries, reach))
            place = slice(start, start + len(chosen))
            errors[kind, part, place], _ = window_errors(
                changed[..., takers], truth[part][..., takers]
            )
    days = days_of(dataset, windows)
    own_sums, within, across = (by_day(table, days) for table in errors)
    of_days = by_day(counts, days)

    def interval(sums: NDArray[np.float64]) -> Interval:
        return mean_interval(sums, of_days, draws=draws, seed=seed)

    return GroupSwaps(
        own=interval(own_sums).value,
        within=interval(within - own_sums),
        across=interval(across - own_sums),
        difference=interval(across - within),
        swaps=swaps,
        windows=len(windows),
    )


def draw_swaps(
    groups: Sequence[str],
    *,
    inside: Sequence[str] | None = None,
    most: int = MOST_RECEIVERS,
    seed: int = 0,
) -> list[list[Swap]]:
    """Draw the swaps, in rounds with at most one sensor of each group.

    Args:
        groups, inside, most, seed: see `compare_group_swaps`.

    Raises:
        AnalysisError: if no sensor has both another of its group and one outside it.
    """
    names, rng = np.asarray(groups), np.random.default_rng(seed)
    area = np.zeros(len(names), dtype=np.int64) if inside is None else np.asarray(inside)
    rounds: list[list[Swap]] = [[] for _ in range(most)]
    for name in sorted(set(groups) - {""}):
        members = np.flatnonzero(names == name)
        for number, receiver in enumerate(rng.permutation(members)[:most]):
            others = members[members != receiver]
            outside = np.flatnonzero((names != name) & (names != "") & (area == area[receiver]))
            if len(others) and len(outside):
                within, across = rng.choice(others), rng.choice(outside)
                rounds[number].append(Swap(int(receiver), int(within), int(across)))
    if not any(rounds):
        raise AnalysisError(
            "no sensor has both another of its group and one of another group, so there is "
            "nothing to swap; choose other groups"
        )
    return [one for one in rounds if one]
