"""The locations of checkpoints: bundled, in HIMNET_CHECKPOINTS, files and folders."""

from __future__ import annotations

import os
import re
from pathlib import Path

from himnet import texts
from himnet.errors import CheckpointError

BUNDLED = Path(__file__).resolve().parents[2] / "checkpoints"
MODEL_FILE = "model.safetensors"
TRACK_FILE = "track.safetensors"
MEASURED_FILE = "measured.safetensors"
SNAPSHOTS = "snapshots"
_SNAPSHOT = re.compile(r"step-(\d+)\.safetensors")
_PICKLES = (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".pickle")


def checkpoint_folders() -> list[Path]:
    """Return the folders that are searched: ``checkpoints/`` and HIMNET_CHECKPOINTS.

    The variable contains one or several folders, separated as in PATH.
    """
    named = os.environ.get("HIMNET_CHECKPOINTS", "")
    return [BUNDLED, *(expanded(part) for part in named.split(os.pathsep) if part)]


def expanded(path: str | Path) -> Path:
    """Return a path with its ``~`` expanded, unchanged if there is no such user."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def list_checkpoints(folder: str | Path | None = None) -> list[Path]:
    """Return the checkpoints' folders and files, bundled ones first, by name.

    Args:
        folder: search only this one; None for `checkpoint_folders`.
    """
    folders = checkpoint_folders() if folder is None else [Path(folder)]
    found: dict[Path, None] = {}  # an ordered set: folders may be listed twice
    for place in folders:
        for path in [place, *_entries(place)]:
            if _is_checkpoint(path):
                found[path.absolute()] = None
    return list(found)


def named_checkpoints() -> dict[str, Path]:
    """Return the listed checkpoints by the names that `resolve_checkpoint` accepts.

    If several have the same name, the later ones get their folders' names as a prefix.
    """
    named: dict[str, Path] = {}
    for path in list_checkpoints():
        name = _text_of(path.stem if path.suffix == ".safetensors" else path.name)
        for folder in path.parents:
            if name not in named:
                break
            name = f"{_text_of(folder.name)}/{name}"
        named.setdefault(name, path)
    return named


def resolve_checkpoint(name: str | Path) -> Path:
    """Return the file of a checkpoint.

    Args:
        name: a ``.safetensors`` file, a folder that holds ``model.safetensors``, a name of
            `named_checkpoints`, or a path from one of `checkpoint_folders`.

    Raises:
        CheckpointError: if there is none; the message lists those that exist.
    """
    given = expanded(name)
    folders, named = checkpoint_folders(), named_checkpoints()
    listed = [named[str(name)]] if str(name) in named else []
    for path in (given, *listed, *(place / given for place in folders)):
        for file in (path / MODEL_FILE, path, Path(f"{path}.safetensors")):
            if is_file(file):
                return _no_pickle(file)
    known = ", ".join(named) or "none"
    raise CheckpointError(
        f"there is no checkpoint '{str(name)[:200]}': no such file, no folder with {MODEL_FILE}, "
        f"and no checkpoint of that name in {' or '.join(str(place) for place in folders)} "
        f"(there are: {known})"
    )


def track_file(checkpoint: Path) -> Path:
    """Return the path of the track of a checkpoint's file, whether or not it exists."""
    return _beside(checkpoint, TRACK_FILE)


def measured_file(checkpoint: Path) -> Path:
    """Return the path of the measurements of a checkpoint's file, whether or not it exists."""
    return _beside(checkpoint, MEASURED_FILE)


def find_snapshots(checkpoint: str | Path) -> list[tuple[int, Path]]:
    """Return the steps and files of the snapshots that training stored next to its model.

    Args:
        checkpoint: see `resolve_checkpoint`; a snapshot, or a file with another name than
            ``model.safetensors``, has none.

    Returns:
        In order of steps; empty if there are none.

    Raises:
        CheckpointError: if there is no such checkpoint.
    """
    file = resolve_checkpoint(checkpoint)
    return snapshots_in(file.parent) if file.name == MODEL_FILE else []


def snapshots_in(folder: Path) -> list[tuple[int, Path]]:
    """Return the steps and files of the snapshots in a checkpoint's folder, in order of steps."""
    named = ((_SNAPSHOT.fullmatch(path.name), path) for path in _entries(folder / SNAPSHOTS))
    return sorted((int(name[1]), path) for name, path in named if name and is_file(path))


def snapshot_file(folder: Path, step: int) -> Path:
    """Return the path of the weights after a step in a checkpoint's folder."""
    return folder / SNAPSHOTS / f"step-{step:06d}.safetensors"


def checkpoint_name(path: Path) -> str:
    """Return the name of a checkpoint's file or folder on the command line."""
    place = path.parent if path.name == MODEL_FILE else path
    names = {known: name for name, known in named_checkpoints().items()}
    return names.get(place.absolute(), str(place))


def track_command(path: Path) -> str:
    """Return the command that makes the track of a checkpoint's file or folder."""
    name = checkpoint_name(path)
    given = str(path) if name.startswith("-") else name
    return texts.command("python", "-m", "himnet", "track", given)


def _beside(checkpoint: Path, name: str) -> Path:
    return checkpoint.with_name(
        name if checkpoint.name == MODEL_FILE else f"{checkpoint.stem}.{name}"
    )


def _text_of(name: str) -> str:
    """Return a file's name as text, even if its bytes are not valid UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # missing, not a folder, or not readable
        return []


def _is_checkpoint(path: Path) -> bool:
    if path.suffix != ".safetensors":
        return is_file(path / MODEL_FILE)
    beside = (TRACK_FILE, MEASURED_FILE)
    if path.name in (MODEL_FILE, *beside) or path.name.endswith(
        tuple(f".{name}" for name in beside)
    ):
        return False
    return not path.name.startswith(".") and is_file(path)


def is_file(path: Path) -> bool:
    """Whether there is a file, also for impossible paths."""
    try:
        return path.is_file()
    except OSError:  # a name too long for the file system, or a folder without access
        return False


def _no_pickle(path: Path) -> Path:
    if path.suffix in _PICKLES:
        made = texts.operand(f"{path.stem}.safetensors")
        convert = texts.command("python", "-m", "himnet", "convert", texts.operand(path), made)
        raise CheckpointError(f"{path} is a pickle, which may run code; convert it with: {convert}")
    return path
