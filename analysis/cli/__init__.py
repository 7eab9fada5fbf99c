"""The command line of `analysis`: the paper's figures and claims, gaps in data, exported arrays."""

from __future__ import annotations

from collections.abc import Sequence

from analysis.errors import AnalysisError
from himnet.cli.runner import CommandLine

COMMANDS = {
    "figures": "draw the paper's figures from a checkpoint, for print",
    "claims": "test the paper's claims with statistics and null models",
    "what-if": "measure whether the model uses its structure: exchange embeddings",
    "identity": "measure whether embeddings are more than names: exchange all of them at once",
    "why": "attribute forecasts to the readings that moved them",
    "graph": "measure the learnt graphs: their floor, their largest excesses, roads, the day",
    "summary": "print what models connect and use, a row each, from stored results",
    "gaps": "draw the missing readings of a data set",
    "export": "write embeddings, meta-parameters and coordinates as .npz",
}
LINE = CommandLine(
    "python -m analysis", "Analyse what a trained model has learnt.", __name__, COMMANDS
)


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command of `python -m analysis` and return its exit status."""
    return LINE.run(argv, errors=(AnalysisError,))
