"""The command line: one module per command, imported only when that command is run."""

from __future__ import annotations

from collections.abc import Sequence

from himnet.cli.runner import CommandLine

COMMANDS = {
    "download": "download a published data set and verify its checksum",
    "prepare": "make a data set from a table or another file of readings",
    "train": "train HimNet on a data set",
    "evaluate": "evaluate a checkpoint or a baseline on a split",
    "convert": "convert a plain state dict (.pt) to a checkpoint, or change a checkpoint's sensors",
    "info": "describe a checkpoint",
    "sweep": "run a study: the paper's seeds, ablations and embedding dimensions, or schedules",
    "efficiency": "measure time and memory of training at the sizes of the data sets",
    "track": "store embeddings and forecasts of some days next to a checkpoint",
}
LINE = CommandLine(
    "python -m himnet", "HimNet: data, training, evaluation, checkpoints.", __name__, COMMANDS
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command of `python -m himnet` and return its exit status."""
    return LINE.run(argv)
