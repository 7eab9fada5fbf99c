"""What stops a process before its training is finished: time, steps, a signal."""

from __future__ import annotations

import signal
import threading
import time
from types import FrameType
from typing import Any

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
REASONS = ("signal", "time", "steps")


class Stopping:
    """Turns limits and signals into a reason to stop after the current step.

    Used as a context manager: within it, the first Ctrl-C or SIGTERM requests a clean stop, the
    second one stops immediately.

    Args:
        max_minutes: time limit from now on; None: no limit.
        max_steps: limit of steps in this process; None: no limit.
        above: another object whose signals also stop this one, since threads receive no signals.
    """

    def __init__(
        self,
        *,
        max_minutes: float | None = None,
        max_steps: int | None = None,
        above: Stopping | None = None,
    ) -> None:
        self._deadline = None if max_minutes is None else time.monotonic() + 60 * max_minutes
        self._steps_left = max_steps
        self._former: dict[signal.Signals, Any] = {}
        self._above = above
        self._signal: int | None = None

    @property
    def signal(self) -> int | None:
        """The number of the received signal, or None."""
        return self._above.signal if self._above and self._signal is None else self._signal

    def count_step(self) -> None:
        """Count a step."""
        if self._steps_left is not None:
            self._steps_left -= 1

    @property
    def out_of_steps(self) -> bool:
        """Whether the limit of steps is reached, which is the same on all workers."""
        return self._steps_left is not None and self._steps_left <= 0

    def wishes(self) -> tuple[bool, ...]:
        """Return, for each of `REASONS`, whether it applies to this worker."""
        late = self._deadline is not None and time.monotonic() >= self._deadline
        return self.signal is not None, late, self.out_of_steps

    def __enter__(self) -> Stopping:
        if threading.current_thread() is threading.main_thread():
            self._former = {number: signal.signal(number, self._note) for number in _SIGNALS}
        return self

    def __exit__(self, *raised: object) -> None:
        self._restore()

    def _note(self, number: int, frame: FrameType | None) -> None:
        self._signal = number
        self._restore()

    def _restore(self) -> None:
        for number, handler in self._former.items():
            signal.signal(number, handler)
        self._former = {}
