"""HDF5 files from anyone, read with h5py alone.

Only what the file itself holds is read: links that may lead to other files are not followed,
arrays that are stored elsewhere are refused, and nothing is unpickled. Sizes and compression are
checked before anything is read.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from himnet import texts
from himnet.data.plain_pickles import MAX_BYTES, plain_value
from himnet.errors import DataError

if TYPE_CHECKING:
    import h5py

SIGNATURE = b"\x89HDF\r\n\x1a\n"
_SIGNATURE_AT = (0, 512, 1024, 2048)
_MOST_NODES, _DEEPEST = 100_000, 32
_MOST_CHUNK = 2**29  # bytes of the unit that is compressed at once
# zlib shrinks no more than 1,032 to 1
_MOST_SHRUNK, _SMALL = 1100, 2**20
_OWN_FILTERS = {1, 2, 3, 4, 5, 6, 32000}  # of HDF5 itself, and lzf, which h5py has
_FOREIGN_FILTERS = {
    305: "LZO", 307: "bzip2", 32001: "Blosc", 32004: "LZ4", 32008: "bitshuffle", 32013: "ZFP",
    32015: "Zstandard", 32026: "Blosc2",
}  # fmt: skip
_DAMAGE = (OSError, LookupError, ValueError, TypeError, AttributeError, RuntimeError, MemoryError)


def has_signature(path: Path) -> bool:
    """Whether a file begins as HDF5 does; a block of the user's may come before."""
    try:
        with path.open("rb") as file:
            for position in _SIGNATURE_AT:
                file.seek(position)
                if file.read(len(SIGNATURE)) == SIGNATURE:
                    return True
    except OSError:
        return False
    return False


@contextlib.contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Open a file for reading; whatever h5py finds wrong with it while it is open is a `DataError`.

    Raises:
        DataError: for a file that is missing, damaged or not HDF5.
    """
    import h5py  # only needed here, and slow to import

    try:
        with h5py.File(path, "r") as file:
            yield file
    except _DAMAGE as error:
        reason = texts.clipped(error).rstrip(".") or type(error).__name__
        raise DataError(
            f"{path} cannot be read ({reason}); check it or download it again"
        ) from error


@dataclass(frozen=True)
class Nodes:
    """What a file holds, by path from its root; objects are never shared between two paths.

    Attributes:
        groups, datasets: of the file itself.
        elsewhere: paths of the links that are not followed, as they may lead to other files.
    """

    groups: dict[str, h5py.Group] = field(default_factory=dict)
    datasets: dict[str, h5py.Dataset] = field(default_factory=dict)
    elsewhere: list[str] = field(default_factory=list)


def nodes_of(file: h5py.File) -> Nodes:
    """Return the groups and datasets of an opened file.

    Raises:
        DataError: for over 100,000 of them, or groups that are over 32 deep.
    """
    import h5py

    found, seen = Nodes(), set()
    ahead: list[tuple[str, h5py.Group]] = [("", file["/"])]
    while ahead:
        path, group = ahead.pop()
        found.groups[path or "/"] = group
        for name in group:
            child = f"{path}/{name}"
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                found.elsewhere.append(child)
                continue
            node = group[name]
            address = h5py.h5o.get_info(node.id).addr
            if address in seen:  # two links to one object, perhaps in a circle
                continue
            seen.add(address)
            if len(seen) > _MOST_NODES or child.count("/") > _DEEPEST:
                raise DataError(
                    f"{file.filename} has over {_MOST_NODES:,} objects, or groups that are over "
                    f"{_DEEPEST} deep; save the readings alone"
                )
            if isinstance(node, h5py.Group):
                ahead.append((child, node))
            elif isinstance(node, h5py.Dataset):
                found.datasets[child] = node
    return found


def check_dataset(dataset: h5py.Dataset) -> None:
    """Refuse a dataset that cannot be read safely and in slices.

    Raises:
        DataError: if it is stored in other files, compressed by what h5py lacks, or would unpack
            to more than it can hold.
    """
    what = f"'{texts.clipped(dataset.name, 80)}' in {dataset.file.filename}"
    if dataset.is_virtual or dataset.external:
        raise DataError(
            f"{what} is stored in other files, which are not opened; save it with its readings"
        )
    foreign = [code for code in _filters(dataset) if code not in _OWN_FILTERS]
    if foreign:
        name = _FOREIGN_FILTERS.get(foreign[0], f"filter {foreign[0]}")
        raise DataError(
            f"{what} is compressed by {name}, which is not part of HDF5; save it again without "
            f"compression or with zlib (pandas: to_hdf(..., complib='zlib'))"
        )
    chunk = math.prod(dataset.chunks or (0,)) * dataset.dtype.itemsize
    size, stored = dataset.size * dataset.dtype.itemsize, dataset.id.get_storage_size()
    if chunk > _MOST_CHUNK or size > _SMALL + _MOST_SHRUNK * stored:
        raise DataError(
            f"{what} has shape {dataset.shape} ({size / 1e9:,.1f} GB) in {stored / 1e6:,.1f} MB "
            f"of the file, in pieces of {chunk / 1e6:,.1f} MB; save the readings in smaller "
            f"pieces, without gaps"
        )


def _filters(dataset: h5py.Dataset) -> list[int]:
    plan = dataset.id.get_create_plist()
    return [plan.get_filter(position)[0] for position in range(plan.get_nfilters())]


def attribute(node: h5py.Group | h5py.Dataset, name: str) -> Any:
    """Return an attribute as a text, a number or an array of numbers; None for anything else."""
    import h5py

    if name not in node.attrs:
        return None
    try:
        if h5py.h5a.open(node.id, name.encode()).get_storage_size() > MAX_BYTES:
            return None
        value = node.attrs[name]
    except _DAMAGE:
        return None
    if isinstance(value, np.ndarray) and value.size == 1:
        value = value.reshape(-1)[0]
    if isinstance(value, bytes):
        return text_of(value)
    if isinstance(value, np.generic) and value.dtype.kind in "biufSU":
        return value.item()
    return value if isinstance(value, str | np.ndarray) else None


def text_attribute(node: h5py.Group | h5py.Dataset, name: str) -> str:
    """Return an attribute that is a text, or "" if it is missing or anything else."""
    value = attribute(node, name)
    return value if isinstance(value, str) else ""


def pickled_attribute(node: h5py.Group | h5py.Dataset, name: str) -> Any:
    """Return the lists, texts and numbers of an attribute that PyTables pickled, or None.

    It is not unpickled: see `himnet.data.plain_pickles`.
    """
    import h5py

    if name not in node.attrs:
        return None
    try:
        if h5py.h5a.open(node.id, name.encode()).get_storage_size() > MAX_BYTES:
            return None
        raw = node.attrs[name]
        if isinstance(raw, str):
            raw = raw.encode("utf-8", "surrogateescape")
        elif isinstance(raw, np.ndarray | np.void):
            raw = raw.tobytes()
        return plain_value(bytes(raw)) if isinstance(raw, bytes) else None
    except _DAMAGE:
        return None


def text_of(value: object) -> str:
    """Return a stored label as a text: bytes are UTF-8, or Latin-1 if they are not."""
    if isinstance(value, bytes):
        try:
            return value.decode()
        except UnicodeDecodeError:
            return value.decode("latin-1")
    if isinstance(value, float | np.floating) and float(value).is_integer():
        return str(int(value))
    return str(value)


def labels_of(values: NDArray[Any]) -> tuple[str, ...]:
    """Return labels, such as sensor ids, as texts."""
    return tuple(text_of(value) for value in values.reshape(-1).tolist())
