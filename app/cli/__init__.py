"""`python -m app`: charts of the explorer without a browser."""

from __future__ import annotations

from collections.abc import Sequence

from himnet.cli.runner import CommandLine

COMMANDS = {"draw": "write a chart of a page of the explorer to a file"}


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return its exit status; errors are one line on standard error."""
    line = CommandLine("python -m app", "The explorer without a browser.", __name__, COMMANDS)
    return line.run(argv)
