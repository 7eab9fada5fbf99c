"""The style of all progress bars: on standard error, so that `--json` output stays clean."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sized
from typing import Any, TypeVar

from tqdm import tqdm

T = TypeVar("T")

_LINE = (
    "{desc}: {percentage:.0f} %, {n_fmt} of {total_fmt}, {elapsed} so far, "
    "{remaining} left{postfix}"
)
_LINE_SECONDS = 60.0  # from one line of a log to the next


class LoggedProgress(tqdm):
    """Progress in a file or a pipe: a line at most once a minute, since nothing can be redrawn.

    Work that ends within the first minute writes none.
    """

    disable: bool

    @staticmethod
    def status_printer(file: Any) -> Callable[[str], None]:
        """Return a function that writes a line."""

        def write(text: str) -> None:
            if text:
                file.write(f"{text}\n")
                file.flush()

        return write

    def display(self, msg: str | None = None, pos: int | None = None) -> bool:
        """Write a line, if the last one is a minute old; `pos` has no meaning in a log."""
        now = self._time()
        if now - getattr(self, "_written", self.start_t) >= _LINE_SECONDS:
            self._written = now
            self.sp(str(self) if msg is None else msg)
        return True

    def clear(self, nolock: bool = False) -> None:
        """Leave the lines as they are: a log has nothing to take back."""

    def close(self) -> None:
        """End, without the last state that a terminal would keep."""
        if not self.disable:
            self.disable = True
            self._decr_instances(self)


def progress(
    iterable: Iterable[T] | None = None,
    *,
    description: str,
    total: int | None = None,
    unit: str = "it",
    enabled: bool = True,
    unit_scale: bool = False,
) -> tqdm[T]:
    """Wrap an iterable in a progress bar that appears once the work takes over two seconds.

    Where standard error is no terminal, a line a minute takes its place.

    Args:
        iterable: what to iterate over; None for a bar that is advanced with `update`.
        description: of the work, in a few words.
        total: number of items, if the iterable has no length.
        unit: name of an item.
        enabled: False for no bar at all.
        unit_scale: write 1k, 1M, for example for bytes.

    Returns:
        The bar, which can be iterated like the iterable.
    """
    if total is None and isinstance(iterable, Sized):
        total = len(iterable)
    file = getattr(sys.stderr, "terminal", sys.stderr)  # a bar needs control characters
    drawn = file.isatty()
    return (tqdm if drawn else LoggedProgress)(
        iterable,
        desc=description,
        total=total,
        unit=unit,
        disable=not enabled,
        delay=0.5,
        unit_scale=unit_scale,
        bar_format=None if drawn or total is None else _LINE,
        mininterval=0.1 if drawn else _LINE_SECONDS,
        miniters=None if drawn else 1,
        dynamic_ncols=drawn,
        file=file,
    )
