"""Where checkpoints are: bundled ones, those of HIMNET_CHECKPOINTS, files and folders."""

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
    """Return the folders that are looked through: ``checkpoints/`` and HIMNET_CHECKPOINTS.

    The variable names one folder or several, separated as in PATH.
    """
    named = os.environ.get("HIMNET_CHECKPOINTS", "")
    return [BUNDLED, *(expanded(part) for part in named.split(os.pathsep) if part)]


def expanded(path: str | Path) -> Path:
    """Return a path with its ``~`` replaced, as it is where there is no such user."""
    try:
        return Path(path).expanduser()
    except RuntimeError:
        return Path(path)


def list_checkpoints(folder: str | Path | None = None) -> list[Path]:
    """Return the checkpoints' folders and files, bundled ones first, by name.

    Args:
        folder: look through this one alone; None for `checkpoint_folders`.
    """
    folders = checkpoint_folders() if folder is None else [Path(folder)]
    found: dict[Path, None] = {}  # a set that keeps its order: folders may be named twice
    for place in folders:
        for path in [place, *_entries(place)]:
            if _is_checkpoint(path):
                found[path.absolute()] = None
    return list(found)


def named_checkpoints() -> dict[str, Path]:
    """Return the listed checkpoints by the names that `resolve_checkpoint` takes for them.

    Of those that are called alike, the later have their folders' names before their own.
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
        CheckpointError: where there is none; the message lists those that exist.
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
        f"and none of that name in {' or '.join(str(place) for place in folders)} "
        f"(there are: {known})"
    )


def track_file(checkpoint: Path) -> Path:
    """Return where the track of a checkpoint's file lies, whether or not there is one."""
    return _beside(checkpoint, TRACK_FILE)


def measured_file(checkpoint: Path) -> Path:
    """Return where lies what was measured with a checkpoint's file, if anything was."""
    return _beside(checkpoint, MEASURED_FILE)


def find_snapshots(checkpoint: str | Path) -> list[tuple[int, Path]]:
    """Return the steps and files of the snapshots that a training left beside its model.

    Args:
        checkpoint: see `resolve_checkpoint`; a snapshot itself, and a checkpoint that is a file of
            another name than ``model.safetensors``, have none.

    Returns:
        By rising step; empty where there are none.

    Raises:
        CheckpointError: where there is no such checkpoint.
    """
    file = resolve_checkpoint(checkpoint)
    return snapshots_in(file.parent) if file.name == MODEL_FILE else []


def snapshots_in(folder: Path) -> list[tuple[int, Path]]:
    """Return the steps and files of the snapshots in a checkpoint's folder, by rising step."""
    named = ((_SNAPSHOT.fullmatch(path.name), path) for path in _entries(folder / SNAPSHOTS))
    return sorted((int(name[1]), path) for name, path in named if name and is_file(path))


def snapshot_file(folder: Path, step: int) -> Path:
    """Return where a checkpoint's folder holds the weights after a step."""
    return folder / SNAPSHOTS / f"step-{step:06d}.safetensors"


def checkpoint_name(path: Path) -> str:
    """Return how a checkpoint's file or folder is called on the command line."""
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
    """Return a file's name as text, also where it is none: bytes that are no UTF-8."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _entries(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:  # missing, no folder, or not ours to read
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
    """Whether there is a file, also where a path is none that there could be."""
    try:
        return path.is_file()
    except OSError:  # a name too long for the file system, a folder that may not be entered
        return False


def _no_pickle(path: Path) -> Path:
    if path.suffix in _PICKLES:
        made = texts.operand(f"{path.stem}.safetensors")
        convert = texts.command("python", "-m", "himnet", "convert", texts.operand(path), made)
        raise CheckpointError(
            f"{path} is a pickle, which may run code; turn it into a checkpoint with: {convert}"
        )
    return path
