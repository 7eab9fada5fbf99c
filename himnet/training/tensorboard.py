"""Curves for TensorBoard, if it is installed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any


class Curves:
    """Scalars in a folder of event files; does nothing if TensorBoard is not installed.

    Args:
        folder: for `tensorboard --logdir`.
        step: steps taken so far; later values of an earlier process are hidden.
    """

    def __init__(self, folder: Path, *, step: int) -> None:
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            self._writer: Any = None
        else:
            self._writer = SummaryWriter(str(folder), purge_step=step + 1)

    def add(self, step: int, entry: Mapping[str, Any]) -> None:
        """Write every number of an entry as the value of its curve at this step."""
        if self._writer is None:
            return
        for name, value in entry.items():
            if isinstance(value, int | float) and not isinstance(value, bool):
                self._writer.add_scalar(name, value, global_step=step)
        self._writer.flush()
