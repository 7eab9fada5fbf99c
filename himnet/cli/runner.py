"""What command lines have in common: one module a command, and errors as one line."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module

import himnet
from himnet.errors import HimNetError


@dataclass(frozen=True)
class CommandLine:
    """Commands that belong together.

    Attributes:
        program: what a user types before the command, such as ``"python -m himnet"``.
        description: for its help.
        package: of the modules, one for each command, with `add_arguments` and `run`; a module is
            imported only when its command is the one asked for.
        commands: name to summary.
    """

    program: str
    description: str
    package: str
    commands: Mapping[str, str]

    def run(
        self, argv: Sequence[str] | None = None, *, errors: tuple[type[Exception], ...] = ()
    ) -> int:
        """Run one command and return its exit status.

        A `HimNetError`, or one of `errors`, becomes one line on standard error and status 1;
        argparse's own complaints have status 2, an interrupt 130.
        """
        arguments = list(sys.argv[1:] if argv is None else argv)
        expected: tuple[type[Exception], ...] = (HimNetError, *errors)
        command = next((word for word in arguments if not word.startswith("-")), None)
        try:
            args = self.parser(command).parse_args(arguments)
            return int(import_module(f"{self.package}.{args.command}").run(args))
        except expected as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        except KeyboardInterrupt:
            print("interrupted", file=sys.stderr)
            return 130
        except BrokenPipeError:
            sys.stderr.close()  # the reader of a pipe has left; nothing is left to say to it
            return 1

    def parser(self, command: str | None) -> argparse.ArgumentParser:
        """Build the parser, with the full options of just the command that was asked for."""
        parser = argparse.ArgumentParser(prog=self.program, description=self.description)
        parser.add_argument("--version", action="version", version=himnet.__version__)
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
        for name, summary in self.commands.items():
            subparser = commands.add_parser(name, help=summary, description=summary)
            if name == command:
                import_module(f"{self.package}.{name}").add_arguments(subparser)
        return parser
