"""Progress over files whose number of rows is not known before they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from typing import TypeVar

from himnet.progress import progress

T = TypeVar("T")


def with_share(
    items: Iterable[T], share: Callable[[], float] | None, what: str, *, show: bool = True
) -> Iterator[T]:
    """Yield items, with the share of their file that has been read as progress.

    Args:
        items: what is read.
        share: returns the share that has been read, 0 to 1; None if that is not known.
        what: is done, in one word.
        show: whether to show progress.
    """
    bar = progress(description=what, total=100, unit="%", enabled=show)
    with closing(bar):
        for item in items:
            yield item
            if share is not None:
                bar.update(max(0, min(round(100 * share()), 100) - bar.n))
