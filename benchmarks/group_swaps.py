"""Whether groups of sensors, such as those of one road, stand in for each other in the model.

Sensors are given the spatial meta-parameters of another sensor of their own group, and of one of
another group. Where the group is structure that the model uses, the first hurts less.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

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
    """One sensor, and the two that it takes meta-parameters of in turn.

    Attributes:
        receiver: position of the sensor.
        within: of a sensor of its own group.
        across: of a sensor of another one.
    """

    receiver: int
    within: int
    across: int


@dataclass(frozen=True)
class GroupSwaps:
    """What swaps within and across groups do to the error of the sensors that receive.

    Attributes:
        own: masked mean absolute error under the sensors' own meta-parameters, the data's unit.
        within, across: by how much it grows.
        difference: across - within; positive where sensors of a group stand in for each other.
        swaps: which were made.
        windows: over how many the errors are means.
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

    At most one sensor of each group is changed in one forward pass, and only its own error counts.

    Args:
        material: a checkpoint with its data set.
        steps: (n,) last input step of each window.
        groups: N names, such as of freeway and direction; "" is unknown and takes no part.
        inside: N names of what the giver across must share with the receiver, such as the freeway
            alone: then it is of the opposite carriageway and as near, the harder comparison.
        reach: see `analysis.what_if.sensors_and_hours.swap_sensors`.
        most: so many sensors of each group receive, at random.
        draws: of the bootstrap over days and over swaps.
        seed: of the choice of sensors and of the bootstrap.
        show: whether to show a progress bar.

    Raises:
        AnalysisError: without data set, windows, spatial meta-parameters, or sensors that have
            both another of their group and one outside it.
    """
    dataset, own = material.required_dataset(), own_queries(material)
    windows = checked_steps(steps, dataset)
    rounds = draw_swaps(groups, inside=inside, most=most, seed=seed)
    swaps = tuple(swap for one in rounds for swap in one)
    errors, counts = np.empty((3, len(windows), len(swaps))), np.empty((len(windows), len(swaps)))
    truth = truth_after(dataset, windows, material.arrays.config.out_steps)
    ways = [
        (kind, chosen, start)
        for kind in (1, 2)
        for chosen, start in zip(rounds, _starts(rounds), strict=True)
    ]
    receivers = np.array([swap.receiver for swap in swaps])
    for part, batch in passes(material, windows):
        errors[0, part], counts[part] = window_errors(
            batch.forecast()[..., receivers], truth[part][..., receivers]
        )
        for kind, chosen, start in progress(ways, description="swap sensors", enabled=show):
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
    """Draw who takes whose meta-parameters, in rounds with at most one sensor of each group.

    Args:
        groups, inside, most, seed: see `compare_group_swaps`.

    Raises:
        AnalysisError: where no sensor has both another of its group and one outside it.
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


def _starts(rounds: list[list[Swap]]) -> list[int]:
    """Return the place of each round's first swap among all of them."""
    sizes = [len(one) for one in rounds]
    return [sum(sizes[:number]) for number in range(len(sizes))]
