"""The command line of this room: the paper's figures, and its claims with a number each."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.errors import AnalysisError
from himnet.cli.runner import CommandLine

COMMANDS = {
    "figures": "draw the paper's figures from a checkpoint, for print",
    "claims": "put a number and a null model beside each of the paper's claims",
    "export": "write embeddings, meta-parameters and coordinates as .npz",
}
LINE = CommandLine(
    "python -m analysis", "What a trained model has learnt, for print.", __name__, COMMANDS
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command of `python -m analysis` and return its exit status."""
    return LINE.run(argv, errors=(AnalysisError,))
