"""Convert a plain state dict, as saved by HimNet's training script, to a checkpoint."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.checkpoints.format import read_tensors
from himnet.checkpoints.header import MAX_FILE_BYTES, read_header
from himnet.checkpoints.pickles import load_pickle
from himnet.checkpoints.tensors import check_shapes
from himnet.checkpoints.unwrap import OWN_PARTS, state_dict_within, unwrapped_names
from himnet.config import DAYS_PER_WEEK, INPUT_CHANNELS, PUBLISHED_ROWS, Ablation, HimNetConfig
from himnet.errors import CheckpointError, ConfigError
from himnet.texts import clipped

_WIDTH = 8  # of each dictionary of an ablated model without any, if its tensors do not show it
_LARGEST = 1e6  # trained weights stay below 100; the exponent's first bit makes 0.1 to 3e37
Weights = Mapping[str, NDArray[np.float32]]
Shapes = Mapping[str, tuple[int, ...]]


def read_state_dict(
    path: str | Path, key: str | None = None, tell: Callable[[str], object] | None = None
) -> dict[str, NDArray[np.float32]]:
    """Read a ``.pt`` or ``.safetensors`` of plain tensors without running anything in it.

    Args:
        path: of the file; the weights may lie deeper in it, see `himnet.checkpoints.unwrap`.
        key: under which they lie, or with which their names begin, if there are several.
        tell: is called with a sentence if there are further weights that were not taken.

    Returns:
        float32 arrays by published name, wrappers' prefixes removed.

    Raises:
        CheckpointError: for a file that is missing, too large, damaged, or has more than tensors.
    """
    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"there is no file '{path}' to convert; check the path")
    if path.stat().st_size > MAX_FILE_BYTES:
        raise CheckpointError(
            f"{path} is {path.stat().st_size / 1e6:,.0f} MB; state dicts of up to "
            f"{MAX_FILE_BYTES / 1e6:.0f} MB are read"
        )
    arrays = (
        _from_safetensors(path) if path.suffix == ".safetensors" else _from_pickle(path, key, tell)
    )
    names = unwrapped_names(arrays, path)
    named = {names[name]: array for name, array in arrays.items()}
    _check_sizes(path, named)
    return named


def infer_config(
    weights: Mapping[str, NDArray[Any]],
    *,
    source: str | Path = "the state dict",
    in_steps: int = 12,
    out_steps: int = 12,
    steps_per_day: int | None = None,
    num_nodes: int | None = None,
) -> HimNetConfig:
    """Infer a model's sizes and its ablation from its tensors.

    Args:
        weights: by published name.
        source: where they come from, for messages.
        in_steps, out_steps: T and T', which no tensor shows.
        steps_per_day, num_nodes: for ablated models without a dictionary or without a spatial
            embedding.

    Raises:
        CheckpointError: for tensors that are not those of a HimNet.
        ConfigError: if a required argument is missing because no tensor shows it, or an argument
            is impossible.
    """
    shapes = {name: tuple(array.shape) for name, array in weights.items()}
    if not shapes.keys() & {"out_proj.weight", "node_embedding", "tod_embedding.weight"}:
        raise CheckpointError(
            f"the tensors of {source} are not those of a HimNet; found: {_names(shapes)}"
            f"{_advised_key(shapes)}"
        )
    sizes: dict[str, Any] = {"in_steps": in_steps, "out_steps": out_steps}
    if "tod_embedding.weight" not in shapes:
        sizes["steps_per_day"] = _given(steps_per_day, "steps per day", "--steps-per-day")
    if "node_embedding" not in shapes:
        sizes["num_nodes"] = _given(num_nodes, "sensors", "--sensors or --dataset")
    HimNetConfig(**{"num_nodes": 2, **sizes})  # the arguments must be possible by themselves
    try:
        config = HimNetConfig(**{**_read_sizes(shapes), **sizes})
    except (KeyError, ConfigError, ValueError, IndexError, TypeError) as error:
        raise CheckpointError(
            f"the tensors of {source} are not those of a HimNet ({_reason(error)}); found: "
            f"{_names(shapes)}"
        ) from error
    check_shapes(str(source), shapes, config)
    return config


def used_times_of_day(weights: Weights, steps_per_day: int, source: str | Path) -> Weights:
    """Return the weights with only those rows of the time-of-day dictionary that were looked up.

    HimNet's published code makes 288 rows for any data and looks up ``int(tod * 288)``, tod in
    [0, 1). With S steps a day, S a divisor of 288, row 288 / S * k is that of step k and the others
    never change; in float32 the product is exact.

    Args:
        weights: by published name.
        steps_per_day: S, of the data that the model was trained on.
        source: of the weights, for messages.

    Raises:
        ConfigError: if there are 288 rows and S does not divide them.
    """
    dictionary = weights.get("tod_embedding.weight")
    rows = None if dictionary is None or dictionary.ndim != 2 else len(dictionary)
    if dictionary is None or rows != PUBLISHED_ROWS or steps_per_day == rows:
        return weights
    if steps_per_day < 1 or PUBLISHED_ROWS % steps_per_day:
        raise ConfigError(
            f"the weights of {source} have {PUBLISHED_ROWS} rows for the time of day, as HimNet's "
            f"published code makes for any data, but the data has {steps_per_day} steps per day, "
            f"which do not divide {PUBLISHED_ROWS}, so that no rows are the times of day; train "
            f"the model with `python -m himnet train` instead"
        )
    every = PUBLISHED_ROWS // steps_per_day
    return {**weights, "tod_embedding.weight": np.ascontiguousarray(dictionary[::every])}


def _from_safetensors(path: Path) -> Weights:
    header = read_header(path)
    if "himnet" in header.metadata:
        raise CheckpointError(
            f"{path} is a checkpoint already; use it as it is, or give --sensors FILE.csv or "
            f"--name NAME to change the description of its data"
        )
    if any(entry.dtype.startswith("I") for entry in header.tensors.values()):
        raise CheckpointError(f"{path} contains integers, so it is not a state dict of a HimNet")
    _check_total(path, sum(entry.count for entry in header.tensors.values()))
    return read_tensors(path, header, as_float32=True)[0]


def _from_pickle(path: Path, key: str | None, tell: Callable[[str], object] | None) -> Weights:
    content = state_dict_within(load_pickle(path), path, key, tell)
    _check_kinds(path, content)
    # a tensor may repeat a few stored values endlessly
    _check_total(path, sum(tensor.numel() for tensor in content.values()))
    try:
        return {name: tensor.detach().float().numpy() for name, tensor in content.items()}
    except (RuntimeError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path} has a tensor without values ({clipped(error)})") from error


def _check_kinds(path: Path, tensors: Mapping[str, Any]) -> None:
    """Refuse tensors that are no weights, such as a counter."""
    for name, tensor in tensors.items():
        if not tensor.is_floating_point():
            kind = str(tensor.dtype).removeprefix("torch.")
            first = Counter(other.partition(".")[0] for other in tensors if "." in other)
            part = next(iter(first.most_common(1)), ("", 0))[0]
            within = bool(part) and part not in OWN_PARTS and not name.startswith(f"{part}.")
            advice = f", or take those of '{clipped(part, 60)}.' with --key {clipped(part, 60)}"
            raise CheckpointError(
                f"{path} is not a state dict of named floating-point tensors: "
                f"'{clipped(name, 80)}' is {kind}, which no HimNet has; leave it out, or save the "
                f"model alone with torch.save(model.state_dict(), ...){advice if within else ''}"
            )


def _check_sizes(path: Path, weights: Weights) -> None:
    """Refuse values that indicate damage, since a plain .safetensors file has no checksum."""
    for name, array in weights.items():
        largest = float(np.abs(array).max(initial=0))
        if _LARGEST < largest < math.inf:  # values that are not finite are reported when stored
            raise CheckpointError(
                f"tensor '{clipped(name, 80)}' of {path} contains {largest:.3g}, but weights up to "
                f"{_LARGEST:,.0f} are read: the file is damaged or not a trained model"
            )


def _check_total(path: Path, values: int) -> None:
    if 4 * values > MAX_FILE_BYTES:
        raise CheckpointError(
            f"the tensors of {path} have {4 * values / 1e6:,.0f} MB in float32; up to "
            f"{MAX_FILE_BYTES / 1e6:.0f} MB are read"
        )


def _read_sizes(shapes: Shapes) -> dict[str, Any]:
    hidden_dim = shapes["out_proj.weight"][1]
    ablate = _ablation(shapes)
    rows = _gate(shapes, "encoder_t")[-2]
    cheb_k, rest = divmod(rows, INPUT_CHANNELS + hidden_dim)
    if rest or not cheb_k:
        raise ValueError(_other_input(rows, hidden_dim))
    layers = {int(m[1]) for name in shapes if (m := re.match(r"encoder_t\.cells\.(\d+)\.", name))}
    time_of_day, day_of_week = _dictionary_widths(shapes, ablate)
    sizes = {
        "hidden_dim": hidden_dim,
        "num_layers": len(layers),
        "cheb_k": cheb_k,
        "tod_embedding_dim": time_of_day,
        "dow_embedding_dim": day_of_week,
        "st_embedding_dim": shapes.get("st_proj.weight", _gate(shapes, "decoder"))[0],
        "ablate": ablate,
    }
    if "node_embedding" in shapes:
        sizes["num_nodes"], sizes["node_embedding_dim"] = shapes["node_embedding"]
    else:
        sizes["node_embedding_dim"] = _gate(shapes, "encoder_s")[0]
    if "tod_embedding.weight" in shapes:
        sizes["steps_per_day"] = shapes["tod_embedding.weight"][0]
    return sizes


def _other_input(rows: int, hidden_dim: int) -> str:
    """Say which input the rows of a pool of the first layer indicate, if not HimNet's own."""
    needs = f"a HimNet reads {INPUT_CHANNELS} channels: reading, time of day, day of week"
    for channels in (1, 2, *range(INPUT_CHANNELS + 1, 9)):
        if rows and rows % (channels + hidden_dim) == 0:
            return f"its input seems to have {channels} channel(s), but {needs}"
    return f"{rows} rows are not a multiple of {INPUT_CHANNELS + hidden_dim}: {needs}"


def _names(shapes: Shapes) -> str:
    return ", ".join(clipped(name, 80) for name in list(shapes)[:6]) or "none"


def _advised_key(shapes: Shapes) -> str:
    """Return which key takes the weights, if they are one part of several."""
    split = [name.split(".") for name in shapes]
    parts = [first for first, *rest in split if rest and rest[0] in OWN_PARTS]
    return f"; those of one part are taken with --key {clipped(parts[0], 60)}" if parts else ""


def _reason(error: Exception) -> str:
    missing = isinstance(error, KeyError) and error.args
    return f"it has no '{clipped(error.args[0], 80)}'" if missing else clipped(error)


def _dictionary_widths(shapes: Shapes, ablate: Ablation) -> tuple[int, int]:
    """Return d_tod and d_dow; without dictionaries, only their sum matters."""
    if "tod_embedding.weight" in shapes:
        days, width = shapes["dow_embedding.weight"]
        if days != DAYS_PER_WEEK:
            raise ValueError(f"the day-of-week dictionary has {days} rows instead of 7")
        return shapes["tod_embedding.weight"][1], width
    if ablate == "TMP":
        return _WIDTH, _WIDTH
    together = _gate(shapes, "encoder_t")[0]
    day_of_week = min(_WIDTH, together // 2)
    return together - day_of_week, day_of_week


def _ablation(shapes: Shapes) -> Ablation:
    """Infer the ablation from what is missing; shared weights take precedence over embeddings."""
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


def _given(value: int | None, what: str, option: str) -> int:
    if value is None:
        raise ConfigError(
            f"no tensor of this ablated model shows the number of {what}; give it with {option}"
        )
    return value
