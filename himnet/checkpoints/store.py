"""Load and save checkpoints: weights with everything that is needed to understand them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from himnet.checkpoints.format import (
    Header,
    read_description,
    read_header,
    read_tensors,
    write_sealed,
)
from himnet.checkpoints.locate import MODEL_FILE, resolve_checkpoint
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo
from himnet.errors import CheckpointError, HimNetError
from himnet.scaler import Scaler

if TYPE_CHECKING:
    from himnet.model import HimNet

FORMAT = "himnet-checkpoint/1"
_WEIGHT_TYPES = ("F32", "F16", "BF16", "F64")
_WRAPPERS = ("module.", "_orig_mod.")  # what DataParallel and torch.compile put before names
_PARTS = {"config", "scaler", "dataset", "training", "metrics"}


@dataclass(frozen=True)
class _Description:
    """What every checkpoint says about itself.

    Attributes:
        config: the model's configuration.
        scaler: of the training windows.
        dataset: identity of the data set it was trained on.
        training: how it was trained; keys as far as they are known.
        metrics: by split, as `himnet evaluate --json` prints them.
        sha256: over tensors and description.
        path: the file.
        warnings: sentences that a user should see.
    """

    config: HimNetConfig
    scaler: Scaler
    dataset: DatasetInfo
    training: dict[str, Any]
    metrics: dict[str, Any]
    sha256: str
    path: Path
    warnings: tuple[str, ...]


@dataclass(frozen=True)
class CheckpointArrays(_Description):
    """A checkpoint with its weights as float32 NumPy arrays, by published name."""

    weights: dict[str, NDArray[np.float32]] = field(repr=False)


@dataclass(frozen=True)
class Checkpoint(_Description):
    """A checkpoint with its model, in evaluation mode."""

    model: HimNet = field(repr=False)


def load_arrays(path: str | Path) -> CheckpointArrays:
    """Load a checkpoint without importing torch.

    Args:
        path: a ``.safetensors`` file, a folder that holds one, or the name of a bundled one.

    Raises:
        CheckpointError: for a file that is missing, unsafe, broken, truncated, foreign or altered.
    """
    file = resolve_checkpoint(path)
    header = read_header(file)
    content = read_description(file, header, FORMAT)
    if set(content) != _PARTS:
        raise CheckpointError(
            f"{file} does not describe {sorted(_PARTS - set(content))}; write it again"
        )
    try:
        config = HimNetConfig.from_dict(content["config"])
        scaler = Scaler(**content["scaler"])
        dataset = DatasetInfo.from_dict(content["dataset"])
        training, metrics = dict(content["training"]), dict(content["metrics"])
    except (HimNetError, TypeError, ValueError, KeyError, AttributeError) as error:
        raise CheckpointError(f"{file} describes itself wrongly: {error}") from error
    if dataset.num_nodes != config.num_nodes or dataset.steps_per_day != config.steps_per_day:
        raise CheckpointError(f"the model and the data set described in {file} differ in size")
    header = _unwrapped(file, header)
    check_shapes(file, {name: e.shape for name, e in header.tensors.items()}, config)
    for name, entry in header.tensors.items():
        if entry.dtype not in _WEIGHT_TYPES:
            raise CheckpointError(f"tensor '{name}' in {file} has the type {entry.dtype}, not F32")
    stored, digest = read_tensors(file, header)
    weights = {name: stored[name].astype(np.float32, copy=False) for name in config.state_shapes()}
    check_finite(file, weights)
    warnings = () if "sha256" in header.metadata else (_unsealed(file),)
    return CheckpointArrays(
        config, scaler, dataset, training, metrics, digest, file, warnings, weights
    )


def load_checkpoint(path: str | Path, *, device: str = "cpu") -> Checkpoint:
    """Load a checkpoint with its model in evaluation mode; arguments and errors as `load_arrays`.

    Args:
        path: see `load_arrays`.
        device: where the model goes: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
    """
    return with_model(load_arrays(path), device=device)


def with_model(loaded: CheckpointArrays, *, device: str = "cpu") -> Checkpoint:
    """Make the model of a checkpoint whose arrays are loaded; this is where torch is imported.

    Args:
        loaded: what `load_arrays` returned.
        device: as for `load_checkpoint`.
    """
    import torch

    from himnet.devices import choose_device
    from himnet.model import HimNet

    model = HimNet(loaded.config)
    # copies, since arrays that were read from a file may not be writable
    model.load_state_dict({name: torch.tensor(array) for name, array in loaded.weights.items()})
    return Checkpoint(
        loaded.config,
        loaded.scaler,
        loaded.dataset,
        loaded.training,
        loaded.metrics,
        loaded.sha256,
        loaded.path,
        loaded.warnings,
        model.to(choose_device(device)).eval(),
    )


def save_checkpoint(
    path: str | Path,
    weights: Mapping[str, Any],
    *,
    config: HimNetConfig,
    scaler: Scaler,
    dataset: DatasetInfo,
    training: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
) -> Path:
    """Write a checkpoint, whole or not at all.

    Args:
        path: a ``.safetensors`` file, or a folder to put ``model.safetensors`` into.
        weights: by published name, NumPy arrays or torch tensors on any device.
        config, scaler, dataset: what the model is and what it was trained on.
        training, metrics: as far as they are known; plain values only.

    Returns:
        The file.

    Raises:
        CheckpointError: for weights that are not those of the configuration or not finite, or a
            file that cannot be written.
    """
    path = Path(path)
    file = path if path.suffix == ".safetensors" else path / MODEL_FILE
    arrays = {name: _as_float32(array) for name, array in weights.items()}
    check_shapes(file, {name: array.shape for name, array in arrays.items()}, config)
    check_finite(file, arrays)
    description = {
        "config": config.to_dict(),
        "scaler": scaler.to_dict(),
        "dataset": dataset.to_dict(),
        "training": dict(training or {}),
        "metrics": dict(metrics or {}),
    }
    write_sealed(file, arrays, description, FORMAT)
    return file


def strip_wrappers(name: str) -> str:
    """Remove the prefixes that DataParallel and torch.compile put before a parameter's name."""
    for prefix in _WRAPPERS * 2:
        name = name.removeprefix(prefix)
    return name


def check_shapes(file: Path, shapes: Mapping[str, tuple[int, ...]], config: HimNetConfig) -> None:
    """Compare names and shapes with those that the configuration implies.

    Raises:
        CheckpointError: that lists what is missing, unexpected or of another shape.
    """
    expected = config.state_shapes()
    problems = []
    missing = [name for name in expected if name not in shapes]
    unexpected = [name for name in shapes if name not in expected]
    wrong = [
        f"{name} is {tuple(shapes[name])} instead of {expected[name]}"
        for name in expected
        if name in shapes and tuple(shapes[name]) != expected[name]
    ]
    for title, names in (("missing", missing), ("unexpected", unexpected), ("wrong", wrong)):
        if names:
            listed = ", ".join(name[:120] for name in names[:5])
            more = f" and {len(names) - 5} more" if len(names) > 5 else ""
            problems.append(f"{title}: {listed}{more}")
    if problems:
        raise CheckpointError(
            f"the tensors of {file} are not those of its configuration ({'; '.join(problems)})"
        )


def check_finite(file: Path, weights: Mapping[str, NDArray[Any]]) -> None:
    """Refuse weights with NaN or infinity.

    Raises:
        CheckpointError: that names the tensor.
    """
    for name, array in weights.items():
        if not np.isfinite(array).all():
            raise CheckpointError(
                f"tensor '{name}' of {file} holds values that are not finite; its training went "
                f"wrong, so use an earlier checkpoint"
            )


def _unwrapped(file: Path, header: Header) -> Header:
    tensors = {strip_wrappers(name): entry for name, entry in header.tensors.items()}
    if len(tensors) != len(header.tensors):
        raise CheckpointError(f"{file} holds the same tensor twice, wrapped and unwrapped")
    return Header(header.metadata, tensors)


def _as_float32(array: Any) -> NDArray[np.float32]:
    if hasattr(array, "detach"):  # a torch tensor, without importing torch to find out
        array = array.detach().cpu().float().numpy()
    return np.asarray(array, dtype=np.float32)


def _unsealed(file: Path) -> str:
    return f"{file.name} carries no sha256, so changes since it was written cannot be noticed"
