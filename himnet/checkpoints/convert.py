"""Turn a plain state dict, as HimNet's training script saves it, into a checkpoint."""

from __future__ import annotations

import pickle
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.checkpoints.store import check_shapes, strip_wrappers
from himnet.config import DAYS_PER_WEEK, INPUT_CHANNELS, Ablation, HimNetConfig
from himnet.errors import CheckpointError, ConfigError

MAX_SOURCE_BYTES = 512 * 2**20
_INNER = ("state_dict", "model_state_dict", "model")  # where trainers put weights beside others
_SAFE_TORCH = (2, 10)  # earlier safe loading had two holes (CVE-2025-32434, CVE-2026-24747)
Shapes = Mapping[str, tuple[int, ...]]


def read_state_dict(path: str | Path) -> dict[str, NDArray[np.float32]]:
    """Read a ``.pt`` of plain tensors without running anything that it contains.

    Returns:
        float32 arrays by published name, wrappers' prefixes removed.

    Raises:
        CheckpointError: for a file that is missing, too large, damaged, or holds more than tensors.
    """
    import torch

    _check_torch(torch.__version__)
    path = Path(path)
    _check_source(path)
    try:
        content = torch.load(path, map_location="cpu", weights_only=True, mmap=False)
    except pickle.UnpicklingError as error:
        raise CheckpointError(
            f"{path} holds more than plain tensors, which could run code, so it was not read; "
            f"save it again with torch.save(model.state_dict(), ...)"
        ) from error
    except Exception as error:  # torch raises whatever the damage led to
        reason = str(error).splitlines()[0][:200] if str(error) else type(error).__name__
        raise CheckpointError(f"{path} cannot be read as a state dict ({reason})") from error
    for key in _INNER:
        if isinstance(content, Mapping) and isinstance(content.get(key), Mapping):
            content = content[key]
    tensors_only = isinstance(content, Mapping) and all(
        isinstance(name, str) and isinstance(tensor, torch.Tensor) and tensor.is_floating_point()
        for name, tensor in content.items()
    )
    if not tensors_only or not content:
        raise CheckpointError(f"{path} is no state dict of named floating-point tensors")
    return {strip_wrappers(name): tensor.float().numpy() for name, tensor in content.items()}


def infer_config(
    weights: Mapping[str, NDArray[Any]], *, in_steps: int = 12, out_steps: int = 12,
    steps_per_day: int | None = None, num_nodes: int | None = None,
) -> HimNetConfig:  # fmt: skip
    """Read a model's sizes and its ablation off its tensors.

    Args:
        weights: by published name.
        in_steps, out_steps: T and T', which no tensor tells.
        steps_per_day, num_nodes: for ablated models that have no dictionary or no spatial
            embedding to tell them.

    Raises:
        CheckpointError: for tensors that are not those of any HimNet.
    """
    shapes = {name: tuple(array.shape) for name, array in weights.items()}
    try:
        config = _read_sizes(shapes, in_steps, out_steps, steps_per_day, num_nodes)
    except (KeyError, ConfigError, ValueError, IndexError) as error:
        raise CheckpointError(
            f"these tensors are not those of a HimNet ({error}); found: "
            f"{', '.join(list(shapes)[:6]) or 'none'}"
        ) from error
    check_shapes(Path("the state dict"), shapes, config)
    return config


def _read_sizes(
    shapes: Shapes, in_steps: int, out_steps: int, steps_per_day: int | None, num_nodes: int | None
) -> HimNetConfig:
    hidden_dim = shapes["out_proj.weight"][1]
    ablate = _ablation(shapes)
    rows = _gate(shapes, "encoder_t")[-2]
    cheb_k, rest = divmod(rows, INPUT_CHANNELS + hidden_dim)
    if rest or not cheb_k:
        raise ValueError(f"{rows} rows are no multiple of {INPUT_CHANNELS + hidden_dim} channels")
    layers = {int(m[1]) for name in shapes if (m := re.match(r"encoder_t\.cells\.(\d+)\.", name))}
    time_of_day = shapes.get("tod_embedding.weight")
    day_of_week = shapes.get("dow_embedding.weight", (DAYS_PER_WEEK, 8))
    nodes = shapes.get("node_embedding")
    d_t = _gate(shapes, "encoder_t")[0] if ablate == "E_t" else None
    return HimNetConfig(
        num_nodes=nodes[0] if nodes else _needed(num_nodes, "sensors"),
        steps_per_day=time_of_day[0] if time_of_day else steps_per_day or 288,
        in_steps=in_steps,
        out_steps=out_steps,
        hidden_dim=hidden_dim,
        num_layers=len(layers),
        cheb_k=cheb_k,
        tod_embedding_dim=time_of_day[1] if time_of_day else (d_t or 16) - 8,
        dow_embedding_dim=day_of_week[1],
        node_embedding_dim=nodes[1] if nodes else _gate(shapes, "encoder_s")[0],
        st_embedding_dim=shapes.get("st_proj.weight", _gate(shapes, "decoder"))[0],
        ablate=ablate,
    )


def _ablation(shapes: Shapes) -> Ablation:
    """Tell by what is missing which part was left out; shared weights come before embeddings."""
    signs: tuple[tuple[str, Ablation], ...] = (
        ("encoder_t.cells.0.gate.weights_pool", "TMP"),
        ("encoder_s.cells.0.gate.weights_pool", "SMP"),
        ("decoder.cells.0.gate.weights_pool", "STMP"),
        ("tod_embedding.weight", "E_t"),
        ("node_embedding", "E_s"),
        ("st_proj.weight", "E_st"),
    )
    return next((ablation for name, ablation in signs if name not in shapes), "none")


def _gate(shapes: Shapes, part: str) -> tuple[int, ...]:
    prefix = f"{part}.cells.0.gate."
    return shapes.get(prefix + "weights_pool") or shapes[prefix + "weights"]


def _needed(value: int | None, what: str) -> int:
    if value is None:
        raise ValueError(f"the number of {what} must be given, since no tensor tells it")
    return value


def _check_source(path: Path) -> None:
    if not path.is_file():
        raise CheckpointError(f"there is no file '{path}' to convert; check the path")
    if path.stat().st_size > MAX_SOURCE_BYTES:
        raise CheckpointError(
            f"{path} is {path.stat().st_size / 2**20:.0f} MB; state dicts of up to "
            f"{MAX_SOURCE_BYTES // 2**20} MB are read"
        )
    if not zipfile.is_zipfile(path):
        return
    # a small archive may unpack to terabytes; torch stores its tensors uncompressed
    with zipfile.ZipFile(path) as archive:
        unpacked = sum(entry.file_size for entry in archive.infolist())
    if unpacked > MAX_SOURCE_BYTES:
        raise CheckpointError(
            f"{path} would unpack to {unpacked / 2**20:.0f} MB; it is no state dict"
        )


def _check_torch(version: str) -> None:
    numbers = tuple(int(part) for part in re.findall(r"\d+", version)[:2])
    if numbers < _SAFE_TORCH:
        raise CheckpointError(
            f"torch {version} cannot load foreign files safely; install torch 2.10 or later"
        )
