"""Console output as plain text, whatever a file's names contain.

A name from a file, a folder or a URL may contain control characters, or characters that the
terminal's encoding lacks. While a command runs, standard output and error pass through here.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, TextIO

from himnet import texts


class PlainStream:
    r"""A text stream that shows control characters as Python escapes, such as ``\x1b``.

    Attributes:
        terminal: the stream itself, for intended control sequences: a progress bar.
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
    """Pass only text to standard output and error, in characters that they can encode."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    out: Any = PlainStream(sys.stdout)
    err: Any = PlainStream(sys.stderr)
    with redirect_stdout(out), redirect_stderr(err):
        yield
