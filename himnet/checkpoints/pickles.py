"""Plain state dicts (`.pt`) from strangers, read without running anything that they contain.

`torch.load(weights_only=True)` is the wall; there is no way round it. In front of it the file is
looked through without being unpickled: what it would call is listed, and how much it would unpack.
"""

from __future__ import annotations

import pickle
import pickletools
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from himnet.checkpoints.header import MAX_FILE_BYTES, clipped
from himnet.errors import CheckpointError

_SAFE_TORCH = (2, 10)  # earlier safe loading had two holes (CVE-2025-32434, CVE-2026-24747)
_MAX_PICKLE_BYTES = 2 * 2**20  # the tensors lie beside it; METR-LA's has 3 kB, a byte may take 70
_NEEDED = re.compile(
    r"collections OrderedDict|torch\._utils _rebuild_(tensor_v2|parameter)|torch \w+Storage"
)
_AGAIN = "load it where it was made, and save it again with torch.save(model.state_dict(), ...)"


def load_pickle(path: Path) -> Any:
    """Return what `torch.save` wrote, if it is made of tensors, texts, numbers and containers.

    Raises:
        CheckpointError: for a file that is missing, too large, damaged, of before torch 1.6, or
            that would call anything but what tensors need.
    """
    import torch

    check_torch(torch.__version__)
    _check_archive(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True, mmap=False)
    except pickle.UnpicklingError as error:
        raise CheckpointError(f"{path} holds more than plain tensors; {_AGAIN}") from error
    except Exception as error:  # torch raises whatever the damage led to
        reason = clipped(error) or type(error).__name__
        raise CheckpointError(f"{path} cannot be read as a state dict ({reason})") from error


def check_torch(version: str) -> None:
    """Refuse a torch whose safe loading is not safe.

    Raises:
        CheckpointError: for a version before 2.10.
    """
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if numbers < _SAFE_TORCH:
        raise CheckpointError(
            f"torch {version} cannot load foreign files safely; install torch 2.10 or later"
        )


def _check_archive(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            entries = archive.infolist()
            unpacked = sum(entry.file_size for entry in entries)
            if unpacked > MAX_FILE_BYTES:
                raise CheckpointError(
                    f"{path} would unpack to {unpacked / 1e6:,.0f} MB; state dicts of up to "
                    f"{MAX_FILE_BYTES / 1e6:.0f} MB are read"
                )
            pickles = [entry for entry in entries if entry.filename.endswith("data.pkl")]
            if len(pickles) != 1 or pickles[0].file_size > _MAX_PICKLE_BYTES:
                raise CheckpointError(f"{path} is no state dict that torch.save wrote; {_AGAIN}")
            calls = sorted(set(_calls(archive.read(pickles[0]))))
    except zipfile.BadZipFile as error:
        raise CheckpointError(
            f"{path} is no archive as torch.save writes since torch 1.6; {_AGAIN}"
        ) from error
    except (OSError, ValueError, RuntimeError, NotImplementedError, EOFError) as error:
        raise CheckpointError(f"{path} is damaged ({clipped(error)}); get it again") from error
    unwanted = [call for call in calls if not _NEEDED.fullmatch(call)]
    if unwanted:
        raise CheckpointError(
            f"{path} holds more than plain tensors: it would call "
            f"{clipped(', '.join(unwanted))}, so it was not read; {_AGAIN}"
        )


def _calls(raw: bytes) -> Iterator[str]:
    """List what a pickle would call, "module name" each, without unpickling it."""
    for opcode, argument, _ in pickletools.genops(raw):
        if opcode.name in ("GLOBAL", "INST"):
            yield str(argument)
        elif opcode.name in ("STACK_GLOBAL", "EXT1", "EXT2", "EXT4"):
            yield f"something by {opcode.name}"  # torch.save's own protocol has none of these
