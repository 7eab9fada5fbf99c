"""Opening a file that may be compressed, without being filled by one that expands without end."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

from himnet.errors import DataError
from himnet.texts import clipped

MOST_EXPANDED = 200  # times its size; tables of readings reach 5 to 40
ALWAYS_ALLOWED = 1 << 28  # bytes of an expanded file, whatever its ratio
_MAGIC: tuple[tuple[bytes, str, Callable[[IO[bytes]], Any]], ...] = (
    (b"\x1f\x8b", "gzip", lambda raw: gzip.GzipFile(fileobj=raw)),
    (b"\xfd7zXZ\x00", "xz", lzma.LZMAFile),
    (b"BZh", "bzip2", bz2.BZ2File),
)
_ZSTD = b"\x28\xb5\x2f\xfd"


class Unpacked(io.RawIOBase):
    """The expanded content of a file, which ends with an error if it expands without end.

    Attributes:
        packing: "gzip", "xz", "bzip2", "zip", or "" for a file that is not compressed.
    """

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self._raw = path.open("rb")
        self._size = path.stat().st_size
        self._read = 0
        try:
            start = self._raw.read(8)
            self._raw.seek(0)
            self.packing, self._content = self._opened(start)
        except BaseException:
            self._raw.close()
            raise

    def _opened(self, start: bytes) -> tuple[str, IO[bytes]]:
        if start.startswith(_ZSTD):
            raise DataError(f"{self.path} is compressed with Zstandard; unpack it, and give that")
        if start.startswith(b"PK\x03\x04"):
            return "zip", self._member()
        for magic, name, opener in _MAGIC:
            if start.startswith(magic):
                return name, opener(self._raw)
        return "", self._raw

    def _member(self) -> IO[bytes]:
        """Open the one file in a ZIP archive, whose declared size is checked."""
        try:
            archive = zipfile.ZipFile(self._raw)
        except (zipfile.BadZipFile, ValueError, OSError) as error:
            raise DataError(f"{self.path} is a damaged ZIP archive; get it again") from error
        members = [one for one in archive.infolist() if not one.is_dir()]
        members = [one for one in members if not one.filename.startswith("__MACOSX/")]
        if len(members) != 1:
            raise DataError(
                f"{self.path} is a ZIP archive of {len(members)} files; unpack it, and give the "
                f"files with readings"
            )
        check_expansion(self.path, members[0].file_size, self._size)
        try:
            return archive.open(members[0])
        except (RuntimeError, NotImplementedError, zipfile.BadZipFile) as error:
            raise DataError(f"{self.path} cannot be unpacked ({error}); unpack it") from error

    def readable(self) -> bool:
        """It is for reading."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Read the next bytes."""
        try:
            data = self._content.read(len(buffer))
        except (OSError, EOFError, lzma.LZMAError, zlib.error, zipfile.BadZipFile) as error:
            raise DataError(
                f"{self.path} cannot be read ({clipped(error, 100)}); it is damaged or cut off, so "
                f"get it again"
            ) from error
        buffer[: len(data)] = data
        self._read += len(data)
        if self.packing:
            check_expansion(self.path, self._read, max(self._raw.tell(), 1))
        return len(data)

    def share(self) -> float:
        """Return the share of the file that has been read, 0 to 1."""
        return 1.0 if self._raw.closed else self._raw.tell() / max(self._size, 1)

    def close(self) -> None:
        """Close the file."""
        with suppress(OSError, ValueError):
            self._content.close()
        self._raw.close()
        super().close()


def check_expansion(path: Path, expanded: int, packed: int) -> None:
    """Refuse a compressed file that expands to hundreds of times its size.

    Args:
        path: of the file, for the message.
        expanded, packed: bytes, as declared or as read so far.

    Raises:
        DataError: if it does.
    """
    if expanded > ALWAYS_ALLOWED and expanded > MOST_EXPANDED * packed:
        raise DataError(
            f"{path} expands to over {MOST_EXPANDED} times its size ({expanded / 1e6:,.0f} MB); if "
            f"you trust it, unpack it, and give the unpacked file"
        )
