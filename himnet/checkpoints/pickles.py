"""Plain state dicts (`.pt`) from anyone, read without running anything that they contain.

The protection is `torch.load(weights_only=True)`; nothing bypasses it. Before that, the file is
inspected without being unpickled: for what it would call, and how much it would unpack.
"""

from __future__ import annotations

import io
import pickle
import pickletools
import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

from himnet.checkpoints.header import MAX_FILE_BYTES
from himnet.errors import CheckpointError
from himnet.texts import clipped

_SAFE_TORCH = (2, 10)  # earlier versions are unsafe (CVE-2025-32434, CVE-2026-24747)
_MAX_PICKLE_BYTES = 2 * 2**20  # tensors are stored outside; METR-LA's has 3 kB
_MAX_TABLE_BYTES = 4 * 2**20  # of an archive's contents: 40,000 tensors
_IN_MEMORY = 64 * 2**20  # archives longer than this are checked on the disk
_ENCRYPTED = 1  # a flag of an entry
# others unpack without a limit on memory
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_DAMAGE = (OSError, ValueError, RuntimeError, NotImplementedError, EOFError, zlib.error)
_NEEDED = re.compile(
    r"collections OrderedDict|torch\._utils _rebuild_(tensor_v2|parameter)|torch \w+Storage"
)
_AGAIN = "load it where it was saved, and save it again with torch.save(model.state_dict(), ...)"


def load_pickle(path: Path) -> Any:
    """Return what `torch.save` wrote, if it consists of tensors, texts, numbers and containers.

    torch reads archives by its own rules: it checks no CRC, ignores case, and chooses among
    entries of one name. Therefore it is given a new archive of the checked entries instead of the
    file.

    Raises:
        CheckpointError: for a file that is missing, too large, damaged, from before torch 1.6, or
            that would call anything that tensors do not need.
    """
    import torch

    check_torch(torch.__version__)
    with tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY) as checked:
        pickled = _copy_checked(path, checked)
        with zipfile.ZipFile(checked) as archive:
            _check_calls(path, archive.read(pickled))
        checked.seek(0)
        try:
            return torch.load(checked, map_location="cpu", weights_only=True)
        except pickle.UnpicklingError as error:
            raise CheckpointError(f"{path} contains more than plain tensors; {_AGAIN}") from error
        except Exception as error:  # torch raises anything for damaged files
            reason = clipped(error) or type(error).__name__
            raise CheckpointError(f"{path} cannot be read as a state dict ({reason})") from error


def check_torch(version: str) -> None:
    """Refuse versions of torch with unsafe loading.

    Raises:
        CheckpointError: for a version before 2.10.
    """
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if numbers < _SAFE_TORCH:
        raise CheckpointError(
            f"torch {version} cannot load untrusted files safely; install torch 2.10 or later"
        )


class _Archive(io.FileIO):
    """A file whose table of contents is not read if it would fill the memory."""

    def read(self, size: int | None = -1) -> bytes:
        """Read like a file; zipfile requests the whole table at once."""
        if size is not None and size > _MAX_TABLE_BYTES:
            raise ValueError(f"a table of contents of {size / 1e6:,.1f} MB")
        return super().read(size)


def _copy_checked(path: Path, target: IO[bytes]) -> str:
    """Write a new archive of the entries of a `.pt` file and return the name of its pickle.

    Raises:
        CheckpointError: see `load_pickle`.
    """
    try:
        with _Archive(path) as file, zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            pickled = _checked_entries(path, entries)
            with zipfile.ZipFile(target, "w") as copy:
                for entry in entries:
                    _copy_entry(path, archive, entry, copy)
            return pickled
    except zipfile.BadZipFile as error:
        if _begins_as_archive(path):
            raise CheckpointError(
                f"{path} ends too early, or is damaged ({clipped(error)}); get it again"
            ) from error
        raise CheckpointError(
            f"{path} is not an archive written by torch.save (torch 1.6 or later); {_AGAIN}"
        ) from error
    except _DAMAGE as error:
        raise CheckpointError(f"{path} is damaged ({clipped(error)}); get it again") from error


def _begins_as_archive(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _copy_entry(
    path: Path, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, copy: zipfile.ZipFile
) -> None:
    """Copy an entry, whose CRC is checked by zipfile."""
    name = clipped(entry.filename, 80)
    try:
        with archive.open(entry) as source, copy.open(entry.filename, "w") as made:
            shutil.copyfileobj(source, made)
    except (zipfile.BadZipFile, *_DAMAGE) as error:
        raise CheckpointError(
            f"{path} is damaged in its entry '{name}' ({clipped(error)}); get it again, or save it "
            f"again without torch.serialization.set_crc32_options(False)"
        ) from error


def _checked_entries(path: Path, entries: Sequence[zipfile.ZipInfo]) -> str:
    """Check names, sizes and kinds of all entries, and return the name of the pickle.

    Raises:
        CheckpointError: if they are invalid.
    """
    unpacked = sum(entry.file_size for entry in entries)
    if unpacked > MAX_FILE_BYTES:
        raise CheckpointError(
            f"{path} would unpack to {unpacked / 1e6:,.0f} MB; state dicts of up to "
            f"{MAX_FILE_BYTES / 1e6:.0f} MB are read"
        )
    root = entries[0].filename.partition("/")[0] if entries else ""
    pickles = [entry for entry in entries if entry.filename == f"{root}/data.pkl"]
    if len(pickles) != 1 or pickles[0].file_size > _MAX_PICKLE_BYTES:
        raise CheckpointError(f"{path} is not a state dict written by torch.save; {_AGAIN}")
    seen: set[str] = set()
    for entry in entries:
        parts = entry.filename.split("/")
        wrong = (
            (entry.filename.lower() in seen, "occurs twice"),
            (parts[0] != root or not {"", ".", ".."}.isdisjoint(parts), "is in another folder"),
            (entry.flag_bits & _ENCRYPTED, "is encrypted"),
            (entry.compress_type not in _METHODS, "has an unsupported compression"),
        )
        for is_so, what in wrong:
            if is_so:
                raise CheckpointError(
                    f"{path} is not a state dict written by torch.save: its entry "
                    f"'{clipped(entry.filename, 80)}' {what}; {_AGAIN}"
                )
        seen.add(entry.filename.lower())
    return pickles[0].filename


def _check_calls(path: Path, raw: bytes) -> None:
    try:
        calls = sorted(set(_calls(raw)))
    except ValueError as error:  # it ends too early, or is not a pickle
        raise CheckpointError(f"{path} is damaged ({clipped(error)}); get it again") from error
    unwanted = [call for call in calls if not _NEEDED.fullmatch(call)]
    if unwanted:
        raise CheckpointError(
            f"{path} contains more than plain tensors: it would call "
            f"{clipped(', '.join(unwanted))}, so it was not read; {_AGAIN}"
        )


def _calls(raw: bytes) -> Iterator[str]:
    """List what a pickle would call, "module name" each, without unpickling it."""
    for opcode, argument, _ in pickletools.genops(raw):
        if opcode.name in ("GLOBAL", "INST"):
            yield str(argument)
        elif opcode.name in ("STACK_GLOBAL", "EXT1", "EXT2", "EXT4"):
            yield f"something by {opcode.name}"  # does not occur in torch.save's protocol
