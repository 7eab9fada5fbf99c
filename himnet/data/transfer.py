"""Fetch one file over HTTP: resumed, checked, and under its name only when it is whole."""

from __future__ import annotations

import hashlib
import http.client
import os
import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from himnet.errors import DataError
from himnet.progress import progress

TIMEOUT = 30.0  # seconds without a byte
PAUSE = 1.0  # seconds before another attempt
ATTEMPTS = 3  # in a row that bring nothing, before giving up
CHUNK = 1 << 17
_NOT_SATISFIABLE = 416
_PASSING = {408, 425, 429, 500, 502, 503, 504}


class _BrokenError(Exception):
    """The connection failed, or ended before the file did; what came is kept."""


def fetch(url: str, target: Path, *, size: int, sha256: str, show: bool = True) -> None:
    """Fetch a file and put it in its place once it is whole and has the right sum.

    Until then it is ``target.part``, which the next call goes on with. A broken connection is taken
    up again as long as the attempts bring something.

    Args:
        url: ``http`` or ``https``.
        target: where the file goes; its folder is made.
        size: of the whole file in bytes.
        sha256: of the whole file.
        show: whether to show progress.

    Raises:
        DataError: where the server cannot be reached or refuses, the connection breaks for good,
            the file is another one, or it cannot be written.
    """
    if not re.match(r"https?://[^/]", url):
        raise DataError(f"'{url}' is no address of a file; it must begin with http:// or https://")
    transfer = _Transfer(url, target.with_name(target.name + ".part"), size)
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        resumed = transfer.length > 0
        transfer.complete(show)
        if resumed and file_sha256(transfer.part) != sha256:
            transfer.part.unlink()  # begun from something else: once more, from the beginning
            transfer.complete(show)
        found = file_sha256(transfer.part)
        if found != sha256:
            raise transfer.foreign(f"its sha256 is {found}, not {sha256}")
        with transfer.part.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(transfer.part, target)


def file_sha256(path: Path) -> str:
    """Return the sha256 of a file's bytes in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class _Transfer:
    """From an address into a ``.part`` file of a known final size."""

    url: str
    part: Path
    size: int

    @property
    def length(self) -> int:
        """Bytes that are there already."""
        return self.part.stat().st_size if self.part.is_file() else 0

    def complete(self, show: bool) -> None:
        """Bring the file to its full size, over as many connections as it takes."""
        fruitless = 0
        label = self.part.stem
        bar = progress(description=label, total=self.size, unit="B", enabled=show, unit_scale=True)
        with closing(bar):
            while (have := self.length) != self.size:
                reason = "the connection ended early"
                try:
                    self._attempt(have if have < self.size else 0, bar)
                except _BrokenError as broken:
                    reason = str(broken)
                fruitless = 0 if self.length > have else fruitless + 1
                if fruitless == ATTEMPTS:
                    raise self._unreachable(reason)
                if self.length != self.size:
                    time.sleep(PAUSE)

    def foreign(self, difference: str) -> DataError:
        """Throw away what came and return the error that says why."""
        self.part.unlink(missing_ok=True)
        return DataError(
            f"{self.url} is not the published file: {difference}; name another mirror with --url"
        )

    def _attempt(self, have: int, bar: Any) -> None:
        """Append what one connection brings to the first `have` bytes."""
        with self._open(have) as response:
            begin, total = _range(response, have)
            if total not in (None, self.size):
                raise self.foreign(f"it has {total:,} bytes, not {self.size:,}")
            if begin not in (0, have):
                self.part.unlink()
                raise _BrokenError(f"the server went on at byte {begin} instead of {have}")
            bar.n = bar.initial = begin
            with self.part.open("ab" if begin else "wb") as file:
                for chunk in _chunks(response):
                    file.write(chunk)
                    bar.update(len(chunk))
                    if file.tell() > self.size:
                        break
        if self.length > self.size:
            raise self.foreign(f"it has more than {self.size:,} bytes")

    def _open(self, have: int) -> Any:
        """Open a connection that goes on after `have` bytes, where the server can."""
        headers = {"Accept-Encoding": "identity", "User-Agent": "himnet-explorer"}
        if have:
            headers["Range"] = f"bytes={have}-"
        try:
            request = urllib.request.Request(self.url, headers=headers)
            return urllib.request.urlopen(request, timeout=TIMEOUT)
        except urllib.error.HTTPError as error:
            answer = f"the server answered {error.code} {error.reason}"
            error.close()
            if error.code == _NOT_SATISFIABLE:
                self.part.unlink(missing_ok=True)  # longer than the server's file: start again
            elif error.code not in _PASSING:
                raise self._unreachable(answer) from error
            raise _BrokenError(answer) from error
        except urllib.error.URLError as error:
            raise _BrokenError(str(error.reason)) from error
        except (ValueError, http.client.InvalidURL) as error:
            raise DataError(f"'{self.url}' is no address of a file ({error})") from error
        except (OSError, http.client.HTTPException) as error:
            raise _BrokenError(str(error) or type(error).__name__) from error

    def _unreachable(self, reason: str) -> DataError:
        kept = f"{self.length / 1e6:.1f} of {self.size / 1e6:.1f} MB"
        later = f"; {kept} are kept, and the same command goes on from there" if self.length else ""
        return DataError(
            f"{self.url} cannot be fetched ({reason}): check the network, or name a mirror with "
            f"--url{later}"
        )


def _range(response: Any, asked: int) -> tuple[int, int | None]:
    """Return at which byte a response begins, and how long the whole file is where it tells."""
    if response.status == http.HTTPStatus.PARTIAL_CONTENT:
        stated = re.match(r"bytes (\d+)-\d+/(\d+|\*)", response.headers.get("Content-Range", ""))
        if stated is None:
            return asked, None
        return int(stated[1]), None if stated[2] == "*" else int(stated[2])
    length = response.headers.get("Content-Length", "")
    return 0, int(length) if length.isdecimal() else None


def _chunks(response: Any) -> Iterator[bytes]:
    """Yield what a response brings until it ends or breaks."""
    while True:
        try:
            chunk = response.read(CHUNK)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise _BrokenError(str(error) or type(error).__name__) from error
        if not chunk:
            return
        yield chunk


@contextmanager
def _writing(target: Path) -> Iterator[None]:
    """Tell of a disk that is full or read-only in one sentence."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{target} cannot be written ({error.strerror or error}); make room, or name another "
            f"folder with --data-dir"
        ) from error
