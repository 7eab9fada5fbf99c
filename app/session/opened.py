"""The chosen checkpoint with its track and data set."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import streamlit as st

from analysis.city.basemap import basemap_in
from analysis.limits import is_large
from analysis.material import Material, folder_of_stranger, own_dataset
from app.choices.chosen import CHECKPOINT, shown_value
from app.messages import shown_as_message
from app.session.keys import shared
from himnet import texts
from himnet.checkpoints import CheckpointArrays, load_arrays, named_checkpoints
from himnet.checkpoints.locate import MODEL_FILE, measured_file, track_file
from himnet.checkpoints.measured import Measured
from himnet.checkpoints.store import with_measured
from himnet.data.dataset import Dataset
from himnet.data.info import DatasetInfo
from himnet.data.load import (
    load_dataset,
    name_of_stranger,
)
from himnet.data.synthetic import is_city
from himnet.errors import CheckpointError, DataError
from himnet.forecasting.track import Track, load_track

BUNDLED = "metr-la"  # the default checkpoint
CHOICE = CHECKPOINT  # key of the choice in the session, and its name in the URL
UPLOADS = "uploads"
MEASURED = "measured"  # uploaded measurements, by the sha256 of their model


@dataclass(frozen=True)
class OpenCheckpoint:
    """The checkpoint that all pages show.

    Attributes:
        arrays: weights and description.
        name: as in the sidebar.
        uploaded: whether it exists in this session only.
    """

    arrays: CheckpointArrays
    name: str
    uploaded: bool = False

    @property
    def sha256(self) -> str:
        """Checksum of weights and description; part of the key of every cached result."""
        return self.arrays.sha256

    @property
    def argument(self) -> str:
        """The checkpoint as an argument of the command line."""
        path = texts.operand(self.arrays.path)
        return path if self.uploaded or self.name.startswith("-") else self.name

    @property
    def track_command(self) -> str:
        """The command that creates a track of one week for it."""
        info = self.arrays.dataset
        unknown = ("--dataset", "PATH") if info.name and not _is_plain(info) else ()
        unknown = unknown if info.name else ("--dataset", "NAME")
        return texts.command(
            "python", "-m", "himnet", "track", self.argument, "--days", "7", *unknown
        )

    @property
    def has_track(self) -> bool:
        """Whether there is a track next to the checkpoint, valid or not; reads no file."""
        return not self.uploaded and track_file(self.arrays.path).is_file()

    @property
    def track(self) -> Track | None:
        """The track next to it, or None if there is none.

        Raises:
            CheckpointError: for a track that is damaged or belongs to another model.
        """
        if not self.has_track:
            return None
        return _track(str(self.arrays.path), stamp(track_file(self.arrays.path)), self.sha256)


def checkpoint_names() -> dict[str, Path | None]:
    """Return the checkpoints to choose from by name, with their paths; None for uploaded ones."""
    uploads = st.session_state.get(UPLOADS, {})
    return {**named_checkpoints(), **dict.fromkeys(uploads)}


def current_checkpoint() -> OpenCheckpoint:
    """Return the checkpoint chosen in the sidebar; if there is none, say so and stop the page.

    Raises:
        CheckpointError: if the chosen one cannot be read.
    """
    name = shown_value(CHOICE)
    if name is None:
        st.info(
            "There is no checkpoint yet. Copy one to `checkpoints/`, add its folder to "
            "`HIMNET_CHECKPOINTS`, open a `.safetensors` file in the sidebar, or train a model: "
            "`python -m himnet train --dataset METRLA --out checkpoints/mine`",
            icon=":material/folder_open:",
        )
        st.stop()
    return named_checkpoint(name)


def named_checkpoint(name: str) -> OpenCheckpoint:
    """Return a checkpoint by its name in `checkpoint_names`.

    Raises:
        CheckpointError: if it cannot be read or does not exist.
    """
    path = checkpoint_names().get(name)
    uploads: dict[str, CheckpointArrays] = st.session_state.get(UPLOADS, {})
    if path is not None:
        arrays = arrays_at(path)
    elif name in uploads:
        arrays = uploads[name]
    else:
        raise CheckpointError(f"there is no checkpoint '{name}'; choose one in the sidebar")
    opened: dict[str, Measured] = st.session_state.get(MEASURED, {})
    if arrays.sha256 in opened:
        arrays = with_measured(arrays, opened[arrays.sha256])
    return OpenCheckpoint(arrays, name, uploaded=path is None)


def arrays_at(path: Path) -> CheckpointArrays:
    """Return the checkpoint in a file or folder, read once for all visitors until it changes.

    Raises:
        CheckpointError: if it cannot be read.
    """
    file = path / MODEL_FILE if path.is_dir() else path
    return _arrays(str(path), stamp(file) + stamp(measured_file(file)))


def open_material(checkpoint: OpenCheckpoint) -> Material:
    """Return the model with its data; a track that cannot be used is reported and left out."""
    track = None
    with shown_as_message():
        track = checkpoint.track
    place = dataset_folder(checkpoint)
    dataset, problem = own_dataset(
        checkpoint.arrays,
        brief=True,
        load=lambda name, folder: _dataset(str(place or name), str(folder.resolve()), stamp(place)),
    )
    return _material(checkpoint.arrays, track, dataset, problem, basemap_in(place))


def dataset_seems_present(checkpoint: OpenCheckpoint) -> bool:
    """Return whether the checkpoint's data set seems available, without reading it."""
    return is_city(checkpoint.arrays.dataset.name) or dataset_folder(checkpoint) is not None


def dataset_folder(checkpoint: OpenCheckpoint) -> Path | None:
    """Return the folder of the checkpoint's data set; None if there is none."""
    return folder_of_stranger(checkpoint.arrays.dataset)


def _is_plain(info: DatasetInfo) -> bool:
    """Return whether a data set's name, from an untrusted file, is safe to use."""
    try:
        name_of_stranger(info)
    except DataError:
        return False
    return not (is_city(info.name) and is_large(info.num_nodes))


def stamp(path: Path | None) -> tuple[Any, ...]:
    """Return a key that changes with a file or a folder's files; empty if there is none."""
    if path is None:
        return ()
    try:
        files = sorted(path.iterdir()) if path.is_dir() else [path]
    except OSError:
        files = []
    return tuple(filter(None, map(_state_of, files)))


def _state_of(file: Path) -> tuple[Any, ...] | None:
    try:
        state = file.stat()
    except OSError:  # a broken link, or a file that was just deleted
        return None
    return file.name, state.st_mtime_ns, state.st_size, state.st_ino


@shared(4)
def _material(
    arrays: CheckpointArrays,
    track: Track | None,
    dataset: Dataset | None,
    problem: str,
    basemap: Path | None,
) -> Material:
    return Material(arrays, track, dataset, problem, basemap=basemap)


@shared(8)
def _arrays(path: str, stamp: tuple[Any, ...]) -> CheckpointArrays:
    return load_arrays(path)


@shared(3, "Reading the track ...")
def _track(checkpoint: str, stamp: tuple[Any, ...], sha256: str) -> Track | None:
    return load_track(checkpoint)


@shared(2, "Reading the data set ...")
def _dataset(name: str, directory: str, stamp: tuple[Any, ...]) -> Dataset:
    return load_dataset(name, directory)
