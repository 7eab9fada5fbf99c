"""What a command writes reaches the terminal as text, whatever a file's names hold.

A name from a file, a folder or an address may hold signs that steer a terminal, or that its
encoding lacks. Standard output and error stand behind this one place while a command runs.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO

from himnet import texts


class PlainStream:
    r"""A text stream that shows signs which would steer a terminal as Python writes them: ``\x1b``.

    Attributes:
        terminal: the stream itself, for what is meant to steer it: a progress bar.
    """

    def __init__(self, terminal: TextIO) -> None:
        self.terminal = terminal

    def write(self, text: str) -> int:
        """Write a text; return its length."""
        self.terminal.write(texts.terminal(text))
        return len(text)

    def writelines(self, lines: Any) -> None:
        """Write texts."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.terminal, name)


@contextmanager
def plain_console() -> Iterator[None]:
    """Let nothing but text through to standard output and error, in signs that they have."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    out: Any = PlainStream(sys.stdout)
    err: Any = PlainStream(sys.stderr)
    with redirect_stdout(out), redirect_stderr(err):
        yield
