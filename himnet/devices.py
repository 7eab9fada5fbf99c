"""The device and the precision in which the model runs."""

from __future__ import annotations

import ctypes
import platform
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

import torch

from himnet.config import PRECISIONS
from himnet.errors import ConfigError

_MALLOPT = {"M_TRIM_THRESHOLD": -1, "M_MMAP_THRESHOLD": -3}  # from glibc's malloc.h
_KEPT_BYTES = 2**30
CLEARLY_SLOWER = 2.0  # times; a smaller factor may be due to other work on the machine
_SMALL_PRODUCT = 384  # rows and columns: enough to measure, and 50 ms where bfloat16 is emulated


def choose_device(name: str = "auto") -> torch.device:
    """Return the device of that name; ``"auto"`` is CUDA, Apple's MPS or the CPU, in this order.

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
    """Return the context of a forward pass whose matrix products run in the given precision.

    Raises:
        ConfigError: for an unknown precision.
    """
    if precision in ("float32", "tf32"):  # the same tensors; see `float32_products`
        return nullcontext()
    if precision == "bfloat16":
        return torch.autocast(device.type, dtype=torch.bfloat16)
    raise ConfigError(f"precision must be one of {', '.join(PRECISIONS)}, not '{precision}'")


@contextmanager
def float32_products(device: torch.device, precision: str) -> Iterator[None]:
    """Allow TF32 (10 instead of 23 binary digits) in products of float32 tensors if requested.

    Unlike `autocast` it holds for backward passes too, and for all threads.

    Raises:
        ConfigError: for TF32 on a device other than CUDA.
    """
    if precision != "tf32":
        yield
        return
    if device.type != "cuda":
        raise ConfigError(
            f"precision tf32 is for CUDA devices, not '{device.type}'; choose float32 or bfloat16"
        )
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("high")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def bfloat16_slowdown(device: torch.device) -> float:
    """Return how much longer a small product takes in bfloat16 than in float32, as a factor.

    CPUs without bfloat16 instructions emulate them; 1 for other devices, which are not measured.
    """
    if device.type != "cpu":
        return 1.0
    square = torch.ones(_SMALL_PRODUCT, _SMALL_PRODUCT)
    return _product_seconds(square.bfloat16()) / _product_seconds(square)


def _product_seconds(square: torch.Tensor) -> float:
    """Return the shortest time of a product of a matrix with itself: others may use the machine."""
    seconds = []
    for _ in range(4):
        start = time.perf_counter()
        square @ square
        seconds.append(time.perf_counter() - start)
    return min(seconds)


def keep_freed_memory() -> None:
    """Keep freed memory in this process, since every training step needs the same amount.

    glibc returns large blocks to the system and gets them again page by page, each filled with
    zeros. With another C library, nothing is done.
    """
    if platform.libc_ver()[0] == "glibc":
        for parameter in _MALLOPT.values():
            ctypes.CDLL(None).mallopt(parameter, _KEPT_BYTES)


def own_queue(device: torch.device) -> AbstractContextManager[object]:
    """Return the context of a thread whose work need not wait for other threads' on the device."""
    if device.type != "cuda":
        return nullcontext()
    return torch.cuda.stream(torch.cuda.Stream(device))


@contextmanager
def beside(device: torch.device) -> Iterator[Callable[[], None]]:
    """Run what is launched in this context concurrently with what is launched after it.

    Only while a CUDA graph is recorded: otherwise, launching takes most of the time.

    Yields:
        A function to call before the results are used.
    """
    if device.type != "cuda" or not torch.cuda.is_current_stream_capturing():
        yield lambda: None
        return
    present, other = torch.cuda.current_stream(device), torch.cuda.Stream(device)
    other.wait_stream(present)
    with torch.cuda.stream(other):
        yield lambda: present.wait_stream(other)


def compute_dtype(tensor: torch.Tensor) -> torch.dtype:
    """Return the type in which matrix products with this tensor currently run."""
    kind = tensor.device.type
    if torch.is_autocast_enabled(kind):
        return torch.get_autocast_dtype(kind)
    return tensor.dtype
