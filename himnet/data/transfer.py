"""Download one file over HTTP: resumable, verified, and renamed only when it is complete."""

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
from himnet.locks import sole_writer
from himnet.progress import progress
from himnet.texts import clipped

TIMEOUT = 30.0  # seconds without a byte
PAUSE = 1.0  # seconds before another attempt
ATTEMPTS = 3  # consecutive attempts without any data before giving up
CHUNK = 1 << 17
_NOT_SATISFIABLE = 416
_COUNT = r"[0-9]{1,18}"  # of bytes
_PASSING = {408, 425, 429, 500, 502, 503, 504}


class _BrokenError(Exception):
    """The connection failed or ended early; the received part is kept."""


def fetch(url: str, target: Path, *, size: int, sha256: str, show: bool = True) -> None:
    """Download a file and move it into place once it is complete and has the right checksum.

    Until then it is ``target.part``, with which the next call continues. A broken connection is
    reopened as long as the attempts receive data.

    Args:
        url: ``http`` or ``https``.
        target: path of the file; its folder is created.
        size: of the whole file in bytes.
        sha256: of the whole file.
        show: whether to show progress.

    Raises:
        DataError: if the server cannot be reached or refuses, if the connection fails repeatedly,
            if it is a different file, or if the file cannot be written.
        FolderError: if another process downloads into the folder.
    """
    if not re.match(r"https?://[^/]", url):
        raise DataError(f"'{url}' is not the URL of a file; it must begin with http:// or https://")
    transfer = _Transfer(url, target.with_name(target.name + ".part"), size)
    with _writing(target):
        target.parent.mkdir(parents=True, exist_ok=True)
    with _writing(target), sole_writer(target.parent):
        resumed = transfer.length > 0
        transfer.complete(show)
        if resumed and file_sha256(transfer.part) != sha256:
            transfer.part.unlink()  # the first part was from another file: start again
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


@dataclass
class _Transfer:
    """A download from a URL into a ``.part`` file of known final size.

    Attributes:
        url, part, size: source, destination, and final length in bytes.
        ranges: whether the server is assumed to support range requests.
    """

    url: str
    part: Path
    size: int
    ranges: bool = True

    @property
    def length(self) -> int:
        """Bytes received so far."""
        return self.part.stat().st_size if self.part.is_file() else 0

    def complete(self, show: bool) -> None:
        """Complete the file, over as many connections as needed."""
        fruitless = 0
        label = self.part.stem
        bar = progress(description=label, total=self.size, unit="B", enabled=show, unit_scale=True)
        with closing(bar):
            while (have := self.length) != self.size:
                reason = "the connection ended early"
                try:
                    self._attempt(have if self.ranges and have < self.size else 0, bar)
                except _BrokenError as broken:
                    reason = str(broken)
                fruitless = 0 if self.length > have else fruitless + 1
                if fruitless == ATTEMPTS:
                    raise self._unreachable(reason)
                if self.length != self.size:
                    time.sleep(PAUSE)

    def foreign(self, difference: str) -> DataError:
        """Delete the received part and return the error with the reason."""
        self.part.unlink(missing_ok=True)
        return DataError(
            f"{self.url} is not the published file: {difference}; choose another mirror with --url"
        )

    def _attempt(self, have: int, bar: Any) -> None:
        """Append the data of one connection to the first `have` bytes."""
        with self._open(have) as response:
            begin, end, total = self._range(response, have)
            if total not in (None, self.size):
                raise self.foreign(f"it has {total:,} bytes, not {self.size:,}")
            bar.n = bar.initial = begin
            with self.part.open("ab" if begin else "wb") as file:
                for chunk in _chunks(response):
                    file.write(chunk)
                    bar.update(len(chunk))
                    if file.tell() > end:
                        break
                if file.tell() > end and end < self.size:
                    file.truncate(have)
                    raise self._misled(f"the server sent more than the announced bytes to {end:,}")
        if self.length > self.size:
            raise self.foreign(f"it has more than {self.size:,} bytes")

    def _range(self, response: Any, asked: int) -> tuple[int, int, int | None]:
        """Return the first and last byte of a response, and the total length if it is stated."""
        if response.status != http.HTTPStatus.PARTIAL_CONTENT:
            length = re.fullmatch(_COUNT, response.headers.get("Content-Length", ""))
            return 0, self.size, int(length[0]) if length else None
        told = response.headers.get("Content-Range", "")
        stated = re.fullmatch(rf"bytes ({_COUNT})-({_COUNT})/({_COUNT}|\*)", told.strip())
        wanted = f"when asked for the bytes from {asked:,}, the server sent"
        if stated is None:
            raise self._misled(f"{wanted} an invalid Content-Range ({clipped(told, 60)!r})")
        begin, last = int(stated[1]), int(stated[2])
        if begin not in (0, asked) or last < begin:
            raise self._misled(f"{wanted} '{clipped(told, 60)}'")
        return begin, last + 1, None if stated[3] == "*" else int(stated[3])

    def _misled(self, reason: str) -> _BrokenError:
        """Request the whole file from now on; the received part is kept until it arrives."""
        self.ranges = False
        return _BrokenError(reason)

    def _open(self, have: int) -> Any:
        """Open a connection that continues after `have` bytes, if the server supports it."""
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
                told = f"{answer} to a request for the bytes from {have:,}"
                raise self._misled(told) from error
            if error.code not in _PASSING:
                raise self._unreachable(answer) from error
            raise _BrokenError(answer) from error
        except urllib.error.URLError as error:
            raise _BrokenError(str(error.reason)) from error
        except (ValueError, http.client.InvalidURL) as error:
            raise DataError(f"'{self.url}' is not the URL of a file ({error})") from error
        except (OSError, http.client.HTTPException) as error:
            raise _BrokenError(str(error) or type(error).__name__) from error

    def _unreachable(self, reason: str) -> DataError:
        kept = f"{self.length / 1e6:.1f} of {self.size / 1e6:.1f} MB"
        later = f"; {kept} are kept, and the same command resumes there" if self.length else ""
        return DataError(
            f"{self.url} cannot be downloaded ({reason}): check the network, or set a mirror with "
            f"--url{later}"
        )


def _chunks(response: Any) -> Iterator[bytes]:
    """Yield the data of a response until it ends or breaks."""
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
    """Report a full or read-only disk in one sentence."""
    try:
        yield
    except OSError as error:
        raise DataError(
            f"{target} cannot be written ({error.strerror or error}); free disk space, or choose "
            f"another folder with --data-dir"
        ) from error
