"""Files of results that took minutes, which any command and page may reuse.

A file is named after all that its result depends on, so that another result is never found. It may
come from anyone: who reads it checks the arrays, and measures again if they are not valid.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from himnet.checkpoints.format import read_sealed, write_sealed
from himnet.checkpoints.header import MAX_HEADER_BYTES
from himnet.errors import CheckpointError


def cache_folder() -> Path:
    """Return the folder of cached results: `HIMNET_CACHE_DIR`, or one in the user's cache."""
    named = os.environ.get("HIMNET_CACHE_DIR")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "himnet-explorer"


def cache_file(folder: str | Path | None, kind: str, settings: Mapping[str, Any]) -> Path | None:
    """Return the file of a result, whether it exists or not; None without a folder.

    Args:
        folder: of the cache.
        kind: of the result, with which the name begins.
        settings: all that it depends on, as JSON types.
    """
    if folder is None:
        return None
    told = json.dumps(settings, sort_keys=True).encode()
    return Path(folder) / f"{kind}-{hashlib.sha256(told).hexdigest()[:32]}.safetensors"


def read_cached(
    path: Path | None, format_name: str, *, max_bytes: int
) -> tuple[dict[str, Any], dict[str, NDArray[Any]]] | None:
    """Return what a file says and its arrays, both unchecked; None if it is absent or damaged.

    Args:
        path: from `cache_file`.
        format_name: that it must have.
        max_bytes: size of all arrays; a larger file is not read.
    """
    if path is None or not path.is_file():
        return None
    try:
        return read_sealed(path, format_name, max_bytes=max_bytes + MAX_HEADER_BYTES)
    except CheckpointError:
        return None


def keep_cached(
    path: Path | None,
    format_name: str,
    settings: Mapping[str, Any],
    arrays: Mapping[str, NDArray[Any]],
) -> Path | None:
    """Write a result and return its file; None if that fails.

    A full disk must not lose a result that took minutes.

    Args:
        path: from `cache_file`.
        format_name: of the file.
        settings: all that it depends on, as JSON types.
        arrays: of the result.
    """
    if path is None:
        return None
    try:
        write_sealed(path, arrays, settings, format_name)
    except CheckpointError:
        return None
    return path
