"""Locks that let only one process write into a folder, and checks that it can be written.

The kernel releases a lock when the process that holds it ends, however that happens.
"""

from __future__ import annotations

import datetime as dt
import errno
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from himnet.errors import FolderError
from himnet.texts import clipped

LOCK_FILE = ".himnet-lock"  # exists while the folder is locked, and after a SIGKILL
_PATIENCE = 0.5  # seconds, for a process that is about to end
_NO_LOCKS = {errno.ENOSYS, errno.ENOLCK, errno.EOPNOTSUPP}  # of some network file systems


@contextmanager
def sole_writer(*folders: Path) -> Iterator[None]:
    """Lock folders, which are created if necessary, so that no other process writes there.

    A thread that holds a folder may lock it again. Folders that were created and remain empty are
    removed again.

    Raises:
        FolderError: for a folder that cannot be created or written, or that another process holds.
    """
    with ExitStack() as held:
        for folder in dict.fromkeys(folders):
            held.enter_context(_held(folder))
        yield


def check_writable(folder: Path) -> None:
    """Check that a file can be written into a folder, which need not exist yet.

    Raises:
        FolderError: if it cannot.
    """
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        raise _unwritable(folder, error) from error


@contextmanager
def _held(folder: Path) -> Iterator[None]:
    from filelock import FileLock, Timeout

    path = folder / LOCK_FILE
    made = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(path, timeout=_PATIENCE, is_singleton=True, on_acquired=_sign)
        lock.acquire()
    except Timeout:
        raise FolderError(
            f"'{folder}' is being written by {_holder(path)}; wait until it has ended, or "
            f"choose another folder"
        ) from None
    except OSError as error:
        if error.errno not in _NO_LOCKS:
            raise _unwritable(folder, error) from error
        print(f"warning: '{folder}' has no locks; run nothing else in it", file=sys.stderr)
        yield
        return
    try:
        yield
    finally:
        with suppress(OSError):  # Windows removes it by itself
            if lock.lock_counter == 1:
                path.unlink()
        lock.release()
        if made:
            with suppress(OSError):  # not empty
                folder.rmdir()


def _sign(descriptor: int) -> None:
    """Write the holder into the lock file."""
    now = dt.datetime.now().isoformat(sep=" ", timespec="seconds")
    os.ftruncate(descriptor, 0)
    os.write(descriptor, f"process {os.getpid()} on {socket.gethostname()} since {now}".encode())


def _holder(path: Path) -> str:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return clipped(file.read(200)) or "another process"
    except OSError:  # not readable on Windows
        return "another process"


def _unwritable(folder: Path, error: OSError) -> FolderError:
    return FolderError(
        f"'{folder}' cannot be written ({error.strerror or clipped(error)}); choose another "
        f"folder, or free disk space"
    )
