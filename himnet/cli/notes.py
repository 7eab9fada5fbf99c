"""Notes and warnings that several commands print."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from pathlib import Path


def print_warnings(warnings: Iterable[str]) -> None:
    """Write the warnings of a checkpoint to standard error."""
    for text in warnings:
        print(f"warning: {text}", file=sys.stderr)


def print_stale_track(checkpoint: Path) -> None:
    """Say that the track beside a checkpoint, where there is one, belongs to its former file.

    Args:
        checkpoint: the file that was just written.
    """
    from himnet.checkpoints.locate import track_command, track_file

    track = track_file(checkpoint)
    if track.is_file():
        print(
            f"{track} was made for the former file; make it again with: {track_command(checkpoint)}"
        )


def print_slow_precision(device: str, precision: str | None) -> None:
    """Warn if the processor emulates the requested precision.

    Args:
        device: the value of `--device`.
        precision: the value of `--precision`; None if it is not given.
    """
    if precision != "bfloat16":
        return
    from himnet.devices import CLEARLY_SLOWER, bfloat16_slowdown, choose_device

    slowdown = bfloat16_slowdown(choose_device(device))
    if slowdown > CLEARLY_SLOWER:
        text = (
            "this processor has no fast bfloat16: a small matrix product took "
            f"{slowdown:.0f} times as long as in float32; omit --precision bfloat16"
        )
        print_warnings([text])
