"""Untrained weights: the null model of every claim about trained ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from himnet.config import HimNetConfig

DICTIONARIES = ("tod_embedding.weight", "dow_embedding.weight")
Weights = Mapping[str, NDArray[Any]]


def untrained_weights(
    config: HimNetConfig, *, seed: int, like: Weights | None = None
) -> dict[str, NDArray[np.float32]]:
    """Draw initial weights as the published code does, without torch.

    Pools, shared weights and the spatial embedding are xavier normal on the whole tensor, the
    dictionaries N(0, 1), the linear layers uniform within 1 / sqrt(fan in), shared biases zero.

    Args:
        config: of the model.
        seed: of the draw.
        like: trained weights; each of the two dictionaries then has the trained one's root mean
            square about its mean, and a mean of the same length. The distance between days,
            relative to that between hours, depends on the ratio of the former, which training
            changes without having to learn anything about days.

    Returns:
        float32 arrays by published name.
    """
    rng = np.random.default_rng(seed)
    shapes = config.state_shapes()
    drawn = {name: _draw(name, shape, shapes, rng) for name, shape in shapes.items()}
    for name in DICTIONARIES:
        if like is not None and name in drawn:
            drawn[name] = _matched(drawn[name], like[name])
    return drawn


def _matched(drawn: NDArray[np.float32], trained: NDArray[Any]) -> NDArray[np.float32]:
    """Scale rows about their mean, and their mean, to the sizes of those of trained rows."""
    own, own_mean = _centred(drawn)
    other, other_mean = _centred(trained)
    spread = np.linalg.norm(other) / (np.linalg.norm(own) or 1.0)  # a single row has no spread
    offset = np.linalg.norm(other_mean) / np.linalg.norm(own_mean)
    return np.asarray(spread * own + offset * own_mean, dtype=np.float32)


def _centred(rows: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return rows (n, d) minus their mean, and that mean (d,)."""
    rows = rows.astype(np.float64)
    mean = rows.mean(axis=0)
    return rows - mean, mean


def _draw(
    name: str,
    shape: tuple[int, ...],
    shapes: Mapping[str, tuple[int, ...]],
    rng: np.random.Generator,
) -> NDArray[np.float32]:
    if name in DICTIONARIES:
        return rng.standard_normal(shape, dtype=np.float32)
    module, _, kind = name.rpartition(".")
    if module in ("out_proj", "st_proj"):
        reach = 1 / math.sqrt(shapes[f"{module}.weight"][1])
        return rng.uniform(-reach, reach, shape).astype(np.float32)
    if kind == "bias":
        return np.zeros(shape, dtype=np.float32)
    # PyTorch takes the second axis as inputs, the first as outputs, and the others as a kernel
    fans = (shape[0] + shape[1]) * math.prod(shape[2:])
    return rng.standard_normal(shape, dtype=np.float32) * np.float32(math.sqrt(2 / fans))
