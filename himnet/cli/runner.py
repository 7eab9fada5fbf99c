"""What command lines have in common: one module per command, and errors as one line."""

from __future__ import annotations

import argparse
import os
import re
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import Any

import himnet
from himnet import texts
from himnet.cli.console import plain_console
from himnet.errors import DataWarning, HimNetError, without_torch


@dataclass(frozen=True)
class CommandLine:
    """The commands of one program.

    Attributes:
        program: what a user types before the command, such as ``"python -m himnet"``.
        description: for its help.
        package: of the modules, one per command, with `add_arguments` and `run`; a module is
            imported only when its command is run.
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

        A `HimNetError`, or one of `errors`, becomes one line on standard error and status 1, and
        so do failures of the system: files, folders, memory. Errors of argparse have status 2, an
        interrupt 130.
        """
        arguments = list(sys.argv[1:] if argv is None else argv)
        expected: tuple[type[Exception], ...] = (HimNetError, *errors)
        with plain_console(), told_warnings():
            try:
                status = self._run(arguments)
                sys.stdout.flush()  # here, so that a failure is still reported
                return status
            except expected as error:
                return _failed(str(error))
            except ModuleNotFoundError as error:
                if (reason := without_torch(error)) is None:
                    raise
                return _failed(reason)
            except KeyboardInterrupt:
                print("interrupted", file=sys.stderr)
                return 130
            except BrokenPipeError:
                sys.stderr.close()  # the reader has closed the pipe, so there is nobody to notify
                return 1
            except (OSError, MemoryError, RuntimeError) as error:
                if (reason := _refusal(error)) is None:
                    raise
                return _failed(reason)

    def _run(self, arguments: list[str]) -> int:
        command = next((word for word in arguments if not word.startswith("-")), None)
        args = self.parser(command).parse_args(arguments)
        return int(self._module(args.command).run(args))

    def _module(self, command: str) -> ModuleType:
        return import_module(f"{self.package}.{command.replace('-', '_')}")

    def parser(self, command: str | None) -> argparse.ArgumentParser:
        """Build the parser, with all options only for the given command."""
        parser = argparse.ArgumentParser(prog=self.program, description=self.description)
        parser.add_argument("--version", action="version", version=himnet.__version__)
        commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
        for name, summary in self.commands.items():
            subparser = commands.add_parser(name, help=summary, description=summary)
            if name == command:
                self._module(name).add_arguments(subparser)
        return parser


@contextmanager
def told_warnings() -> Iterator[None]:
    """Print every warning about data as one line, once."""
    with warnings.catch_warnings():
        warnings.simplefilter("once", DataWarning)
        usual: Any = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *where: Any) -> None:
            if issubclass(category, DataWarning):
                print(f"warning: {texts.line(str(message))}", file=sys.stderr)
            else:
                usual(message, category, *where)

        setattr(warnings, "showwarning", show)  # noqa: B010 (its own type names each argument)
        yield


def _failed(reason: str) -> int:
    print(f"error: {texts.line(reason)}", file=sys.stderr)
    return 1


def _refusal(error: OSError | MemoryError | RuntimeError) -> str | None:
    """Return a system failure as one sentence; None for an error of the program itself."""
    if isinstance(error, OSError):
        what = "the output" if error.filename is None else f"'{error.filename}'"
        if error.filename is None:
            _give_up_output()
        return (
            f"{what} cannot be read or written ({error.strerror or error}); check the path and its "
            f"permissions, or free disk space"
        )
    # torch's are RuntimeErrors: OutOfMemoryError of a GPU, and a text of the CPU's allocator
    if isinstance(error, MemoryError) or re.search("out of memory|allocate memory", str(error)):
        return (
            "there is not enough memory; close other programs, or reduce --batch-size, the number "
            "of days or the size of the model"
        )
    return None


def _give_up_output() -> None:
    """Discard the buffer of standard output, which Python would try to write again."""
    with suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
