"""Progress output: one bar for the whole run, one line per epoch."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping
from typing import Any

from himnet.progress import progress


def warn(texts: Iterable[str]) -> None:
    """Write warnings, one per line."""
    for text in texts:
        print(f"warning: {text}", file=sys.stderr)


class Display:
    """Progress bar with loss, speed and remaining time until the last epoch.

    Args:
        epochs, steps_per_epoch: of the whole run.
        step: steps already taken.
        enabled: False shows nothing.
    """

    def __init__(self, *, epochs: int, steps_per_epoch: int, step: int, enabled: bool) -> None:
        self._epochs = epochs
        self._bar = progress(
            description="train", total=epochs * steps_per_epoch, unit="step", enabled=enabled
        )
        self._bar.initial = self._bar.n = step  # so that the speed is that of this process

    def epoch(self, epoch: int) -> None:
        """Start an epoch, counted from 1."""
        self._bar.set_description_str(f"epoch {epoch} of {self._epochs}", refresh=False)

    def step(self) -> None:
        """Advance by one step."""
        self._bar.update(1)

    def loss(self, value: float) -> None:
        """Show the epoch's mean loss so far."""
        self._bar.set_postfix_str(f"loss {value:.4f}", refresh=False)

    def validating(self, done: int, batches: int) -> None:
        """Show the progress of the validation."""
        self._bar.set_postfix_str(f"validating {done}/{batches}", refresh=True)

    def line(self, entry: Mapping[str, Any]) -> None:
        """Write an epoch's result above the bar."""
        if self._bar.disable:
            return
        best = "  best so far" if entry["best"] else ""
        self._bar.write(
            f"epoch {entry['epoch']:>3}  loss {entry['train_loss']:.4f}  validation MAE "
            f"{entry['val_mae']:.4f}  RMSE {entry['val_rmse']:.4f}  "
            f"MAPE {entry['val_mape']:.2f} %{best}",
            file=self._bar.fp,
        )

    def close(self) -> None:
        """Leave the bar as it is."""
        self._bar.close()
