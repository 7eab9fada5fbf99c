"""A log with one JSON line per epoch."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from himnet.checkpoints.format import write_atomically
from himnet.metrics import without_nan
from himnet.strict_json import parse_json


class EpochLog:
    """Lines ``{"epoch": 1, ...}``, one per epoch, even if the run is killed and resumed.

    A run that was killed between logging an epoch and storing its state repeats that epoch.
    Opening the log therefore drops lines beyond the completed epochs of the state, and incomplete
    lines.

    Args:
        path: of the file.
        epochs: number of completed epochs.
    """

    def __init__(self, path: Path, *, epochs: int) -> None:
        self.path = path
        if not path.exists():
            return
        old = path.read_bytes()
        kept = b"".join(line for line in old.splitlines(keepends=True) if _belongs(line, epochs))
        if kept != old:
            write_atomically(path, kept)

    def column(self, name: str) -> list[float]:
        """Return the numbers of all epochs under a name, in order, without those that are null."""
        if not self.path.exists():
            return []
        values = (parse_json(line).get(name) for line in self.path.read_text("utf-8").splitlines())
        return [float(value) for value in values if value is not None]

    def append(self, entry: Mapping[str, Any]) -> None:
        """Add a line and flush it to disk; NaN becomes null, since JSON has no NaN."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(without_nan(entry), allow_nan=False) + "\n")
            file.flush()
            os.fsync(file.fileno())


def _belongs(line: bytes, epochs: int) -> bool:
    try:
        return line.endswith(b"\n") and int(parse_json(line.decode())["epoch"]) <= epochs
    except (ValueError, KeyError, TypeError):
        return False
