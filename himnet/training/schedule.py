"""The learning rate as a function of the position in the run, without any state to resume."""

from __future__ import annotations

import math

from himnet.training.settings import TrainingSettings

# PyTorch's OneCycleLR defaults
_WARM_UP = 0.3
_START_DIVISOR = 25.0
_END_DIVISOR = 1e4


def learning_rate(settings: TrainingSettings, step: int, steps_per_epoch: int) -> float:
    """Return the learning rate of a step, counted from 0.

    The paper's schedule changes between epochs, the one-cycle schedule with every step.
    """
    if settings.schedule == "paper":
        epoch = step // steps_per_epoch
        passed = sum(milestone <= epoch for milestone in settings.milestones)
        return float(settings.learning_rate * 0.1**passed)
    return _one_cycle(settings.learning_rate, step, settings.epochs * steps_per_epoch)


def _one_cycle(peak: float, step: int, total: int) -> float:
    """Rise to the peak over 30 % of the steps, then fall to 1/250,000 of it, both as a cosine."""
    start = peak / _START_DIVISOR
    end = start / _END_DIVISOR
    top = _WARM_UP * total - 1
    if step <= top:
        return _cosine(start, peak, step / top)
    return _cosine(peak, end, min(1.0, (step - top) / (total - 1 - top)))


def _cosine(begin: float, end: float, share: float) -> float:
    return end + (begin - end) * (1 + math.cos(math.pi * share)) / 2
