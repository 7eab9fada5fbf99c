"""The command line: one module for each command, imported only when it is the one asked for."""

from __future__ import annotations

from collections.abc import Sequence

from himnet.cli.runner import CommandLine

COMMANDS = {
    "download": "fetch a published data set and check its sum",
    "train": "train HimNet on a data set",
    "evaluate": "measure a checkpoint or a baseline on a split",
    "convert": "turn a plain state dict (.pt) into a checkpoint, or tell one its sensors",
    "info": "say what a checkpoint is",
    "sweep": "run a study: the paper's seeds, ablations and embedding dimensions, or schedules",
    "efficiency": "measure time and memory of training, with the sizes of the data sets",
    "track": "store embeddings and forecasts of some days beside a checkpoint",
}
LINE = CommandLine(
    "python -m himnet", "HimNet: data, training, evaluation, checkpoints.", __name__, COMMANDS
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command of `python -m himnet` and return its exit status."""
    return LINE.run(argv)
