"""Load and save checkpoints: weights with all information that is needed to use them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from himnet.checkpoints.description import Description, parse_description
from himnet.checkpoints.format import read_description, read_tensors, write_sealed
from himnet.checkpoints.header import MAX_FILE_BYTES, Header, read_header
from himnet.checkpoints.locate import MODEL_FILE, resolve_checkpoint
from himnet.checkpoints.measured import Measured, load_measured
from himnet.checkpoints.tensors import check_finite, check_shapes, strip_wrappers
from himnet.config import HimNetConfig
from himnet.data.info import DatasetInfo
from himnet.errors import CheckpointError
from himnet.model.parameters import HimNetParameters
from himnet.scaler import Scaler

if TYPE_CHECKING:
    from himnet.model.himnet import HimNet

FORMAT = "himnet-checkpoint/1"
_WEIGHT_TYPES = ("F32", "F16", "BF16", "F64")


@dataclass(frozen=True)
class _Loaded(Description):
    """A description, and its origin.

    Attributes:
        metrics: by split; later measurements replace those in the file.
        sha256: over tensors and description.
        path: the file.
        warnings: sentences that a user should see.
        measured: the measurements beside the file.
    """

    sha256: str
    path: Path
    warnings: tuple[str, ...]
    measured: Measured = field(default_factory=Measured, repr=False, kw_only=True)


@dataclass(frozen=True)
class CheckpointArrays(_Loaded):
    """A checkpoint with its weights as float32 NumPy arrays, by published name."""

    weights: dict[str, NDArray[np.float32]] = field(repr=False)

    @property
    def model(self) -> HimNetParameters:
        """The learnt embeddings and pools, for the analysis."""
        return HimNetParameters(self.weights, self.config)

    def untrained(self, *, seed: int) -> CheckpointArrays:
        """Return the same model before its training, with another sha256."""
        weights = dict(self.model.untrained(seed=seed).weights)
        return replace(
            self,
            weights=weights,
            sha256=f"{self.sha256}-untrained-{seed}",
            metrics={},
            training={"steps": 0},
            measured=Measured(),
        )


@dataclass(frozen=True)
class Checkpoint(_Loaded):
    """A checkpoint with its model, in evaluation mode."""

    model: HimNet = field(repr=False)


def load_arrays(path: str | Path) -> CheckpointArrays:
    """Load a checkpoint without importing torch.

    Metrics that were measured later come from `himnet.checkpoints.measured`. Weights stored as
    float16, bfloat16 or float64 are converted to float32, and the prefixes ``module.`` and
    ``_orig_mod.`` are removed from their names.

    Args:
        path: a ``.safetensors`` file, a folder that contains one, or the name of a bundled one.

    Raises:
        CheckpointError: for a file that is missing, unsafe, truncated, incompatible or altered.
    """
    file = resolve_checkpoint(path)
    header, description = read_checked_header(file)
    stored, digest = read_tensors(file, header, as_float32=True)
    weights = {name: stored[name] for name in description.config.state_shapes()}
    check_finite(str(file), weights)
    unsealed = f"{file.name} has no sha256, so changes since it was written cannot be detected"
    warnings = () if "sha256" in header.metadata else (unsealed,)
    loaded = CheckpointArrays(
        **vars(description), sha256=digest, path=file, warnings=warnings, weights=weights
    )
    return with_measured(loaded, load_measured(file, digest))


def with_measured(loaded: CheckpointArrays, measured: Measured) -> CheckpointArrays:
    """Return a checkpoint with the measurements of its model, which replace older ones."""
    return replace(
        loaded,
        metrics={**loaded.metrics, **measured.metrics},
        warnings=(*loaded.warnings, *measured.warnings),
        measured=measured.over(loaded.measured),
    )


def read_checked_header(file: Path) -> tuple[Header, Description]:
    """Read all of a checkpoint's file except its tensors, and check their names and shapes.

    Raises:
        CheckpointError: as `load_arrays`, as far as the header shows them.
    """
    header = read_header(file)
    description = parse_description(file, read_description(file, header, FORMAT))
    tensors = {strip_wrappers(name): entry for name, entry in header.tensors.items()}
    if len(tensors) != len(header.tensors):
        raise CheckpointError(f"{file} has a tensor twice, wrapped and unwrapped; get it again")
    shapes = {name: entry.shape for name, entry in tensors.items()}
    check_shapes(str(file), shapes, description.config)
    for name, entry in tensors.items():
        if entry.dtype not in _WEIGHT_TYPES:
            raise CheckpointError(
                f"tensor '{name}' of {file} has the type {entry.dtype}; weights are stored as "
                f"{', '.join(_WEIGHT_TYPES)}"
            )
    _check_size(file, description.config)
    return Header(header.metadata, tensors), description


def load_checkpoint(path: str | Path, *, device: str = "cpu") -> Checkpoint:
    """Load a checkpoint with its model in evaluation mode; arguments and errors as `load_arrays`.

    Args:
        path: see `load_arrays`.
        device: of the model: ``"auto"``, ``"cpu"``, ``"cuda"`` or ``"mps"``.
    """
    return with_model(load_arrays(path), device=device)


def with_model(loaded: CheckpointArrays, *, device: str = "cpu") -> Checkpoint:
    """Create the model of a loaded checkpoint; imports torch.

    Args:
        loaded: from `load_arrays`.
        device: as for `load_checkpoint`.
    """
    from himnet.devices import choose_device

    said = {name: value for name, value in vars(loaded).items() if name != "weights"}
    return Checkpoint(**said, model=loaded.model.module().to(choose_device(device)).eval())


def save_checkpoint(
    path: str | Path,
    weights: Mapping[str, Any],
    *,
    config: HimNetConfig,
    scaler: Scaler,
    dataset: DatasetInfo,
    training: Mapping[str, Any] | None = None,
    metrics: Mapping[str, Any] | None = None,
    half: bool = False,
) -> Path:
    """Write a checkpoint atomically, and such that it can be read back.

    Args:
        path: a ``.safetensors`` file, or a folder for ``model.safetensors``.
        weights: by published name, NumPy arrays or torch tensors on any device.
        config, scaler, dataset: the model's configuration, and what it was trained on.
        training, metrics: if known; plain values only.
        half: store the weights in float16, half the size; for analysis, not to resume training.

    Returns:
        The file.

    Raises:
        CheckpointError: for weights that are not those of the configuration or not finite, for a
            description that could not be read back, or a file that cannot be written.
    """
    file = checkpoint_file(path)
    arrays: dict[str, NDArray[Any]] = {
        name: _as_float32(array).astype(np.float16 if half else np.float32, copy=False)
        for name, array in weights.items()
    }
    check_shapes(str(file), {name: array.shape for name, array in arrays.items()}, config)
    check_finite(str(file), arrays)
    _check_size(file, config)
    given = Description(config, scaler, dataset, dict(training or {}), dict(metrics or {}))
    try:
        plain = json.loads(json.dumps(given.to_dict(), allow_nan=False))
    except (TypeError, ValueError) as error:
        raise CheckpointError(
            f"the description of {file} cannot be stored ({error}); keep to plain finite values"
        ) from error
    parse_description(file, plain)
    write_sealed(file, arrays, plain, FORMAT)
    return file


def checkpoint_file(path: str | Path) -> Path:
    """Return the file for a path: itself, or ``model.safetensors`` in the folder.

    Raises:
        CheckpointError: for a name with the ending of another kind of file.
    """
    path = Path(path)
    if path.suffix in (".pt", ".pth", ".ckpt", ".bin", ".pkl"):
        raise CheckpointError(
            f"checkpoints are written as .safetensors, not as {path.suffix}; "
            f"name it {path.with_suffix('.safetensors')}, or give a folder"
        )
    return path if path.suffix == ".safetensors" else path / MODEL_FILE


def _check_size(file: Path, config: HimNetConfig) -> None:
    size = 4 * config.num_parameters
    if size > MAX_FILE_BYTES - 2**20:  # the rest is for the header
        raise CheckpointError(
            f"the model of {file} has {size / 1e6:,.0f} MB in float32; up to "
            f"{MAX_FILE_BYTES / 1e6:.0f} MB are read and written"
        )


def _as_float32(array: Any) -> NDArray[np.float32]:
    if hasattr(array, "detach"):  # a torch tensor, detected without importing torch
        array = array.detach().cpu().float().numpy()
    return np.asarray(array, dtype=np.float32)
