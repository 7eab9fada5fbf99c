"""NumPy's array files (``.npy``, and those in an ``.npz``), read in rows; never unpickled.

Sizes are checked against the file before anything is read, and compressed arrays are unpacked as
they are read, so that memory does not grow with their length.
"""

from __future__ import annotations

import contextlib
import math
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, Literal

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.errors import DataError

PICKLED = "contains pickled objects, which are never loaded, as they can run code"
MAGIC = b"\x93NUMPY"
_ENCRYPTED = 1  # a flag of an entry
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MOST_ENTRIES = 10_000
_LARGE, _MOST_SHRUNK = 2**30, 500  # real readings shrink to a hundredth at most
_MOST_HELD = 2**28  # bytes of an array that is read whole, such as sensor ids
_DAMAGE = (
    OSError, ValueError, RuntimeError, NotImplementedError, EOFError, zlib.error, KeyError,
    zipfile.BadZipFile, TypeError, SyntaxError, MemoryError, OverflowError, RecursionError,
)  # fmt: skip


@dataclass(frozen=True)
class Npy:
    """An array in a file, which is not read yet.

    Attributes:
        path: of the file.
        member: its entry in an ``.npz``, or None for an ``.npy``.
        shape, dtype: of the array.
        fortran: whether the first axis changes fastest in the file.
        begins: bytes before the values.
    """

    path: Path
    member: str | None
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    fortran: bool
    begins: int

    @property
    def name(self) -> str:
        """The array's name: of the entry, or of the file."""
        return (self.member or self.path.name).removesuffix(".npy")

    @property
    def order(self) -> Literal["C", "F"]:
        """Whether the last axis changes fastest in the file ("C") or the first one ("F")."""
        return "F" if self.fortran else "C"

    @property
    def nbytes(self) -> int:
        """Bytes of the values."""
        return math.prod(self.shape) * self.dtype.itemsize

    def load(self) -> NDArray[Any]:
        """Return the whole array.

        Raises:
            DataError: if it is damaged, or larger than what is read whole.
        """
        if self.dtype.hasobject:
            raise DataError(
                f"'{texts.clipped(self.name, 60)}' in {self.path} {PICKLED}; save it as numbers or "
                f"texts, such as array.astype(str)"
            )
        if self.nbytes > _MOST_HELD:
            raise DataError(
                f"'{texts.clipped(self.name, 60)}' in {self.path} has {self.nbytes / 1e6:,.0f} MB; "
                f"only readings may have over {_MOST_HELD / 1e6:.0f}"
            )
        with _reported(self.path), _values(self) as file:
            raw = _exactly(self, file, self.nbytes)
        return np.frombuffer(raw, dtype=self.dtype).reshape(self.shape, order=self.order)

    def walk(self, axis: int, step: int) -> Iterator[NDArray[Any]]:
        """Yield consecutive slices of at most `step` along axis 0 or 1, which comes first.

        Along the axis that changes slowest in the file they are read as they come; along another
        one the array is unpacked into a temporary file first.

        Raises:
            DataError: if the array is damaged, or there is no space to unpack it.
        """
        walked = self._streamed(step) if not axis and not self.fortran else self._mapped(axis, step)
        with _reported(self.path):
            yield from walked

    def _streamed(self, step: int) -> Iterator[NDArray[Any]]:
        row = math.prod(self.shape[1:]) * self.dtype.itemsize
        with _values(self) as file:
            for start in range(0, self.shape[0], step):
                count = min(step, self.shape[0] - start)
                raw = _exactly(self, file, count * row)
                yield np.frombuffer(raw, dtype=self.dtype).reshape((count, *self.shape[1:]))

    def _mapped(self, axis: int, step: int) -> Iterator[NDArray[Any]]:
        with _unpacked(self) as (file, begins):
            array = np.memmap(file, self.dtype, "r", begins, self.shape, self.order)
            moved = np.moveaxis(array, axis, 0)
            for start in range(0, self.shape[axis], step):
                yield np.array(moved[start : start + step])


def read_header(path: Path) -> Npy:
    """Return the array of an ``.npy`` file.

    Raises:
        DataError: for a damaged file, or a shape that the file cannot hold.
    """
    with _reported(path), path.open("rb") as file:
        return _header(path, None, file, path.stat().st_size)


def read_headers(path: Path) -> dict[str, Npy]:
    """Return the arrays of an ``.npz`` file by name, without reading any.

    Those of pickled objects are among them, but cannot be read.

    Raises:
        DataError: for a damaged file, entries that would unpack to more than readings can, or a
            shape that an entry cannot hold.
    """
    with _reported(path), zipfile.ZipFile(path) as archive:
        entries = [e for e in archive.infolist() if e.filename.endswith(".npy")]
        if len({entry.filename for entry in entries}) != len(entries) > 0:
            raise DataError(f"{path} has two arrays of one name; save it again")
        if len(entries) > _MOST_ENTRIES:
            raise DataError(f"{path} has {len(entries):,} arrays; save the readings alone")
        found = {}
        for entry in entries:
            _check_entry(path, entry)
            with archive.open(entry) as file:
                array = _header(path, entry.filename, file, entry.file_size)
            found[array.name] = array
        return found


def is_archive_of_arrays(path: Path) -> bool:
    """Whether a file is a zip archive with at least one ``.npy`` in it."""
    try:
        with path.open("rb") as file:
            if file.read(4) != b"PK\x03\x04":
                return False
        with zipfile.ZipFile(path) as archive:
            return any(name.endswith(".npy") for name in archive.namelist())
    except _DAMAGE:
        return path.suffix == ".npz" and path.is_file()


def is_npy(path: Path) -> bool:
    """Whether a file begins as an ``.npy`` does."""
    try:
        with path.open("rb") as file:
            return file.read(len(MAGIC)) == MAGIC
    except OSError:
        return False


def _check_entry(path: Path, entry: zipfile.ZipInfo) -> None:
    name = texts.clipped(entry.filename, 60)
    if entry.flag_bits & _ENCRYPTED or entry.compress_type not in _METHODS:
        raise DataError(
            f"'{name}' in {path} is encrypted or compressed in a way that NumPy does not use; save "
            f"it again with numpy.savez_compressed"
        )
    size, packed = entry.file_size, entry.compress_size
    if size > _LARGE and size > _MOST_SHRUNK * max(1, packed):
        raise DataError(
            f"'{name}' in {path} would unpack from {packed / 1e6:,.1f} MB to {size / 1e9:,.1f} GB, "
            f"as no readings do; save it again"
        )


def _header(path: Path, member: str | None, file: IO[bytes], size: int) -> Npy:
    version = np.lib.format.read_magic(file)
    if version == (1, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, fortran, dtype = np.lib.format.read_array_header_2_0(file)
    else:
        raise ValueError(f"version {version} of NumPy's format")
    array = Npy(path, member, tuple(shape), dtype, fortran, file.tell())
    if dtype.hasobject:
        return array
    if min(shape, default=0) < 0:
        raise ValueError(f"an array of shape {shape}")
    if array.begins + array.nbytes != size:
        raise DataError(
            f"'{texts.clipped(array.name, 60)}' in {path} should have {array.nbytes:,} bytes of "
            f"shape {shape}, but the file has {max(0, size - array.begins):,}; get it again"
        )
    return array


@contextlib.contextmanager
def _values(array: Npy) -> Iterator[IO[bytes]]:
    """Open the file of an array at its first value."""
    with contextlib.ExitStack() as stack:
        if array.member is None:
            file: IO[bytes] = stack.enter_context(array.path.open("rb"))
        else:
            archive = stack.enter_context(zipfile.ZipFile(array.path))
            file = stack.enter_context(archive.open(array.member))
        _exactly(array, file, array.begins)
        yield file


@contextlib.contextmanager
def _unpacked(array: Npy) -> Iterator[tuple[Any, int]]:
    """Yield an uncompressed file of an array, and where its values begin."""
    if array.member is None:
        with array.path.open("rb") as plain:
            yield plain, array.begins
        return
    free = shutil.disk_usage(tempfile.gettempdir()).free
    if array.nbytes > free:
        raise DataError(
            f"'{texts.clipped(array.name, 60)}' in {array.path} is stored by sensor, and unpacking "
            f"it needs {array.nbytes / 1e9:,.1f} GB in {tempfile.gettempdir()}, which has "
            f"{free / 1e9:,.1f}; save it with one row per time"
        )
    with tempfile.TemporaryFile() as made, _values(array) as file:
        shutil.copyfileobj(file, made)
        made.flush()
        if made.tell() != array.nbytes:
            raise EOFError(f"'{texts.clipped(array.name, 60)}' ends too early")
        yield made, 0


def _exactly(array: Npy, file: IO[bytes], count: int) -> bytes:
    raw = file.read(count)
    if len(raw) != count:
        raise EOFError(f"'{texts.clipped(array.name, 60)}' ends too early")
    return raw


@contextlib.contextmanager
def _reported(path: Path) -> Iterator[None]:
    """Report whatever is wrong with a file in one sentence."""
    try:
        yield
    except _DAMAGE as error:
        reason = texts.clipped(error).rstrip(".") or type(error).__name__
        raise DataError(f"{path} cannot be read ({reason}); check it or get it again") from error
