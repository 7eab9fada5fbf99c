"""The steps of an evaluation of the claims, each with its expected duration."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from analysis.claims.catalogue import Claim
from analysis.claims.ground import Ground
from analysis.claims.model_view import ModelView
from analysis.claims.rules import READINGS, UNTRAINED_FORWARD

Report = Callable[[str, int, int], None]  # current step, work done, work in total
Step = tuple[str, int]  # what it does, and its work

# work is in hundredths of a second on one core, measured with the two bundled models; only the
# ratios matter
_STATISTICS = {"hours": 400, "clusters": 400}  # those with slow permutation nulls
_STATISTIC, _UNTRAINED = 30, 10
_TORCH = 300  # is imported with the first forward pass
_DRAWN = 400_000  # parameters of a model that are drawn in one unit
_PASS, _PASSED = 6, 1_000_000  # of a forward pass: at least, and parameters times moments in a unit


class Progress:
    """Tells how much of the work is done.

    Args:
        report: called with the current step, the work done and the work in total; or None.
        steps: all steps, in order.
    """

    def __init__(self, report: Report | None, steps: Sequence[Step]) -> None:
        self._report, self._steps = report, iter(steps)
        self._done, self._begun = 0, 0
        self._total = sum(work for _, work in steps)

    def next(self) -> None:
        """Report that the next step begins."""
        what, work = next(self._steps)
        self._done, self._begun = self._done + self._begun, work
        if self._report is not None:
            self._report(what, self._done, self._total)

    def end(self) -> None:
        """Report that all steps are done."""
        if self._report is not None:
            self._report("done", self._total, self._total)


def steps_of(
    view: ModelView, ground: Ground, claims: Sequence[Claim], untrained: int
) -> list[Step]:
    """Return the steps of an evaluation in order.

    Args:
        view: the trained model.
        ground: what it is compared with.
        claims: to evaluate.
        untrained: number of untrained models.
    """
    return [
        *((claim.sentence, _STATISTICS.get(claim.id, _STATISTIC)) for claim in claims),
        *_other_models(claims, untrained, _pass_work(view, ground), _draw_work(view)),
    ]


def number_of_readings(claims: Sequence[Claim], untrained: int) -> int:
    """Return how often the readings are permuted: never if no claim takes forward passes."""
    takes = any(claim.takes_forward_passes for claim in claims)
    return READINGS if untrained and takes else 0


def number_for_days(claims: Sequence[Claim], untrained: int) -> int:
    """Return how many untrained models a claim without a permutation null is compared with.

    The p of *days* is corrected for ten claims, so it takes ten times as many to have the same
    power.
    """
    alone = any(claim.test is None for claim in claims)
    return 10 * untrained + 9 if untrained and alone else untrained


def _other_models(
    claims: Sequence[Claim], untrained: int, forward: int, draw: int
) -> Iterator[Step]:
    for number in range(number_of_readings(claims, untrained)):
        # the first is run on the mean of the readings as well
        first = _TORCH + forward if forward and not number else 0
        yield f"readings of other sensors, {number + 1} of {READINGS}", forward + first
    for number in range(untrained):
        passes = 2 * forward if number < UNTRAINED_FORWARD else 0
        yield f"untrained model {number + 1} of {untrained}", _UNTRAINED + passes
    for _ in range(untrained, number_for_days(claims, untrained)):
        yield "untrained models, days only", draw


def _draw_work(view: ModelView) -> int:
    return 1 + view.model.num_parameters // _DRAWN


def _pass_work(view: ModelView, ground: Ground) -> int:
    """Return the work of a forward pass over all moments, 0 if there is none."""
    if view.embedding is None or ground.material.dataset is None:
        return 0
    return _PASS + len(ground.moments.steps) * view.model.num_parameters // _PASSED
