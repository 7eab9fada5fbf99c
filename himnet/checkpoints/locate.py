"""Where checkpoints are: bundled ones, those of HIMNET_CHECKPOINTS, files and folders."""

from __future__ import annotations

import os
from pathlib import Path

from himnet.errors import CheckpointError

BUNDLED = Path(__file__).resolve().parents[2] / "checkpoints"
MODEL_FILE = "model.safetensors"
TRACK_FILE = "track.safetensors"


def checkpoint_folders() -> list[Path]:
    """Return the folders that are looked through: ``checkpoints/`` and HIMNET_CHECKPOINTS."""
    named = os.environ.get("HIMNET_CHECKPOINTS", "")
    return [BUNDLED, *(Path(part).expanduser() for part in named.split(os.pathsep) if part)]


def list_checkpoints(folder: str | Path | None = None) -> list[Path]:
    """Return the checkpoints' folders and files, bundled ones first, by name.

    Args:
        folder: look through this one alone; None for `checkpoint_folders`.
    """
    folders = checkpoint_folders() if folder is None else [Path(folder)]
    found = []
    for place in folders:
        if not place.is_dir():
            continue
        if (place / MODEL_FILE).is_file():
            found.append(place)
        for entry in sorted(place.iterdir()):
            is_file = entry.suffix == ".safetensors" and entry.name not in (MODEL_FILE, TRACK_FILE)
            if (entry / MODEL_FILE).is_file() or (is_file and entry.is_file()):
                found.append(entry)
    return found


def resolve_checkpoint(name: str | Path) -> Path:
    """Return the file of a checkpoint.

    Args:
        name: a ``.safetensors`` file, a folder that holds ``model.safetensors``, or the name of
            one in `checkpoint_folders`.

    Raises:
        CheckpointError: where there is none; the message lists those that exist.
    """
    given = Path(name).expanduser()
    candidates = [given, *(place / given for place in checkpoint_folders())]
    for path in candidates:
        if (path / MODEL_FILE).is_file():
            return path / MODEL_FILE
        if path.is_file():
            return _checked_ending(path)
    known = ", ".join(path.name for path in list_checkpoints()) or "none"
    raise CheckpointError(
        f"there is no checkpoint '{name}': no such file, no folder with {MODEL_FILE}, and no "
        f"bundled one of that name (there are: {known})"
    )


def _checked_ending(path: Path) -> Path:
    if path.suffix in (".pt", ".pth", ".bin", ".ckpt", ".pkl"):
        raise CheckpointError(
            f"{path} is a pickle, which may run code; turn it into a checkpoint with: "
            f"python -m himnet convert {path.name} {path.stem}.safetensors"
        )
    return path


def track_file(checkpoint: Path) -> Path:
    """Return where the track of a checkpoint's file lies, whether or not there is one."""
    if checkpoint.name == MODEL_FILE:
        return checkpoint.with_name(TRACK_FILE)
    return checkpoint.with_name(checkpoint.stem + "." + TRACK_FILE)
