"""Packages that only some tables need, and that a machine for training may lack."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from himnet.errors import DataError


@contextmanager
def needed(package: str, what: str) -> Iterator[None]:
    """Report in one sentence that a package is missing.

    Args:
        package: that is imported in this context.
        what: kind of file that needs it.

    Raises:
        DataError: if it is not installed.
    """
    try:
        yield
    except ModuleNotFoundError as error:
        raise DataError(
            f"reading {what} needs {package}, which is not installed; add it with: python -m pip "
            f"install -r requirements-explorer.txt"
        ) from error
