"""The folder of results that took minutes, which any command and page may reuse."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder() -> Path:
    """Return the folder of cached results: `HIMNET_CACHE_DIR`, or one in the user's cache."""
    named = os.environ.get("HIMNET_CACHE_DIR")
    if named:
        return Path(named)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "himnet-explorer"
