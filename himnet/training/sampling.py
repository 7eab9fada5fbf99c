"""Order of the windows and scheduled-sampling draws (no torch).

Both follow from the seed and the epoch alone: a resumed run draws them again, and all workers of
a distributed run draw the same.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

_ORDER, _TEACHER = 0, 1  # separate streams of one seed


def truth_probability(batches_seen: int, tf_decay_steps: int) -> float:
    """Return s / (s + exp(i / s)), the probability that the decoder's next input is the truth.

    Args:
        batches_seen: i, training batches before this one.
        tf_decay_steps: s; 0 means never.
    """
    if tf_decay_steps == 0:
        return 0.0
    exponent = batches_seen / tf_decay_steps
    if exponent > 700:  # exp would overflow; the probability is 0 to machine precision
        return 0.0
    return tf_decay_steps / (tf_decay_steps + math.exp(exponent))


def epoch_order(seed: int, epoch: int, windows: int) -> NDArray[np.int64]:
    """Return a permutation of the windows (windows,), different for each epoch."""
    return np.random.default_rng([seed, _ORDER, epoch]).permutation(windows)


class TeacherDraws:
    """All scheduled-sampling draws of an epoch.

    Args:
        seed, epoch: seed of the run, and the epoch.
        batches: batches in the epoch.
        out_steps: T'; the first T' - 1 steps have a next input to choose.
    """

    def __init__(self, seed: int, epoch: int, batches: int, out_steps: int) -> None:
        generator = np.random.default_rng([seed, _TEACHER, epoch])
        self._uniform = generator.random((batches, out_steps - 1))

    def teacher(self, batch: int, probability: float) -> list[bool]:
        """Return, for each of T' - 1 steps of a batch, whether the next input is the truth."""
        return [bool(draw) for draw in self._uniform[batch] < probability]
