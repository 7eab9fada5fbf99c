"""The sidebar: choice of the checkpoint, the data available for it, and uploads."""

from __future__ import annotations

import tempfile
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import streamlit as st

from app.choices.chosen import choose, shown_value
from app.choices.links import named_one
from app.frame import present_button
from app.messages import said, sentence
from app.selection.chip import selection_chip
from app.session.opened import (
    BUNDLED,
    CHOICE,
    MEASURED,
    UPLOADS,
    OpenCheckpoint,
    checkpoint_names,
    current_checkpoint,
    dataset_folder,
    dataset_seems_present,
    named_checkpoint,
)
from himnet import texts
from himnet.checkpoints import CheckpointArrays, load_arrays
from himnet.checkpoints.header import read_header
from himnet.checkpoints.measured import FORMAT, Part, of_model, read_measured
from himnet.data.load import data_directory
from himnet.data.registry import DATASETS, shown_name
from himnet.errors import CheckpointError

MAX_UPLOAD_MB = 64
MAX_UPLOADS = 3
# Both are accepted only to explain which command makes a checkpoint or a data set of them.
_PICKLES = ("pt", "pth", "bin", "ckpt", "pkl")
_TABLES = (
    "csv",
    "tsv",
    "txt",
    "gz",
    "xz",
    "parquet",
    "feather",
    "xlsx",
    "h5",
    "hdf5",
    "npz",
    "npy",
)
_PROBLEM = "upload_problem"
_WEIGHTS = """\
# weights, and the data set that they were trained on
python -m himnet convert model.pt checkpoints/mine --dataset METRLA
python -m himnet track checkpoints/mine"""
_READINGS = """\
# readings: a row per time, a column per sensor
python -m himnet prepare readings.csv --out data/mine
python -m himnet train --dataset data/mine --out checkpoints/mine"""


def draw_sidebar() -> None:
    """Draw the choice of the checkpoint, uploads and a summary of it.

    There is no summary of a checkpoint that cannot be read; the page says why.
    """
    with st.sidebar:
        names = list(checkpoint_names())
        if names:
            named_one(
                "Checkpoint",
                names,
                default=BUNDLED if BUNDLED in names else names[0],
                key=CHOICE,
                help="The checkpoints in `checkpoints/` and in the folders of "
                "`HIMNET_CHECKPOINTS`, and those uploaded below. All pages show the chosen one.",
            )
        with st.container(horizontal=True, gap="small"):
            with st.popover("Open your own", icon=":material/upload_file:", type="tertiary"):
                _draw_upload()
                if names:
                    with suppress(CheckpointError):
                        _draw_status(current_checkpoint())
            present_button()
        problem = st.session_state.get(_PROBLEM)
        if problem:
            st.error(texts.markdown(problem), icon=":material/error:")
        if names:
            with suppress(CheckpointError):
                _draw_warnings(current_checkpoint())
                selection_chip(current_checkpoint())


def _draw_upload() -> None:
    st.file_uploader(
        "A checkpoint of this project (.safetensors)",
        type=["safetensors", *_PICKLES, *_TABLES],
        key="upload",
        on_change=said(_take_upload),
        max_upload_size=MAX_UPLOAD_MB,
        help="It is available in this browser session only and is not stored on the server. A "
        "`measured.safetensors` file adds measurements to the model that it belongs to.",
    )
    st.caption(
        "A `.pt` of your own and a table of readings each become one with two commands on your "
        "own machine:"
    )
    st.markdown(f"```bash\n{_WEIGHTS}\n\n{_READINGS}\n```")


def _take_upload() -> None:
    """Load and choose the uploaded file; runs before the page is drawn again."""
    given = st.session_state.get("upload")
    st.session_state.pop(_PROBLEM, None)
    if given is None:
        return
    try:
        found = _load_upload(given.name, given.getvalue())
        if isinstance(found, dict):
            _take_measured(Path(given.name).name, found)
            return
    except CheckpointError as error:
        st.session_state[_PROBLEM] = sentence(error)
        return
    name = f"{Path(given.name).stem} (opened)"
    _keep(UPLOADS, name, found)
    choose(CHOICE, [name])


def _take_measured(file: str, parts: dict[str, Part]) -> None:
    """Store measurements of the chosen model or of an uploaded one in the session."""
    models = {arrays.sha256 for arrays in st.session_state.get(UPLOADS, {}).values()}
    if (shown := shown_value(CHOICE)) is not None:
        with suppress(CheckpointError):
            models.add(named_checkpoint(shown).sha256)
    known = models & {part.model for part in parts.values()}
    if not known:
        raise CheckpointError(
            f"{file} contains measurements of a different model than the one shown; choose or "
            f"open that model first"
        )
    for sha256 in known:
        _keep(MEASURED, sha256, of_model(parts, sha256, file))


def _keep(key: str, name: str, opened: object) -> None:
    """Store an upload in the session, which keeps only the last few."""
    every = {**st.session_state.get(key, {}), name: opened}
    st.session_state[key] = {name: every[name] for name in list(every)[-MAX_UPLOADS:]}


def _load_upload(name: str, content: bytes) -> CheckpointArrays | dict[str, Part]:
    """Load an uploaded checkpoint, or a measured file, from a temporary file.

    Raises:
        CheckpointError: for a pickle, or a file that `load_arrays` or `read_measured` rejects.
    """
    name = Path(name).name
    ending = name.rpartition(".")[2].lower()
    if ending in _TABLES:
        source = texts.operand(name)
        prepare = texts.command("python", "-m", "himnet", "prepare", source, "--out", "data/mine")
        raise CheckpointError(
            f"{name} contains readings, not a model; make a data set of it on your own machine "
            f"with: {prepare}; then train a model on that with: python -m himnet train --dataset "
            f"data/mine --out checkpoints/mine"
        )
    if ending in _PICKLES:
        made = f"{Path(name).stem}.safetensors"
        words = (texts.operand(name), texts.operand(made), "--dataset", "METRLA")
        convert = texts.command("python", "-m", "himnet", "convert", *words)
        raise CheckpointError(
            f"{name} is a pickle, which can run code, so it is not opened here; convert it to "
            f"a checkpoint on your own machine with: {convert}; then open the result"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "upload.safetensors")  # regardless of the uploaded name
        path.write_bytes(content)
        try:
            if read_header(path).metadata.get("format") == FORMAT:
                return read_measured(path)
            arrays = load_arrays(path)
        except CheckpointError as error:
            raise CheckpointError(str(error).replace(str(path), name)) from error
    return replace(arrays, path=Path(name or "upload.safetensors"))


def _draw_status(checkpoint: OpenCheckpoint) -> None:
    """Draw name and checksum, and whether track and readings are available."""
    info = checkpoint.arrays.dataset
    name = texts.markdown(shown_name(info.name) or "unnamed data set")
    st.markdown(
        f"**{name}** · {info.num_nodes:,} sensors  \n`{checkpoint.sha256[:12]}`",
        help=f"sha256 of weights and description: `{checkpoint.sha256}`",
    )
    present = dataset_seems_present(checkpoint)
    get = DATASETS[info.name].get if info.name in DATASETS else "copy its folder there"
    _draw_line("Track", checkpoint.has_track, "lets pages work without the data set")
    place = dataset_folder(checkpoint) or data_directory() / info.name
    looked = texts.markdown(f"expected in {place}" + ("" if present else f"; {get}"))
    _draw_line("Readings", present, looked if info.name else "the checkpoint names no data set")


def _draw_warnings(checkpoint: OpenCheckpoint) -> None:
    for warning in checkpoint.arrays.warnings:
        st.warning(texts.markdown(sentence(Exception(warning))), icon=":material/warning:")


def _draw_line(what: str, present: bool, hint: str) -> None:
    icon, word = ("check_circle", "available") if present else ("cancel", "not available")
    colour = "green" if present else "gray"
    st.markdown(f":{colour}[:material/{icon}:] {what}: {word}", help=hint)
