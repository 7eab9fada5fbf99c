"""Where and in which precision the model runs."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

from himnet.errors import ConfigError

DeviceName = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["float32", "bfloat16"]


def choose_device(name: str = "auto") -> torch.device:
    """Return the device of that name; ``"auto"`` is CUDA, else Apple's MPS, else the CPU.

    Raises:
        ConfigError: for a device that this machine does not have.
    """
    present = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        return torch.device(next(kind for kind, here in present.items() if here))
    kind = name.split(":")[0]
    if not present.get(kind, False):
        here = ", ".join(kind for kind, usable in present.items() if usable)
        raise ConfigError(f"there is no device '{name}' here; choose auto or one of: {here}")
    return torch.device(name)


def autocast(device: torch.device, precision: str) -> AbstractContextManager[object]:
    """Return the context in which matrix products run in the given precision.

    Raises:
        ConfigError: for a precision other than float32 and bfloat16.
    """
    if precision == "float32":
        return nullcontext()
    if precision == "bfloat16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    raise ConfigError(f"precision must be float32 or bfloat16, not '{precision}'")


def compute_dtype(tensor: torch.Tensor) -> torch.dtype:
    """Return the type in which matrix products with this tensor run right now."""
    kind = tensor.device.type
    if torch.is_autocast_enabled(kind):
        return torch.get_autocast_dtype(kind)
    return tensor.dtype
