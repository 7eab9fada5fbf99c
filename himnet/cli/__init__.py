"""The command line: one module for each command, imported only when it is the one asked for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

import himnet
from himnet.errors import HimNetError

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


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status.

    A `HimNetError` becomes one line on standard error and status 1; argparse's own complaints
    have status 2, an interrupt 130.
    """
    arguments = list(sys.argv[1:] if argv is None else argv)
    command = next((word for word in arguments if not word.startswith("-")), None)
    try:
        args = _parser(command).parse_args(arguments)
        return int(import_module(f"himnet.cli.{args.command}").run(args))
    except HimNetError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of a pipe has left; nothing is left to say to it
        return 1


def _parser(command: str | None) -> argparse.ArgumentParser:
    """Build the parser, with the full options of just the command that was asked for."""
    parser = argparse.ArgumentParser(
        prog="python -m himnet", description="HimNet: data, training, evaluation, checkpoints."
    )
    parser.add_argument("--version", action="version", version=himnet.__version__)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for name, summary in COMMANDS.items():
        subparser = commands.add_parser(name, help=summary, description=summary)
        if name == command:
            import_module(f"himnet.cli.{name}").add_arguments(subparser)
    return parser
